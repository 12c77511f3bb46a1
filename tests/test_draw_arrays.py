"""`paperfig.draw` and `paperfig.save_attention`: attention that was computed elsewhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiktoken
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import A_KIND

import paperfig
from paperfig.cli import main
from paperfig.errors import PaperfigError

TOKENS = ("The", "Ġlamp", "Ġwent", "Ġout", "Ġagain", ".")
COUNT = len(TOKENS)
CAUSAL = np.tril(np.ones((COUNT, COUNT), dtype=bool))
SCORES = np.random.default_rng(5).normal(size=(2, 3, COUNT, COUNT))


def softmax(scores: np.ndarray, mask: np.ndarray = CAUSAL) -> np.ndarray:
    """Over the allowed keys, in float64."""
    weights = np.exp(scores) * mask
    return weights / weights.sum(axis=-1, keepdims=True)


WEIGHTS = softmax(SCORES)
ALONE = WEIGHTS[0]


def caption(*arrays: Any, **said: Any) -> str:
    """What the caption says of the arrays."""
    return paperfig.draw(*arrays, **said).caption


def test_a_file_and_a_spec_give_the_same_picture(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes of the PDF and the caption: by `draw` and by `save_attention` and `build`."""
    monkeypatch.chdir(project)
    style = {"venue": "icml", "width": "page", "provenance": "none"}
    held = {"tokens": TOKENS, "layer": 4, "name": "our model", "source": "our code"}
    paperfig.draw(ALONE, head=[0, 2], style=style, **held).save("ours.pdf")
    for suffix in ("npz", "safetensors"):
        paperfig.save_attention(f"all.{suffix}", ALONE, **held)
        spec = {"figspec": 1, "checkpoint": {"recorded": f"all.{suffix}"}, "head": [0, 2]}
        (project / "figspec" / "ours.yaml").write_text(yaml.safe_dump(spec | {"style": style}))
        assert main(["build"]) == 0
        for end in ("pdf", "caption.tex", "tex"):
            built, drawn = Path(f"figures/ours.{end}"), Path(f"ours.{end}")
            assert built.read_bytes() == drawn.read_bytes(), (suffix, end)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({}, "map: H0, H1, H2, 6 tokens"),
        ({"head": 2}, "map: H2, 6 tokens"),
        ({"head": [2, 0], "layer": 7}, "map: L7H2, L7H0, 6 tokens"),
        ({"head": "mean"}, "map: mean, 6 tokens"),
        ({"head": "all"}, "map: H0, H1, H2, 6 tokens"),
        ({"head": [9, 10, 11], "layer": 7}, "map: L7H9, L7H10, L7H11, 6 tokens"),
    ],
)
def test_heads_are_picked_or_named(said: dict[str, Any], shown: str) -> None:
    """Numbers among those given pick; others name as many; nothing says all."""
    assert repr(paperfig.draw(ALONE, **said)) == f"<paperfig.Figure {shown}>"


def test_layers_of_a_tuple() -> None:
    """One is named; or heads of several by reference."""
    assert repr(paperfig.draw(tuple(WEIGHTS), layer=1)).startswith("<paperfig.Figure map: L1H0")
    across = paperfig.draw(tuple(WEIGHTS), head=["L0H1", "L1H2"], tokens=TOKENS)
    assert repr(across) == "<paperfig.Figure map: L0H1, L1H2, 6 tokens>"
    entropies = [numbers["normalised_entropy"] for numbers in across.statistics()]
    rows = [WEIGHTS[0, 1], WEIGHTS[1, 2]]
    counts = np.log(np.arange(2, COUNT + 1))
    theirs = [
        np.mean([-(row[row > 0] * np.log(row[row > 0])).sum() for row in head[1:]] / counts)
        for head in rows
    ]
    assert entropies == pytest.approx(theirs, abs=1e-6)


def test_what_is_drawn_are_the_weights_given() -> None:
    """To the bit, in float32: nothing is computed anew."""
    weights = ALONE.astype(np.float32)
    figure = paperfig.draw(weights, scores=np.log(np.where(CAUSAL, ALONE, 1)), causal=True)
    (shown,) = figure._data.maps
    assert np.array_equal(shown.weights, weights)


def test_kinds_with_scores() -> None:
    """KL and κ are told; without κ they are logits; that there are no scores is said."""
    kl = -np.abs(SCORES[0])
    held = {"tokens": TOKENS, "layer": 0, "head": 1}
    told = caption(softmax(kl / 0.5), scores=kl, kappa=0.5, figure="scores", **held)
    assert told == (
        "KL divergence and attention weights for head 1 of layer 0 on the text `The lamp went "
        r"out again.' (6 tokens). Causal mask. $\kappa = 0.5$. KL divergence in nats, before "
        r"the division by $\kappa$. Weights computed elsewhere."
    )
    logits = np.where(CAUSAL, SCORES[0], -np.inf)
    assert caption(scores=logits, figure="context", **held).startswith(
        "Tokens, attention and logits for head 1 of layer 0 on the text"
    )
    with pytest.raises(PaperfigError) as error:
        paperfig.draw(ALONE, figure="scores", layer=3)
    assert str(error.value) == (
        "layer 3: weights are given and no scores; `figure: map` shows weights"
    )


