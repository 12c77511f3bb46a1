"""The examples of the documentation, run as they stand on real files of the formats named."""

import re
import shlex
import shutil
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from documented import documented
from small_gpt import random_gpt, small_gpt2

import paperfig
from paperfig.api.attention import Attention
from paperfig.cli import main

SIZE = 5000
REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture
def wikitext(project: Path, wikitext_rows: tuple[list[str], list[str]]) -> tuple[str, str]:
    """WikiText-2's splits as the VFE projects clean them, beside a model of such ids."""
    random_gpt(project / "model.pt", vocab_size=SIZE, n_layer=1, context=128)
    train, validation = map(cleaned, wikitext_rows)
    return train, validation


def cleaned(rows: Iterable[str]) -> str:
    """Their stream: rows that are not blank by a blank line, the marks undone."""
    text = "\n\n".join(row for row in rows if row.strip())
    if "<unk>" in text:
        text = re.sub(" +", " ", text.replace("<unk>", ""))
    return text.replace(" @-@ ", "-").replace(" @,@ ", ",").replace(" @.@ ", ".")


def their_ids(train: list[int], text: list[int]) -> list[int]:
    """The restricted ids: the 4999 commonest of train by their old ids, UNK last."""
    counts: dict[int, int] = {}
    for token in train:
        counts[token] = counts.get(token, 0) + 1
    commonest = sorted(counts, key=lambda token: -counts[token])[: SIZE - 1]
    new = {old: index for index, old in enumerate(sorted(commonest))}
    return [new.get(token, SIZE - 1) for token in text]


@cache
def encoded(text: str) -> list[int]:
    """GPT-2's ids."""
    import tiktoken

    return tiktoken.get_encoding("gpt2").encode_ordinary(text)


def attention_of(project: Path, example: str) -> Attention:
    """What a documented excerpt gives for the model."""
    spec = {"checkpoint": "model.pt", "head": 0} | yaml.safe_load(example)
    return paperfig.attention(spec, root=project)


def test_a_window_of_the_validation_loader(project: Path, wikitext: tuple[str, str]) -> None:
    """docs/data.md: item 777, id for id."""
    (example,) = documented(REPOSITORY / "docs" / "data.md", "window")
    spec = yaml.safe_load(example)
    spec["excerpt"]["clean"] = "vfe"  # the default of a VFE family, which this model is not
    found = attention_of(project, yaml.safe_dump(spec))
    train, validation = map(encoded, wikitext)

    assert found.token_ids.tolist() == their_ids(train, validation)[777 : 777 + 128]


def test_many_windows(project: Path, wikitext: tuple[str, str]) -> None:
    """docs/data.md: two hundred of them, each where the record says that it begins."""
    (example,) = documented(REPOSITORY / "docs" / "data.md", "windows")
    (window,) = documented(REPOSITORY / "docs" / "data.md", "window")
    spec = yaml.safe_load(example) | {"tokenizer": yaml.safe_load(window)["tokenizer"]}
    spec["excerpt"]["clean"] = "vfe"
    found = attention_of(project, yaml.safe_dump(spec))
    ids = their_ids(*map(encoded, wikitext))
    runs = {tuple(ids[start : start + 128]) for start in range(len(ids))}

    assert found.token_ids.shape == (200, 128)
    assert all(tuple(run) in runs for run in found.token_ids.tolist())
    assert found.statistics()[0]["excerpts"] == 200


def test_files_of_token_ids(project: Path, wikitext: tuple[str, str]) -> None:
    """docs/data.md: a project's own cache, for the window and for the vocabulary."""
    (example,) = documented(REPOSITORY / "docs" / "data.md", "files")
    (project / "cache").mkdir()
    train, validation = map(encoded, wikitext)
    for split, ids in (("train", train), ("validation", validation)):
        path = project / "cache" / f"wikitext-103_{split}_tiktoken_tokens.pt"
        torch.save(torch.tensor(ids), path)
    found = attention_of(project, example)

    assert found.token_ids.tolist() == their_ids(train, validation)[777 : 777 + 128]


