"""What a restricted vocabulary is counted on belongs to the numbers of its figures."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

Command = Callable[..., tuple[int, str, str]]
LETTERS = "".join(chr(0x4E00 + index) for index in range(241))
TRAIN = LETTERS + "In 1941 it rained."
REVISION = "b08601e04326c79dfdd32d625aee71d232d685c3"
SPEC = """\
figspec: 1
checkpoint: {{path: models/tiny.pt, name: tiny}}
tokenizer: {{base: characters, vocabulary: {vocabulary}}}
excerpt: {excerpt}
head: L1H2
"""


@pytest.fixture
def write(gpt_project: Path) -> Callable[..., None]:
    """Writes the spec ``rain`` anew."""

    def spec(
        vocabulary: str = "{dataset: texts, size: 256}",
        excerpt: str = '{text: "it rained in Oxford"}',
    ) -> None:
        text = SPEC.format(vocabulary=vocabulary, excerpt=excerpt)
        (gpt_project / "figspec" / "rain.yaml").write_text(text, encoding="utf-8")

    return spec


@pytest.fixture
def texts(gpt_project: Path) -> Path:
    """A folder with a train split of exactly 254 different characters."""
    folder = gpt_project / "texts"
    folder.mkdir()
    (folder / "train.txt").write_text(TRAIN, encoding="utf-8")
    (folder / "validation.txt").write_text("none", encoding="utf-8")
    return folder


def test_the_train_split_is_an_input(
    gpt_project: Path, command: Command, write: Callable[..., None], texts: Path
) -> None:
    """Its change makes stale; the caption counts what is outside; gone, it is told so."""
    write()
    assert command(gpt_project, "build")[0] == 0
    caption = (gpt_project / "figures" / "rain.caption.tex").read_text()
    assert "(19 tokens, 4 outside the vocabulary and shown as UNK)" in caption
    assert "`it rained in Oxford'" in caption
    (texts / "validation.txt").write_text("other")
    assert command(gpt_project, "check", "--rehash")[0] == 0
    (texts / "train.txt").write_text(TRAIN + "n" * 9, encoding="utf-8")
    assert command(gpt_project, "check")[1].splitlines()[0] == (
        "rain   stale   texts/train.txt changed"
    )
    shutil.rmtree(texts)
    assert command(gpt_project, "check") == (
        0,
        "rain   texts/train.txt is absent: not verifiable here\n"
        "1 of 1 figures are up to date\n",
        "",
    )


def test_of_the_hubs_sets_the_revision_counts(
    gpt_project: Path,
    command: Command,
    write: Callable[..., None],
    hub_cache: Callable[..., Path],
) -> None:
    """No path of a machine enters the record."""
    folder = hub_cache({"train": [TRAIN]}, revision=REVISION)
    write("{dataset: wikitext-2, size: 256}")
    assert command(gpt_project, "build")[0] == 0
    record = json.loads((gpt_project / "figures" / "rain.json").read_text())

    assert record["compute"]["keys"]["tokenizer.vocabulary.revision"] == REVISION
    assert [file["path"] for file in record["compute"]["files"].values()] == ["models/tiny.pt"]
    shutil.rmtree(folder.parents[3])
    assert command(gpt_project, "check")[1].splitlines()[0] == (
        "rain   tokenizer.vocabulary.revision is absent: not verifiable here"
    )


def test_a_file_of_token_ids_is_an_input(
    gpt_project: Path, command: Command, write: Callable[..., None], texts: Path
) -> None:
    """A project's own cache of ids, as the excerpt and under the vocabulary."""
    ids = torch.tensor([ord(letter) for letter in "it rained in Oxford"])
    torch.save(ids, texts / "a_validation_tokens.pt")
    write(excerpt="{dataset: texts/a_validation_tokens.pt, start: 3, length: 8}")
    assert command(gpt_project, "build")[0] == 0
    caption = (gpt_project / "figures" / "rain.caption.tex").read_text()
    assert r"on the text `rained i' (8 tokens)" in caption
    torch.save(ids + 1, texts / "a_validation_tokens.pt")
    assert command(gpt_project, "check")[1].splitlines()[0] == (
        "rain   stale   texts/a_validation_tokens.pt changed"
    )


def test_both_numbers_are_told(
    gpt_project: Path, command: Command, write: Callable[..., None], texts: Path
) -> None:
    """A size that is not the checkpoint's fails the figure in one line."""
    assert texts.is_dir()
    write("{dataset: texts, size: 200}")
    code, _, error = command(gpt_project, "build")
    assert code == 1
    assert error.splitlines()[0] == (
        "figspec/rain.yaml: tokenizer.vocabulary.size: 200 is not the 256 of the model's "
        "vocabulary; 256 is right, if the model was trained on this data set"
    )
