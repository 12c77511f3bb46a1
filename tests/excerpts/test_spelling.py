"""Tokens given as strings: the same labels and text as the product reads of the tokenizer."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import message_of
from tokenizers import Tokenizer as Fast
from tokenizers import (
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from paperfig.errors import AttentionError, ExcerptError
from paperfig.excerpts.excerpt import read_excerpt
from paperfig.excerpts.spelling import spelled, spelling_of
from paperfig.excerpts.tokenizers.choice import load_tokenizer
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.specs.schema import ExcerptSpec
from paperfig.values.tokens import Tokens, positions, same_tokens

PROSE = [
    "The keeper of the lighthouse wrote the weather down, and nobody read it.",
    "“Nobody reads it,” said the keeper; the café was shut — 灯台 are far from cafés.",
    "In the evening it was raining and the keeper was reading.\n\tThe end. 🤗",
]


def _byte_level() -> Fast:
    fast = Fast(models.BPE())
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<|endoftext|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=alphabet, special_tokens=special, show_progress=False
    )
    fast.train_from_iterator(PROSE, trainer)
    fast.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 0)]
    )
    return fast


def _sentence_piece() -> Fast:
    special = ["<unk>", "<s>", "</s>"]
    units = [f"<0x{byte:02X}>" for byte in range(256)]
    words = ["▁the", "▁", "the", "▁keeper", "er", "read", "▁read", "ing", *"abcdehiknorstw"]
    tokens = [(token, -float(at)) for at, token in enumerate([*special, *units, *words])]
    fast = Fast(models.Unigram(tokens, unk_id=0, byte_fallback=True))
    fast.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    fast.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    fast.add_special_tokens(special)
    fast.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    return fast


def _word_piece() -> Fast:
    fast = Fast(models.WordPiece(unk_token="[UNK]"))
    fast.normalizer = normalizers.BertNormalizer(lowercase=True)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(
        vocab_size=120, special_tokens=special, show_progress=False
    )
    fast.train_from_iterator(PROSE, trainer)
    fast.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return fast


FAMILIES: dict[str, Callable[[], Fast]] = {
    "byte-level": _byte_level,
    "sentencepiece": _sentence_piece,
    "wordpiece": _word_piece,
}

Both = tuple[Fast, Tokenizer]


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Both]:
    """A tokenizer of each family, and the product's reading of its file."""
    root = tmp_path_factory.mktemp("families")
    made = {}
    for name, make in FAMILIES.items():
        (root / name).mkdir()
        fast = make()
        fast.save(str(root / name / "tokenizer.json"))
        made[name] = fast, load_tokenizer(name, checkpoint=None, root=root)
    return made


def _own(tokenizer: Tokenizer, text: str) -> Tokens:
    """The text as the product reads it."""
    return read_excerpt(
        ExcerptSpec(text=text),
        tokenizer,
        root=Path(),
        context=None,
        vocab_size=tokenizer.n_vocab,
        trained_on_clean=False,
    ).tokens


def _strings(fast: Fast, tokens: Tokens) -> list[str]:
    """What transformers' ``convert_ids_to_tokens`` gives."""
    return [fast.id_to_token(index) for index in tokens.ids.tolist()]


TEXT = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(
        [*PROSE, " ", "\n\n", "e\u0301", "👩‍👩‍👧", "灯台", "Ġ", "▁", "##the", "<s>"]
    )
).map("".join)


@given(TEXT)
def test_byte_level_is_read_as_the_products_own(families: dict[str, Both], text: str) -> None:
    """Labels, text and places, whatever the text: emoji, combining marks, white space."""
    text += " the"
    fast, tokenizer = families["byte-level"]
    own = _own(tokenizer, text)
    tokens = spelled(_strings(fast, own))
    assert (tokens.labels, tokens.text) == (own.labels, own.text)
    assert np.array_equal(tokens.offsets, own.offsets)


@given(TEXT)
def test_sentencepiece_is_read_as_the_products_own(
    families: dict[str, Both], text: str
) -> None:
    """The space that the tokenizer puts in front is none of the text."""
    fast, tokenizer = families["sentencepiece"]
    text = "the" + text.replace("▁", "")  # which it makes a space of
    own = _own(tokenizer, text)
    tokens = spelled(_strings(fast, own))
    assert (tokens.labels, tokens.text) == (own.labels, own.text)
    assert np.array_equal(tokens.offsets, own.offsets)


