"""What the tests of the excerpts share: tokenizers, a cache of the Hub, a reader."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from paperfig.excerpts.excerpt import read_excerpt
from paperfig.excerpts.tokenizers import load_tokenizer
from paperfig.excerpts.vocabulary import Tokenizer
from paperfig.spec.schema import ExcerptSpec
from paperfig.values.excerpt import Excerpt

GPT2_FILES = {
    "vocab.bpe": "https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/vocab.bpe",
    "encoder.json": (
        "https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/encoder.json"
    ),
}
REVISION = "b08601e04326c79dfdd32d625aee71d232d685c3"


@pytest.fixture(scope="session")
def gpt2_cache(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiktoken cache that holds gpt2."""
    folder = tmp_path_factory.mktemp("tiktoken")
    for name, url in GPT2_FILES.items():
        key = hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()
        shutil.copyfile(shared / "gpt2" / name, folder / key)
    return folder


@pytest.fixture(scope="session")
def gpt2(gpt2_cache: Path) -> Tokenizer:
    """GPT-2's tokenizer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", str(gpt2_cache))
        return load_tokenizer("gpt2", checkpoint=None, root=gpt2_cache)


@pytest.fixture
def demo(repository: Path) -> Tokenizer:
    """The demo's tokenizer: 512 byte pairs and an end-of-text token."""
    return load_tokenizer("demo/tokenizer.tiktoken", checkpoint=None, root=repository)


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Lays a data set into a cache of the Hub, and takes the network away."""
    cache = tmp_path / "hub-cache"
    monkeypatch.setenv("HF_DATASETS_CACHE", str(cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def lay(
        rows: Mapping[str, Sequence[str]],
        *,
        name: str = "Salesforce___wikitext",
        config: str = "wikitext-2-raw-v1",
        revision: str = REVISION,
    ) -> Path:
        folder = cache / name / config / "0.0.0" / revision
        folder.mkdir(parents=True)
        table_type = pa.schema([("text", pa.string())])
        for split, texts in rows.items():
            file = folder / f"{name.rpartition('___')[2]}-{split}.arrow"
            with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table_type) as out:
                out.write_table(pa.table({"text": list(texts)}, table_type))
        about = {"splits": {split: {"name": split} for split in rows}}
        (folder / "dataset_info.json").write_text(json.dumps(about))
        return folder

    return lay


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Excerpt]:
    """Reads an excerpt for a model of 128 tokens and GPT-2's vocabulary."""

    def call(tokenizer: Tokenizer | None, **spec: object) -> Excerpt:
        limits = {"root": tmp_path, "context": 128, "vocab_size": 50257, "family": "gpt"}
        limits |= {name: spec.pop(name) for name in tuple(limits) if name in spec}
        return read_excerpt(ExcerptSpec(**spec), tokenizer, **limits)

    return call
