"""YAML as it is read: strict, bounded, and the same by both of PyYAML's parsers."""

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from paperfig.specs import document
from paperfig.specs.document import parse_document, read_document
from paperfig.specs.nodes import place_of, plain
from paperfig.specs.scalars import Surprise, read_scalar, write_scalar


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def _parser(request, monkeypatch):
    """Both parsers: libyaml's, and PyYAML's own where libyaml is missing."""
    monkeypatch.setattr(document, "_Loader", getattr(yaml, request.param))


def _lines(text):
    return [str(fault.error()) for fault in parse_document(text, "a.yaml").faults]


# What each may have been meant as; a wrong key's message is tried in test_spec_faults.py.
SURPRISES = {
    "no": Surprise("no", "is true or false in YAML 1.1", False),
    "Yes": Surprise("Yes", "is true or false in YAML 1.1", True),
    "off": Surprise("off", "is true or false in YAML 1.1", False),
    "y": Surprise("y", "is true or false in YAML 1.1", True),
    "1e-1": Surprise("1e-1", "is a text in YAML 1.1", 0.1),
    "1e3": Surprise("1e3", "is a text in YAML 1.1", 1000),
    "58899e0": Surprise("58899e0", "is a text in YAML 1.1", 58899),
    "1.5E3": Surprise("1.5E3", "is a text in YAML 1.1", 1500),
    "-.5": Surprise("-.5", "is a text in YAML 1.1", -0.5),
    "1e999": Surprise("1e999", "is a text in YAML 1.1"),
    "010": Surprise("010", "begins with 0, which is octal in YAML 1.1", 10),
    "089": Surprise("089", "begins with 0, which is octal in YAML 1.1", 89),
    "0x1F": Surprise("0x1F", "is not a decimal number"),
    "10:12": Surprise("10:12", "is a number to base 60 in YAML 1.1"),
    "1_000": Surprise("1_000", "holds an underscore", 1000),
    "2020-01-01": Surprise("2020-01-01", "is a date in YAML 1.1"),
    ".nan": Surprise(".nan", "is not a finite number"),
    "-.inf": Surprise("-.inf", "is not a finite number"),
    "1.0e+999": Surprise("1.0e+999", "is too large a number"),
    "9" * 31: Surprise("9" * 31, "is a number of more than 30 characters"),
    "~": Surprise("~", "is empty"),
    "": Surprise("", "is empty"),
}


@pytest.mark.parametrize("scalar", SURPRISES)
def test_scalars_that_yaml_reads_in_two_ways_are_kept_as_written(scalar):
    """What they are and what they may mean; which of it is right, their key decides."""
    root = parse_document(f"a: {scalar}", "a.yaml").root
    assert root.entries["a"].value == SURPRISES[scalar]
    assert root.entries["a"].written == scalar


def test_a_surprising_key_is_refused():
    """`no: 3` would be the key False; `3: x` the key 3."""
    assert _lines("no: 3\n3: x") == [
        'a.yaml:1:1: no is true or false in YAML 1.1; write "no" in quotes',
        'a.yaml:2:1: 3 is a key that is not a text; write "3" in quotes',
    ]


def test_quoted_and_block_texts_are_texts():
    """Quotes and blocks say what is a text; nothing in them surprises."""
    root = parse_document("a: 'no'\nb: \"010\"\nc: |\n  1e-1\nd: !!str 3", "a.yaml").root
    assert plain(root) == {"a": "no", "b": "010", "c": "1e-1\n", "d": "3"}


def test_places_count_characters_from_one():
    """Line and column of key and value, whatever characters stand before."""
    root = parse_document("a: {é: [1, 2]}", "a.yaml").root
    assert str(place_of(root, ("a", "é", 1))) == "a.yaml:1:12"
    assert str(place_of(root, ("a", "é"), of_key=True)) == "a.yaml:1:5"
    assert str(place_of(root, ("a", "missing"))) == "a.yaml:1:4"


