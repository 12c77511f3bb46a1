"""Adapters through the command: trust, figures, staleness, the documented example."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from documented import documented

import paperfig
from paperfig.errors import SpecError
from paperfig.specs.loader import load_specs
from paperfig.values.figure import from_npz

Command = Callable[..., tuple[int, str, str]]
SPEC = """\
figspec: 1
checkpoint: {adapter: "reading:load", code: code, path: ckpt.txt, name: lamp}
tokenizer: bytes
excerpt: {text: "A lamp! A lamp!"}
head: 0
"""
READING = """\
from pathlib import Path

import torch

Path(__file__).with_name("was-imported").touch()


class Model:
    config = {"n_layers": 1, "vocab_size": 256}

    def __init__(self, scale):
        self.scale = scale

    def forward_with_attention(self, ids):
        x = ids[0] * self.scale
        raw = torch.exp(-abs(x[:, None] - x)).tril()
        return {"beta": raw / raw.sum(1, keepdim=True)}


def load(path, device):
    return Model(float(path.read_text()))
"""


@pytest.fixture
def config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of configuration."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder


@pytest.fixture
def lamp(project: Path, config: Path) -> Path:
    """A project with an adapter, its code and a checkpoint that only it can read."""
    assert config.exists()
    (project / "code").mkdir()
    (project / "code" / "reading.py").write_text(READING, encoding="utf-8")
    (project / "ckpt.txt").write_text("0.1", encoding="utf-8")
    (project / "figspec" / "lamp.yaml").write_text(SPEC, encoding="utf-8")
    return project


def test_nothing_runs_until_it_is_allowed(lamp: Path, command: Command) -> None:
    """Plans and checks import nothing; a build and a look say how to allow it."""
    said = (
        "reading:load: it is Python code, which is not run unasked; "
        f"allow it with --allow-adapters, or for good with `paperfig trust {lamp}`\n"
    )
    assert command(lamp, "build", "--dry-run") == (0, "lamp   compute   no record of it\n", "")
    assert command(lamp, "check", "--rehash")[0] == 1
    code, _, err = command(lamp, "build")
    assert (code, err) == (1, f"figspec/lamp.yaml: {said}")
    assert command(lamp, "show", "lamp") == (1, "", said)
    assert not (lamp / "code" / "was-imported").exists()

    assert command(lamp, "build", "--allow-adapters")[0] == 0
    assert (lamp / "code" / "was-imported").exists()


def test_the_figure_is_the_models_own(lamp: Path, command: Command) -> None:
    """Weights to six places; the caption states no κ, and the mask as a default."""
    assert command(lamp, "build", "--allow-adapters")[0] == 0
    data = from_npz((lamp / "figures" / "lamp.npz").read_bytes())
    x = 0.1 * np.frombuffer(b"A lamp! A lamp!", np.uint8).astype(float)
    raw = np.tril(np.exp(-abs(x[:, None] - x)))
    np.testing.assert_allclose(
        data.maps[0].weights[0], raw / raw.sum(1, keepdims=True), atol=1e-6
    )
    caption = (lamp / "figures" / "lamp.caption.tex").read_text(encoding="ascii")
    assert caption.startswith(
        r"Attention pattern for head 0 of layer 0 of \emph{lamp} on the text "
        r"`{\ifdefined\NoAutoSpacing\NoAutoSpacing\fi A lamp\string! A lamp\string!}' "
        "(15 tokens). Causal mask. "
    )


def test_changed_code_makes_it_stale(lamp: Path, command: Command) -> None:
    """By the file's name; so does a changed checkpoint; what is current runs nothing."""
    assert command(lamp, "build", "--allow-adapters")[0] == 0
    (lamp / "code" / "was-imported").unlink()
    assert command(lamp, "build") == (0, "nothing to do: 1 figure is up to date\n", "")
    assert not (lamp / "code" / "was-imported").exists()

    for name in ("code/reading.py", "ckpt.txt"):
        before = (lamp / name).read_text(encoding="utf-8")
        (lamp / name).write_text(before + "\n", encoding="utf-8")
        assert command(lamp, "check") == (
            1,
            f"lamp   stale   {name} changed\n0 of 1 figures are up to date\n",
            "",
        )
        (lamp / name).write_text(before, encoding="utf-8")
    assert command(lamp, "check")[0] == 0


