"""What `paperfig show` says of a model and of the text that it was given."""

from collections.abc import Iterator
from textwrap import wrap

from paperfig.values.excerpt import Excerpt, Origin, Sample
from paperfig.values.model import ModelFacts
from paperfig.values.numbers import tokens_counted

WIDTH = 100
LINES = 12
"""Columns of a line, and lines of the text and of the tokens at most."""

_VISIBLE = {" ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥"}


def input_lines(model: ModelFacts, excerpt: Excerpt | Sample) -> Iterator[str]:
    """Where the text is from, the text and its tokens, and the model."""
    elsewhere = model.weights_source or "computed elsewhere"
    yield from labelled("From:", elsewhere if model.computed_elsewhere else _source(excerpt))
    if excerpt.text is not None:
        yield from labelled("Text:", " ".join(excerpt.text.split()))
    yield from labelled("Length:", _length(excerpt))
    if not excerpt.is_sampled:
        yield from labelled("Tokens:", " | ".join(_tokens(excerpt)))
    yield from labelled("Model:", _model(model))


def labelled(name: str, text: str) -> list[str]:
    """Lines with a name in front, the following ones indented."""
    return wrap(
        f"  {name:<8} {text}",
        WIDTH,
        subsequent_indent=" " * 11,
        break_on_hyphens=False,
        drop_whitespace=True,
        max_lines=LINES,
        placeholder=" …",
    )


def _model(model: ModelFacts) -> str:
    """Its name, family and layers, as far as they are known."""
    if not model.computed_elsewhere:
        layers = f"{model.n_layer} layer{'s' if model.n_layer > 1 else ''}"
        step = "" if model.step is None else f", step {model.step}"
        return f"{model.name} ({model.family}, {layers}{step})"
    name = model.name if model.is_named else "not named"
    there = [str(model.site(layer)) for layer in model.there if str(model.site(layer))]
    return f"{name} (recorded{', ' if there else ''}{', '.join(there)})"


def _length(excerpt: Excerpt | Sample) -> str:
    length, several = len(excerpt.tokens), excerpt.is_sampled
    tokens = tokens_counted(1, min(excerpt.lengths), length) + (" each" if several else "")
    if excerpt.origin.special_tokens:
        tokens += f", of them {' '.join(excerpt.origin.special_tokens)}"
    if excerpt.unknown:
        tokens += f", {'in all ' if several else ''}{excerpt.unknown} of them unknown"
    if len(excerpt.keys) != length:
        tokens += f", {len(excerpt.keys)} keys"
    tokenizer = excerpt.origin.tokenizer
    return tokens if tokenizer == "none" else f"{tokens}, tokenizer {tokenizer}"


def _source(excerpt: Excerpt | Sample) -> str:
    """Where the sequence is from, or the several."""
    origin, several = excerpt.origin, excerpt.is_sampled
    if origin.kind == "random":
        repeated = f", {origin.repeat} times over" if (origin.repeat or 1) > 1 else ""
        drawn = f", drawn {len(excerpt.runs)} times" if several else ""
        return f"random ids, seed {origin.seed}{repeated}{drawn}"
    if origin.kind != "dataset":
        return f"given {origin.kind}"
    parts = [origin.dataset, origin.config, origin.split]
    if origin.rows:
        parts.append(_rows(origin))
    elif several:
        parts.append(f"{len(excerpt.runs)} excerpts without overlap, seed {origin.seed}")
    if origin.row is not None:
        parts.append(f"row {origin.row}")
    if origin.find is not None:
        parts.append(f"where {origin.find!r} is found")
    if origin.start is not None:
        parts.append(f"from token {origin.start}")
    return " · ".join(part for part in parts if part)


def _rows(origin: Origin) -> str:
    """Which rows were read, and how many of them had no text."""
    ends = origin.row_range
    which = "all rows" if ends is None else f"rows {ends[0]} to {ends[1]}"
    blank = f", {origin.blank_rows} blank left out" if origin.blank_rows else ""
    return f"{which}: {len(origin.rows)} excerpts{blank}"


def _tokens(excerpt: Excerpt | Sample) -> Iterator[str]:
    for token in excerpt.tokens.labels:
        shown = token.replace(" ", "␣")
        yield "".join(_VISIBLE.get(mark) or _printable(mark) for mark in shown)


def _printable(mark: str) -> str:
    return mark if mark.isprintable() else f"<U+{ord(mark):04X}>"
