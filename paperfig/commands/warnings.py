"""What both `build` and `check` warn of, without what figures are made with."""

from paperfig.engine.plan import Plan
from paperfig.specs.schema import CheckpointSpec


def unnamed(plan: Plan) -> str | None:
    """The warning that a caption cannot name a model; None where it can name all of them.

    None of attention that was recorded either: its file may tell the name, and of what is not
    known the caption says nothing.
    """
    specs = plan.variants.values() or [plan.named.spec]
    if all(map(_may_be_named, [spec.checkpoint for spec in specs])):
        return None
    where = plan.named.where
    return f"{where}: warning: checkpoint has no `name`; the caption says only its kind"


def _may_be_named(checkpoint: CheckpointSpec) -> bool:
    return checkpoint.name is not None or checkpoint.recorded is not None