@given(TEXT)
def test_wordpiece_is_read_as_the_products_own(families: dict[str, Both], text: str) -> None:
    """The labels; the text is the words with a space between them, whatever the source had."""
    fast, tokenizer = families["wordpiece"]
    own = _own(tokenizer, "the" + text)
    given = _strings(fast, own)
    tokens = spelled(given)
    assert tokens.labels == own.labels
    words = " ".join(given[1:-1]).replace(" ##", "")
    assert tokens.text == words


@given(TEXT)
def test_equal_identities_are_equal_ids(families: dict[str, Both], text: str) -> None:
    """In each family: the repetitions that statistics find are those of the ids."""
    for fast, _ in families.values():
        encoding = fast.encode(text + " the the")
        ids, numbers = np.array(encoding.ids), spelled(encoding.tokens).identities
        assert np.array_equal(ids[:, None] == ids, numbers[:, None] == numbers)


@given(TEXT)
def test_literal_strings_are_left_as_they_are(text: str) -> None:
    """No character of theirs is taken for a mark."""
    strings = [text, "Ġthe", "▁the", "##the", "[CLS]", "<0xE2>", ""]
    tokens = spelled(strings, "text")
    assert (list(tokens.labels), tokens.text) == (strings, "".join(strings))
    places = [tokens.text[begin:end] for begin, end in tokens.offsets]
    assert places == strings


@given(TEXT)
def test_gpt2_by_its_own_vocabulary(gpt2: Tokenizer, shared: Path, text: str) -> None:
    """The strings of GPT-2's file, which transformers gives, as its bytes out of tiktoken."""
    encoder = json.loads((shared / "gpt2" / "encoder.json").read_text(encoding="utf-8"))
    strings = {index: string for string, index in encoder.items()}
    own = _own(gpt2, text + " the")
    tokens = spelled([strings[index] for index in own.ids.tolist()])
    assert (tokens.labels, tokens.text) == (own.labels, own.text)
    assert np.array_equal(tokens.offsets, own.offsets)


def test_a_character_over_several_tokens() -> None:
    """Its bytes in the labels, itself in the text."""
    tokens = spelled(["<|endoftext|>", "Say", "ĠâĢ", "ľ", "the", "âĢ", "Ŀ", "Ċ"])
    assert tokens.labels == (
        *("<|endoftext|>", "Say", " <E2 80>", "<9C>"),
        *("the", "<E2 80>", "<9D>", "\n"),
    )
    assert tokens.text == "Say “the”\n"
    assert tokens.offsets.tolist() == [
        *([0, 0], [0, 3], [3, 5], [4, 5], [5, 8], [8, 9], [8, 9], [9, 10])
    ]


def test_a_trained_tokenizer() -> None:
    """glassllm's, of its own make: ``▁`` for spaces, none put in front."""
    import glassllm

    _, tokenizer = glassllm.load_pretrained("en")
    text = "The March Hare said to the Hatter"
    tokens = spelled([tokenizer.vocab[index] for index in tokenizer.encode(text)])
    assert tokens.text == text
    assert "".join(tokens.labels) == text


@pytest.mark.parametrize(
    ("strings", "family"),
    [
        (["The", "Ġcat"], "byte-level"),
        (["caf", "Ã©"], "byte-level"),
        (["def", "Ġf", "():", "Ċ", "    ", "pass"], "byte-level"),  # GPT-NeoX's blanks
        (["<｜begin▁of▁sentence｜>", "The", "Ġcat"], "byte-level"),
        (["[CLS]", "The", "Ġcat", "[SEP]"], "byte-level"),  # ModernBERT
        (["▁The", "▁cat"], "sentencepiece"),
        (["[CLS]", "▁the", "▁cat", "[SEP]"], "sentencepiece"),  # ALBERT
        (["<0xE2>", "<0x96>"], "sentencepiece"),
        (["play", "##ing"], "wordpiece"),
        (["[CLS]", "the", "cat", "[SEP]"], "wordpiece"),
        (["<s>", "play", "##ing", "</s>"], "wordpiece"),  # MPNet
        (["The", " cat"], "plain"),
        (["A", " word", " like", " Ġgantija"], "plain"),
        (["Bars", " ▁▂▃"], "plain"),
        (["The", " mark", " ##x"], "plain"),
        (["##", "Title"], "plain"),
        (["##Title", "words"], "plain"),
        (["čovjek", "đak"], "plain"),  # letters that stand for control characters
        (["ağaç", "dağ"], "plain"),
        (["café", "crème"], "plain"),  # no UTF-8 as bytes
        (["灯", "台"], "plain"),
        (["The", "cat"], "plain"),
        (["<s>"], "plain"),
    ],
)
def test_a_spelling_is_known_by_the_whole_list(strings: list[str], family: str) -> None:
    """Each family by its marks; a mark by accident is none."""
    assert spelling_of(strings) == family


