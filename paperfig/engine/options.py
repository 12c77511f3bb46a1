"""The options of a build."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How figures are built, as the command's options say.

    Attributes:
        jobs: how many processes draw.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:n``.
        compute: whether figures may be computed, or only redrawn.
        force: whether figures that are up to date are made too.
        keep_going: whether the other figures are made after one has failed.
        prune: whether the files of figures that no spec asks for are removed.
        rehash: whether every file is read, whatever its times say.
        many: whether ``each`` may make more than 1,000 figures.
        allow_adapters: whether adapters' code may be run, whatever the trust file says.
    """

    jobs: int = 1
    device: str = "auto"
    compute: bool = True
    force: bool = False
    keep_going: bool = False
    prune: bool = False
    rehash: bool = False
    many: bool = False
    allow_adapters: bool = False
