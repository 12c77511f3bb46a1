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
    excerpt = read(tokenizer, text="<|im_start|> the   e", special_tokens="none")
    assert excerpt.tokens.labels == (*"<|im_start|>", " the", "   ", "e")
    assert excerpt.text == "<|im_start|> the   e"
    assert read(tokenizer, ids=(260, 261)).tokens.labels == ("<|im_start|>", "   ")


def test_word_piece_text_is_the_source(
    kinds: dict[str, Tokenizer], read: Callable[..., Excerpt]
) -> None:
    """Lower case and lost spaces in the tokens; the source's own characters in the text."""
    text = "What  whoever , Who"
    bare = read(kinds["word-piece"], text=text, special_tokens="none")
    assert (bare.tokens.labels, bare.text) == (("what", "who", "ever", ",", "who"), text)
    assert read(kinds["word-piece"], text=text).text == text


TEXTS = {
    "byte-level": "the hen",
    "sentence-piece": "hello wo!",
    "word-piece": "What  whoever , Who",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_text_stands_among_the_tokenizers_own_special_tokens(
    kinds: dict[str, Tokenizer], read: Callable[..., Excerpt], name: str
) -> None:
    """By default the ids are those that the tokenizers package makes of the text."""
    excerpt = read(kinds[name], text=TEXTS[name])
    fast = KINDS[name]()
    whole = fast.encode(TEXTS[name])
    assert list(excerpt.token_ids) == whole.ids
    special = zip(whole.tokens, whole.special_tokens_mask, strict=True)
    assert list(excerpt.origin.special_tokens) == [token for token, mask in special if mask]
    assert excerpt.text == TEXTS[name]
    none = read(kinds[name], text=TEXTS[name], special_tokens="none")
    assert list(none.token_ids) == fast.encode(TEXTS[name], add_special_tokens=False).ids
    assert none.origin.special_tokens == ()


def test_length_counts_special_tokens_and_keeps_the_closing_ones(
    kinds: dict[str, Tokenizer], read: Callable[..., Excerpt], tmp_path: Path
) -> None:
    """A text, a row, a window of a stream, and each of several: all end in [SEP]."""
    tokenizer, text = kinds["word-piece"], "What  whoever , Who"
    (tmp_path / "rows.jsonl").write_text(json.dumps({"text": text}) + "\n", encoding="utf-8")
    (tmp_path / "long.txt").write_text("who ever what , " * 9, encoding="utf-8")
    for excerpt in (
        read(tokenizer, text=text, length=4),
        read(tokenizer, dataset="rows.jsonl", row=0, length=4),
    ):
        assert excerpt.tokens.labels == ("[CLS]", "what", "who", "[SEP]")
        assert excerpt.text == "What  who"
    found = read(tokenizer, text=text, find="who", length=5)
    assert found.tokens.labels == ("[CLS]", "who", "ever", ",", "[SEP]")
    assert (found.text, found.origin.start) == ("  whoever ,", 1)
    window = read(tokenizer, dataset="long.txt", start=3, context=6)
    assert window.tokens.labels == ("[CLS]", ",", "who", "[UNK]", "what", "[SEP]")
    sample = read(tokenizer, dataset="long.txt", count=3, length=6)
    assert {(int(ids[0]), len(ids), int(ids[-1])) for ids in sample.runs} == {(1, 6, 2)}
    assert sample.origin.special_tokens == ("[CLS]", "[SEP]")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"length": 2},
            "excerpt.length: 2 leaves no token for the text beside [CLS] [SEP]; "
            "at least 3 is right",
        ),
        (
            {"length": 8},
            "excerpt.length: 6 tokens beside [CLS] [SEP] are more than the 5 of the text; "
            "at most 7 is right",
        ),
        (
            {"context": 6},
            "excerpt.length: 7 tokens are more than the model's context of 6; "
            "at most 6 is right",
        ),
    ],
)
def test_lengths_that_special_tokens_do_not_leave_room_for(
    kinds: dict[str, Tokenizer],
    read: Callable[..., Excerpt],
    spec: dict[str, int],
    message: str,
) -> None:
    """They count, for ``length`` and for the context: whole messages."""
    with pytest.raises(ExcerptError) as raised:
        read(kinds["word-piece"], text="What  whoever , Who", **spec)
    assert str(raised.value) == message


def test_bos_is_exactly_one(kinds: dict[str, Tokenizer], read: Callable[..., Excerpt]) -> None:
    """The tokenizer's own where it puts one, else another: never two; or none at all."""
    begins = {"byte-level": "<|endoftext|>", "sentence-piece": "<s>", "word-piece": "[CLS]"}
    for name, first in begins.items():
        for special in ("tokenizer", "none"):
            asked = {"text": TEXTS[name], "special_tokens": special}
            excerpt = read(kinds[name], **asked, bos=True)
            assert excerpt.tokens.labels[0] == first
            assert excerpt.tokens.labels.count(first) == 1
            assert excerpt.text == TEXTS[name]
            assert excerpt.origin.special_tokens[0] == first
            assert first not in read(kinds[name], **asked, bos=False).tokens.labels


