"""What a figure was made with: it is recorded, and is never a reason to make it again."""

import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from paperfig import __version__


def computing_versions(device: str) -> dict[str, str]:
    """The versions that the numbers came from, and the device (a card's name, or cpu)."""
    return _versions(("torch", "numpy")) | {"device": device}


def drawing_versions() -> dict[str, str]:
    """The versions that the picture and the caption came from."""
    return _versions(("matplotlib", "numpy", "jinja2"))


def _versions(packages: Iterable[str]) -> dict[str, str]:
    return {"paperfig": __version__, "python": platform.python_version()} | {
        package: installed(package) for package in packages
    }


@cache
def installed(package: str) -> str:
    """The installed version of a package, without importing it, or ``absent``."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
