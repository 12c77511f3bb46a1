"""Files of attention that was computed elsewhere: written, read the same, and refused."""

import hashlib
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given as drawn_from
from hypothesis import strategies as st
from messages import message_of
from safetensors.torch import save_file
from small_recorded import HEADS, QUERIES, TRIANGLE, logits, softmax, weights

from paperfig.engine.given import given_source, read_source
from paperfig.errors import CheckpointError, PaperfigError
from paperfig.models.recorded.files import recorded_bytes
from paperfig.models.recorded.source import RecordedSource
from paperfig.values.tokens import Tokens

SUFFIXES = (".npz", ".safetensors")
WORDS = ["The", "Ġlamp", "Ġwent", "Ġout", "."]
UNREAD = "f: no .npz file that can be read"
TRIANGLES = np.where(TRIANGLE, logits(), -np.inf)


def read(path: Path) -> RecordedSource:
    """What a file holds."""
    return read_source(path, where="f")


def faulty(path: Path) -> str:
    """What is said of a file."""
    return message_of(PaperfigError, read, path)


def refusal(path: Path) -> str:
    """What is said of a file; nothing where it is read."""
    try:
        read(path)
    except PaperfigError as error:
        return str(error)
    return ""


def npz(folder: Path, **arrays: Any) -> Path:
    """A file that numpy writes."""
    np.savez(folder / "f.npz", **arrays)
    return folder / "f.npz"


def safetensors(folder: Path, metadata: dict[str, str], **tensors: Any) -> Path:
    """A file that safetensors writes."""
    several = {name: torch.as_tensor(one).contiguous() for name, one in tensors.items()}
    save_file(several, folder / "f.safetensors", metadata=metadata)
    return folder / "f.safetensors"


def told(tokens: Tokens | None) -> Any:
    """All that is known of the tokens of an axis."""
    if tokens is None:
        return None
    arrays = [None if one is None else one.tolist() for one in (tokens.ids, tokens.offsets)]
    return (
        tokens.labels,
        tokens.text,
        tokens.given,
        tokens.segments,
        dict(tokens.spans),
        arrays,
    )


def assert_same(one: RecordedSource, other: RecordedSource) -> None:
    """Nothing where two sources draw the same, to the bit, and say the same."""
    assert (one.facts, one.heads) == (other.facts, other.heads)
    for name in ("tokens", "key_tokens"):
        assert told(getattr(one.excerpt, name)) == told(getattr(other.excerpt, name))
    for layer in one.facts.there:
        mine, its = one.inputs[layer], other.inputs[layer]
        assert mine.is_divergence == its.is_divergence
        for name in ("weights", "given_scores", "sink"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(its, name))


