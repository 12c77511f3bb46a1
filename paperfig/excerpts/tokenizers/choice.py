"""Which tokenizer a spec means, and the files that it depends on."""

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.format import visible
from paperfig.excerpts.sources.pointer import refuse_pointer
from paperfig.excerpts.tokenizers.byte_pairs import (
    ENCODINGS,
    about_file,
    file_tokenizer,
    named_tokenizer,
)
from paperfig.excerpts.tokenizers.huggingface import TOKENIZER_FILE, json_files, json_tokenizer
from paperfig.excerpts.tokenizers.nanogpt import (
    META_FILE,
    meta_file,
    meta_tokenizer,
    trained_with,
)
from paperfig.excerpts.tokenizers.restricted import restricted_tokenizer
from paperfig.excerpts.tokenizers.vocabulary import (
    Tokenizer,
    bytes_tokenizer,
    characters_tokenizer,
    code_points_tokenizer,
)
from paperfig.specs.schema import ExcerptSpec, TokenizerSpec

__all__ = ["Tokenizer", "load_tokenizer", "tokenizer_files", "tokenizer_if_needed"]

_FROM_CHECKPOINT = "from-checkpoint"
_BESIDE_A_CHECKPOINT = ("tokenizer.tiktoken", TOKENIZER_FILE, META_FILE)
_NANOGPTS_ELSE = "gpt2"


def load_tokenizer(
    spec: str | TokenizerSpec, *, checkpoint: Path | None, root: Path
) -> Tokenizer:
    r"""The tokenizer that the spec means.

    A name of tiktoken's, ``bytes`` and ``characters`` are never a path, whatever folder
    bears that name; ``./gpt2`` is one.

    Example:
        >>> tokenizer = load_tokenizer("bytes", checkpoint=None, root=Path())
        >>> tokenizer.encode("é"), tokenizer.token_bytes(195), tokenizer.n_vocab
        ([195, 169], b'\xc3', 256)

    Args:
        spec: ``from-checkpoint``; a tiktoken name; a ``.tiktoken`` file; a folder with
            ``tokenizer.json``, or that file; nanoGPT's ``meta.pkl``; ``bytes``; ``characters``
            with an alphabet; a base with a vocabulary.
        checkpoint: the checkpoint's file or folder, for ``from-checkpoint``.
        root: what relative paths start from.

    Raises:
        ExcerptError: it cannot be found, read or downloaded.
    """
    if not isinstance(spec, str) and spec.vocabulary is not None:
        base = _base(spec)
        return restricted_tokenizer(
            spec.vocabulary,
            code_points_tokenizer()
            if base == "characters"
            else load_tokenizer(base, checkpoint=checkpoint, root=root),
            files=tokenizer_files(base, checkpoint=checkpoint, root=root),
            root=root,
        )
    name, alphabet = _name_and_alphabet(spec)
    name = _default(name, checkpoint, root)
    if name == "characters":
        return characters_tokenizer(_stated(alphabet))
    if alphabet is not None:
        raise ExcerptError("tokenizer.alphabet", f"{name} takes none", "`characters` does")
    if name == "bytes":
        return bytes_tokenizer()
    if name in ENCODINGS:
        return named_tokenizer(name)
    path = _path(name, checkpoint, root)
    for file in tokenizer_files(spec, checkpoint=checkpoint, root=root):
        refuse_pointer(file, _shown(file, root))
    return _of_file(path)(path, _shown(path, root))


def tokenizer_if_needed(
    spec: str | TokenizerSpec, excerpt: ExcerptSpec, *, checkpoint: Path | None, root: Path
) -> Tokenizer | None:
    """The tokenizer that the spec means; None where ids need none and none is at hand.

    Args:
        spec: as for `load_tokenizer`.
        excerpt: of ``ids`` and ``random``, the tokens are then shown by their ids.
        checkpoint: as for `load_tokenizer`.
        root: likewise.

    Raises:
        ExcerptError: as `load_tokenizer`.
    """
    is_of_ids = excerpt.ids is not None or excerpt.random is not None
    is_open = is_of_ids and spec == _FROM_CHECKPOINT
    if is_open and not isinstance(_of_checkpoint(checkpoint, root), Path):
        return None  # what nanoGPT takes by name may have to be downloaded
    return load_tokenizer(spec, checkpoint=checkpoint, root=root)


