"""What `paperfig show` tells of a spec: the excerpt, the setting, each head's statistics."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from paperfig.build.group import Group, Sources
from paperfig.spec.loader import load_specs
from paperfig.statistics.summary import summarise
from paperfig.values.figure import FigureData


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A figure's values and statistics.

    Attributes:
        name: the figure's.
        data: its values.
        statistics: one entry a drawn head.
    """

    name: str
    data: FigureData
    statistics: tuple[Mapping[str, Any], ...]


def look_at(root: Path, spec: Path, device: str) -> Iterator[Look]:
    """Computes each figure of a spec, and draws nothing."""
    sources = Sources(root, device)
    for named in load_specs(root, [spec]):
        data = Group([named.spec], sources).values(named.spec)
        statistics = tuple(
            line
            for attention in data.maps
            for line in summarise(attention, data.excerpt.token_ids)
        )
        yield Look(name=named.name, data=data, statistics=statistics)


def as_json(look: Look) -> dict[str, Any]:
    """The same for a script."""
    excerpt = look.data.excerpt
    return {
        "figure": look.name,
        "model": asdict(look.data.model),
        "excerpt": asdict(excerpt.origin)
        | {"text": excerpt.text, "unknown": excerpt.unknown}
        | {"tokens": excerpt.tokens, "token_ids": excerpt.token_ids.tolist()},
        "heads": look.statistics,
    }


def as_text(look: Look) -> str:
    """The same for a reader."""
    return "\n".join((f"[{look.name}]", *_excerpt(look.data), "", *_heads(look)))


def _excerpt(data: FigureData) -> Iterator[str]:
    excerpt, origin = data.excerpt, data.excerpt.origin
    places = (origin.dataset, origin.config, origin.split)
    source = " · ".join(place for place in places if place) or f"{origin.kind} of the spec"
    yield f"  From:    {source}"
    if excerpt.text is not None:
        yield f"  Text:    {' '.join(excerpt.text.split())}"
    yield f"  Length:  {len(excerpt.tokens)} tokens, tokenizer {origin.tokenizer}"
    yield f"  Tokens:  {' | '.join(_visible(token) for token in excerpt.tokens)}"
    yield f"  Model:   {data.model.name} ({data.model.family}, {data.model.n_layer} layers)"


def _heads(look: Look) -> Iterator[str]:
    if not look.statistics:
        return
    columns = list(look.statistics[0])
    rows = [columns] + [[_cell(line[name]) for name in columns] for line in look.statistics]
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield ("  " + "  ".join(cells)).rstrip()


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _visible(token: str) -> str:
    return token.strip().replace("\n", "⏎") or token.replace("\n", "⏎").replace(" ", "␣")
