"""The one line that a fault says."""

from collections.abc import Callable

import pytest

from paperfig.errors import PaperfigError


def message_of(
    fault: type[PaperfigError], call: Callable[..., object], *arguments: object, **keys: object
) -> str:
    """What the call's error says; it must be of this class."""
    with pytest.raises(fault) as caught:
        call(*arguments, **keys)
    return str(caught.value)
