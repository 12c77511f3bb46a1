"""Where windows of a stream begin that are drawn from it."""

import random


def windows_apart(count: int, length: int, total: int, *, seed: int) -> list[int]:
    """Where windows begin that do not overlap: each such choice is as likely as another.

    Windows shrunk to one token each are ``count`` different places of those left, drawn as
    Bentley and Floyd (1987) do, from what Python promises to be the same everywhere.
    """
    generator = random.Random(seed)  # noqa: S311 - nothing here is secret
    places: set[int] = set()
    left = total - count * (length - 1)
    for last in range(left - count, left):
        place = int(generator.random() * (last + 1))
        places.add(last if place in places else place)
    return [place + index * (length - 1) for index, place in enumerate(sorted(places))]
