"""Whether an index lies among tokens: all that rules of the spec ask, without numpy.

>>> outside(-8, 8), outside(8, 8)
(None, ('8 is outside the excerpt of 8 tokens', '0 to 7 is right'))
"""


def outside(index: int, count: int) -> tuple[str, str] | None:
    """What is wrong with an index, and what would be right; None where there is the token."""
    if -count <= index < count:
        return None
    what = f"{index} is outside the excerpt of {count} token{'s' if count > 1 else ''}"
    return what, f"{0 if index >= 0 else -count} to {count - 1} is right"
