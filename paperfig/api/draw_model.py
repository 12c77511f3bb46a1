"""A figure of a model that the program holds."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from paperfig.api.figure import Figure
from paperfig.api.sources import asked_of, figure_of_source
from paperfig.engine.in_memory import in_memory
from paperfig.excerpts.in_memory import only_rows
from paperfig.kinds import DEFAULT, kind_named
from paperfig.models.as_found import random_numbers_kept


def draw_model(
    model: Any,
    ids: Any,
    *,
    tokenizer: Any = None,
    layer: int | None = None,
    head: int | Sequence[int] | Literal["all", "mean"] | None = None,
    attention: str = "self",
    mask: Mapping[str, Any] | None = None,
    name: str | None = None,
    figure: str = DEFAULT.name,
    style: Mapping[str, Any] | None = None,
    caption: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Figure:
    r"""A figure of the attention of a model that the program holds.

    The model is run once, now, without gradients and in eval mode, where it lies and in its
    own type, no further than the layer that is drawn; it is left as it was found: its modes,
    hooks and configuration, the random numbers, the grad mode.

    Args:
        model: a model of transformers; or a torch module with ``forward_with_attention(ids)``
            or V3's ``attention_maps``; with the name of its attention any that is called as
            ``model(ids)``. It may be wrapped by DataParallel or torch.compile.
        ids: token ids, (token,) or (1, token), as list, array or tensor; or what a tokenizer
            returns, a mapping with ``input_ids``, of which ``attention_mask``,
            ``token_type_ids``, ``position_ids``, ``decoder_input_ids`` and
            ``decoder_attention_mask`` count too. A decoder beside an encoder is given its
            start where they do not say what.
        tokenizer: anything with ``decode(ids)``; without, the ids are shown.
        layer: counted from 0; needed where the model has several. Of a model that returns one
            layer without its number, which that is.
        head: a head counted from 0, or several; ``all``, as where it is left out; ``mean``.
            Of a model that returns some of its heads, which these are.
        attention: ``self``; of an encoder–decoder of transformers, whose decoder that is,
            also ``encoder``, and ``cross`` from the decoder to it; or the name of attention
            submodules, ``encoder.layers.*.self_attn``, ``*`` for the layer's number.
        mask: the mask in training, as in a spec, of weights that a model reports, where its
            configuration does not say it; keys left out are causal and whole. A model of
            transformers shows its own, and what is said has to agree.
        name: what the caption calls the model; without, what is known of it, or its class.
        figure: the kind, as in a spec; where scores are shown, the model has to show them.
        style: as in a spec.
        caption: as in a spec.
        options: the keys that only this kind takes, as in a spec: ``{"query": -1}``.

    Returns:
        A figure that shows itself in a notebook and saves itself for a paper.

    Raises:
        PaperfigError: the model does not show the attention that is asked for, or contradicts
            what is said of it.

    A model of transformers, its weights made of its own queries and keys:

    >>> import torch, transformers
    >>> _ = torch.manual_seed(0)
    >>> sizes = {"vocab_size": 53, "n_embd": 12, "n_layer": 2, "n_head": 3}
    >>> config = transformers.GPT2Config(**sizes, bos_token_id=0, eos_token_id=0)
    >>> model = transformers.GPT2LMHeadModel(config)
    >>> shown = draw_model(model, [7, 3, 51, 3], layer=1, head=[0, 2])
    >>> shown
    <paperfig.Figure map: L1H0, L1H2, 4 tokens>
    >>> shown.caption[:54]
    'Attention patterns for heads 0 and 2 of layer 1 of a 2'

    With a tokenizer, a name, and the caption and style of a paper; the mask is said to be
    causal, which it is:

    >>> class Letters:
    ...     def decode(self, ids):
    ...         return "".join(chr(97 + index % 26) for index in ids)
    >>> shown = draw_model(
    ...     model,
    ...     {"input_ids": [7, 3, 51, 3], "attention_mask": [1, 1, 1, 1]},
    ...     tokenizer=Letters(),
    ...     layer=0,
    ...     head="mean",
    ...     mask={"causal": True},
    ...     name="tiny",
    ...     figure="scores",
    ...     style={"venue": "icml"},
    ...     caption={"detail": "full"},
    ... )
    >>> shown, shown.facts["text"]
    (<paperfig.Figure scores: L0 mean, 4 tokens>, 'hdzd')

    Any torch module, by the name of its attention:

    >>> layers = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    >>> encoder = torch.nn.TransformerEncoder(layers, 2, enable_nested_tensor=False)
    >>> model = torch.nn.Sequential(torch.nn.Embedding(53, 8), encoder)
    >>> draw_model(
    ...     model, [7, 3, 51], attention="1.layers.*.self_attn", layer=1, mask={"causal": False}
    ... )
    <paperfig.Figure map: L1H0, L1H1, 3 tokens>
    """
    with random_numbers_kept():
        heads = _numbers(head)
        shown = head if heads is None else heads
        named = asked_of(
            "draw_model",
            figure=figure,
            layer=layer,
            head=shown,
            style=style,
            caption=caption,
            options=options,
        )
        source, excerpt = in_memory(
            model,
            only_rows(ids),
            tokenizer=tokenizer,
            attention=attention,
            mask=asked_of("draw_model", mask=mask).spec.mask,
            name=name,
            layer=layer,
            heads=heads,
        )
        if source.unscored is not None and kind_named(figure).scores:
            raise source.unscored
        return figure_of_source(named, source, excerpt)


def _numbers(head: Any) -> list[int] | None:
    """The heads that are named by numbers; None where all are meant, or their mean."""
    return None if head is None or isinstance(head, str) else np.ravel(head).tolist()
