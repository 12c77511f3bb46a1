"""Attention that was computed elsewhere: as a figure, and as a file that specs name."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from paperfig.api.figure import Figure
from paperfig.api.sources import asked_of, figure_of, figure_of_source
from paperfig.engine.given import given_source
from paperfig.engine.signed import signed_values
from paperfig.errors import AttentionError, RequestError
from paperfig.kinds import DEFAULT, check_signed
from paperfig.models.recorded.files import recorded_bytes
from paperfig.project.output import write_beside

RECORDED = (".npz", ".safetensors")
"""The suffixes of files of attention."""


def draw(
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
    head: int | str | Sequence[int | str] | None = None,
    axes: str | None = None,
    batch: int | None = None,
    mask: Any = None,
    causal: bool | None = None,
    learned_sink: Any = None,
    signed: bool = False,
    name: str | None = None,
    text: str | None = None,
    source: str | None = None,
    figure: str = DEFAULT.name,
    style: Mapping[str, Any] | None = None,
    caption: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Figure:
    r"""The figure of attention that was computed elsewhere; checked now, drawn when asked to.

    Weights are shown as they are, for all that is said of them fits: every row sums to 1 as
    exactly as its type can hold, masked keys have none. The caption says only what is known.

    Args:
        weights: an array or tensor (query, key), (head, query, key) or (1, head, query, key);
            with ``axes`` any order; a tuple of layers, as ``outputs.attentions`` of
            transformers is; a TransformerLens cache, or one entry of it.
        scores: what the softmax was taken of, before the division by κ: with ``kappa`` −KL,
            else logits; −inf where masked. Beside the weights, which are held against them,
            or alone. Figures ``scores`` and ``context`` show them.
        kappa: what divides the scores, or one for each head; the caption states it.
        tau: what divides them, where that is not κ itself (κ√d).
        tokens: of the queries, and of the keys where they are the same text: strings as a
            tokenizer gives them, or ids, (n,) or (1, n), with ``tokenizer``. Positions are
            shown where there are none.
        key_tokens: of the keys, where these are of another text.
        tokens_as: ``text`` keeps the strings as they stand; with ``tokenizer`` the marks of
            tokenizers (Ġthe, ▁the, ##ing) are read.
        tokenizer: anything with ``decode(ids)``, where tokens are ids.
        layer: which of several layers; where there is one, its number, counted from 0.
        head: which heads, or where only these are given their numbers; ``mean`` is the mean of
            all, ``["L0H1", "L4H2"]`` are of several layers. All are drawn where it is left out.
        axes: the names of an array's axes, such as ``layer head query key``.
        batch: which sequence of a batch.
        mask: True where a query may attend to a key (query, key), or of the keys alone; or a
            mapping as in a spec: ``{"causal": False, "window": 8}``.
        causal: whether no key comes after its query; where it is left out, a triangle of
            exact zeros shows it.
        learned_sink: True where what a row lacks goes to no key; or what goes there, (head,
            query).
        signed: whether they are no weights but values of either sign, such as relevances.
        name: what the caption calls the model.
        text: the text that the tokens are of, for the caption; else it is put together of them.
        source: where they were computed, for the caption: ``the authors' code``.
        figure: the kind, as in a spec: ``map``, ``profile``, ``scores`` …
        style: as in a spec.
        caption: as in a spec.
        options: the keys that only this kind takes, as in a spec: ``{"query": "lamp"}``.

    Returns:
        A figure that shows itself in a notebook and saves itself for a paper.

    Raises:
        PaperfigError: the numbers are no attention, or not what is said of them.

    A head that attends to the two last tokens, and one that attends to all alike:

    >>> import numpy as np, paperfig
    >>> both = np.tril(np.ones((2, 4, 4)))
    >>> both[0] = np.tril(both[0]) - np.tril(both[0], -2)
    >>> both /= both.sum(axis=-1, keepdims=True)
    >>> figure = paperfig.draw(
    ...     both,
    ...     tokens=["The", "Ġlamp", "Ġwent", "Ġout"],
    ...     layer=4,
    ...     name="our model",
    ...     source="our code",
    ...     style={"venue": "icml"},
    ...     caption={"lead": "Two heads."},
    ... )
    >>> figure
    <paperfig.Figure map: L4H0, L4H1, 4 tokens>
    >>> figure.caption[:68]
    'Two heads. Attention patterns for heads 0 and 1 of layer 4 of \\emph{'

    The same as layers and a batch, of which one is shown; and as the mean of the heads:

    >>> paperfig.draw((both, both), layer=1, head=0)
    <paperfig.Figure map: L1H0, 4 tokens>
    >>> paperfig.draw(both[None, None], axes="layer batch head query key", layer=0, batch=0)
    <paperfig.Figure map: L0H0, L0H1, 4 tokens>
    >>> paperfig.draw(both, head="mean", causal=True)
    <paperfig.Figure map: mean, 4 tokens>

    Made of −KL and κ, and with what divides −KL instead of κ:

    >>> kl = -np.arange(16.0).reshape(4, 4)
    >>> shown = paperfig.draw(scores=kl, kappa=0.5, causal=True, figure="scores")
    >>> shown.facts["kappa"], paperfig.draw(scores=kl, kappa=0.5, tau=1.0).facts["kappa"]
    ('0.5', '0.5')

    Of ids, with the tokenizer and the text that they are of; of strings as they stand:

    >>> class Letters:
    ...     def decode(self, ids):
    ...         return "".join("abcd"[index] for index in ids)
    >>> paperfig.draw(both[0], tokens=[[0, 1, 2, 1]], tokenizer=Letters()).facts["text"]
    'abcb'
    >>> words = ["a", "b", "c", "d"]
    >>> paperfig.draw(both[0], tokens=words, tokens_as="text", text="a b c d").facts["text"]
    'a b c d'

    Of two texts, with a mask of one's own, and with a sink:

    >>> across = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]])
    >>> paperfig.draw(across, tokens=["a", "b"], key_tokens=["x", "y", "z"], mask=across > 0)
    <paperfig.Figure map: map, 2 tokens, 3 keys>
    >>> leaky = paperfig.draw(0.75 * both[0], learned_sink=True, mask={"window": 2})
    >>> leaky.facts["learned_sink"]
    0.25

    Values that are no weights:

    >>> paperfig.draw(both[0] - both[1], signed=True, style={"limits": [-0.5, 0.5]})
    <paperfig.Figure map: map, 4 tokens>
    """
    asked = {"figure": figure, "head": _in_spec(head), "style": style, "caption": caption}
    named = asked_of("draw", signed=signed, options=options, **asked)
    given: dict[str, Any] = {
        "tokens": tokens,
        "key_tokens": key_tokens,
        "tokens_as": tokens_as,
        "tokenizer": tokenizer,
        "layer": layer,
        "head": head if _in_spec(head) is None else None,
        "axes": axes,
        "batch": batch,
        "mask": mask,
        "causal": causal,
        "name": name,
        "text": text,
        "source": source,
    }
    softmax = {"scores": scores, "kappa": kappa, "tau": tau, "learned_sink": learned_sink}
    if signed:
        _check_unweighted(figure, softmax)
        return figure_of(named, signed_values(weights, mean=head == "mean", **given))
    held = given_source(weights, **softmax, **given)
    return figure_of_source(named, held, held.excerpt)


def save_attention(
    path: str | Path,
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
) -> Path:
    """Writes attention that was computed elsewhere, for ``checkpoint: {recorded: path}``.

    It is the same file for the same values, holds no code, and is digested with the figure.

    Args:
        path: a file that ends in .npz or .safetensors, in a folder that exists.
        weights: as in `paperfig.draw`, which says more of each of these.
        scores: what the softmax was taken of.
        kappa: what divides the scores.
        tau: the same, where it is not κ itself.
        tokens: of the queries, or of both.
        key_tokens: of the keys, where these are of another text.
        tokens_as: ``text`` keeps strings as they stand.
        tokenizer: where tokens are ids.
        layer: which of several, else the number of the only one. All are kept where it is
            left out.
        head: which heads, or their numbers.
        axes: the names of an array's axes.
        batch: which sequence of a batch.
        mask: True where a query may attend to a key, or a mapping as in a spec.
        causal: whether no key comes after its query.
        learned_sink: True where what a row lacks goes to no key, or what goes there.
        name: what captions call the model.
        text: the text that the tokens are of.
        source: where the attention was computed, for captions.

    Returns:
        The file's path.

    Raises:
        RequestError: the path ends in something else.
        AttentionError: the numbers are no attention, or not what is said of them.
        OutputError: there is no such folder, or the file cannot be written.

    >>> import numpy as np, paperfig, tempfile
    >>> weights = np.tril(np.ones((4, 4))) / np.arange(1, 5)[:, None]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = paperfig.save_attention(
    ...         f"{folder}/lamp.npz", weights, tokens=["The", "Ġlamp", "Ġwent", "Ġout"], layer=4
    ...     )
    ...     paperfig.figure({"checkpoint": {"recorded": str(saved)}, "head": 0}, device="cpu")
    <paperfig.Figure map: L4, 4 tokens>
    """
    saved = Path(path)
    if saved.suffix not in RECORDED:
        right = f"a {' or '.join(RECORDED)} file is right"
        raise RequestError(saved, "no file that attention is written to", right)
    held = given_source(
        weights,
        scores=scores,
        kappa=kappa,
        tau=tau,
        tokens=tokens,
        key_tokens=key_tokens,
        tokens_as=tokens_as,
        tokenizer=tokenizer,
        layer=layer,
        head=head,
        axes=axes,
        batch=batch,
        mask=mask,
        causal=causal,
        learned_sink=learned_sink,
        name=name,
        text=text,
        source=source,
    )
    folder = saved.parent.absolute()
    write_beside({folder / saved.name: recorded_bytes(held, saved.suffix)}, folder)
    return saved


def _in_spec(head: Any) -> Any:
    """The heads as a spec names them, where they are not numbers of those given."""
    several = head if isinstance(head, list | tuple) else [head]
    return head if any(isinstance(one, str) for one in several) else None


def _check_unweighted(figure: str, softmax: Mapping[str, Any]) -> None:
    """Nothing where all that is said goes with values that no softmax made.

    Raises:
        PaperfigError: something does not.
    """
    check_signed(figure)
    for key, value in softmax.items():
        if value is not None:
            raise AttentionError(key, "values with `signed=True` have none", "leave it out")
