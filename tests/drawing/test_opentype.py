"""Faces with PostScript outlines: drawn by every reader, and read back."""

import subprocess

import pytest
from matplotlib.font_manager import fontManager
from rendering import render

from paperfig.specs.style import StyleSpec


@pytest.mark.parametrize(
    ("family", "tokens"),
    [
        ("Noto Serif CJK JP", ["東京", " 三", "月", "三月"]),  # glyphs keyed by CID
        ("LM Roman 10", ["fable", " naïve", "Möwe", "zebra"]),  # glyphs keyed by name
    ],
)
def test_cff_faces_are_drawn_and_read(figure_data, require_tool, tmp_path, family, tokens):
    """Poppler sees no mismatch, MuPDF fails on no glyph, and the text comes back."""
    if family not in {face.name for face in fontManager.ttflist}:
        pytest.skip(f"the font {family} is not installed")
    pdf = render(figure_data(4, tokens=tokens), StyleSpec(font=family)).pdf
    (tmp_path / "figure.pdf").write_bytes(pdf)

    def run(*command):
        command = [require_tool(command[0]), *command[1:]]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)

    listed = run("pdffonts", "figure.pdf")
    drawn = run("mutool", "draw", "-q", "-r", "150", "-o", "figure.png", "figure.pdf")
    words = run("pdftotext", "figure.pdf", "-").stdout

    assert "CID Type 0C  " in listed.stdout
    assert listed.stderr == ""
    assert "glyph" not in drawn.stderr.lower()
    assert all(token.strip() in words for token in tokens)
    run("qpdf", "--check", "figure.pdf")
