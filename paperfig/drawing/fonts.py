"""Faces for any text: the style's own, STIX, DejaVu, then what the system has."""

import difflib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.agl import AGL2UV  # type: ignore[import-untyped]
from matplotlib import font_manager
from matplotlib.font_manager import (
    FontProperties,
    findfont,
    findSystemFonts,
    fontManager,
    get_font,
)
from matplotlib.ft2font import FT2Font, LoadFlags

from paperfig.drawing.optical_sizes import put_in_order
from paperfig.errors import DrawingError
from paperfig.project.stamps import Stamp, stamp_of

BUNDLED = ("STIXGeneral", "DejaVu Sans")  # come with matplotlib
SIGNS = "DejaVu Sans"  # its sign for a space is none to be taken for an underscore

# Asked first, in this order, for what the bundled faces lack; then every other family.
PREFERRED = (
    "Noto Serif CJK JP", "Noto Serif CJK SC", "Noto Sans CJK JP", "Noto Sans CJK SC",
    "Source Han Serif", "Hiragino Mincho ProN", "Songti SC", "SimSun", "MS Mincho",
    "Noto Naskh Arabic", "Noto Sans Arabic", "Amiri", "Noto Serif Hebrew",
    "Noto Serif Devanagari", "Noto Sans Devanagari", "Lohit Devanagari", "Nirmala UI",
    "Noto Serif Thai", "Noto Sans Thai", "FreeSerif", "Noto Sans Symbols",
    "Noto Sans Symbols 2", "Symbola", "Noto Emoji", "Arial Unicode MS", "Unifont",
)  # fmt: skip

_REGULAR = (400, "normal", "regular", "book", "roman")
# Boxes for every character there is, and pieces of which mathematics is made.
_UNFIT = ("Last Resort", ".LastResort", "STIXNonUni", "STIXSize")


@dataclass(frozen=True, slots=True)
class Faces:
    """Font families, asked in order for each glyph.

    Attributes:
        families: names as matplotlib knows them.
    """

    families: tuple[str, ...]

    @property
    def signs(self) -> "Faces":
        """The same for what stands in for invisible characters: a face of clear signs first."""
        return Faces(tuple(sorted(self.families, key=lambda family: family != SIGNS)))

    def width(self, text: str, size: float) -> float:
        """How far ``text`` runs at a type size, in the size's unit."""
        return size * _advance(text, self.families)

    def reach(self, text: str, size: float) -> tuple[float, float]:
        """How far the glyphs of ``text`` reach above their line, and below it."""
        above, below = _reach(text, self.families)
        return size * above, size * below

    def fitting(self, texts: Sequence[str], size: float, room: float) -> str:
        """The first of some texts, the longest first, that has room; else the last."""
        wide_enough = (text for text in texts if self.width(text, size) <= room)
        return next(wide_enough, texts[-1])

    def files(self) -> tuple[Path, ...]:
        """The faces' files, in order."""
        return tuple(Path(str(_file(family))) for family in self.families)


_opened: dict[str, Stamp] = {}  # the files of the faces that are in memory
_ordered: set[str] = set()  # families whose faces are in an order of their own
_looked: dict[str, Stamp] = {}  # the folders of fonts, when they were last looked through


def forget_changed_faces() -> None:
    """Nothing is kept of fonts whose files were replaced: they are read anew when asked for."""
    changed = {path for path, stamp in _opened.items() if stamp_of(path) != stamp}
    _ordered.clear()  # others may have added faces meanwhile
    if not changed:
        return
    listed = fontManager.ttflist
    listed[:] = [face for face in listed if os.path.realpath(face.fname) not in changed]
    _add_to_list(changed)
    _opened.clear()
    _forget_choices()
    # Matplotlib has no public way to say that a file is another one now.
    font_manager._get_font.cache_clear()  # type: ignore[attr-defined]


def _forget_choices() -> None:
    """Families may have other faces now."""
    _face.cache_clear()
    _mistaken.cache_clear()
    _advance.cache_clear()
    _reach.cache_clear()
    fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]


