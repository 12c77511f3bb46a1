"""At which step of its training each checkpoint was written."""

import re
from collections.abc import Sequence

from paperfig.errors import DrawingError
from paperfig.values.variant import Variant


def step_of(variant: Variant) -> tuple[int, bool]:
    """The step, as the file says, or else the last number of its name; and whether it is that.

    Raises:
        DrawingError: neither says one.
    """
    if variant.model.step is not None:
        return variant.model.step, False
    numbers = re.findall(r"[0-9]+", variant.label)
    if not numbers:
        what = f"{variant.label} says no step, and has no number in its name"
        raise DrawingError("checkpoints", what, "a name such as step-1000 is right")
    return int(numbers[-1]), True


def steps_of(variants: Sequence[Variant]) -> tuple[tuple[int, bool], ...]:
    """The step of each, as `step_of`.

    Raises:
        DrawingError: one has none, or two have the same.
    """
    found: dict[int, str] = {}
    steps = tuple(map(step_of, variants))
    for variant, (step, _) in zip(variants, steps, strict=True):
        if step in found:
            what = f"{found[step]} and {variant.label} are both of step {step}"
            raise DrawingError("checkpoints", what, "one of each step is right")
        found[step] = variant.label
    return steps
