"""A spec made of command-line options: to be shown or drawn as it is, or to be written."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from paperfig.commands.new_files import schema_from
from paperfig.errors import RequestError
from paperfig.excerpts.sources.source import is_split
from paperfig.specs.loader import value_of
from paperfig.specs.mappings import spec_of
from paperfig.specs.schema import NamedSpec
from paperfig.specs.starter import starter_spec

WHERE = "options"
"""What messages call the options together."""

SPLIT = "validation"
"""What is read of a data set with splits where the options name none."""

_OWN = ("checkpoint", "recorded", "tokenizer", "figure", "layer", "head")
_EXCERPT = ("text", "dataset", "split", "start", "find", "length", "random", "count", "seed")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecOptions:
    """What the options say, None where one is not given.

    Attributes:
        checkpoint: a file or folder, from the working folder.
        recorded: a file of attention that was computed elsewhere, likewise.
        tokenizer: as in a spec, ``{key: value}`` too; paths are from the working folder.
        figure: the kind of figure.
        layer: counted from 0.
        head: as in a spec: ``2``, ``L0H2``, ``0,1``, ``all`` or ``mean``.
        excerpt: the keys of a spec's excerpt that are given; a local data set is from
            the working folder.
    """

    checkpoint: str | None = None
    recorded: str | None = None
    tokenizer: str | None = None
    figure: str | None = None
    layer: int | None = None
    head: str | None = None
    excerpt: Mapping[str, str | int]

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "SpecOptions":
        """Those in a command's parsed options."""
        own = {key: options.get(key) for key in _OWN}
        excerpt = {key: options[key] for key in _EXCERPT if options[key] is not None}
        return cls(**own, excerpt=excerpt)

    def is_given(self) -> bool:
        """Whether any option is."""
        return bool(self.excerpt) or any(getattr(self, key) is not None for key in _OWN)

    def _checkpoint(self, root: Path) -> str | dict[str, str] | None:
        """The model, or the file of attention.

        Raises:
            RequestError: both are given.
        """
        if self.recorded is None:
            return self.checkpoint and _from_root(self.checkpoint, root)
        if self.checkpoint is not None:
            right = "one or the other is right"
            raise RequestError(self.recorded, "given beside --checkpoint", right)
        return {"recorded": _from_root(self.recorded, root)}

    def mapping(self, root: Path) -> dict[str, Any]:
        """The keys of a spec that the options stand for, paths from the root.

        Raises:
            SpecError: the tokenizer begins as a mapping and is none.
            ExcerptError: the data set's name has two meanings.
        """
        excerpt = dict(self.excerpt)
        if "dataset" in excerpt:
            name = excerpt["dataset"] = _from_root(str(excerpt["dataset"]), root)
            if "split" not in excerpt and is_split(name, root=root):
                excerpt["split"] = SPLIT
        found = {
            "checkpoint": self._checkpoint(root),
            "excerpt": excerpt or None,
            "tokenizer": self.tokenizer and _tokenizer(self.tokenizer, root),
            "figure": self.figure,
            "layer": self.layer,
            "head": None if self.head is None else _head(self.head),
        }
        return {key: value for key, value in found.items() if value is not None}


def named_spec(
    options: SpecOptions,
    root: Path,
    *,
    lowest: Mapping[str, Any],
    name: str | None = None,
    model_name: str | None = None,
) -> NamedSpec:
    """The spec that the options stand for.

    Args:
        options: the command's.
        root: the project's root.
        lowest: keys that hold where the options say nothing.
        name: the figure's; the checkpoint's stem where left out.
        model_name: what the caption calls the model.

    Raises:
        SpecError: they are no spec.
    """
    mapping = {**lowest, **options.mapping(root)}
    for key, flags in (
        ("checkpoint", "--checkpoint"),
        ("excerpt", "--text, --dataset or --random"),
    ):
        if key not in mapping and options.recorded is None:
            raise RequestError(WHERE, f"no {key}", f"{flags} is right")
    stem = Path(options.checkpoint or str(options.recorded)).stem
    if model_name is not None:
        where = mapping["checkpoint"]
        named = {"path": where} if isinstance(where, str) else where
        mapping["checkpoint"] = {**named, "name": model_name}
    return NamedSpec(name=name or stem, file=WHERE, spec=spec_of(mapping, WHERE))


def new_spec(name: str, options: Mapping[str, Any], *, path: Path, root: Path) -> str:
    """The text of a spec with what a command's parsed options say, and an example for the rest.

    Args:
        name: the figure's name.
        options: those of `arguments.add_new_spec`.
        path: the spec's file, to be written.
        root: the project's root.

    Raises:
        RequestError: ``name`` is no figure's name, or the options are no spec.
    """
    own = SpecOptions.of(options).mapping(root)
    schema = schema_from(path, root)
    text = starter_spec(name, model_name=options["model_name"], schema=schema, **own)
    spec_of(yaml.safe_load(text), WHERE)
    return text


def says_something(options: Mapping[str, Any]) -> bool:
    """Whether a command's parsed options say anything of a new spec."""
    return SpecOptions.of(options).is_given() or options["model_name"] is not None


def _from_root(path: str, root: Path) -> str:
    """The path from the root, where something lies at it from the working folder.

    An absolute path that leads out of the project stays as it is.
    """
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where a name is too long
        return path
    whole = (Path.cwd() / path).resolve()
    if Path(path).is_absolute() and not whole.is_relative_to(root):
        return path
    return Path(os.path.relpath(whole, root)).as_posix()


def _tokenizer(text: str, root: Path) -> str | dict[str, Any]:
    """A name or a path, or with braces a mapping of a spec, its paths from the root.

    Raises:
        SpecError: it begins as a mapping and is none.
    """
    if not text.startswith("{"):
        return _from_root(text, root)
    found = value_of(text, "tokenizer", "--tokenizer")
    for key in ("name", "base"):
        if isinstance(found.get(key), str):
            found[key] = _from_root(found[key], root)
    counted = found.get("vocabulary")
    if isinstance(counted, dict) and isinstance(counted.get("dataset"), str):
        counted["dataset"] = _from_root(counted["dataset"], root)
    return found


def _head(text: str) -> str | int | list[str | int]:
    entries = [int(part) if part.isdecimal() else part for part in text.split(",")]
    return entries[0] if len(entries) == 1 else entries
