"""Every text source that is known by name: a new one is a line here.

The formats of local files stand by the ends of their names, each with the module of this folder
and the name in it that say how it is read; the module is imported when such a file is met.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from pkgutil import resolve_name
from typing import Any

from paperfig.excerpts.sources.format import TextFormat, TokenFormat

TEXT_FORMATS: Mapping[str, str] = {
    ".txt": "text_files:TXT",
    ".jsonl": "text_files:JSONL",
    ".ndjson": "text_files:JSONL",
    ".json": "text_files:JSON",
    ".csv": "text_files:CSV",
    ".parquet": "tables:PARQUET",
    ".arrow": "tables:ARROW",
}

COMPRESSED = ".gz"
_COMPRESSIBLE = "text_files:"
"""Whose formats are read as well from files with that suffix behind their own."""

TOKEN_FORMATS: Mapping[str, str] = {
    ".pt": "token_files:PT",
    ".bin": "token_files:BIN",
}

FOLDER_FORMATS: Mapping[str, str] = {
    "state.json": "tables:SAVED",
}
"""A folder with a file of this name is one data set, for which that file stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSource:
    """A data set of the Hub that has a short name and a title.

    Attributes:
        name: the short name of the spec.
        hub: its name on the Hub.
        config: its configuration there.
        title: what a caption calls it.
        join: how its rows make a stream (``none``, ``blank-line`` or ``eos``).
        vfe: whether the VFE projects train on it, after their clean-up.
    """

    name: str
    hub: str
    config: str
    title: str
    join: str
    vfe: bool = False


# A row of WikiText is a line that keeps its line end, so rows are joined by nothing.
KNOWN_SOURCES = (
    KnownSource(
        name="wikitext-2",
        hub="Salesforce/wikitext",
        config="wikitext-2-raw-v1",
        title="WikiText-2",
        join="none",
        vfe=True,
    ),
    KnownSource(
        name="wikitext-103",
        hub="Salesforce/wikitext",
        config="wikitext-103-raw-v1",
        title="WikiText-103",
        join="none",
        vfe=True,
    ),
)


def suffix_of(file: PurePath) -> str:
    """The suffix that tells a file's format: ``.csv`` also of ``a.csv.gz``."""
    inner = file.with_suffix("").suffix if file.suffix == COMPRESSED else file.suffix
    compressible = TEXT_FORMATS.get(inner, "").startswith(_COMPRESSIBLE)
    return inner if compressible else file.suffix


def text_format(suffix: str) -> TextFormat:
    """How text files of that suffix are read: one of `TEXT_FORMATS`."""
    found: TextFormat = _loaded(TEXT_FORMATS[suffix])
    return found


def token_format(suffix: str) -> TokenFormat:
    """How files of token ids of that suffix are read: one of `TOKEN_FORMATS`."""
    found: TokenFormat = _loaded(TOKEN_FORMATS[suffix])
    return found


def folder_format(name: str) -> TextFormat:
    """How the folder for which a file of that name stands is read: one of `FOLDER_FORMATS`."""
    found: TextFormat = _loaded(FOLDER_FORMATS[name])
    return found


def _loaded(place: str) -> Any:
    return resolve_name(f"{__package__}.{place}")
