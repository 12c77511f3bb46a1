"""Which figures a project's files make: names, defaults, selections."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperfig.errors import RequestError, SpecError
from paperfig.specs.loader import load_specs
from paperfig.specs.schema import CheckpointSpec, FigureSpec
from paperfig.specs.select import find_root
from paperfig.specs.style import CellBlock, CellMark

WHOLE = "figspec: 1\ncheckpoint: model.pt\nexcerpt: {text: hello}\nhead: 0\n"


def _names(project, *files, **options):
    return [spec.name for spec in load_specs(project, list(map(Path, files)), **options)]


def test_the_spec_of_the_design(load):
    """The ten lines of the design give the values that they say."""
    (named,) = load(
        "figspec: 1\nfigure: map\ncheckpoint: demo/gauge.pt\n"
        'excerpt: {dataset: demo/text, split: validation, find: "The lighthouse", length: 48}\n'
        "head: L0H2\n"
    )
    assert (named.name, named.file, named.inputs) == ("a", "figspec/a.yaml", (named.file,))
    assert named.spec.checkpoint == CheckpointSpec(path="demo/gauge.pt")
    assert named.spec.excerpt.find == "The lighthouse"
    assert (named.spec.head, named.spec.layer, named.spec.kappa) == ("L0H2", None, None)
    assert (named.spec.style.venue, named.spec.caption.quote) == ("article", 50)


@pytest.mark.parametrize(
    ("line", "read", "value"),
    [
        ("head: 2", lambda spec: spec.head, 2),
        ("head: [1, 0]", lambda spec: spec.head, (1, 0)),
        ("head: [L4H11, L5H1]", lambda spec: spec.head, ("L4H11", "L5H1")),
        ("head: all", lambda spec: spec.head, "all"),
        ("head: mean", lambda spec: spec.head, "mean"),
        ("kappa: 1", lambda spec: spec.kappa, 1.0),
        ("mask: {self: hide-always}", lambda spec: spec.mask.self_attention, "hide-always"),
        ("mask: {hide_keys: [0]}", lambda spec: spec.mask.hide_keys, (0,)),
        ("mask: {hide_keys: [-1, [2, 3]]}", lambda spec: spec.mask.hide_keys, (-1, (2, 3))),
        ("mask: {hide_keys: [the day]}", lambda spec: spec.mask.hide_keys, ("the day",)),
        ("tokenizer: bytes", lambda spec: spec.tokenizer, "bytes"),
        (
            "tokenizer: {name: characters, alphabet: ab}",
            lambda spec: spec.tokenizer.alphabet,
            "ab",
        ),
        ("style: {width: 0.48 column}", lambda spec: spec.style.width, "0.48 column"),
        ("style: {width: 3.25in}", lambda spec: spec.style.width, "3.25in"),
        ("style: {height: 240 pt}", lambda spec: spec.style.height, "240 pt"),
        ("style: {limits: [0, 0.5]}", lambda spec: spec.style.limits, (0.0, 0.5)),
        (
            "style: {scale: relative, limits: [0.25, 8]}",
            lambda spec: spec.style.limits,
            (0.25, 8.0),
        ),
        ("style: {titles: false}", lambda spec: spec.style.titles, False),
        (
            "style: {mark: [{query: 1, key: 0}, {queries: [1, 2], keys: [0, 0]}]}",
            lambda spec: spec.style.mark,
            (CellMark(query=1, key=0), CellBlock(queries=(1, 2), keys=(0, 0))),
        ),
        (
            "caption: {vars: {a: 1, b: x, c: true}}",
            lambda spec: spec.caption.vars,
            {"a": 1, "b": "x", "c": True},
        ),
        (
            "excerpt: {random: 8, seed: 3, repeat: 2, bos: true}",
            lambda spec: spec.excerpt.bos,
            True,
        ),
        ("excerpt: {text: a, bos: true}", lambda spec: spec.excerpt.bos, True),
        (
            "checkpoint: {path: a, trained: {kappa: [1, 0.25], mask: {self: hide}}}",
            lambda spec: (
                spec.checkpoint.trained.kappa,
                spec.checkpoint.trained.mask.self_attention,
            ),
            ((1.0, 0.25), "hide"),
        ),
    ],
)
def test_a_key_gives_its_value(load, line, read, value):
    """Each key that works reaches the room that asks for it, with its type."""
    key = line.partition(":")[0]
    kept = [each for each in WHOLE.splitlines() if not each.startswith(f"{key}:")]
    (named,) = load("\n".join([*kept, line]))
    found = read(named.spec)
    assert found == value
    assert type(found) is type(value)


def test_defaults_lie_beneath_each_folder(project, write):
    """Deeper folders win; style and caption merge by key, everything else whole."""
    write("defaults.yaml", "checkpoint: a.pt\nmask: {causal: true}\nstyle: {venue: acl}\n")
    write("app/defaults.yaml", "style: {scale: sqrt, venue: ieee}\ncaption: {quote: 9}\n")
    write(
        "app/x.yaml",
        "figspec: 1\nexcerpt: {text: a}\nhead: 0\nmask: {window: 3}\nstyle: {scale: log}\n",
    )
    write("y.yaml", "figspec: 1\nexcerpt: {text: a}\nhead: 0\n")
    deep, flat = load_specs(project)
    assert (deep.name, flat.name) == ("app/x", "y")
    assert deep.inputs == (
        "figspec/defaults.yaml",
        "figspec/app/defaults.yaml",
        "figspec/app/x.yaml",
    )
    assert flat.inputs == ("figspec/defaults.yaml", "figspec/y.yaml")
    assert (deep.spec.style.venue, deep.spec.style.scale) == ("ieee", "log")
    assert (deep.spec.mask.causal, deep.spec.mask.window) == (None, 3)
    assert (deep.spec.caption.quote, flat.spec.caption.quote) == (9, 50)
    assert flat.spec.style.venue == "acl"


def test_each_kind_takes_of_the_defaults_style_what_it_has_a_use_for(project, write):
    """What is said of a style for all figures stops none; in a spec itself it is a fault."""
    style = "style: {venue: icml, columns: 2, scale: sqrt, colorbar: right, zoom: [0, 2]}\n"
    write("defaults.yaml", style)
    write("a.yaml", WHOLE)
    write("b.yaml", "figure: lines\n" + WHOLE)
    write("c.yaml", "figure: lines\n" + WHOLE + "style: {width: page}\n")

    a, b, c = (spec.spec.style for spec in load_specs(project))
    assert (a.venue, a.columns, a.scale, a.colorbar, a.zoom) == (
        *("icml", 2, "sqrt", "right"),
        (0, 2),
    )
    assert (b.venue, b.columns, b.scale, b.colorbar, b.zoom) == ("icml", 2, None, "auto", None)
    assert (c.venue, c.width, c.zoom) == ("icml", "page", None)
    write("c.yaml", "figure: lines\n" + WHOLE + "style: {zoom: [0, 2]}\n")
    with pytest.raises(SpecError, match="zoom: not a key of lines"):
        load_specs(project)


def test_what_defaults_say_of_a_relative_scale_goes_with_it(project, write):
    """Its limits and its palette mean nothing where a kind shows weights as they are."""
    write("defaults.yaml", "style: {scale: relative, limits: [0.25, 4], palette: RdBu}\n")
    write("a.yaml", WHOLE)
    write("b.yaml", "figure: lines\n" + WHOLE)
    write("c.yaml", "figure: lines\n" + WHOLE + "style: {limits: [0, 0.5], palette: moss}\n")
    write("sqrt/defaults.yaml", "style: {scale: sqrt, limits: [0, 1], palette: moss}\n")
    write("sqrt/d.yaml", "figure: lines\n" + WHOLE)

    styles = [spec.spec.style for spec in load_specs(project)]
    assert [(it.scale, it.limits, it.palette) for it in styles] == [
        ("relative", (0.25, 4), "RdBu"),
        (None, "auto", None),
        (None, (0, 0.5), "moss"),
        (None, (0, 1), "moss"),
    ]


def test_a_fault_in_the_defaults_is_told_once(project, write):
    """Two specs over one wrong default: one line, at the place in the defaults."""
    write("defaults.yaml", "kappa: 0\n")
    write("a.yaml", WHOLE)
    write("b.yaml", WHOLE)
    with pytest.raises(SpecError) as caught:
        load_specs(project)
    assert str(caught.value) == (
        "figspec/defaults.yaml:1:8: kappa: 0 is out of range; "
        "a number above 0 or a list of these is right"
    )


def test_faults_of_all_files_come_together(project, write):
    """No file hides another's faults."""
    write("a.yaml", WHOLE + "kapa: 1\n")
    write("b.yaml", "text: @-@ 96\n")
    with pytest.raises(SpecError) as caught:
        load_specs(project)
    assert str(caught.value).splitlines() == [
        "figspec/a.yaml:5:1: kapa: unknown key; did you mean kappa?",
        "figspec/b.yaml:1:7: @ cannot start a text; put the text in quotes",
    ]
    assert caught.value.exit_code == 2


