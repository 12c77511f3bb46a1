"""Whether a project's own code may be run: as the command says, or the user's trust file."""

import os
import pwd
import shlex
from contextlib import suppress
from pathlib import Path

from paperfig.errors import CheckpointError

ALLOW = "--allow-adapters"


def trust_file() -> Path:
    """The user's list of trusted projects, one absolute path a line.

    It never depends on the working folder: a variable that does counts as unset.
    """
    home = Path(os.environ.get("HOME", ""))
    if not home.is_absolute():
        home = Path("/")
        with suppress(KeyError):  # an account of a container may have no entry
            home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    configured = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    folder = configured if configured.is_absolute() else home / ".config"
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
    project, file = root.resolve(), trust_file()
    if allowed:
        return
    what = "it is Python code, which is not run unasked"
    if {project, root.absolute()} & {*file.parents, *Path(os.path.realpath(file)).parents}:
        beside = f"{what}, and {file}, which lies in the project, does not count"
        raise CheckpointError(code, beside, f"allow it with {ALLOW}")
    if os.fspath(project) not in trusted():
        trusting = f"`paperfig trust {shlex.quote(os.fspath(project))}`"
        raise CheckpointError(code, what, f"allow it with {ALLOW}, or for good with {trusting}")


def trusted() -> list[str]:
    """The lines of the trust file; none where there is no such file."""
    file = trust_file()
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise CheckpointError(
            file, f"cannot be read ({why})", "one path a line is right"
        ) from error
    return [line.strip() for line in text.splitlines()]
