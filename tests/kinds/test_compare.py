"""The kind ``compare``: variants and what differs, from a spec to its files."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from small_gpt import random_gpt

import paperfig
from paperfig.errors import RequestError
from paperfig.models import checkpoint
from paperfig.values.figure import FigureData, from_npz

Command = Callable[..., tuple[int, str, str]]
BASE = {
    "figspec": 1,
    "figure": "compare",
    "checkpoint": {"path": "models/tiny.pt", "name": "tiny"},
    "tokenizer": "bytes",
    "excerpt": {"text": "In 1941, after the fall of France, it rained."},
    "head": "L1H2",
}
KAPPAS = {"as trained": {}, "sharp": {"kappa": 0.5}, "flat": {"kappa": 2}}


def write(project: Path, name: str, variants: dict[str, object], **keys: object) -> None:
    """A spec of the small GPT's variants."""
    text = yaml.safe_dump(BASE | {"variants": variants} | keys, sort_keys=False)
    (project / "figspec" / f"{name}.yaml").write_text(text, encoding="utf-8")


def values(project: Path, name: str) -> FigureData:
    """What was drawn."""
    return from_npz((project / "figures" / f"{name}.npz").read_bytes())


def caption(project: Path, name: str) -> str:
    """The caption of a figure, without its last line's end."""
    text = (project / "figures" / f"{name}.caption.tex").read_text()
    return text.removesuffix("%\n")


def alone(project: Path, **keys: object) -> np.ndarray:
    """The weights of a map of its own with these keys."""
    spec = {key: value for key, value in BASE.items() if key != "figure"} | keys
    weights: np.ndarray = paperfig.attention(spec, root=project, device="cpu").weights
    return weights


def test_each_variant_is_the_map_of_its_own_spec(gpt_project: Path, command: Command) -> None:
    """In the order of the spec, under its label; one forward does for all of them."""
    write(gpt_project, "kappas", KAPPAS)
    code, out, error = command(gpt_project, "build", "kappas")
    assert (code, error) == (0, "")
    assert out.startswith("kappas   new   compare   L1H2   45 tokens   figures/kappas.pdf")
    data = values(gpt_project, "kappas")

    assert [variant.label for variant in data.variants] == ["as trained", "sharp", "flat"]
    assert [each.variant for each in data.maps] == ["as trained", "sharp", "flat"]
    for each, keys in zip(data.maps, KAPPAS.values(), strict=True):
        np.testing.assert_array_equal(each.weights, alone(gpt_project, **keys))


def test_the_caption_tells_the_largest_gain_and_loss(
    gpt_project: Path, command: Command
) -> None:
    """Where they are, by the weights themselves; and each variant's own setting."""
    write(gpt_project, "kappas", KAPPAS)
    assert command(gpt_project, "build", "kappas")[0] == 0
    trained, *others = (
        alone(gpt_project, **keys)[0].astype(np.float64) for keys in KAPPAS.values()
    )
    changes = np.stack([each - trained for each in others])
    told = []
    for extreme, word in ((changes.argmax(), "more"), (changes.argmin(), "less")):
        which, query, key = np.unravel_index(extreme, changes.shape)
        label, amount = ("sharp", "flat")[which], abs(changes[which, query, key])
        told.append((f"at most {amount:.3g} {word} (in `{label}', query `", query, key))
    text = caption(gpt_project, "kappas")

    assert text.startswith(
        "Attention patterns and their differences for head 2 of layer 1 of \\emph{tiny} at "
        "step 10 on the text `In 1941, after the fall of France, it rained.' (45 tokens). "
        "Causal mask. `as trained': as trained. `sharp': Logits divided by 0.5. `flat': "
        "Logits divided by 2.0. What enters the layer is as trained. Beneath each, its "
        "weights less those of `as trained': at most "
    )
    for start, query, key in told:
        _, found, rest = text.partition(start)
        assert found
        assert f"({query}), key `" in rest
        assert f"({key}))" in rest
    assert "masked in only one" not in text


