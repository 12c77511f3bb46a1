"""The reference and the editor's schema say what the loader does."""

import pytest
import yaml

from paperfig.errors import RequestError
from paperfig.kinds import KINDS
from paperfig.specs.loader import load_specs
from paperfig.specs.reference import json_schema, reference_markdown
from paperfig.specs.starter import starter_spec


@pytest.fixture(scope="module")
def validator():
    """The JSON Schema, checked against its own standard."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _descriptions(schema, path=()):
    for key, inner in schema.get("properties", {}).items():
        yield (*path, key), inner.get("description")
        for form in (inner, *inner.get("anyOf", ())):
            yield from _descriptions(form, (*path, key))


def test_the_committed_reference_is_fresh(repository):
    """docs/figspec.md is what `paperfig schema --markdown` prints."""
    committed = (repository / "docs" / "figspec.md").read_text(encoding="utf-8")
    assert committed == reference_markdown()


def test_the_reference_has_a_table_for_each_kind_and_mapping():
    """Headings in order; a row for a required, a defaulted and a trained key."""
    text = reference_markdown()
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == [
        *(f"## The kind `{kind}`" for kind in KINDS),
        "## `checkpoint`",
        "## `checkpoint.trained`",
        "## `excerpt`",
        "## `tokenizer`",
        "## `tokenizer.vocabulary`",
        "## `statistic`",
        "## `mask`",
        "## `style`",
        "## `style.mark`",
        "## `caption`",
        "## Not built yet",
    ]
    unset = "**required**, but for attention that is `recorded`"
    assert f"| `excerpt` | a mapping | {unset} | Which text. |" in text
    assert "or mean | `all` | The head, counted from 0" in text
    assert "| `self` | keep, hide or hide-always | as trained |" in text
    assert "| `quote` | a whole number from 0 | 50 |" in text


def test_every_key_is_described():
    """An editor shows what each key means."""
    found = dict(_descriptions(json_schema()))
    assert ("mask", "self") in found
    assert ("style", "limits") in found
    assert [keys for keys, description in found.items() if not description] == []


VALID = {
    "figspec: 1\ncheckpoint: a.pt\nexcerpt: {text: a}\nhead: L0H1",
    "figspec: 1\ncheckpoint: {path: a, trained: {kappa: [1, 2]}}\nexcerpt: {ids: [1]}\nhead: 0",
    "figspec: 1\ncheckpoint: a\nexcerpt: {dataset: a, find: b, nth: 2}\nhead: [L0H1, L0H2]\n"
    "mask: {self: hide}\nstyle: {limits: [0, 1], mark: [{query: 1, key: 0}]}",
    "figspec: 1\ncheckpoint: a\nexcerpt: {length: 9}\neach: {head: [0, 1], excerpt.text: [a]}",
    "figspec: 1\nfigure: scores\ncheckpoint: a\nexcerpt: {random: 8}\nhead: 0\nkappa: [0.3, 1]",
    "figspec: 1\ncheckpoint: a\nexcerpt: {random: 8}\nhead: mean\neach: {x: {kappa: 2}}",
}
INVALID = {
    "head: true": "$.head",
    "head: L4": "$.head",
    "kappa: 0": "$.kappa",
    "kappa: [1]": "$.kappa",
    "mask: {self: true}": "$.mask.self",
    "stlye: {}": "$",
    "variants: {}": "$",
    "figure: none-such": "$.figure",
    "checkpoint: 3": "$.checkpoint",
    "checkpoint: {name: a}": "$.checkpoint",
    "excerpt: {length: 3}": "$.excerpt",
    "excerpt: {text: a, nth: 2}": "$.excerpt",
    "excerpt: {dataset: a, row: 1, find: b}": "$.excerpt",
    "style: {width: 3 miles}": "$.style.width",
    "style: {mark: [{query: 1}]}": "$.style.mark[0]",
    "each: {kappa: 1}": "$.each.kappa",
}


@pytest.mark.parametrize("text", sorted(VALID))
def test_the_schema_accepts_what_the_loader_accepts(validator, load, text):
    """An editor underlines nothing in a right spec."""
    assert load(text)
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize("text", INVALID)
def test_the_schema_refuses_what_the_loader_refuses(validator, text):
    """Wrong values, unknown keys and keys in the wrong company are underlined."""
    paths = {error.json_path for error in validator.iter_errors(yaml.safe_load(text))}
    assert INVALID[text] in paths


def test_a_file_over_defaults_needs_nothing_but_its_own(validator):
    """What defaults.yaml may give is not demanded of a file."""
    assert list(validator.iter_errors({"head": 1})) == []


@pytest.mark.parametrize(
    ("checkpoint", "path"),
    [
        (None, "path/to/your/checkpoint"),
        ("demo/gauge.pt", "demo/gauge.pt"),
        ("runs/my run: 3 #4 é😀.pt", "runs/my run: 3 #4 é😀.pt"),
        ("no", "no"),
        ("010", "010"),
    ],
)
def test_the_starter_spec_loads(load, checkpoint, path):
    """`paperfig new` writes a spec that is right as it stands, whatever the path."""
    (named,) = load(starter_spec("a", checkpoint, head="L0H2"))
    assert named.spec.checkpoint.path == path
    assert named.spec.head == "L0H2"


def test_every_option_of_the_starter_spec_loads(project, write):
    """Each commented line, put in the place of the key that it gives, is right too."""
    lines = starter_spec("a", schema="schema.json").splitlines()
    assert lines[0] == "# yaml-language-server: $schema=schema.json"
    options = [
        line[2:] for line in lines if line.startswith("# ") and line[2:].split(":")[0].islower()
    ]
    options = [option for option in options if " " not in option.split(":")[0]][1:]
    assert len(options) >= 9
    for index, option in enumerate(options):
        key = option.partition(":")[0]
        kept = [line for line in lines if not line.startswith(f"{key}:")]
        write(f"option-{index}.yaml", "\n".join([*kept, option]))
    assert len(load_specs(project)) == len(options) + 1


def test_a_starter_spec_needs_a_name():
    """A name that no figure can have is refused before anything is written."""
    with pytest.raises(RequestError) as caught:
        starter_spec("my figure")
    assert str(caught.value) == (
        "my figure: 'my figure' is no name for a figure; "
        "letters and digits, then also . _ and -, are right"
    )
