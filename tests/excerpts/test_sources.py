"""Local data sets: what is read of files and folders, and whole messages for what is not."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from messages import message_of

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.source import excerpt_files, open_source
from paperfig.specs.schema import ExcerptSpec

ROWS = ("first", "sec\nond", "dritte Zeile é")


def _rows(root: Path, **spec: object) -> list[str]:
    return ["".join(row) for row in open_source(ExcerptSpec(**spec), root=root).rows()]


def _write_jsonl(path: Path, rows: Sequence[str]) -> None:
    path.write_text("".join(json.dumps({"n": 1, "text": row}) + "\n" for row in rows))


def _table(rows: Sequence[str]) -> pa.Table:
    return pa.table({"n": [1] * len(rows), "text": list(rows)})


def _write_arrow(path: Path, rows: Sequence[str]) -> None:
    table = _table(rows)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)


WRITERS: Mapping[str, Callable[[Path, Sequence[str]], None]] = {
    "a.jsonl": _write_jsonl,
    "a.parquet": lambda path, rows: pq.write_table(_table(rows), path),
    "a.arrow": _write_arrow,
    "saved": lambda path, rows: datasets.Dataset(_table(rows)).save_to_disk(path),
}


@pytest.fixture(autouse=True)
def _quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache of the Hub, no network and no progress bars."""
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets.disable_progress_bars()


@pytest.mark.parametrize("name", WRITERS)
def test_each_format_gives_its_rows(tmp_path: Path, name: str) -> None:
    """Line JSON, Parquet, Arrow and saved folders give the field `text` of each record."""
    WRITERS[name](tmp_path / name, ROWS)
    assert _rows(tmp_path, dataset=name) == list(ROWS)
    files = excerpt_files(ExcerptSpec(dataset=name), root=tmp_path)
    assert files
    assert all(file.is_file() for file in files)


def test_a_saved_folder_with_splits(tmp_path: Path) -> None:
    """Every split that `datasets` saved can be named."""
    splits = {name: datasets.Dataset(_table([name])) for name in ("train", "extra")}
    datasets.DatasetDict(splits).save_to_disk(tmp_path / "corpus")
    assert _rows(tmp_path, dataset="corpus", split="extra") == ["extra"]
    assert message_of(
        ExcerptError, lambda: _rows(tmp_path, dataset="corpus", split="test")
    ) == ("excerpt.split: there is no split 'test' of corpus; it has train, extra")


def test_a_text_file_is_one_row_with_its_line_ends(tmp_path: Path) -> None:
    """Line ends of every kind are kept; a byte order mark is none of the text."""
    (tmp_path / "a.txt").write_bytes("\ufeffa\r\nb\n\n c\rd".encode())
    assert _rows(tmp_path, dataset="a.txt") == ["a\r\nb\n\n c\rd"]
    assert open_source(ExcerptSpec(dataset="a.txt"), root=tmp_path).join is None


@pytest.mark.parametrize(
    ("files", "split", "rows"),
    [
        (("train/b.txt", "train/a.txt", "validation/v.txt"), "train", ["a", "b"]),
        (("train/b.txt", "valid/v.txt"), "validation", ["v"]),
        (("train.txt", "dev.txt"), "validation", ["dev"]),
        (("wiki.train.txt", "wiki.valid.txt"), "validation", ["wiki.valid"]),
        (("train-1-of-2.txt", "train-0-of-2.txt"), None, ["train-0-of-2", "train-1-of-2"]),
        (("b.txt", "a.txt", "notes.md"), None, ["a", "b"]),
    ],
)
def test_folders_and_their_splits(
    tmp_path: Path, files: Sequence[str], split: str | None, rows: list[str]
) -> None:
    """Sub-folders or files named after splits; else every data file, by name."""
    for file in files:
        path = tmp_path / "corpus" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.stem)
    assert _rows(tmp_path, dataset="./corpus", split=split) == rows
    source = open_source(ExcerptSpec(dataset="corpus", split=split), root=tmp_path)
    assert source.join == ("blank-line" if len(rows) > 1 else None)


APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        "


@pytest.mark.parametrize(
    ("data", "hidden"),
    [
        ("train.txt", "._train.txt"),
        ("train/a.txt", "train/.a.txt"),
        ("train/a.txt", "train/._a.txt"),
        ("train/a.txt", ".train/b.txt"),
        ("train.txt", ".train.txt"),
        ("b.txt", "._b.txt"),
        ("b.txt", ".DS_Store.jsonl"),
    ],
)
def test_hidden_files_are_no_data(tmp_path: Path, data: str, hidden: str) -> None:
    """What a system or an editor leaves beside a text is neither quoted nor digested."""
    for name, content in ((data, b"the text"), (hidden, APPLE_DOUBLE)):
        (tmp_path / "corpus" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "corpus" / name).write_bytes(content)
    assert _rows(tmp_path, dataset="./corpus") == ["the text"]
    files = excerpt_files(ExcerptSpec(dataset="./corpus"), root=tmp_path)
    assert files == (tmp_path / "corpus" / data,)


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "saved"])
def test_hidden_files_beside_records_are_no_data(tmp_path: Path, name: str) -> None:
    """A folder of records stays readable; one with hidden files alone holds no data."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    saved = folder if name == "saved" else folder / name
    WRITERS[name](saved, ROWS)
    for real in tuple(folder.iterdir()):
        real.with_name(f"._{real.name}").write_bytes(APPLE_DOUBLE)
    assert _rows(tmp_path, dataset="./corpus") == list(ROWS)
    files = excerpt_files(ExcerptSpec(dataset="./corpus"), root=tmp_path)
    assert [file.name for file in files if file.name.startswith(".")] == []


def test_a_folder_of_hidden_files_alone(tmp_path: Path) -> None:
    """It holds nothing, and says what would be read."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "._a.txt").write_bytes(APPLE_DOUBLE)
    assert message_of(ExcerptError, lambda: _rows(tmp_path, dataset="./corpus")) == (
        "./corpus: it holds no data file; .txt .jsonl .parquet .arrow are read"
    )