def tokenizer_files(
    spec: str | TokenizerSpec, *, checkpoint: Path | None, root: Path
) -> tuple[Path, ...]:
    """The files whose content the tokenizer depends on; none for the built-in ones.

    What a vocabulary is counted on is told by `counted_files` of restricted.py.

    Raises:
        ExcerptError: there is no such tokenizer.
    """
    if not isinstance(spec, str) and spec.vocabulary is not None:
        return tokenizer_files(_base(spec), checkpoint=checkpoint, root=root)
    name, _ = _name_and_alphabet(spec)
    name = _default(name, checkpoint, root)
    if name in ("characters", "bytes", *ENCODINGS):
        return ()
    path = _path(name, checkpoint, root)
    if path.suffix == ".tiktoken":
        return tuple(file for file in (path, about_file(path)) if file.is_file())
    return (path,) if path.name == META_FILE else json_files(path)


def _of_file(path: Path) -> Callable[[Path, str], Tokenizer]:
    """What makes a tokenizer of a file of that kind."""
    if path.suffix == ".tiktoken":
        return file_tokenizer
    return meta_tokenizer if path.name == META_FILE else json_tokenizer


def _name_and_alphabet(spec: str | TokenizerSpec) -> tuple[str, str | None]:
    if isinstance(spec, str):
        return spec, None
    if spec.name is None:
        raise ExcerptError("tokenizer", "it has no name", "`name`, or `base` and `vocabulary`")
    return spec.name, spec.alphabet


def _base(spec: TokenizerSpec) -> str:
    """The tokenizer whose vocabulary is restricted."""
    if spec.base is None or spec.base == "bytes":
        raise ExcerptError(
            "tokenizer.base",
            "bytes are not restricted" if spec.base else "missing",
            "a tokenizer of byte pairs, e.g. gpt2, or characters is right",
        )
    return spec.base


def _stated(alphabet: str | None) -> str:
    if alphabet is None:
        raise ExcerptError(
            "tokenizer",
            "characters needs its alphabet, in the order of the ids",
            'e.g. `tokenizer: {name: characters, alphabet: "abc …"}`',
        )
    return alphabet


def _path(name: str, checkpoint: Path | None, root: Path) -> Path:
    """The file or folder that the name means."""
    if name == _FROM_CHECKPOINT:
        return _beside(checkpoint, root)
    path = root / name
    if path.exists():
        return path
    if "/" in name or path.suffix in (".tiktoken", ".json", ".pkl"):
        raise ExcerptError(
            f"tokenizer {name}", "there is no such file or folder", _what_is_there(path.parent)
        )
    known = (_FROM_CHECKPOINT, "bytes", "characters", *ENCODINGS)
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}? names are " if near else "names are "
    raise ExcerptError(
        f"tokenizer {name}",
        "it is no tokenizer's name, and no file or folder",
        hint + ", ".join(known),
    )


def _beside(checkpoint: Path | None, root: Path) -> Path:
    """The tokenizer file in the checkpoint's folder, or of the data that it was trained on."""
    found = _of_checkpoint(checkpoint, root)
    if isinstance(found, Path):
        return found
    beside = _shown(checkpoint, root) if checkpoint is not None else "the checkpoint"
    about = trained_with(checkpoint) if checkpoint is not None else None
    raise ExcerptError(
        "tokenizer",
        f"no {', '.join(_BESIDE_A_CHECKPOINT[:-1])} or {META_FILE} lies beside {beside}",
        "say which tokenizer it was trained with, e.g. `tokenizer: gpt2`"
        if about is None
        else f"say which tokenizer it was trained with, one of {about.rows} ids",
    )


def _default(name: str, checkpoint: Path | None, root: Path) -> str:
    """The name, or where the checkpoint decides and that is a name, that one."""
    found = _of_checkpoint(checkpoint, root) if name == _FROM_CHECKPOINT else None
    return found if isinstance(found, str) else name


def _of_checkpoint(checkpoint: Path | None, root: Path) -> Path | str | None:
    """The tokenizer file beside the checkpoint, else what nanoGPT takes, a file or a name."""
    if checkpoint is None:
        return None
    folder = checkpoint if checkpoint.is_dir() else checkpoint.parent
    files = (folder / name for name in _BESIDE_A_CHECKPOINT)
    beside = next((file for file in files if file.is_file()), None)
    about = None if beside else trained_with(checkpoint)
    if about is None:
        return beside
    meta = about.dataset and meta_file(about.dataset, checkpoint=checkpoint, root=root)
    return meta or (_NANOGPTS_ELSE if about.on_gpt2 else None)


def _what_is_there(folder: Path) -> str:
    names = [
        entry.name
        for entry in visible(folder.iterdir() if folder.is_dir() else ())
        if entry.suffix in (".tiktoken", ".json", ".pkl") or (entry / TOKENIZER_FILE).is_file()
    ]
    return f"there are {', '.join(names)}" if names else "a path from the project's root"


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
