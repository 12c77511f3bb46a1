"""Scores of the authors' own: what a file must hold, and what a figure makes of it."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from messages import message_of
from values_of import as_kind, random_figure

from paperfig.errors import AttentionError
from paperfig.statistics.scores_file import read_scores
from paperfig.values.figure import from_npz
from paperfig.values.scores import HeadScores


def read(folder: Path, text: str, name: str = "importance") -> HeadScores:
    """The scores of a file that holds the text."""
    path = folder / "scores.csv"
    path.write_text(text, encoding="utf-8")
    return read_scores(path, name=name, file="scores.csv")


def test_a_row_is_a_head(tmp_path: Path) -> None:
    """Columns in any order, others besides, a byte order mark, values of either sign."""
    text = "\ufeffvalue, head ,note,layer\n-0.5,1,a,0\n2e-3,0,b,11\n"

    assert read(tmp_path, text).values == {(0, 1): -0.5, (11, 0): 0.002}


@given(st.dictionaries(st.tuples(st.integers(0, 99), st.integers(0, 99)), st.floats(-1, 1)))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, values) -> None:
    """All rows, as they are."""
    lines = [f"{layer},{head},{value!r}" for (layer, head), value in values.items()]
    folder = tmp_path_factory.mktemp("scores")

    assert read(folder, "\n".join(["layer,head,value", *lines])).values == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "layer,head\n0,0\n",
            "scores.csv: the column value is missing; layer, head, value are right",
        ),
        ("", "scores.csv: the column layer is missing; layer, head, value are right"),
        (
            "layer,head,value\n0,0,1\n0,x,2\n",
            "scores.csv:3: head is 'x'; a whole number from 0 is right",
        ),
        (
            "layer,head,value\n-1,0,1\n",
            "scores.csv:2: layer is '-1'; a whole number from 0 is right",
        ),
        (
            "layer,head,value\n0,0\n",
            "scores.csv:2: value is ''; a finite number is right",
        ),
        (
            "layer,head,value\n0,0,nan\n",
            "scores.csv:2: value is 'nan'; a finite number is right",
        ),
        (
            "layer,head,value\n0,0,1\n0,1,1\n0,0,1\n",
            "scores.csv:4: L0H0 again; one row a head is right",
        ),
        (
            'layer,head,value\n"0"x,0,1\n',
            "scores.csv: it is no .csv file in UTF-8; layer, head, value",
        ),
    ],
)
def test_what_a_file_must_hold(tmp_path: Path, text: str, message: str) -> None:
    """Each fault by its line."""
    assert message_of(AttentionError, read, tmp_path, text) == message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """And a name that is taken."""
    absent = message_of(
        AttentionError, read_scores, tmp_path / "no.csv", name="a", file="no.csv"
    )
    assert absent == (
        "no.csv: cannot be read (No such file or directory); "
        "a .csv file from the project's root is right"
    )
    taken = message_of(AttentionError, read, tmp_path, "layer,head,value\n", "sink")
    assert taken == (
        "statistic.name: sink is what one of paperfig's own numbers is called; "
        "another name is right"
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {(0, 0): 1.0},
            "scores.csv: 3 heads are without a row, L0H1 the first; "
            "one for each head that is shown is right",
        ),
        (
            {(0, 0): 1.0, (0, 1): 1.0, (1, 0): 1.0},
            "scores.csv: 1 head is without a row, L1H1 the first; "
            "one for each head that is shown is right",
        ),
        (
            {(layer, head): 1.0 for layer in range(2) for head in range(13)},
            "scores.csv: L0H12 is no head of the model; a row for each of its heads is right",
        ),
    ],
)
def test_scores_are_of_the_heads_that_are_shown(values, message: str) -> None:
    """All of them, and of no others than the model has."""
    from dataclasses import replace

    data = random_figure(9, heads=2, layers=2)
    (variant,) = data.variants
    model = replace(variant.model, layers=variant.model.layers * 2)
    data = replace(data, variants=(replace(variant, model=model),))
    scores = HeadScores(name="importance", file="scores.csv", values=values)

    assert message_of(AttentionError, as_kind, data, "atlas", statistic=scores) == message


def test_from_a_file_to_a_figure(gpt_project: Path, command) -> None:
    """In atlas and statistics; another score is another figure, another place is not."""
    spec = {
        "figspec": 1,
        "checkpoint": {"path": "models/tiny.pt", "name": "tiny"},
        "tokenizer": "bytes",
        "excerpt": {"random": 20},
    }
    own = {"file": "scores.csv", "name": "importance"}
    kinds = {
        "atlas": {"statistic": own},
        "statistics": {"statistic": ["sink", own]},
    }
    heads = [(layer, head) for layer in range(2) for head in range(3)]

    def write_scores(first: float, path: Path = gpt_project / "scores.csv") -> None:
        rows = [f"{layer},{head},{first + head - layer}" for layer, head in heads]
        path.write_text("\n".join(["layer,head,value", *rows]))

    for name, keys in kinds.items():
        text = yaml.safe_dump(spec | {"figure": name} | keys)
        (gpt_project / "figspec" / f"{name}.yaml").write_text(text)
    write_scores(0.5)
    assert command(gpt_project, "build", *kinds)[::2] == (0, "")
    for name in kinds:
        data = from_npz((gpt_project / "figures" / f"{name}.npz").read_bytes())
        caption = (gpt_project / "figures" / f"{name}.caption.tex").read_text()
        assert data.table["importance"].values.tolist() == [0.5, 1.5, 2.5, -0.5, 0.5, 1.5]
        assert "Importance: as given by the authors, from -0.5 (L1H0) to 2.5 (L0H2)." in caption
        record = json.loads((gpt_project / "figures" / f"{name}.json").read_text())
        assert record["compute"]["files"]["statistic"]["path"] == "scores.csv"

    assert command(gpt_project, "check", *kinds)[0] == 0
    write_scores(1.5)
    code, out, _ = command(gpt_project, "check", *kinds)
    assert (code, out.count("scores.csv changed")) == (1, 2)

    (gpt_project / "scores.csv").write_text("layer,head,value\n0,0,1\n")
    code, _, error = command(gpt_project, "build", "atlas")
    assert code == 1
    assert error.splitlines()[0] == (
        "figspec/atlas.yaml: scores.csv: 5 heads are without a row, L0H1 the first; "
        "one for each head that is shown is right"
    )