def test_ids_with_a_tokenizer() -> None:
    """As (1, n) of torch too; what the vocabulary lacks is counted."""
    ids = torch.tensor([list(b"It \xc3\xa9.")])
    assert ids.shape == (1, COUNT)
    encoding = tiktoken.Encoding(
        "bytes",
        pat_str=r"(?s:.)",
        mergeable_ranks={bytes([byte]): byte for byte in range(256)},
        special_tokens={},
    )
    told = caption(ALONE[0], tokens=ids, tokenizer=encoding)
    assert r"on the text `It \'{e}.' (6 tokens)" in told


class Restricted:
    """A loader's data set that knows five tokens."""

    unk_token_id = 4

    def decode(self, ids: list[int]) -> str:
        """Their text."""
        return "".join(" abcd?"[index + 1] for index in ids)


def test_tokens_outside_the_vocabulary_are_counted() -> None:
    """The count never drops out of a caption."""
    told = caption(ALONE[0], tokens=[0, 4, 1, 4, 2, 3], tokenizer=Restricted())
    assert "(6 tokens, 2 outside the vocabulary and shown as UNK)" in told


def test_keys_of_another_text() -> None:
    """Both are quoted, and axes are told apart."""
    across = np.full((2, 3), 1 / 3)
    told = caption(across, tokens=["La", "Ġlampe"], key_tokens=["The", "Ġold", "Ġlamp"])
    assert told == (
        "Attention pattern on the text `La lampe' (2 tokens), with the keys of `The old lamp' "
        "(3 tokens). Weights computed elsewhere. Rows are queries, columns keys."
    )


def test_signed_values() -> None:
    """Of either sign, on a scale that is even about 0."""
    values = ALONE - 0.3 * CAUSAL
    told = caption(values, signed=True, head=1, layer=2, source="integrated gradients")
    assert told.startswith(
        "Values for head 1 of layer 2 on 6 tokens. Causal mask. Values from integrated "
        "gradients. Diverging colour scale from $-"
    )
    figure = paperfig.draw(values, signed=True, head="mean")
    assert repr(figure) == "<paperfig.Figure map: mean, 6 tokens>"
    (shown,) = figure._data.signed
    assert shown.values[0] == pytest.approx(values.mean(axis=0), abs=1e-7)


@pytest.mark.parametrize("limits", [[-1, 2], (-1.0, 2.0), np.array([-1, 2])])
def test_limits_of_signed_values(limits: Any) -> None:
    """May lie below 0, which stays the neutral colour."""
    told = caption(SCORES[0], signed=True, style={"venue": "icml", "limits": limits})
    assert "Diverging colour scale set from $-1$ to $2$; " in told


@pytest.mark.parametrize("limits", ["wide", [1], [-1, "a"], {"low": 1}])
def test_limits_that_are_none(limits: Any) -> None:
    """Are refused at the call."""
    with pytest.raises(PaperfigError) as error:
        paperfig.draw(SCORES[0], signed=True, style={"limits": limits})
    assert str(error.value) == (
        f"draw: style.limits: it is {limits!r}; auto, full or [-a, b] is right"
    )


SUMS = (
    "weights: the row of head 1 and query 2 sums to 0.5 and not to 1 within 1.5e-05; "
    "`learned_sink=True` where the rest goes to a sink, else a softmax "
    "over keys, in the type that it was computed in, is right"
)


@pytest.mark.parametrize(
    ("arrays", "said", "message"),
    [
        ((), {}, "weights: nothing is given; weights or scores are right"),
        (
            (WEIGHTS,),
            {},
            "weights: its first axis has 2, of which nothing says what they are; `batch=0` (to "
            '1), or `axes="layer head query key"`, is right',
        ),
        ((ALONE,), {"tokens": TOKENS[:5]}, "tokens: 5 for 6 queries; one for each is right"),
        ((ALONE,), {"head": 3}, "head: 3 does not exist; heads are 0 to 2"),
        ((tuple(WEIGHTS),), {}, "layer: nothing is said; layers are 0 to 1"),
        ((tuple(WEIGHTS),), {"layer": 2}, "layer: 2 does not exist; layers are 0 to 1"),
        (
            (ALONE,),
            {"figure": "mapp"},
            f'draw: figure: "mapp" is not a choice; {A_KIND}',
        ),
        (
            (ALONE,),
            {"style": {"venu": "icml"}},
            "draw: style.venu: unknown key; did you mean venue?",
        ),
        (
            (ALONE,),
            {"mask": {"slef": "hide"}},
            "mask: mask.slef: unknown key; did you mean self?",
        ),
        (
            (ALONE,),
            {"signed": True, "kappa": 1.0},
            "kappa: values with `signed=True` have none; leave it out",
        ),
        (
            (ALONE,),
            {"signed": True, "figure": "context"},
            "figure: no context is of signed values; map is right",
        ),
        (
            (np.full((1, 2, 2), np.inf),),
            {"signed": True},
            "values: that of head 0, query 0 and key 0 is inf; finite numbers are right, up to "
            "3.4e38",
        ),
        (
            (tuple(WEIGHTS),),
            {"signed": True},
            "layer: nothing is said; layers are 0 to 1",
        ),
        (
            (ALONE,),
            {"signed": True, "mask": {"window": 1}},
            "values: that of head 0, query 1 and key 0 is 0.",
        ),
    ],
)
def test_faults_are_told_at_the_call(
    arrays: tuple[Any, ...], said: dict[str, Any], message: str
) -> None:
    """In one line, with both numbers."""
    with pytest.raises(PaperfigError) as error:
        paperfig.draw(*arrays, **said)
    assert str(error.value).startswith(message)
    assert len(str(error.value).splitlines()) == 1


