"""The numbers of figures: of one by itself, or of many.

Of many each checkpoint is loaded once, and each excerpt goes through it once.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from paperfig.engine.figure import figure_values
from paperfig.engine.plan import Plan
from paperfig.engine.session import Session
from paperfig.engine.variants import SideBySide, variants_of
from paperfig.errors import PaperfigError
from paperfig.project.digests import Digests
from paperfig.project.workspace import Workspace
from paperfig.specs.schema import FigureSpec, NamedSpec
from paperfig.values.figure import FigureData

if TYPE_CHECKING:
    from paperfig.engine.group import Group


def computed_in(
    session: Session, plans: Sequence[Plan], digests: Digests
) -> Iterator[tuple[Plan, SideBySide | PaperfigError]]:
    """Each figure as soon as its last variant is computed; or why it is not.

    Args:
        session: where they are computed.
        plans: the figures'.
        digests: of the files, as the build first saw them.
    """
    due = {
        plan.named.name: SideBySide(plan.named.spec, plan.variants, session.root)
        for plan in plans
    }
    for parts in _groups(plans):
        group = _group(session, [plan.variants[label] for plan, label in parts], digests)
        for plan, label in parts:
            figure = due.get(plan.named.name)
            if figure is None:  # another variant has failed
                continue
            try:
                if isinstance(group, PaperfigError):
                    raise group
                figure.compute(label, group)
            except PaperfigError as error:
                del due[plan.named.name]
                yield plan, error
            else:
                if figure.is_complete:
                    yield plan, due.pop(plan.named.name)


def _group(
    session: Session, specs: Sequence[FigureSpec], digests: Digests
) -> "Group | PaperfigError":
    """Where the numbers of specs come from; or why there are none, of each of them."""
    try:
        return session.group(specs, digests)
    except PaperfigError as error:
        return error


def _groups(plans: Iterable[Plan]) -> list[list[tuple[Plan, str]]]:
    """The variants that share a checkpoint, a tokenizer and an excerpt, by checkpoint."""
    checkpoints: dict[object, dict[object, list[tuple[Plan, str]]]] = {}
    for plan in plans:
        for label, spec in plan.variants.items():
            excerpts = checkpoints.setdefault(spec.checkpoint, {})
            text = (spec.tokenizer, spec.excerpt.model_dump_json())
            excerpts.setdefault(text, []).append((plan, label))
    return [group for excerpts in checkpoints.values() for group in excerpts.values()]


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


def values_in_memory(named: NamedSpec, group: "Group") -> FigureData:
    """What a figure shows of a model, or of attention, that is in memory.

    Raises:
        PaperfigError: what the spec asks for is not there.
    """
    figure = SideBySide(named.spec, {"": named.spec})
    figure.compute("", group)
    return figure_values(figure, {"": named.spec})
