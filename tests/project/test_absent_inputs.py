"""Inputs that are not here now, or were not when the build began."""

import json
import shutil
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from paperfig.excerpts.sources import source as sources

Command = Callable[..., tuple[int, str, str]]
REVISION = "b08601e04326c79dfdd32d625aee71d232d685c3"


def respell(project: Path, **changes: str) -> None:
    """Replaces lines of the spec ``rain``, or adds them."""
    spec = project / "figspec" / "rain.yaml"
    lines = dict(line.split(": ", 1) for line in spec.read_text().splitlines())
    spec.write_text("".join(f"{key}: {value}\n" for key, value in (lines | changes).items()))


def lay_tokenizer(path: Path, order: Callable[[int], int] = lambda byte: byte) -> None:
    """A .tiktoken file of the 256 bytes, with ranks in some order."""
    lines = [f"{b64encode(bytes([byte])).decode()} {order(byte)}\n" for byte in range(256)]
    path.write_text("".join(lines))


def lay_hub_set(cache: Path) -> None:
    """WikiText-2's validation split, as `datasets` leaves it in its cache."""
    folder = cache / "Salesforce___wikitext" / "wikitext-2-raw-v1" / "0.0.0" / REVISION
    folder.mkdir(parents=True)
    schema = pa.schema([("text", pa.string())])
    file = str(folder / "wikitext-validation.arrow")
    with pa.OSFile(file, "wb") as sink, pa.ipc.new_stream(sink, schema) as out:
        out.write_table(pa.table({"text": ["In 1941 it rained, and rained.\n"]}, schema))
    about = {"splits": {"validation": {"name": "validation"}}}
    (folder / "dataset_info.json").write_text(json.dumps(about))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the Hub, and no network."""
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path / "hub"


def test_the_look_changes_without_the_data(gpt_project: Path, command: Command) -> None:
    """A folder of texts that is gone is not verifiable, and no set of the Hub; the
    tokenizer, which is here, is not called absent."""
    (gpt_project / "some" / "texts").mkdir(parents=True)
    (gpt_project / "some" / "texts" / "rain.txt").write_text("In 1941 it rained.")
    lay_tokenizer(gpt_project / "models" / "tokenizer.tiktoken")
    respell(
        gpt_project,
        excerpt="{dataset: some/texts, length: 8}",
        tokenizer="models/tokenizer.tiktoken",
    )
    assert command(gpt_project, "build")[0] == 0
    shutil.rmtree(gpt_project / "some")
    respell(gpt_project, style="{venue: icml}")
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
    gpt_project: Path, command: Command, hub: Path
) -> None:
    """The Hub's revision stands for its files, and for no other."""
    lay_hub_set(hub)
    lay_tokenizer(gpt_project / "models" / "tokenizer.tiktoken")
    respell(
        gpt_project,
        excerpt="{dataset: wikitext-2, split: validation, length: 8}",
        tokenizer="models/tokenizer.tiktoken",
    )
    assert command(gpt_project, "build")[0] == 0
    lay_tokenizer(gpt_project / "models" / "tokenizer.tiktoken", lambda byte: 255 - byte)

    assert command(gpt_project, "check")[1].splitlines()[0] == (
        "rain   stale   models/tokenizer.tiktoken changed"
    )


def test_a_set_that_the_build_fetched_is_recorded(
    gpt_project: Path, command: Command, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The revision read is recorded, so that the next build has nothing to do."""
    obtain = sources.obtain_split

    def download(*arguments: str, **more: str) -> sources.CachedSplit:
        lay_hub_set(hub)
        return obtain(*arguments, **more)

    monkeypatch.setattr(sources, "obtain_split", download)
    respell(gpt_project, excerpt="{dataset: wikitext-2, split: validation, length: 8}")
    assert command(gpt_project, "build")[0] == 0
    record = json.loads((gpt_project / "figures" / "rain.json").read_text())

    assert record["compute"]["excerpt.revision"] == REVISION
    assert command(gpt_project, "build", "--rehash")[1] == (
        "nothing to do: 1 figure is up to date\n"
    )
