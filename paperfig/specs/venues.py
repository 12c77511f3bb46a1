"""The venues that figures are made for, with their measures.

A venue is one row of `VENUES`: its name is then a choice of ``style.venue``, and its widths
and sizes are those of the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PT_PER_INCH = 72.27  # TeX's point, in which LaTeX reports every width


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """A venue's measures, in TeX points.

    Attributes:
        column_pt: the width of a column.
        page_pt: the width of the text block.
        label_pt: the size of labels at the axes.
        title_pt: the size of panel titles.
        caption_pt: the size of captions.
        text_pt: the height of the text block, or less. 9 in are what the guides of icml,
            neurips and iclr ask for; acl, ieee and aps set taller ones.
    """

    column_pt: float
    page_pt: float
    label_pt: float
    title_pt: float
    caption_pt: float
    text_pt: float = 9 * PT_PER_INCH


# Widths of article, acl, ieee and aps were read with \typeout{\the\columnwidth} and
# \the\textwidth (article's height with \the\textheight) in TeX Live 2022: article 10pt;
# acl.sty; IEEEtran conference; revtex4-2 prl. The others are tueplots 0.2.5's (icml2024_half
# and icml2024_full, neurips2024, iclr2024), and a test holds them equal. Label sizes: icml,
# neurips and iclr as tueplots has them; the rest as in a venue of the same measure. Panel
# titles: 7 or 8 pt. Captions: as their classes set them.
VENUES: Mapping[str, Venue] = {
    "article": Venue(
        column_pt=345.0,
        page_pt=345.0,
        label_pt=7.0,
        title_pt=8.0,
        caption_pt=10.0,
        text_pt=550.0,
    ),
    "neurips": Venue(
        column_pt=397.485, page_pt=397.485, label_pt=7.0, title_pt=8.0, caption_pt=10.0
    ),
    "icml": Venue(
        column_pt=234.8775, page_pt=487.8225, label_pt=6.0, title_pt=7.0, caption_pt=9.0
    ),
    "iclr": Venue(
        column_pt=397.485, page_pt=397.485, label_pt=7.0, title_pt=8.0, caption_pt=10.0
    ),
    "acl": Venue(
        column_pt=219.08614, page_pt=455.24411, label_pt=6.0, title_pt=7.0, caption_pt=10.0
    ),
    "ieee": Venue(column_pt=252.0, page_pt=516.0, label_pt=6.0, title_pt=7.0, caption_pt=8.0),
    "aps": Venue(column_pt=246.0, page_pt=510.0, label_pt=6.0, title_pt=7.0, caption_pt=9.0),
}
"""Every venue by its name; specs that name none are for the first."""
