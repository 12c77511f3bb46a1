"""Which files a checkpoint is made of; no tensor is read and no torch imported here."""

import json
from pathlib import Path
from typing import Any

from paperfig.errors import CheckpointError
from paperfig.models.external.code import code_files
from paperfig.models.files.folders import below, check_kind, is_model_folder, what_is_there
from paperfig.models.vfe.own_code import own_code
from paperfig.project.files import sha256_of
from paperfig.specs.schema import CheckpointSpec

EXPERIMENT_CONFIG = "experiment_config.json"
"""What the VFE projects' trainers write beside their checkpoints."""

_WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_ONLY = "ckpt.pt"
"""The file that a folder stands for, where it is none of Hugging Face's: nanoGPT's."""


def checkpoint_path(spec: CheckpointSpec, *, root: Path) -> Path:
    """The checkpoint's file or folder.

    Raises:
        CheckpointError: it is named in a way that is not built yet, or is not there.
    """
    path = _named_path(spec, root)
    if not path.exists():
        named = display_name(spec)
        raise CheckpointError(named, "no such checkpoint", what_is_there(path, root, named))
    return path


def checked_path(spec: CheckpointSpec, *, root: Path) -> Path:
    """The same, known to be whole and the one that is meant.

    Raises:
        CheckpointError: it is not there, is a part of a Hugging Face folder or a file of
            arrays, or has another sha256 than the spec names.
    """
    path = checkpoint_path(spec, root=root)
    _check_is_whole(path, spec)
    _check_is_a_model(path, spec)
    check_sha256(path, spec)
    return path


def with_full_config(spec: CheckpointSpec, *, root: Path) -> CheckpointSpec:
    """The spec with the full path of its ``config``, as families read it."""
    if spec.config is None:
        return spec
    return spec.model_copy(update={"config": str(below(root, spec.config))})


def _check_is_whole(path: Path, spec: CheckpointSpec) -> None:
    """Nothing where the path is no part of a Hugging Face folder.

    Raises:
        CheckpointError: it is a file of one.
    """
    part = path.suffix in (".safetensors", ".bin") and is_model_folder(path.parent)
    if part or path.name.endswith(".index.json"):
        named = Path(display_name(spec)).parent
        raise CheckpointError(
            display_name(spec), "a part of a Hugging Face folder", f"name the folder: {named}"
        )


def _check_is_a_model(path: Path, spec: CheckpointSpec) -> None:
    """Nothing where the path is no file of arrays, which holds attention or anything else.

    Raises:
        CheckpointError: it is one, and the spec does not say of what.
    """
    if path.suffix == ".npz" and spec.recorded is None:
        name = display_name(spec)
        right = f"`checkpoint: {{recorded: {name}}}` is right where it holds attention"
        raise CheckpointError(name, "a file of arrays and no model", right)


def checkpoint_files(spec: CheckpointSpec, *, root: Path) -> tuple[Path, ...]:
    """Every file whose content decides what the checkpoint is, the weights' first.

    Raises:
        CheckpointError: the checkpoint is named in a way that is not built yet.
    """
    return stored_files(spec, root=root) + run_files(spec, root=root)


def run_files(spec: CheckpointSpec, *, root: Path) -> tuple[Path, ...]:
    """The code that the spec has run, an adapter's or a project's own; mostly none.

    Raises:
        CheckpointError: `code` is given for a family that has none of its own.
    """
    own = own_code(spec)
    run = spec.adapter if own is None else own.model
    return () if run is None else code_files(run, code_folder(spec, root))


def stored_files(spec: CheckpointSpec, *, root: Path) -> tuple[Path, ...]:
    """The checkpoint's own files, the weights' first; for an adapter all that it is given.

    An absent checkpoint is one path that does not exist: the caller sees that, and why.

    Raises:
        CheckpointError: the checkpoint is named in a way that is not built yet.
    """
    if spec.adapter is not None:
        return _given_files(spec, root)
    path = _named_path(spec, root)
    config = () if spec.config is None else (below(root, spec.config),)
    if path.is_dir():
        return _folder_files(path, display_name(spec)) + config
    beside = (path.with_name(EXPERIMENT_CONFIG), pure_fep_config(path))
    return (path, *(file for file in beside if file.is_file()), *config)


