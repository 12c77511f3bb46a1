"""Numbers and pictures of fixed cases move only together with their revision.

Where they must move, raise `COMPUTE_REVISION` or `DRAWING_REVISION`, and let this file write
the row of the new revision: ``python tests/test_revisions.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch
from revisions import captions, heads, pictures, sources, table, weights
from revisions.marked import unsaid

from paperfig.errors import CheckpointError
from paperfig.kinds import KINDS
from paperfig.models.checkpoint import load_checkpoint
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.statistics import HeadStatistics

COMPUTE: Mapping[str, Callable[[Path], Any]] = {
    **weights.CASES,
    **sources.CASES,
    **{name: lambda _, case=case: case() for name, case in heads.CASES.items()},
    **{name: lambda _, columns=columns: columns for name, columns in pictures.TABLES.items()},
}
DRAWING: Mapping[str, Callable[[], str]] = {**pictures.CASES, **captions.CASES}


@pytest.mark.parametrize("case", COMPUTE)
def test_numbers_move_with_the_compute_revision(case: str, tmp_path: Path) -> None:
    """Weights, scores, statistics and diagnoses, to 1e-6; words as they are."""
    now = table.plain(COMPUTE[case](tmp_path))

    assert list(table.moved(table.recorded("compute").get(case), now)) == []


@pytest.mark.parametrize("case", DRAWING)
def test_drawing_moves_with_the_drawing_revision(case: str) -> None:
    """Content streams by their digest, captions word by word."""
    recorded = table.recorded("drawing")

    assert {case: DRAWING[case]()} == {case: recorded.get(case)}


def test_the_table_holds_these_cases_and_no_others() -> None:
    """In the rows of the present revisions."""
    assert list(table.recorded("compute")) == list(COMPUTE)
    assert list(table.recorded("drawing")) == list(DRAWING)


def test_every_family_has_a_case() -> None:
    """Those of the registry, and the models that no family of files reads."""
    given = {model.family for model in sources.MODELS.values()}
    wanted = {*sources.FAMILIES, *sources.DOORS} - set(sources.REFUSED)

    assert [f"{family} has no case" for family in sorted(wanted - given)] == []


@pytest.mark.parametrize("family", sources.REFUSED)
def test_a_family_without_a_case_is_refused(family: str, tmp_path: Path) -> None:
    """It computes nothing that could move."""
    path = sources.REFUSED[family](tmp_path / "ckpt.pt")

    with pytest.raises(CheckpointError, match=f"a {family} checkpoint, which is not built yet"):
        load_checkpoint(
            CheckpointSpec(path=path.name), root=tmp_path, device=torch.device("cpu")
        )


def test_every_statistic_has_a_case() -> None:
    """Each is a number, a word or a list of them in some case, and not nothing in all."""
    cases = [entry for made in heads.STATISTICS.values() for entry in made()]
    told = {
        field.name
        for field in fields(HeadStatistics)
        if any(getattr(entry, field.name) not in (None, (), {}) for entry in cases)
    }

    assert {field.name for field in fields(HeadStatistics)} - told == heads.UNTOLD


def test_every_kind_has_a_case() -> None:
    """A picture of it, a caption, and its table where it draws one."""
    drawn = {picture.data.kind for picture in pictures.PICTURES.values()}
    told = {case.data.kind for case in captions.TOLD.values()}
    tables = {picture.data.kind for picture in pictures.PICTURES.values() if picture.data.table}

    assert [f"{kind} has no case" for kind in KINDS if kind not in drawn & told] == []
    assert tables == {kind.name for kind in KINDS.values() if kind.table}


def test_every_word_of_the_captions_has_a_case() -> None:
    """Whatever a default caption or the float can say, some case says."""
    assert unsaid(captions.TOLD.values()) == []


def write_table() -> None:
    """Writes the rows of the present revisions anew."""
    with TemporaryDirectory() as folder:
        numbers = {}
        for place, (name, case) in enumerate(COMPUTE.items()):
            (own := Path(folder) / str(place)).mkdir()
            numbers[name] = case(own)
    table.write(
        {"compute": numbers, "drawing": {name: case() for name, case in DRAWING.items()}}
    )


if __name__ == "__main__":
    write_table()
