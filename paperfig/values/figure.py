"""All that one figure shows, and its deterministic file form.

>>> from paperfig.values.excerpt import Origin
>>> from paperfig.values.tokens import Tokens
>>> model = ModelFacts(name="demo", family="gpt", layers=(), vocab_size=512, context=None)
>>> excerpt = Excerpt(
...     tokens=Tokens(labels=("The",), ids=np.array([464]), text="The"),
...     origin=Origin(kind="text", tokenizer="gpt2"),
... )
>>> table = {"entropy": NamedArray(values=np.array([0.25]), axes=("query",))}
>>> variant = Variant(model=model, excerpt=excerpt)
>>> data = FigureData(kind="map", variants=(variant,), maps=(), table=table)
>>> read = from_npz(to_npz(data))
>>> read.model.name, read.excerpt.text, read.table["entropy"].values.tolist()
('demo', 'The', [0.25])
"""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from tokenize import TokenError

import numpy as np
from jaxtyping import Float64

from paperfig.values.attention import AttentionMap, HeadMap, SignedMap
from paperfig.values.codec import FormatError, decode, encode
from paperfig.values.excerpt import Excerpt, Sample
from paperfig.values.model import ModelFacts
from paperfig.values.reduced import ReducedMap
from paperfig.values.statistics import HeadStatistics
from paperfig.values.variant import Variant

FORMAT = 4
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FACTS = "facts"
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(LookupError, RecursionError, TypeError, ValueError),
    *(SyntaxError, TokenError, MemoryError),
)
"""What numpy, zipfile and json raise where bytes are no such file."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NamedArray:
    """Numbers along axes that have names.

    Attributes:
        values: NaN for what there is no number of.
        axes: the name of each axis: ``query``, ``head``, ``layer`` …
    """

    values: Float64[np.ndarray, "..."]
    axes: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.values.ndim != len(self.axes):
            raise ValueError(f"{len(self.axes)} axes for values of shape {self.values.shape}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FigureData:
    """The values of one figure: what is drawn and what the caption may say.

    Attributes:
        kind: the figure kind (``map`` …).
        variants: what the maps are of; one where nothing is compared.
        maps: the attention in the order in which it is drawn, one entry for heads of a
            layer that follow each other, or in a sweep one for each κ, of which the first
            has the scores; of several excerpts their mean.
        signed: the values of either sign that are drawn, likewise; they need no ``maps``.
        reduced: what is kept of the maps in kinds that draw none of them whole, likewise in
            their place.
        statistics: the numbers of each head of each of ``maps`` or ``reduced``, in their
            order.
        table: the numbers that the kind draws besides, by name.

    Raises:
        ValueError: there is no variant, two have one label, or a map is of none of them.
    """

    kind: str
    variants: tuple[Variant, ...]
    maps: tuple[AttentionMap, ...]
    signed: tuple[SignedMap, ...] = ()
    reduced: tuple[ReducedMap, ...] = ()
    statistics: tuple[HeadStatistics, ...] = ()
    table: Mapping[str, NamedArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        labels = [variant.label for variant in self.variants]
        if not labels or len(set(labels)) < len(labels):
            raise ValueError(f"variants have a label each, of their own; these are {labels}")
        for each in self.shown:
            if each.variant not in labels:
                raise ValueError(f"a map is of variant {each.variant!r}; {labels} exist")

    @property
    def model(self) -> ModelFacts:
        """The model of the only variant, or of the first."""
        return self.variants[0].model

    @property
    def excerpt(self) -> Excerpt | Sample:
        """The excerpt of the only variant, or of the first."""
        return self.variants[0].excerpt

    @property
    def shown(self) -> tuple[HeadMap, ...]:
        """All that is shown, in the order in which it is drawn."""
        return (*self.maps, *self.signed, *self.reduced)

    @property
    def of_heads(self) -> tuple[tuple[AttentionMap, ...], ...]:
        """The maps of the same heads of a variant: one, or one for each κ of a sweep."""
        same = groupby(self.maps, key=lambda each: (each.variant, each.site, each.heads))
        return tuple(tuple(maps) for _, maps in same)

    @property
    def one_of_heads(self) -> tuple[HeadMap, ...]:
        """The first map of the same heads of a variant; signed or reduced ones likewise."""
        return (*(maps[0] for maps in self.of_heads), *self.signed, *self.reduced)

    def irreps_of(self, shown: HeadMap) -> tuple[int, ...] | None:
        """ℓ of each head of a map; None where its heads are not known to be irreps."""
        models = {variant.label: variant.model for variant in self.variants}
        layers = models[shown.variant].layers[shown.layer : shown.layer + 1]
        spins = layers[0].irreps if layers else None
        return None if spins is None else tuple(spins[head] for head in shown.heads)


def to_npz(data: FigureData) -> bytes:
    """The figure's values as an ``.npz`` file, the same bytes for the same values.

    Its arrays bear the names of their places (``maps.0.weights``); all else is JSON in the
    bytes of ``facts``.
    """
    content, arrays = encode(data)
    facts = json.dumps({"format": FORMAT, "figure": content}, sort_keys=True, ensure_ascii=True)
    return npz_bytes(arrays | {_FACTS: np.frombuffer(facts.encode("ascii"), dtype=np.uint8)})


def from_npz(content: bytes) -> FigureData:
    """The figure's values out of `to_npz`'s bytes.

    Raises:
        FormatError: the bytes are no such file, or of another version's format.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        facts = json.loads(arrays.pop(_FACTS).tobytes())
        written = facts["format"]
    except _UNREADABLE as error:
        raise FormatError("they are no figure's values") from error
    if written != FORMAT:
        raise FormatError(f"they are of format {written}; this version reads format {FORMAT}")
    return decode(FigureData, facts["figure"], arrays)


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An ``.npz`` with fixed dates and order, deflated (numpy's own holds no promise)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(arrays[name], order="C"))
            archive.writestr(member, content.getvalue(), compresslevel=6)
    return stream.getvalue()
