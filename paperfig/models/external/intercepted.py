"""What a method of a running object is called with and returns, where no hook can see it."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from paperfig.errors import AttentionError

Record = TypeVar("Record")


@contextmanager
def intercepted(
    owner: Any, name: str, record: Callable[[Mapping[str, Any], Any], Record]
) -> Iterator[list[Record]]:
    """The records of a method's calls, one a call, filled while the model runs.

    The object has its own method again when the ``with`` block is left.

    Args:
        owner: the object, a module of torch's or any other.
        name: of the method.
        record: what is kept of a call, by its arguments' names and what it returned.

    Raises:
        AttentionError: it has no such method.
    """
    method = getattr(owner, name, None)
    if not callable(method):
        raise AttentionError(
            type(owner).__name__,
            f"it has no method {name}",
            "docs/models.md names the commits of the VFE projects that are known",
        )
    records: list[Record] = []

    def asked(*args: Any, **kwargs: Any) -> Any:
        bound = inspect.signature(method).bind(*args, **kwargs)
        returned = method(*args, **kwargs)
        records.append(record(bound.arguments, returned))
        return returned

    vars(owner)[name] = asked
    try:
        yield records
    finally:
        del vars(owner)[name]
