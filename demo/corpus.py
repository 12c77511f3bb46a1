"""The demo's text: twelve articles in two splits, their tokenizer, and windows of tokens.

Nine articles are for training and three for validation. Each article ends in the special token
`<|endoftext|>`; the articles of a split, in the order of their file names, make one stream.

The tokenizer is made of all twelve articles, so that nine of ten words are one token in either
split: it has seen the validation text, which the models have not.
"""

import base64
import json
from collections import Counter
from pathlib import Path

import regex
import tiktoken
import torch
from tiktoken_ext.openai_public import r50k_pat_str
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch import Tensor

FOLDER = Path(__file__).parent
END_OF_TEXT = "<|endoftext|>"
SPLITS = ("train", "validation")
N_BYTES = 256
N_MERGED = 384


def articles(split: str) -> list[str]:
    """The articles of a split, in the order of their file names."""
    return [path.read_text("utf-8") for path in sorted((FOLDER / "text" / split).glob("*.txt"))]


def train_tokenizer() -> None:
    """Writes `tokenizer.tiktoken` and the `.json` beside it, made of all the articles.

    Its tokens are the bytes, what byte-pair encoding merges first, and each piece of text (a
    word with the space before it, a number, punctuation) that occurs twice or more. A tokenizer
    of tiktoken's form looks a piece up whole before it merges, so that a word needs no chain of
    merged fragments.
    """
    texts = [article for split in SPLITS for article in articles(split)]
    tokens = dict.fromkeys([*_byte_tokens(), *_merged_tokens(texts), *_repeated_pieces(texts)])
    lines = [
        f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(tokens)
    ]
    (FOLDER / "tokenizer.tiktoken").write_text("".join(lines), "ascii")
    special = {END_OF_TEXT: len(tokens)}
    about = {"name": "demo", "pattern": r50k_pat_str, "special_tokens": special}
    (FOLDER / "tokenizer.tiktoken.json").write_text(json.dumps(about, indent=2) + "\n", "ascii")


def _byte_tokens() -> list[bytes]:
    return [bytes([byte]) for byte in range(N_BYTES)]


def _merged_tokens(texts: list[str]) -> list[bytes]:
    """The tokens longer than a byte, in the order in which they were merged."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=N_MERGED,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    letters = _byte_letters()
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [bytes(letters[letter] for letter in left + right) for left, right in merges]


def _repeated_pieces(texts: list[str]) -> list[bytes]:
    """The pieces that occur twice or more, the most frequent first."""
    counts = Counter(piece for text in texts for piece in regex.findall(r50k_pat_str, text))
    repeated = [(-count, piece) for piece, count in counts.items() if count > 1]
    return [piece.encode() for _, piece in sorted(repeated)]


def _byte_letters() -> dict[str, int]:
    """The byte behind each letter of the byte-level alphabet.

    A byte that prints in Latin-1 is its own letter; the others, in order, are the letters from
    U+0100 on.
    """
    prints = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(N_BYTES) if byte not in prints]
    own = {chr(byte): byte for byte in prints}
    return own | {chr(N_BYTES + place): byte for place, byte in enumerate(others)}


def load_tokenizer() -> tiktoken.Encoding:
    """The committed tokenizer."""
    about = json.loads((FOLDER / "tokenizer.tiktoken.json").read_text("ascii"))
    lines = (FOLDER / "tokenizer.tiktoken").read_text("ascii").splitlines()
    pairs = [line.split() for line in lines]
    return tiktoken.Encoding(
        name=about["name"],
        pat_str=about["pattern"],
        mergeable_ranks={base64.b64decode(token): int(rank) for token, rank in pairs},
        special_tokens=about["special_tokens"],
    )


def token_stream(split: str) -> Tensor:
    """All tokens of a split, an end-of-text token after each article: int64 (token,)."""
    encoding = load_tokenizer()
    ids: list[int] = []
    for article in articles(split):
        ids += [*encoding.encode_ordinary(article), encoding.eot_token]
    return torch.tensor(ids)


def every_window(stream: Tensor, length: int) -> Tensor:
    """Windows side by side, each overlapping the next by one: int64 (window, length + 1).

    A window is `length` inputs and, one place later, their `length` targets; so no target is
    counted twice.
    """
    return stream.unfold(0, length + 1, length)


def random_windows(
    stream: Tensor, length: int, count: int, generator: torch.Generator
) -> Tensor:
    """Windows that start anywhere: int64 (count, length + 1)."""
    starts = torch.randint(len(stream) - length, (count, 1), generator=generator)
    return stream[starts + torch.arange(length + 1)]


def unigram_loss(train: Tensor, targets: Tensor) -> float:
    """Nats per token of the best unigram model: train counts plus the α that suits it best.

    α is chosen on the targets themselves, which favours the unigram model.
    """
    counts = torch.bincount(train, minlength=load_tokenizer().n_vocab).double()
    losses = []
    for alpha in torch.logspace(-3, 1, 81, dtype=torch.float64):
        log_probability = torch.log((counts + alpha) / (counts + alpha).sum())
        losses.append(-float(log_probability[targets].mean()))
    return min(losses)
