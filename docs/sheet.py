"""Draws the pictures of README and kinds.md: `python docs/sheet.py`, after `make figures`.

Six of the demo's figures on white cards, one picture for light pages and one for dark ones.
The figures are the built PDFs, drawn by poppler's pdftoppm; sheet.json keeps the digests of
what they were built from, by which a test knows whether the pictures are of today. Each kind,
and `style.zoom`, has one of its figures in kinds/, beside what kinds.md says of it.
"""

import io
import json
import subprocess
from pathlib import Path

import matplotlib as mpl
from PIL import Image, ImageDraw, ImageFont

DOCS = Path(__file__).parent
FIGURES = DOCS.parent / "figures"
SHOWN = {
    "context": "context: a text, its heads, what they average to",
    "atlas": "atlas: every head of every layer, and what it does",
    "compare-kappa": "compare: what a change of κ does",
    "zoom": "zoom: a window of a map, with its words",
    "trend": "trend: an induction head forms in training",
    "profile": "profile: what one token sees, in the text",
}
OF_KINDS = {
    "map": "induction",
    "context": "context",
    "scores": "scores",
    "atlas": "atlas",
    "statistics": "statistics",
    "compare": "compare-kappa",
    "trend": "trend",
    "profile": "profile",
    "lines": "lines",
    "distance": "distance",
    "zoom": "zoom",
}
PAGES = {"light": ("#ffffff", "#d0d7de", "#59636e"), "dark": ("#0d1117", "#0d1117", "#9198a1")}
"""The page's own colour, that of the cards' edges, and that of the words."""

COLUMNS, CARD, PADDING, GAP = 3, 520, 20, 24
WORDS_HIGH = 44


def main() -> None:
    """Writes all pictures, and the digests."""
    names = sorted({*SHOWN, *OF_KINDS.values()})
    pictures = {name: picture(name) for name in names}
    for page, colours in PAGES.items():
        save(sheet({name: pictures[name] for name in SHOWN}, *colours), f"sheet-{page}")
    (DOCS / "kinds").mkdir(exist_ok=True)
    for kind, name in OF_KINDS.items():
        save(pictures[name], f"kinds/{kind}")
    listed = json.loads((FIGURES / "manifest.json").read_text("utf-8"))["figures"]
    digests = {name: digests_of(listed[name]) for name in names}
    (DOCS / "sheet.json").write_text(json.dumps(digests, indent=1) + "\n", "utf-8")


def save(drawn: Image.Image, name: str) -> None:
    """Writes a picture of few colours, on which no hue is lost."""
    fewer = drawn.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    fewer.save(DOCS / f"{name}.png", optimize=True)


def digests_of(entry: dict[str, str]) -> list[str]:
    """What a figure was made from, by its entry in the manifest."""
    return [entry["compute_digest"], entry["drawing_digest"]]


def picture(name: str) -> Image.Image:
    """A built figure, as wide as a card has room for."""
    wide = CARD - 2 * PADDING
    path = FIGURES / f"{name}.pdf"
    command = ["pdftoppm", "-scale-to-x", str(2 * wide), "-scale-to-y", "-1", "-png", str(path)]
    content = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603
    drawn = Image.open(io.BytesIO(content)).convert("RGB")
    high = round(drawn.height * wide / drawn.width)
    return drawn.resize((wide, high), Image.Resampling.LANCZOS)


def sheet(
    pictures: dict[str, Image.Image], background: str, edge: str, words: str
) -> Image.Image:
    """The cards in columns, each in the shortest that there is."""
    lower = [0] * COLUMNS
    places = {}
    for name, shown in pictures.items():
        column = lower.index(min(lower))
        places[name] = (column * (CARD + GAP), lower[column])
        lower[column] += shown.height + 2 * PADDING + WORDS_HIGH + GAP
    whole = Image.new("RGB", (COLUMNS * (CARD + GAP) - GAP, max(lower) - GAP), background)
    draw = ImageDraw.Draw(whole)
    face = ImageFont.truetype(Path(mpl.get_data_path(), "fonts/ttf/DejaVuSans.ttf"), 19)
    for name, (left, top) in places.items():
        shown = pictures[name]
        bottom = top + shown.height + 2 * PADDING
        box = (left, top, left + CARD - 1, bottom)
        draw.rounded_rectangle(box, radius=10, fill="#ffffff", outline=edge)
        whole.paste(shown, (left + PADDING, top + PADDING))
        draw.text((left + PADDING, bottom + 10), SHOWN[name], font=face, fill=words)
    return whole


if __name__ == "__main__":
    main()
