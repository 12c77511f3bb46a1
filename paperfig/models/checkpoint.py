"""From a spec's checkpoint to an attention source: the one way in.

A new family of files is one module with a ``FAMILY``, and one line in `_FAMILY_MODULES`.
"""

from functools import cache
from importlib import import_module
from pathlib import Path

import torch

from paperfig.errors import CheckpointError
from paperfig.models.external.adapter import open_adapter
from paperfig.models.external.projects.source import open_by_own_code
from paperfig.models.external.trust import check_trusted
from paperfig.models.family import Family
from paperfig.models.files.foreign import check_not_foreign
from paperfig.models.files.listing import checked_path, display_name, with_full_config
from paperfig.models.files.tensors import Stored, read_stored
from paperfig.models.huggingface.folder import open_folder
from paperfig.models.source import AttentionSource
from paperfig.models.vfe.own_code import own_code
from paperfig.specs.schema import CheckpointSpec

_FAMILY_MODULES = (
    "vfe.v3.family",
    "vfe.v1.family",
    "vfe.pure_fep",
    "vfe.sim.family",
    "gpt.nanogpt",
    "gpt.vfe_baseline",
)
"""The modules below ``paperfig.models`` with a ``FAMILY``, in the order they are asked."""


def load_checkpoint(
    spec: CheckpointSpec, *, root: Path, device: torch.device, allow_adapters: bool = False
) -> AttentionSource:
    """The checkpoint as something that shows what its attention is made from.

    Args:
        spec: which checkpoint; its paths are relative to ``root``.
        root: the project's root.
        device: where to compute.
        allow_adapters: whether code that the spec names may be run in a project that the
            user's trust file does not name.

    Raises:
        CheckpointError: it is missing, has another sha256, cannot be read safely, is of
            no known family, does not hold what its family needs, or is for code that may
            not be run.
    """
    if spec.adapter is not None:
        _check_no_file(spec, "an adapter's model", "ignore", "state")
        check_trusted(spec.adapter, root=root, allowed=allow_adapters)
        return open_adapter(spec, root=root, device=device)
    if (own := own_code(spec)) is not None:
        _check_no_file(spec, "a model that its own code runs", "ignore")
        check_trusted(str(spec.code), root=root, allowed=allow_adapters)
        return open_by_own_code(own, spec, root=root, device=device)
    path, spec = checked_path(spec, root=root), with_full_config(spec, root=root)
    if path.is_dir():
        _check_no_file(spec, "a Hugging Face folder", "ignore", "state")
        return open_folder(path, spec, device)
    stored = read_stored(path, where=display_name(spec), state=spec.state)
    check_not_foreign(stored.tensors, stored.where)
    return family_of(stored, spec).open(stored, spec, device)


def _check_no_file(spec: CheckpointSpec, kind: str, *keys: str) -> None:
    """Nothing where none of the keys is given, which are for a file that is read alone."""
    for key in keys:
        if getattr(spec, key) is not None:
            raise CheckpointError(
                display_name(spec), f"`{key}` is for a file, and it is {kind}", "leave it out"
            )


@cache
def families() -> tuple[Family, ...]:
    """Every family of checkpoint files, in the order in which they are asked."""
    return tuple(_family(module) for module in _FAMILY_MODULES)


def _family(module: str) -> Family:
    family: Family = import_module(f"paperfig.models.{module}").FAMILY
    return family


def family_of(stored: Stored, spec: CheckpointSpec) -> Family:
    """The family that the spec names, or the first one that recognises the file.

    Raises:
        CheckpointError: there is no such family, or none recognises the file.
    """
    names = ", ".join(family.name for family in families())
    for family in families():
        if spec.family == family.name if spec.family else family.recognises(stored):
            return family
    if spec.family:
        raise CheckpointError(
            stored.where, f"`family: {spec.family}` is not known", f"{names} are"
        )
    seen = ", ".join(list(stored.tensors)[:3])
    raise CheckpointError(
        stored.where,
        f"of no known family (its first tensors are {seen})",
        f"{names}, or a Hugging Face folder, is right",
    )
