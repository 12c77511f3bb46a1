"""Parquet files, Arrow files and the folders that `datasets` saves.

`datasets` reads them all. It takes a second to import, so it is imported when rows are asked
for.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from paperfig.excerpts.sources.format import Record, TextFormat, rows_of_records, visible


def _parquet_records(files: Sequence[Path]) -> Iterator[Record]:
    import datasets

    data_files = {"rows": [str(file) for file in files]}
    verbosity = datasets.logging.get_verbosity()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # what is logged is raised too
    try:
        yield from datasets.load_dataset(
            "parquet", data_files=data_files, split="rows", streaming=True
        )
    finally:
        datasets.logging.set_verbosity(verbosity)


def _arrow_records(files: Sequence[Path]) -> Iterator[Record]:
    """The records of Arrow files, mapped into memory."""
    import datasets

    for file in files:
        yield from datasets.Dataset.from_file(str(file))


def _saved_records(files: Sequence[Path]) -> Iterator[Record]:
    """The records of saved folders, for each of which its state.json stands."""
    import datasets

    for file in files:
        yield from datasets.load_from_disk(str(file.parent))


def _arrow_files_beside(state: Path) -> tuple[Path, ...]:
    return tuple(visible(state.parent.glob("*.arrow")))


PARQUET = TextFormat(rows=rows_of_records(_parquet_records))
ARROW = TextFormat(rows=rows_of_records(_arrow_records))
SAVED = TextFormat(rows=rows_of_records(_saved_records), beside=_arrow_files_beside)
