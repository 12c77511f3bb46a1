"""The tokens of attention that was computed elsewhere, in each form in which people hold "
"them."""

import pickle
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from messages import message_of
from small_recorded import logits, weights

from paperfig.engine.given import given_source
from paperfig.errors import PaperfigError
from paperfig.values.excerpt import Excerpt
from paperfig.values.tokens import positions

WORDS = ["The", "Ġlamp", "Ġwent", "Ġout", "."]
IDS = [5, 3, 8, 8, 1]


class Tokenizer:
    """Of ids below ten."""

    def decode(self, ids: list[int]) -> str:
        """A word for each."""
        return "".join(f" {'abcdefghij'[index]}" for index in ids)


class Bytes:
    """As tiktoken's: bytes of each id, of which it knows three."""

    def decode(self, ids: list[int]) -> str:
        """The text of ids."""
        return b"".join(map(self.decode_single_token_bytes, ids)).decode()

    def decode_single_token_bytes(self, index: int) -> bytes:
        """The bytes of an id."""
        return {1: b"a", 2: "é".encode()[:1], 3: "é".encode()[1:]}[index]


def excerpt(given: Any = None, **said: Any) -> Excerpt:
    """The tokens of weights over five queries and keys."""
    return given_source(said.pop("weights", weights()), tokens=given, **said).excerpt


def faulty(given: Any = None, **said: Any) -> str:
    """What is said of tokens that are none of these."""
    return message_of(PaperfigError, excerpt, given, **said)


@pytest.mark.parametrize(
    ("strings", "labels", "text"),
    [
        (WORDS, ("The", " lamp", " went", " out", "."), "The lamp went out."),
        (
            ["▁The", "▁la", "mp", "▁went", "</s>"],
            (" The", " la", "mp", " went", "</s>"),
            "The lamp went",
        ),
        (
            ["[CLS]", "the", "la", "##mp", "[SEP]"],
            ("[CLS]", "the", "la", "mp", "[SEP]"),
            "the lamp",
        ),
        (["the", "lamp", "went", "out", "."], ("the", "lamp", "went", "out", "."), None),
    ],
)
@pytest.mark.parametrize("form", [list, tuple, np.array, lambda it: np.array(it, dtype=object)])
def test_strings_are_read_as_their_tokenizer_spells_them(
    form: Any, strings: list[str], labels: tuple[str, ...], text: str | None
) -> None:
    """And are kept as they were given."""
    tokens = excerpt(form(strings)).tokens

    assert (tokens.labels, tokens.text, tokens.given) == (labels, text, tuple(strings))


def test_strings_may_be_text() -> None:
    """Of which nothing is read."""
    tokens = excerpt(WORDS, tokens_as="text").tokens

    assert (tokens.labels, tokens.text) == (tuple(WORDS), "".join(WORDS))


@pytest.mark.parametrize(
    "ids",
    [
        IDS,
        tuple(IDS),
        [IDS],
        np.array(IDS),
        np.array([IDS], dtype=np.uint8),
        torch.tensor(IDS),
        torch.tensor([IDS]),
        [torch.tensor(index) for index in IDS],
        list(np.array(IDS)),
        {"input_ids": torch.tensor([IDS]), "attention_mask": torch.ones(1, 5)},
        transformers.BatchEncoding({"input_ids": [IDS]}),
    ],
)
def test_ids(ids: Any) -> None:
    """One for each, or a batch of one; with a tokenizer they have labels and a text."""
    bare, named = excerpt(ids).tokens, excerpt(ids, tokenizer=Tokenizer()).tokens

    for tokens in (bare, named):
        assert (tokens.ids.tolist(), tokens.ids.dtype) == (IDS, np.int64)
    assert (bare.labels, bare.text) == (("5", "3", "8", "8", "1"), None)
    assert (named.labels, named.text) == ((" f", " d", " i", " i", " b"), " f d i i b")


def test_ids_with_bytes() -> None:
    """A character that two tokens share lies in both."""
    tokens = excerpt([1, 2, 3, 1, 1], tokenizer=Bytes()).tokens

    assert (tokens.labels[1:3], tokens.text) == (("<C3>", "<A9>"), "aéaa")


def test_ids_of_the_sequence_that_is_shown() -> None:
    """Of a batch, with its weights."""
    batch = torch.tensor([IDS, IDS[::-1]])
    both = np.stack([weights(), weights(seed=1)])

    assert excerpt(batch, weights=both, batch=1).tokens.ids.tolist() == IDS[::-1]
    assert excerpt(batch[:1], weights=both, batch=1).tokens.ids.tolist() == IDS
    assert faulty(batch) == (
        "tokens: 2 sequences, of which nothing says which is shown; `batch=0` (to 1) is right"
    )


def test_positions_where_no_tokens_are_known() -> None:
    """Then there is no text either, and nothing is repeated."""
    tokens = excerpt().tokens

    assert (tokens.labels, tokens.text) == (positions(5).labels, None)
    assert tokens.identities is None
    assert excerpt().key_tokens is None


@pytest.mark.parametrize("given", [None, WORDS, IDS])
def test_they_are_sent_to_the_processes_that_draw(given: Any) -> None:
    """Positions too."""
    sent = excerpt(given, key_tokens=given)
    received = pickle.loads(pickle.dumps(sent))

    assert received.tokens.labels == sent.tokens.labels
    assert received.keys.spans == {}


