"""What stands in the way of a build: hostile files, no network, no disk, no GPU, Ctrl-C."""
# ruff: noqa: E501 (messages stand whole)

import errno
import os
import pickle
import socket
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from changes import Change, file, snapshot, spec

from paperfig.captions.reference import FACTS
from paperfig.drawing.fonts import faces_for
from paperfig.models import checkpoint
from paperfig.project import output

Refused = Callable[..., tuple[int, str]]
Command = Callable[..., tuple[int, str, str]]
Process = Callable[..., subprocess.CompletedProcess[str]]

UNSAFE = "save tensors and plain values only, such as model.state_dict()"
WIKITEXT = "{dataset: wikitext-2, split: validation, length: 8}"
FETCH = (
    'on a machine with a network: python -c "import datasets; '
    "datasets.load_dataset('Salesforce/wikitext', 'wikitext-2-raw-v1')\""
)
ROOMY = 32_000_000
"""Bytes that a refusal may need, of gigabytes that are claimed."""


class Runs:
    """What a pickle calls when it is read."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


def poisoned(project: Path, poison: Runs) -> None:
    """The checkpoint with something in it that runs when it is unpickled."""
    torch.save({"model": {"a": torch.ones(2)}, "x": poison}, project / "models" / "tiny.pt")


def test_a_pickle_that_would_run_code(built: Path, refused: Refused) -> None:
    """Nothing ran: the file that it would have made is not there."""
    trace = built / "trace"
    code, error = refused(lambda project: poisoned(project, Runs(os.mkdir, str(trace))))

    assert (code, error) == (
        1,
        "figspec/rain.yaml: models/tiny.pt: refused unread: its pickle asks for posix.mkdir; "
        f"{UNSAFE}",
    )
    assert not trace.exists()


def test_a_bare_pickle(built: Path, refused: Refused) -> None:
    """A file of `pickle.dump` is not even looked into."""
    trace = built / "trace"
    content = pickle.dumps(Runs(os.mkdir, str(trace)))

    assert refused(file("models/tiny.pt", content)) == (
        1,
        "figspec/rain.yaml: models/tiny.pt: neither a file of torch.save nor a .safetensors "
        "file; convert it to one of them, or copy it again if it was one",
    )
    assert not trace.exists()


def compressed(project: Path) -> None:
    """An archive of a megabyte that unpacks to a gigabyte."""
    path = project / "models" / "tiny.pt"
    archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, archive.open("tiny/data.pkl", "w") as member:
        for _ in range(1024):
            member.write(bytes(1 << 20))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda project: poisoned(project, Runs(bytearray, 1 << 34)),
            f"refused unread: its pickle asks for __builtin__.bytearray; {UNSAFE}",
        ),
        (compressed, None),
    ],
    ids=["a pickle", "an archive"],
)
def test_a_file_that_would_allocate_gigabytes(
    refused: Refused, built: Path, change: Change, message: str | None
) -> None:
    """Refused unread: a few megabytes are all that it takes."""
    change(built)
    size = (built / "models" / "tiny.pt").stat().st_size
    message = message or (
        f"refused unread: a file of {size} bytes that claims to hold {1 << 30}; "
        "at most 4 times its size is right"
    )
    tracemalloc.start()
    code, error = refused(lambda _: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (code, error) == (1, f"figspec/rain.yaml: models/tiny.pt: {message}")
    assert peak < ROOMY


def test_another_sha256(built: Path, refused: Refused) -> None:
    """Both digests are told."""
    import hashlib

    actual = hashlib.sha256((built / "models" / "tiny.pt").read_bytes()).hexdigest()
    wanted = "ab" * 32
    assert refused(spec(checkpoint=f"{{path: models/tiny.pt, sha256: {wanted}}}")) == (
        1,
        f"figspec/rain.yaml: models/tiny.pt: its sha256 is {actual}; the spec wants {wanted}",
    )


def test_an_unknown_fact(refused: Refused) -> None:
    """A template's misspelt fact, its line, and every fact that there is."""
    assert refused(
        file("templates/ours.tex.j2", b"Ours\n\\VAR{modle}", caption="{template: ours}")
    ) == (
        1,
        "figspec/rain.yaml: templates/ours.tex.j2:2: there is no fact 'modle'; facts are "
        + ", ".join(sorted(FACTS)),
    )


def test_a_glyph_that_no_font_has(refused: Refused) -> None:
    """A letter that would be drawn as a box is named with its token and code point."""
    rare = (chr(code) for code in (0x12F90, 0x10570, 0x16A70, 0x11FC0, 0x16E40, 0x10FB0))
    missing = [letter for letter in rare if faces_for([letter])[1]]
    if not missing:
        pytest.skip("the fonts installed here have every letter that was tried")
    code, letter = ord(missing[0]), missing[0]

    assert refused(
        spec(
            excerpt=f'{{text: "a{letter}"}}',
            tokenizer=f'{{name: characters, alphabet: "a{letter}", size: 256}}',
        )
    ) == (
        1,
        f"figspec/rain.yaml: token 1 {letter!r}: no font has U+{code:04X}; "
        "install one that has, or draw labels: index",
    )


