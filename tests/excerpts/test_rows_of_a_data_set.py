"""Rows that are an excerpt each: which ones, how long, and what is refused."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paperfig.errors import ExcerptError
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer, bytes_tokenizer
from paperfig.values.excerpt import Excerpt, Sample

Read = Callable[..., Excerpt | Sample]
PROMPTS = ("The lamp is lit.", "", "A keeper waits", " \n", "Rain again, and wind", "Dusk.")


@pytest.fixture
def prompts(tmp_path: Path) -> str:
    """Six rows, two of them blank."""
    return laid(tmp_path / "prompts.jsonl", PROMPTS)


def laid(file: Path, rows: Sequence[str | None]) -> str:
    """The rows in a file of the form that its name says."""
    match file.suffix:
        case ".jsonl":
            file.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
        case ".json":
            file.write_text(json.dumps([{"text": row} for row in rows]))
        case ".csv":
            with file.open("w", newline="") as stream:
                csv.writer(stream).writerows([["text"], *([row] for row in rows)])
        case ".parquet":
            arrow, parquet = (
                pytest.importorskip(f"pyarrow{name}") for name in ("", ".parquet")
            )
            parquet.write_table(arrow.table({"text": list(rows)}), file)
    return file.name


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
def test_each_row_with_text_is_an_excerpt(suffix: str, read: Read, tmp_path: Path) -> None:
    """In their order, whole, blank ones left out and counted."""
    name = laid(tmp_path / f"prompts{suffix}", PROMPTS)
    sample = read(bytes_tokenizer(), dataset=name, rows="all")
    kept = [row for row in PROMPTS if row.strip()]

    assert [bytes(run.tolist()).decode() for run in sample.runs] == kept
    assert sample.lengths == tuple(map(len, kept))
    assert (sample.origin.rows, sample.origin.blank_rows) == ((0, 2, 4, 5), 2)
    assert (sample.origin.row_range, sample.origin.row, sample.origin.seed) == (
        None,
        None,
        None,
    )
    assert (sample.origin.starts, sample.origin.join, sample.text) == ((), None, None)


def test_a_range_holds_both_its_ends(read: Read, prompts: str) -> None:
    """As spans and marks do; the blank one within it is left out."""
    sample = read(bytes_tokenizer(), dataset=prompts, rows=(2, 4))

    assert (sample.origin.rows, sample.origin.row_range) == ((2, 4), (2, 4))
    assert sample.origin.blank_rows == 1


def test_a_folder_of_texts_has_a_row_a_file(read: Read, tmp_path: Path) -> None:
    """As `row` counts them."""
    (tmp_path / "texts").mkdir()
    for index, text in enumerate(("one", "two two", "three")):
        (tmp_path / "texts" / f"{index}.txt").write_text(text)
    sample = read(bytes_tokenizer(), dataset="./texts", rows=(1, 2))

    assert [bytes(run.tolist()).decode() for run in sample.runs] == ["two two", "three"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    texts=st.lists(st.text("ab \n", max_size=9), min_size=2, max_size=9),
    ends=st.tuples(st.integers(0, 8), st.integers(0, 8)).map(sorted),
)
def test_rows_are_those_taken_one_at_a_time(
    texts: list[str], ends: list[int], read: Read, tmp_path: Path
) -> None:
    """Each is what `row` reads of it; blank ones are those that `row` refuses."""
    name = laid(tmp_path / "rows.jsonl", texts)
    first, last = (min(end, len(texts) - 1) for end in ends)
    alone = {}
    for row in range(first, last + 1):
        if texts[row].strip():
            alone[row] = read(bytes_tokenizer(), dataset=name, row=row).token_ids.tolist()
    if len(alone) < 2:
        with pytest.raises(ExcerptError, match=r"^excerpt\.rows: "):
            read(bytes_tokenizer(), dataset=name, rows=(first, last))
        return
    sample = read(bytes_tokenizer(), dataset=name, rows=(first, last))

    assert [run.tolist() for run in sample.runs] == [*alone.values()]
    assert sample.origin.rows == tuple(alone)
    assert sample.origin.blank_rows == last - first + 1 - len(alone)


def test_length_cuts_each_row(read: Read, demo: Tokenizer, prompts: str) -> None:
    """To its first tokens, and those are of the whole row's."""
    sample = read(demo, dataset=prompts, rows=(0, 4), length=4)

    assert sample.token_ids.shape == (3, 4)
    for row, run in zip(sample.origin.rows, sample.runs, strict=True):
        assert run.tolist() == demo.encode(PROMPTS[row])[:4]


def test_special_tokens_stand_around_each_row(
    read: Read, demo: Tokenizer, prompts: str
) -> None:
    """Of every one, and within its length, as with `row`."""
    whole = read(demo, dataset=prompts, rows="all", bos=True)
    cut = read(demo, dataset=prompts, rows=(0, 4), bos=True, length=3)

    assert {run[0] for run in whole.runs} == {demo.eos}
    assert [len(run) - 1 for run in whole.runs] == [
        len(demo.encode(PROMPTS[row])) for row in (0, 2, 4, 5)
    ]
    assert cut.token_ids[:, 0].tolist() == [demo.eos] * 3
    assert cut.origin.special_tokens == ("<|endoftext|>",)


