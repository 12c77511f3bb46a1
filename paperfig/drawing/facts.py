"""What the drawing decided, for caption and record."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from paperfig.drawing.canvas import Canvas
from paperfig.drawing.cells import Cells
from paperfig.drawing.labels import MapLabels
from paperfig.drawing.matrices.matrix import Matrix
from paperfig.drawing.page import POINT, Page
from paperfig.drawing.scales.scale import Scale
from paperfig.values.drawn import DrawnDifferences, DrawnFacts, DrawnScores
from paperfig.values.tokens import Span


def drawn_facts(
    page: Page,
    canvas: Canvas,
    *,
    scale: Scale,
    labels: MapLabels,
    matrices: Sequence[Matrix],
    marks: tuple[tuple[Span, Span], ...],
    window: tuple[Span, Span] | None = None,
    bracketed: tuple[str, ...] = (),
    scores: DrawnScores | None = None,
    continuing: int | None = None,
    annotated: Literal["entropy", "class", "row_std"] | None = None,
    own: Mapping[str, Any] = MappingProxyType({}),
) -> DrawnFacts:
    """What the drawing decided.

    Args:
        page: that was drawn on.
        canvas: with all that is drawn.
        scale: of the weights.
        labels: at the axes.
        matrices: all of the figure, in reading order.
        marks: the outlined blocks.
        window: the queries and keys that the panels show, where that is a part of them.
        bracketed: the named stretches that have a bracket.
        scores: how scores were drawn, if they were.
        continuing: how many tokens stand for the rest of a character, where labels at the
            axes do not say it.
        annotated: what of its head each panel bears.
        own: what only this kind's drawing decides.
    """
    return DrawnFacts(
        **_of_scale(scale),
        **_of_page(page, canvas),
        label_kind=labels.keys.kind,
        label_every=labels.keys.every,
        shortened=labels.shortened,
        continuing=labels.continuing if continuing is None else continuing,
        cells=form_of_cells(canvas, len(matrices)),
        no_key_rows=sum(int(matrix.keyless.sum()) for matrix in matrices),
        marks=marks,
        window=window,
        bracketed=bracketed,
        panels=tuple(matrix.title or matrix.reference for matrix in matrices),
        scores=scores,
        annotated=annotated,
        own=dict(own),
    )


def form_of_cells(canvas: Canvas, panels: int) -> Literal["vector", "image", "mixed"] | None:
    """What the cells of so many panels are drawn as; None without any."""
    drawn = [one for one in canvas.figure.artists if isinstance(one, Cells)]
    if not drawn:
        return None
    images = sum(one.image is not None for one in drawn)
    if images == 0:
        return "vector"
    return "image" if images == panels else "mixed"


def drawn_scores(scale: Scale, heads: tuple[int, ...] = ()) -> DrawnScores:
    """How scores were drawn on their scale."""
    return DrawnScores(
        kind="logits" if scale.quantity == "logit" else "kl",
        limits=(scale.low, scale.high),
        over=scale.over,
        under=scale.under,
        n_cells=scale.n_cells,
        heads=heads,
    )


def drawn_differences(scale: Scale) -> DrawnDifferences:
    """How differences of weights were drawn on their scale."""
    return DrawnDifferences(
        limits=(scale.low, scale.high),
        over=scale.over,
        under=scale.under,
        n_cells=scale.n_cells,
    )


def facts_without_panels(
    page: Page,
    canvas: Canvas,
    scale: Scale,
    *,
    panels: tuple[str, ...],
    label_kind: Literal["tokens", "none"] = "tokens",
    shortened: int = 0,
    cells: Literal["vector", "image", "mixed"] | None = None,
    **more: Any,
) -> DrawnFacts:
    """What the drawing decided, in kinds whose panels have no axes of tokens.

    Args:
        page: that was drawn on.
        canvas: with all that is drawn.
        scale: of the weights.
        panels: what is called by a title, in reading order.
        label_kind: what of the axes' tokens is drawn.
        shortened: how many token labels end in an ellipsis.
        cells: what cells are drawn as; None where there are none.
        more: what else of `DrawnFacts` this kind's drawing decides.
    """
    return DrawnFacts(
        **_of_scale(scale),
        **_of_page(page, canvas),
        label_kind=label_kind,
        label_every=int(label_kind == "tokens"),
        shortened=shortened,
        cells=cells,
        panels=panels,
        **{"no_key_rows": 0} | more,
    )


def facts_of_numbers(
    page: Page,
    canvas: Canvas,
    limits: tuple[float, float],
    *,
    panels: tuple[str, ...],
    is_logarithmic: bool = False,
) -> DrawnFacts:
    """What the drawing decided, in charts of numbers, which have neither cells nor colours.

    Args:
        page: that was drawn on.
        canvas: with all that is drawn.
        limits: of the axis of numbers.
        panels: what is called by a title, in reading order.
        is_logarithmic: whether steps lie on a logarithmic axis.
    """
    return DrawnFacts(
        scale="log" if is_logarithmic else "linear",
        limits=limits,
        limits_rule="auto",
        over=0,
        under=0,
        n_cells=0,
        **_of_page(page, canvas),
        label_kind="none",
        label_every=0,
        no_key_rows=0,
        cells=None,
        panels=panels,
    )


def _of_scale(scale: Scale) -> dict[str, Any]:
    """The facts of a scale of colours, or of lengths."""
    return {
        "scale": scale.kind,
        "limits": (scale.low, scale.high),
        "limits_rule": scale.rule,
        "over": scale.over,
        "under": scale.under,
        "n_cells": scale.n_cells,
    }


def _of_page(page: Page, canvas: Canvas) -> dict[str, Any]:
    """The sizes of what was drawn, in TeX points."""
    return {
        "width_pt": page.width_pt,
        "height_pt": canvas.height / POINT,
        "column_pt": page.column_pt,
    }
