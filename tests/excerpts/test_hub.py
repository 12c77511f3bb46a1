"""Data sets of the Hub: the cache, what is offline, and a name that is never a folder."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets.naming import camelcase_to_snakecase
from hypothesis import given
from hypothesis import strategies as st
from messages import message_of

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources import hub
from paperfig.excerpts.sources.source import (
    excerpt_files,
    hub_config,
    hub_revision,
    open_source,
)
from paperfig.specs.schema import ExcerptSpec

REVISION = "b08601e04326c79dfdd32d625aee71d232d685c3"
ROWS = ("", " = Title = \n", "Prose .\n")
Lay = Callable[..., Path]


def _spec(dataset: str = "wikitext-2", split: str = "validation", **keys: str) -> ExcerptSpec:
    return ExcerptSpec(dataset=dataset, split=split, **keys)


@pytest.mark.parametrize(
    "spec",
    [_spec(), _spec("Salesforce/wikitext", config="wikitext-2-raw-v1")],
)
def test_a_cached_split_is_read_with_its_revision(
    hub_cache: Lay, tmp_path: Path, spec: ExcerptSpec
) -> None:
    """By short name or by Hub id: title, revision and rows, without any network."""
    folder = hub_cache({"validation": ROWS})
    source = open_source(spec, root=tmp_path)
    assert ["".join(row) for row in source.rows()] == list(ROWS)
    assert (source.title, source.hub) == ("WikiText-2", "Salesforce/wikitext")
    assert (source.config, source.revision) == ("wikitext-2-raw-v1", REVISION)
    assert (source.join, source.vfe) == ("none", True)
    assert hub_revision(spec, root=tmp_path) == REVISION
    assert excerpt_files(spec, root=tmp_path) == (folder / "wikitext-validation.arrow",)


def test_the_newest_of_two_revisions(hub_cache: Lay, tmp_path: Path) -> None:
    """As `datasets` does offline; which one it was is recorded."""
    old, new = hub_cache({"test": ["old"]}, revision="0" * 40), hub_cache({"test": ["new"]})
    os.utime(old, (1, 1))
    assert hub_revision(_spec(split="test"), root=tmp_path) == new.name
    os.utime(new, (0, 0))
    assert hub_revision(_spec(split="test"), root=tmp_path) == old.name


def test_not_cached_while_offline(hub_cache: Lay, tmp_path: Path) -> None:
    """Says what is cached and the line to run; nothing is cached of another."""
    hub_cache({"validation": ROWS})
    begin = time.monotonic()
    cache = tmp_path / "hub-cache"
    assert message_of(
        ExcerptError, lambda: open_source(_spec("wikitext-103"), root=tmp_path)
    ) == (
        "excerpt.dataset Salesforce/wikitext: wikitext-103-raw-v1 validation is not in the"
        f" cache {cache} (which holds wikitext-2-raw-v1 validation), and HF_HUB_OFFLINE or"
        ' HF_DATASETS_OFFLINE is set; on a machine with a network: python -c "import datasets;'
        " datasets.load_dataset('Salesforce/wikitext', 'wikitext-103-raw-v1')\""
    )
    assert time.monotonic() - begin < 5
    assert excerpt_files(_spec("wikitext-103"), root=tmp_path) == ()
    assert hub_revision(_spec("wikitext-103"), root=tmp_path) is None


def test_a_configuration_of_another(tmp_path: Path) -> None:
    """A short name with a configuration that is not its own would make its title a lie."""
    spec = _spec("wikitext-2", config="wikitext-103-raw-v1")
    assert message_of(ExcerptError, lambda: open_source(spec, root=tmp_path)) == (
        "excerpt.config: wikitext-2 has no wikitext-103-raw-v1; "
        "wikitext-2-raw-v1, or none, is right"
    )


def test_no_network_is_noticed(
    hub_cache: Lay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the offline flags too, and long before the library would give up."""
    hub_cache({"validation": ROWS})
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    begin = time.monotonic()
    assert (
        "it is no file or folder of this project, and http://127.0.0.1:1 does not answer;"
        in message_of(ExcerptError, lambda: open_source(_spec("imdb"), root=tmp_path))
    )
    assert time.monotonic() - begin < 5


