"""Where a head is: the attention of one layer, and the head in it.

>>> str(HeadRef(Site(layer=4), 11))
'L4H11'
>>> HeadRef.parse("E0H2").site
Site(layer=0, stack='encoder', is_known=True)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Stack = Literal["decoder", "encoder", "cross"]
"""Whose attention: of the only stack or the decoder, of the encoder, from the latter to it."""

_LETTERS: dict[Stack, str] = {"decoder": "L", "encoder": "E", "cross": "X"}
_STACKS = {letter: stack for stack, letter in _LETTERS.items()}
PATTERN = r"[LEX](0|[1-9][0-9]{0,5})H(0|[1-9][0-9]{0,5})"
"""What a reference to a head looks like."""


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """The attention of one layer.

    Attributes:
        layer: counted from 0.
        stack: whose.
        is_known: whether that is the layer's number in its model; else it is the place among
            what was given, and goes unsaid.
    """

    layer: int
    stack: Stack = "decoder"
    is_known: bool = True

    def __str__(self) -> str:
        return f"{_LETTERS[self.stack]}{self.layer}" if self.is_known else ""


@dataclass(frozen=True, slots=True, order=True)
class HeadRef:
    """One head of a layer, written as specs and figures do.

    Attributes:
        site: the layer's attention.
        head: counted from 0.
    """

    site: Site
    head: int

    def __str__(self) -> str:
        return f"{self.site}H{self.head}"

    @classmethod
    def parse(cls, text: str) -> "HeadRef":
        """The head that a reference such as ``L4H11`` names.

        Raises:
            ValueError: it is no reference.
        """
        if not re.fullmatch(PATTERN, text):
            raise ValueError(f"{text!r} is no reference; L4H11 is one")
        layer, _, head = text[1:].partition("H")
        return cls(Site(int(layer), _STACKS[text[0]]), int(head))


def which_exist(kind: str, there: Sequence[int]) -> str:
    """Which layers or heads there are, as a message says it.

    >>> which_exist("head", [0, 1, 2]), which_exist("layer", [2, 5]), which_exist("layer", [4])
    ('heads are 0 to 2', 'layers are 2, 5', 'the only layer is 4')
    """
    if len(there) == 1:
        return f"the only {kind} is {there[0]}"
    in_a_row = there[-1] - there[0] == len(there) - 1
    listed = f"{there[0]} to {there[-1]}" if in_a_row else ", ".join(map(str, there))
    return f"{kind}s are {listed}"
