"""Families of which several faces bear one name: which of them is drawn.

Latin Modern Roman is eight regular faces, each designed for another size of type. Of faces
that match equally well matplotlib takes the first of its list, whose order is that in which
a machine's folders were read. Here it is theirs: the same face wherever they are installed.
"""

from functools import lru_cache
from pathlib import Path

import matplotlib as mpl
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from matplotlib.font_manager import FontEntry, fontManager

TYPE_SIZE = 7.0
"""Points: figures set labels in 6 or 7, titles in 7 or 8."""


def put_in_order(family: str) -> bool:
    """Puts the best of a family's faces first in matplotlib's list; whether the list changed.

    Those that come with matplotlib are before others of their name; then the design size
    that is nearest `TYPE_SIZE`, the file's name, and its path.
    """
    listed = fontManager.ttflist
    places = [place for place, face in enumerate(listed) if face.name == family]
    faces = [listed[place] for place in places]
    ordered = sorted(faces, key=_preference)
    for place, face in zip(places, ordered, strict=True):
        listed[place] = face
    return ordered != faces


def _preference(face: FontEntry) -> tuple[bool, float, str, int, str]:
    path = Path(face.fname)
    is_foreign = not path.is_relative_to(mpl.get_data_path())
    away = abs(_design_size(face.fname, face.index) - TYPE_SIZE) if is_foreign else 0.0
    return is_foreign, away, path.name, face.index, face.fname


@lru_cache(maxsize=512)
def _design_size(path: str, index: int) -> float:
    """The size in points that a face says it was designed for, else `TYPE_SIZE`.

    It stands in the parameters of the feature ``size`` (OpenType 1.9.1, registered features).
    """
    with TTFont(path, fontNumber=index, lazy=True) as font:
        features = font["GPOS"].table.FeatureList if "GPOS" in font else None
        for record in features.FeatureRecord if features else ():
            if record.FeatureTag == "size" and record.Feature.FeatureParams is not None:
                return float(record.Feature.FeatureParams.DesignSize)
    return TYPE_SIZE