def test_a_split_that_the_cache_knows_not_to_exist(hub_cache: Lay, tmp_path: Path) -> None:
    """The splits that there are come from the cache, without a network."""
    hub_cache({"train": ROWS, "validation": ROWS})
    assert message_of(
        ExcerptError, lambda: open_source(_spec(split="valid"), root=tmp_path)
    ) == (
        "excerpt.split: Salesforce/wikitext (wikitext-2-raw-v1) has no split 'valid'; "
        "it has train, validation"
    )
    assert message_of(
        ExcerptError, lambda: open_source(ExcerptSpec(dataset="wikitext-2"), root=tmp_path)
    ) == ("excerpt.split: Salesforce/wikitext has more than one; say which: train, validation")


def _lay_card(root: Path, front: str, place: str = "snapshots") -> None:
    """The card of acme/corpus, as a download leaves it in the Hub's cache."""
    folder = root / "hub-cards" / "datasets--acme--corpus" / place / REVISION
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(front and f"---\n{front}\n---\n# Corpus\n---\n")


def test_a_configuration_must_be_named_where_there_are_two(
    hub_cache: Lay, tmp_path: Path
) -> None:
    """The only one of the card is taken, of two neither, whatever lies in the cache."""
    hub_cache({"train": ROWS}, name="acme___corpus", config="en")
    spec = _spec("acme/corpus", "train")
    _lay_card(tmp_path, "configs:\n- config_name: en\n  data_files: en.parquet")
    assert open_source(spec, root=tmp_path).config == "en"
    assert hub_config(spec, root=tmp_path) == "en"
    _lay_card(tmp_path, "configs:\n- config_name: de\n  default: true\n- config_name: en")
    for configs in ({"en"}, {"en", "de"}):
        assert message_of(ExcerptError, lambda: open_source(spec, root=tmp_path)) == (
            "excerpt.config: acme/corpus has more than one; say which: de, en"
        )
        if configs == {"en"}:
            hub_cache({"train": ROWS}, name="acme___corpus", config="de")
    assert open_source(_spec("acme/corpus", config="en", split="train"), root=tmp_path)


def test_the_cache_alone_never_picks_a_configuration(hub_cache: Lay, tmp_path: Path) -> None:
    """Without the card nobody knows whether there are more than the one that lies there."""
    hub_cache({"train": ROWS}, name="acme___corpus", config="en")
    spec = _spec("acme/corpus", "train")
    for look in (open_source, excerpt_files, hub_revision, hub_config):
        assert message_of(ExcerptError, lambda look=look: look(spec, root=tmp_path)) == (
            "excerpt.config: acme/corpus may have more than one, and its card, which would "
            "say, is not in the cache; say which: en is there"
        )


@pytest.mark.parametrize(
    ("front", "place", "config"),
    [
        ("license: mit", "snapshots", "default"),
        ("", "snapshots", "default"),
        ("", ".no_exist", "default"),
        ("dataset_info:\n  config_name: en", "snapshots", "en"),
        ("dataset_info:\n- config_name: a\n- config_name: b", "snapshots", "default"),
        ("configs: [", "snapshots", "default"),
    ],
)
def test_cards_that_list_no_configuration(
    hub_cache: Lay, tmp_path: Path, front: str, place: str, config: str
) -> None:
    """The one that `datasets` then takes; where it is known that there is no card, too."""
    hub_cache({"train": ROWS}, name="acme___corpus", config=config)
    _lay_card(tmp_path, front, place)
    assert open_source(_spec("acme/corpus", "train"), root=tmp_path).config == config


def test_the_only_split_is_the_configurations(hub_cache: Lay, tmp_path: Path) -> None:
    """Of two splits of which one lies in the cache none is taken unasked."""
    folder = hub_cache({"train": ROWS, "test": ROWS})
    (folder / "wikitext-test.arrow").unlink()
    spec = ExcerptSpec(dataset="wikitext-2")
    assert message_of(ExcerptError, lambda: open_source(spec, root=tmp_path)) == (
        "excerpt.split: Salesforce/wikitext has more than one; say which: test, train"
    )


