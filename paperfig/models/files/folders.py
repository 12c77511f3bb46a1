"""Folders and paths as users name them, and what is said of those that hold no model."""

import re
from collections.abc import Sequence
from pathlib import Path

from paperfig.errors import CheckpointError
from paperfig.specs.not_built import is_built

_CONFIG, _ADAPTER = "config.json", "adapter_config.json"
_TORCH_SUFFIXES = (".pt", ".pth", ".ckpt")
_MOST_LISTED = 5
_HUB_NAME = re.compile(r"[\w-]+(/[\w.-]+)?")


def below(root: Path, path: str) -> Path:
    """A path of the spec's: from the project's root, from the home folder with ``~``."""
    named = Path(path)
    return root / (named.expanduser() if named.parts[:1] == ("~",) else named)


def is_model_folder(folder: Path) -> bool:
    """Whether it is a Hugging Face folder, by its configuration."""
    return (folder / _CONFIG).is_file()


def what_is_there(path: Path, root: Path, named: str) -> str:
    """What the nearest folder that there is holds, in place of what was named."""
    folder = path.parent
    if folder == root or not folder.is_dir():
        start = f"paths start at the project root {root}"
        is_file = path.suffix in (*_TORCH_SUFFIXES, ".safetensors")
        of_hub = _HUB_NAME.fullmatch(named) and not is_file
        return f"{start}; {_of_the_hub()}" if of_hub else start
    names = sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))
    if not names:
        return f"the folder {folder.name} is empty"
    return f"the folder {folder.name} holds {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_LISTED} more" if names[_MOST_LISTED:] else ""
    return f"{', '.join(names[:_MOST_LISTED])}{more}"


def _of_the_hub() -> str:
    if is_built(("checkpoint", "hub")):
        return "a model of the Hugging Face Hub is {hub: NAME}"
    return "a model of the Hugging Face Hub is the folder that it was downloaded to"


def check_kind(folder: Path, where: str) -> None:
    """Nothing where the folder may be a model's; those that look like one are known.

    Raises:
        CheckpointError: it is an adapter, with or without its model, the Hub's cache, holds
            its weights in another format, or files that are checkpoints themselves.
    """
    if (folder / _ADAPTER).is_file() and is_model_folder(folder) and _has(folder, "model*"):
        raise CheckpointError(
            where,
            f"an adapter that is not merged lies beside its weights ({_ADAPTER})",
            "merge it, or take it away",
        )
    if _has(folder, "adapter_model.*"):
        raise CheckpointError(
            where,
            "a PEFT adapter without its model",
            "merge it into the model: `merge_and_unload()`, then `save_pretrained(FOLDER)`",
        )
    if _has(folder, "pytorch_model*.bin*") and not _has(folder, "model*.safetensors*"):
        raise CheckpointError(
            where,
            "its weights are in pytorch_model.bin, which is not built yet",
            "`model.save_pretrained(FOLDER)` writes model.safetensors today",
        )
    files = sorted(each.name for each in folder.iterdir() if each.suffix in _TORCH_SUFFIXES)
    if files and not is_model_folder(folder) and not _has(folder, "model*.safetensors*"):
        raise CheckpointError(
            where, f"a folder that holds {_listed(files)}", f"name the file: {where}/{files[0]}"
        )
    snapshots = sorted(each.name for each in (folder / "snapshots").glob("*"))
    if snapshots and not is_model_folder(folder):
        raise CheckpointError(
            where,
            "the Hub's cache of a model, with a folder for each revision",
            f"snapshots/{snapshots[0]} in it is right",
        )


def _has(folder: Path, pattern: str) -> bool:
    return any(folder.glob(pattern))