@pytest.mark.parametrize(
    ("name", "tau"),
    [("v1", r"$\tau = \kappa\sqrt{d} = 3.162"), ("v3", r"\tau = \kappa\sqrt{d} = 2.0")],
)
def test_checkpoints_of_v1_and_v3(
    name: str,
    tau: str,
    project: Path,
    shared: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """docs/models.md: built, with τ in the caption."""
    (example,) = documented(REPOSITORY / "docs" / "models.md", name)
    (project / "runs" / name).mkdir(parents=True)
    source = shared / "vfe" / f"{name}_best_model_like.pt"
    shutil.copy(source, project / "runs" / name / "best_model.pt")
    (project / "figspec" / "ours.yaml").write_text(example, encoding="utf-8")
    monkeypatch.chdir(project)

    assert main(["build"]) == 0
    caption = (project / "figures" / "ours.caption.tex").read_text()
    assert rf"\emph{{{name.upper()}}}" in caption
    assert tau in caption


@pytest.mark.usefixtures("wikitext")
def test_the_commands_of_show(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """docs/show.md: each line, on a model of GPT-2's vocabulary."""
    random_gpt(project / "whole.pt", vocab_size=50257, n_layer=1, context=128)
    spec = {"figspec": 1, "checkpoint": "whole.pt", "tokenizer": "gpt2"}
    spec |= {"excerpt": {"text": "It rained."}, "head": "all"}
    (project / "figspec" / "rain.yaml").write_text(yaml.safe_dump(spec))
    monkeypatch.chdir(project)
    blocks = documented(REPOSITORY / "docs" / "show.md", "commands")
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]

    assert len(lines) == 5
    for line in lines:
        words = shlex.split(re.split(r" {4,}", line)[0].replace("…", "It rained."))
        words = [{"SPEC": "rain", "FILE": "whole.pt"}.get(word, word) for word in words[1:]]
        words += [] if "rain" in words else ["--tokenizer", "gpt2"]
        assert main(words) == 0, words
        printed = capsys.readouterr().out
        assert "Diagnosis of layer 0" in printed
        assert max(map(len, printed.splitlines())) <= 100


@pytest.mark.usefixtures("wikitext")
def test_the_commands_of_the_guide(
    project: Path,
    hub_cache: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """README and docs/guide.md: each draws its figure, or prints numbers of every head."""
    rows = {"validation": [" The lighthouse stood . \n"] * 40}
    hub_cache(rows, config="wikitext-103-raw-v1")
    random_gpt(project / "whole.pt", vocab_size=50257, n_layer=1, context=128)
    monkeypatch.chdir(project)
    pages = (REPOSITORY / "README.md", REPOSITORY / "docs" / "guide.md")
    first, guide = ("\n".join(documented(page, "guide")).split("\n") for page in pages)
    drawn, printed_only = ["draw"] * 4, ["show"] * 2
    lines = [line for line in guide if line.strip()]
    assert [line.split()[1] for line in lines] == drawn + printed_only
    assert [line for line in first if line.strip()] == lines[:4]
    for line in lines:
        words = ["whole.pt" if word == "FILE" else word for word in shlex.split(line)[1:]]
        assert main([*words, "--tokenizer", "gpt2"]) == 0, words
        printed = capsys.readouterr().out
        if words[0] == "show":
            assert "Layer 0: 3 heads, causal" in printed
            continue
        caption = Path("attention.caption.tex").read_text()
        assert printed.startswith(caption.rstrip("%\n"))
        assert Path("attention.pdf").read_bytes().startswith(b"%PDF")
        for path in Path().glob("attention.*"):
            path.unlink()


def test_attention_of_transformers(
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The README's lines, on a narrow GPT-2: its own weights are drawn."""
    (example,) = documented(REPOSITORY / "README.md", "array")
    small_gpt2(shared, tmp_path / "models" / "gpt2")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(example, names)

    assert capsys.readouterr().out.startswith(
        "Attention pattern for head 1 of layer 5 of \\emph{GPT-2} on the text `The keys to the "
        "cabinet are on the table.' (10 tokens). Causal mask. Weights computed elsewhere."
    )
    assert repr(names["figure"]) == "<paperfig.Figure map: L5H1, 10 tokens>"
    theirs = names["outputs"].attentions[5][0, 1].numpy()
    diagonal = [float(entry) for entry in (theirs[0, 0], 1.0)]
    assert diagonal == [1.0, 1.0]
    entropy = names["figure"].statistics()[0]["normalised_entropy"]
    rows = [-(row[: at + 1] * np.log(row[: at + 1])).sum() for at, row in enumerate(theirs)]
    counts = np.log(np.arange(2, 11))
    assert entropy == pytest.approx((np.array(rows[1:]) / counts).mean(), abs=1e-6)
    assert (tmp_path / "attention.pdf").read_bytes().startswith(b"%PDF")


def test_a_file_of_ones_own(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[..., tuple[int, str, str]]
) -> None:
    """docs/models.md: numpy writes it, a spec names it."""
    page = REPOSITORY / "docs" / "models.md"
    (spec,), (written,) = documented(page, "recorded"), documented(page, "recorded arrays")
    (project / "runs").mkdir()
    (project / "figspec" / "ours.yaml").write_text(spec, encoding="utf-8")
    monkeypatch.chdir(project)
    weights = np.tril(np.ones((6, 4, 4))) / np.arange(1, 5)[:, None]
    exec(written, {"weights": weights, "tokens": ["The", "Ġlamp", "Ġwent", "Ġout"]})

    assert command(project, "build")[0] == 0
    assert (project / "figures" / "ours.caption.tex").read_text() == (
        "Attention patterns for heads 1 and 4 of layer 5 of \\emph{our model} on the text `The "
        "lamp went out' (4 tokens). Causal mask. Weights computed elsewhere.%\n"
    )


class Loop(torch.nn.Module):
    """A model in training with the VFE projects' interface."""

    def __init__(self) -> None:
        super().__init__()
        self.config = {"n_layers": 1, "kappa_beta": 1.0}
        self.table = torch.nn.Embedding(256, 4)

    def forward_with_attention(self, ids: torch.Tensor) -> tuple[torch.Tensor, dict]:
        """Weights of distances between embeddings."""
        x = self.table(ids)
        kl = (x[:, :, None] - x[:, None]).square().sum(-1)[:, None]
        causal = torch.ones(kl.shape[-2:]).tril().bool()
        return x, {"beta": (-kl).masked_fill(~causal, -torch.inf).softmax(-1), "kl": kl}


class Bytes:
    """A tokenizer of bytes."""

    def decode(self, ids: list[int]) -> str:
        """The text of the ids."""
        return bytes(ids).decode("latin-1")


def test_the_call_in_a_training_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's lines, called every ten steps."""
    (example,) = documented(REPOSITORY / "README.md", "loop")
    monkeypatch.chdir(tmp_path)
    names = {"paperfig": paperfig, "model": Loop(), "tokenizer": Bytes()}
    names["val_batch"] = torch.tensor([list(b"It rained."), list(b"It snowed.")])
    for step in (0, 10):
        exec(example, names | {"step": step})

    made = sorted(path.name for path in (tmp_path / "runs" / "attention").glob("*.pdf"))
    assert made == [
        f"attention-step{step:06d}-L0{kind}.pdf"
        for step in (0, 10)
        for kind in ("-context", "")
    ]
    assert np.isfinite(names["model"].table.weight.detach().numpy()).all()
