"""Figures in a project of attention that was computed elsewhere: `checkpoint: {recorded}`."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import pytest
from small_recorded import TRIANGLE, logits, softmax, weights

from paperfig.project.stamps import TICK_NS
from paperfig.values.figure import FigureData, from_npz

Command = Callable[..., tuple[int, str, str]]

WORDS = np.array(["The", "Ġlamp", "Ġwent", "Ġout", "."])
KAPPA = np.array([0.5, 2.0])
DIVERGENCE = np.abs(logits())
LAYERS = np.stack([weights(mask=TRIANGLE), weights(mask=TRIANGLE, seed=1)])
FILES: dict[str, dict[str, Any]] = {
    "layers": {"weights": LAYERS, "layer": [3, 7], "name": "our model", "source": "our code"},
    "logits": {"weights": weights(), "scores": logits()},
    "kl": {"scores": -DIVERGENCE, "kappa": KAPPA},
    "both": {
        "weights": softmax(-DIVERGENCE / KAPPA[:, None, None]),
        "scores": -DIVERGENCE,
        "kappa": KAPPA,
    },
    "sink": {
        "weights": weights() * 0.75,
        "scores": logits(),
        "learned_sink": np.full((2, 5), 0.25),
    },
    "hidden": {"scores": np.where(TRIANGLE, logits(), -np.inf)},
    "whole": {"weights": weights(mask=TRIANGLE), "scores": logits()},
    "pattern": {
        "scores": logits(),
        "mask": TRIANGLE & (np.add.outer(range(5), range(5)) != 4),
    },
    "across": {"weights": weights(2, 3, 5), "tokens": WORDS[:3], "key_tokens": WORDS},
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with files of attention, and no spec."""
    (tmp_path / "figspec").mkdir()
    (tmp_path / "runs").mkdir()
    for name, arrays in FILES.items():
        np.savez(tmp_path / "runs" / f"{name}.npz", **{"tokens": WORDS} | arrays)
    sleep(2 * TICK_NS / 1e9)  # what is younger is not remembered by its stamp
    return tmp_path


def asked(project: Path, recorded: str, *lines: str, name: str = "lamp") -> None:
    """A spec of one of the files."""
    text = f"figspec: 1\ncheckpoint: {{recorded: runs/{recorded}.npz}}\n"
    text += "\n".join((*lines, ""))
    (project / "figspec" / f"{name}.yaml").write_text(text, encoding="utf-8")


def built(project: Path, command: Command, name: str = "lamp") -> FigureData:
    """The values of a figure that is built."""
    assert command(project, "build")[::2] == (0, "")
    return from_npz((project / "figures" / f"{name}.npz").read_bytes())


def refused(project: Path, command: Command) -> str:
    """What is said of a spec that cannot be built."""
    code, _, error = command(project, "build")
    assert (code, list((project / "figures").glob("lamp*"))) == (1, [])
    return error.removesuffix("\n")


def test_the_weights_are_those_of_the_file(project: Path, command: Command) -> None:
    """To the bit, with its tokens, its names, and the file's digest in the record."""
    asked(project, "layers", "head: [L7H1, L3H0]")
    data = built(project, command)
    record = (project / "figures" / "lamp.json").read_text("utf-8")
    digest = hashlib.sha256((project / "runs" / "layers.npz").read_bytes()).hexdigest()

    assert [each.labels for each in data.maps] == [("L7H1",), ("L3H0",)]
    np.testing.assert_array_equal(data.maps[0].weights[0], LAYERS[1, 1].astype(np.float32))
    np.testing.assert_array_equal(data.maps[1].weights[0], LAYERS[0, 0].astype(np.float32))
    assert data.maps[0].queries.labels == ("The", " lamp", " went", " out", ".")
    assert (data.model.name, data.model.weights_source) == ("our model", "our code")
    assert digest in record


def test_it_is_redrawn_without_its_file(project: Path, command: Command) -> None:
    """Where only the look changed; what cannot be looked at is said to be that."""
    asked(project, "layers", "head: L3H0")
    built(project, command)
    assert command(project, "check") == (0, "nothing to do: 1 figure is up to date\n", "")

    (project / "runs" / "layers.npz").rename(project / "elsewhere.npz")
    absent = "lamp   runs/layers.npz is absent: not verifiable here\n"
    assert command(project, "check") == (
        0,
        f"{absent}1 of 1 figures are up to date\n",
        "",
    )
    asked(project, "layers", "head: L3H0", "style: {palette: magma}")
    code, out, error = command(project, "build", "--no-compute")
    assert (code, error) == (0, "")
    assert out.startswith("lamp   stale (style.palette: unset → magma)   map   L3H0   5 tokens")

    asked(project, "layers", "head: L3H1", "style: {palette: magma}")
    assert command(project, "build")[::2] == (
        1,
        "figspec/lamp.yaml: runs/layers.npz: no such checkpoint; the folder runs holds "
        "across.npz, both.npz, hidden.npz, kl.npz, logits.npz and 3 more\n",
    )


