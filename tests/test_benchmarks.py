"""The benchmarks run; what they measure is no test."""

from importlib import import_module
from pathlib import Path

import pytest


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch, repository: Path):
    """A module of the benchmarks."""
    monkeypatch.syspath_prepend(repository)
    return lambda name: import_module(f"benchmarks.{name}")


def test_every_part_imports(part) -> None:
    """Each named part has rows, and a name that is none is refused."""
    main = part("__main__")
    for name in main.PARTS:
        assert callable(part(name).rows)
    assert main.main(["no-such-part"]) == 2


def test_the_opponent_computes_the_same(part) -> None:
    """KL of every pair by transport and Cholesky, whole, in chunks and of diagonals."""
    kl = part("kl")
    for ours, theirs in (
        (kl.ours, kl.pairwise),
        (kl.ours, kl.pairwise_in_chunks),
        (kl.ours_diagonal, kl.pairwise_diagonal),
    ):
        difference = ours(70, 3)() - theirs(70, 3)()
        assert float(difference.abs().max()) < 1e-4
    assert kl.error(70, 3)[0] < 1e-9
    assert kl.error_of_series(70, 3) < 1e-9


def test_maps_are_drawn_by_both(part) -> None:
    """Each is a PDF, ours the smaller one and without seams."""
    drawing = part("drawing")
    for task in (drawing.our_map, drawing.seaborn_map, drawing.our_figure):
        assert task(16)()[:5] == b"%PDF-"
    assert len(drawing.our_map(32)()) < len(drawing.seaborn_map(32)())
    assert 0 < drawing.map_stream(16) < 30_000


def test_every_head_is_drawn_by_both(part) -> None:
    """Two layers of two heads; each is a PDF, ours the smaller one."""
    atlas = part("atlas")
    ours, theirs = (draw(32, 2, 2)() for draw in (atlas.our_atlas, atlas.seaborn_heatmaps))
    assert ours[:5] == theirs[:5] == b"%PDF-"
    assert len(ours) < len(theirs)


def test_the_mean_colour_of_printed_maps_is_measured(part, require_tool) -> None:
    """Near nothing for what was drawn, much for a map of other levels."""
    require_tool("pdftoppm")
    printed, column = part("printed"), part("column")
    levels = printed.checkerboard(250)
    right = column.cells_of(levels, column.palette(None))
    wrong = column.cells_of(levels // 2, column.palette(None))

    assert printed.colour_error(right, levels, "pdftoppm", 150) < 3
    assert printed.colour_error(wrong, levels, "pdftoppm", 150) > 20


def test_one_head_is_the_same_as_among_all(part, tmp_path: Path) -> None:
    """The first head of the lower of two layers, alone and with every other."""
    attention = part("attention")
    attention.save(str(tmp_path / "gpt2"), n_layer=2, width=96)
    alone, among = (
        head(16, 0, str(tmp_path / "gpt2"))()
        for head in (attention.our_head, attention.all_heads)
    )
    assert alone.shape == (16, 16)
    assert abs(alone - among).max() < 1e-6


def test_attention_in_memory_is_shown_by_both(part) -> None:
    """A PDF of one head and of all; their page in its own process, as it leaves files open."""
    arrays = part("arrays")
    assert repr(arrays.our_draw(8)()).endswith("L5H3 and 8 more, 8 tokens>")
    one, every = (arrays.our_save(8, heads)() for heads in ("1", "all"))
    assert one[:5] == every[:5] == b"%PDF-"
    assert len(one) < len(every)
    assert part("measure").cost(arrays.their_view, 8, repeats=1).size > len(every)


def test_many_figures_are_built(part, tmp_path: Path) -> None:
    """A project of four models, a figure each, in a process whose time counts."""
    many, nothing = part("many"), part("nothing")
    assert many.project(tmp_path, many.gauge, passages=1) == 4
    before = nothing.cpu_seconds()
    nothing.run(many.build("-j", "1"), tmp_path)
    assert nothing.cpu_seconds() > before
    assert len(list((tmp_path / "figures").glob("*.pdf"))) == 4


def test_figures_of_hugging_face_folders_are_built(part, tmp_path: Path, command) -> None:
    """The project of the other make, by the same command."""
    many = part("many")
    assert many.project(tmp_path, many.hugging_face, passages=1) == 4
    assert command(tmp_path, *many.build("-j", "1")[3:])[0] == 0
    assert len(list((tmp_path / "figures").glob("*.pdf"))) == 4


def test_a_cost_is_measured_in_a_process_of_its_own(part) -> None:
    """Time, memory and size of what was made."""
    found = part("measure").cost(part("kl").ours, 24, 3, repeats=1)
    assert found.seconds > 0
    assert found.bytes >= 0
    assert found.size == 24


def test_a_table_says_what_was_reached(part) -> None:
    """Ratios against goals, a line each."""
    rows = part("rows")
    faster = rows.versus("time", 0.01, 1.5, "s", at_least=80)
    larger = rows.limited("bytes", 17e3, 2.1e6, "B", at_most=16e3)
    assert rows.table("a map", [faster, larger]).splitlines() == [
        "a map",
        "         paperfig  opponent  ratio     goal",
        "  time      10 ms     1.5 s   150×    ≥ 80×  reached",
        "  bytes     17 kB    2.1 MB         ≤ 16 kB  NOT REACHED",
    ]