def test_plain_strings_stand_as_they_are() -> None:
    """As TransformerLens and tiktoken give them; special tokens around are none of the text."""
    tokens = spelled(["<|endoftext|>", "The", " Ġ", " ##cat"])
    assert tokens.labels == ("<|endoftext|>", "The", " Ġ", " ##cat")
    assert tokens.text == "The Ġ ##cat"
    assert tokens.offsets.tolist() == [[0, 0], [0, 3], [3, 5], [5, 11]]


def test_words_without_spaces_have_no_text() -> None:
    """They may be words or parts of one: nothing is claimed, unless they are said literal."""
    words = ["The", "cat", "sat"]
    assert spelled(words).text is None
    assert spelled(words).offsets is None
    assert spelled(words, "text").text == "Thecatsat"
    assert spelled(["<s>", "cat"]).text == "cat"


def test_special_tokens_between_texts_are_shown_between_them() -> None:
    """As where rows are joined by one; only those around a text are left out of it."""
    tokens = spelled(["<|endoftext|>", "A", "Ġcat", "<|endoftext|>", "A", "Ġdog"])
    assert tokens.text == "A cat<|endoftext|>A dog"
    pair = spelled(["[CLS]", "a", "cat", "[SEP]", "a", "dog", "[SEP]", "[PAD]"])
    assert pair.text == "a cat [SEP] a dog"
    assert pair.offsets.tolist()[-3:] == [[14, 17], [17, 17], [17, 17]]


def test_hidden_and_unknown_words_stand_in_the_text() -> None:
    """They stand for a part of it, at its edges too."""
    assert spelled(["[CLS]", "[MASK]", "is", "[UNK]", "[SEP]"]).text == "[MASK] is [UNK]"
    assert spelled(["<s>", "<unk>", "▁is", "</s>"]).text == "<unk> is"


def test_special_tokens_alone_have_no_text() -> None:
    """They are shown, and nothing is around them."""
    tokens = spelled(["[CLS]", "[SEP]"])
    assert (tokens.labels, tokens.text, tokens.offsets) == (("[CLS]", "[SEP]"), None, None)


def test_identities() -> None:
    """Ids; else the strings as given, where labels may be alike; positions have none."""
    assert Tokens(labels=("a", "b"), ids=np.array([5, 7])).identities.tolist() == [5, 7]
    tokens = spelled(["[CLS]", "s", "##s", "s", "[SEP]"])
    assert tokens.labels == ("[CLS]", "s", "s", "s", "[SEP]")
    assert tokens.identities.tolist() == [0, 1, 2, 1, 4]
    assert positions(4).identities is None
    assert not same_tokens(spelled(["[CLS]", "s", "##s"]), spelled(["[CLS]", "s", "s"]))


def test_arrays_of_strings_are_taken() -> None:
    """As a file of recorded attention holds them."""
    assert spelled(np.array(["The", " cat"])).labels == ("The", " cat")


RIGHT = "a list with one string for each token is right"


@pytest.mark.parametrize(
    ("strings", "message"),
    [
        ("The cat", f"tokens: it is one string, 'The cat'; {RIGHT}"),
        (b"The cat", f"tokens: it is bytes, b'The cat'; {RIGHT}"),
        ({"The", "cat"}, f"tokens: it is of type set; {RIGHT}"),
        (5, f"tokens: it is of type int; {RIGHT}"),
        ([], f"tokens: it is empty; {RIGHT}"),
        (np.array("The"), f"tokens: it is an array of 0 axes; {RIGHT}"),
        (np.array([["The"]]), f"tokens: it is an array of 2 axes; {RIGHT}"),
        (
            ["The", 464],
            "tokens: token 1 is 464, of type int; strings are right, or ids with `tokenizer`",
        ),
        (
            [b"The"],
            "tokens: token 0 is b'The', of type bytes; "
            "strings are right, or ids with `tokenizer`",
        ),
    ],
)
def test_what_is_no_list_of_strings_is_refused(strings: object, message: str) -> None:
    """In one line that names the right form."""
    assert message_of(AttentionError, spelled, strings) == message


def test_half_a_character_is_refused() -> None:
    """No file could hold it."""
    assert message_of(ExcerptError, spelled, ["a", "\ud83d"], where="key_tokens") == (
        "key_tokens: token 1: it holds half a character (U+D83D, a lone surrogate); "
        "text that UTF-8 can hold is right"
    )
