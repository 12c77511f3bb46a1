"""Attention that was computed elsewhere: arrays with their tokens, as a source of figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from paperfig.engine.given_tokens import Spelling, checked_text, with_text
from paperfig.errors import AttentionError, CheckpointError, ExcerptError
from paperfig.maps.select import with_intervention
from paperfig.models.recorded.reading import arrays_of, read_recorded
from paperfig.models.recorded.given import GivenArrays
from paperfig.models.recorded.source import RecordedSource
from paperfig.specs.loader import spec_of
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
    arrays = GivenArrays(
        weights,
        scores,
        learned_sink=learned_sink,
        layer=layer,
        head=head,
        axes=axes,
        batch=batch,
    )
    return _source(
        arrays,
        Spelling(tokenizer=tokenizer, tokens_as=tokens_as, batch=batch),
        {"tokens": tokens, "key_tokens": key_tokens},
        {"name": name, "text": text, "source": source},
        {"kappa": kappa, "tau": tau, "mask": mask, "causal": causal},
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
        return _source(
            GivenArrays(**arrays_of(found), head=found.get("heads"), names_heads=True),
            Spelling(tokens_as=found.get("tokens_as", "tokenizer")),
            {key: found.get(key) for key in ("tokens", "key_tokens")},
            {key: found.get(key) for key in ("name", "text", "source")},
            {key: found.get(key) for key in ("kappa", "tau", "mask")},
        )
    except (AttentionError, ExcerptError) as error:
        what = f"{error.where}: {error.what}"
        raise CheckpointError(where, what, error.remedy) from error


def _source(
    arrays: GivenArrays,
    spelling: Spelling,
    tokens: Mapping[str, Any],
    texts: Mapping[str, Any],
    said: Mapping[str, Any],
) -> RecordedSource:
    """The arrays with their tokens, and all that is said of them.

    Args:
        arrays: weights and scores.
        spelling: how the tokens are told.
        tokens: ``tokens`` of the queries and ``key_tokens``, where they are given.
        texts: ``name``, ``text`` and ``source``, where they are given.
        said: κ, τ and the mask.
    """
    known = {where: checked_text(given, where) for where, given in texts.items()}
    n_query, n_key = arrays.shape
    queries = spelling.tokens(tokens["tokens"], n_query, "tokens")
    keys = None
    if tokens["key_tokens"] is not None or n_query != n_key:
        keys = spelling.tokens(tokens["key_tokens"], n_key, "key_tokens")
    excerpt = Excerpt(
        tokens=with_text(queries, known["text"]),
        key_tokens=keys,
        origin=Origin(kind="given", tokenizer="none"),
    )
    mask = _said_mask(said["mask"], excerpt.keys)
    return arrays.source(
        excerpt, **{**said, "mask": mask}, name=known["name"], origin=known["source"]
    )


def _said_mask(mask: Any, keys: Tokens) -> Any:
    """An array as it is; keys of a spec's as what they make of a rule; nothing for no keys.

    Raises:
        PaperfigError: it is neither, or says what no mask can be.
    """
    if callable(mask):
        right = "an array, or keys such as {'causal': False}, are right"
        raise AttentionError("mask", "it is a function", right)
    if not isinstance(mask, Mapping):
        return mask
    asked = spec_of(PLACEHOLDERS | {"mask": dict(mask)}).mask
    return (lambda rule: with_intervention(rule, asked, keys)) if mask else None
