"""Bad input, through the command: the whole message, the exit code, earlier files untouched."""
# ruff: noqa: E501 (messages stand whole)

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from changes import added, both, file, spec, weights

Refused = Callable[..., tuple[int, str]]

HEADS = (
    "a whole number from 0, a reference such as L4H11, a list of these, all or mean is right"
)
KAPPA = "a number above 0 or a list of these is right"


def npy(array: np.ndarray) -> bytes:
    """The array as an .npy file, pickled where its objects need it."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


LONG = "a b " * 30
ROWS = b'{"text": "one row"}\n{"text": ""}\n{"text": "a third"}\n'
KEY = "transformer.h.1.attn.c_attn.weight"
UNREADABLE = "truncated or damaged: its zip directory cannot be read; copy or save it again"
FIGURES = {
    # the checkpoint
    "a missing checkpoint": (
        spec(checkpoint="models/tinny.pt"),
        "models/tinny.pt: no such checkpoint; the folder models holds tiny.pt",
    ),
    "a truncated file": (
        lambda project: os.truncate(project / "models" / "tiny.pt", 20_000),
        f"models/tiny.pt: {UNREADABLE}",
    ),
    "an empty file": (
        lambda project: os.truncate(project / "models" / "tiny.pt", 0),
        "models/tiny.pt: truncated or damaged: the file is empty; copy or save it again",
    ),
    "another file": (
        file("models/tiny.pt", b"step,loss\n"),
        "models/tiny.pt: neither a file of torch.save nor a .safetensors file; "
        "convert it to one of them, or copy it again if it was one",
    ),
    "a folder": (
        spec(checkpoint="models"),
        "models: a folder that holds tiny.pt; name the file: models/tiny.pt",
    ),
    "a tensor that is missing": (
        weights(lambda tensors: tensors.pop(KEY)),
        f"models/tiny.pt: lacks {KEY}; save the whole state dict",
    ),
    "a misshapen tensor": (
        weights(lambda tensors: tensors.update({KEY: torch.ones(3, 4)})),
        f"models/tiny.pt: {KEY} has shape (3, 4); (36, 12) is right",
    ),
    "a tensor of another field": (
        weights(lambda tensors: tensors.update({KEY: tensors[KEY].cfloat()})),
        f"models/tiny.pt: {KEY} is complex64; floating point is right",
    ),
    "weights that are no numbers": (
        weights(lambda tensors: tensors[KEY].fill_(torch.nan)),
        "head 2: the score of query 0 and key 0 is not finite; "
        "the checkpoint's numbers overflow; look at its tensors",
    ),
    "infinite weights": (
        weights(lambda tensors: tensors["transformer.wte.weight"].fill_(torch.inf)),
        "head 2: the score of query 0 and key 0 is not finite; "
        "the checkpoint's numbers overflow; look at its tensors",
    ),
    # layer, head and κ
    "a head out of range": (
        spec(head="L1H3"),
        "head: L1H3 does not exist; heads are 0 to 2",
    ),
    "a layer out of range": (
        spec(head="L2H0"),
        "head: L2H0 does not exist; layers are 0 to 1",
    ),
    "a layer of its own out of range": (
        spec(head="0", layer="2"),
        "layer: 2 does not exist; layers are 0 to 1",
    ),
    "no layer": (spec(head="0"), "layer: nothing is said; layers are 0 to 1"),
    "a κ too small for the scores": (
        spec(kappa="1.0e-300"),
        "kappa: scores divided by it overflow; a larger one is right",
    ),
    # the excerpt
    "more than the text": (
        spec(excerpt="{text: rain, length: 5}"),
        "excerpt.length: 5 tokens are more than the 4 of the text; at most 4 is right",
    ),
    "more than the context": (
        spec(excerpt=f'{{text: "{LONG}", length: 65}}'),
        "excerpt.length: 65 tokens are more than the model's context of 64; at most 64 is right",
    ),
    "an empty row": (
        file("rows.jsonl", ROWS, excerpt="{dataset: rows.jsonl, row: 1, length: 4}"),
        "excerpt.row: row 1 is empty; the next row with text is 2",
    ),
    "no such row": (
        file("rows.jsonl", ROWS, excerpt="{dataset: rows.jsonl, row: 3, length: 4}"),
        "excerpt.row: row 3 is beyond the 3 rows of rows.jsonl; 0 to 2 are right",
    ),
    "a phrase that is not there": (
        file("rows.jsonl", ROWS, excerpt="{dataset: rows.jsonl, find: lighthouse}"),
        "excerpt.find: 'lighthouse' does not stand in the 16 characters of rows.jsonl; "
        "a phrase just as the text has it is right",
    ),
    "half a record": (
        file("rows.jsonl", b'{"text": ', excerpt="{dataset: rows.jsonl}"),
        "ROOT/rows.jsonl: line 1 is not JSON (Expecting value: line 1 column 10 (char 9))",
    ),
    "a text that is not UTF-8": (
        file("rain.txt", b"In 19\xff41", excerpt="{dataset: rain.txt}"),
        "ROOT/rain.txt: it is not UTF-8 text (byte 0xff at 5); a UTF-8 file is right",
    ),
    "a broken parquet file": (
        file("rain.parquet", b"", excerpt="{dataset: rain.parquet}"),
        "rain.parquet: it cannot be read (Parquet file size is 0 bytes)",
    ),
    "a saved folder without splits": (
        file("saved/dataset_dict.json", b"{}", excerpt="{dataset: ./saved}"),
        "ROOT/saved/dataset_dict.json: it holds no list of splits; "
        "what save_to_disk() writes is right",
    ),
    "no such data": (
        both(
            spec(excerpt="{dataset: ./text/rain.txt}"),
            lambda project: (project / "text").mkdir(),
            lambda project: (project / "text" / "snow.txt").touch(),
        ),
        "./text/rain.txt: there is no such file or folder; text holds snow.txt",
    ),
    "ids that are no integers": (
        file("ids.npy", npy(np.zeros(3)), excerpt="{ids: ids.npy}"),
        "excerpt.ids ids.npy: it holds shape (3,) of float64; one row of integers is right",
    ),
    "ids in a matrix": (
        file("ids.npy", npy(np.eye(2, dtype=int)), excerpt="{ids: ids.npy}"),
        "excerpt.ids ids.npy: it holds shape (2, 2) of int64; one row of integers is right",
    ),
    "pickled ids": (
        file("ids.npy", npy(np.array([1, None])), excerpt="{ids: ids.npy}"),
        "excerpt.ids ids.npy: it is damaged, or holds no numbers; an .npy file of ids is right",
    ),
    "ids that claim terabytes": (
        file(
            "ids.npy",
            npy(np.zeros(1, int)).replace(b"(1,), }          ", b"(9999999999,), }"),
            excerpt="{ids: ids.npy}",
        ),
        "excerpt.ids ids.npy: it is damaged, or holds no numbers; an .npy file of ids is right",
    ),
    "ids that the model does not know": (
        spec(excerpt="{ids: [3, 256]}"),
        "excerpt.ids: id 256 of token 1 is not in the model's vocabulary; 0 to 255 are right",
    ),
    # the tokenizer
    "no tokenizer": (
        spec(tokenizer="from-checkpoint"),
        "tokenizer: no tokenizer.tiktoken, tokenizer.json or meta.pkl lies beside "
        "models/tiny.pt; say which tokenizer it was trained with, one of 256 ids",
    ),
    "a tokenizer.json of another kind": (
        file("models/tokenizer.json", b'{"model": {}}', tokenizer="from-checkpoint"),
        "models/tokenizer.json: it is no tokenizer.json (data did not match any variant of "
        "untagged enum ModelUntagged at line 1 column 12); one that transformers writes is right",
    ),
    "two tokens with one id": (
        file("models/a.tiktoken", b"YQ== 1\nYg== 1\n", tokenizer="models/a.tiktoken"),
        "models/a.tiktoken: two tokens have the id 1; one id a token",
    ),
    # the look
    "an unknown font": (
        spec(style="{font: No Such Font At All}"),
        "style.font: no font family 'No Such Font At All' is installed; "
        "a family that is installed is right",
    ),
    "a template that is not UTF-8": (
        file("templates/ours.tex.j2", b"\xff", caption="{template: ours}"),
        "templates/ours.tex.j2: it is not UTF-8; save the file as UTF-8",
    ),
    "a template that builds a gigabyte": (
        file("templates/ours.tex.j2", rb"\VAR{'a' * 10**9}", caption="{template: ours}"),
        "templates/ours.tex.j2:1: makes a value larger than 64 kB with *",
    ),
    # files that are none
    "a checkpoint that is a loop": (
        both(
            lambda project: (project / "models" / "tiny.pt").unlink(),
            lambda project: (project / "models" / "tiny.pt").symlink_to("tiny.pt"),
        ),
        "models/tiny.pt: cannot be read (Too many levels of symbolic links)",
    ),
    "a folder in a file's place": (
        both(lambda project: (project / "a.npy").mkdir(), spec(excerpt="{ids: a.npy}")),
        "a.npy: cannot be read (it is a folder)",
    ),
    "a name that no file can have": (
        spec(checkpoint="a" * 300),
        f"{'a' * 300}: cannot be read (File name too long)",
    ),
}


@pytest.mark.parametrize("case", FIGURES)
def test_a_figure_that_cannot_be_made(refused: Refused, case: str) -> None:
    """One line says the spec, where, what is wrong and what would be right; exit code 1."""
    change, message = FIGURES[case]
    assert refused(change) == (1, f"figspec/rain.yaml: {message}")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
SPECS = {
    "an unknown key": (spec(haed="3"), "6:1: haed: unknown key; did you mean head?"),
    "a repeated key": (added("head: L0H0\n"), "6:1: head: given twice, first in line 5; keep one"),
    "a key of another kind": (
        spec(variants="{}"),
        "6:1: variants: not a key of map but of compare; leave it out",
    ),
    "κ of 0": (spec(kappa="0"), f"6:8: kappa: 0 is out of range; {KAPPA}"),
    "κ of nan": (spec(kappa="nan"), f'6:8: kappa: "nan" is a text; {KAPPA}'),
    "κ of .nan": (
        spec(kappa=".nan"),
        f"6:8: kappa: .nan is not a finite number; {KAPPA}",
    ),
    "κ of 1e-1": (spec(kappa="1e-1"), "6:8: kappa: 1e-1 is a text in YAML 1.1; write 0.1"),
    "κ in quotes": (spec(kappa='"1e-1"'), f'6:8: kappa: "1e-1" is a text; {KAPPA}'),
    "head: true": (spec(head="true"), f"5:7: head: true is a truth value; {HEADS}"),
    "layer: 010": (
        spec(layer="010"),
        "6:8: layer: 010 begins with 0, which is octal in YAML 1.1; write 10",
    ),
    "self: true": (
        spec(mask="{self: true}"),
        "6:14: mask.self: true is a truth value; keep, hide or hide-always is right",
    ),
    "an alias bomb": (added(BOMB), "10:8: more than 10,000 values, aliases expanded; write fewer"),
    "no YAML": (
        added("style: {venue: icml\n"),
        "7:1: not YAML: did not find expected ',' or '}'; close brackets and quotes, and indent alike",
    ),
    "not UTF-8": (
        file("figspec/rain.yaml", b"figspec: 1\n# \xff\n"),
        "2:3: not UTF-8; save the file as UTF-8",
    ),
    "an empty file": (
        file("figspec/rain.yaml", b""),
        "1:1: empty; `paperfig new NAME` writes a spec",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SPECS)
def test_a_spec_that_cannot_be_read(refused: Refused, case: str) -> None:
    """One line with file, line, column and key; exit code 2."""
    change, message = SPECS[case]
    assert refused(change) == (2, f"figspec/rain.yaml:{message}")


def test_a_kappa_that_nothing_says(repository: Path, built: Path, refused: Refused) -> None:
    """A model of gauge transport whose file has lost its configuration: κ is never guessed."""
    content = torch.load(repository / "demo" / "gauge.pt")
    del content["config"]
    torch.save(content, built / "models" / "gauge.pt")

    assert refused(
        spec(checkpoint="models/gauge.pt", excerpt="{ids: [1, 2, 3]}", head="L0H0")
    ) == (
        1,
        "figspec/rain.yaml: models/gauge.pt: nothing in it or beside it says with which κ and "
        "mask it was trained; declare it under `checkpoint`: `trained: {kappa: 1.0, mask: "
        "{causal: true, self: keep}}`, with its own values",
    )
