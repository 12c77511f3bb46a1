"""Draws the swatches of palettes.md: `python docs/palettes.py`.

Each palette that the reference names as figures have it, and beneath it what grey printing
leaves of it. The same file for the same palettes, so that a test knows whether it is of today.
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np

from paperfig.drawing.palettes import diverging_palette, lightness, palette
from paperfig.values.palettes import NAMED

PICTURE = Path(__file__).parent / "palettes.svg"
SORTS = {"sequential": palette, "diverging": diverging_palette}
COLUMNS, WIDE, HIGH, GREY = 2, 240, 18, 6
NAME, GAP, ROW, EDGE = 66, 24, 34, 16
TITLE = 24
STEPS = 9  # levels from stop to stop of a gradient
FONT = "ui-sans-serif, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"


def main() -> None:
    """Writes the picture."""
    PICTURE.write_text(picture(), "utf-8")


def picture() -> str:
    """All palettes on a white card, a heading for each sort."""
    lines, down = list[str](), EDGE
    for sort, names in NAMED.items():
        lines.append(text(sort, EDGE, down + 12, weight=600))
        down += TITLE
        for place, name in enumerate(names):
            row, column = divmod(place, COLUMNS)
            left = EDGE + column * (NAME + WIDE + GAP)
            lines += swatch(name, SORTS[sort](name), left, down + row * ROW)
        down += -(-len(names) // COLUMNS) * ROW
    wide = 2 * EDGE + COLUMNS * (NAME + WIDE + GAP) - GAP
    size = f'width="{wide}" height="{down + EDGE // 2}"'
    card = '<rect width="100%" height="100%" rx="8" fill="#ffffff"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}">'
    return "\n".join([head, card, *lines, "</svg>"]) + "\n"


def swatch(name: str, colours: np.ndarray, left: int, top: int) -> Iterator[str]:
    """A palette's name, its colours, and their greys beneath."""
    yield text(name, left, top + 15)
    channel = np.round(np.interp(lightness(colours / 255), *GREYS))
    greys = np.repeat(channel[:, None], 3, axis=1).astype(np.uint8)
    for kind, of, down, high in (("c", colours, 0, HIGH), ("g", greys, HIGH, GREY)):
        yield gradient(f"{name}-{kind}", of)
        place = f'x="{left + NAME}" y="{top + down}" width="{WIDE}" height="{high}"'
        yield f'<rect {place} fill="url(#{name}-{kind})"/>'


_LEVELS = np.arange(256)
GREYS = lightness(np.repeat(_LEVELS[:, None] / 255, 3, axis=1)), _LEVELS
"""The lightness of each grey, and its level."""


def gradient(name: str, colours: np.ndarray) -> str:
    """The colours from left to right."""
    last = len(colours) - 1
    stops = "".join(
        f'<stop offset="{at / last:.4g}" stop-color="#{bytes(colours[at].tolist()).hex()}"/>'
        for at in [*range(0, last, STEPS), last]
    )
    return f'<linearGradient id="{name}">{stops}</linearGradient>'


def text(words: str, left: int, down: int, *, weight: int = 400) -> str:
    """A line of text that begins at a point."""
    look = f'font-size="13" font-weight="{weight}" fill="#1f2328"'
    return f'<text x="{left}" y="{down}" {look}>{escape(words)}</text>'


if __name__ == "__main__":
    main()
