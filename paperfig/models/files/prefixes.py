"""What wraps a model puts before or into its tensors' names; taken off again, noted."""

from collections.abc import Iterable, Mapping

from paperfig.errors import CheckpointError

_INSIDE = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
"""torch.compile, FullyShardedDataParallel and activation checkpointing: at any depth."""

_BEFORE = "module."
"""DataParallel and its kin wrap the whole model; inside one it may be a name of its own."""


def plain_names(names: Iterable[str], where: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The stored name of each tensor by its plain one, and a note of what was taken off.

    Raises:
        CheckpointError: two names differ only in what was taken off.
    """
    plain, removed = {name: name for name in names}, []
    for wrapper in _INSIDE:
        if any(wrapper in name.split(".") for name in plain):
            removed.append(f"{wrapper}.")
            plain = {
                stored: ".".join(part for part in name.split(".") if part != wrapper)
                for stored, name in plain.items()
            }
    while plain and all(name.startswith(_BEFORE) for name in plain.values()):
        removed.append(_BEFORE)
        plain = {stored: name.removeprefix(_BEFORE) for stored, name in plain.items()}
    stored_names = {name: stored for stored, name in plain.items()}
    if len(stored_names) < len(plain):
        raise CheckpointError(where, "two of its tensors differ only in a prefix")
    note = f"prefix {', '.join(dict.fromkeys(removed))} taken off the tensors' names"
    return stored_names, (note,) if removed else ()


def prefix_of(name: str, names: Mapping[str, object]) -> str | None:
    """What the one tensor of that name, at whatever depth, has before it; None for none."""
    before = [
        one.removesuffix(name) for one in names if one == name or one.endswith(f".{name}")
    ]
    return min(before, key=len, default=None)
