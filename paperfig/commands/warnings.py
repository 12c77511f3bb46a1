"""What both `build` and `check` warn of, without what figures are made with."""

from paperfig.specs.schema import NamedSpec


def unnamed(named: NamedSpec) -> str | None:
    """The warning that a caption cannot name the model; None where it can.

    None of attention that was recorded either: its file may tell the name, and of what is not
    known the caption says nothing.
    """
    checkpoint = named.spec.checkpoint
    if checkpoint.name is not None or checkpoint.recorded is not None:
        return None
    return f"{named.where}: warning: checkpoint has no `name`; the caption says only its kind"