def test_scores_need_kl(lamp: Path, command: Command) -> None:
    """`figure: scores` is refused for a model that gives weights only; `show` looks at them."""
    spec = lamp / "figspec" / "lamp.yaml"
    code, out, err = command(lamp, "show", "lamp", "--allow-adapters")

    assert (code, err) == (0, "")
    assert "L0H0  mixed" in out
    untold = "not testable here: the model gives its weights and no scores"
    assert f"    scores       {untold}" in out.splitlines()
    assert f"    kappa        {untold}" in out.splitlines()

    spec.write_text(spec.read_text(encoding="utf-8") + "figure: scores\n", encoding="utf-8")
    assert command(lamp, "build", "--allow-adapters")[::2] == (
        1,
        "figspec/lamp.yaml: layer 0: the model gives its weights and no `kl`, so that there "
        "are no scores; `figure: map` shows weights\n",
    )


def test_what_cannot_be_shown_is_told_after_one_excerpt(lamp: Path, command: Command) -> None:
    """The model is run on a few tokens and on the first of the excerpts, not on all."""
    reading = lamp / "code" / "reading.py"
    counted = "with open('calls', 'a') as calls:\n            calls.write('x')\n        x = "
    reading.write_text(reading.read_text().replace("x = ", counted, 1))
    spec = lamp / "figspec" / "lamp.yaml"
    text = '{text: "A lamp! A lamp!"}'
    assert text in spec.read_text()
    asked = spec.read_text().replace(text, "{random: 4, count: 50}") + "kappa: 0.5\n"
    spec.write_text(asked)
    code, _, err = command(lamp, "build", "--allow-adapters")

    assert code == 1
    assert err.startswith("figspec/lamp.yaml: layer 0: mask and κ cannot be changed")
    assert (lamp / "calls").read_text() == "xx"


def test_defaults_name_no_code(lamp: Path) -> None:
    """Nor does a default's `each`; a fault at its own place."""
    defaults = lamp / "figspec" / "defaults.yaml"
    (lamp / "figspec" / "lamp.yaml").write_text(
        'figspec: 1\ntokenizer: bytes\nexcerpt: {text: "A"}\nhead: 0\n', encoding="utf-8"
    )
    for content, faults in (
        (
            'checkpoint: {adapter: "reading:load", code: code}\n',
            ["1:23: checkpoint.adapter", "1:45: checkpoint.code"],
        ),
        (
            'checkpoint: ckpt.txt\neach: {checkpoint.adapter: ["reading:load"]}\n',
            ["2:29: checkpoint.adapter"],
        ),
    ):
        defaults.write_text(content, encoding="utf-8")
        with pytest.raises(SpecError) as caught:
            load_specs(lamp)
        assert str(caught.value).splitlines() == [
            f"figspec/defaults.yaml:{place}: names code to run, for every spec below; "
            "give it in the spec's own file only"
            for place in faults
        ]


@pytest.mark.parametrize(
    ("checkpoint", "message"),
    [
        ("{adapter: reading}", "a function such as package.module:function is right"),
        ('{adapter: "a:b", family: gpt}', "checkpoint.family: given beside adapter; keep one"),
        ('{adapter: "a:b", config: c}', "checkpoint.config: given beside adapter; keep one"),
        (
            "{code: code}",
            "checkpoint.code: goes with adapter or family, which is not given; leave it out",
        ),
        (
            f'{{adapter: "a:b", sha256: {"a" * 64}}}',
            "checkpoint.sha256: goes with path or recorded, which is not given; leave it out",
        ),
    ],
)
def test_keys_that_do_not_go_together(lamp: Path, checkpoint: str, message: str) -> None:
    """An adapter reads the checkpoint itself."""
    text = SPEC.replace(SPEC.splitlines()[1], f"checkpoint: {checkpoint}")
    (lamp / "figspec" / "lamp.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(SpecError) as caught:
        load_specs(lamp)
    assert any(line.endswith(message) for line in str(caught.value).splitlines())


def test_from_python(lamp: Path) -> None:
    """`paperfig.attention` says the same, and takes the same permission."""
    with pytest.raises(paperfig.errors.CheckpointError, match="not run unasked"):
        paperfig.attention("lamp", root=lamp, device="cpu")

    allowed = paperfig.attention("lamp", root=lamp, device="cpu", allow_adapters=True)
    assert allowed.weights.shape == (1, 15, 15)
    assert allowed.scores is None


def test_the_documented_adapter(
    project: Path, repository: Path, command: Command, config: Path
) -> None:
    """The README's function and spec, with a model behind them, under a line of trust."""
    (adapter,), (spec,) = (
        documented(repository / "README.md", name) for name in ("adapter", "adapter spec")
    )
    files = {
        "adapters.py": adapter,
        "figspec/lighthouse.yaml": spec,
        "my_project/model.py": MODEL,
    }
    (config / "paperfig").mkdir()
    (config / "paperfig" / "trusted").write_text(f"{project}\n", encoding="utf-8")
    for name, content in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content, encoding="utf-8")
    (project / "runs").mkdir()
    told = {"n_layers": 2, "vocab_size": 256, "max_seq_len": 64, "kappa_beta": 0.5}
    state = {"scale": torch.tensor([0.05, 0.1])}
    torch.save({"config": told, "model_state": state}, project / "runs" / "best.pt")

    code, out, err = command(project, "build")
    assert (code, err) == (0, "")
    assert out.startswith("lighthouse   new   map   L1H0,L1H1   34 tokens   ")
    caption = (project / "figures" / "lighthouse.caption.tex").read_text(encoding="ascii")
    assert r"of \emph{my model} on" in caption
    assert r"$\kappa = 0.5$" in caption


