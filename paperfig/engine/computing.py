"""The numbers of many figures: one load a checkpoint, one forward a checkpoint and excerpt."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from paperfig.engine.plan import Plan
from paperfig.engine.session import Session
from paperfig.engine.variants import SideBySide
from paperfig.errors import PaperfigError
from paperfig.project.digests import Digests
from paperfig.specs.schema import FigureSpec

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
