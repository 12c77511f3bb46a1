"""How a figure was drawn, as far as its caption must say it.

>>> DrawnScores(kind="kl", limits=(0.0, 6.0), over=3, under=0, n_cells=120).limits
(0.0, 6.0)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from paperfig.values.tokens import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnScores:
    """How scores were drawn, beside the weights.

    Attributes:
        kind: KL divergences, or logits less their row's maximum.
        limits: the scores at the ends of their colour bar.
        over: how many allowed cells lie above the limits, in all panels together.
        under: how many lie below.
        n_cells: how many allowed cells there are, in all panels together.
        heads: the heads of which they are, counted from 0: those whose KL was added up,
            or the one that is shown; empty where each panel has its own.
    """

    kind: Literal["kl", "logits"]
    limits: tuple[float, float]
    over: int
    under: int
    n_cells: int
    heads: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnDifferences:
    """How differences of weights were drawn, beside the weights.

    Attributes:
        limits: the differences at the ends of their colour bar.
        over: how many cells lie above the limits, in all panels together.
        under: how many lie below.
        n_cells: how many cells there are, in all panels together.
    """

    limits: tuple[float, float]
    over: int
    under: int
    n_cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFacts:
    """What the drawing decided.

    Attributes:
        scale: of the colours; ``diverging`` of signed values, around 0, ``relative`` of
            weights as multiples of uniform ones, around 1.
        limits: the weights, or values, at the ends of the colour bar.
        limits_rule: how the limits were chosen.
        over: how many of the cells drawn lie above the limits, in all panels together.
        under: how many lie below.
        n_cells: how many allowed cells are drawn, in all panels together: of maps of which a
            window is shown those in it, but of the one that stands whole all.
        label_every: each how manyth position has a label; 1 for all, 0 for none.
        label_kind: what the labels are.
        width_pt: the page's width in TeX points.
        height_pt: the page's height in TeX points.
        column_pt: the venue's column in TeX points; a wider page spans the columns.
        cells: what the panels' cells are: vector shapes, one image a panel, or both; None in
            kinds without cells.
        no_key_rows: how many rows have no key at all, in all panels together.
        shortened: how many token labels end in an ellipsis.
        continuing: how many tokens are shown as the rest of a character of the one before.
        marks: the outlined blocks, as queries and keys; both ends count.
        window: the queries and keys that the panels show, beside the whole map; None where
            they show all.
        bracketed: the names of the stretches of tokens that have a bracket at the axes.
        panels: the panels' titles, in reading order.
        scores: how scores were drawn, in kinds that show them.
        differences: how differences were drawn, likewise.
        block: how many queries and keys a cell stands for, with the largest weight of them.
        annotated: which numbers of their heads the panels bear.
        own: what the drawing of this kind decided besides, as JSON can hold it; the kind's
            ``facts`` say what each means.
    """

    scale: Literal["linear", "sqrt", "log", "relative", "diverging"]
    limits: tuple[float, float]
    limits_rule: Literal["auto", "full", "given"]
    over: int
    under: int
    n_cells: int
    label_every: int
    label_kind: Literal["tokens", "index", "none"]
    width_pt: float
    height_pt: float
    column_pt: float
    no_key_rows: int
    shortened: int = 0
    continuing: int = 0
    cells: Literal["vector", "image", "mixed"] | None = "vector"
    marks: tuple[tuple[Span, Span], ...] = ()
    window: tuple[Span, Span] | None = None
    bracketed: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    scores: DrawnScores | None = None
    differences: DrawnDifferences | None = None
    block: int = 1
    annotated: Literal["entropy", "class", "row_std"] | None = None
    own: Mapping[str, Any] = field(default_factory=dict)