def test_the_documented_name_of_attention(
    project: Path, repository: Path, command: Command
) -> None:
    """The README's second function, with torch's own encoder behind it, every layer."""
    (adapter,), (spec,) = (
        documented(repository / "README.md", name)
        for name in ("named attention", "adapter spec")
    )
    files = {
        "adapters.py": "import torch\nfrom my_project.encoder import Encoder\n\n\n" + adapter,
        "figspec/lighthouse.yaml": spec.replace("adapters:load", "adapters:load_encoder"),
        "my_project/encoder.py": ENCODER,
    }
    for name, content in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content, encoding="utf-8")
    (project / "runs").mkdir()
    config = {"vocab_size": 256, "max_seq_len": 64}
    space: dict[str, Any] = {}
    exec(ENCODER, space)
    model = space["Encoder"](**config)
    torch.save(
        {"config": config, "model_state": model.state_dict()}, project / "runs" / "best.pt"
    )

    code, out, err = command(project, "build", "--allow-adapters")
    assert (code, err) == (0, "")
    assert out.startswith("lighthouse   new   map   L1H0,L1H1   34 tokens   ")
    data = from_npz((project / "figures" / "lighthouse.npz").read_bytes())
    np.testing.assert_allclose(data.maps[0].weights, second_layer(model), atol=1e-6)
    caption = (project / "figures" / "lighthouse.caption.tex").read_text(encoding="ascii")
    assert caption.startswith(
        "Attention patterns for both heads of layer 1 of "
        r"\emph{my model} on the text `"
    )
    assert "(34 tokens). Causal mask. " in caption


def second_layer(model: torch.nn.Module) -> np.ndarray:
    """The weights of its second layer, asked of that layer's attention itself."""
    ids = torch.tensor([list(b"The lighthouse stood on the cliff.")])
    first, second = model.eval().encoder.layers
    with torch.no_grad():
        mask = torch.full((34, 34), -torch.inf).triu(1)
        x = first(model.table(ids), src_mask=mask)
        attention = second.self_attn
        return attention(x, x, x, attn_mask=mask, average_attn_weights=False)[1][0].numpy()


ENCODER = """\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, vocab_size, max_seq_len):
        super().__init__()
        self.table = nn.Embedding(vocab_size, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)

    def forward(self, ids):
        x = self.table(ids)
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], device=x.device)
        return self.encoder(x, mask=mask, is_causal=True)
"""
MODEL = """\
import torch


class Model(torch.nn.Module):
    def __init__(self, n_layers, vocab_size, max_seq_len, kappa_beta):
        super().__init__()
        self.kappa = kappa_beta
        self.scale = torch.nn.Parameter(torch.zeros(2))

    def forward_with_attention(self, ids):
        x = ids[:, None] * self.scale[:, None]
        kl = (x[..., :, None] - x[..., None, :]) ** 2
        allowed = torch.ones(kl.shape[-2:]).tril().bool()
        beta = (-kl / self.kappa).masked_fill(~allowed, -torch.inf).softmax(-1)
        return x, {"beta": beta, "kl": kl}
"""