def test_special_tokens_that_the_model_does_not_know_are_refused(
    kinds: dict[str, Tokenizer], read: Callable[..., Excerpt]
) -> None:
    """Only where they are shown: both numbers are told, and without them the text is read."""
    asked = {"text": "the hen", "vocab_size": 259}
    with pytest.raises(ExcerptError) as raised:
        read(kinds["byte-level"], **asked)
    assert str(raised.value) == (
        "tokenizer: byte-level makes id 259 of token 0, and the model knows 0 to 258; "
        "the tokenizer that the model was trained with is right"
    )
    assert read(kinds["byte-level"], **asked, special_tokens="none").text == "the hen"


def test_ids_and_random_ids_are_what_they_are(
    kinds: dict[str, Tokenizer], read: Callable[..., Excerpt]
) -> None:
    """Nothing is put around ids unless the spec asks for it, and `length` counts that."""
    tokenizer = kinds["word-piece"]
    assert read(tokenizer, ids=(5, 6, 7)).tokens.labels == ("what", "who", "ever")
    assert len(read(tokenizer, random=4).tokens) == 4
    framed = read(tokenizer, ids=(5, 6, 7), special_tokens="tokenizer", length=4)
    assert framed.tokens.labels == ("[CLS]", "what", "who", "[SEP]")
    drawn = read(tokenizer, random=4, special_tokens="tokenizer")
    assert (len(drawn.tokens), drawn.tokens.labels[::5]) == (6, ("[CLS]", "[SEP]"))
    with pytest.raises(ExcerptError) as raised:
        read(tokenizer, ids=(5, 6), special_tokens="tokenizer", length=5)
    assert str(raised.value) == (
        "excerpt.length: 3 tokens beside [CLS] [SEP] are more than the 2 ids given; "
        "at most 4 is right"
    )
    with pytest.raises(ExcerptError) as raised:
        read(None, ids=(5, 6), special_tokens="tokenizer")
    assert str(raised.value) == "excerpt.special_tokens: it needs a tokenizer; leave it out"


TEMPLATES: dict[str, processors.PostProcessor] = {
    "one in front": processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)]),
    "one behind": processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 2)]),
    "RoBERTa": processors.RobertaProcessing(("</s>", 2), ("<s>", 1)),
    "several steps": processors.Sequence(
        [
            processors.ByteLevel(),
            processors.TemplateProcessing(
                "<s> $A </s> </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
            ),
        ]
    ),
    "none": processors.ByteLevel(),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_kind_of_template_is_read(
    tmp_path: Path, read: Callable[..., Excerpt], name: str
) -> None:
    """Ids equal the package's own, whatever wrote the template; `add_bos_token` adds none."""
    fast = _sentence_piece()
    fast.post_processor = TEMPLATES[name]
    fast.save(str(tmp_path / "tokenizer.json"))
    about = {"add_bos_token": True, "add_eos_token": True}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(about))
    tokenizer = load_tokenizer("tokenizer.json", checkpoint=None, root=tmp_path)
    excerpt = read(tokenizer, text="hello wo!")
    assert list(excerpt.token_ids) == fast.encode("hello wo!").ids


@pytest.mark.parametrize(
    ("single", "message"),
    [
        ([], "its template does not hold the text once"),
        (
            [
                {"SpecialToken": {"id": "<pad>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
            ],
            "its template puts id 999, which is none of its tokens",
        ),
    ],
)
def test_a_template_that_is_of_no_use_is_refused(
    tmp_path: Path, single: list[object], message: str
) -> None:
    """One without a place for the text; one with a token that is none."""
    file = tmp_path / "tokenizer.json"
    _sentence_piece().save(str(file))
    pad = {"<pad>": {"id": "<pad>", "ids": [999], "tokens": ["<pad>"]}}
    template = {"type": "TemplateProcessing", "single": single, "pair": []}
    template["special_tokens"] = pad
    file.write_text(json.dumps(json.loads(file.read_text()) | {"post_processor": template}))
    with pytest.raises(ExcerptError) as raised:
        load_tokenizer("tokenizer.json", checkpoint=None, root=tmp_path)
    assert str(raised.value) == (
        f"tokenizer.json: {message}; one that transformers writes is right"
    )


def test_truncation_and_padding_of_the_file_are_off(
    tmp_path: Path, read: Callable[..., Excerpt]
) -> None:
    """A file saved with both on: a text of 33 tokens is 33 tokens, none of them <pad>."""
    fast = _sentence_piece()
    fast.enable_truncation(8)
    fast.enable_padding(length=64, pad_token="<unk>")
    fast.save(str(tmp_path / "tokenizer.json"))
    tokenizer = load_tokenizer("tokenizer.json", checkpoint=None, root=tmp_path)
    excerpt = read(tokenizer, text="l" * 32)
    assert excerpt.tokens.labels == (" ", *"l" * 32)


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
