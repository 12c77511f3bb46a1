"""The one line that a fault says."""

from collections.abc import Callable

import pytest

from paperfig.errors import PaperfigError
from paperfig.kinds import KINDS, kinds_that_average
from paperfig.specs.shape import either

KINDS_ARE_RIGHT = f"{either(KINDS)} is right"
"""What is said of a figure that is none of these."""

SEVERAL_EXCERPTS = (
    f"several are for {either(f'figure: {kind}' for kind in kinds_that_average())}"
)
"""What is said where a kind that shows one is given several."""


def message_of(
    fault: type[PaperfigError], call: Callable[..., object], *arguments: object, **keys: object
) -> str:
    """What the call's error says; it must be of this class."""
    with pytest.raises(fault) as caught:
        call(*arguments, **keys)
    return str(caught.value)