def test_cells_of_one_mask_only_are_counted(gpt_project: Path, command: Command) -> None:
    """The diagonal hidden in one: every query's own key but the first's, which has no other."""
    write(gpt_project, "masks", {"kept": {}, "hidden": {"mask": {"self": "hide"}}})
    assert command(gpt_project, "build", "masks")[0] == 0
    text = caption(gpt_project, "masks")

    assert "`kept': Causal mask. `hidden': Causal mask; self-attention (the diagonal) " in text
    assert "Struck out: 44 cells that are masked in only one of the two." in text
    assert values(gpt_project, "masks").table["one_sided"].values.tolist() == [44]


def test_of_unlike_texts_nothing_is_told_by_the_words_of_one(
    gpt_project: Path, command: Command
) -> None:
    """A window, a mark and a span are positions then; each variant's text is quoted."""
    texts = {"rain": "Rain fell all night.", "snow": "Snow lay at the door"}
    variants = {name: {"excerpt": {"text": text}} for name, text in texts.items()}
    write(
        gpt_project,
        "texts",
        variants,
        excerpt={"text": texts["rain"], "spans": {"start": [0, 3]}},
        style={"zoom": [1, 8], "mark": [{"query": 7, "key": 2}]},
        caption={"detail": "full"},
    )
    assert command(gpt_project, "build", "texts")[::2] == (0, "")
    text = caption(gpt_project, "texts")

    for name, quoted in texts.items():
        assert f"`{name}': on the text `{quoted}' (20 tokens). " in text
    assert " Enlarged: tokens 1 to 8. " in text
    assert " Marked: query 7 with key 2. Rows are " in text


def test_of_a_window_the_numbers_are_said_to_be_of_all(
    gpt_project: Path, command: Command
) -> None:
    """The table is of whole maps, of which the panels then show a part."""
    variants = {"kept": {}, "hidden": {"mask": {"self": "hide"}}}
    write(gpt_project, "masks", variants, style={"zoom": [4, 9]})
    assert command(gpt_project, "build", "masks")[0] == 0
    text = caption(gpt_project, "masks")

    assert "Beneath each, its weights less those of `kept'; over all queries and keys: " in text
    struck = "Struck out: cells that are masked in only one of the two, 44 over all queries"
    assert f"{struck} and keys." in text