def test_a_file_of_another_kind_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor where the attention is none, or the folder is not there."""
    monkeypatch.chdir(tmp_path)
    for path, weights, message in (
        ("a.pt", ALONE, "a.pt: no file that attention is written to; a .npz or .safetensors "),
        ("a.npz", ALONE * 2, "weights: that of head 0, query 0 and key 0 is 2; 0 to 1 is "),
        ("no/a.npz", ALONE, "no/a.npz: there is no folder "),
    ):
        with pytest.raises(PaperfigError) as error:
            paperfig.save_attention(path, weights)
        assert str(error.value).startswith(message)
    assert not list(tmp_path.iterdir())


def test_a_row_that_sums_to_less() -> None:
    """Is named, with what a sink would need."""
    lame = ALONE.copy()
    lame[1, 2] *= 0.5
    with pytest.raises(PaperfigError) as error:
        paperfig.draw(lame)
    assert str(error.value) == SUMS


@st.composite
def anything(draw: st.DrawFn) -> tuple[Any, dict[str, Any]]:
    """Weights that may be right, of some shape, type and mask, and what is said of them."""
    n_head, n_query = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    n_key = draw(st.sampled_from([n_query, 3]))
    mask = np.ones((n_query, n_key), dtype=bool)
    kind = draw(st.sampled_from(["open", "causal", "random"]))
    if kind == "causal":
        mask = np.tril(mask)
    elif kind == "random":
        mask = np.array(
            draw(st.lists(st.booleans(), min_size=mask.size, max_size=mask.size))
        ).reshape(mask.shape)
    numbers = st.lists(
        st.floats(-4, 4), min_size=n_head * mask.size, max_size=n_head * mask.size
    )
    scores = np.array(draw(numbers)).reshape(n_head, n_query, n_key)
    sums = (np.exp(scores) * mask).sum(axis=-1, keepdims=True)
    weights = np.exp(scores) * mask / np.where(sums > 0, sums, 1)
    weights = weights * draw(st.sampled_from([1.0, 0.5, 1.5, np.nan]))
    dtypes = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
    tensor = torch.from_numpy(weights).to(draw(st.sampled_from(dtypes)))
    said = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "mask": st.sampled_from([mask, {"causal": False}, {"self": "hide"}]),
                "causal": st.booleans(),
                "learned_sink": st.booleans(),
                "signed": st.just(True),
                "head": st.sampled_from([0, 1, "mean", "all", [0, 1]]),
                "tokens": st.sampled_from([list("abc"), ["a"] * n_query]),
                "scores": st.just(scores),
                "kappa": st.sampled_from([0.5, 1.0, -1.0]),
                "figure": st.sampled_from(["map", "scores"]),
            },
        )
    )
    return tensor, said


@settings(max_examples=150, deadline=None)
@given(anything())
def test_drawn_right_or_refused(case: tuple[torch.Tensor, dict[str, Any]]) -> None:
    """Whatever is given: these numbers, or one line of what is wrong; never a traceback."""
    tensor, said = case
    try:
        figure = paperfig.draw(tensor, **said)
    except PaperfigError as refused:
        line = str(refused)
        assert line
        assert "\n" not in line
        return
    numbers = tensor.double().numpy()
    data = figure._data
    shown = np.concatenate([each.values for each in data.signed]) if data.signed else None
    if shown is None:
        shown = np.concatenate([each.weights for each in data.maps])
    head = said.get("head", "all")
    wanted = {"all": slice(None), "mean": slice(None)}.get(head, np.atleast_1d(head))  # type: ignore[arg-type]
    right = numbers[wanted]
    if head == "mean":
        right = right.mean(axis=0, keepdims=True)
    assert np.abs(shown - right).max() <= max(1e-6, torch.finfo(tensor.dtype).eps)
    assert figure.caption.isascii()
