"""Phrases and spans where a figure is computed and drawn; special tokens where it is told."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from documented import documented
from small_gpt import random_gpt

import paperfig
from paperfig.values.figure import from_npz

Command = Callable[..., tuple[int, str, str]]
TEXT = "The day was long, and the lamp was lit."
GPT = {
    "figspec": 1,
    "checkpoint": {"path": "models/tiny.pt", "name": "tiny"},
    "tokenizer": "bytes",
    "excerpt": {"text": TEXT},
    "head": "L1H2",
}


def write(project: Path, name: str, **keys: object) -> None:
    """A spec of the small GPT, or of what ``keys`` name."""
    text = yaml.safe_dump(GPT | keys, allow_unicode=True)
    (project / "figspec" / f"{name}.yaml").write_text(text, encoding="utf-8")


SPANS = {"text": TEXT, "spans": {"noon": "day", "end": [-2, -1]}}


def test_keys_are_hidden_by_whatever_names_them(gpt_project: Path) -> None:
    """Phrase, occurrence, span, range, indices: one mask, and the same weights."""
    ways = (["day"], [{"find": "day", "nth": 1}], ["noon"], [[4, -33]], [6, 5, 4])
    shown = [
        paperfig.attention(
            GPT | {"excerpt": SPANS, "mask": {"hide_keys": way}}, root=gpt_project, device="cpu"
        )
        for way in ways
    ]
    assert not shown[0].weights[:, :, 4:7].any()
    assert shown[0].weights[:, :, :4].any()
    for other in shown:
        assert other.shown.mask.hide_keys == (4, 5, 6)
        np.testing.assert_array_equal(other.weights, shown[0].weights)


def test_the_record_holds_where_phrases_were_found(gpt_project: Path, command: Command) -> None:
    """Hidden keys and spans as numbers; the figure is up to date until a span changes."""
    write(gpt_project, "a", excerpt=SPANS, mask={"hide_keys": [{"find": "day"}, "end"]})
    assert command(gpt_project, "build")[::2] == (0, "")
    facts = json.loads((gpt_project / "figures" / "a.json").read_text())["facts"]
    assert facts["maps"][0]["shown"]["mask"]["hide_keys"] == [4, 5, 6, 37, 38]
    assert facts["excerpt"]["spans"] == {"noon": [4, 6], "end": [37, 38]}
    assert command(gpt_project, "check")[0] == 0
    changed = SPANS | {"spans": {"noon": "day", "end": -1}}
    write(gpt_project, "a", excerpt=changed, mask={"hide_keys": [{"find": "day"}, "end"]})
    code, out, _ = command(gpt_project, "check")
    assert (code, out.count("excerpt.spans.end")) == (1, 1)


def test_a_mark_is_found_again_without_the_checkpoint(
    gpt_project: Path, command: Command
) -> None:
    """Phrases and names are looked up in the values that were kept."""
    excerpt = {"excerpt": {"text": TEXT, "spans": {"start": [0, 2]}}}
    write(gpt_project, "a", **excerpt)
    assert command(gpt_project, "build")[0] == 0
    (gpt_project / "models" / "tiny.pt").unlink()
    marks = [{"query": "lamp", "key": "day"}, {"query": -1, "key": "start"}]
    write(gpt_project, "a", **excerpt, style={"mark": marks})
    assert command(gpt_project, "build", "--no-compute")[::2] == (0, "")
    caption = (gpt_project / "figures" / "a.caption.tex").read_text()
    assert (
        "Marked: queries `l' (26) to `p' with keys `d' (4) to `y'; query `.' with keys `T' "
        "to `e' (2)." in caption
    )


def test_the_documented_positions(
    gpt_project: Path, repository: Path, command: Command
) -> None:
    """docs/text.md: built as it stands, on bytes."""
    (example,) = documented(repository / "docs" / "text.md", "positions")
    write(gpt_project, "a", **yaml.safe_load(example))
    assert command(gpt_project, "build")[::2] == (0, "")
    caption = (gpt_project / "figures" / "a.caption.tex").read_text()
    assert "; 7 keys hidden here" in caption
    record = json.loads((gpt_project / "figures" / "a.json").read_text())
    assert record["facts"]["maps"][0]["shown"]["mask"]["hide_keys"] == [0, *range(22, 28)]
    assert (
        "Marked: queries `l' (37) to `p' (40) with keys `T' (0) to `p' (7); queries `p' (40) "
        "to `.' (41) with keys `w' (9) to `t' (15)." in caption
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"mask": {"hide_keys": [0, "was"]}},
            "mask.hide_keys.1: 'was' stands 2 times in the excerpt, at tokens 8, 31; "
            '`{find: "was", nth: 1}` is the first',
        ),
        (
            {"style": {"mark": [{"query": "night", "key": 0}]}},
            "style.mark.0.query: 'night' does not stand in the excerpt, which begins "
            "'The day was long, and the lamp was lit.'; "
            "a phrase just as the text has it is right",
        ),
    ],
)
def test_a_position_that_is_none_fails_its_figure(
    gpt_project: Path, command: Command, keys: dict[str, object], message: str
) -> None:
    """One line, with the spec's file and the key."""
    write(gpt_project, "a", **keys)
    assert command(gpt_project, "build")[::2] == (1, f"figspec/a.yaml: {message}\n")


