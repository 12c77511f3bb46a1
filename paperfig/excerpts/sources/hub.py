"""Data sets of the Hugging Face Hub: out of the cache of `datasets`, else downloaded into it.

The cache is looked at first, by the names of its folders, so that nothing waits for a
network and the revision that is read is known:
``<cache>/<owner>___<name>/<config>/<version>/<revision>/<name>-<split>.arrow``.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.card import listed_configs
from paperfig.excerpts.sources.network import reachable
from paperfig.progress import working

_REVISION = re.compile(r"[0-9a-f]{40}")
_TRUE = {"1", "TRUE", "YES", "ON"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedSplit:
    """One split in the cache: its Arrow files in order, and the revision they are from."""

    config: str
    split: str
    revision: str
    files: tuple[Path, ...]

    def all_splits(self) -> list[str]:
        """The names of the configuration's splits, this one and those not in the cache."""
        about = self.files[0].with_name("dataset_info.json")
        stated = json.loads(about.read_bytes()).get("splits") if about.is_file() else None
        return list(stated or [self.split])


def cached_split(hub: str, config: str | None, split: str | None) -> CachedSplit | None:
    """The split as it lies in the cache, of the newest revision there; None if it does not.

    Without ``config`` the only one that the data set's card lists is meant, and without
    ``split`` the only one that the configuration has: never what happens to be cached.

    Raises:
        ExcerptError: there are more and none is named, or the cache cannot tell.
    """
    cached = list(_cached(hub))
    if not cached:
        return None
    only = config or _only_config(hub, cached)
    found = [entry for entry in cached if entry.config == only]
    if split is None:
        names = sorted({name for entry in found for name in entry.all_splits()})
        split = _only("split", hub, names) if names else None
    return max((entry for entry in found if entry.split == split), key=_age, default=None)


def obtain_split(
    hub: str, config: str | None, split: str | None, *, also: str = ""
) -> CachedSplit:
    """The split out of the cache; what is not there is downloaded first.

    Args:
        hub: the data set's name on the Hub.
        config: its configuration; None for the only one that its card lists.
        split: its split; None for the only one.
        also: what else an error must say of a name that is not found.

    Raises:
        ExcerptError: it is not cached and there is no network (said within seconds), or
            the data set, configuration or split does not exist.
    """
    found = cached_split(hub, config, split)
    if found is not None:
        return found
    _refuse_known_absence(hub, config, split)
    why = "HF_HUB_OFFLINE or HF_DATASETS_OFFLINE is set" if _offline() else ""
    if not why and not reachable(_endpoint()):
        why = f"{_endpoint()} does not answer"
    if why:
        raise _not_cached(hub, config, split, f"{also}and {why}")
    config = config or _only("config", hub, _configs_on_hub(hub))
    _download(hub, config)
    found = cached_split(hub, config, split)
    if found is None:
        _refuse_known_absence(hub, config, split)
        raise _not_cached(hub, config, split, "and its download did not bring it")
    return found


def is_cached(hub: str) -> bool:
    """Whether the cache holds anything of a data set of this name."""
    return any(True for _ in _cached(hub))


def _cached(hub: str) -> Iterator[CachedSplit]:
    """Every split of the data set that the cache holds."""
    owner, _, name = hub.rpartition("/")
    prefix = _snake_case(name)
    folder = _cache_folder() / (f"{owner}___{prefix}" if owner else prefix)
    for revision in sorted(folder.glob("*/*/*/")):
        if not _REVISION.fullmatch(revision.name):
            continue
        files: dict[str, list[Path]] = {}
        for file in sorted(revision.glob(f"{prefix}-*.arrow")):
            split = re.sub(r"-\d{5}-of-\d{5}$", "", file.stem.removeprefix(f"{prefix}-"))
            files.setdefault(split, []).append(file)
        for split, shards in files.items():
            yield CachedSplit(
                config=revision.parent.parent.name,
                split=split,
                revision=revision.name,
                files=tuple(shards),
            )


def _age(entry: CachedSplit) -> int:
    return entry.files[0].parent.stat().st_mtime_ns


def _refuse_known_absence(hub: str, config: str | None, split: str | None) -> None:
    """Raises where the cache knows the configuration's splits, and this is none of them."""
    for entry in _cached(hub):
        splits = entry.all_splits()
        if entry.config == config and split is not None and split not in splits:
            raise ExcerptError(
                "excerpt.split",
                f"{hub} ({config}) has no split {split!r}",
                f"it has {', '.join(splits)}",
            )


def _only_config(hub: str, cached: Sequence[CachedSplit]) -> str:
    """The only configuration that the card in the cache lists."""
    listed = listed_configs(hub)
    if listed is None:
        names = sorted({entry.config for entry in cached})
        raise ExcerptError(
            "excerpt.config",
            f"{hub} may have more than one, and its card, which would say, is not in the cache",
            f"say which: {', '.join(names)} is there",
        )
    return _only("config", hub, listed)


def _only(key: str, hub: str, names: Sequence[str]) -> str:
    if len(names) > 1:
        raise ExcerptError(
            f"excerpt.{key}", f"{hub} has more than one", f"say which: {', '.join(names)}"
        )
    return names[0]


def _not_cached(hub: str, config: str | None, split: str | None, why: str) -> ExcerptError:
    wanted = " ".join(part for part in (config, split) if part)
    cached = sorted({f"{entry.config} {entry.split}" for entry in _cached(hub)})
    call = ", ".join(repr(part) for part in (hub, config) if part)
    return ExcerptError(
        f"excerpt.dataset {hub}",
        f"{wanted or 'it'} is not in the cache {_cache_folder()} (which holds "
        f"{', '.join(cached) or 'nothing of it'}), {why}",
        f'on a machine with a network: python -c "import datasets; '
        f'datasets.load_dataset({call})"',
    )


def _configs_on_hub(hub: str) -> list[str]:
    """The configurations that there are, by the network; the card is in the cache after it."""
    with _from_hub(hub):
        import datasets

        return list(datasets.get_dataset_config_names(hub))


def _download(hub: str, config: str) -> None:
    with _from_hub(hub), working(f"downloading {hub}", shows_itself=True):
        import datasets

        datasets.load_dataset(hub, config)


@contextmanager
def _from_hub(hub: str) -> Iterator[None]:
    """For what `datasets` gets: never a folder, no bars in a log, its errors in one line."""
    if Path(hub).exists():
        raise ExcerptError(
            f"excerpt.dataset {hub}",
            "the working directory holds a folder of that name, which `datasets` would read",
            "run the command elsewhere, or write ./ before a folder that is meant",
        )
    import datasets  # a second to import
    from datasets.exceptions import DatasetsError

    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    try:
        yield
    except (OSError, ValueError, DatasetsError) as error:
        reason = " ".join(str(error).split())
        raise ExcerptError(f"excerpt.dataset {hub}", f"it cannot be had ({reason})") from error


def _offline() -> bool:
    """What `datasets` takes for offline (datasets/config.py)."""
    stated = os.environ.get("HF_DATASETS_OFFLINE", os.environ.get("HF_HUB_OFFLINE", ""))
    return stated.upper() in _TRUE


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT") or "https://huggingface.co"


def _cache_folder() -> Path:
    """Where `datasets` keeps its files (datasets/config.py)."""
    base = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("HF_HOME", f"{base}/huggingface")
    return Path(os.environ.get("HF_DATASETS_CACHE", f"{home}/datasets")).expanduser()


def _snake_case(name: str) -> str:
    """A data set's name as the cache spells it (datasets/naming.py)."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z\d])([A-Z])", r"\1_\2", name).lower()
