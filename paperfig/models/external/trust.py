"""Whether a project's own code may be run: as the command says, or the user's trust file."""

import os
import shlex
from pathlib import Path

from paperfig.errors import CheckpointError

ALLOW = "--allow-adapters"


def trust_file() -> Path:
    """The user's list of trusted projects, one absolute path a line."""
    configured = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    folder = configured if configured.is_absolute() else Path.home() / ".config"
    return folder / "paperfig" / "trusted"


def check_trusted(code: str, *, root: Path, allowed: bool) -> None:
    """Nothing where the project's code may be run.

    Args:
        code: what the spec names, for messages.
        root: the project's root.
        allowed: whether the command allows it.

    Raises:
        CheckpointError: neither the command nor the trust file allows it.
    """
    project = os.fspath(root.resolve())
    if allowed or project in trusted():
        return
    raise CheckpointError(
        code,
        "it is Python code, which is not run unasked",
        f"allow it with {ALLOW}, or for good with `paperfig trust {shlex.quote(project)}`",
    )


def trusted() -> list[str]:
    """The lines of the trust file; none where there is no such file."""
    try:
        text = trust_file().read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise CheckpointError(
            trust_file(), f"cannot be read ({error})", "one path a line is right"
        ) from error
    return [line.strip() for line in text.splitlines()]