def test_the_demo_is_a_folder_with_two_splits(repository: Path) -> None:
    """demo/text is local, though it looks like a name on the Hub."""
    spec = ExcerptSpec(dataset="demo/text", split="validation")
    source = open_source(spec, root=repository)
    assert (source.hub, source.split, source.join) == (None, "validation", "blank-line")
    names = [file.name for file in excerpt_files(spec, root=repository)]
    assert names == ["lighthouses.txt", "rivers.txt", "sundials.txt"]


def _tree(root: Path) -> None:
    for name in ("data/train.txt", "data/valid.txt", "mixed/a.txt", "mixed/b.jsonl"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text('{"body": "b", "title": "t", "n": 1}\n')
    (root / "empty").mkdir()
    (root / "notes.md").touch()
    (root / "latin.txt").write_bytes(b"caf\xe9")
    (root / "a.jsonl").write_text('{"body": "b", "title": "t", "n": 1}\n{"body": "b"\n')
    (root / "list.jsonl").write_text("[1]\n")
    (root / "a.parquet").write_text("no table")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"dataset": "data/test.txt"},
            "data/test.txt: there is no such file or folder; data holds train.txt, valid.txt",
        ),
        (
            {"dataset": "no/such/folder"},
            "no/such/folder: there is no such file or folder; there is no folder such either",
        ),
        (
            {"dataset": "data"},
            "excerpt.split: no split is named of data; it has train, validation",
        ),
        (
            {"dataset": "data", "split": "test"},
            "excerpt.split: there is no split 'test' of data; it has train, validation",
        ),
        (
            {"dataset": "data/train.txt", "split": "train"},
            "excerpt.split: data/train.txt has no splits; leave it out",
        ),
        (
            {"dataset": "data", "split": "train", "config": "raw"},
            "excerpt.config: data is local and has no configuration; leave it out",
        ),
        (
            {"dataset": "data/train.txt", "field": "text"},
            "excerpt.field: a .txt file has no fields; leave it out",
        ),
        (
            {"dataset": "empty"},
            "empty: it holds no data file; .txt .jsonl .parquet .arrow are read",
        ),
        (
            {"dataset": "notes.md"},
            "notes.md: its files are .md; one of .txt .jsonl .parquet .arrow is right",
        ),
        (
            {"dataset": "mixed"},
            "mixed: its files are .jsonl and .txt; one of .txt .jsonl .parquet .arrow is right",
        ),
        (
            {"dataset": "mixed/b.jsonl"},
            "excerpt.field: mixed/b.jsonl has no field 'text'; "
            "say which of its text fields is meant: body, title",
        ),
        (
            {"dataset": "mixed/b.jsonl", "field": "boddy"},
            "excerpt.field: row 0 of mixed/b.jsonl has no field 'boddy'; "
            "its fields are body, title, n",
        ),
        (
            {"dataset": "mixed/b.jsonl", "field": "n"},
            "excerpt.field: field 'n' of row 0 of mixed/b.jsonl is a int; "
            "a text is right; text fields are body, title",
        ),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, spec: dict[str, str], message: str) -> None:
    """Whole messages, each with what exists."""
    _tree(tmp_path)
    assert message_of(ExcerptError, lambda: _rows(tmp_path, **spec)) == message


def test_looking_costs_no_import(repository: Path) -> None:
    """The files of text and tokenizer are known without any of the heavy packages."""
    code = (
        "import sys; from pathlib import Path\n"
        "from paperfig.excerpts.sources.source import excerpt_files\n"
        "from paperfig.excerpts.tokenizers.choice import tokenizer_files\n"
        "from paperfig.specs.schema import ExcerptSpec\n"
        "spec = ExcerptSpec(dataset='demo/text', split='train')\n"
        "assert len(excerpt_files(spec, root=Path.cwd())) == 9\n"
        "name = 'demo/tokenizer.tiktoken'\n"
        "assert len(tokenizer_files(name, checkpoint=None, root=Path.cwd())) == 2\n"
        "print(*{'datasets', 'pyarrow', 'tiktoken', 'tokenizers', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"


def test_files_that_are_not_of_their_kind(tmp_path: Path) -> None:
    """Text that is not UTF-8, lines that are not JSON, tables that are none."""
    _tree(tmp_path)
    assert message_of(ExcerptError, lambda: _rows(tmp_path, dataset="latin.txt")) == (
        f"{tmp_path / 'latin.txt'}: it is not UTF-8 text (byte 0xe9 at 3); "
        "a UTF-8 file is right"
    )
    assert message_of(
        ExcerptError, lambda: _rows(tmp_path, dataset="a.jsonl", field="body")
    ) == (
        f"{tmp_path / 'a.jsonl'}: line 2 is not JSON "
        "(Expecting ',' delimiter: line 2 column 1 (char 13))"
    )
    assert message_of(ExcerptError, lambda: _rows(tmp_path, dataset="list.jsonl")) == (
        f"{tmp_path / 'list.jsonl'}: line 1 is a list; an object a line is right"
    )
    assert message_of(ExcerptError, lambda: _rows(tmp_path, dataset="a.parquet")).startswith(
        "a.parquet: it cannot be read ("
    )
