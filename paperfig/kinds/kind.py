"""What a figure kind says of itself, before anything of it is drawn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

CAPTION_LENGTH = 600
"""Characters of a caption, where a kind says nothing else."""

BENT = ("scale: sqrt", "scale: log")
"""What kinds take whose colours show weights, evenly or not."""

CORNERS = ("annotate: entropy", "annotate: class", "annotate: row_std")
"""What kinds take whose panels may bear numbers of their heads."""


class Key(NamedTuple):
    """A key that specs of one kind take, besides those that specs of every kind take.

    Attributes:
        name: as specs write it; ``draw`` and ``table`` take its value under this name.
        type: of its values, made of `paperfig.kinds.fields`.
        description: what it means, for the reference and for editors.
        required: whether each spec of the kind gives it.
        default: its value where it is left out.
        unset: what the reference says of that, where ``default`` does not.
        goes_with: the key of the kind without which it means nothing.
    """

    name: str
    type: Any
    description: str
    required: bool = False
    default: Any = None
    unset: str = ""
    goes_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A figure kind: what specs, engine, reference and captions need to know of it.

    What it does is in its folder ``paperfig/kinds/NAME/`` and is loaded when it is used:
    ``draw.py``, ``caption.tex.j2`` (its macros ``subject`` and ``alt`` begin the short caption,
    and are the alternative text) and, where it draws numbers besides the maps, ``table.py``;
    where it draws no map whole, ``reduce.py``; where it sets models or texts side by side,
    ``variants.py``.

    Attributes:
        name: as specs write it, and the name of its folder.
        shows: what its figures show, for the reference.
        keys: those that only its specs take.
        head: the heads shown where the spec names none; None where it has to name them.
        every_layer: whether it shows those of every layer where the spec names none, each head
            on its own.
        one_layer: whether it shows the heads of one layer, each of them on its own.
        scores: whether it shows scores.
        signed: whether it also shows values of either sign in the place of attention.
        sweeps: keys that may be a list, of which each value is shown.
        averages: whether it shows the mean over several excerpts, or statistics over them.
        pools: whether these may be of unlike lengths, since it shows no map; or the key of its
            own with which it shows none.
        caption_length: how many characters its default caption has at most, by an upper
            estimate: figures leave room for them.
        varies: the key of its own that says what it sets side by side, where it does: by label
            the keys that differ, or values of ``gives``.
        gives: the key of every kind that ``varies`` holds one value of for each variant; its
            specs need not give it.
        in_training: whether a training loop draws it, of each layer.
        takes: what of the style it takes and not every kind does: a key, ``columns``, or one
            value of a key, ``colorbar: right``.
        facts: what only its drawing decides, by the names that templates have it under in
            ``drawn``, and what each means.
    """

    name: str
    shows: str
    keys: tuple[Key, ...] = ()
    head: str | None = None
    every_layer: bool = False
    one_layer: bool = False
    scores: bool = False
    signed: bool = False
    sweeps: tuple[str, ...] = ()
    averages: bool = False
    pools: bool | str = False
    varies: str | None = None
    gives: str | None = None
    in_training: bool = False
    takes: tuple[str, ...] = ()
    caption_length: int = CAPTION_LENGTH
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> tuple[str, ...]:
        """The names of its own keys that say how it is drawn, not what is set side by side."""
        return tuple(key.name for key in self.keys if key.name != self.varies)

    def shows_maps(self, own: Mapping[str, Any]) -> bool:
        """Whether it shows maps, by the values of its own keys: then texts are equally long."""
        if isinstance(self.pools, str):
            return own[self.pools] is None
        return not self.pools

    @property
    def draw(self) -> Callable[..., Any]:
        """``draw(data, page, **keys)``: the figure, and what its drawing decided."""
        function: Callable[..., Any] = import_module(self._module("draw")).draw
        return function

    @property
    def table(self) -> Callable[..., Any] | None:
        """``table(data, **keys)``: the columns that it draws, by name; None without any."""
        return self._function_if_any("table")

    @property
    def reduce(self) -> Callable[..., Any] | None:
        """``reduce(mean, runs, n_shown, **keys)``: what is kept of the map of a layer's heads.

        ``mean`` is over excerpts, or without weights where these are of unlike lengths;
        ``runs`` gives the map on each of them, and ``n_shown`` is how many heads the whole
        figure shows. None where maps are kept as they are.
        """
        return self._function_if_any("reduce")

    @property
    def variants(self) -> Callable[..., Any] | None:
        """``variants(spec, root, known)``: a whole spec for each that it sets side by side.

        By their labels; ``known`` are the paths of files that were there when it was recorded.
        None where it compares nothing.
        """
        return self._function_if_any("variants")

    @property
    def caption(self) -> Path:
        """The template of its caption."""
        return Path(__file__).parent / self.name / "caption.tex.j2"

    def _function_if_any(self, name: str) -> Callable[..., Any] | None:
        """The function of that name in the module of that name, where the kind has one."""
        if find_spec(self._module(name)) is None:
            return None
        function: Callable[..., Any] = getattr(import_module(self._module(name)), name)
        return function

    def _module(self, name: str) -> str:
        return f"{__package__}.{self.name}.{name}"
