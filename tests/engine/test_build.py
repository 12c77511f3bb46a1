"""From a spec to files: what is built, when, and when not."""

import hashlib
import json
import os
import platform
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from paperfig.project.digests import digest_of
from paperfig.values.figure import from_npz

Command = Callable[..., tuple[int, str, str]]
Process = Callable[..., subprocess.CompletedProcess[str]]

FILES = ["rain.caption.tex", "rain.json", "rain.npz", "rain.pdf", "rain.tex"]


def edit(path: Path, old: str, new: str) -> None:
    """Replaces a text of a file that holds it once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def stamps(folder: Path) -> dict[str, int]:
    """When every file of a folder was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_a_spec_becomes_a_figure(gpt_project: Path, command: Command) -> None:
    """One command makes the files of the design, and says so in a line."""
    code, out, err = command(gpt_project, "build")

    assert (code, err) == (0, "")
    first, last = out.splitlines()
    assert re.sub(r"\d+\.\d s$", "0.0 s", first) == (
        "rain   new   map   L1H2   45 tokens   figures/rain.pdf   0.0 s"
    )
    assert last == "1 made, 0 up to date"
    made = sorted(contents(gpt_project / "figures"))
    assert made == sorted([*FILES, "manifest.json", "paperfig.sty"])


def test_the_caption_is_of_the_drawn_values(built: Path) -> None:
    """The caption quotes text, head, model and mask out of the record."""
    caption = (built / "figures" / "rain.caption.tex").read_text()

    assert caption.endswith("%\n")
    assert "head 2 of layer 1 of" in caption
    assert "`In 1941, after the fall of France, it rained.'" in caption
    assert "(45 tokens)" in caption
    assert "Causal" in caption


def test_the_values_are_those_of_a_second_implementation(
    gpt_project: Path, command: Command
) -> None:
    """The weights in NAME.npz agree with the transformer written out in numpy."""
    from numpy.testing import assert_allclose

    from paperfig.models.files.tensors import read_stored

    command(gpt_project, "build")
    data = from_npz((gpt_project / "figures" / "rain.npz").read_bytes())
    stored = read_stored(gpt_project / "models" / "tiny.pt")
    tensors = {
        name.removeprefix("transformer."): tensor.double().numpy()
        for name, tensor in stored.tensors.items()
    }
    expected = attention_in_numpy(tensors, data.excerpt.token_ids, layer=1, head=2)

    assert_allclose(data.maps[0].weights[0], expected, atol=1e-5)
    assert data.excerpt.token_ids.tolist() == list(
        b"In 1941, after the fall of France, it rained."
    )


def attention_in_numpy(
    tensors: dict[str, np.ndarray], ids: np.ndarray, layer: int, head: int
) -> np.ndarray:
    """A two-layer GPT-2 without biases, as plainly as it can be written."""
    from math import erf

    def norm(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
        spread = x.var(-1, keepdims=True)
        return (x - x.mean(-1, keepdims=True)) / np.sqrt(spread + 1e-5) * weight

    gelu = np.vectorize(lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2))))
    x = tensors["wte.weight"][ids] + tensors["wpe.weight"][: len(ids)]
    for block in range(layer + 1):
        part = {name[4:]: value for name, value in tensors.items() if name[:4] == f"h.{block}."}
        q, k, v = np.split(
            norm(x, part["ln_1.weight"]) @ part["attn.c_attn.weight"].T, 3, axis=1
        )
        heads = [slice(4 * h, 4 * h + 4) for h in range(3)]
        maps = []
        for chosen in heads:
            scores = q[:, chosen] @ k[:, chosen].T / 2
            scores[np.triu_indices(len(ids), 1)] = -np.inf
            scores = np.exp(scores - scores.max(1, keepdims=True))
            maps.append(scores / scores.sum(1, keepdims=True))
        if block == layer:
            return maps[head]
        mixed = [weights @ v[:, chosen] for weights, chosen in zip(maps, heads, strict=True)]
        x = x + np.concatenate(mixed, 1) @ part["attn.c_proj.weight"].T
        hidden = gelu(norm(x, part["ln_2.weight"]) @ part["mlp.c_fc.weight"].T)
        x = x + hidden @ part["mlp.c_proj.weight"].T
    raise AssertionError


