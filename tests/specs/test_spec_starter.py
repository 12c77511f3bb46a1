"""A starter spec with options of its own is read as what was meant."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from paperfig.specs.loader import load_specs
from paperfig.specs.mappings import spec_of
from paperfig.specs.starter import starter_spec

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(max_examples=100)
@given(TEXTS)
def test_any_text_is_read_as_itself(text: str) -> None:
    """Quotes, braces, line ends, marks that YAML does not print, words that it converts."""
    written = starter_spec("a", excerpt={"text": text}, tokenizer=text)
    spec = spec_of(yaml.safe_load(written))

    assert (spec.excerpt.text, spec.tokenizer) == (text, text)


@pytest.mark.parametrize("text", ["no", "010", "1e-3", "~", "{a: b}", "\x85", "\u2028x", "🦀"])
def test_what_yaml_would_convert_is_quoted(text: str, project: Path) -> None:
    """Through the file, as the project reads it."""
    path = project / "figspec" / "a.yaml"
    path.write_text(starter_spec("a", excerpt={"text": text, "length": 3}), encoding="utf-8")
    (named,) = load_specs(project)

    assert (named.spec.excerpt.text, named.spec.excerpt.length) == (text, 3)


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ({}, ["layer: 0", "head: all"]),
        ({"layer": 3}, ["layer: 3", "head: all"]),
        ({"layer": 3, "head": 2}, ["layer: 3", "head: 2"]),
        ({"head": ["L0H1", "L1H0"]}, ["head: [L0H1, L1H0]"]),
        ({"layer": 0, "head": "all"}, ["layer: 0", "head: all"]),
    ],
)
def test_layer_and_head(options: dict[str, object], lines: list[str]) -> None:
    """The head named, or all of the layer."""
    written = starter_spec("a", **options).splitlines()

    found = [line for line in written if line.startswith(("layer:", "head:"))]
    assert found == lines
