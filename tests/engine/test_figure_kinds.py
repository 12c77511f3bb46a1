"""Each figure kind besides ``map``, from a spec to its files, on real models."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from arrays import arrays_of

import paperfig
from paperfig.errors import RequestError
from paperfig.values.figure import from_npz

Command = Callable[..., tuple[int, str, str]]
GPT = {
    "figspec": 1,
    "checkpoint": {"path": "models/tiny.pt", "name": "tiny"},
    "tokenizer": "bytes",
    "excerpt": {"text": "In 1941, after the fall of France, it rained."},
}


def write(project: Path, name: str, **keys: object) -> None:
    """A spec of the small GPT, or of what ``keys`` name."""
    text = yaml.safe_dump(GPT | keys, allow_unicode=True)
    (project / "figspec" / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def vfe_project(project: Path, shared: Path) -> Path:
    """A project with VFE-Sim's publication run of three heads."""
    shutil.copytree(shared / "vfe" / "run_vfe_publication", project / "run")
    return project


VFE = {
    "checkpoint": {"path": "run/best_model.pt", "name": "gauge"},
    "excerpt": {"text": "In 1941, after the fall of France, it rained."},
    "layer": 0,
}


def test_a_sweep_of_kappa_on_a_gpt(gpt_project: Path, command: Command) -> None:
    """Scores once, weights at each divisor; redrawn later without the checkpoint."""
    write(gpt_project, "sweep", figure="scores", head="L1H2", kappa=[0.5, 1, 2])
    code, out, error = command(gpt_project, "build", "sweep")
    assert (code, error) == (0, "")
    assert out.startswith("sweep   new   scores   L1H2   45 tokens   figures/sweep.pdf")
    data = from_npz((gpt_project / "figures" / "sweep.npz").read_bytes())
    mask, scores = data.maps[0].mask, data.maps[0].scores[0].astype(np.float64)
    caption = (gpt_project / "figures" / "sweep.caption.tex").read_text()

    record = json.loads((gpt_project / "figures" / "sweep.json").read_text())

    assert [line["kappa"] for line in record["statistics"]] == [0.5, None, 2.0]
    assert [entry.scores is None for entry in data.maps] == [False, True, True]
    for entry, divisor in zip(data.maps, (0.5, 1, 2), strict=True):
        logits = np.where(mask, scores, -np.inf) / divisor
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(entry.weights[0], weights, atol=1e-5)
    assert "Logits divided by 0.5, 1.0 (as trained) and 2.0, in this order" in caption
    assert "What enters the layer is as trained." in caption

    (gpt_project / "models" / "tiny.pt").unlink()
    write(
        gpt_project,
        "sweep",
        figure="scores",
        head="L1H2",
        kappa=[0.5, 1, 2],
        style={"venue": "icml"},
    )
    code, out, error = command(gpt_project, "build", "--no-compute", "sweep")
    assert (code, error) == (0, "")
    assert (gpt_project / "figures" / "sweep.caption.tex").read_text() == caption


def test_kl_of_a_gauge_model(vfe_project: Path, shared: Path, command: Command) -> None:
    """KL of every head as VFE-Sim computed it, beside its weights."""
    dump = arrays_of(shared / "vfe" / "ref_vfe_ckpt_n64.npz")
    ids = {"ids": dump["token_ids"].reshape(-1).tolist()}
    write(vfe_project, "kl", figure="scores", head="all", **VFE | {"excerpt": ids})
    code, _, error = command(vfe_project, "build", "kl")
    assert (code, error) == (0, "")
    (entry,) = from_npz((vfe_project / "figures" / "kl.npz").read_bytes()).maps
    record = json.loads((vfe_project / "figures" / "kl.json").read_text())

    np.testing.assert_allclose(
        -entry.scores[:, entry.mask], dump["kl"][0][:, entry.mask], atol=1e-4
    )
    assert np.isnan(entry.scores[:, ~entry.mask]).all()
    assert [line["head"] for line in record["statistics"]] == ["L0H0", "L0H1", "L0H2"]


