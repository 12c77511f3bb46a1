"""Hugging Face tokenizers: exact bytes, typed special tokens as text, exact source text."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Fast
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors

from paperfig.errors import ExcerptError
from paperfig.excerpts.labels import source_bytes
from paperfig.excerpts.tokenizers.choice import Tokenizer, load_tokenizer, tokenizer_files
from paperfig.values.excerpt import Excerpt


def _byte_level() -> Fast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("Ġ", "t"), ("h", "e"), ("Ġt", "he")]
    tokens = [*alphabet, *(left + right for left, right in merges)]
    fast = Fast(models.BPE({token: place for place, token in enumerate(tokens)}, merges))
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast.decoder = decoders.ByteLevel()
    fast.add_special_tokens(["<|endoftext|>"])
    fast.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", len(tokens))]
    )
    return fast


def _sentence_piece() -> Fast:
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokens += [*"▁helowrd", "▁h", "▁w"]
    vocabulary = {token: place for place, token in enumerate(tokens)}
    merges = [("▁", "h"), ("▁", "w")]
    fast = Fast(models.BPE(vocabulary, merges, byte_fallback=True, unk_token="<unk>"))
    fast.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    fast.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback()])
    fast.add_special_tokens(["<s>", "</s>"])
    return fast


def _word_piece() -> Fast:
    tokens = ["[UNK]", "[CLS]", "[SEP]", "[", "]", "what", "who", "##ever", "sep", ","]
    vocabulary = {token: place for place, token in enumerate(tokens)}
    fast = Fast(models.WordPiece(vocabulary, unk_token="[UNK]"))
    fast.normalizer = normalizers.BertNormalizer(lowercase=True)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast.decoder = decoders.WordPiece()
    fast.add_special_tokens(["[UNK]", "[CLS]", "[SEP]"])
    fast.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    return fast


KINDS: dict[str, Callable[[], Fast]] = {
    "byte-level": _byte_level,
    "sentence-piece": _sentence_piece,
    "word-piece": _word_piece,
}


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tokenizer]:
    """One tokenizer of each kind, loaded from a folder."""
    root = tmp_path_factory.mktemp("kinds")
    for name, make in KINDS.items():
        (root / name).mkdir()
        make().save(str(root / name / "tokenizer.json"))
    return {name: load_tokenizer(name, checkpoint=None, root=root) for name in KINDS}


def _pieces(tokenizer: Tokenizer, text: str) -> list[bytes]:
    return [tokenizer.token_bytes(token_id) for token_id in tokenizer.encode(text)]


def test_byte_level_tokens_are_the_texts_bytes(kinds: dict[str, Tokenizer]) -> None:
    """Byte for byte, with leading spaces; nothing is added by the template."""
    tokenizer = kinds["byte-level"]
    assert _pieces(tokenizer, "in the é") == [b"i", b"n", b" the", b" ", b"\xc3", b"\xa9"]
    assert (tokenizer.eos, tokenizer.special) == (259, {259: "<|endoftext|>"})


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_byte_level_loses_nothing(kinds: dict[str, Tokenizer], text: str) -> None:
    """The tokens' bytes together are the text."""
    assert b"".join(_pieces(kinds["byte-level"], text)) == text.encode()


def test_sentence_piece_tokens(kinds: dict[str, Tokenizer]) -> None:
    """▁ is a space, <0xNN> a byte; the space put in front is not part of the source."""
    tokenizer = kinds["sentence-piece"]
    text = "hello wo🤗"
    ids = tokenizer.encode(text)
    assert _pieces(tokenizer, text) == [
        *(b" h", b"e", b"l", b"l", b"o", b" w", b"o"),
        *(b"\xf0", b"\x9f", b"\xa4", b"\x97"),
    ]
    assert b"".join(source_bytes(tokenizer, text, ids)) == text.encode()
    assert (tokenizer.bos, tokenizer.eos) == (1, 2)


def test_typed_special_tokens_are_text(kinds: dict[str, Tokenizer]) -> None:
    """A separator that is typed is cut into pieces, as any other text."""
    assert _pieces(kinds["word-piece"], "what [SEP] who") == [
        b"what",
        b"[",
        b"sep",
        b"]",
        b"who",
    ]
    assert kinds["sentence-piece"].encode("</s>")[-1] != 2
    assert kinds["byte-level"].encode("<|endoftext|>")[0] != 259


def test_typed_added_tokens_are_text_too(tmp_path: Path, read: Callable[..., Excerpt]) -> None:
    """Special or not: what marks a turn is only what `ids` puts in. Runs of blanks stay."""
    fast = _byte_level()
    fast.add_tokens(["<|im_start|>", "   "])
    fast.save(str(tmp_path / "tokenizer.json"))
    tokenizer = load_tokenizer("tokenizer.json", checkpoint=None, root=tmp_path)
    excerpt = read(tokenizer, text="<|im_start|> the   e")
    assert excerpt.tokens.labels == (*"<|im_start|>", " the", "   ", "e")
    assert excerpt.text == "<|im_start|> the   e"
    assert read(tokenizer, ids=(260, 261)).tokens.labels == ("<|im_start|>", "   ")


def test_word_piece_text_is_the_source(
    kinds: dict[str, Tokenizer], read: Callable[..., Excerpt]
) -> None:
    """Lower case and lost spaces in the tokens; the source's own characters in the text."""
    excerpt = read(kinds["word-piece"], text="What  whoever , Who", find="who", length=3)
    assert excerpt.tokens.labels == ("who", "ever", ",")
    assert excerpt.text == "  whoever ,"
    whole = read(kinds["word-piece"], text="What  whoever , Who", bos=True)
    assert whole.tokens.labels == ("[CLS]", "what", "who", "ever", ",", "who")
    assert whole.text == "What  whoever , Who"


def test_bos_is_put_once_or_not_at_all(
    kinds: dict[str, Tokenizer], read: Callable[..., Excerpt]
) -> None:
    """A tokenizer that adds a token itself adds none here; bos: true adds exactly one."""
    for name, first in (("byte-level", "<|endoftext|>"), ("sentence-piece", "<s>")):
        with_bos = read(kinds[name], text="hello wo!", bos=True)
        without = read(kinds[name], text="hello wo!", bos=False)
        assert with_bos.tokens.labels == (first, *without.tokens.labels)
        assert (with_bos.text, with_bos.origin.bos) == ("hello wo!", True)
        assert first not in without.tokens.labels


def test_stated_special_tokens(tmp_path: Path) -> None:
    """tokenizer_config.json says which token begins and ends a text."""
    _sentence_piece().save(str(tmp_path / "tokenizer.json"))
    about = {"bos_token": {"content": "</s>"}, "eos_token": "<s>"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(about))
    tokenizer = load_tokenizer("tokenizer.json", checkpoint=None, root=tmp_path)
    assert (tokenizer.bos, tokenizer.eos) == (2, 1)
    files = tokenizer_files("tokenizer.json", checkpoint=None, root=tmp_path)
    assert [file.name for file in files] == ["tokenizer.json", "tokenizer_config.json"]


def test_a_vocabulary_without_known_bytes_is_refused(tmp_path: Path) -> None:
    """Whole words say nothing of the bytes between them."""
    Fast(models.WordLevel({"a": 0}, unk_token="a")).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ExcerptError) as raised:
        load_tokenizer("tokenizer.json", checkpoint=None, root=tmp_path)
    assert str(raised.value) == (
        "tokenizer.json: its kind (WordLevel) does not say the bytes of a token; "
        "byte-level BPE, sentencepiece or WordPiece is right"
    )
