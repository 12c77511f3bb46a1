r"""One float that holds several figures, over as many pages as they need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from string import ascii_lowercase

from paperfig.captions.together import common_and_different, sentences

GAP_PT = 9.0
"""The least room between figures side by side."""

UNDER_PT = 30.0
"""Room for what is said under each row of figures: two lines of small type."""

CAPTION_PT = 110.0
"""Room for the common caption, on the first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A figure of several.

    Attributes:
        name: the figure's, folders included.
        caption: its own, LaTeX in one line.
        alt: its alternative text, empty where its float has none.
        width_pt: in TeX points, as its height.
    """

    name: str
    caption: str
    width_pt: float
    height_pt: float
    alt: str = ""


def shared_float(
    name: str, parts: Sequence[Part], *, column_pt: float, page_pt: float, text_pt: float
) -> str:
    r"""The LaTeX of the float; what is common is its caption, what is not stands below each.

    Args:
        name: of them together, for the label.
        parts: in their order, two at least.
        column_pt: the width of a column, in TeX points.
        page_pt: the width of the text.
        text_pt: the height of the text.
    """
    common, different = common_and_different([part.caption for part in parts])
    is_wide = page_pt > column_pt + GAP_PT
    rows = list(_rows(parts, page_pt if is_wide else column_pt))
    letters = islice(_letters(), len(parts))
    named = zip(parts, letters, different, strict=True)
    says = {part.name: f"({letter}) {own}".rstrip() for part, letter, own in named}
    pages = list(_pages(rows, text_pt))
    place = "p" if len(pages) > 1 else "t"
    environment = "figure*" if is_wide else "figure"
    common = common if common[-1:] in ".!?" else f"{common}."
    short = sentences(common)[0].partition(" on ")[0].removesuffix(".")
    lines = [r"\providecommand\paperfigdir{figures}%"]
    for number, page in enumerate(pages):
        lines += [rf"\begin{{{environment}}}[{place}]", r"  \centering"]
        for row in page:
            shown = (_minipage(part, says[part.name]) for part in row)
            lines += ["\\hfill%\n".join(shown) + r"\par\medskip"]
        if number == 0:
            lines += [
                rf"  \caption[{{{short}}}]{{%",
                f"    {common}}}",
                rf"  \label{{fig:{name}}}",
            ]
        else:
            lines += [r"  \figurename~\thefigure{} (continued)"]
        lines += [rf"\end{{{environment}}}%"]
    return "\n".join(lines) + "\n"


def _minipage(part: Part, below: str) -> str:
    alt = f"[alt={{{part.alt}}}]" if part.alt else ""
    return "\n".join(
        (
            rf"  \begin{{minipage}}[t]{{{part.width_pt:.6g}pt}}\centering",
            rf"    \includegraphics{alt}{{\paperfigdir/{part.name}.pdf}}\par",
            rf"    {{\footnotesize {below}\par}}",
            r"  \end{minipage}",
        )
    )


def _rows(parts: Sequence[Part], width_pt: float) -> Iterator[list[Part]]:
    """As many side by side as fit."""
    row: list[Part] = []
    for part in parts:
        taken = sum(one.width_pt + GAP_PT for one in row) + part.width_pt
        if row and taken > width_pt:
            yield row
            row = []
        row.append(part)
    yield row


def _pages(rows: Sequence[list[Part]], text_pt: float) -> Iterator[list[list[Part]]]:
    """As many rows as fit below one another, the caption on the first page."""
    page: list[list[Part]] = []
    left = text_pt - CAPTION_PT
    for row in rows:
        height = max(part.height_pt for part in row) + UNDER_PT
        if page and height > left:
            yield page
            page, left = [], text_pt - UNDER_PT
        page.append(row)
        left -= height
    yield page


def _letters() -> Iterator[str]:
    """From a to z, then aa, ab and so on."""
    yield from ascii_lowercase
    for first in _letters():
        yield from (first + second for second in ascii_lowercase)