def test_panels_stand_in_the_order_of_the_spec(gpt_project: Path, command: Command) -> None:
    """Heads of two layers by turns: each panel is the head that its title names."""
    heads = ["L1H0", "L0H2", "L1H1"]
    write(gpt_project, "turns", head=heads, style={"titles": ["a", "b", "c"]})
    assert command(gpt_project, "build", "turns")[::2] == (0, "")
    data = from_npz((gpt_project / "figures" / "turns.npz").read_bytes())
    record = json.loads((gpt_project / "figures" / "turns.json").read_text())

    assert [label for entry in data.maps for label in entry.labels] == heads
    assert [line["head"] for line in record["statistics"]] == heads
    for entry, head in zip(data.maps, heads, strict=True):
        alone = paperfig.attention(GPT | {"head": head}, root=gpt_project)
        np.testing.assert_array_equal(entry.weights, alone.weights)
    _, out, _ = command(gpt_project, "show", "turns")
    assert out.index("Layer 1:") < out.index("L1H1") < out.index("Layer 0:")


def test_a_sweep_has_no_one_attention(gpt_project: Path) -> None:
    """`paperfig.attention` gives one map."""
    spec = GPT | {"figure": "scores", "head": "L1H2", "kappa": [0.5, 2]}
    with pytest.raises(RequestError) as caught:
        paperfig.attention(spec, root=gpt_project)

    assert str(caught.value) == "kappa: it names 2 values; name one"
    assert paperfig.attention(spec | {"kappa": [0.5]}, root=gpt_project).shown.kappa == (0.5,)


def test_show_of_a_sweep(gpt_project: Path, command: Command) -> None:
    """Every map of it."""
    write(gpt_project, "sweep", figure="scores", head="L1H2", kappa=[0.5, 1, 2])
    code, out, error = command(gpt_project, "show", "sweep")

    assert (code, error) == (0, "")
    assert out.count("L1H2") >= 3


def test_the_context_of_a_gauge_model(
    vfe_project: Path, shared: Path, command: Command
) -> None:
    """All heads without being named; the KL row is the sum of VFE-Sim's own."""
    dump = arrays_of(shared / "vfe" / "ref_vfe_ckpt_n64.npz")
    ids = {"ids": dump["token_ids"].reshape(-1).tolist()}
    write(vfe_project, "whole", figure="context", **VFE | {"excerpt": ids})
    code, _, error = command(vfe_project, "build", "whole")
    assert (code, error) == (0, "")
    content = (vfe_project / "figures" / "whole.npz").read_bytes()
    data = from_npz(content)
    total, mask = dump["kl"][0].sum(axis=0), data.maps[0].mask

    assert data.maps[0].heads == (0, 1, 2)
    spread = [row[allowed].std() for row, allowed in zip(total, mask, strict=True)]
    assert data.table["score_deviation"].values[1:] == pytest.approx(spread[1:], abs=1e-3)
    with np.load(vfe_project / "figures" / "whole.npz") as archive:
        columns = {name for name in archive.files if name.startswith("table.")}
    assert columns == {
        "table.row_deviation.values",
        "table.normalised_entropy.values",
        "table.score_deviation.values",
    }


def test_the_context_of_a_gpt_redrawn_elsewhere(gpt_project: Path, command: Command) -> None:
    """Of one layer, and at another venue without the checkpoint."""
    write(gpt_project, "whole", figure="context", layer=1)
    assert command(gpt_project, "build", "whole")[0] == 0
    caption = (gpt_project / "figures" / "whole.caption.tex").read_text()
    assert "Tokens, attention and logits for all 3 heads of layer 1" in caption
    first = (gpt_project / "figures" / "whole.pdf").read_bytes()
    (gpt_project / "models" / "tiny.pt").unlink()
    write(gpt_project, "whole", figure="context", layer=1, style={"venue": "aps"})
    code, _, error = command(gpt_project, "build", "--no-compute", "whole")

    assert (code, error) == (0, "")
    assert (gpt_project / "figures" / "whole.pdf").read_bytes() != first


def test_a_context_needs_a_layer_where_there_are_several(
    gpt_project: Path, command: Command
) -> None:
    """None is guessed."""
    write(gpt_project, "whole", figure="context")
    code, _, error = command(gpt_project, "build", "whole")

    assert code == 1
    assert error.splitlines()[0].endswith("layer: nothing is said; layers are 0 to 1")
