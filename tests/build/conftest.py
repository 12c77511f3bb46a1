"""A project with a small GPT of bytes: real files, built in a second."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from changes import Change, snapshot

N_EMBD, N_HEAD, N_LAYER, CONTEXT = 12, 3, 2, 64

SPEC = """\
figspec: 1
checkpoint: {path: models/tiny.pt, name: tiny}
tokenizer: bytes
excerpt: {text: "In 1941, after the fall of France, it rained."}
head: L1H2
"""


def tiny_gpt(path: Path, seed: int = 0) -> Path:
    """A nanoGPT file of 256 tokens, seeded, with weights large enough to be sharp."""
    random = torch.Generator().manual_seed(seed)
    width = {"c_attn": 3 * N_EMBD, "c_proj": N_EMBD, "c_fc": 4 * N_EMBD}
    state = {
        "transformer.wte.weight": (256, N_EMBD),
        "transformer.wpe.weight": (CONTEXT, N_EMBD),
    }
    for layer in range(N_LAYER):
        block = f"transformer.h.{layer}"
        state |= {f"{block}.{norm}.weight": (N_EMBD,) for norm in ("ln_1", "ln_2")}
        state |= {
            f"{block}.{part}.weight": (
                width[part[5:] if part[:4] == "attn" else part[4:]],
                size,
            )
            for part, size in (
                ("attn.c_attn", N_EMBD),
                ("attn.c_proj", N_EMBD),
                ("mlp.c_fc", N_EMBD),
                ("mlp.c_proj", 4 * N_EMBD),
            )
        }
    state |= {"transformer.ln_f.weight": (N_EMBD,), "lm_head.weight": (256, N_EMBD)}
    tensors = {name: torch.randn(size, generator=random) for name, size in state.items()}
    tensors["lm_head.weight"] = tensors["transformer.wte.weight"]
    arguments = {"n_layer": N_LAYER, "n_head": N_HEAD, "n_embd": N_EMBD, "bias": False}
    arguments |= {"block_size": CONTEXT, "vocab_size": 256}
    path.parent.mkdir(exist_ok=True)
    torch.save({"model": tensors, "model_args": arguments, "iter_num": 10}, path)
    return path


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small GPT, made once."""
    return tiny_gpt(tmp_path_factory.mktemp("models") / "tiny.pt")


@pytest.fixture
def gpt_project(project: Path, checkpoint: Path) -> Path:
    """A project with that model and one spec, ``rain``."""
    (project / "models").mkdir()
    (project / "models" / "tiny.pt").write_bytes(checkpoint.read_bytes())
    (project / "figspec" / "rain.yaml").write_text(SPEC, encoding="utf-8")
    return project


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """The command, run in this process in a folder: exit code, stdout, stderr."""
    from paperfig.cli import main

    def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        capsys.readouterr()
        code = main(list(arguments))
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command in a process of its own."""

    def run(
        folder: Path, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "paperfig", *arguments],
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def built(gpt_project: Path, command: Callable[..., tuple[int, str, str]]) -> Path:
    """The project with its figure made."""
    assert command(gpt_project, "build")[0] == 0
    return gpt_project


@pytest.fixture
def refused(
    built: Path, command: Callable[..., tuple[int, str, str]]
) -> Callable[..., tuple[int, str]]:
    """Builds after a change, which must fail and touch no file: exit code and message."""

    def run(change: Change, *arguments: str) -> tuple[int, str]:
        before = snapshot(built / "figures")
        change(built)
        code, _, error = command(built, "build", *arguments)
        assert snapshot(built / "figures") == before
        assert error.endswith("\n")
        return code, error.removesuffix("\n").replace(str(built), "ROOT")

    return run
