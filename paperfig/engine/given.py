"""Attention that was computed elsewhere: arrays with their tokens, as a source of figures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import Any, Literal

import numpy as np

from paperfig.errors import AttentionError
from paperfig.excerpts.in_memory import excerpt_of, first_sequence
from paperfig.excerpts.spelling import spelled
from paperfig.maps.select import with_intervention
from paperfig.models.recorded.files import read_recorded, tokens_of
from paperfig.models.recorded.given import GivenArrays, Shape
from paperfig.models.recorded.source import RecordedSource
from paperfig.specs.mappings import spec_of
from paperfig.values.excerpt import Excerpt, Origin
from paperfig.values.tokens import Tokens, positions

_AXES = ("query", "key")
_MATRICES = 3
"""Axes of the heads of one layer; with one more there are several layers."""

PLACEHOLDERS: dict[str, Any] = {"checkpoint": {"recorded": "in memory"}, "head": "all"}
"""Keys that every spec needs; of attention in memory they name nothing."""


def given_source(
    weights: Any = None,
    *,
    scores: Any = None,
    kappa: Any = None,
    tau: Any = None,
    tokens: Any = None,
    key_tokens: Any = None,
    tokens_as: Literal["tokenizer", "text"] = "tokenizer",
    tokenizer: Any = None,
    layer: int | None = None,
    head: int | Sequence[int] | None = None,
    axes: str | None = None,
    batch: int | None = None,
    mask: Any = None,
    causal: bool | None = None,
    learned_sink: Any = None,
    name: str | None = None,
    text: str | None = None,
    source: str | None = None,
) -> RecordedSource:
    """What `paperfig.draw` is given, checked, as a source of figures.

    Raises:
        AttentionError: the arrays are no attention, or contradict what is said of them.
    """
    arrays = GivenArrays(weights, scores, layer=layer, head=head, axes=axes, batch=batch)
    excerpt = given_excerpt(
        arrays.shape,
        tokens=tokens,
        key_tokens=key_tokens,
        tokens_as=tokens_as,
        tokenizer=tokenizer,
        text=text,
    )
    return arrays.source(
        excerpt,
        kappa=kappa,
        tau=tau,
        mask=given_mask(mask, excerpt.keys),
        causal=causal,
        learned_sink=learned_sink,
        name=name,
        origin=source,
    )


def read_source(path: Path, *, where: str) -> RecordedSource:
    """What a file of attention holds, as a source of figures.

    Args:
        path: of a .npz or .safetensors file.
        where: what messages call it.

    Raises:
        PaperfigError: it cannot be read, or holds no attention.
    """
    found = read_recorded(path, where=where)
    tokens = {
        name: known
        for axis, name in (("query", "tokens"), ("key", "key_tokens"))
        if (known := tokens_of(found, axis, where=where)) is not None
    }
    layer = found.pop("layer", None)
    several: dict[str, Mapping[int, Any]] = {}
    for key in ("weights", "scores"):
        if key in found and np.ndim(found[key]) > _MATRICES:
            numbers = range(len(found[key])) if layer is None else np.ravel(layer).tolist()
            several[key] = dict(zip(numbers, found[key], strict=False))
    heads = found.pop("heads", None)
    others = {key: value for key, value in found.items() if key not in _AXES}
    return given_source(
        **{**others, **several, **tokens},
        layer=int(layer) if layer is not None and not several else None,
        head=None if heads is None else np.ravel(heads).tolist(),
    )


def given_excerpt(
    shape: Shape,
    *,
    tokens: Any,
    key_tokens: Any,
    tokens_as: Literal["tokenizer", "text"],
    tokenizer: Any,
    text: str | None,
) -> Excerpt:
    """The tokens of queries and keys; those of the keys apart where they are of another text.

    Raises:
        AttentionError: they are not as many as there are, or of no form that is known.
    """
    spelling, across = (tokenizer, tokens_as), key_tokens is not None
    across = across or shape.n_query != shape.n_key
    keys = _tokens(key_tokens, shape.n_key, "key_tokens", spelling, None) if across else None
    return Excerpt(
        tokens=_tokens(tokens, shape.n_query, "tokens", spelling, text),
        key_tokens=keys,
        origin=Origin(kind="given", tokenizer="none"),
    )


def given_mask(mask: Any, keys: Tokens) -> Any:
    """A mask as `masks.rule_for` takes it: of a spec's keys, what they make of a rule.

    Raises:
        SpecError: they are no keys of a mask.
    """
    if not isinstance(mask, Mapping):
        return mask
    asked = spec_of(PLACEHOLDERS | {"mask": dict(mask)}, "mask").mask
    return lambda rule: with_intervention(rule, asked, keys)


def _tokens(
    given: Any, count: int, where: str, spelling: tuple[Any, Any], text: str | None
) -> Tokens:
    """The tokens of an axis; its positions where none are given.

    Raises:
        AttentionError: they are not as many as the axis has, or of no form that is known.
    """
    tokenizer, tokens_as = spelling
    if given is None:
        if text is not None:
            right = "give the tokens too"
            raise AttentionError("text", "its tokens are not known", right)
        return positions(count)
    if isinstance(given, Tokens):
        found = given
    elif _are_ids(given):
        found = excerpt_of(first_sequence(given, where=where), tokenizer).tokens
    else:
        found = spelled(given, tokens_as, where=where)
    if len(found) != count:
        axis = "keys" if where == "key_tokens" else "queries"
        what = f"{len(found)} for {count} {axis}"
        raise AttentionError(where, what, "one for each is right")
    return found if text is None else _with_text(found, text)


def _are_ids(given: Any) -> bool:
    """Whether what was given are numbers, and not texts."""
    first = given
    while isinstance(first, tuple | list) and first:
        first = first[0]
    if isinstance(first, str):
        return False
    kind = getattr(first, "dtype", None)
    return isinstance(first, Integral) or (kind is not None and "int" in str(kind))


def _with_text(tokens: Tokens, text: str) -> Tokens:
    """The tokens with a text of which nothing says where each of them lies."""
    return tokens if tokens.text == text else replace(tokens, text=text, offsets=None)
