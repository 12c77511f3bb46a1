"""V3's two score points, by an adapter with the interface of V3's own model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import paperfig
from paperfig.values.figure import FigureData, from_npz

Command = Callable[..., tuple[int, str, str]]
DUMPS = ("causal_noself_k03", "default_blockglk_causal", "full_gaussian", "uniform_k1")
BELIEFS = {"entry": "enter the layer", "converged": "the layer converges to"}
SPEC = """\
figspec: 1
checkpoint: {{adapter: "v3:load", path: dump.npz, name: v3}}
tokenizer: bytes
excerpt: {{text: "= Valkyria Chronicles III =\\n\\nValkyria Chronicles", length: 48}}
head: all
style: {{labels: none}}
{keys}
"""
V3 = """\
import json
from types import SimpleNamespace

import numpy as np
import torch


class Model(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        with np.load(path) as dump:
            self.maps = {
                point: torch.from_numpy(dump["beta_" + point])
                for point in ("entry", "converged", "prior")
            }
            self.config = SimpleNamespace(**json.loads(str(dump["config"])))

    def forward(self, ids):
        raise NotImplementedError

    def attention_maps(self, token_ids, *, score_at="converged"):
        length = token_ids.shape[1]
        return self.maps[score_at][:, :, :length, :length]


def load(path, device):
    return Model(path)


def load_learned(path, device):
    model = Model(path)
    model.log_kappa_beta = torch.nn.Parameter(torch.tensor([0.5, 1.0, 2.0, 4.0]).log())
    return model


def load_deep(path, device):
    model = Model(path)
    model.maps = {point: maps.repeat(2, 1, 1, 1) for point, maps in model.maps.items()}
    model.config.n_layers = 2
    return model


def load_adaptive(path, device):
    model = Model(path)
    model.config.query_adaptive_tau = True
    return model


def load_other_group(path, device):
    model = Model(path)
    model.config.gauge_group = "so_k"
    return model
"""


@pytest.fixture
def v3(project: Path, shared: Path) -> Callable[..., Path]:
    """A project with the mimic of a dump, and a spec with some keys."""

    def write(dump: str, keys: str = "", load: str = "load") -> Path:
        path = shared / "vfe" / f"ref_v3_{dump}.npz"
        (project / "dump.npz").write_bytes(path.read_bytes())
        (project / "v3.py").write_text(V3, encoding="utf-8")
        spec = SPEC.format(keys=keys).replace("v3:load", f"v3:{load}")
        (project / "figspec" / "v3.yaml").write_text(spec, encoding="utf-8")
        return project

    return write


def built(root: Path, command: Command) -> tuple[FigureData, str]:
    """What was drawn, and the caption."""
    code, _, err = command(root, "build", "--allow-adapters")
    assert (code, err) == (0, "")
    figures = root / "figures"
    caption = (figures / "v3.caption.tex").read_text(encoding="ascii")
    return from_npz((figures / "v3.npz").read_bytes()), " ".join(caption.split())


@pytest.mark.parametrize("dump", DUMPS)
@pytest.mark.parametrize(
    ("keys", "point"),
    [("", "entry"), ("score_at: entry", "entry"), ("score_at: converged", "converged")],
)
def test_each_score_point_is_v3s_own(
    v3: Callable[..., Path], command: Command, dump: str, keys: str, point: str
) -> None:
    """From the spec to the values drawn and the caption; entry where nothing is said."""
    root = v3(dump, keys)
    data, caption = built(root, command)
    with np.load(root / "dump.npz") as reference:
        wanted = reference[f"beta_{point}"][0]
        ids = reference["token_ids"][0]

    np.testing.assert_array_equal(data.excerpt.token_ids, ids)
    np.testing.assert_allclose(data.maps[0].weights, wanted, atol=1e-6)
    assert data.maps[0].shown.score_at == point
    _, out, _ = command(root, "show", "v3", "--allow-adapters")
    assert f", scored at {point}" in out.partition("  Layer 0:")[2].partition("\n")[0]
    assert data.maps[0].trained.score_at == "entry"
    assert f"Scored at the beliefs that {BELIEFS[point]}." in caption


def test_the_two_points_differ(shared: Path) -> None:
    """The dumps would tell one from the other."""
    for dump in DUMPS:
        with np.load(shared / "vfe" / f"ref_v3_{dump}.npz") as reference:
            assert abs(reference["beta_entry"] - reference["beta_converged"]).max() > 0.05


@pytest.mark.parametrize(
    ("dump", "said"),
    [
        (
            "causal_noself_k03",
            "Causal mask; self-attention (the diagonal) masked, except for the first query, "
            r"which has no other key. $\kappa = 0.3$ "
            r"($\tau = \kappa\sqrt{d} = 0.6$). Scored at",
        ),
        (
            "default_blockglk_causal",
            r"Causal mask; self-attention (the diagonal) kept. $\kappa = 1.0$ "
            r"($\tau = \kappa\sqrt{d} = 2.0$). Scored at",
        ),
        (
            "uniform_k1",
            r"No mask: every query attends to every key. $\kappa = 1.0$ "
            r"($\tau = \kappa\sqrt{d} = 2.0$). Scored at",
        ),
    ],
)
def test_the_prior_is_the_mask(
    v3: Callable[..., Path], command: Command, dump: str, said: str
) -> None:
    """The configuration says mask, κ and τ; nothing of them is a default in the record."""
    root = v3(dump)
    data, caption = built(root, command)

    assert said in caption
    assert data.model.defaults == ()


@pytest.mark.parametrize(
    ("load", "said"),
    [
        (
            "load_learned",
            r"$\kappa$ is 0.5 (head 0), 1.0 (head 1), 2.0 (head 2) and 4.0 (head 3) "
            r"($\tau = \kappa\sqrt{d}$ is 1.0 (head 0), 2.0 (head 1), 4.0 (head 2) and "
            "8.0 (head 3)). Scored at",
        ),
        ("load_adaptive", "Causal mask. Scored at"),
        (
            "load_other_group",
            r"Causal mask; self-attention (the diagonal) kept. $\kappa = 1.0$. Scored at",
        ),
    ],
)
def test_what_is_not_known_is_not_stated(
    v3: Callable[..., Path], command: Command, load: str, said: str
) -> None:
    """κ that was learned in its place; none where τ is each query's; no τ of other slices."""
    _, caption = built(v3("default_blockglk_causal", load=load), command)

    assert said in caption


def test_layers(v3: Callable[..., Path], command: Command) -> None:
    """All of them, each at the point asked for."""
    root = v3("default_blockglk_causal", "layer: 1\nscore_at: converged", load="load_deep")
    data, caption = built(root, command)

    assert data.maps[0].layer == 1
    assert (data.model.n_layer, data.model.layers[0].n_head) == (2, 4)
    assert "Scored at the beliefs that the layer converges to." in caption


@pytest.mark.parametrize("keys", ["mask: {self: hide}", "kappa: 3.0"])
@pytest.mark.parametrize("point", ["entry", "converged"])
def test_nothing_else_can_be_changed(
    v3: Callable[..., Path], command: Command, keys: str, point: str
) -> None:
    """attention_maps gives no KL to make other weights from."""
    root = v3("default_blockglk_causal", f"{keys}\nscore_at: {point}")

    assert command(root, "build", "--allow-adapters")[2] == (
        "figspec/v3.yaml: layer 0: mask and κ cannot be changed: the model gives its weights "
        "and no `kl`, so that there are no scores; leave both out\n"
    )


def test_a_file_has_one_score_point(project: Path, shared: Path, command: Command) -> None:
    """V3's own code is needed for the other, and is named as the way to it."""
    checkpoint = shared / "vfe" / "v3_best_model_like.pt"
    (project / "best.pt").write_bytes(checkpoint.read_bytes())
    (project / "figspec" / "v3.yaml").write_text(
        "figspec: 1\ncheckpoint: {path: best.pt, name: v3}\ntokenizer: bytes\n"
        'excerpt: {text: "A lamp"}\nhead: 0\nscore_at: converged\n',
        encoding="utf-8",
    )

    assert command(project, "build")[2] == (
        "figspec/v3.yaml: score_at: converged takes the code of the model's project, which "
        "steps the beliefs; `checkpoint: {path: best.pt, family: vfe-v3, code: "
        "../V3_Transformer}` runs the project's own code\n"
    )


def test_from_python_and_to_the_terminal(v3: Callable[..., Path], command: Command) -> None:
    """`paperfig.attention` gives the point asked for; a look does without scores."""
    root = v3("full_gaussian", "score_at: converged")
    attention = paperfig.attention("v3", root=root, device="cpu", allow_adapters=True)
    with np.load(root / "dump.npz") as reference:
        np.testing.assert_allclose(attention.weights, reference["beta_converged"][0], atol=1e-6)
    assert attention.scores is None
    assert len(attention.statistics()) == 4
    code, out, err = command(root, "show", "v3", "--allow-adapters")
    assert (code, err) == (0, "")
    assert (
        "    scores       not testable here: the model gives its weights and no scores" in out
    )
