"""One file, many figures."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperfig.errors import SpecError
from paperfig.specs.document import parse_document
from paperfig.specs.expand import expand, merge
from paperfig.specs.nodes import plain
from paperfig.specs.shape import keys_at

WHOLE = "figspec: 1\ncheckpoint: model.pt\nexcerpt: {text: hello}\nhead: 0\n"


@pytest.mark.parametrize(
    ("each", "names"),
    [
        ("{head: [L0H1, L0H2]}", ["a-L0H1", "a-L0H2"]),
        ("{head: [0, 1]}", ["a-head-0", "a-head-1"]),
        ("{head: [[0, 1], [2, 3]]}", ["a-head-0-1", "a-head-2-3"]),
        ("{head: [[L0H1, L1H1], mean]}", ["a-L0H1-L1H1", "a-mean"]),
        ("{kappa: [0.3, 1.0]}", ["a-kappa-0.3", "a-kappa-1.0"]),
        ("{mask.causal: [true, false]}", ["a-causal-false", "a-causal-true"]),
        ("{checkpoint: [runs/step-10.pt, runs/step-20.pt]}", ["a-step-10", "a-step-20"]),
        ("{excerpt.text: ['Hello, world!']}", ["a-Hello-world"]),
        (
            "{head: [L0H1, L0H2], kappa: [1, 2]}",
            ["a-L0H1-kappa-1", "a-L0H1-kappa-2", "a-L0H2-kappa-1", "a-L0H2-kappa-2"],
        ),
        ("{sharp: {kappa: 0.3}, wide: {style: {width: page}}}", ["a-sharp", "a-wide"]),
    ],
)
def test_each_combination_is_a_figure(load, each, names):
    """The label is made of the values, or is the entry's own."""
    assert [named.name for named in load(f"{WHOLE}each: {each}\n")] == names


def test_named_changes_are_merged_as_defaults_are(load):
    """Style by key, a mapping whole, a dotted key alone."""
    both, dotted = load(
        WHOLE + "mask: {causal: false}\nstyle: {venue: acl}\n"
        "each:\n  both: {mask: {window: 2}, style: {scale: log}}\n"
        "  dotted: {mask.window: 2, checkpoint.trained.kappa: 2}\n"
    )
    assert (both.spec.mask.causal, both.spec.mask.window) == (None, 2)
    assert (both.spec.style.venue, both.spec.style.scale) == ("acl", "log")
    assert (dotted.spec.mask.causal, dotted.spec.mask.window) == (False, 2)
    assert (dotted.spec.checkpoint.path, dotted.spec.checkpoint.trained.kappa) == (
        "model.pt",
        2.0,
    )


FAULTS = {
    "{kappa: [1, 0]}": "5:19: kappa: 0 is out of range; "
    "a number above 0 or a list of these is right",
    "{haed: [0, 1]}": "5:8: haed: unknown key; did you mean head?",
    "{mask.slef: [hide]}": "5:8: mask.slef: unknown key; did you mean self?",
    "{a: {kappa: 0}}": "5:19: kappa: 0 is out of range; "
    "a number above 0 or a list of these is right",
    "{head.x: [1]}": "5:8: each: head.x: head is no mapping in this spec; vary head as a whole",
    "{kappa: 1}": "5:7: each: neither lists nor named changes; "
    "{key: [values]} or {label: {key: value}} throughout is right",
    "{kappa: [1], a: {kappa: 1}}": "5:7: each: neither lists nor named changes; "
    "{key: [values]} or {label: {key: value}} throughout is right",
    "{}": "5:7: each: neither lists nor named changes; "
    "{key: [values]} or {label: {key: value}} throughout is right",
    "[1]": "5:7: each: neither lists nor named changes; "
    "{key: [values]} or {label: {key: value}} throughout is right",
    "{kappa: []}": "5:7: each: an empty list; at least one value is right",
    "{a b: {kappa: 1}}": "5:8: each: 'a b' is no name for a figure; "
    "letters, digits, . _ and - are right",
    "{excerpt.text: ['?!']}": "5:23: each: '' is no name for a figure; "
    "letters, digits, . _ and - are right",
    "{style: [{scale: log}]}": "5:16: each: style: a value that gives no name; "
    "{label: {key: value}} is right",
    "{head: [1, 1]}": "5:18: each: the label head-1 a second time; "
    "{label: {key: value}} gives names of your own",
    "{kappa: [010]}": "5:16: kappa: 010 begins with 0, which is octal in YAML 1.1; write 10",
    "{kappa: [1, ~]}": "5:19: each.kappa.1: is empty; give a value, or leave it out",
    "{a: {each: {kappa: [1]}}}": "5:12: each: unknown key; known are "
    + ", ".join(key for key in keys_at(()) if key != "each"),
}