@pytest.fixture
def word_pieces(project: Path) -> Path:
    """A project with a small GPT of BERT's kind of vocabulary."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    tokens = ("[UNK]", "[CLS]", "[SEP]", "what", "who", "##ever", ",", "day")
    fast = Tokenizer(
        models.WordPiece({token: at for at, token in enumerate(tokens)}, unk_token="[UNK]")
    )
    fast.normalizer = normalizers.BertNormalizer(lowercase=True)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast.add_special_tokens(["[UNK]", "[CLS]", "[SEP]"])
    fast.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    fast.save(str(project / "tokenizer.json"))
    random_gpt(project / "tiny.pt", vocab_size=len(tokens))
    return project


WORDS = {
    "checkpoint": {"path": "tiny.pt", "name": "tiny"},
    "tokenizer": "from-checkpoint",
    "head": "L0H1",
}


@pytest.mark.parametrize(
    ("excerpt", "told"),
    [
        (
            {"text": "Whoever, what"},
            " the text `Whoever, what' (6 tokens, of them {[}CLS{]} and {[}SEP{]}).",
        ),
        (
            {"text": "Whoever, what", "length": 4},
            "(4 tokens, of them {[}CLS{]} and {[}SEP{]}).",
        ),
        (
            {"text": "Whoever, what", "special_tokens": "none"},
            " the text `Whoever, what' (4 tokens).",
        ),
        ({"text": "Whoever, what", "bos": False}, "(5 tokens, of them {[}SEP{]})."),
        ({"ids": [4, 5]}, " a given sequence of token ids (2 tokens)."),
    ],
)
def test_special_tokens_are_counted_and_named(
    word_pieces: Path, command: Command, excerpt: dict[str, object], told: str
) -> None:
    """In the caption, in the record and by `show`; their labels are their names."""
    write(word_pieces, "a", **WORDS | {"excerpt": excerpt})
    assert command(word_pieces, "build")[::2] == (0, "")
    assert told in (word_pieces / "figures" / "a.caption.tex").read_text()
    labels = from_npz((word_pieces / "figures" / "a.npz").read_bytes()).excerpt.tokens.labels
    named = [label for label in labels if label.startswith("[")]
    record = json.loads((word_pieces / "figures" / "a.json").read_text())
    assert record["facts"]["excerpt"]["special_tokens"] == named
    shown = command(word_pieces, "show", "a")[1]
    of_them = f", of them {' '.join(named)}" if named else ""
    assert f"Length:  {len(labels)} tokens{of_them}, tokenizer " in shown


def test_a_phrase_of_a_text_among_special_tokens(word_pieces: Path, command: Command) -> None:
    """Counted with what stands in front; in the text as it was written."""
    write(
        word_pieces,
        "a",
        **WORDS | {"excerpt": {"text": "Who, day"}},
        style={"mark": [{"query": "day", "key": "Who"}]},
        mask={"hide_keys": [0]},
    )
    assert command(word_pieces, "build")[::2] == (0, "")
    caption = (word_pieces / "figures" / "a.caption.tex").read_text()
    assert "the first key hidden here, though the model was trained with it" in caption
    assert "Marked: query `day' with key `who'." in caption