def test_a_second_build_does_nothing(gpt_project: Path, command: Command) -> None:
    """Nothing is done twice, and nothing is written."""
    command(gpt_project, "build")
    before = stamps(gpt_project / "figures")
    code, out, _ = command(gpt_project, "build")

    assert (code, out) == (0, "nothing to do: 1 figure is up to date\n")
    assert stamps(gpt_project / "figures") == before


def test_touched_files_and_comments_change_nothing(gpt_project: Path, command: Command) -> None:
    """What is the same in content is not stale."""
    command(gpt_project, "build")
    spec = gpt_project / "figspec" / "rain.yaml"
    spec.write_text("# a comment\n" + spec.read_text())
    (gpt_project / "models" / "tiny.pt").touch()

    assert command(gpt_project, "check")[:2] == (0, "1 of 1 figures are up to date\n")
    assert command(gpt_project, "build")[1] == "nothing to do: 1 figure is up to date\n"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("L1H2", "L1H0", "head: L1H2 → L1H0"),
        ("it rained", "it snowed", "excerpt.text: "),
        ("head: L1H2", "head: L1H2\nkappa: 0.3", "kappa: unset → 0.3"),
        ("head: L1H2", "head: L1H2\nmask: {self: hide}", "mask.self: unset → hide"),
        ("head: L1H2", "head: L1H2\nstyle: {venue: icml}", "style.venue: article → icml"),
        ("name: tiny", "name: small", "checkpoint.name: tiny → small"),
        ("name: tiny", "name: tiny, name_latex: $t$", "checkpoint.name_latex: unset → $t$"),
        ("{text:", "{name: Diary, text:", "excerpt.name: unset → Diary"),
        ("head: L1H2", "head: L1H2\ncaption: {detail: full}", "caption.detail: brief → full"),
    ],
)
def test_the_reason_is_told_down_to_the_key(
    built: Path, command: Command, old: str, new: str, reason: str
) -> None:
    """A changed key makes its figure stale, and says which key it was."""
    edit(built / "figspec" / "rain.yaml", old, new)
    code, out, _ = command(built, "check")

    assert code == 1
    assert out.startswith(f"rain   stale   {reason}")
    assert command(built, "build")[1].startswith(f"rain   stale ({reason}")
    assert command(built, "check")[0] == 0


def test_a_changed_checkpoint_is_told(built: Path, command: Command, checkpoint: Path) -> None:
    """Other bytes are other inputs."""
    (built / "models" / "tiny.pt").write_bytes(checkpoint.read_bytes() + b"0")

    assert command(built, "check")[1].splitlines()[0] == (
        "rain   stale   models/tiny.pt changed"
    )


def test_only_the_changed_figure_is_built(gpt_project: Path, command: Command) -> None:
    """One stale figure of two leaves the other's files alone."""
    figspec = gpt_project / "figspec"
    (figspec / "snow.yaml").write_text((figspec / "rain.yaml").read_text())
    command(gpt_project, "build")
    before = stamps(gpt_project / "figures")
    edit(figspec / "snow.yaml", "L1H2", "L0H1")
    code, out, _ = command(gpt_project, "build")

    assert code == 0
    assert out.splitlines()[1] == "1 made, 1 up to date"
    after = stamps(gpt_project / "figures")
    assert {name for name in after if after[name] != before[name]} == {
        "manifest.json",
        *(f"snow.{suffix}" for suffix in ("caption.tex", "json", "npz", "pdf", "tex")),
    } - {"snow.tex"} | ({"snow.tex"} if after["snow.tex"] != before["snow.tex"] else set())


