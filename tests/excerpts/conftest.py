"""What the tests of the excerpts share: tokenizers, a cache of the Hub, a reader."""

from collections.abc import Callable
from pathlib import Path

import pytest

from paperfig.excerpts.excerpt import read_excerpt
from paperfig.excerpts.tokenizers.choice import load_tokenizer
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.specs.schema import ExcerptSpec
from paperfig.values.excerpt import Excerpt


@pytest.fixture(scope="session")
def gpt2(gpt2_cache: Path) -> Tokenizer:
    """GPT-2's tokenizer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", str(gpt2_cache))
        return load_tokenizer("gpt2", checkpoint=None, root=gpt2_cache)


@pytest.fixture
def demo(repository: Path) -> Tokenizer:
    """The demo's tokenizer: 1,011 tokens and one that ends a text."""
    return load_tokenizer("demo/tokenizer.tiktoken", checkpoint=None, root=repository)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Excerpt]:
    """Reads an excerpt for a model of 128 tokens and GPT-2's vocabulary."""

    def call(tokenizer: Tokenizer | None, **spec: object) -> Excerpt:
        limits = {
            "root": tmp_path,
            "context": 128,
            "vocab_size": 50257,
            "trained_on_clean": False,
        }
        limits |= {name: spec.pop(name) for name in tuple(limits) if name in spec}
        return read_excerpt(ExcerptSpec(**spec), tokenizer, **limits)

    return call
