"""The one line that a fault says."""

from collections.abc import Callable

import pytest

from paperfig.errors import PaperfigError
from paperfig.kinds import KINDS, kinds_that_average
from paperfig.specs.shape import either

A_KIND = f"{either(KINDS)} is right"
"""What is right in the place of what is no figure's kind."""

THAT_AVERAGE = either(f"figure: {kind}" for kind in kinds_that_average())
"""The kinds that show several excerpts."""


def message_of(
    fault: type[PaperfigError], call: Callable[..., object], *arguments: object, **keys: object
) -> str:
    """What the call's error says; it must be of this class."""
    with pytest.raises(fault) as caught:
        call(*arguments, **keys)
    return str(caught.value)