def test_every_fault_of_every_spec(gpt_project: Path, command: Command) -> None:
    """A line each, in the files' order."""
    figspec = gpt_project / "figspec"
    (figspec / "a b.yaml").write_text((figspec / "rain.yaml").read_text())
    (figspec / "gone.yaml").symlink_to("nowhere.yaml")
    (figspec / "defaults.yaml").write_text("stlye: {venue: icml}\n")
    spec(head="true", kappa="0", mask="{self: true}")(gpt_project)
    code, out, error = command(gpt_project, "build")

    assert (code, out) == (2, "")
    assert error.splitlines() == [
        "figspec/a b.yaml:1:1: 'a b' is no name for a figure; letters and digits, then also . _ and -, are right",
        "figspec/defaults.yaml:1:1: stlye: unknown key; did you mean style?",
        "figspec/gone.yaml:1:1: cannot be read: no such file or directory",
        "figspec/rain.yaml:5:7: head: true is a truth value; a whole number from 0, a reference such as L4H11, a list of these, all or mean is right",
        "figspec/rain.yaml:6:8: kappa: 0 is out of range; a number above 0 or a list of these is right",
        "figspec/rain.yaml:7:14: mask.self: true is a truth value; keep, hide or hide-always is right",
    ]
    assert not (gpt_project / "figures").exists()


# without a network


