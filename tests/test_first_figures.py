"""The README's ways to a first figure of one's own, line by line as they stand.

What stands in for the programs of others writes the files that those write.
"""

import json
import pickle
import re
import shlex
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from documented import documented
from small_gpt import random_gpt, small_gpt2

Command = Callable[..., tuple[int, str, str]]
Programs = Mapping[str, Callable[[Path], None]]
LETTERS = "\n !$&',-.3:;?" + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
VERSE = "Once more unto the breach, dear friends, once more;\nOr close the wall up!\n"


@pytest.fixture
def follow(
    repository: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Programs], Path]:
    """Runs an example's lines one by one, each printing what stands below it."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")

    def run(example: str, programs: Programs) -> Path:
        (text,) = documented(repository / "README.md", example)
        folder = tmp_path
        for step in text.replace("\\\n", " ").split("$ ")[1:]:
            line, _, printed = step.partition("\n")
            match shlex.split(line):
                case ["cd", name]:
                    folder = (folder / name).resolve(strict=True)
                case ["paperfig", *arguments]:
                    done = command(folder, *arguments)
                    assert (done[0], done[2]) == (0, "")
                    assert done[1].splitlines()[-1].endswith("make figures")
                case ["make", "figures"]:
                    assert "\nfigures:\n\t@$(PAPERFIG) build\n" in text_of(folder / "Makefile")
                    code, out, err = command(folder, "build")
                    assert (code, err) == (0, "")
                    assert without_times(out) == without_times(printed.rstrip("\n") + "\n")
                case _:
                    (theirs,) = (write for name, write in programs.items() if name in line)
                    theirs(folder)
        return folder

    return run


def text_of(path: Path) -> str:
    """A file's text."""
    return path.read_text(encoding="utf-8")


def without_times(printed: str) -> str:
    """The lines without how long each figure took."""
    return re.sub(r"\d+\.\d s$", "", printed, flags=re.MULTILINE)


def caption(project: Path) -> str:
    """The caption, as LaTeX."""
    return text_of(project / "figures" / "attention.caption.tex")


def test_a_hugging_face_folder(
    follow: Callable[[str, Programs], Path], shared: Path, tmp_path: Path
) -> None:
    """Three files of the Hub, and a text: twelve heads with the model's name in the caption."""
    downloads = {"hf download": lambda folder: small_gpt2(shared, folder / "models" / "gpt2")}
    project = follow("hugging face", downloads)

    assert project == tmp_path
    assert r"\emph{GPT-2}" in caption(project)
    assert "The keys to the cabinet are on the table." in caption(project)


def prepare(folder: Path) -> None:
    """nanoGPT's prepare.py of characters: the letters and both splits as 16-bit ids."""
    data = folder / "data" / "shakespeare_char"
    data.mkdir(parents=True)
    itos = dict(enumerate(LETTERS))
    stoi = {letter: index for index, letter in itos.items()}
    meta = {"vocab_size": len(LETTERS), "itos": itos, "stoi": stoi}
    (data / "meta.pkl").write_bytes(pickle.dumps(meta))
    for split in ("train", "val"):
        np.array([stoi[letter] for letter in VERSE * 5], np.uint16).tofile(
            data / f"{split}.bin"
        )


def train(folder: Path) -> None:
    """nanoGPT's train.py by config/train_shakespeare_char.py, narrow and hardly trained."""
    path = folder / "out-shakespeare-char" / "ckpt.pt"
    random_gpt(path, vocab_size=len(LETTERS), n_layer=6, n_head=6, n_embd=24, context=256)
    content = torch.load(path, weights_only=True)
    content["model_args"] |= {"dropout": 0.2}
    config = {"out_dir": path.parent.name, "dataset": "shakespeare_char", "compile": True}
    content |= {"optimizer": {"state": {}, "param_groups": []}, "config": config}
    content["model"] = {f"_orig_mod.{name}": one for name, one in content["model"].items()}
    torch.save(content | {"best_val_loss": torch.tensor(1.5)}, path)


def test_a_nanogpt_run(follow: Callable[[str, Programs], Path], tmp_path: Path) -> None:
    """From prepare.py to a figure, in a folder beside nanoGPT's: the validation text quoted."""
    (tmp_path / "nanoGPT").mkdir()
    project = follow("nanogpt", {"prepare.py": prepare, "train.py": train})

    assert project == tmp_path / "mypaper"
    assert r"\emph{nanoGPT}" in caption(project)
    assert "Once more unto the breach, dear friends," in caption(project)
    record = json.loads(text_of(project / "figures" / "attention.json"))
    assert record["facts"]["excerpt"]["tokens"] == 64


@pytest.mark.usefixtures("wikitext_rows")
def test_a_vfe_run(
    follow: Callable[[str, Programs], Path], shared: Path, tmp_path: Path
) -> None:
    """What the publication trainer wrote, for the 5000 tokens that its data loader kept."""
    run = tmp_path / "runs" / "vfe"
    shutil.copytree(shared / "vfe" / "run_vfe_publication", run)
    content = torch.load(run / "best_model.pt", weights_only=False)
    tensors = content["model_state_dict"]
    for name, table in tensors.items():
        if len(table.shape) == 2 and len(table) == 256:
            tensors[name] = table.repeat(20, 1)[:5000]
    torch.save(content, run / "best_model.pt")
    settings = json.loads(text_of(run / "experiment_config.json"))
    settings["config"]["vocab_size"] = 5000
    (run / "experiment_config.json").write_text(json.dumps(settings))
    project = follow("vfe", {})

    assert r"\emph{VFE-Sim}" in caption(project)
    assert "WikiText-2 validation" in caption(project)
    assert "European lobster" in caption(project)
    spec = yaml.safe_load(text_of(project / "figspec" / "attention.yaml"))
    assert spec["tokenizer"]["vocabulary"] == {"dataset": "wikitext-2", "size": 5000}
