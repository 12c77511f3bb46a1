"""The script that compares two folders of figures says what differs, or that nothing does."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from compare_figures import main
from values_of import figure_value, map_value

from paperfig.values.figure import FigureData, NamedArray, to_npz

TEXTS = {"rain.pdf": "%PDF-1.7", "rain.caption.tex": "Rain.%\n", "rain.tex": "\\caption{Rain.}"}
MASK = np.tri(3, dtype=bool)
WEIGHTS = np.tri(3, dtype=np.float32)[None] / np.arange(1, 4, dtype=np.float32)[:, None]
ITSELF = np.eye(3, dtype=np.float32)[None]
ROWS = np.array([np.nan, 0.25, 0.5])
Compare = Callable[[], tuple[int, list[str]]]


def data(weights: np.ndarray = WEIGHTS) -> FigureData:
    """Two maps that share their mask, and a column of numbers."""
    attention = map_value(weights, MASK)
    figure = figure_value(attention, replace(attention, weights=ITSELF))
    return replace(figure, table={"row_deviation": NamedArray(values=ROWS, axes=("query",))})


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The same figure, built twice."""
    for folder in (tmp_path / "old", tmp_path / "new"):
        (folder / "deep").mkdir(parents=True)
        for name, text in TEXTS.items():
            (folder / "deep" / name).write_text(text, encoding="ascii")
        (folder / "deep" / "rain.npz").write_bytes(to_npz(data()))
        (folder / "deep" / "rain.json").write_text(folder.name, encoding="ascii")
    return tmp_path / "old", tmp_path / "new"


@pytest.fixture
def compare(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> Compare:
    """Compares them: the exit code, and the lines that are said."""
    return lambda: (main(list(map(str, folders))), capsys.readouterr().out.splitlines())


def write_old_format(path: Path, changes: Mapping[str, np.ndarray]) -> None:
    """The same values as files of format 2 held them, each map with its own mask."""
    arrays = {"weights_0": WEIGHTS, "weights_1": ITSELF, "mask_0": MASK, "mask_1": MASK}
    arrays |= {"table_row_deviation": ROWS, "token_ids": np.arange(3)} | changes
    facts = np.frombuffer(json.dumps({"format": 2}).encode(), dtype=np.uint8)
    np.savez(path, facts=facts, **arrays)


def test_the_same_figures_are_the_same(compare: Compare) -> None:
    """Records apart, which tell of the machine."""
    assert compare() == (0, ["the same: 1 figures"])


def test_values_are_the_same_in_whatever_format(folders, compare: Compare) -> None:
    """An array that two maps share is in each of them."""
    write_old_format(folders[0] / "deep" / "rain.npz", {})

    assert compare() == (0, ["the same: 1 figures"])


def test_another_value_is_told(folders, compare: Compare) -> None:
    """By the array's place in the figure, across formats too."""
    other = np.array([[True, False, False]] * 3)
    write_old_format(folders[0] / "deep" / "rain.npz", {"mask_1": other, "scores_0": WEIGHTS})
    (folders[1] / "deep" / "rain.npz").write_bytes(to_npz(data(ITSELF)))

    assert compare() == (
        1,
        [
            "deep/rain.npz: maps.0.scores only in the old folder",
            "deep/rain.npz: maps.0.weights has other values in 5 of 9",
            "deep/rain.npz: maps.1.mask has other values in 3 of 9",
            "not the same: 1 of 1 figures",
        ],
    )


def test_another_type_or_shape_is_told(folders, compare: Compare) -> None:
    """Equal numbers in another form are not the same."""
    changes = {"token_ids": np.arange(3, dtype=np.int32), "weights_0": WEIGHTS[0]}
    write_old_format(folders[0] / "deep" / "rain.npz", changes)

    assert compare() == (
        1,
        [
            "deep/rain.npz: maps.0.weights was float32 (3, 3) and is float32 (1, 3, 3)",
            "deep/rain.npz: variants.0.excerpt.ids was int32 (3,) and is int64 (3,)",
            "not the same: 1 of 1 figures",
        ],
    )


def test_other_bytes_and_absent_files_are_told(folders, compare: Compare) -> None:
    """Of pictures, captions and floats; a figure counts once."""
    new = folders[1]
    (new / "deep" / "rain.pdf").write_text("%PDF-1.4", encoding="ascii")
    (new / "deep" / "rain.tex").unlink()
    (new / "sun.pdf").write_text("%PDF-1.7", encoding="ascii")
    for folder in folders:
        (folder / "moon.pdf").write_text("%PDF-1.7", encoding="ascii")

    assert compare() == (
        1,
        [
            "deep/rain.pdf: other bytes",
            "deep/rain.tex: only in the old folder",
            "sun.pdf: only in the new folder",
            "not the same: 2 of 3 figures",
        ],
    )


def test_nothing_is_not_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that was misspelt, say."""
    assert main([str(tmp_path), str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().out == "not the same: 0 of 0 figures\n"
    assert main([str(tmp_path)]) == 2