CASES: dict[str, dict[str, Any]] = {
    "weights": {"weights": weights()},
    "one map": {"weights": weights()[0], "layer": 3, "head": 5},
    "heads in another order": {"weights": weights(), "head": [1, 0]},
    "one head of several": {"weights": weights(), "head": 1},
    "a causal mask that zeros show": {"weights": weights(mask=TRIANGLE)},
    "one that is said": {"weights": weights(mask=TRIANGLE), "causal": True},
    "none, and it is said": {"weights": weights(mask=TRIANGLE), "causal": False},
    "a window": {
        "weights": weights(mask=np.triu(TRIANGLE, -1)),
        "mask": {"window": 2},
    },
    "any mask": {
        "weights": weights(2, 3, 5, mask=TRIANGLE[2:]),
        "mask": TRIANGLE[2:],
        "tokens": WORDS[2:],
        "key_tokens": WORDS,
    },
    "a query without any key": {
        "weights": [[0.0, 0.0], [0.5, 0.5]],
        "mask": [[False, False], [True, True]],
    },
    "a sink": {"weights": weights() * 0.75, "learned_sink": True},
    "scores": {"scores": logits()},
    "divergences": {"scores": -np.abs(logits()), "kappa": [0.3, 0.7]},
    "another temperature": {
        "scores": -np.abs(logits()),
        "kappa": [0.3, 0.7],
        "tau": [0.3 * 3**0.5, 0.7 * 3**0.5],
    },
    "weights and scores": {"weights": weights(), "scores": logits()},
    "infinities": {"weights": weights(mask=TRIANGLE), "scores": TRIANGLES},
    "scores that were left whole": {"weights": weights(mask=TRIANGLE), "scores": logits()},
    "infinities alone": {"scores": TRIANGLES},
    "scores of hidden keys": {"scores": logits(), "causal": True},
    "scores of which some are hidden and unknown": {
        "scores": np.where(np.arange(5) == 1, -np.inf, logits()),
        "causal": True,
    },
    "scores that are no numbers": {
        "weights": weights(mask=TRIANGLE),
        "scores": np.where(TRIANGLE, logits(), np.nan),
    },
    "layers": {"weights": {3: weights(), 7: weights(mask=TRIANGLE)}},
    "layers and masks": {
        "weights": (weights(), weights(mask=TRIANGLE)),
        "mask": np.stack([np.ones_like(TRIANGLE), TRIANGLE]),
    },
    "layers, one of which says its mask": {
        "weights": (weights(), weights(mask=TRIANGLE)),
        "scores": (logits(), TRIANGLES),
    },
    "layers and sinks": {"weights": (weights() * 0.75, weights() / 2), "learned_sink": True},
    "strings": {"weights": weights(), "tokens": WORDS, "text": "The lamp went out, it said."},
    "ids": {"weights": weights(), "tokens": [5, 3, 8, 8, 1]},
    "names": {"weights": weights(), "name": "our model é", "source": "our code\n2"},
    "one cell": {"weights": [[1.0]], "causal": True},
}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("case", CASES)
def test_what_is_written_is_read_the_same(case: str, suffix: str, tmp_path: Path) -> None:
    """To the bit, and the same bytes are written of it again."""
    source, path = given_source(**CASES[case]), tmp_path / f"f{suffix}"
    path.write_bytes(recorded_bytes(source, suffix))
    again = read(path)

    assert_same(source, again)
    assert recorded_bytes(again, suffix) == path.read_bytes()


@drawn_from(
    st.floats(1e-6, 1e6),
    st.floats(1e-6, 1e6),
    st.lists(st.text(min_size=1).filter(lambda it: it.isprintable()), min_size=2, max_size=2),
    st.sampled_from(SUFFIXES),
)
def test_any_temperature_and_any_strings(
    tmp_path_factory: pytest.TempPathFactory,
    kappa: float,
    tau: float,
    tokens: list[str],
    suffix: str,
) -> None:
    """Rounding moves neither τ nor the bytes."""
    source = given_source(scores=[[0, -1e-3], [-1, 0]], kappa=kappa, tau=tau, tokens=tokens)
    path = tmp_path_factory.mktemp("any") / f"f{suffix}"
    path.write_bytes(recorded_bytes(source, suffix))

    assert_same(source, read(path))
    assert recorded_bytes(read(path), suffix) == path.read_bytes()