def test_another_file_makes_it_stale(project: Path, command: Command) -> None:
    """One of the same bytes does not, wherever it lies."""
    asked(project, "layers", "head: L3H0")
    built(project, command)
    path = project / "runs" / "layers.npz"
    (project / "runs" / "same.npz").write_bytes(path.read_bytes())
    asked(project, "same", "head: L3H0")
    assert command(project, "check")[0] == 0

    asked(project, "layers", "head: L3H0")
    np.savez(path, tokens=WORDS, **FILES["layers"] | {"layer": [3, 8]})
    assert command(project, "check") == (
        1,
        "lamp   stale   runs/layers.npz changed\n0 of 1 figures are up to date\n",
        "",
    )
    built(project, command)
    assert command(project, "check")[0] == 0


def test_sha256_holds_it_to_a_file(project: Path, command: Command) -> None:
    """As any checkpoint."""
    path = project / "runs" / "logits.npz"
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    for digest, code in ((right, 0), ("0" * 64, 1)):
        spec = f"checkpoint: {{recorded: runs/logits.npz, sha256: '{digest}'}}\nhead: 0\n"
        (project / "figspec" / "lamp.yaml").write_text(f"figspec: 1\n{spec}", encoding="utf-8")
        assert command(project, "build")[0] == code


def test_each_layer_and_the_mean_of_its_heads(project: Path, command: Command) -> None:
    """`each` goes over the layers that there are."""
    asked(project, "layers", "head: mean", "each: {layer: [3, 7]}")
    assert command(project, "build")[::2] == (0, "")

    for at, layer in enumerate((3, 7)):
        data = from_npz((project / "figures" / f"lamp-layer-{layer}.npz").read_bytes())
        np.testing.assert_allclose(data.maps[0].weights[0], LAYERS[at].mean(axis=0), atol=1e-7)


def test_show_measures_it(project: Path, command: Command) -> None:
    """And says what of a diagnosis weights alone do not tell."""
    asked(project, "layers", "layer: 3", "head: all")
    code, out, error = command(project, "show", "lamp")

    assert (code, error) == (0, "")
    assert "  Text:    The lamp went out.\n" in out
    assert "  L3H0  " in out


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["excerpt: {text: x}"],
            "4:1: excerpt: given beside checkpoint.recorded, whose file has the tokens; leave "
            "it out",
        ),
        (
            ["tokenizer: bytes"],
            "4:1: tokenizer: given beside checkpoint.recorded, whose file has the tokens; "
            "leave "
            "it out",
        ),
    ],
)
def test_its_tokens_are_in_the_file(
    lines: list[str], message: str, project: Path, command: Command
) -> None:
    """No other text is taken for theirs."""
    asked(project, "logits", "head: 0")
    path = project / "figspec" / "lamp.yaml"
    text = path.read_text("utf-8").replace("head: 0\n", "\n".join((*lines, "head: 0", "")))
    path.write_text(text.replace("figspec: 1\n", "figspec: 1\n\n"), encoding="utf-8")

    assert command(project, "build")[::2] == (2, f"figspec/lamp.yaml:{message}\n")


@pytest.mark.parametrize(
    "key",
    [
        "family: gpt",
        "config: c.json",
        "state: ema",
        "ignore: [a]",
        "code: c",
        "trained: {kappa: 1}",
    ],
)
def test_no_weights_of_a_model_are_read(key: str, project: Path, command: Command) -> None:
    """So nothing says how."""
    asked(project, "logits", "head: 0")
    path = project / "figspec" / "lamp.yaml"
    path.write_text(path.read_text("utf-8").replace("npz}", f"npz, {key}}}"), encoding="utf-8")
    name = key.partition(":")[0]

    assert command(project, "build")[::2] == (
        2,
        f"figspec/lamp.yaml:2:41: checkpoint.{name}: given beside recorded; keep one\n",
    )


def test_mask_and_kappa_need_scores(project: Path, command: Command) -> None:
    """Weights alone are not divided anew: nothing says what a hidden key's share would be."""
    unchanged = "figspec/lamp.yaml: layer 3: mask and κ cannot be changed"
    for line in ("mask: {window: 2}", "mask: {hide_keys: [0]}", "kappa: 0.5"):
        asked(project, "layers", "head: L3H0", line)
        assert refused(project, command) == (
            f"{unchanged}: weights are given and no scores; leave both out"
        )
    for kind in ("scores", "context"):
        asked(project, "layers", "head: L3H0", f"figure: {kind}")
        assert refused(project, command) == (
            "figspec/lamp.yaml: layer 3: weights are given and no scores; `figure: map` shows "
            "weights"
        )
    asked(project, "sink", "head: 0", "kappa: 0.5")
    assert refused(project, command) == (
        "figspec/lamp.yaml: layer 0: mask and κ cannot be changed: weight goes to a learned "
        "sink, of which no score is given; leave both out"
    )
    asked(project, "layers", "head: L3H0", "mask: {causal: true}")
    assert not built(project, command).maps[0].is_intervention


