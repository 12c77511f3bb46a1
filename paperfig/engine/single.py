"""The values of one figure by itself, from its spec: no record and no build."""

from paperfig.engine.figure import figure_values
from paperfig.engine.group import Group
from paperfig.engine.session import Session
from paperfig.engine.variants import SideBySide, variants_of
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
    variants, digests = variants_of(named.spec, workspace.root), Digests(workspace)
    figure = SideBySide(named.spec, variants, workspace.root)
    for label, spec in variants.items():
        figure.compute(label, session.group([spec], digests))
    return figure_values(figure, variants)


def values_in_memory(named: NamedSpec, group: Group) -> FigureData:
    """What a figure shows of a model, or of attention, that is in memory.

    Raises:
        PaperfigError: what the spec asks for is not there.
    """
    figure = SideBySide(named.spec, {"": named.spec})
    figure.compute("", group)
    return figure_values(figure, {"": named.spec})
