"""Local data sets: what is read of files and folders, and whole messages for what is not."""

import csv
import gzip
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
from paperfig.excerpts.ids import read_ids
from paperfig.excerpts.sources.source import excerpt_files, open_source
from paperfig.excerpts.tokenizers.choice import load_tokenizer
from paperfig.specs.schema import ExcerptSpec

READ = ".txt .jsonl .ndjson .json .csv .parquet .arrow"
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


def _write_csv(path: Path, rows: Sequence[str]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("n", "text"), *((1, row) for row in rows)])


def _write_array(path: Path, rows: Sequence[str]) -> None:
    path.write_text(json.dumps([{"n": 1, "text": row} for row in rows], indent=2))


def _gzipped(
    write: Callable[[Path, Sequence[str]], None],
) -> Callable[[Path, Sequence[str]], None]:
    def written(path: Path, rows: Sequence[str]) -> None:
        write(path, rows)
        path.write_bytes(gzip.compress(path.read_bytes()))

    return written


WRITERS: Mapping[str, Callable[[Path, Sequence[str]], None]] = {
    "a.jsonl": _write_jsonl,
    "nd.ndjson": _write_jsonl,
    "lines.json": _write_jsonl,
    "arr.json": _write_array,
    "v.csv": _write_csv,
    "v.jsonl.gz": _gzipped(_write_jsonl),
    "arr.json.gz": _gzipped(_write_array),
    "v.csv.gz": _gzipped(_write_csv),
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
        f"./corpus: it holds no data file; {READ} are read"
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
            {"dataset": "data/train.txt", "join": "blank-line"},
            "excerpt.join: data/train.txt is one text, and has no rows to join; a .jsonl of "
            "its rows, {text: …} a line, has them",
        ),
        (
            {"dataset": "data/train.txt", "field": "text"},
            "excerpt.field: a .txt file has no fields; leave it out",
        ),
        (
            {"dataset": "empty"},
            f"empty: it holds no data file; {READ} are read",
        ),
        (
            {"dataset": "notes.md"},
            f"notes.md: its files are .md; one of {READ} is right",
        ),
        (
            {"dataset": "mixed"},
            f"mixed: its files are .jsonl and .txt; one of {READ} is right",
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


def test_a_compressed_text(tmp_path: Path) -> None:
    """A .txt.gz is one text, and a folder of them has splits."""
    for name in ("train", "valid"):
        path = tmp_path / "corpus" / f"{name}.txt.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(f"{name}\r\nof it".encode()))
    assert _rows(tmp_path, dataset="corpus", split="validation") == ["valid\r\nof it"]
    assert _rows(tmp_path, dataset="corpus/train.txt.gz") == ["train\r\nof it"]


def test_empty_cells_are_empty_rows(tmp_path: Path) -> None:
    """A null, in JSON and in Parquet, is a row without text; so is nothing between commas."""
    (tmp_path / "a.jsonl").write_text('{"text": null}\n{"text": "b"}\n')
    (tmp_path / "b.jsonl").write_text('{"n": 1, "body": null}\n{"n": 1, "body": "b"}\n')
    (tmp_path / "a.csv").write_text("n,text\n1,\n2,b\n")
    pq.write_table(pa.table({"text": [None, "b"]}), tmp_path / "a.parquet")
    for name in ("a.jsonl", "b.jsonl", "a.csv", "a.parquet"):
        assert _rows(tmp_path, dataset=name) == ["", "b"]


POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)


@pytest.mark.parametrize("name", ["v.txt", "v.jsonl", "v.csv", "v.parquet", "v.bin", "v.pt"])
def test_a_pointer_of_git_lfs_is_never_read(tmp_path: Path, name: str) -> None:
    """Cloned without git-lfs: the pointer is neither quoted nor called damaged."""
    (tmp_path / name).write_bytes(POINTER)
    assert message_of(ExcerptError, lambda: _rows(tmp_path, dataset=name)) == (
        f"{name}: a Git LFS pointer, not the file; `git lfs pull` fetches it"
    )


@pytest.mark.parametrize("name", ["tokenizer.json", "a.tiktoken", "meta.pkl"])
def test_a_pointer_for_a_tokenizer(tmp_path: Path, name: str) -> None:
    """Nor is one of these called no JSON, or no tokenizer."""
    (tmp_path / name).write_bytes(POINTER)
    assert message_of(
        ExcerptError, lambda: load_tokenizer(name, checkpoint=None, root=tmp_path)
    ) == (f"{name}: a Git LFS pointer, not the file; `git lfs pull` fetches it")


def test_a_pointer_for_ids(tmp_path: Path) -> None:
    """Nor is it no .npy file."""
    (tmp_path / "ids.npy").write_bytes(POINTER)
    spec = ExcerptSpec(ids="ids.npy")
    assert message_of(
        ExcerptError, lambda: read_ids(spec, None, root=tmp_path, vocab_size=9)
    ) == ("excerpt.ids ids.npy: a Git LFS pointer, not the file; `git lfs pull` fetches it")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "arr.jsonl",
            b'[\n  {"text": "a"}\n]\n',
            "line 1 is not JSON (Expecting value: line 2 column 1 (char 2)); "
            "an array is read from a .json file",
        ),
        ("a.json", b'["a"]', "entry 0 is a str; objects are right"),
        (
            "a.json",
            b'[{"text": "a"}',
            "the array is not JSON (Expecting ',' delimiter: line 1 column 15 (char 14))",
        ),
        (
            "a.csv",
            b"n,text\n1,a,b\n",
            "line 2 ends a row of 3 cells, and the first names 2; "
            "commas part cells, and quotes enclose a cell that holds one",
        ),
        ("a.csv", b'n,text\n1,"a', "line 2 is not CSV (unexpected end of data)"),
        ("a.txt.gz", b"plain", "it cannot be read (Not a gzipped file (b'pl'))"),
        (
            "a.txt.gz",
            gzip.compress(b"caf\xe9", mtime=0),
            "it is not UTF-8 text (byte 0xe9 at 3); a UTF-8 file is right",
        ),
    ],
)
def test_what_such_files_must_hold(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    """Whole messages, with the place."""
    (tmp_path / name).write_bytes(content)
    assert message_of(ExcerptError, lambda: _rows(tmp_path, dataset=name)) == (
        f"{tmp_path / name}: {message}"
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [("wikitext2", "wikitext-2"), ("WikiText-103", "wikitext-103"), ("my_corpus", "my-corpus")],
)
def test_a_misspelt_name_is_no_name_on_the_hub(tmp_path: Path, name: str, meant: str) -> None:
    """What differs in case or marks only is meant; no network is asked for it."""
    (tmp_path / "my-corpus").mkdir()
    assert message_of(ExcerptError, lambda: _rows(tmp_path, dataset=name)) == (
        f"excerpt.dataset {name}: it is no file or folder of this project, and no known data "
        f"set; did you mean {meant}?"
    )


def test_a_split_by_another_word(tmp_path: Path) -> None:
    """The Hub's validation split is not called valid."""
    message = message_of(
        ExcerptError, lambda: _rows(tmp_path, dataset="wikitext-2", split="valid")
    )
    assert "its split may be called validation, and HF_HUB_OFFLINE" in message
