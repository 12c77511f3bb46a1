"""Where a torch file's weights are, among all that a training script kept."""

from collections.abc import Mapping
from typing import Any

from paperfig.errors import CheckpointError
from paperfig.torchfile.names import Placeholder, TensorRecord
from paperfig.torchfile.opcodes import refusal

STATE_KEYS = ("model_state_dict", "model_state", "state_dict", "model")
"""Where training scripts lay the state dict, where it is not the file itself."""

_COUNTER = "n_averaged"
"""What torch's AveragedModel counts beside the weights."""

Values = dict[Any, Any]


def find_state(content: Any, wanted: str | None, where: str) -> tuple[str, Values, Values]:
    """The key of the state dict, the state dict, and everything beside it.

    Args:
        content: what the file holds.
        wanted: the key that the spec names.
        where: what messages call the file.

    Raises:
        CheckpointError: there is none, or not the one wanted, there are several, or a weight is
            an object that is not made.
    """
    if isinstance(content, Placeholder):
        raise refusal(content.path, where)
    if not isinstance(content, dict):
        raise CheckpointError(
            where, f"holds a {type(content).__name__}", "a dict with the state dict is right"
        )
    key = _key(content, wanted, where)
    if key is not None:
        _check_made(content[key], where)
        state = {name: value for name, value in content[key].items() if name != _COUNTER}
        return key, state, {k: v for k, v in content.items() if k != key}
    _check_made({key: content.get(key) for key in STATE_KEYS}, where, everything=True)
    if not _has_tensors(content):
        raise CheckpointError(
            where,
            "holds no state dict",
            f"one under {', '.join(STATE_KEYS)}, or as the file itself, is right",
        )
    _check_made(content, where)
    plain = {k: v for k, v in content.items() if not isinstance(v, TensorRecord)}
    return "", content, plain


def _key(content: Values, wanted: str | None, where: str) -> str | None:
    """The key of the weights; None where they are the file itself."""
    sets = [
        key for key, value in content.items() if isinstance(key, str) and _has_tensors(value)
    ]
    if wanted is not None:
        if wanted not in sets:
            there = f"{', '.join(sets)} would be" if sets else "leave it out"
            raise CheckpointError(where, f"`state: {wanted}` is no set of weights of it", there)
        return wanted
    key = next((key for key in STATE_KEYS if key in sets), None)
    if key is None:
        return None
    alike = [other for other in sets if _names(content[other]) & _names(content[key])]
    if len(alike) > 1:
        raise CheckpointError(
            where,
            f"holds several sets of weights: {', '.join(alike)}",
            f"name one under `checkpoint`: `state: {alike[0]}`",
        )
    return key


def _names(state: Values) -> set[str]:
    """The names of its tensors, without what wraps a model."""
    return {
        name.replace("_orig_mod.", "").removeprefix("module.")
        for name, value in state.items()
        if isinstance(name, str) and isinstance(value, TensorRecord)
    }


def _check_made(state: Mapping[Any, Any], where: str, *, everything: bool = False) -> None:
    """Nothing where no weight is an object that is not made here."""
    for value in state.values():
        if isinstance(value, Placeholder) and (everything or value.path.startswith("torch.")):
            raise refusal(value.path, where)


def _has_tensors(state: Any) -> bool:
    return isinstance(state, dict) and any(
        isinstance(value, TensorRecord) for value in state.values()
    )
