"""Inputs that are not here now, or were not when the build began."""

import json
import shutil
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from changes import spec

from paperfig.excerpts.sources import source as sources

Lay = Callable[..., Path]
Command = Callable[..., tuple[int, str, str]]
WIKITEXT = {"validation": ["In 1941 it rained, and rained.\n"]}


def lay_tokenizer(path: Path, order: Callable[[int], int] = lambda byte: byte) -> None:
    """A .tiktoken file of the 256 bytes, with ranks in some order."""
    lines = [f"{b64encode(bytes([byte])).decode()} {order(byte)}\n" for byte in range(256)]
    path.write_text("".join(lines))


def test_the_look_changes_without_the_data(gpt_project: Path, command: Command) -> None:
    """A folder of texts that is gone is not verifiable, and no set of the Hub; the
    tokenizer, which is here, is not called absent."""
    (gpt_project / "some" / "texts").mkdir(parents=True)
    (gpt_project / "some" / "texts" / "rain.txt").write_text("In 1941 it rained.")
    lay_tokenizer(gpt_project / "models" / "tokenizer.tiktoken")
    spec(
        excerpt="{dataset: some/texts, length: 8}",
        tokenizer="models/tokenizer.tiktoken",
    )(gpt_project)
    assert command(gpt_project, "build")[0] == 0
    shutil.rmtree(gpt_project / "some")
    spec(style="{venue: icml}")(gpt_project)
    code, out, error = command(gpt_project, "build")

    assert (code, error) == (0, "")
    assert out.startswith("rain   stale (style.venue: article → icml)   map   ")
    assert command(gpt_project, "check") == (
        0,
        "rain   some/texts/rain.txt is absent: not verifiable here\n"
        "1 of 1 figures are up to date\n",
        "",
    )


def test_the_tokenizer_counts_beside_a_set_of_the_hub(
    gpt_project: Path, command: Command, hub_cache: Lay
) -> None:
    """The Hub's revision stands for its files, and for no other."""
    hub_cache(WIKITEXT)
    lay_tokenizer(gpt_project / "models" / "tokenizer.tiktoken")
    spec(
        excerpt="{dataset: wikitext-2, split: validation, length: 8}",
        tokenizer="models/tokenizer.tiktoken",
    )(gpt_project)
    assert command(gpt_project, "build")[0] == 0
    lay_tokenizer(gpt_project / "models" / "tokenizer.tiktoken", lambda byte: 255 - byte)

    assert command(gpt_project, "check")[1].splitlines()[0] == (
        "rain   stale   models/tokenizer.tiktoken changed"
    )


def test_a_set_that_the_build_fetched_is_recorded(
    gpt_project: Path, command: Command, hub_cache: Lay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The revision read is recorded, so that the next build has nothing to do."""
    obtain, fetched = sources.obtain_split, []

    def download(*arguments: str, **more: str) -> sources.CachedSplit:
        fetched.append(hub_cache(WIKITEXT).name)
        return obtain(*arguments, **more)

    monkeypatch.setattr(sources, "obtain_split", download)
    spec(excerpt="{dataset: wikitext-2, split: validation, length: 8}")(gpt_project)
    assert command(gpt_project, "build")[0] == 0
    record = json.loads((gpt_project / "figures" / "rain.json").read_text())

    assert record["compute"]["keys"]["excerpt.revision"] == fetched[0]
    assert command(gpt_project, "build", "--rehash")[1] == (
        "nothing to do: 1 figure is up to date\n"
    )


def test_another_configuration_in_the_cache_is_no_other_text(
    gpt_project: Path, command: Command, hub_cache: Lay, tmp_path: Path
) -> None:
    """What the card lists decides, and is recorded: when that changes, so does the figure."""
    card = tmp_path / "hub-cards" / "datasets--acme--corpus" / "snapshots" / "0" / "README.md"
    card.parent.mkdir(parents=True)
    card.write_text("---\nconfigs:\n- config_name: en\n---\n")
    hub_cache({"train": ["the lamp is lit"]}, name="acme___corpus", config="en")
    spec(excerpt="{dataset: acme/corpus, split: train, length: 8}")(gpt_project)
    assert command(gpt_project, "build")[0] == 0
    record = json.loads((gpt_project / "figures" / "rain.json").read_text())
    assert record["compute"]["keys"]["excerpt.config"] == "en"

    hub_cache({"train": ["die Lampe brennt"]}, name="acme___corpus", config="de")
    assert command(gpt_project, "check", "--rehash")[0] == 0
    card.write_text("---\nconfigs:\n- config_name: de\n- config_name: en\n---\n")
    assert command(gpt_project, "check")[0] == 1
    card.write_text("---\nconfigs:\n- config_name: de\n---\n")
    code, out, _ = command(gpt_project, "check")
    assert (code, out.splitlines()[0]) == (
        1,
        "rain   stale   excerpt.config: en → de",
    )
