"""The values of one figure by itself, from its spec: no record and no build."""

from paperfig.engine.figure import figure_values
from paperfig.engine.session import Session
from paperfig.project.digests import Digests
from paperfig.project.workspace import Workspace
from paperfig.specs.schema import NamedSpec
from paperfig.values.figure import FigureData


def values_alone(named: NamedSpec, session: Session, workspace: Workspace) -> FigureData:
    """Computes what a figure shows; nothing is drawn or written.

    Args:
        named: its spec.
        session: where it is computed.
        workspace: the project, or the folder that paths start from.

    Raises:
        PaperfigError: what the spec names is at fault.
    """
    return figure_values(named.spec, session.group([named.spec], Digests(workspace)))
