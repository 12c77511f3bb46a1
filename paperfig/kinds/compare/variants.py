"""The variants that a spec compares: each is the spec with what it changes."""

from pathlib import Path

from paperfig.specs.schema import FigureSpec


def variants(spec: FigureSpec, root: Path) -> dict[str, FigureSpec]:  # noqa: ARG001 - as kinds do
    """By label, the spec as it is of each variant.

    Args:
        spec: the figure's, of which a variant's keys take the place.
        root: the project's, in which no variant is looked for.
    """
    changes = {
        label: {key: getattr(own, key) for key in own.model_fields_set}
        for label, own in dict(spec)["variants"].items()
    }
    return {
        label: spec.model_copy(update={"variants": None} | changed)
        for label, changed in changes.items()
    }