@pytest.mark.parametrize("name", ["wikitext-2", "Salesforce/wikitext"])
def test_a_folder_of_the_same_name_is_never_taken(
    hub_cache: Lay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Neither from the project's root nor from the working directory."""
    hub_cache({"validation": ROWS})
    (tmp_path / name).mkdir(parents=True)
    (tmp_path / name / "validation.txt").write_text("an impostor")
    monkeypatch.chdir(tmp_path)
    spec = _spec(name, config="wikitext-2-raw-v1")
    source = open_source(spec, root=tmp_path)
    assert ["".join(row) for row in source.rows()] == list(ROWS)
    folder = open_source(_spec(f"./{name}"), root=tmp_path)
    assert ["".join(row) for row in folder.rows()] == ["an impostor"]
    assert (folder.hub, folder.title) == (None, None)


def test_a_name_that_is_both_is_refused(hub_cache: Lay, tmp_path: Path) -> None:
    """A folder, and a data set in the cache: neither is taken for the other."""
    hub_cache({"train": ROWS}, name="acme___corpus", config="default")
    (tmp_path / "acme" / "corpus").mkdir(parents=True)
    assert message_of(
        ExcerptError, lambda: open_source(_spec("acme/corpus", "train"), root=tmp_path)
    ) == (
        "excerpt.dataset acme/corpus: a file or folder of this project and a data set of the "
        "Hub bear this name; `./acme/corpus` means the local one; rename it to read the Hub's"
    )


@given(st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True))
def test_the_cache_spells_names_as_datasets_does(name: str) -> None:
    """TinyStories is tiny_stories there."""
    assert hub._snake_case(name) == camelcase_to_snakecase(name)


def _parquet(rows: tuple[str, ...]) -> bytes:
    sink = BytesIO()
    pq.write_table(pa.table({"text": list(rows)}), sink)
    return sink.getvalue()


CONFIG = "wikitext-2-raw-v1"
REPOSITORY = {
    "README.md": b"---\nconfigs:\n- config_name: wikitext-2-raw-v1\n  data_files:\n"
    b"  - split: validation\n    path: wikitext-2-raw-v1/validation-*\n---\n",
    f"{CONFIG}/validation-00000-of-00001.parquet": _parquet(ROWS),
}


class _Hub(BaseHTTPRequestHandler):
    """As much of the Hub as `datasets` asks for."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        api, files = (
            "/api/datasets/Salesforce/wikitext",
            "/datasets/Salesforce/wikitext/resolve/",
        )
        if path.startswith(f"{api}/tree/"):
            self._send(json.dumps(self._tree(path.split("/")[7:])).encode())
        elif path == api or path.startswith(f"{api}/revision/"):
            names = [{"rfilename": name} for name in REPOSITORY]
            about = {"id": "Salesforce/wikitext", "sha": REVISION, "siblings": names}
            self._send(json.dumps(about | {"private": False, "tags": []}).encode())
        elif (
            path.startswith(files) and path.removeprefix(files).partition("/")[2] in REPOSITORY
        ):
            self._send(REPOSITORY[path.removeprefix(files).partition("/")[2]])
        else:
            self._send(b"", status=404)

    do_HEAD = do_GET  # noqa: N815  # the name that http.server calls

    def _tree(self, folder: list[str]) -> list[dict[str, object]]:
        if folder:
            return [
                {"type": "file", "path": name, "size": len(content), "oid": "0" * 40}
                for name, content in REPOSITORY.items()
                if name.startswith("/".join(folder) + "/")
            ]
        readme = {"type": "file", "path": "README.md", "size": 1, "oid": "0" * 40}
        return [readme, {"type": "directory", "path": CONFIG, "size": 0, "oid": "1" * 40}]

    def _send(self, content: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("ETag", f'"{hash(content) & 0xFFFFFFFF:040x}"')
        if status == 404:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def hub_address() -> Iterator[str]:
    """A Hub on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


READ = """
import json, sys
from pathlib import Path
from paperfig.excerpts.sources.source import open_source
from paperfig.specs.schema import ExcerptSpec
source = open_source(ExcerptSpec(dataset=sys.argv[1], split="validation"), root=Path.cwd())
print(json.dumps([source.revision, ["".join(row) for row in source.rows()]]))
"""


@pytest.mark.parametrize("name", ["wikitext-2", "Salesforce/wikitext"])
def test_a_download_and_the_cache_that_it_leaves(
    hub_address: str, tmp_path: Path, name: str
) -> None:
    """Read through the network once, and from the cache, offline, ever after.

    By the Hub's name the configuration is the only one that the card lists.
    """
    unset = ("HF_DATASETS_OFFLINE", "HF_HUB_OFFLINE", "HF_DATASETS_CACHE", "HF_HUB_CACHE")
    online = {name: value for name, value in os.environ.items() if name not in unset}
    online |= {"HF_HOME": str(tmp_path / "hf"), "HF_ENDPOINT": hub_address}
    for environment in (online, online | {"HF_HUB_OFFLINE": "1", "HF_ENDPOINT": ""}):
        done = subprocess.run(
            [sys.executable, "-c", READ, name],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [REVISION, list(ROWS)]