def test_what_is_of_no_row_is_none_of_its_ids(read: Read, prompts: str) -> None:
    """Shorter rows are filled up behind their ends; positions are those all of them have."""
    sample = read(bytes_tokenizer(), dataset=prompts, rows="all", spans={"begin": (0, 4)})

    assert (sample.token_ids < 0).sum(axis=1).tolist() == [4, 6, 0, 15]
    assert (len(sample.tokens), len(sample.common_keys)) == (20, 5)
    assert [len(axis) for axis in sample.axes(3)] == [5, 5]
    assert sample.tokens.spans == sample.axes(3)[1].spans == {"begin": (0, 4)}
    np.testing.assert_array_equal(np.concatenate(sample.runs) >= 0, True)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"rows": (2, 9)},
            "excerpt.rows: row 6 is beyond the 6 rows of prompts.jsonl; 0 to 5 are right",
        ),
        (
            {"rows": (8, 9)},
            "excerpt.rows: row 8 is beyond the 6 rows of prompts.jsonl; 0 to 5 are right",
        ),
        (
            {"rows": (2, 3)},
            "excerpt.rows: of these rows of prompts.jsonl only row 2 has text; `row: 2` is "
            "right",
        ),
        (
            {"rows": (0, 2), "context": 15},
            "excerpt.rows: 16 tokens of row 0 are more than the model's context of 15; at most "
            "15 is right",
        ),
        (
            {"rows": "all", "length": 6},
            "excerpt.length: 6 tokens are more than the 5 of row 5 of prompts.jsonl; at most 5 "
            "is right",
        ),
        (
            {"rows": (0, 2), "length": 129},
            "excerpt.length: 129 tokens are more than the model's context of 128; at most 128 "
            "is right",
        ),
        (
            {"rows": "all", "spans": {"far": (4, 6)}},
            "excerpt.spans.far: 6 is outside the excerpt of 5 tokens; 0 to 4 is right",
        ),
    ],
)
def test_rows_that_cannot_be_read(
    keys: dict[str, Any], message: str, read: Read, prompts: str
) -> None:
    """One line with the row, and what would be right."""
    with pytest.raises(ExcerptError) as caught:
        read(bytes_tokenizer(), dataset=prompts, **keys)

    assert str(caught.value) == message


def test_rows_without_any_text(read: Read, tmp_path: Path) -> None:
    """Nothing is drawn of nothing."""
    with pytest.raises(ExcerptError) as caught:
        read(bytes_tokenizer(), dataset=laid(tmp_path / "no.jsonl", ["", None]), rows="all")

    assert str(caught.value) == (
        "excerpt.rows: none of these rows of no.jsonl has text; rows with text are right"
    )


def test_more_rows_than_can_be_shown(
    read: Read, prompts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as `count` at most; no further row is read."""
    for module in ("reader", "rows"):
        monkeypatch.setattr(f"paperfig.excerpts.{module}.MOST_EXCERPTS", 2)
    with pytest.raises(ExcerptError) as caught:
        read(bytes_tokenizer(), dataset=prompts, rows="all")

    assert str(caught.value) == (
        "excerpt.rows: prompts.jsonl has more than 2 rows with text; [first, last] of 2 at "
        "most is right"
    )


def test_one_text_and_token_ids_have_no_rows(read: Read, tmp_path: Path) -> None:
    """The lines of a .txt are none; a file of ids has no text."""
    (tmp_path / "one.txt").write_text("One line.\nAnother.\n")
    with pytest.raises(ExcerptError) as caught:
        read(bytes_tokenizer(), dataset="one.txt", rows="all")
    assert str(caught.value) == (
        "excerpt.rows: one.txt is one text, and has no rows; a .jsonl of its rows, {text: …} a "
        "line, has them"
    )
    np.arange(9, dtype=np.int32).tofile(tmp_path / "ids.bin")
    (tmp_path / "ids.bin.meta.json").write_text(json.dumps({"n_tokens": 9}))
    with pytest.raises(ExcerptError) as caught:
        read(bytes_tokenizer(), dataset="ids.bin", rows="all")
    assert str(caught.value) == (
        "excerpt.rows: ids.bin holds token ids and no text; leave it out"
    )


def test_rows_of_the_hub_after_the_clean_up(
    read: Read, demo: Tokenizer, hub_cache: Callable[..., Path]
) -> None:
    """WikiText's own rows, each cleaned; its blank ones are none."""
    hub_cache({"validation": ("", " = Weir = \n", "", " B @-@ 96 west \n")})
    keys = {"dataset": "wikitext-2", "split": "validation", "rows": "all"}
    sample = read(demo, trained_on_clean=True, **keys)

    assert [run.tolist() for run in sample.runs] == [
        demo.encode(" = Weir = \n"),
        demo.encode(" B-96 west \n"),
    ]
    assert (sample.origin.rows, sample.origin.blank_rows) == ((1, 3), 2)
    assert (sample.origin.title, sample.origin.split) == ("WikiText-2", "validation")
