"""What the tests share: data and caches, tools of the system, projects, the command."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
REQUIRE_ALL = os.environ.get("PAPERFIG_REQUIRE_ALL") == "1"

GPT2_FILES = {
    "vocab.bpe": "https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/vocab.bpe",
    "encoder.json": (
        "https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/encoder.json"
    ),
}
REVISION = "b08601e04326c79dfdd32d625aee71d232d685c3"

RAIN = """\
figspec: 1
checkpoint: {path: models/tiny.pt, name: tiny}
tokenizer: bytes
excerpt: {text: "In 1941, after the fall of France, it rained."}
head: L1H2
"""

# Tests compute with tensors of a few hundred numbers, and run side by side: threads of torch
# would only wait for each other. Processes that tests start inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# What is printed is compared whole, and on a busy machine ten seconds are soon over.
os.environ["TQDM_DISABLE"] = "1"

# As a terminal leaves them: what runs in the background may ignore both, and so would each
# process that a test starts, and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# A busy machine is slow, and that is no fault of a property.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


def missing(what: str) -> None:
    """Skips with the reason, or fails where everything is required."""
    if REQUIRE_ALL:
        pytest.fail(f"{what}, and PAPERFIG_REQUIRE_ALL is set")
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test data: real texts, checkpoints, reference dumps."""
    beside = REPOSITORY.parent / "shared" / "data"
    folder = Path(os.environ.get("PAPERFIG_SHARED") or beside)
    if (folder / "data").is_dir():
        folder = folder / "data"
    if not (folder / "vfe").is_dir():
        missing("no shared test data (set PAPERFIG_SHARED)")
    return folder


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """The path of a program, else the test is skipped (or fails)."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            missing(f"{name} is not installed")
        return str(path)

    return find


@pytest.fixture(params=["cpu", "cuda"])
def device(request: pytest.FixtureRequest) -> str:
    """Each device that computes; CUDA is skipped where there is none, always."""
    import torch

    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return str(request.param)


@pytest.fixture
def repository() -> Path:
    """The root of this repository."""
    return REPOSITORY


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project: a root with figspec/ in it."""
    (tmp_path / "figspec").mkdir()
    return tmp_path


@pytest.fixture(scope="session")
def gpt2_cache(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiktoken cache that holds gpt2."""
    folder = tmp_path_factory.mktemp("tiktoken")
    for name, url in GPT2_FILES.items():
        key = hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()
        shutil.copyfile(shared / "gpt2" / name, folder / key)
    return folder


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Lays a data set into a cache of the Hub, and takes the network away."""
    cache = tmp_path / "hub-cache"
    monkeypatch.setenv("HF_DATASETS_CACHE", str(cache))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub-cards"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def lay(
        rows: Mapping[str, Sequence[str]],
        *,
        name: str = "Salesforce___wikitext",
        config: str = "wikitext-2-raw-v1",
        revision: str = REVISION,
    ) -> Path:
        folder = cache / name / config / "0.0.0" / revision
        folder.mkdir(parents=True)
        table_type = pa.schema([("text", pa.string())])
        for split, texts in rows.items():
            file = folder / f"{name.rpartition('___')[2]}-{split}.arrow"
            with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table_type) as out:
                out.write_table(pa.table({"text": list(texts)}, table_type))
        about = {"splits": {split: {"name": split} for split in rows}}
        (folder / "dataset_info.json").write_text(json.dumps(about))
        return folder

    return lay


@pytest.fixture
def wikitext_rows(
    shared: Path,
    hub_cache: Callable[..., Path],
    gpt2_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[list[str], list[str]]:
    """WikiText-2 in the Hub's cache, its test split standing in for train; and GPT-2's ids."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(gpt2_cache))
    train, validation = (
        (shared / "wikitext-2" / name).read_text("utf-8").splitlines(keepends=True)
        for name in ("test.txt", "validation.txt")
    )
    hub_cache({"train": train, "validation": validation})
    return train, validation


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small GPT, made once."""
    from small_gpt import random_gpt

    return random_gpt(tmp_path_factory.mktemp("models") / "tiny.pt")


@pytest.fixture
def gpt_project(project: Path, checkpoint: Path) -> Path:
    """A project with that model and one spec, ``rain``."""
    (project / "models").mkdir()
    (project / "models" / "tiny.pt").write_bytes(checkpoint.read_bytes())
    (project / "figspec" / "rain.yaml").write_text(RAIN, encoding="utf-8")
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