def test_the_venue_changes_without_checkpoint_or_torch(built: Path, command: Command) -> None:
    """A year later, with the checkpoint purged, the look still changes."""
    (built / "models" / "tiny.pt").unlink()
    edit(built / "figspec" / "rain.yaml", "head: L1H2", "head: L1H2\nstyle: {venue: icml}")
    code = (
        "import sys; from paperfig.cli import main; code = main(['build', '--no-compute']);"
        "print(sorted({'torch', 'transformers', 'datasets'} & set(sys.modules)), code)"
    )
    done = subprocess.run(
        [os.sys.executable, "-c", code],
        cwd=built,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "[] 0"
    assert command(built, "check")[:2] == (
        0,
        "rain   models/tiny.pt is absent: not verifiable here\n1 of 1 figures are up to date\n",
    )


def test_no_compute_refuses_to_compute(gpt_project: Path, command: Command) -> None:
    """What needs numbers is refused, with the reason."""
    code, out, err = command(gpt_project, "build", "--no-compute")

    assert code == 1
    assert out == "0 made, 0 up to date, 1 failed\n"
    assert err == (
        "figspec/rain.yaml: it needs computing (no record of it); build without --no-compute\n"
    )


def test_a_dry_run_writes_nothing(gpt_project: Path, command: Command) -> None:
    """What would be made is said, with the reason."""
    code, out, _ = command(gpt_project, "build", "--dry-run")

    assert (code, out) == (0, "rain   compute   no record of it\n")
    assert not (gpt_project / "figures").exists()


def test_rebuilt_bytes_are_the_same(
    gpt_project: Path, command: Command, process: Process
) -> None:
    """Whatever the hash seed, the locale, the zone, the number of jobs; here or elsewhere."""
    other = {
        "PYTHONHASHSEED": "77",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": "0",
    }
    assert command(gpt_project, "build", "-j", "1")[0] == 0
    built = contents(gpt_project / "figures")
    done = process(gpt_project, "build", "--force", "-j", "2", **other)

    assert done.returncode == 0, done.stderr
    assert contents(gpt_project / "figures") == built


@pytest.mark.parametrize("suffix", ["pdf", "tex", "caption.tex", "npz", "json"])
def test_a_lost_file_is_found_and_repaired(built: Path, command: Command, suffix: str) -> None:
    """A figure that lacks one of its files is interrupted, or new; the next build mends it."""
    before = contents(built / "figures")
    (built / "figures" / f"rain.{suffix}").unlink()
    code, out, _ = command(built, "check")

    assert code == 1
    lost = f"interrupted   figures/rain.{suffix} is missing"
    assert (
        out.splitlines()[0] == f"rain   {lost if suffix != 'json' else 'new   no record of it'}"
    )
    assert command(built, "build")[0] == 0
    assert contents(built / "figures") == before


def test_an_interrupted_group_is_repaired(built: Path, command: Command) -> None:
    """A new picture with yesterday's record is never up to date."""
    before = contents(built / "figures")
    (built / "figures" / "rain.pdf").write_bytes(b"%PDF half a file")

    assert command(built, "check")[1].splitlines()[0] == (
        "rain   interrupted   figures/rain.pdf is not what was built"
    )
    assert command(built, "build")[0] == 0
    assert contents(built / "figures") == before


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{", "not a record"),
        ("[]", "not a record"),
        ('{"format": 1}', "a record of format 1; this is format 2"),
        ('{"format": 2}', "not the record that was written"),
        ('{"format": 2, "statistics": 3}', "not the record that was written"),
    ],
)
def test_a_file_in_a_records_place_is_damage(
    gpt_project: Path, command: Command, content: str, what: str
) -> None:
    """Half a record, another's file, another version's record: that figure's own fault."""
    spec = (gpt_project / "figspec" / "rain.yaml").read_text()
    (gpt_project / "figspec" / "snow.yaml").write_text(spec)
    command(gpt_project, "build")
    before = contents(gpt_project / "figures")
    record = gpt_project / "figures" / "rain.json"
    record.write_text(content)
    told = f"rain   damaged   figures/rain.json is {what}\n"

    assert command(gpt_project, "check") == (1, f"{told}1 of 2 figures are up to date\n", "")
    code, out, error = command(gpt_project, "build")
    assert (code, error) == (0, "")
    assert out.startswith(f"rain   damaged (figures/rain.json is {what})   map   L1H2   ")
    assert out.endswith("1 made, 1 up to date\n")
    assert contents(gpt_project / "figures") == before