@pytest.mark.parametrize("each", FAULTS)
def test_a_fault_points_into_each(faults, each):
    """A wrong value is at fault where it stands in `each`."""
    assert faults(f"{WHOLE}each: {each}\n") == [f"figspec/a.yaml:{FAULTS[each]}"]


def test_a_fault_outside_each_is_told_once(faults):
    """A hundred figures with one wrong width are one fault."""
    text = (
        f"{WHOLE}style: {{width: 3}}\neach: {{kappa: [{', '.join(map(str, range(1, 101)))}]}}"
    )
    assert len(faults(text)) == 1


def test_more_than_a_thousand_figures_need_many(project, write):
    """The limit counts combinations, before any is made."""
    from paperfig.errors import SpecError
    from paperfig.specs.loader import load_specs

    heads = ", ".join(map(str, range(32)))
    write("a.yaml", f"{WHOLE}each: {{head: [{heads}], layer: [{heads}]}}\n")
    with pytest.raises(SpecError) as caught:
        load_specs(project)
    assert str(caught.value) == (
        "figspec/a.yaml:5:1: each: 1,024 figures; at most 1,000 without --many is right"
    )
    assert len(load_specs(project, many=True)) == 1024


_keys = st.sampled_from(["style", "caption", "mask", "excerpt", "head"])
_values = st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)) | st.integers(0, 9)


def _node(data):
    return parse_document(repr(data).replace("'", '"'), "a.yaml").root


@given(st.dictionaries(_keys, _values), st.dictionaries(_keys, _values))
def test_merging_keeps_what_is_above(beneath, above):
    """style and caption are merged by key, everything else is replaced whole."""
    merged = plain(merge(_node(beneath), _node(above)))
    assert set(merged) == {*beneath, *above}
    for key, value in merged.items():
        lower, upper = beneath.get(key), above.get(key, beneath.get(key))
        by_key = key in {"style", "caption"} and isinstance(lower, dict)
        expected = {**lower, **upper} if by_key and isinstance(upper, dict) else upper
        assert value == expected


@given(st.lists(st.integers(0, 9), min_size=1, unique=True), st.integers(1, 3))
def test_a_product_has_one_figure_for_each_combination(values, keys):
    """As many figures as the lists' lengths multiply to, each with a label of its own."""
    each = {f"k{index}": values for index in range(keys)}
    variants, faults = expand(_node({"each": each}), many=True)
    assert not faults
    assert len({label for label, _ in variants}) == len(variants) == len(values) ** keys


def test_a_file_is_read_once_however_many_of_its_figures_are_named(project, write, monkeypatch):
    """A hundred names of one file: it is expanded once, and the figures are those named."""
    from paperfig.specs import loader

    write("a.yaml", f"{WHOLE}each: {{head: {list(range(100))}}}\n")
    calls = []

    def counted(name):
        """The loader's function of that name, its calls noted."""
        function = getattr(loader, name)
        return lambda *args, **options: calls.append(name) or function(*args, **options)

    for name in ("read_document", "expand"):
        monkeypatch.setattr(loader, name, counted(name))
    wanted = [Path(f"a-head-{head}") for head in reversed(range(100)) if head != 7]
    loaded = loader.load_specs(project, wanted)

    assert calls == ["read_document", "expand"]
    assert [spec.name for spec in loaded] == sorted(map(str, wanted))
    assert {spec.spec.head for spec in loaded} == {*range(100)} - {7}


def test_a_fault_of_a_file_is_told_once_however_many_of_its_figures_are_named(project, write):
    """What is sound of it is no second figure of the same name."""
    from paperfig.specs.loader import load_specs

    write("a.yaml", f"{WHOLE}each: {{kappa: [1, 2, 0]}}\n")
    with pytest.raises(SpecError) as error:
        load_specs(project, [Path("a-kappa-1"), Path("a-kappa-2"), Path("a-kappa-0")])

    assert str(error.value).splitlines() == [
        "figspec/a.yaml:5:22: kappa: 0 is out of range; "
        "a number above 0 or a list of these is right"
    ]
