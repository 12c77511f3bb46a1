"""The figures that share a forward pass, and the values that they show."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache, partial
from pathlib import Path

from paperfig.errors import AttentionError
from paperfig.excerpts.excerpt import read_excerpt
from paperfig.excerpts.tokenizers.choice import tokenizer_if_needed
from paperfig.maps.select import LayerHeads, select_heads, shown_settings
from paperfig.maps.softmax import attention_map
from paperfig.models.checkpoint import load_checkpoint
from paperfig.models.device import device_name, resolve_device
from paperfig.models.inputs import LayerInputs
from paperfig.models.source import AttentionSource
from paperfig.specs.kinds import KINDS
from paperfig.specs.schema import CheckpointSpec, FigureSpec
from paperfig.statistics.tables import measured
from paperfig.values.attention import AttentionMap
from paperfig.values.excerpt import Excerpt, Sample
from paperfig.values.figure import FigureData
from paperfig.values.model import Setting
from paperfig.values.site import Site


class Sources:
    """Checkpoints as attention sources, the last one kept loaded.

    Args:
        root: the project's root.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:n``.
        allow_adapters: whether adapters' code may be run, whatever the trust file says.
    """

    def __init__(self, root: Path, device: str, *, allow_adapters: bool = False) -> None:
        self.root, self._allow_adapters = root, allow_adapters
        self.device = resolve_device(device)
        self._last: tuple[CheckpointSpec, AttentionSource] | None = None

    @property
    def device_name(self) -> str:
        """What computes: the card's name, or cpu."""
        return device_name(self.device)

    def of(self, checkpoint: CheckpointSpec) -> AttentionSource:
        """The checkpoint's source, loaded unless it was the last one asked for."""
        if self._last is None or self._last[0] != checkpoint:
            self._last = None
            source = load_checkpoint(
                checkpoint,
                root=self.root,
                device=self.device,
                allow_adapters=self._allow_adapters,
            )
            self._last = (checkpoint, source)
        return self._last[1]


class Group:
    """Figures with one checkpoint, tokenizer and excerpt: one load, a forward pass a run.

    Args:
        specs: the figures' specs.
        sources: where checkpoints come from.
    """

    def __init__(self, specs: Iterable[FigureSpec], sources: Sources) -> None:
        self.specs = tuple(specs)
        self._sources = sources
        self._inputs: dict[int, Mapping[int, LayerInputs]] = {}

    @cached_property
    def source(self) -> AttentionSource:
        """The loaded checkpoint."""
        return self._sources.of(self.specs[0].checkpoint)

    @cached_property
    def excerpt(self) -> Excerpt | Sample:
        """The excerpt, or the several, that all figures of the group show."""
        spec, facts, root = self.specs[0], self.source.facts, self._sources.root
        checkpoint = None if spec.checkpoint.path is None else root / spec.checkpoint.path
        return read_excerpt(
            spec.excerpt,
            tokenizer_if_needed(spec.tokenizer, spec.excerpt, checkpoint=checkpoint, root=root),
            root=root,
            context=facts.context,
            vocab_size=facts.vocab_size,
            trained_on_clean=facts.trained_on_clean,
        )

    @cached_property
    def heads(self) -> Mapping[int, tuple[int, ...]]:
        """The heads of each layer that any figure of the group shows, in order."""
        heads: dict[int, set[int]] = {}
        for spec in self.specs:
            try:
                panels = select_heads(spec, self.source.facts)
            except AttentionError:
                continue  # that figure's own fault, raised when it is built
            for panel in panels:
                heads.setdefault(panel.layer, set()).update(panel.heads)
        return {layer: tuple(sorted(heads[layer])) for layer in sorted(heads)}

    def inputs(self, run: int = 0) -> Mapping[int, LayerInputs]:
        """What the attention of every head shown is made from, computed when first asked.

        So a fault of the first run's maps is told before the others are computed.
        """
        if run not in self._inputs:
            ids = self.excerpt.runs[run]
            self._inputs[run] = self.source.layer_inputs(ids, self.heads)
        return self._inputs[run]

    def values(self, spec: FigureSpec, *, keep_scores: bool = False) -> FigureData:
        """The values of one figure of the group.

        Args:
            spec: the figure's.
            keep_scores: whether the maps keep their scores, whatever the kind draws.
        """
        keep_scores = keep_scores or KINDS[spec.figure].scores
        return measured(
            spec.figure,
            self.maps(spec, keep_scores=keep_scores),
            excerpt=self.excerpt,
            model=self.source.facts,
        )

    def maps(self, spec: FigureSpec, *, keep_scores: bool = False) -> list["Runs"]:
        """An entry a layer, and where κ is swept, one for each κ; their scores once."""
        found = []
        for panel in select_heads(spec, self.source.facts):
            layer = self.source.facts.layers[panel.layer]
            settings = shown_settings(spec, layer.trained, layer.n_head)
            for index, shown in enumerate(settings):
                make = partial(
                    self._map,
                    panel=panel,
                    shown=shown.of_heads(panel.heads),
                    keep_scores=keep_scores and index == 0,
                )
                found.append(Runs(make, len(self.excerpt.runs)))
        return found

    def places(self, shown: LayerHeads | AttentionMap) -> list[int]:
        """Where the heads of a layer stand among those of `inputs`."""
        return [self.heads[shown.layer].index(head) for head in shown.heads]

    def _map(
        self, run: int, *, panel: LayerHeads, shown: Setting, keep_scores: bool
    ) -> AttentionMap:
        layer = self.source.facts.layers[panel.layer]
        return attention_map(
            self.inputs(run)[panel.layer].of_heads(self.places(panel)),
            site=Site(panel.layer),
            queries=self.excerpt.tokens,
            keys=self.excerpt.tokens,
            heads=panel.heads,
            n_head=layer.n_head,
            shown=shown,
            trained=layer.trained.of_heads(panel.heads),
            mean=panel.mean,
            keep_scores=keep_scores,
        )


class Runs(Iterable[AttentionMap]):
    """One map of a figure on each run of tokens, made when it is asked for, each time anew.

    Hundreds of them would fill the memory; the last one is kept.

    Args:
        make: the map of a run.
        count: how many runs there are.
    """

    def __init__(self, make: Callable[[int], AttentionMap], count: int) -> None:
        self._make, self._count = lru_cache(maxsize=1)(make), count

    def __iter__(self) -> Iterator[AttentionMap]:
        return map(self._make, range(self._count))
