"""The card of a Hub data set, which lists its configurations, out of the Hub's cache.

``<cache>/datasets--<owner>--<name>/snapshots/<revision>/README.md`` is the card; where the data
set has none, ``datasets`` leaves an empty file in ``.no_exist/<revision>/``.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_CARD = "README.md"
_FENCE = "---"
_UNNAMED = ("default",)
"""What `datasets` calls the configuration of a data set that names none."""


def listed_configs(hub: str) -> tuple[str, ...] | None:
    """The configurations that the newest card in the cache lists; None where there is none.

    Args:
        hub: the data set's name on the Hub.
    """
    cards = card_files(hub)
    if not cards:
        return None
    newest = max(cards, key=lambda card: card.stat().st_mtime_ns)
    return tuple(_names(_front_matter(newest.read_text("utf-8", "replace")))) or _UNNAMED


def card_files(hub: str) -> tuple[Path, ...]:
    """The cards of all revisions that lie in the cache."""
    folder = _cache_folder() / f"datasets--{hub.replace('/', '--')}"
    found = (path for place in ("snapshots", ".no_exist") for path in folder.glob(f"{place}/*"))
    return tuple(card for path in found if (card := path / _CARD).is_file())


def _front_matter(card: str) -> Any:
    """What the card says in YAML before its text."""
    import yaml

    start, fence, rest = card.partition(_FENCE)
    if start.strip("\ufeff \r\n") or not fence:
        return None
    try:
        return yaml.safe_load(rest.partition(f"\n{_FENCE}")[0])
    except yaml.YAMLError:
        return None


def _names(content: Any) -> Iterator[str]:
    """The names of the configurations: of ``configs``, else of the only ``dataset_info``."""
    for key in ("configs", "dataset_info"):
        entries = content.get(key) if isinstance(content, dict) else None
        several = entries if isinstance(entries, list) else [entries]
        names = [entry.get("config_name") for entry in several if isinstance(entry, dict)]
        if key == "configs" or len(names) == 1:
            stated = [name for name in names if isinstance(name, str)]
            yield from stated
            if stated:
                return


def _cache_folder() -> Path:
    """Where `huggingface_hub` keeps its files (huggingface_hub/constants.py)."""
    base = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("HF_HOME", f"{base}/huggingface")
    stated = os.environ.get("HF_HUB_CACHE", os.environ.get("HUGGINGFACE_HUB_CACHE"))
    return Path(stated or f"{home}/hub").expanduser()