def code_folder(spec: CheckpointSpec, root: Path) -> Path:
    """The folder that code is imported from."""
    return below(root, spec.code or ".").resolve()


def pure_fep_config(path: Path) -> Path:
    """The configuration that VFE-Sim's pure-FEP script writes beside ``NAME.pt``."""
    return path.with_name(f"{path.stem}_config.json")


def display_name(spec: CheckpointSpec) -> str:
    """What messages call the checkpoint: its path as the spec has it, or its adapter."""
    return spec.path or spec.recorded or spec.adapter or "checkpoint"


def check_sha256(path: Path, spec: CheckpointSpec) -> None:
    """Nothing where the file's sha256 is the spec's, or the spec names none.

    Raises:
        CheckpointError: they differ, or the checkpoint is a folder.
    """
    if spec.sha256 is None:
        return
    if path.is_dir():
        raise CheckpointError(
            display_name(spec),
            "a folder has no single sha256",
            "leave `sha256` out: the record holds the digest of each of its files",
        )
    digest = sha256_of(path)
    if digest != spec.sha256:
        raise CheckpointError(
            display_name(spec), f"its sha256 is {digest}", f"the spec wants {spec.sha256}"
        )


def weight_files(folder: Path, where: str) -> tuple[Path, ...]:
    """The files that hold a Hugging Face folder's weights: one, or the shards of an index.

    Raises:
        CheckpointError: there are none, or the index is no index of files beside it.
    """
    check_kind(folder, where)
    if (folder / _WEIGHTS).is_file():
        return (folder / _WEIGHTS,)
    if not (folder / _INDEX).is_file():
        raise CheckpointError(
            where, f"a folder without {_WEIGHTS}", "save_pretrained() writes one"
        )
    shards = read_json(folder / _INDEX, f"{where}/{_INDEX}").get("weight_map")
    names = list(shards.values()) if isinstance(shards, dict) else []
    if not names or not all(map(_is_file_beside, names)):
        raise CheckpointError(
            f"{where}/{_INDEX}", "names no files beside it", "a `weight_map` is right"
        )
    return tuple(folder / name for name in sorted(set(names)))


def read_json(path: Path, where: str) -> dict[str, Any]:
    """The mapping in a JSON file.

    Raises:
        CheckpointError: there is no such file, or it holds no mapping.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(where, f"cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(where, "is no JSON", "a configuration is right") from error
    if not isinstance(content, dict):
        raise CheckpointError(where, "holds no mapping", "a configuration is right")
    return content


def _is_file_beside(name: object) -> bool:
    """Whether an index names a safetensors file of its own folder."""
    return (
        isinstance(name, str)
        and name.endswith(".safetensors")
        and name.isprintable()
        and "/" not in name
    )


def _named_path(spec: CheckpointSpec, root: Path) -> Path:
    if spec.hub is not None:
        raise CheckpointError("checkpoint", "`hub` is not built yet", "give a `path`")
    named = spec.path or spec.recorded
    if named is None:
        raise CheckpointError("checkpoint", "it has no `path`", "give the file or the folder")
    path = below(root, named)
    inside = path / _ONLY
    is_run = spec.adapter is None and path.is_dir() and inside.is_file()
    return inside if is_run and not is_model_folder(path) else path


def _given_files(spec: CheckpointSpec, root: Path) -> tuple[Path, ...]:
    """What an adapter is given: a file, or a folder with all that is in it."""
    if spec.path is None:
        return ()
    path = below(root, spec.path)
    if not path.is_dir():
        return (path,)
    return tuple(sorted(inside for inside in path.rglob("*") if inside.is_file()))


def _folder_files(folder: Path, where: str) -> tuple[Path, ...]:
    named = (folder / name for name in ("config.json", _INDEX))
    weights = weight_files(folder, where)
    return (*weights, *(path for path in named if path.is_file()))