@pytest.mark.parametrize("recorded", ["logits", "kl", "both"])
def test_scores_take_another_mask_and_temperature(
    recorded: str, project: Path, command: Command
) -> None:
    """As a model's own."""
    scores = logits() if recorded == "logits" else -DIVERGENCE
    asked(project, recorded, "head: 1", "kappa: 0.25", "mask: {self: hide, causal: true}")
    mask = TRIANGLE & ~np.eye(5, dtype=bool)
    mask[0, 0] = True
    (only,) = built(project, command).maps

    np.testing.assert_allclose(only.weights[0], softmax(scores[1] / 0.25, mask), atol=1e-6)
    assert only.is_intervention


def test_a_hidden_key_is_shown_where_its_score_is_known(
    project: Path, command: Command
) -> None:
    """And is never given a score of 0 nats."""
    asked(project, "whole", "head: all", "mask: {causal: false}")
    np.testing.assert_allclose(built(project, command).maps[0].weights, weights(), atol=1e-6)

    for path in (project / "figures").glob("lamp*"):
        path.unlink()
    asked(project, "hidden", "head: 1", "mask: {causal: false}")
    assert refused(project, command) == (
        "figspec/lamp.yaml: head 1: the score of query 0 and key 1 is not known: a mask hid it "
        "where it was computed; leave that key hidden"
    )
    asked(project, "hidden", "head: 1", "mask: {window: 2}")
    np.testing.assert_allclose(
        built(project, command).maps[0].weights[0],
        softmax(logits()[1], np.triu(TRIANGLE, -1)),
        atol=1e-6,
    )
    code, out, error = command(project, "show", "lamp")
    assert (code, error, "nan" in out) == (0, "", False)


def test_no_rule_undoes_a_mask_that_is_known_key_by_key(
    project: Path, command: Command
) -> None:
    """The caption would say that it does; it may hide more."""
    asked(project, "pattern", "head: 0", "mask: {causal: false}")
    assert refused(project, command) == (
        "figspec/lamp.yaml: mask.causal: the mask is known key by key, and no rule undoes it; "
        "leave it out"
    )
    asked(project, "pattern", "head: 0", "mask: {hide_keys: [1]}")
    mask = FILES["pattern"]["mask"] & (np.arange(5) != 1)
    np.testing.assert_allclose(
        built(project, command).maps[0].weights[0], softmax(logits()[0], mask), atol=1e-6
    )


def test_scores_are_drawn(project: Path, command: Command) -> None:
    """With a sweep of κ beside that of the file."""
    asked(project, "kl", "head: 0", "figure: scores", "kappa: [0.1, 0.5]")
    one, other = built(project, command).maps

    np.testing.assert_allclose(one.scores[0], -DIVERGENCE[0], rtol=1e-6)
    np.testing.assert_allclose(one.weights[0], softmax(-DIVERGENCE[0] / 0.1), atol=1e-6)
    np.testing.assert_allclose(other.weights[0], softmax(-DIVERGENCE[0] / 0.5), atol=1e-6)
    assert (one.is_intervention, other.is_intervention) == (True, False)


def test_unlike_queries_and_keys(project: Path, command: Command) -> None:
    """Each axis has its own tokens."""
    asked(project, "across", "head: 0")
    (only,) = built(project, command).maps

    assert (only.queries.labels, only.keys.labels) == (
        ("The", " lamp", " went"),
        ("The", " lamp", " went", " out", "."),
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["head: 0"], "layer: nothing is said; layers are 3, 7"),
        (["layer: 4", "head: 0"], "layer: 4 does not exist; layers are 3, 7"),
        (["head: L3H2"], "head: L3H2 does not exist; heads are 0 to 1"),
        (
            ["head: L3H0", "transport: exact"],
            "transport: this model transports nothing; leave it out",
        ),
        (
            ["head: L3H0", "score_at: entry"],
            "score_at: this model scores at one point; leave it out",
        ),
    ],
)
def test_what_the_file_does_not_have(
    lines: list[str], message: str, project: Path, command: Command
) -> None:
    """Only layers and heads that are there are counted."""
    asked(project, "layers", *lines)

    assert refused(project, command) == f"figspec/lamp.yaml: {message}"


def test_a_fault_of_the_file_is_one_line(project: Path, command: Command) -> None:
    """With its name."""
    asked(project, "logits", "head: 0")
    np.savez(project / "runs" / "logits.npz", weights=np.full((2, 2), 0.4))

    assert refused(project, command) == (
        "figspec/lamp.yaml: runs/logits.npz: weights: the row of head 0 and query 0 sums to "
        "0.8 "
        "and not to 1 within 1e-05; `learned_sink=True` where the rest goes to a sink, else a "
        "softmax over keys, in the type that it was computed in, is right"
    )
