"""All that one figure shows, and its deterministic file form."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

import numpy as np

from paperfig.values.attention import AttentionMap
from paperfig.values.excerpt import Excerpt, Origin, Sample
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting

FORMAT = 2
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SETTINGS = ("shown", "trained")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FigureData:
    """The values of one figure: what is drawn and what the caption may say.

    Attributes:
        kind: the figure kind (``map`` …).
        maps: the attention in the order in which it is drawn, one entry for heads of a
            layer that follow each other, or in a sweep one for each κ, of which the first
            has the scores; of several excerpts their mean.
        excerpt: what the model was given.
        model: what the checkpoint says of itself.
        statistics: the numbers of each head of each map by name, as JSON can hold them.
        table: statistics by column name, for kinds that draw them; else None.
    """

    kind: str
    maps: tuple[AttentionMap, ...]
    excerpt: Excerpt | Sample
    model: ModelFacts
    statistics: tuple[Mapping[str, Any], ...] = ()
    table: Mapping[str, tuple[float, ...]] | None = None

    @property
    def of_heads(self) -> tuple[tuple[AttentionMap, ...], ...]:
        """The maps of the same heads: one, or one for each κ of a sweep."""
        same = groupby(self.maps, key=lambda attention: (attention.layer, attention.heads))
        return tuple(tuple(maps) for _, maps in same)


def to_npz(data: FigureData) -> bytes:
    """The figure's values as an ``.npz`` file, the same bytes for the same values."""
    arrays: dict[str, np.ndarray] = {"token_ids": data.excerpt.token_ids}
    for index, attention in enumerate(data.maps):
        arrays[f"weights_{index}"] = attention.weights
        arrays[f"mask_{index}"] = attention.mask
        if attention.scores is not None:
            arrays[f"scores_{index}"] = attention.scores
    for name, column in (data.table or {}).items():
        arrays[f"table_{name}"] = np.array(column, dtype=np.float64)
    facts = json.dumps(_facts(data), sort_keys=True, ensure_ascii=True)
    arrays["facts"] = np.frombuffer(facts.encode("ascii"), dtype=np.uint8)
    return _zip(arrays)


def from_npz(content: bytes) -> FigureData:
    """The figure's values out of `to_npz`'s bytes.

    Raises:
        ValueError: the bytes are not such a file, or of another format's version.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        facts = json.loads(arrays["facts"].tobytes())
    except (zipfile.BadZipFile, KeyError, OSError, EOFError) as error:
        raise ValueError("not a figure's values") from error
    if facts["format"] != FORMAT:
        raise ValueError(f"format {facts['format']}; this version reads format {FORMAT}")
    return _figure(facts, arrays)


def _facts(data: FigureData) -> dict[str, Any]:
    excerpt, drawn = data.excerpt, ("layer", "heads", "n_head", "mean", "tokens")
    return {
        "format": FORMAT,
        "kind": data.kind,
        "table": data.table and list(data.table),
        "statistics": data.statistics,
        "model": asdict(data.model),
        "excerpt": {
            "tokens": excerpt.tokens,
            "text": excerpt.text,
            "unknown": excerpt.unknown,
            "origin": asdict(excerpt.origin),
        },
        "maps": [
            {name: getattr(attention, name) for name in drawn}
            | {name: asdict(getattr(attention, name)) for name in _SETTINGS}
            for attention in data.maps
        ],
    }


def _figure(facts: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> FigureData:
    table = facts["table"]
    return FigureData(
        kind=facts["kind"],
        maps=tuple(_map(entry, index, arrays) for index, entry in enumerate(facts["maps"])),
        excerpt=_excerpt(facts["excerpt"], arrays["token_ids"]),
        model=_model(facts["model"]),
        statistics=tuple(facts["statistics"]),
        table=table and {name: tuple(arrays[f"table_{name}"].tolist()) for name in table},
    )


def _excerpt(entry: dict[str, Any], token_ids: np.ndarray) -> Excerpt | Sample:
    origin = Origin(**entry["origin"] | {"starts": tuple(entry["origin"]["starts"])})
    if token_ids.ndim > 1:
        return Sample(token_ids=token_ids, origin=origin, unknown=entry["unknown"])
    return Excerpt(
        token_ids=token_ids,
        tokens=tuple(entry["tokens"]),
        text=entry["text"],
        unknown=entry["unknown"],
        origin=origin,
    )


def _map(entry: dict[str, Any], index: int, arrays: Mapping[str, np.ndarray]) -> AttentionMap:
    entry = entry | {"tokens": tuple(entry["tokens"]), "heads": tuple(entry["heads"])}
    entry |= {name: _setting(entry[name]) for name in _SETTINGS}
    return AttentionMap(
        weights=arrays[f"weights_{index}"],
        mask=arrays[f"mask_{index}"],
        scores=arrays.get(f"scores_{index}"),
        **entry,
    )


def _model(entry: dict[str, Any]) -> ModelFacts:
    layers = tuple(
        LayerFacts(head_dims=tuple(layer["head_dims"]), trained=_setting(layer["trained"]))
        for layer in entry["layers"]
    )
    lists = {name: tuple(entry[name]) for name in ("defaults", "declared", "notes")}
    return ModelFacts(**entry | {"layers": layers} | lists)


def _setting(entry: dict[str, Any]) -> Setting:
    mask = entry["mask"] | {"hide_keys": tuple(entry["mask"]["hide_keys"])}
    per_head = {
        name: None if entry[name] is None else tuple(entry[name])
        for name in ("kappa", "tau_factor")
    }
    return Setting(**entry | per_head | {"mask": MaskRule(**mask)})


def _zip(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An ``.npz`` with fixed dates and order, deflated (numpy's own holds no promise)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(arrays[name]))
            archive.writestr(member, content.getvalue(), compresslevel=6)
    return stream.getvalue()
