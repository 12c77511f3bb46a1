"""The variants that a spec compares: each is the spec with what it changes."""

from collections.abc import Sequence
from pathlib import Path

from paperfig.specs.schema import FigureSpec


def variants(
    spec: FigureSpec,
    root: Path,  # noqa: ARG001 - nothing is looked for, as other kinds do
    known: Sequence[str] = (),  # noqa: ARG001
) -> dict[str, FigureSpec]:
    """By label, the spec as it is of each variant.

    Args:
        spec: the figure's, of which a variant's keys take the place.
        root: the project's, in which no variant is looked for.
        known: paths that were recorded, of no matter here.
    """
    changes = {
        label: {key: getattr(own, key) for key in own.model_fields_set}
        for label, own in dict(spec)["variants"].items()
    }
    return {
        label: spec.model_copy(update={"variants": None} | changed)
        for label, changed in changes.items()
    }
