"""A project's own code from the spec to the figure: trust, caption, staleness."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from small_projects import write_project
from test_vfe_v3 import v3_config, v3_state

from paperfig.errors import SpecError
from paperfig.specs.loader import load_specs

Command = Callable[..., tuple[int, str, str]]
SPEC = """\
figspec: 1
figure: context
checkpoint: {path: m.pt, family: vfe-v3, code: code, name: V3}
excerpt: {ids: [4, 17, 4, 0, 22, 9]}
layer: 1
head: all
score_at: converged
"""


@pytest.fixture
def v3(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A project with a V3 file of two layers, V3's code and a figure of the second."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    write_project(project / "code", "vfe-v3")
    config = v3_config(
        beta_attention_prior="causal_alibi_noself", vocab_size=23, kappa_beta=[0.5, 2]
    )
    content = {"model_state": v3_state(), "config": config, "config_fingerprint": "x"}
    torch.save(content, project / "m.pt")
    (project / "figspec" / "deep.yaml").write_text(SPEC, encoding="utf-8")
    return project


def test_from_the_spec_to_the_figure(v3: Path, command: Command) -> None:
    """Nothing runs until the project is trusted; then κ, τ and the score point are stated."""
    code, _, err = command(v3, "build")
    assert (code, err) == (
        1,
        "figspec/deep.yaml: code: it is Python code, which is not run unasked; allow it with "
        f"--allow-adapters, or for good with `paperfig trust {v3}`\n",
    )
    assert command(v3, "trust", ".")[0] == 0

    code, out, err = command(v3, "build")
    assert (code, err) == (0, "")
    assert out.startswith("deep   new   context   L1H0,L1H1   6 tokens   ")
    caption = (v3 / "figures" / "deep.caption.tex").read_text(encoding="ascii")
    assert "of layer 1" in caption
    assert r"$\kappa$ is 0.5 (head 0) and 2.0 (head 1)" in " ".join(caption.split())
    assert "Scored at the beliefs that the layer converges to." in " ".join(caption.split())
    assert (
        "ALiBi adds $-0.0625$ (head 0) and $-0.00390625$ (head 1) to the logits for each token "
        "of distance."
    ) in " ".join(caption.split())
    assert command(v3, "show", "deep")[::2] == (0, "")


def test_a_change_of_the_code_makes_it_stale(v3: Path, command: Command) -> None:
    """By the file's name; a comment is a change."""
    assert command(v3, "build", "--allow-adapters")[0] == 0
    assert command(v3, "check")[0] == 0
    energy = v3 / "code" / "vfe3" / "free_energy.py"
    energy.write_text(energy.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")

    assert command(v3, "check")[:2] == (
        1,
        "deep   stale   code/vfe3/free_energy.py changed\n0 of 1 figures are up to date\n",
    )


def test_where_the_code_lies_does_not_count(v3: Path, tmp_path: Path, command: Command) -> None:
    """What it holds does; without it the figure is another."""
    assert command(v3, "build", "--allow-adapters")[0] == 0
    spec = v3 / "figspec" / "deep.yaml"
    (v3 / "code").rename(tmp_path / "V3_Transformer")
    spec.write_text(SPEC.replace("code: code", f"code: {tmp_path}/V3_Transformer"), "utf-8")
    assert command(v3, "check")[:2] == (0, "1 of 1 figures are up to date\n")
    (tmp_path / "V3_Transformer").rename(tmp_path / "gone")
    code, out, _ = command(v3, "check")
    assert code == 0
    assert "not verifiable here" in out

    spec.write_text(SPEC.replace("code: code, ", ""), encoding="utf-8")
    assert command(v3, "check")[0] == 1


def test_code_goes_with_a_family(v3: Path) -> None:
    """Which code it is, is not told by the file: nothing is run to find out."""
    spec = v3 / "figspec" / "deep.yaml"
    spec.write_text(SPEC.replace("family: vfe-v3, ", ""), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_specs(v3)
    assert str(caught.value) == (
        "figspec/deep.yaml:3:26: checkpoint.code: goes with adapter or family, which is not "
        "given; leave it out"
    )