BROKEN = {
    "text: @-@ 96": "a.yaml:1:7: @ cannot start a text; put the text in quotes",
    "text: `x`": "a.yaml:1:7: ` cannot start a text; put the text in quotes",
    "a:\n\tb: 1": "a.yaml:2:1: a tab in the indentation; spaces are right",
    "text: a: b": "a.yaml:1:8: a second `: ` in one line, or a key indented too far; "
    "put a text that holds `: ` in quotes, and indent keys alike",
    "head: 1\nhead: 2": "a.yaml:2:1: head: given twice, first in line 1; keep one",
    "mask:\n  self: keep\n  self: hide": "a.yaml:3:3: mask.self: given twice, "
    "first in line 2; keep one",
    "a: {<<: {b: 1}}": "a.yaml:1:5: <<: a merge key, which is not read here; "
    "put what specs share into figspec/defaults.yaml",
    "a: !!python/name:os.system x": "a.yaml:1:4: the tag !!python/name:os.system; "
    "write the value without it",
    "a: 1\n---\nb: 2": "a.yaml:2:1: a second document; one a file is right",
    "- a": "a.yaml:1:1: not a mapping; `head: L0H2` is a right line",
    "a": "a.yaml:1:1: not a mapping; `head: L0H2` is a right line",
    "": "a.yaml:1:1: empty; `paperfig new NAME` writes a spec",
    "# only a comment\n": "a.yaml:1:1: empty; `paperfig new NAME` writes a spec",
    "? [a]\n: 1": "a.yaml:1:3: a key that is not a text; a plain word is right",
    "a: 1\nhead L0H2\nb: 2": "a.yaml:2:1: a line without a colon; `key: value` is right",
    "a: *b": "a.yaml:1:4: *b names no value that is complete above it; write the value itself",
    "a: &a [*a]": "a.yaml:1:8: *a names no value that is complete above it; "
    "write the value itself",
    "a: \x01": "a.yaml:1:4: a control character; remove it",
    'a: "\\0"': "a.yaml:1:4: a: a character that is no text; remove it",
    "a: " + "[" * 200: "a.yaml:1:103: nested more than 100 deep; nest less",
}


@pytest.mark.parametrize("text", BROKEN)
def test_broken_files_are_one_line(text):
    """What cannot be read is said in one line with its place."""
    assert _lines(text) == [BROKEN[text]]


def test_an_unclosed_bracket_is_one_line():
    """The parsers word it differently; place and advice are there in both."""
    (line,) = _lines("a: [1\n")
    assert line.startswith("a.yaml:2:1: not YAML: ")
    assert line.endswith("; close brackets and quotes, and indent alike")


def test_an_alias_bomb_is_refused_unbuilt():
    """Nine levels of nine aliases are 9^9 values; counting stops at 10,000."""
    levels = [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 10)]
    text = "l0: &l0 [1]\n" + "\n".join(levels)
    assert _lines(text) == [
        "a.yaml:5:35: more than 10,000 values, aliases expanded; write fewer"
    ]


def test_aliases_count_their_depth():
    """An alias inside nested lists is as deep as what it stands for."""
    deep = "a: &a " + "[" * 60 + "]" * 60 + "\nb: " + "[" * 60 + "*a" + "]" * 60
    assert _lines(deep) == ["a.yaml:2:64: nested more than 100 deep; nest less"]


def test_an_alias_repeats_a_value():
    """Aliases are allowed; the value keeps the place where it is written."""
    root = parse_document("a: &x [1]\nb: *x", "a.yaml").root
    assert plain(root) == {"a": [1], "b": [1]}
    assert str(place_of(root, ("b",))) == "a.yaml:1:4"


def test_files_that_are_no_text(tmp_path):
    """A folder, a missing file, a large file and other encodings: one line each."""
    path = tmp_path / "a.yaml"
    assert _read(path) == ["a.yaml:1:1: cannot be read: no such file or directory"]
    path.write_bytes(b"a: 1\nb: caf\xe9\n")
    assert _read(path) == ["a.yaml:2:7: not UTF-8; save the file as UTF-8"]
    path.write_bytes(b"a: 1\n" * 300_000)
    assert _read(path) == ["a.yaml:1:1: larger than 1 MiB; a spec is a few lines"]
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert _read(path) == []


def _read(path):
    return [str(fault.error()) for fault in read_document(path, "a.yaml").faults]


@given(st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_as_yaml_reads_them(number):
    """A number that Python writes is read back, or kept as what it means."""
    read = read_scalar(repr(number))
    if isinstance(read, Surprise):
        assert "e" in repr(number)
        assert read.meant == number
    else:
        assert read == number


@given(
    st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
)
def test_a_number_is_written_as_every_yaml_reads_it(number):
    """What a remedy says to write is read as the number that it says."""
    written = write_scalar(number)
    assert read_scalar(written) == yaml.safe_load(written) == number


@given(st.text(alphabet="0123456789.+-_:eExyno~tTrue", min_size=1, max_size=8))
def test_a_plain_scalar_means_what_pyyaml_says(text):
    """What is no surprise has the type and value that PyYAML's own loader gives it."""
    value = read_scalar(text)
    if isinstance(value, Surprise):
        return
    loader = yaml.SafeLoader("")
    tag = loader.resolve(yaml.ScalarNode, text, (True, False))
    loaded = loader.construct_object(yaml.ScalarNode(tag, text))
    assert (type(value), value) == (type(loaded), loaded)
    assert isinstance(value, str) or math.isfinite(value)


@given(st.text(max_size=200))
def test_any_text_gives_a_mapping_or_a_fault(text):
    """No input raises anything; each fault has a place inside the text."""
    read = parse_document(text, "a.yaml")
    assert (read.root is not None) or read.faults
    for fault in read.faults:
        assert 1 <= fault.place.line <= text.count("\n") + text.count("\r") + 3