def test_two_specs_of_one_name(project, write):
    """a.yaml and a.yml, or a label that gives another spec's name, are faults."""
    write("a.yaml", WHOLE)
    write("a.yml", WHOLE)
    write("b.yaml", WHOLE + "each: {kappa: [0.3]}\n")
    write("b-kappa-0.3.yaml", WHOLE)
    with pytest.raises(SpecError) as caught:
        load_specs(project)
    assert str(caught.value).splitlines() == [
        "figspec/a.yml:1:1: the figure a a second time, also in figspec/a.yaml; "
        "give one another name",
        "figspec/b.yaml:1:1: the figure b-kappa-0.3 a second time, "
        "also in figspec/b-kappa-0.3.yaml; give one another name",
    ]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a b", "'a b' is no name for a figure; letters and digits, then also . _ and -, "),
        ("-a", "'-a' is no name for a figure; letters and digits, then also . _ and -, "),
        ("manifest", "the name manifest is taken by paperfig's own files; choose another"),
        ("a.caption", "the name a.caption is taken by paperfig's own files; choose another"),
    ],
)
def test_names_that_no_figure_can_have(project, write, name, fault):
    """A name is safe in a file system and in LaTeX, and no other file's name."""
    write(f"{name}.yaml", WHOLE)
    with pytest.raises(SpecError) as caught:
        load_specs(project)
    right = "are right" if fault.endswith(", ") else ""
    assert str(caught.value) == f"figspec/{name}.yaml:1:1: {fault}{right}"


