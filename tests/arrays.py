"""Arrays out of files of numpy, which are closed."""

from pathlib import Path

import numpy as np


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """Every array of an .npz by its name."""
    with np.load(path, allow_pickle=False) as archive:
        return dict(archive)
