"""What nanoGPT's sample.py takes for a tokenizer: the data's ``meta.pkl``, else GPT-2's.

Nothing is unpickled: what the two files hold is read by `paperfig.torchfile`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperfig.errors import CheckpointError, ExcerptError
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer, characters_tokenizer
from paperfig.torchfile.archive import read_archive
from paperfig.torchfile.opcodes import interpret

META_FILE = "meta.pkl"
_CHECKPOINT = "ckpt.pt"
_GPT2_ROWS = (50257, 50304)
_RIGHT = "the one that nanoGPT's prepare.py of characters writes is right"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedWith:
    """What a nanoGPT file says of the text that it was trained on.

    Attributes:
        dataset: the name of the folder in nanoGPT's ``data/``, where the file says it.
        rows: of the model's token table.
    """

    dataset: str | None
    rows: int

    @property
    def on_gpt2(self) -> bool:
        """Whether the table has the rows that nanoGPT gives GPT-2's tokens."""
        return self.rows in _GPT2_ROWS


def trained_with(checkpoint: Path) -> TrainedWith | None:
    """What the checkpoint says, a file or the folder that holds it; None if not nanoGPT's."""
    file = checkpoint / _CHECKPOINT if checkpoint.is_dir() else checkpoint
    if not file.is_file():
        return None
    try:
        content = interpret(read_archive(file, file.name).pickle, file.name)
    except CheckpointError:
        return None
    match content:
        case {"model_args": {"vocab_size": int(rows)}}:
            config = content.get("config")
            dataset = config.get("dataset") if isinstance(config, dict) else None
            return TrainedWith(dataset=dataset if isinstance(dataset, str) else None, rows=rows)
    return None


def meta_file(dataset: str, *, checkpoint: Path, root: Path) -> Path | None:
    """``data/NAME/meta.pkl`` of the project, else of the folder that nanoGPT ran in."""
    ran_in = (checkpoint if checkpoint.is_dir() else checkpoint.parent).parent
    files = (folder / "data" / dataset / META_FILE for folder in (root, ran_in))
    return next((file for file in files if file.is_file()), None)


def meta_tokenizer(path: Path, where: str) -> Tokenizer:
    """The characters of a ``meta.pkl``, each with the id that it has there.

    Args:
        path: the file.
        where: what an error calls it.

    Raises:
        ExcerptError: it is no such file.
    """
    try:
        content = interpret(path.read_bytes(), where)
    except CheckpointError as error:
        raise ExcerptError(where, error.what, _RIGHT) from error
    except OSError as error:
        raise ExcerptError(where, f"it cannot be read ({error.strerror})", _RIGHT) from error
    letters = _letters(content)
    if letters is None:
        raise ExcerptError(where, "it holds no `itos`, a character for each id", _RIGHT)
    return characters_tokenizer(letters, where)


def _letters(content: Any) -> list[str] | None:
    """The character of each id from 0 on; None if that is not what ``itos`` is."""
    itos = content.get("itos") if isinstance(content, Mapping) else None
    if not isinstance(itos, Mapping):
        return None
    letters = [itos.get(token_id) for token_id in range(len(itos))]
    one_each = [letter for letter in letters if isinstance(letter, str) and len(letter) == 1]
    return one_each if len(one_each) == len(letters) else None
