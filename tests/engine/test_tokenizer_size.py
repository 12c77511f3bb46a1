"""A tokenizer that the spec names has as many ids as the model's table has rows."""

from collections.abc import Callable
from pathlib import Path

import pytest
from small_gpt import random_gpt

Command = Callable[..., tuple[int, str, str]]

LETTERS = "".join(map(chr, (*range(93, 127), *range(33, 92))))  # any but the backslash
SPEC = """\
figspec: 1
checkpoint: {path: model.pt, name: tiny}
tokenizer: TOKENIZER
excerpt: {text: "abcdefgh"}
head: L1H2
"""


def characters(count: int, size: int | None = None) -> str:
    """The tokenizer of so many characters, as a spec says it."""
    alphabet = LETTERS[:count].replace(chr(34), chr(92) + chr(34))
    declared = "" if size is None else f", size: {size}"
    return f'{{name: characters, alphabet: "{alphabet}"{declared}}}'


@pytest.fixture
def build(project: Path, command: Command) -> Callable[[str, int], tuple[int, str]]:
    """Builds a figure with a tokenizer and a model of so many rows: exit code and stderr."""

    def run(tokenizer: str, rows: int) -> tuple[int, str]:
        random_gpt(project / "model.pt", vocab_size=rows)
        text = SPEC.replace("TOKENIZER", tokenizer)
        (project / "figspec" / "a.yaml").write_text(text, encoding="utf-8")
        code, _, err = command(project, "build")
        return code, err

    return run


@pytest.mark.parametrize(
    ("tokenizer", "rows"),
    [
        (characters(88), 88),
        (characters(88), 128),
        (characters(60), 64),
        ("bytes", 256),
        (characters(87, size=88), 88),
        ("{name: bytes, size: 512}", 512),
    ],
)
def test_the_same_number_its_next_multiple_or_what_is_declared(
    build: Callable[[str, int], tuple[int, str]], tokenizer: str, rows: int
) -> None:
    """A row for each id; or padded to 64 or 128; or `size` says that it is the one."""
    assert build(tokenizer, rows) == (0, "")


TRAINED = "the tokenizer that the model was trained with is right; if this is it,"


@pytest.mark.parametrize(
    ("tokenizer", "rows", "message"),
    [
        (
            characters(87),
            88,
            "tokenizer: characters has 87 ids, and the model's token table has 88 rows; "
            f"{TRAINED} `{{name: characters, size: 88}}` declares that",
        ),
        (
            "bytes",
            512,
            "tokenizer: bytes has 256 ids, and the model's token table has 512 rows; "
            f"{TRAINED} `{{name: bytes, size: 512}}` declares that",
        ),
        (
            characters(88),
            192,
            "tokenizer: characters has 88 ids, and the model's token table has 192 rows; "
            f"{TRAINED} `{{name: characters, size: 192}}` declares that",
        ),
        (
            "{name: bytes, size: 256}",
            512,
            "tokenizer.size: 256 is declared, and the model's token table has 512 rows; "
            "512 is right, if the model was trained with bytes",
        ),
    ],
)
def test_a_wrong_tokenizer_is_noticed(
    build: Callable[[str, int], tuple[int, str]], tokenizer: str, rows: int, message: str
) -> None:
    """Its ids would be rows of the table, off by one or by all: both numbers are told."""
    assert build(tokenizer, rows) == (1, f"figspec/a.yaml: {message}\n")


def test_a_tokenizer_of_the_checkpoints_own_folder(
    project: Path, repository: Path, command: Command
) -> None:
    """It may have more ids than rows (added ones): only those shown must be rows."""
    random_gpt(project / "model.pt", vocab_size=400)
    for name in ("tokenizer.tiktoken", "tokenizer.tiktoken.json"):
        (project / name).write_bytes((repository / "demo" / name).read_bytes())
    spec = project / "figspec" / "a.yaml"
    for tokenizer in ("from-checkpoint", "tokenizer.tiktoken"):
        spec.write_text(SPEC.replace("TOKENIZER", tokenizer), encoding="utf-8")
        assert command(project, "build")[::2] == (0, "")
    spec.write_text(spec.read_text().replace("abcdefgh", "The lighthouse"), encoding="utf-8")
    code, _, err = command(project, "build")
    assert code == 1
    assert "tokenizer: demo makes id 517 of token 1" in err
    assert err.endswith(
        "and the model knows 0 to 399; the tokenizer that the model was trained with is right\n"
    )