def test_a_defaults_file_with_the_other_ending_is_not_passed_over(project, write):
    """`defaults.yml` would silently do nothing."""
    write("defaults.yml", WHOLE)
    with pytest.raises(SpecError) as caught:
        load_specs(project)
    assert str(caught.value) == (
        "figspec/defaults.yml:1:1: the name defaults is taken by paperfig's own files; "
        "choose another"
    )


def test_files_folders_and_names_select(project, write, monkeypatch):
    """A file, a folder, a figure's name or a labelled figure; each figure once."""
    write("a.yaml", WHOLE)
    write("app/b.yaml", WHOLE + "each: {head: [0, 1]}\n")
    write("app/.hidden.yaml", "no spec")
    monkeypatch.chdir(project / "figspec" / "app")
    assert _names(project, "b.yaml") == ["app/b-head-0", "app/b-head-1"]
    assert _names(project, "..") == ["a", "app/b-head-0", "app/b-head-1"]
    assert _names(project, project / "figspec" / "a.yaml", "a") == ["a"]
    assert _names(project, "app/b-head-1") == ["app/b-head-1"]
    assert _names(project, "app/b-head-1", "app/b") == ["app/b-head-0", "app/b-head-1"]
    assert [spec.name for spec in load_specs(project)] == _names(project, "..")


@pytest.mark.parametrize(
    ("argument", "line"),
    [
        ("previous", "previous: no such spec file or figure; did you mean previous-token?"),
        ("zzz", "zzz: no such spec file or figure; `paperfig new NAME` writes a spec"),
        ("other.yaml", "other.yaml: no spec of this project; a file in figspec/ is right"),
        (
            "figspec/previous-tokem.yaml",
            "figspec/previous-tokem.yaml: no such spec file or figure; "
            "did you mean figspec/previous-token.yaml?",
        ),
        ("heads-L0H9", "heads-L0H9: no such spec file or figure; did you mean heads-L0H2?"),
        (
            "x" * 300,
            f"{'x' * 300}: no such spec file or figure; `paperfig new NAME` writes a spec",
        ),
    ],
)
def test_an_argument_that_names_nothing(project, write, monkeypatch, argument, line):
    """The nearest name is offered."""
    write("previous-token.yaml", WHOLE)
    write("heads.yaml", WHOLE + "each: {head: [L0H1, L0H2]}\n")
    (project / "other.yaml").write_text(WHOLE)
    monkeypatch.chdir(project)
    with pytest.raises(RequestError) as caught:
        _names(project, argument)
    assert str(caught.value) == line
    assert caught.value.exit_code == 2


def test_the_root_is_the_nearest_folder_with_figspec(project):
    """Found from any folder below; without one, the remedy is named."""
    below = project / "figspec" / "app"
    below.mkdir()
    assert find_root(below) == project.resolve()
    with pytest.raises(RequestError) as caught:
        find_root(Path(project.anchor))
    assert str(caught.value) == (
        f"{project.anchor}: no figspec/ folder here or above; `paperfig init` makes one"
    )


def test_an_empty_project_has_no_figures(project):
    """No spec is no fault."""
    assert load_specs(project) == ()


def test_a_spec_of_another_room_is_built_in_python():
    """Rooms and tests may make a spec from Python values, by field name."""
    spec = FigureSpec.model_validate(
        {"figspec": 1, "checkpoint": "a", "excerpt": {"text": "b"}, "mask": {"self": "hide"}}
    )
    assert spec.checkpoint.path == "a"
    assert FigureSpec.model_validate(spec.model_dump()) == spec


@given(
    head=st.integers(0, 20),
    kappa=st.floats(0.001, 1000).map(lambda value: round(value, 3)),
    find=st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1),
)
def test_what_yaml_writes_is_read_back(tmp_path_factory, head, kappa, find):
    """Values survive the way through a file."""
    import yaml

    root = tmp_path_factory.mktemp("project")
    (root / "figspec").mkdir()
    excerpt = {"dataset": "d", "find": find}
    data = {"figspec": 1, "checkpoint": "a", "excerpt": excerpt, "head": head, "kappa": kappa}
    (root / "figspec" / "a.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    (named,) = load_specs(root)
    assert (named.spec.head, named.spec.kappa, named.spec.excerpt.find) == (head, kappa, find)
