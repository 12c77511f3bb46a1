"""Figures leave room for their captions: no float is too large for its page."""

import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from revisions import table
from revisions.captions import TOLD
from revisions.pictures import PICTURES, Picture
from values_of import random_figure

from paperfig.captions.render import render_caption
from paperfig.drawing.render import render as render_by
from paperfig.kinds import KINDS, kind_named
from paperfig.specs.style import CaptionSpec
from paperfig.statistics.tables import with_table
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

# TeX points: the width and the height of the text, and what sets its captions.
TWO_COLUMNS = "\\setlength{\\columnsep}{18.05pt}\\usepackage[font=small]{caption}"
PAPERS = {
    "article": ("", 345.0, 550.0, ""),
    "neurips": ("", 397.485, 650.43, ""),
    "icml": ("twocolumn", 487.8225, 650.43, TWO_COLUMNS),
}
_EVERY_NUMBER = "atlas, every number"  # of many figures, in one caption
_COMMAND = re.compile(r"\\(emph|texttt|textbf)|\\[A-Za-z]+(\{\})?")


@pytest.mark.parametrize("kind", KINDS)
def test_no_default_caption_is_longer_than_its_kind_says(kind):
    """Of all that captions can say; a formula or a sign counts as one character."""
    captions = {
        name: table.recorded("drawing")[f"caption: {name}"]
        for name, one in TOLD.items()
        if one.data.kind == kind and name != _EVERY_NUMBER
    }
    lengths = {
        name: len(re.sub(r"[{}$%\\]", "", _COMMAND.sub("x", text)))
        for name, text in captions.items()
    }

    assert {name for name, n in lengths.items() if n > kind_named(kind).caption_length} == set()


@pytest.mark.parametrize(
    ("caption", "more"),
    [({}, 0), ({"lead": "It looks back."}, 14), ({"quote": 20}, 0), ({"quote": 130}, 80)],
)
def test_the_authors_own_words_have_room_too(caption, more):
    """A first sentence, and what is quoted beyond the usual, as far as there is a text."""
    assert CaptionSpec(**caption).own_length("a" * 500) == more
    assert CaptionSpec(**caption).own_length(None) == len(caption.get("lead", ""))


@pytest.mark.parametrize("paper", PAPERS)
def test_no_float_is_too_large(paper, tmp_path, run_latex):
    """Every kind, windows and brackets; many tokens and heads, over the page too."""
    form, wide, high, preamble = PAPERS[paper]
    (tmp_path / "figures").mkdir()
    shown = [(case, PICTURES[case], "column") for case in CASES]
    shown += [(name, one, width) for name, one in LARGE.items() for width in ("column", "page")]
    names = [
        written(tmp_path, f"{name}-{width}", picture, venue=paper, width=width)
        for name, picture, width in shown
    ]
    body = "\n".join(f"\\input{{figures/{name}}}\\clearpage" for name in names)
    source = (
        f"\\documentclass[{form}]{{article}}\\usepackage{{graphicx}}{preamble}\n"
        f"\\setlength{{\\textwidth}}{{{wide}pt}}\\setlength{{\\textheight}}{{{high}pt}}\n"
        f"\\begin{{document}}\n{body}\n\\end{{document}}\n"
    )
    (tmp_path / "main.tex").write_text(source, encoding="ascii")
    run_latex(tmp_path)
    log = (tmp_path / "main.log").read_text("utf-8", "replace")

    assert {PICTURES[case].data.kind for case in CASES} == {*KINDS}
    assert re.findall(r"Float too large for page by .*", log) == []
    assert log.count("Overfull") == 0


def written(folder, name, picture, **style):
    """The files of a picture in another style, as a build names them."""
    data, name = picture.data, name.replace(", ", "-").replace(" ", "-")
    drawn = render_by(
        partial(KINDS[data.kind].draw, **picture.own),
        data,
        picture.style.model_copy(update=style),
        more_caption=CaptionSpec().own_length(data.excerpt.text),
    )
    caption = render_caption(
        data, drawn.facts, CaptionSpec(), name=name, templates=folder, own=picture.own
    )
    (folder / "figures" / f"{name}.pdf").write_bytes(drawn.pdf)
    (folder / "figures" / f"{name}.tex").write_text(caption.float, encoding="ascii")
    return name


def scored(n_token, heads, kind):
    """Random attention with KL divergences."""
    data = random_figure(n_token, heads=heads)
    (entry,) = data.maps
    setting = Setting(mask=MaskRule(self_attention="hide"), kappa=(1.0,) * heads)
    scores = np.where(entry.mask, -entry.weights, np.nan).astype(np.float32)
    shown = replace(entry, scores=scores, shown=setting, trained=setting, n_head=heads)
    return with_table(replace(data, kind=kind, maps=(shown,)), KINDS[kind], {})


CASES = (
    *("map, layers", "map, zoomed", "map, bracketed", "context", "scores, zoomed"),
    *("atlas", "atlas, words", "statistics", "compare, heads", "compare, zoomed"),
    *("trend, bands", "profile", "lines", "distance"),
)
LARGE = {
    f"{kind} of {n_token}": Picture(data=scored(n_token, heads, kind))
    for kind, n_token, heads in (
        ("context", 48, 4),
        ("context", 256, 16),
        ("map", 40, 24),
        ("scores", 40, 9),
    )
}
