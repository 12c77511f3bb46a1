"""What the submodules of a running model are called with and return, seen by hooks."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

Name = TypeVar("Name")
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """One call of a submodule.

    Attributes:
        part: the submodule.
        args: what it was called with by place.
        kwargs: what it was called with by name.
        output: what it returned.
    """

    part: torch.nn.Module
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    output: Any


@contextmanager
def recording(
    parts: Mapping[Name, torch.nn.Module],
    record: Callable[[Name, Call], Record],
    *,
    before_others: Callable[[torch.nn.Module], bool] = lambda _: False,
) -> Iterator[Mapping[Name, list[Record]]]:
    """The records of each submodule, one a call, filled while the model runs.

    The hooks are there only inside the ``with`` block, whatever happens in it.

    Args:
        parts: the submodules by name.
        record: what is kept of a call; what it raises comes out of the model.
        before_others: of which submodules the output is seen before hooks of the model's
            own may have changed it.
    """
    records: dict[Name, list[Record]] = {name: [] for name in parts}

    def hook_of(name: Name) -> Callable[..., None]:
        def hook(part: torch.nn.Module, args: Any, kwargs: Any, output: Any) -> None:
            call = Call(part=part, args=args, kwargs=kwargs, output=output)
            records[name].append(record(name, call))

        return hook

    handles = [
        part.register_forward_hook(hook_of(name), with_kwargs=True, prepend=before_others(part))
        for name, part in parts.items()
    ]
    try:
        yield records
    finally:
        for handle in handles:
            handle.remove()
