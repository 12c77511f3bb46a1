"""An order of names in which numbers in them count as numbers.

>>> sorted(["step-100", "step-90", "step-9"], key=natural_order)
['step-9', 'step-90', 'step-100']
"""

import re


def natural_order(name: str) -> list[tuple[int, str]]:
    """What names are sorted by: their parts, those of digits by what they say."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