def test_keys_of_another_text() -> None:
    """Said, or where there are more or fewer of them."""
    across = excerpt(WORDS[:3], weights=weights(2, 3, 5), key_tokens=IDS)
    unsaid = excerpt(WORDS[:3], weights=weights(2, 3, 5))

    assert (len(across.tokens), across.keys.ids.tolist()) == (3, IDS)
    assert unsaid.keys.labels == ("0", "1", "2", "3", "4")
    assert excerpt(WORDS, key_tokens=WORDS[::-1]).keys.labels[0] == "."


def test_a_text_is_the_authors_own() -> None:
    """Where each token lies in it is then not known, but in the same text."""
    other, same = (
        excerpt(WORDS, text=text).tokens for text in ("A lamp.", "The lamp went out.")
    )

    assert (other.text, other.offsets) == ("A lamp.", None)
    assert same.offsets is not None
    assert excerpt(IDS, text="A lamp.").tokens.text == "A lamp."


@pytest.mark.parametrize(
    ("given", "said", "message"),
    [
        (WORDS[:4], {}, "tokens: 4 for 5 queries; one for each is right"),
        (IDS[:4], {}, "tokens: 4 for 5 queries; one for each is right"),
        (None, {"key_tokens": WORDS[:4]}, "key_tokens: 4 for 5 keys; one for each is right"),
        (
            "lamp.",
            {},
            "tokens: it is one string, 'lamp.'; a list with one string for each token is right",
        ),
        ([], {}, "tokens: it is empty; a list with one string for each token is right"),
        (
            set(WORDS),
            {},
            "tokens: it is of type set; a list with one string for each token is right",
        ),
        (
            [b"a"] * 5,
            {},
            "tokens: token 0 is b'a', of type bytes; strings are right, or ids with "
            "`tokenizer`",
        ),
        (
            [None] * 5,
            {},
            "tokens: token 0 is None, of type NoneType; strings are right, or ids with "
            "`tokenizer`",
        ),
        (
            [1.0] * 5,
            {},
            "tokens: token 0 is 1.0, of type float; strings are right, or ids with `tokenizer`",
        ),
        (
            [*WORDS[:4], 7],
            {},
            "tokens: token 4 is 7, of type int; strings are right, or ids with `tokenizer`",
        ),
        ([True] * 5, {}, "tokens: its values are bool; token ids are right"),
        ([*IDS[:4], -1], {}, "tokens: the id -1 is none; ids from 0 are right"),
        (
            np.array([2**64 - 1] * 5, dtype=np.uint64),
            {},
            "tokens: the id 18446744073709551615 is none; ids from 0 are right",
        ),
        (
            np.ones((1, 1, 5), dtype=int),
            {},
            "tokens: its shape is (1, 1, 5); (token,) or (1, token) is right",
        ),
        (7, {}, "tokens: its shape is (); (token,) or (1, token) is right"),
        ({"labels": WORDS}, {}, "tokens: it has labels; `input_ids` is right"),
        (
            ["a", "b", "\ud800", "c", "d"],
            {},
            "tokens: token 2: it holds half a character (U+D800, a lone surrogate); text that "
            "UTF-8 can hold is right",
        ),
        (
            IDS,
            {"tokenizer": Bytes()},
            "tokens: ids 1 to 8, not all of which Bytes decodes; the tokenizer of these ids "
            "is right",
        ),
        (
            [99] * 5,
            {"tokenizer": Tokenizer()},
            "tokens: ids 99 to 99, not all of which Tokenizer decodes; the tokenizer of these "
            "ids is right",
        ),
        (
            IDS,
            {"tokenizer": "gpt2"},
            "tokenizer: it is of type str; an object with `decode(ids)` is right",
        ),
        (
            WORDS,
            {"tokens_as": "words"},
            "tokens_as: it is 'words'; `tokenizer` or `text` is right",
        ),
        (None, {"text": "A lamp."}, "text: its tokens are not known; give the tokens too"),
        (WORDS, {"text": 3}, "text: it is 3; a text is right"),
        (WORDS, {"name": ""}, "name: it is ''; a text is right"),
        (WORDS, {"source": b"s"}, "source: it is b's'; a text is right"),
        (
            WORDS,
            {"name": "\udfff"},
            "name: it holds half a character (U+DFFF, a lone surrogate); text that UTF-8 can "
            "hold is right",
        ),
    ],
)
def test_what_are_no_tokens(given: Any, said: dict[str, Any], message: str) -> None:
    """Both numbers where they do not count, and what is right where they are none."""
    assert faulty(given, **said) == message


def test_a_mask_may_name_tokens() -> None:
    """As in a spec: keys by what they say."""
    mask = np.ones((5, 5), dtype=bool)
    mask[:, 1:3] = False
    source = given_source(
        weights(mask=mask), tokens=WORDS, mask={"hide_keys": ["lamp went"], "causal": False}
    )

    assert source.facts.layers[0].trained.mask.hide_keys == (1, 2)
    assert source.inputs[0].weights[:, :, 1:3].max() == 0
    assert logits().shape == source.inputs[0].weights.shape