def faces_for(texts: Iterable[str], font: str | None = None) -> tuple[Faces, frozenset[str]]:
    """The faces that draw ``texts``, and the characters that no installed font has.

    Args:
        texts: all that is to be drawn.
        font: the family asked before all others.

    Raises:
        DrawingError: no installed family is called ``font``, or it draws other characters.
    """
    families = [*([_known(font)] if font else []), *BUNDLED]
    missing = _uncovered(frozenset().union(*map(frozenset, texts)), families)
    if missing:
        _look_again()
    for family in _others() if missing else ():
        rest = _uncovered(missing, [family])
        if rest != missing and _mistaken(family) is None:
            families.append(family)
            missing = rest
        if not missing:
            break
    return Faces(tuple(families)), missing


def _known(font: str) -> str:
    if font not in {face.name for face in fontManager.ttflist}:
        _look_again()
    names = {face.name for face in fontManager.ttflist}
    if font in names:
        if mistaken := _mistaken(font):
            what = f"{font!r} has {mistaken[1]!r} in the place of {mistaken[0]!r}"
            raise DrawingError("style.font", what, "a family of Unicode's characters is right")
        return font
    near = difflib.get_close_matches(font, sorted(names), n=3, cutoff=0.5)
    remedy = f"{', '.join(near)} is near" if near else "a family that is installed is right"
    raise DrawingError("style.font", f"no font family {font!r} is installed", remedy)


def _look_again() -> None:
    """Adds fonts that were installed since the last look: matplotlib lists them only once.

    To look takes a while, so that it is done only after a folder of fonts has changed.
    """
    if _looked and all(stamp_of(folder) == stamp for folder, stamp in _looked.items()):
        return
    known = {face.fname for face in fontManager.ttflist}
    found = {*known, *findSystemFonts()}  # of which fontconfig's are read once a process
    beside = {str(Path(path).parent) for path in found}
    roots = {*font_manager.X11FontDirectories, *font_manager.OSXFontDirectories}
    within = {folder for root in roots for folder, _, _ in os.walk(root)}
    _looked.clear()
    _looked.update((folder, stamp_of(folder)) for folder in beside | roots | within)
    _add_to_list({*found, *findSystemFonts(sorted(beside))} - known)


def _add_to_list(paths: Iterable[str]) -> None:
    for path in sorted(paths):
        try:
            fontManager.addfont(path)
        except (NotImplementedError, RuntimeError, OSError):
            continue  # colour bitmaps and broken files, which no figure can hold
    _ordered.clear()


def _others() -> list[str]:
    upright = [face for face in fontManager.ttflist if face.style == "normal"]
    names = {face.name for face in upright if face.weight in _REGULAR} - set(BUNDLED)
    fit = sorted(name for name in names if not name.startswith(_UNFIT))
    return [name for name in PREFERRED if name in names] + fit


def _uncovered(characters: frozenset[str], families: Iterable[str]) -> frozenset[str]:
    fonts = [_face(family) for family in families]
    return frozenset(
        character
        for character in characters
        if not any(font.get_char_index(ord(character)) for font in fonts)
    )


@lru_cache(maxsize=512)
def _face(family: str) -> FT2Font:
    return get_font(_file(family))


@lru_cache(maxsize=512)
def _mistaken(family: str) -> tuple[str, str] | None:
    """A character for which a face has another's glyph, and that other; None for most faces.

    TeX's own and symbols' have codes of their own; the names of their glyphs tell.
    """
    face = _face(family)
    for character in map(chr, range(ord("!"), ord("~") + 1)):
        glyph = face.get_char_index(ord(character))
        named = AGL2UV.get(face.get_glyph_name(glyph)) if glyph else None
        if named not in (None, ord(character)):
            return character, chr(named)
    return None


@lru_cache(maxsize=8192)
def _advance(text: str, families: tuple[str, ...]) -> float:
    """The text's advance width at size 1, without hinting, as the PDF will have it."""
    font = get_font([_file(family) for family in families])
    font.set_size(100, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0]) / 64 / 100


@lru_cache(maxsize=8192)
def _reach(text: str, families: tuple[str, ...]) -> tuple[float, float]:
    """How far the text's glyphs reach above and below their line at size 1."""
    font = get_font([_file(family) for family in families])
    font.set_size(100, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    below = float(font.get_descent()) / 64 / 100
    return float(font.get_width_height()[1]) / 64 / 100 - below, below


def _file(family: str) -> str:
    """The file of a family's regular face, known from now on by how it stands."""
    if family not in _ordered:
        _ordered.add(family)
        if put_in_order(family):
            _forget_choices()
    path = findfont(FontProperties(family=[family]))
    _opened.setdefault(str(path), stamp_of(str(path)))
    return path