def test_a_record_that_a_hand_has_changed_is_damaged(built: Path, command: Command) -> None:
    """A statistic is no free text: the record knows its own digest, and those in it."""
    path = built / "figures" / "rain.json"
    before = path.read_bytes()
    for key in ("statistics", "drawing_digest", "compute_digest"):
        record = json.loads(before)
        record[key] = "0" * 64
        if key == "statistics":
            record[key] = json.loads(before)[key]
            record[key][0]["normalised_entropy"] = 0.01
        path.write_text(json.dumps(record, sort_keys=True, indent=1) + "\n")
        said = (
            1,
            "rain   damaged   figures/rain.json is not the record that was written\n"
            "0 of 1 figures are up to date\n",
        )
        assert command(built, "check")[:2] == said
        assert command(built, "check", "--rehash")[:2] == said
    assert command(built, "build")[0] == 0
    assert path.read_bytes() == before
    assert command(built, "check")[0] == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            lambda facts: facts | {"format": 2},
            "they are of format 2; this version reads format 4",
        ),
        (
            lambda facts: facts | {"figure": facts["figure"] | {"shade": 1}},
            "FigureData has no shade",
        ),
    ],
)
def test_values_of_another_version_are_computed_anew(
    built: Path, command: Command, change: Callable[[dict], dict], fault: str
) -> None:
    """They are whole, and this version cannot draw them: why is told, and no number is lost."""
    from paperfig.values.figure import npz_bytes

    figures = built / "figures"
    with np.load(figures / "rain.npz") as archive:
        arrays = dict(archive)
    facts = json.dumps(change(json.loads(arrays["facts"].tobytes()))).encode()
    written = npz_bytes(arrays | {"facts": np.frombuffer(facts, np.uint8)})
    (figures / "rain.npz").write_bytes(written)
    record = json.loads((figures / "rain.json").read_text())
    record["outputs"]["figures/rain.npz"] = hashlib.sha256(written).hexdigest()
    derived = ("format", "compute_digest", "drawing_digest", "record_digest")
    content = {key: value for key, value in record.items() if key not in derived}
    record["record_digest"] = digest_of(content)
    (figures / "rain.json").write_text(json.dumps(record))
    edit(built / "figspec" / "rain.yaml", "name: tiny", "name: small")
    reason = f"checkpoint.name: tiny → small, its values cannot be read: {fault}"

    assert command(built, "build", "--no-compute")[::2] == (
        1,
        f"figspec/rain.yaml: it needs computing ({reason}); build without --no-compute\n",
    )
    code, out, error = command(built, "build")
    assert (code, error) == (0, "")
    assert out.startswith(f"rain   stale ({reason})   map   ")
    assert from_npz((figures / "rain.npz").read_bytes()).model.name == "small"


def test_check_does_not_depend_on_how_the_processor_computes(
    built: Path, process: Process
) -> None:
    """Other instructions round otherwise; what was built stays up to date."""
    done = process(built, "check", "--rehash", ATEN_CPU_CAPABILITY="default")

    assert (done.returncode, done.stdout) == (0, "1 of 1 figures are up to date\n")


def test_halves_of_caches_are_swept(gpt_project: Path, command: Command) -> None:
    """What an interrupted build was about to rename goes, of this machine's that ended."""
    cache, node = gpt_project / ".paperfig", platform.node()
    gone = ["index.json.4194305", f"digests.json.{node}.4194305.7", "fonts.json.4194305.7"]
    kept = [f"index.json.{node}.1.7", "index.json.elsewhere.4194305.7", "notes.4194305"]
    cache.mkdir()
    for name in (*gone, *kept):
        (cache / name).write_text("{")
    command(gpt_project, "build")

    assert [(cache / name).exists() for name in (*gone, *kept)] == [False] * 3 + [True] * 3


def test_leftovers_are_swept(gpt_project: Path, command: Command) -> None:
    """An interrupted build's files go; a running one's, and another machine's, stay."""
    names = [f"{platform.node()}.4194305", f"{platform.node()}.1", "elsewhere.4194305"]
    folders = [gpt_project / ".paperfig" / "tmp" / name for name in names]
    for folder in folders:
        folder.mkdir(parents=True)
    command(gpt_project, "build")

    assert [folder.exists() for folder in folders] == [False, True, True]