@pytest.fixture
def empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches of data sets and tokenizers with nothing in them, and no word of a network."""
    for variable in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "cache"))


@pytest.mark.usefixtures("empty_caches")
def test_a_data_set_while_offline(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to be offline: at once, with the line that fetches the data."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    begun = time.monotonic()

    assert refused(spec(excerpt=WIKITEXT)) == (
        1,
        "figspec/rain.yaml: excerpt.dataset Salesforce/wikitext: wikitext-2-raw-v1 validation "
        "is not in the cache ROOT/cache (which holds nothing of it), and HF_HUB_OFFLINE or "
        f"HF_DATASETS_OFFLINE is set; {FETCH}",
    )
    assert time.monotonic() - begun < 5


@pytest.mark.usefixtures("empty_caches")
def test_a_data_set_behind_a_network_that_swallows(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody answers, as behind a firewall: said within five seconds."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", address)
        begun = time.monotonic()

        assert refused(spec(excerpt=WIKITEXT)) == (
            1,
            "figspec/rain.yaml: excerpt.dataset Salesforce/wikitext: wikitext-2-raw-v1 "
            "validation is not in the cache ROOT/cache (which holds nothing of it), and "
            f"{address} does not answer; {FETCH}",
        )
        assert time.monotonic() - begun < 5


def test_a_process_while_offline(gpt_project: Path, process: Process) -> None:
    """The same in a process of its own, where the libraries read the variables."""
    spec(excerpt=WIKITEXT)(gpt_project)
    cache = str(gpt_project / "cache")
    done = process(gpt_project, "build", HF_HUB_OFFLINE="1", HF_DATASETS_CACHE=cache)

    assert (done.returncode, done.stdout) == (1, "0 made, 0 up to date, 1 failed\n")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("figspec/rain.yaml: excerpt.dataset Salesforce/wikitext: ")


@pytest.mark.usefixtures("empty_caches")
def test_a_tokenizer_that_is_not_cached(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    """tiktoken would wait for its server; here it is asked first."""
    from paperfig.excerpts.tokenizers import byte_pairs

    monkeypatch.setattr(byte_pairs, "reachable", lambda _: False)
    assert refused(spec(tokenizer="gpt2")) == (
        1,
        "figspec/rain.yaml: tokenizer gpt2: it is not in tiktoken's cache ROOT/cache (which "
        "holds none), and https://openaipublic.blob.core.windows.net/ does not answer; on a "
        "machine with a network, with the same TIKTOKEN_CACHE_DIR: "
        "python -c \"import tiktoken; tiktoken.get_encoding('gpt2')\"",
    )


# without a disk


def confined(folder: Path, limit: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process that first gives something up."""
    run = f"import ctypes, os, resource, sys\n{limit}\nos.execv(sys.executable, sys.argv[1:])"
    command = [sys.executable, "-m", "paperfig", *arguments]
    return subprocess.run(
        [sys.executable, "-c", run, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


# PR_CAPBSET_DROP of CAP_DAC_OVERRIDE: root writes to read-only folders no more
NO_OVERRIDE = "ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)"


def test_a_read_only_folder(built: Path) -> None:
    """Nothing is written, not even beside it."""
    figures, before = built / "figures", snapshot(built / "figures")
    spec(style="{venue: icml}")(built)
    figures.chmod(0o555)
    done = confined(built, NO_OVERRIDE, "build", "-j", "1")
    figures.chmod(0o755)

    assert (done.returncode, done.stderr) == (
        1,
        "figspec/rain.yaml: figures/rain.pdf: cannot be written (Permission denied)\n",
    )
    assert snapshot(figures) == before
    assert not list((built / ".paperfig" / "tmp").iterdir())


def test_a_read_only_cache(built: Path) -> None:
    """The figure is made and reported; what could not be noted is told in one line."""
    spec(style="{venue: icml}")(built)
    cache = built / ".paperfig"
    cache.chmod(0o555)
    done = confined(built, NO_OVERRIDE, "build", "-j", "1")
    cache.chmod(0o755)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 made, 0 up to date")
    assert done.stdout.startswith("rain   stale (style.venue: article → icml)   map   ")
    assert done.stderr == (
        ".paperfig/index.json: cannot be written (Permission denied); "
        "no figure depends on it, but the next build looks at every file again\n"
    )


def test_a_full_disk(built: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full after the first file: no earlier one has changed, no half one stays."""
    write, written = Path.write_bytes, []

    def full(path: Path, content: bytes) -> int:
        if ".paperfig" in path.parts and written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(path)
        return write(path, content)

    monkeypatch.setattr(output.Path, "write_bytes", full)
    assert refused(spec(head="L0H0")) == (
        1,
        "figspec/rain.yaml: figures/rain.caption.tex: cannot be written (No space left on device)",
    )
    assert len(written) == 1
    assert not list((built / ".paperfig" / "tmp").iterdir())


def test_a_file_that_ends_half_way(built: Path) -> None:
    """A limit that the kernel holds: the write that passes it fails after some bytes."""
    before = snapshot(built / "figures")
    spec(style="{venue: icml}")(built)
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))"
    done = confined(built, limit, "build", "-j", "1")

    assert (done.returncode, done.stderr) == (
        1,
        "figspec/rain.yaml: figures/rain.pdf: cannot be written (File too large)\n",
    )
    assert snapshot(built / "figures") == before
    assert not list((built / ".paperfig" / "tmp").iterdir())


# without a device, and without an end


@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_a_device_that_is_not_there(
    refused: Refused, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    """The CPU never stands in for it."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert refused(spec(head="L0H0"), "--device", device) == (
        2,
        f"--device: {device} is asked for and torch sees no GPU; auto or cpu is right here",
    )


def test_a_device_that_is_none(refused: Refused) -> None:
    """Another word than torch's."""
    assert refused(spec(head="L0H0"), "--device", "gpu") == (
        2,
        "--device: 'gpu' is no device; auto, cpu, cuda or cuda:1 is right",
    )


def test_an_interrupted_build(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while numbers are computed: one word, and the shell's own exit code."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "load_checkpoint", interrupt)
    assert refused(spec(head="L0H0")) == (130, "interrupted")


# the command itself


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "ran"], "ran: no such spec file or figure; did you mean rain?"),
        (["check", "snow"], "snow: no such spec file or figure; `paperfig new NAME` writes a spec"),
        (["build", "models"], "models: no spec of this project; a file in figspec/ is right"),
        (["new", "a b"], "a b: 'a b' is no name for a figure; letters and digits, then also . _ and -, are right"),
        (["show"], "options: no checkpoint; --checkpoint is right"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_request(
    gpt_project: Path, command: Command, arguments: list[str], message: str
) -> None:
    """The nearest name is suggested; exit code 2."""
    assert command(gpt_project, *arguments) == (2, "", f"{message}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "--frce"], "paperfig: unrecognized arguments: --frce; see `paperfig --help`"),
        (["build", "-j", "0"], "paperfig build: argument -j/--jobs: '0' is not a number of at least 1; see `paperfig build --help`"),
        ([], "paperfig: the following arguments are required: COMMAND; see `paperfig --help`"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_option(
    gpt_project: Path,
    command: Command,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    """One line in place of the usage."""
    with pytest.raises(SystemExit) as ended:
        command(gpt_project, *arguments)
    assert (ended.value.code, *capsys.readouterr()) == (2, "", f"{message}\n")


def test_no_project(tmp_path: Path, command: Command) -> None:
    """A folder without figspec/, here and above."""
    assert command(tmp_path, "build") == (
        2,
        "",
        f"{tmp_path}: no figspec/ folder here or above; `paperfig init` makes one\n",
    )
