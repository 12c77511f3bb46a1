"""The numbers of one head, as records, `paperfig show` and captions give them.

Rows are queries with at least two allowed keys; None is a number that none of them gives.
What each number means, with its source, is said where it is computed (``statistics/``) and in
docs/show.md.

Of a head that attends to the previous token, at four tokens:

>>> import numpy as np
>>> from paperfig.statistics.summary import summarise
>>> from paperfig.values.attention import AttentionMap
>>> from paperfig.values.mask import MaskRule
>>> from paperfig.values.model import Setting
>>> from paperfig.values.site import Site
>>> from paperfig.values.tokens import positions
>>> setting = Setting(mask=MaskRule())
>>> weights = np.eye(4, k=-1, dtype=np.float32)
>>> weights[0, 0] = 1
>>> attention = AttentionMap(
...     site=Site(0), heads=(2,), n_head=4, queries=positions(4), keys=positions(4),
...     weights=weights[None], mask=setting.mask.allowed(4, 4), shown=setting, trained=setting,
... )
>>> (numbers,) = summarise(attention, [attention])
>>> numbers.head, numbers.class_, numbers.previous, numbers.offset, numbers.rows
('L0H2', 'previous', 1.0, 1, 3)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Interval = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadStatistics:
    """The numbers of one head, over one excerpt or several.

    Names that Python keeps for itself end in an underscore here, and not in files.

    Attributes:
        head: its reference, ``L4H11``, or ``L4 mean``.
        kappa: the temperature; None without one, or where heads averaged have several.
        offset: the strongest i − j.
        normalised_entropy: H / ln n.
        effective_keys: exp H.
        confidence: the largest weight.
        distance: the mean |i − j|, 1 as for uniform rows.
        offset_weight: the weight at ``offset``.
        content: the share of a row that moves with the text.
        self_: the weight on the query's own key.
        previous: on the previous one.
        sink: on the first.
        recent: on the eight before the query, where there are older ones.
        induction: on those that follow an earlier occurrence of the query's token.
        duplicate: on the earlier occurrences themselves.
        row_std: the VFE scripts' number, a legacy.
        induction_queries: how many queries have a key that ``induction`` asks for.
        duplicate_queries: likewise.
        class_: what the head does, in a word.
        class_score: how much of it.
        not_testable: classes that these excerpts cannot show, each with the reason.
        row_std_label: the VFE scripts' word for ``row_std``.
        rows: how many queries count, of several excerpts in the longest.
        rows_without_key: how many have no key at all, likewise.
        excerpts: how many texts the numbers are of.
        intervals: 95 % intervals of the mean, by the number's name.
        learned_sink: the mean weight that goes to no key, in a model with such a place; the
            other numbers are then of the keys' weights, as shares of what goes to keys.
        named: the weight on each named span of keys, ``share(NAME)``.
    """

    head: str
    kappa: float | None
    offset: int | None
    normalised_entropy: float | None
    effective_keys: float | None
    confidence: float | None
    distance: float | None
    offset_weight: float | None
    content: float | None
    self_: float | None
    previous: float | None
    sink: float | None
    induction: float | None
    duplicate: float | None
    row_std: float | None
    induction_queries: int
    duplicate_queries: int
    class_: str | None
    class_score: float | None
    not_testable: tuple[str, ...]
    row_std_label: str | None
    rows: int
    rows_without_key: int
    excerpts: int
    intervals: Mapping[str, Interval]
    learned_sink: float | None = None
    recent: float | None = None
    named: Mapping[str, float | None] = field(default_factory=dict)
