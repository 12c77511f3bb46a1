"""Attention that was computed elsewhere: arrays with their tokens, as a source of figures."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from paperfig.engine.given_tokens import (
    Spelling,
    check_count,
    checked_text,
    unknown_among,
    with_text,
)
from paperfig.errors import AttentionError, CheckpointError, ExcerptError
from paperfig.maps.select import with_intervention
from paperfig.models.recorded.given import GivenArrays, Shape
from paperfig.models.recorded.reading import arrays_of, mask_of, read_recorded
from paperfig.models.recorded.source import RecordedSource
from paperfig.models.recorded.tokens import AXES
from paperfig.specs.mappings import spec_of
from paperfig.values.excerpt import Excerpt, Origin
from paperfig.values.tokens import Tokens

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
    tokens_as: Any = "tokenizer",
    tokenizer: Any = None,
    layer: Any = None,
    head: Any = None,
    axes: Any = None,
    batch: Any = None,
    mask: Any = None,
    causal: Any = None,
    learned_sink: Any = None,
    name: Any = None,
    text: Any = None,
    source: Any = None,
) -> RecordedSource:
    """What `paperfig.draw` is given, checked, as a source of figures.

    Raises:
        AttentionError: the arrays are no attention, or contradict what is said of them.
    """
    arrays = GivenArrays(
        weights,
        scores,
        learned_sink=learned_sink,
        layer=layer,
        head=head,
        axes=axes,
        batch=batch,
    )
    excerpt = given_excerpt(
        arrays.shape,
        tokens=tokens,
        key_tokens=key_tokens,
        tokens_as=tokens_as,
        tokenizer=tokenizer,
        batch=batch,
        text=text,
    )
    return arrays.source(
        excerpt,
        kappa=kappa,
        tau=tau,
        mask=given_mask(mask, excerpt.keys),
        causal=causal,
        name=checked_text(name, "name"),
        origin=checked_text(source, "source"),
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
    try:
        arrays = GivenArrays(**arrays_of(found), head=found.get("heads"), names_heads=True)
        of_tokens = ("tokens", "key_tokens", "tokens_as", "text")
        told = {key: found.get(key) for key in of_tokens}
        known = {axis: found[axis] for axis in AXES if axis in found}
        excerpt = given_excerpt(arrays.shape, **told, known=known)
        return arrays.source(
            excerpt,
            **{key: found.get(key) for key in ("kappa", "tau")},
            mask=mask_of(found),
            name=checked_text(found.get("name"), "name"),
            origin=checked_text(found.get("source"), "source"),
        )
    except (AttentionError, ExcerptError) as error:
        what = f"{error.where}: {error.what}"
        raise CheckpointError(where, what, error.remedy) from error


def given_excerpt(
    shape: Shape,
    *,
    tokens: Any = None,
    key_tokens: Any = None,
    tokens_as: Any = None,
    tokenizer: Any = None,
    batch: Any = None,
    text: Any = None,
    known: Mapping[str, Tokens] = MappingProxyType({}),
) -> Excerpt:
    """The tokens of queries and keys; those of the keys apart where they are of another text.

    Args:
        shape: how many there are.
        tokens: strings or ids of the queries, or of both.
        key_tokens: those of the keys, where they are of another text.
        tokens_as: how strings are spelled.
        tokenizer: of ids.
        batch: which sequence of a batch of ids.
        text: what the tokens of the queries are of.
        known: tokens of the axes ``query`` and ``key`` that are read already.

    Raises:
        PaperfigError: they are not as many as there are, or of no form that is known.
    """
    form = "tokenizer" if tokens_as is None else tokens_as
    spelling = Spelling(tokenizer=tokenizer, tokens_as=form, batch=batch)
    across = key_tokens is not None or "key" in known or shape.n_query != shape.n_key
    queries = known.get("query") or spelling.tokens(tokens, "tokens", shape.n_query)
    keys = known.get("key") or spelling.tokens(key_tokens, "key_tokens", shape.n_key)
    check_count(queries, "tokens", shape.n_query)
    if across:
        check_count(keys, "key_tokens", shape.n_key)
    return Excerpt(
        tokens=with_text(queries, checked_text(text, "text")),
        key_tokens=keys if across else None,
        origin=Origin(kind="given", tokenizer="none"),
        unknown=sum(
            unknown_among(axis) for axis in ((queries, keys) if across else (queries,))
        ),
    )


def given_mask(mask: Any, keys: Tokens) -> Any:
    """A mask as `masks.rule_for` takes it: of a spec's keys, what they make of a rule.

    Raises:
        AttentionError: it is a function.
        SpecError: they are no keys of a mask.
    """
    if callable(mask):
        right = "an array, or keys such as {'causal': False}, are right"
        raise AttentionError("mask", "it is a function", right)
    if not isinstance(mask, Mapping):
        return mask
    asked = spec_of(PLACEHOLDERS | {"mask": dict(mask)}, "mask").mask
    return (lambda rule: with_intervention(rule, asked, keys)) if mask else None
