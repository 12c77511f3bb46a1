"""A new family is one file and one line: a copy of the package learns an invented layout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import paperfig
from paperfig.values.figure import from_npz

VOCAB, HEADS, DIM = 11, 2, 3
IDS = [4, 9, 0, 4]

FAMILY = '''"""Pebble: one layer of distances between a token's points, in each head's plane."""

import torch

from paperfig.models.dot_product import DotProductInputs
from paperfig.models.family import Family
from paperfig.models.files.tensors import check_tensors, float32, stored_dtype
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting


class PebbleSource:
    """Queries and keys are two tables of points, looked up by a token's id."""

    def __init__(self, facts, points):
        self.facts, self._points = facts, points

    def layer_inputs(self, token_ids, wanted):
        """The points of the heads wanted."""
        ids = torch.from_numpy(token_ids)
        return {
            layer: DotProductInputs(
                queries=self._points["pebble.ask"][list(heads)][:, ids],
                keys=self._points["pebble.answer"][list(heads)][:, ids],
                scale=0.5,
            )
            for layer, heads in wanted.items()
        }

    def tables(self):
        """Nothing is known of how they began."""
        return ()


def _open(stored, spec, device):
    heads, vocab, dim = stored.tensors["pebble.ask"].shape
    check_tensors(stored, dict.fromkeys(("pebble.ask", "pebble.answer"), (heads, vocab, dim)))
    trained = Setting(mask=MaskRule(causal=True, window=3))
    facts = ModelFacts(
        name=spec.name or stored.path.stem,
        family="pebble",
        layers=(LayerFacts(head_dims=(dim,) * heads, trained=trained),),
        vocab_size=vocab,
        context=None,
        dtype=stored_dtype(stored.tensors),
    )
    return PebbleSource(facts, {k: float32(t, device) for k, t in stored.tensors.items()})


FAMILY = Family(
    name="pebble", recognises=lambda stored: "pebble.ask" in stored.tensors, open=_open
)
'''
SPEC = f"""\
figspec: 1
checkpoint: {{path: pebble.pt, name: Pebble}}
excerpt: {{ids: {IDS}}}
head: all
"""


def weights_by_hand(state: dict[str, np.ndarray]) -> np.ndarray:
    """Softmax of q·k/2 over the query and the two keys before it."""
    weights = np.zeros((HEADS, len(IDS), len(IDS)))
    for head in range(HEADS):
        for query, asked in enumerate(IDS):
            seen = range(max(0, query - 2), query + 1)
            raised = [
                np.exp(
                    state["pebble.ask"][head, asked]
                    @ state["pebble.answer"][head, IDS[key]]
                    / 2
                )
                for key in seen
            ]
            weights[head, query, list(seen)] = np.array(raised) / np.sum(raised)
    return weights


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The folder of a copy of the package, with a family more."""
    copy = tmp_path / "copy" / "paperfig"
    source = Path(paperfig.__file__).parent
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "models" / "pebble.py").write_text(FAMILY, encoding="utf-8")
    registry = copy / "models" / "checkpoint.py"
    text = registry.read_text(encoding="utf-8")
    last = '    "gpt.vfe_baseline",\n'
    assert text.count(last) == 1
    registry.write_text(text.replace(last, last + '    "pebble",\n'), encoding="utf-8")
    return copy.parent


def test_a_family_is_one_file_and_one_line(package: Path, project: Path) -> None:
    """A fresh process recognises its file and draws what numpy says; ``family`` is listed."""
    generator = np.random.default_rng(3)
    state = {
        name: generator.normal(size=(HEADS, VOCAB, DIM)).astype(np.float32)
        for name in ("pebble.ask", "pebble.answer")
    }
    torch.save(
        {name: torch.from_numpy(it) for name, it in state.items()}, project / "pebble.pt"
    )
    (project / "figspec" / "stones.yaml").write_text(SPEC, encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "paperfig", *arguments],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(package)},
            capture_output=True,
            text=True,
            check=False,
        )

    done = run("build", "-j", "1")
    assert (done.returncode, done.stderr) == (0, "")
    (floats,) = (project / "figures").rglob("stones*.npz")
    data = from_npz(floats.read_bytes())
    assert data.model.family == "pebble"
    np.testing.assert_allclose(
        np.stack([weights for entry in data.maps for weights in entry.weights]),
        weights_by_hand(state),
        atol=1e-6,
    )
    caption = next((project / "figures").rglob("stones*.tex")).read_text(encoding="utf-8")
    assert "a window of 3 keys" in caption
    (project / "figspec" / "stones.yaml").write_text(
        SPEC.replace("name: Pebble", "family: rock"), encoding="utf-8"
    )
    refused = run("build").stderr
    assert "`family: rock` is not known" in refused
    assert ", vfe-baseline, pebble are" in refused
