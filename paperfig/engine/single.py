"""One figure by itself, from its spec to its picture and caption: no record and no build."""

from paperfig.engine.figure import (
    DrawnFiles,
    draw_and_caption,
    drawing_job,
    figure_values,
)
from paperfig.engine.session import Session
from paperfig.project.digests import Digests
from paperfig.project.workspace import Workspace
from paperfig.specs.schema import NamedSpec


def drawn_alone(named: NamedSpec, session: Session, workspace: Workspace) -> DrawnFiles:
    """Computes a figure and draws it; nothing is written.

    The PDF carries no digests: there is no record that could resolve them.

    Args:
        named: its spec.
        session: where it is computed.
        workspace: the project, or the folder that paths start from.

    Raises:
        PaperfigError: what the spec names is at fault.
    """
    group = session.group([named.spec], Digests(workspace))
    data = figure_values(named.spec, group)
    return draw_and_caption(drawing_job(named, data, workspace))