def test_the_bytes_do_not_change_from_process_to_process() -> None:
    """Neither with the seed of hashes, nor as safetensors orders its metadata."""
    code = (
        "import hashlib, sys; from paperfig.engine.given import given_source;"
        "from paperfig.models.recorded.files import recorded_bytes;"
        "source = given_source([[1.0, 0.0], [0.5, 0.5]], tokens=['a', 'b'], name='n', "
        "source='s');"
        "print([hashlib.sha256(recorded_bytes(source, it)).hexdigest() for it in sys.argv[1:]])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code, *SUFFIXES],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(said) == 1
    assert hashlib.sha256().hexdigest() not in said.pop()


class TestByHand:
    """Files that people write themselves."""

    def test_weights_alone(self, tmp_path: Path) -> None:
        """Of no known layer or head number but their places."""
        source = read(npz(tmp_path, weights=weights()))

        assert_same(source, given_source(weights()))
        assert_same(read(npz(tmp_path, weights=weights()[None])), source)
        assert_same(read(safetensors(tmp_path, {"format": "pt"}, weights=weights())), source)

    @pytest.mark.parametrize(
        "tokens",
        [
            np.array(WORDS),
            np.array([word.encode() for word in WORDS]),
            np.array(WORDS, dtype="U40"),
        ],
    )
    def test_tokens_are_texts(self, tokens: np.ndarray, tmp_path: Path) -> None:
        """Of numpy's types, or as JSON in the metadata."""
        kept = read(npz(tmp_path, weights=weights(), tokens=tokens, text="It went."))
        listed = {"tokens": json.dumps(WORDS), "text": "It went."}

        assert kept.excerpt.tokens.labels == ("The", " lamp", " went", " out", ".")
        assert kept.excerpt.tokens.text == "It went."
        assert_same(read(safetensors(tmp_path, listed, weights=weights())), kept)

    def test_all_keys(self, tmp_path: Path) -> None:
        """As `draw` takes them under the same names."""
        scores = -np.abs(logits(2, 2, 3, 5))
        kappa = np.array([0.5, 2.0])
        said: dict[str, Any] = {
            "kappa": kappa,
            "tau": 2 * kappa,
            "tokens": WORDS[:3],
            "key_tokens": WORDS,
            "tokens_as": "text",
            "name": "our model",
            "source": "our code",
        }
        made = softmax(scores / (2 * kappa)[:, None, None])
        path = npz(tmp_path, weights=made, scores=scores, layer=[7, 3], heads=[9, 4], **said)
        one = {7: made[0], 3: made[1]}
        other = {7: scores[0], 3: scores[1]}

        assert_same(read(path), given_source(one, scores=other, head=[9, 4], **said))

    def test_heads_are_names_and_never_pick(self, tmp_path: Path) -> None:
        """However small their numbers are."""
        source = read(npz(tmp_path, weights=weights(), heads=[1, 0]))

        assert source.heads == (1, 0)
        np.testing.assert_array_equal(source.inputs[0].weights, weights().astype(np.float32))

    def test_sinks_and_masks_of_layers(self, tmp_path: Path) -> None:
        """Have as many first axes as the weights."""
        given = np.stack([weights(mask=TRIANGLE), weights()]) * 0.75
        sink = np.full((2, HEADS, QUERIES), 0.25)
        masks = np.stack([TRIANGLE, np.ones_like(TRIANGLE)])
        expected = given_source(tuple(given), learned_sink=tuple(sink), mask=masks)

        assert_same(read(npz(tmp_path, weights=given, learned_sink=sink, mask=masks)), expected)
        assert read(npz(tmp_path, weights=given, learned_sink=True)).inputs[1].has_sink

    def test_layers_in_any_order(self, tmp_path: Path) -> None:
        """What is said of each goes with it."""
        given = {8: weights(mask=TRIANGLE) * 0.75, 2: weights()}
        sink = np.stack([np.full((HEADS, QUERIES), 0.25), np.zeros((HEADS, QUERIES))])
        masks = np.stack([TRIANGLE, np.ones_like(TRIANGLE)])
        several = {"weights": np.stack(list(given.values())), "layer": list(given)}
        source = read(npz(tmp_path, **several, learned_sink=sink, mask=masks))

        assert source.facts.there == (2, 8)
        assert [source.facts.layers[it].trained.mask.causal for it in (2, 8)] == [False, True]
        assert [source.inputs[it].sink.max() for it in (2, 8)] == [0, 0.25]

    def test_bfloat16(self, tmp_path: Path) -> None:
        """Rows may be off by what it rounds."""
        given = torch.from_numpy(weights()).bfloat16()

        assert_same(read(safetensors(tmp_path, {}, weights=given)), given_source(given))

    @pytest.mark.parametrize(
        ("keys", "message"),
        [
            (
                {"weights": weights(), "beta": 1},
                "f: it holds beta, which is not known; weights, scores, kappa, tau, mask, "
                "learned_sink, layer, heads, tokens, key_tokens, tokens_as, text, name, "
                "source are "
                "right",
            ),
            (
                {"kappa": 1},
                "f: it holds neither weights nor scores; weights (head, query, key) are right",
            ),
            (
                {"weights": weights(), "tokens": np.array(WORDS, dtype=object)},
                "f: one of its arrays is of Python objects, which only unpickling reads; "
                "tokens as "
                "np.array(tokens, dtype=str), and arrays of numbers, are right",
            ),
            (
                {"weights": weights(), "tokens": np.array([b"\xff"] * 5)},
                "f: its texts are not in UTF-8; str is right",
            ),
            (
                {"weights": weights(), "tokens": WORDS[:4]},
                "f: tokens: 4 for 5 queries; one for each is right",
            ),
            (
                {"weights": weights(), "mask": "causal"},
                "f: its mask is a text; an array of numbers is right",
            ),
            (
                {"weights": weights(), "layer": "four"},
                "f: its layer is a text; an array of numbers is right",
            ),
            (
                {"weights": weights(), "layer": 4.5},
                "f: layer: it is 4.5; a whole number from 0 to 999 is right",
            ),
            (
                {"weights": weights(), "layer": [1, 2]},
                "f: layer: 2 for one layer; one is right",
            ),
            (
                {"weights": np.stack([weights()] * 2), "layer": [1]},
                "f: layer: 1 for 2 layers of weights; one for each is right",
            ),
            (
                {"weights": np.stack([weights()] * 2), "layer": [1, 1]},
                "f: layer: they are 1, 1; different ones are right",
            ),
            (
                {"weights": weights(), "heads": [1]},
                "f: heads: 1 for 2 heads; one for each is right",
            ),
            (
                {"weights": weights(), "heads": [1, 1]},
                "f: head: it is [1, 1]; a number from 0, or a list of different ones, is right",
            ),
            ({"weights": weights(), "name": 3.0}, "f: name: it is array(3.); a text is right"),
            (
                {"weights": weights(), "text": ["a", "b"]},
                "f: text: it is ['a', 'b']; a text is right",
            ),
            (
                {"weights": weights(), "tokens_as": "words"},
                "f: tokens_as: it is 'words'; `tokenizer` or `text` is right",
            ),
            (
                {"weights": weights(), "scores": -logits()},
                "f: scores: softmax(scores) is off the weights by "
                f"{np.abs(softmax(-logits()) - weights()).max():.2g}; with their sign turned "
                "they "
                "agree: scores grow with the weights",
            ),
        ],
    )
    def test_what_they_cannot_hold(
        self, keys: dict[str, Any], message: str, tmp_path: Path
    ) -> None:
        """One line, with the file's name in front."""
        assert faulty(npz(tmp_path, **keys)) == message

    @pytest.mark.parametrize(
        ("metadata", "message"),
        [
            ({"tokens": "The lamp"}, 'f: its tokens are no JSON; ["The", "Ġcat"] is right'),
            ({"tokens": "[" * 100_000}, 'f: its tokens are no JSON; ["The", "Ġcat"] is right'),
            (
                {"tokens": "[[1.5]]"},
                "f: tokens: token 0 is [1.5], of type list; strings are right, or ids with "
                "`tokenizer`",
            ),
            ({"kappa": "0.5"}, "f: its kappa is a text; an array of numbers is right"),
            ({"weights": "0.5"}, "f: it holds weights twice; once is right"),
        ],
    )
    def test_what_metadata_cannot_hold(
        self, metadata: dict[str, str], message: str, tmp_path: Path
    ) -> None:
        """Numbers are tensors."""
        assert faulty(safetensors(tmp_path, metadata, weights=weights())) == message

    @pytest.mark.parametrize(
        "written",
        [
            "{}",
            "3",
            "[" * 100_000,
            json.dumps({"labels": [1, 2, 3, 4, 5]}),
            json.dumps({"labels": "abcde"}),
            json.dumps({"labels": ["a", "b", "c", "d", "\ud800"]}),
            json.dumps({"labels": list("abcde"), "ids": {"array": "ids"}}),
            json.dumps(
                {"labels": list("abcde"), "text": "abcde", "offsets": {"array": "offsets"}}
            ),
        ],
    )
    def test_tokens_that_were_tampered_with(self, written: str, tmp_path: Path) -> None:
        """They are read by their types, and lie in their text."""
        keys = {"query": written, "query.offsets": np.array([[0, 99]] * 5)}

        assert faulty(npz(tmp_path, weights=weights(), **keys)) == (
            "f: its tokens under query cannot be read; write them under tokens"
        )

    def test_tokens_in_two_forms(self, tmp_path: Path) -> None:
        """Of which one would be drawn in silence."""
        written = json.dumps({"labels": WORDS})

        assert faulty(npz(tmp_path, weights=weights(), query=written, tokens=WORDS)) == (
            "f: it holds tokens in two forms; one is right"
        )


def header(shape: tuple[int, ...], dtype: str = "<f8") -> bytes:
    """That of a .npy file."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    padded = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded.encode()


def archive(path: Path, *members: tuple[str, bytes], compression: int = 0) -> Path:
    """A zip file."""
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


class TestDamage:
    """Files that are no files of attention, or are so no longer."""

    def test_there_is_none(self, tmp_path: Path) -> None:
        """Absent, a folder, or of another kind."""
        (tmp_path / "d.npz").mkdir()
        (tmp_path / "p.npz").write_text(
            "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 10\n"
        )

        assert faulty(tmp_path / "absent.npz") == "f: no such file"
        assert faulty(tmp_path / "d.npz") == "f: no such file"
        assert (
            faulty(tmp_path / "f.pt") == "f: of the suffix .pt; .npz or .safetensors is right"
        )
        assert faulty(tmp_path / "f") == "f: of the suffix none; .npz or .safetensors is right"
        assert "Git LFS" in faulty(tmp_path / "p.npz")

    def test_nothing_is_unpickled(self, tmp_path: Path) -> None:
        """Neither a file nor a member of it."""

        class Touch:
            def __reduce__(self) -> Any:
                return Path.touch, (tmp_path / "touched",)

        objects = np.empty(1, dtype=object)
        objects[0] = Touch()
        (tmp_path / "p.npz").write_bytes(pickle.dumps(Touch()))
        np.save(tmp_path / "o.npy", objects, allow_pickle=True)
        member = ("weights.npy", (tmp_path / "o.npy").read_bytes())

        assert faulty(tmp_path / "p.npz") == UNREAD
        assert "only unpickling reads" in faulty(archive(tmp_path / "o.npz", member))
        assert not (tmp_path / "touched").exists()

    @pytest.mark.parametrize(
        "members",
        [
            [("weights.txt", b"hello")],
            [("weights", b"hello")],
            [("weights.npy", b"")],
            [("weights.npy", header((10**6, 10**6)))],
            [("weights.npy", header((2**62, 8)))],
            [("weights.npy", header((-1, 8)))],
            [("weights.npy", header((1, 1), "<U1000000000"))],
            [("weights.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", 9) + b"{'descr'\n")],
            [("weights.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", 60_000) + b"[" * 60_000)],
        ],
    )
    def test_members_that_are_no_arrays(
        self, members: list[tuple[str, bytes]], tmp_path: Path
    ) -> None:
        """A shape in a header costs no memory that the file does not hold."""
        assert faulty(archive(tmp_path / "f.npz", *members)) == UNREAD

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_two_arrays_of_one_name(self, tmp_path: Path) -> None:
        """Of which one would be drawn in silence."""
        content = io.BytesIO()
        np.save(content, np.eye(2))
        member = ("weights.npy", content.getvalue())

        assert faulty(archive(tmp_path / "f.npz", member, member)) == UNREAD

    def test_a_file_that_claims_more_than_it_holds(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing of it is read; a file of usual size may be compressed as it likes."""
        path = tmp_path / "f.npz"
        np.savez_compressed(path, weights=np.eye(1000))
        assert read(path).inputs[0].weights.shape == (1, 1000, 1000)

        monkeypatch.setattr("paperfig.models.recorded.reading._ALWAYS_ALLOWED", 2**20)
        size = path.stat().st_size
        assert faulty(path) == (
            f"f: refused unread: a file of {size} bytes that claims to hold 8000128; np.savez, "
            "which does not compress, is right"
        )

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_cut_off(self, suffix: str, tmp_path: Path) -> None:
        """At any place."""
        path = tmp_path / f"f{suffix}"
        whole = recorded_bytes(given_source(weights(), tokens=WORDS, name="n"), suffix)
        for length in (0, 1, 8, 100, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:length])
            assert faulty(path) == f"f: no {suffix} file that can be read"

    @pytest.mark.filterwarnings("ignore:Reading `.npy`")
    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_any_byte_may_be_another(self, suffix: str, tmp_path: Path) -> None:
        """It is refused in one line, or what it says is attention all the same."""
        path = tmp_path / f"f{suffix}"
        whole = recorded_bytes(given_source(weights(), tokens=WORDS, name="n"), suffix)
        for place in range(0, len(whole), 5):
            for change in (0xFF, 0x01):
                content = bytearray(whole)
                content[place] ^= change
                path.write_bytes(content)
                assert refusal(path)[:3] in {"", "f: "}

    def test_a_header_that_is_too_long(self, tmp_path: Path) -> None:
        """Of a .safetensors file."""
        path = tmp_path / "f.safetensors"
        path.write_bytes(struct.pack("<Q", 2**60) + b"{}")

        assert faulty(path) == "f: no .safetensors file that can be read"
        assert message_of(CheckpointError, read, path) == faulty(path)
