"""Figures of one model on one excerpt, and the values that they show."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache, partial

from paperfig.errors import AttentionError, ExcerptError
from paperfig.kinds import kind_named, kinds_that_pool
from paperfig.maps.select import LayerHeads, select_heads, shown_settings
from paperfig.maps.softmax import attention_map
from paperfig.models.device import exact_float32
from paperfig.models.inputs import LayerInputs
from paperfig.models.source import AttentionSource
from paperfig.progress import tracked, working
from paperfig.specs.schema import FigureSpec
from paperfig.specs.shape import either
from paperfig.statistics.tables import measured, with_table
from paperfig.values.attention import AttentionMap
from paperfig.values.excerpt import Excerpt, Sample
from paperfig.values.figure import FigureData
from paperfig.values.model import Setting


class Group:
    """Figures of one source on one excerpt: a forward pass for each run of tokens.

    Args:
        specs: what each figure shows of them.
        source: a checkpoint that is loaded, or a model in memory.
        excerpt: what the model is given, once or several times.
    """

    def __init__(
        self, specs: Iterable[FigureSpec], source: AttentionSource, excerpt: Excerpt | Sample
    ) -> None:
        self.specs, self.source, self.excerpt = tuple(specs), source, excerpt
        self._inputs: dict[int, Mapping[int, LayerInputs]] = {}

    @cached_property
    def heads(self) -> Mapping[int, tuple[int, ...]]:
        """The heads of each layer that any figure of the group shows, in order."""
        heads: dict[int, set[int]] = {}
        for spec in self.specs:
            try:
                selection = select_heads(spec, self.source.facts)
            except AttentionError:
                continue  # that figure's own fault, raised when it is built
            for selected in selection:
                heads.setdefault(selected.layer, set()).update(selected.heads)
        return {layer: tuple(sorted(heads[layer])) for layer in sorted(heads)}

    def inputs(self, run: int = 0) -> Mapping[int, LayerInputs]:
        """What the attention of every head shown is made from, computed when first asked.

        So a fault of the first run is raised before the other runs are computed.
        """
        if run not in self._inputs:
            ids = self.excerpt.runs[run]
            with working(f"running {self.source.facts.name}"):
                self._inputs[run] = self.source.layer_inputs(ids, self.heads)
        return self._inputs[run]

    def values(self, spec: FigureSpec) -> FigureData:
        """The values of one figure of the group that compares nothing."""
        return with_table(self.measured(spec), kind_named(spec.figure), spec.own)

    def measured(
        self, spec: FigureSpec, *, keep_scores: bool = False, whole: bool = False
    ) -> FigureData:
        """The same without what the kind computes of them, which may be of several variants.

        Args:
            spec: the figure's, or that of one of its variants.
            keep_scores: whether the maps keep their scores, whatever the kind draws.
            whole: whether maps are kept whole, likewise.
        """
        kind = kind_named(spec.figure)
        if whole or kind.shows_maps(spec.own):
            check_lengths(self.excerpt)
        reduce = None if whole else kind.reduce
        if reduce is not None:
            shown = select_heads(spec, self.source.facts)
            count = sum(len(each.heads) for each in shown)
            reduce = partial(reduce, n_shown=count, **spec.own)
        return measured(
            kind,
            self.maps(spec, keep_scores=keep_scores or kind.scores),
            excerpt=self.excerpt,
            model=self.source.facts,
            reduce=reduce,
        )

    def maps(self, spec: FigureSpec, *, keep_scores: bool = False) -> Iterator["LazyMaps"]:
        """An entry for each layer, or each κ of a sweep, of which the first has the scores.

        Whoever drops an entry before the next has the maps of one layer in memory.
        """
        for selected in select_heads(spec, self.source.facts):
            layer = self.source.facts.layers[selected.layer]
            settings = shown_settings(
                spec, layer.trained, layer.n_head, self.excerpt.common_keys
            )
            for index, shown in enumerate(settings):
                make = partial(
                    self._map,
                    selected=selected,
                    shown=shown.of_heads(selected.heads),
                    keep_scores=keep_scores and index == 0,
                )
                what = f"attention of layer {selected.layer}"
                yield LazyMaps(make, len(self.excerpt.runs), what=what)

    def inputs_of(self, shown: LayerHeads | AttentionMap, run: int = 0) -> LayerInputs:
        """What the attention of some heads of a layer is made from, in their order."""
        among = self.heads[shown.layer]
        return self.inputs(run)[shown.layer].of_heads([among.index(it) for it in shown.heads])

    def _map(
        self, run: int, *, selected: LayerHeads, shown: Setting, keep_scores: bool
    ) -> AttentionMap:
        layer = self.source.facts.layers[selected.layer]
        inputs = self.inputs_of(selected, run)
        queries, keys = self.excerpt.axes(run)
        with exact_float32():
            return attention_map(
                inputs,
                site=self.source.facts.site(selected.layer),
                queries=queries,
                keys=keys,
                heads=selected.heads,
                n_head=layer.n_head if layer.knows_heads else None,
                shown=shown,
                trained=layer.trained.of_heads(selected.heads),
                mean=selected.mean,
                keep_scores=keep_scores,
            )


def check_lengths(excerpt: Excerpt | Sample) -> None:
    """Nothing where maps on the excerpts have a mean.

    Raises:
        ExcerptError: excerpts are of unlike lengths.
    """
    lengths, rows = excerpt.lengths, excerpt.origin.rows
    short, long = min(lengths), max(lengths)
    if short < long:
        told = [f"{n} tokens (row {rows[lengths.index(n)]})" for n in (short, long)]
        pooled = either(f"`figure: {name}`" for name in kinds_that_pool())
        raise ExcerptError(
            "excerpt.rows",
            f"maps of {' and of '.join(told)} have no mean",
            f"`length: {short}` cuts every row to that; {pooled} takes rows of any length",
        )


class LazyMaps(Iterable[AttentionMap]):
    """One map of a figure on each run of tokens, computed when it is asked for.

    Hundreds of maps would fill the memory, so that only the last one is kept.

    Args:
        make: computes the map of a run.
        count: how many runs there are.
        what: of what they are.
    """

    def __init__(self, make: Callable[[int], AttentionMap], count: int, *, what: str) -> None:
        self._make, self._count, self._what = lru_cache(maxsize=1)(make), count, what

    def __iter__(self) -> Iterator[AttentionMap]:
        return map(self._make, tracked(range(self._count), self._what, self._count, "excerpts"))