def test_many_figures_share_one_load_and_one_pass(
    gpt_project: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six heads of one excerpt: one load, one forward; drawn in two worker processes."""
    from paperfig.models import checkpoint

    loads, load = [], checkpoint.load_checkpoint
    monkeypatch.setattr(
        checkpoint, "load_checkpoint", lambda *a, **k: loads.append(1) or load(*a, **k)
    )
    edit(
        gpt_project / "figspec" / "rain.yaml",
        "head: L1H2",
        "each: {head: [L0H0, L0H1, L0H2, L1H0, L1H1, L1H2]}",
    )
    code, out, err = command(gpt_project, "build", "-j", "2")

    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "6 made, 0 up to date"
    assert len(loads) == 1
    manifest = json.loads((gpt_project / "figures" / "manifest.json").read_text())
    assert sorted(manifest["figures"]) == [
        f"rain-L{la}H{h}" for la in (0, 1) for h in (0, 1, 2)
    ]


def test_one_failure_stops_unless_told_to_keep_going(
    gpt_project: Path, command: Command
) -> None:
    """The exit code is 1 and the good figures stay; --keep-going makes the others."""
    figspec = gpt_project / "figspec"
    (figspec / "bad.yaml").write_text((figspec / "rain.yaml").read_text())
    edit(figspec / "bad.yaml", "L1H2", "L1H9")
    message = "figspec/bad.yaml: head: L1H9 does not exist; heads are 0 to 2\n"

    assert command(gpt_project, "build")[::2] == (1, message)
    code, out, err = command(gpt_project, "build", "--keep-going")
    assert (code, err) == (1, message)
    assert out.splitlines()[-1] == "1 made, 0 up to date, 1 failed"


def test_a_mean_and_several_layers(gpt_project: Path, command: Command) -> None:
    """`mean` says what it averaged; heads of two layers are one figure."""
    spec = gpt_project / "figspec" / "rain.yaml"
    edit(spec, "head: L1H2", "layer: 0\nhead: mean")
    assert "L0 mean" in command(gpt_project, "build")[1]
    caption = (gpt_project / "figures" / "rain.caption.tex").read_text()
    assert "mean of 3 heads" in caption or "mean of the 3 heads" in caption

    edit(spec, "layer: 0\nhead: mean", "head: [L0H1, L1H0, L1H2]")
    assert "L0H1,L1H0,L1H2" in command(gpt_project, "build")[1]


def test_a_changed_font_is_told(gpt_project: Path, command: Command) -> None:
    """Font files are inputs: named in the record, found again on this machine."""
    command(gpt_project, "build")
    record = json.loads((gpt_project / "figures" / "rain.json").read_text())
    assert "STIXGeneral.ttf" in record["fonts"]
    other = gpt_project / "other.ttf"
    other.write_bytes(b"another version")
    known = gpt_project / ".paperfig" / "fonts.json"
    known.write_text(json.dumps({"STIXGeneral.ttf": str(other)}))

    assert command(gpt_project, "check", "rain")[1].splitlines()[0] == (
        "rain   stale   the font STIXGeneral.ttf changed"
    )
    assert command(gpt_project, "build", "--no-compute", "rain")[0] == 0
    assert command(gpt_project, "check", "rain")[0] == 0


def test_cells_redrawn_as_an_image_are_told(gpt_project: Path, command: Command) -> None:
    """From the recorded values, without the checkpoint; the record says what they are."""
    spec, figures = gpt_project / "figspec" / "rain.yaml", gpt_project / "figures"
    as_shapes = spec.read_text()

    def built(style: str, *options: str) -> tuple[str, bytes, bytes]:
        spec.write_text(f"{as_shapes}style: {{provenance: none, {style}}}\n")
        assert command(gpt_project, "build", *options)[0] == 0
        record = json.loads((figures / "rain.json").read_text())
        pdf, values = ((figures / f"rain.{suffix}").read_bytes() for suffix in ("pdf", "npz"))
        return record["drawn"]["cells"], pdf, values

    first, *new = built("cells: image")
    second, shapes, _ = built("cells: vector", "--no-compute")
    third, *redrawn = built("cells: image", "--no-compute")

    assert (first, second, third) == ("image", "vector", "image")
    assert redrawn == new
    assert new[0].count(b"/Subtype /Image") == 1
    assert b"/Subtype /Image" not in shapes


@pytest.mark.parametrize("excerpt", ["ids: [7, 3, 200, 3]", "random: 4, seed: 1"])
def test_ids_need_no_tokenizer(gpt_project: Path, command: Command, excerpt: str) -> None:
    """Where none lies beside the checkpoint, tokens are shown by their ids, and not quoted."""
    spec = gpt_project / "figspec" / "rain.yaml"
    lines = [line for line in spec.read_text().splitlines() if "tokenizer" not in line]
    text = "\n".join(line for line in lines if "excerpt" not in line)
    spec.write_text(f"{text}\nexcerpt: {{{excerpt}}}\n")
    code, _, error = command(gpt_project, "build")

    assert (code, error) == (0, "")
    data = from_npz((gpt_project / "figures" / "rain.npz").read_bytes())
    assert data.excerpt.tokens.labels == tuple(map(str, data.excerpt.token_ids))
    assert data.excerpt.text is None
    source = "a given sequence of token ids" if "ids" in excerpt else "random tokens, seed 1"
    caption = (gpt_project / "figures" / "rain.caption.tex").read_text()
    assert f" on {source} (4 tokens). Causal mask." in caption
    assert command(gpt_project, "check")[0] == 0
