"""Long work tells whoever listens how far it is, each by its name, and others nothing."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from paperfig.engine.build import build
from paperfig.engine.options import Options
from paperfig.excerpts.excerpt import read_excerpt
from paperfig.excerpts.tokenizers.choice import load_tokenizer
from paperfig.excerpts.tokenizers.vocabulary import bytes_tokenizer
from paperfig.progress import BYTES, Work, listening, tracked, working
from paperfig.project.files import sha256_of
from paperfig.specs.schema import ExcerptSpec, TokenizerSpec

TEXT = "Rain fell on the town, and on the sea. " * 40


@dataclass
class Recorder:
    """What was told, in order; every amount is more than the one before it."""

    running: list[Work] = field(default_factory=list)
    amounts: dict[Work, list[int]] = field(default_factory=dict)

    def begin(self, work: Work) -> None:
        self.running.append(work)
        self.amounts[work] = []

    def reached(self, work: Work, done: int) -> None:
        assert work in self.running
        assert done > max(self.amounts[work], default=0)
        self.amounts[work].append(done)

    def end(self, work: Work) -> None:
        self.running.remove(work)

    def told(self, what: str) -> tuple[int | None, str, list[int]]:
        """Total, unit and amounts of the first work of that name."""
        found = next(work for work in self.amounts if work.what == what)
        return found.total, found.unit, self.amounts[found]


@pytest.fixture
def recorder():
    """A listener, of which in the end nothing is left under way."""
    recorder = Recorder()
    with listening(recorder):
        yield recorder
    assert recorder.running == []


def test_nobody_listens_by_default() -> None:
    """Python and notebooks stay silent."""
    with working("counting", 3, "sheep") as advance:
        advance(1)
    recorder = Recorder()
    with listening(recorder):
        assert list(tracked("ab", "spelling", 2, "letters")) == ["a", "b"]
    assert list(tracked("ab", "reading", 2, "letters")) == ["a", "b"]
    assert [work.what for work in recorder.amounts] == ["spelling"]


def test_work_that_fails_or_is_left_has_ended(recorder: Recorder) -> None:
    """Nothing is shown for ever."""
    with pytest.raises(ValueError, match="wolf"), working("counting"):
        raise ValueError("wolf")
    letters = tracked("abc", "spelling", 3, "letters")
    assert next(letters) == "a"
    assert [work.what for work in recorder.running] == ["spelling"]
    letters.close()


def test_hashing_a_file(recorder: Recorder, tmp_path: Path) -> None:
    """By the bytes that have been read."""
    file = tmp_path / "weights.bin"
    file.write_bytes(bytes((2 << 20) + 5))

    digest = sha256_of(file)

    assert digest == "64fd2e4967cabd6182fc63e4e49ba8864445ea69fbd1156e52f7572636050d80"
    assert recorder.told("hashing weights.bin") == (
        (2 << 20) + 5, BYTES, [1 << 20, 2 << 20, (2 << 20) + 5],
    )  # fmt: skip


def test_a_build_of_several_excerpts(recorder: Recorder, gpt_project: Path) -> None:
    """Each stage that may take long: the checkpoint, layers, excerpts, heads, figures."""
    (gpt_project / "data.txt").write_text(TEXT)
    path = gpt_project / "figspec" / "rain.yaml"
    text = '{text: "In 1941, after the fall of France, it rained."}'
    spec = path.read_text().replace(text, "{dataset: data.txt, length: 8, count: 3}")
    path.write_text(spec.replace("head: L1H2", "layer: 1\nhead: [0, 2]"))

    built = build(gpt_project, None, Options(jobs=1), lambda _: None, lambda _: None)
    (result,) = built.figures

    assert result.error is None
    assert recorder.told("making figures") == (1, "figures", [1])
    assert recorder.told("loading models/tiny.pt") == (None, "", [])
    assert recorder.told("tokenising data.txt") == (len(TEXT), BYTES, [len(TEXT)])
    assert recorder.told("running tiny") == (None, "", [])
    assert recorder.told("layer by layer") == (2, "layers", [1, 2])
    assert recorder.told("attention of layer 1") == (3, "excerpts", [1, 2, 3])
    assert recorder.told("statistics") == (2, "heads", [1, 2])
    assert recorder.told("drawing rain") == (None, "", [])
    assert [work.what for work in recorder.amounts].count("running tiny") == 3


def test_a_folder_of_shards(recorder: Recorder, tmp_path: Path) -> None:
    """By the files that are looked into, and the tensors of each layer as it runs."""
    import torch
    from transformers import GPT2Config, GPT2Model

    from paperfig.models.checkpoint import load_checkpoint
    from paperfig.models.huggingface.pretrained import quiet
    from paperfig.specs.schema import CheckpointSpec

    config = GPT2Config(vocab_size=64, n_positions=16, n_embd=12, n_layer=3, n_head=2)
    with quiet():
        GPT2Model(config).save_pretrained(tmp_path / "gpt2")
    source = load_checkpoint(
        CheckpointSpec(path="gpt2"), root=tmp_path, device=torch.device("cpu")
    )
    source.layer_inputs(np.arange(5), {1: [0]})

    assert recorder.told("reading what gpt2 holds") == (1, "files", [1])
    assert recorder.told("layer by layer") == (2, "layers", [1, 2])
    total, unit, amounts = recorder.told("reading weights")
    assert (unit, amounts) == ("tensors", list(range(1, (total or 0) + 1)))


@pytest.mark.parametrize("find", [None, "the sea"])
def test_reading_a_stream(recorder: Recorder, tmp_path: Path, find: str | None) -> None:
    """A window is read no further than it must, and told so."""
    lines = [f"Line {number} of the 水 book.\n" for number in range(3000)]
    lines[2000] = "Here is the sea.\n"
    (tmp_path / "book.txt").write_text("".join(lines), encoding="utf-8")

    read_excerpt(
        ExcerptSpec(dataset="book.txt", find=find, length=8),
        bytes_tokenizer(),
        root=tmp_path,
        context=64,
        vocab_size=256,
        trained_on_clean=False,
    )

    total, unit, amounts = recorder.told("reading book.txt")
    assert (total, unit) == ((tmp_path / "book.txt").stat().st_size, BYTES)
    least = len("".join(lines[:2000]).encode()) if find else 1000
    assert least < amounts[-1] < (total or 0)


def test_counting_a_vocabulary(recorder: Recorder, tmp_path: Path) -> None:
    """By the bytes of text that have been counted."""
    (tmp_path / "train.txt").write_text("the rain, the sea\n" * 50)
    vocabulary = {"dataset": "train.txt", "size": 8}
    spec = TokenizerSpec.model_validate({"base": "characters", "vocabulary": vocabulary})

    load_tokenizer(spec, checkpoint=None, root=tmp_path)

    total, unit, amounts = recorder.told("counting the vocabulary of train.txt")
    assert (total, unit, amounts[-1]) == (900, BYTES, 900)


def test_counting_a_vocabulary_of_ids(recorder: Recorder, tmp_path: Path) -> None:
    """By the bytes of the file of ids."""
    np.arange(200, dtype="<u2").repeat(3).tofile(tmp_path / "train.bin")
    vocabulary = {"dataset": "train.bin", "size": 8}
    spec = TokenizerSpec.model_validate({"base": "characters", "vocabulary": vocabulary})

    load_tokenizer(spec, checkpoint=None, root=tmp_path)

    counted = recorder.told("counting the vocabulary of train.bin")
    assert counted == (1200, BYTES, [1200])


def test_a_download_has_a_bar_of_its_own(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`datasets` draws it; a second one would be in its way."""
    import datasets

    from paperfig.excerpts.sources import hub

    monkeypatch.setattr(datasets, "load_dataset", lambda *_: None)
    hub._download("someone/texts", "plain")

    (work,) = recorder.amounts
    assert (work.what, work.shows_itself) == ("downloading someone/texts", True)