def test_models_are_loaded_once_and_stale_each_for_itself(
    gpt_project: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two figures with the same two checkpoints; a change of one is told by its name."""
    random_gpt(gpt_project / "models" / "other.pt", seed=1)
    both = {
        "one": {},
        "other": {"checkpoint": {"path": "models/other.pt", "name": "other"}},
    }
    write(gpt_project, "first", both)
    write(gpt_project, "second", dict(reversed(both.items())), head="L0H0")
    loads: list[object] = []
    load = checkpoint.load_checkpoint

    def counted(*arguments: object, **options: object) -> object:
        loads.append(arguments)
        return load(*arguments, **options)

    monkeypatch.setattr(checkpoint, "load_checkpoint", counted)
    assert command(gpt_project, "build", "first", "second")[::2] == (0, "")
    assert len(loads) == 2
    assert (
        "Causal mask. `one': \\emph{tiny} at step 10. `other': \\emph{other} at step 10."
        in (caption(gpt_project, "first"))
    )
    data = values(gpt_project, "second")
    assert [variant.model.name for variant in data.variants] == ["other", "tiny"]
    expected = alone(gpt_project, head="L0H0", checkpoint={"path": "models/other.pt"})
    np.testing.assert_array_equal(data.maps[0].weights, expected)

    assert command(gpt_project, "check", "first", "second")[0] == 0
    random_gpt(gpt_project / "models" / "other.pt", seed=2)
    code, out, _ = command(gpt_project, "check", "first")
    assert code == 1
    assert "models/other.pt changed" in out
    (gpt_project / "models" / "other.pt").unlink()
    code, out, _ = command(gpt_project, "check", "first")
    assert (code, "models/other.pt" in out) == (0, True), "not verifiable here, and not stale"


@pytest.mark.parametrize(
    ("variants", "reason"),
    [
        (KAPPAS | {"flat": {"kappa": 3}}, "variants.flat.kappa: 2.0 → 3.0"),
        (
            dict(reversed(KAPPAS.items())),
            'variants: ["as trained", "sharp", "flat"] → ["flat", "sharp", "as trained"]',
        ),
    ],
)
def test_a_changed_variant_is_told_by_its_key(
    gpt_project: Path, command: Command, variants: dict[str, object], reason: str
) -> None:
    """What changed in it; the order counts, since all are compared with the first."""
    write(gpt_project, "kappas", KAPPAS)
    assert command(gpt_project, "build", "kappas")[0] == 0
    write(gpt_project, "kappas", variants)
    code, out, _ = command(gpt_project, "check", "kappas")

    assert code == 1
    assert reason in out


def test_it_is_redrawn_without_its_models(gpt_project: Path, command: Command) -> None:
    """The name of a variant's model is no matter of numbers."""
    random_gpt(gpt_project / "models" / "other.pt", seed=1)
    other: dict[str, object] = {"path": "models/other.pt", "name": "other"}
    write(gpt_project, "both", {"one": {}, "other": {"checkpoint": other}})
    assert command(gpt_project, "build", "both")[0] == 0
    shutil.rmtree(gpt_project / "models")
    write(
        gpt_project,
        "both",
        {"one": {}, "other": {"checkpoint": other | {"name": "ours"}}},
        style={"width": "page"},
    )
    code, _, error = command(gpt_project, "build", "--no-compute", "both")

    assert (code, error) == (0, "")
    assert "`other': \\emph{ours} at step 10." in caption(gpt_project, "both")
    record = json.loads((gpt_project / "figures" / "both.json").read_text())
    assert record["drawing"]["keys"]["variants.other.checkpoint.name"] == "ours"
    told = {name: entry["model"]["name"] for name, entry in record["facts"]["variants"].items()}
    assert told == {"one": "tiny", "other": "ours"}


def test_texts_of_one_length_are_compared_by_position(
    gpt_project: Path, command: Command
) -> None:
    """Each is quoted; of others the lengths are told."""
    dry = "In 1942, after the rain in France, it dried.."
    write(gpt_project, "texts", {"wet": {}, "dry": {"excerpt": {"text": dry}}})
    assert command(gpt_project, "build", "texts")[::2] == (0, "")
    text = caption(gpt_project, "texts")
    assert "`wet': on the text `In 1941, after the fall of France, it rained.' (45 t" in text
    assert f"`dry': on the text `{dry}' (45 tokens)." in text
    assert "query `" not in text
    record = json.loads((gpt_project / "figures" / "texts.json").read_text())
    assert record["drawn"]["label_kind"] == "index"

    write(gpt_project, "texts", {"wet": {}, "dry": {"excerpt": {"text": dry[:-1]}}})
    code, _, error = command(gpt_project, "build", "texts")
    assert (code, error) == (
        1,
        "figspec/texts.yaml: variants: 'wet' has 45 queries and 45 keys, 'dry' has 44 queries "
        "and 44 keys; as many in each are right (excerpt.length)\n",
    )


def test_a_variant_that_fails_fails_the_figure_once(
    gpt_project: Path, command: Command
) -> None:
    """And no other figure."""
    write(gpt_project, "both", {"one": {}, "other": {"checkpoint": "models/none.pt"}})
    write(gpt_project, "kappas", KAPPAS)
    code, out, error = command(gpt_project, "build", "--keep-going", "both", "kappas")

    assert code == 1
    assert error.count("models/none.pt: no such checkpoint") == 1
    assert out.splitlines()[-1] == "1 made, 0 up to date, 1 failed"


@pytest.mark.parametrize(
    ("variants", "fault"),
    [
        ("{a: {}}", '6:11: variants: {"a": {}} has 1 entry; '),
        ("{a: {}, b: {kapa: 1}}", "6:23: variants.b.kapa: unknown key; did you mean kappa?"),
        ("{a: {}, b: {kappa: [1, 2]}}", "6:30: variants.b.kappa: a list is for figure: scores"),
        (
            "{a: {}, b: {mask: {self: hid}}}",
            '6:36: variants.b.mask.self: "hid" is not a choice',
        ),
        (
            "{a: {}, b: {excerpt: {text: a, dataset: b}}}",
            "6:42: variants.b.excerpt.dataset: given beside text; keep one",
        ),
        (
            "{a: {}, b: {checkpoint: {hub: gpt2}}}",
            "6:36: variants.b.checkpoint.hub: not built yet; ",
        ),
    ],
)
def test_a_fault_of_a_variant_has_its_place(
    gpt_project: Path, command: Command, variants: str, fault: str
) -> None:
    """As if the variant were a spec of its own."""
    (gpt_project / "figspec" / "a.yaml").write_text(
        "figspec: 1\nfigure: compare\ncheckpoint: a\nexcerpt: {text: a}\nhead: 0\n"
        f"variants: {variants}\n"
    )
    code, _, error = command(gpt_project, "build", "a")

    assert code == 2
    (line,) = error.splitlines()
    assert line.startswith(f"figspec/a.yaml:{fault}")


def test_variants_of_defaults_are_merged_by_label(gpt_project: Path, command: Command) -> None:
    """As style and caption are; and what a variant gives need not stand beside it."""
    defaults = {"variants": {"one": {"kappa": 1}, "two": {"kappa": 2}}}
    (gpt_project / "figspec" / "sub").mkdir()
    (gpt_project / "figspec" / "sub" / "defaults.yaml").write_text(yaml.safe_dump(defaults))
    text = {key: value for key, value in BASE.items() if key != "checkpoint"}
    model = {"checkpoint": "models/tiny.pt"}
    text["variants"] = {"one": model, "two": model, "three": model}
    (gpt_project / "figspec" / "sub" / "a.yaml").write_text(yaml.safe_dump(text))
    assert command(gpt_project, "build", "sub/a")[0] == 0
    data = from_npz((gpt_project / "figures" / "sub" / "a.npz").read_bytes())

    assert [variant.label for variant in data.variants] == ["one", "two", "three"]
    assert [each.shown.kappa for each in data.maps] == [None, None, None]


def test_code_to_run_is_no_matter_of_defaults(gpt_project: Path, command: Command) -> None:
    """Of a variant neither."""
    adapter = {"checkpoint": {"adapter": "ours:load"}}
    defaults = {"variants": {"one": adapter, "two": {}}}
    (gpt_project / "figspec" / "defaults.yaml").write_text(yaml.safe_dump(defaults))
    write(gpt_project, "a", {"three": {}})
    code, _, error = command(gpt_project, "build", "a")

    assert code == 2
    assert (
        "variants.one.checkpoint.adapter: names code to run, for every spec below; give it in "
        "the spec's own file only" in error
    )


def test_show_reports_on_each_variant(gpt_project: Path, command: Command) -> None:
    """By its label; `paperfig.attention` gives one map, and says so."""
    write(gpt_project, "kappas", KAPPAS)
    code, out, error = command(gpt_project, "show", "kappas")

    assert (code, error) == (0, "")
    for label in KAPPAS:
        assert f"kappas: {label}" in out
    with pytest.raises(RequestError) as caught:
        paperfig.attention("kappas", root=gpt_project)
    assert str(caught.value) == (
        "figure: it sets several maps side by side; ask for each alone"
    )
    whole = paperfig.figure("kappas", root=gpt_project, device="cpu")
    assert whole.caption == caption_of_build(gpt_project, command)


def caption_of_build(project: Path, command: Command) -> str:
    """The caption that a build writes."""
    assert command(project, "build", "kappas")[0] == 0
    return caption(project, "kappas")
