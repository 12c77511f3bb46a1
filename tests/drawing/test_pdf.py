"""The file: the same bytes every time, its provenance, and nothing global touched."""

import io
import json
import math
import os
import subprocess
import sys

import matplotlib as mpl
import pikepdf
import pytest
from rendering import render

from paperfig.drawing.pdf import settings
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec

# Draws a figure with several heads, labels, marks, an odd token and all formats, and prints
# the digests of what came out, and which modules should not have been loaded.
PROGRAM = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
from rendering import render
from values_of import random_figure as make
from paperfig.specs.style import StyleSpec
style = StyleSpec(formats=["svg", "png"], mark=[{"query": 3, "key": 1}], venue="icml")
drawn = render(make(12, tokens=[" a", "κ", "$"] * 4), style, provenance={"spec": "a", "b": "c"})
digests = [hashlib.sha256(part).hexdigest() for part in (drawn.pdf, drawn.svg, drawn.png)]
loaded = [name for name in ("torch", "matplotlib.pyplot", "seaborn") if name in sys.modules]
print(json.dumps([digests, loaded]))
"""


def drawn_elsewhere(request, tmp_path, **environment):
    """What `PROGRAM` prints in a process of its own."""
    folder = str(request.config.rootpath / "tests")
    command = [sys.executable, "-c", PROGRAM, folder]
    surroundings = os.environ | environment
    result = subprocess.run(
        command, check=True, capture_output=True, env=surroundings, cwd=tmp_path
    )
    return json.loads(result.stdout)


def test_the_same_bytes_whatever_surrounds_them(request, tmp_path):
    """Hash seed, locale, time zone, date and a user's matplotlibrc change nothing."""
    first, loaded = drawn_elsewhere(request, tmp_path, PYTHONHASHSEED="1", LC_ALL="C", TZ="UTC")
    (tmp_path / "matplotlibrc").write_text(
        "pdf.fonttype: 3\nfont.size: 30\ntext.usetex: True\nsavefig.bbox: tight\n"
        "lines.linewidth: 9\nfigure.dpi: 31\nsvg.fonttype: none\naxes.unicode_minus: False\n"
    )
    second, _ = drawn_elsewhere(
        request,
        tmp_path,
        PYTHONHASHSEED="2",
        LC_ALL="C.UTF-8",
        TZ="Asia/Tokyo",
        SOURCE_DATE_EPOCH="86400",
    )

    assert first == second
    assert loaded == []


def test_nothing_global_is_touched(figure_data):
    """Settings are what they were, and drawing twice gives the same bytes."""
    data, before = figure_data(20, heads=2), dict(mpl.rcParams)
    first, second = (render(data, StyleSpec(venue="acl")).pdf for _ in range(2))

    assert dict(mpl.rcParams) == before
    assert first == second


def test_a_missing_glyph_within_is_an_error():
    """Should one slip through, matplotlib's warning becomes ours."""
    import warnings

    with pytest.raises(DrawingError) as caught, settings():
        warnings.warn("Glyph 19977 (三) missing from font(s) X.", stacklevel=1)

    assert str(caught.value) == (
        "text: Glyph 19977 (三) missing from font(s) X.; a font that has it is right"
    )


def test_provenance_lies_in_the_pages_pieceinfo(figure_data):
    """JSON under /PieceInfo /paperfig /Private; without provenance there is no such thing."""
    told = {"spec": "Möbius", "checkpoint": "ab12"}
    stamped = render(figure_data(4), StyleSpec(), provenance=told).pdf
    plain = render(figure_data(4), StyleSpec()).pdf
    with pikepdf.open(io.BytesIO(stamped)) as document:
        piece = document.pages[0].obj.PieceInfo["/paperfig"]

        assert json.loads(str(piece.Private)) == told
        assert str(document.pages[0].obj.LastModified) == str(piece.LastModified)
        assert str(document.docinfo.Creator) == "paperfig"
        assert "/CreationDate" not in document.docinfo
    with pikepdf.open(io.BytesIO(plain)) as document:
        assert "/PieceInfo" not in document.pages[0].obj
    assert b"/home/" not in plain
    assert len(stamped) < len(plain) + 1000


def test_other_formats_only_where_asked(figure_data):
    """SVG and PNG come on request."""
    plain = render(figure_data(4), StyleSpec())
    full = render(figure_data(4), StyleSpec(formats=["svg", "png"], width="3in", height="3in"))

    assert (plain.svg, plain.png) == (None, None)
    assert full.svg.startswith(b"<?xml")
    high = math.ceil(round(full.facts.height_pt / 72.27 * 300, 6))
    sizes = [int.from_bytes(full.png[start : start + 4], "big") for start in (16, 20)]
    assert sizes == [900, pytest.approx(high, abs=1)]  # in IHDR
