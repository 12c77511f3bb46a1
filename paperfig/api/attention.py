"""Attention as a spec asks for it, without drawing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64

from paperfig.api.request import asked
from paperfig.engine.session import Session
from paperfig.errors import RequestError
from paperfig.kinds import kind_named
from paperfig.project.digests import Digests
from paperfig.values.attention import AttentionMap
from paperfig.values.codec import as_json


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attention(AttentionMap):
    """An `AttentionMap` that can tell its statistics.

    Attributes:
        token_ids: what the model was given, of several excerpts run by run; None where the
            attention was given without.
        numbers: the statistics of each head.
    """

    token_ids: Int64[np.ndarray, "*run token"] | None
    numbers: tuple[Mapping[str, Any], ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        """The display string of each key; of several excerpts together the positions."""
        return self.keys.labels

    def statistics(self) -> tuple[Mapping[str, Any], ...]:
        """One entry a head, as `paperfig show` prints them."""
        return self.numbers


def attention(
    spec: str | Path | Mapping[str, Any],
    *,
    root: str | Path | None = None,
    device: str = "auto",
    allow_adapters: bool = False,
) -> Attention:
    """The attention that a spec asks for; nothing is drawn or written.

    Args:
        spec: a spec's file or figure's name, or a mapping with a spec's keys.
        root: the project's root, which the spec's paths start from; found from the working
            folder where it is left out. A mapping needs no project: its paths start from the
            working folder where there is none.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:n``.
        allow_adapters: whether an adapter's code may be run, whatever the trust file says.

    Returns:
        ``weights`` and ``scores`` (head × query × key), ``mask`` (query × key), ``tokens``;
        of several excerpts the mean over them. ``scores`` is None where a model of the
        user's own gives weights only.

    Raises:
        PaperfigError: the spec, or what it names, is at fault.

    From the root of a project; where a figure of figspec/ asks for the same, its name will do:

    >>> head = attention(
    ...     {
    ...         "checkpoint": "demo/gauge.pt",
    ...         "excerpt": {"text": "The lighthouse stands where the land ends."},
    ...         "head": "L0H2",
    ...     },
    ...     device="cpu",
    ... )
    >>> head.labels, head.weights.shape == (1, len(head.tokens), len(head.tokens))
    (('L0H2',), True)
    >>> head.tokens[:3], head.statistics()[0]["class"]
    (('The', ' lighthouse', ' stands'), 'previous')
    """
    named, workspace = asked(spec, root)
    if kind_named(named.spec.figure).varies is not None:
        raise RequestError("figure", "it sets several maps side by side", "ask for each alone")
    session = Session(workspace, device, allow_adapters=allow_adapters)
    group = session.group([named.spec], Digests(workspace))
    kappa, layers = named.spec.kappa, ", ".join(map(str, group.heads))
    if isinstance(kappa, tuple) and len(kappa) > 1:
        raise RequestError("kappa", f"it names {len(kappa)} values", "name one")
    if len(group.heads) > 1:
        raise RequestError("head", f"it names heads of layers {layers}", "name one layer's")
    scored = all(inputs.has_scores for inputs in group.inputs().values())
    data = group.measured(named.spec, keep_scores=scored, whole=True)
    (only,) = data.maps
    values = {field.name: getattr(only, field.name) for field in fields(only)}
    return Attention(
        **values, token_ids=data.excerpt.token_ids, numbers=tuple(map(as_json, data.statistics))
    )
