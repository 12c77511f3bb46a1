"""Fonts that are installed, replaced or removed while the process lives."""

import hashlib
import io
from pathlib import Path

import matplotlib as mpl
import pikepdf
import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from rendering import render

from paperfig.drawing import fonts
from paperfig.drawing.fonts import BUNDLED, faces_for
from paperfig.errors import DrawingError
from paperfig.project.fonts import Fonts
from paperfig.project.workspace import Workspace
from paperfig.specs.style import StyleSpec

NOWHERE = "\U0010fffd"  # the last private character: no font has a glyph for it
STYLE = StyleSpec(font="Quill", labels="tokens")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that fonts are looked for in; what the process knew before is restored."""
    folder = tmp_path / "fonts"
    folder.mkdir()
    listed = list(font_manager.fontManager.ttflist)
    monkeypatch.setattr(font_manager, "X11FontDirectories", [str(folder)])
    monkeypatch.setattr(fonts, "_looked", {})
    yield folder
    for path in list(folder.iterdir()):
        path.unlink()
    fonts.forget_changed_faces()
    font_manager.fontManager.ttflist[:] = listed
    font_manager.fontManager._findfont_cached.cache_clear()


def font_of(family, name, *, source="DejaVuSans", character=None):
    """A font file: a bundled face under other names, with a glyph for one more character."""
    font = TTFont(Path(mpl.get_data_path(), "fonts", "ttf", f"{source}.ttf"))
    for record in font["name"].names:
        record.string = {1: family, 4: family, 6: name, 16: family}.get(record.nameID, "-")
    if character:
        for table in font["cmap"].tables:
            if table.format == 12:
                table.cmap[ord(character)] = "A"
    stream = io.BytesIO()
    font.save(stream)
    return stream.getvalue()


def install(path, content):
    """The file as an installer leaves it: whole, under its name."""
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(path)


def embedded(pdf):
    """The names of the faces that a PDF embeds, without the tag of the subset."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        faces = document.pages[0].obj.Resources.Font
        return {str(face.BaseFont).rpartition("+")[2].strip("/") for _, face in faces.items()}


def test_a_family_that_is_installed_meanwhile_is_found(folder, figure_data):
    """Refused before, drawn after, in the same process."""
    data = figure_data(6)
    with pytest.raises(DrawingError, match=r"^style.font: no font family 'Quill' is installed"):
        render(data, STYLE)

    install(folder / "quill.ttf", font_of("Quill", "QuillOne"))

    assert "QuillOne" in embedded(render(data, STYLE).pdf)


def test_a_glyph_that_is_installed_meanwhile_is_found(folder):
    """In a folder that is new, too."""
    before = faces_for(["a", NOWHERE])

    (folder / "more").mkdir()
    install(folder / "more" / "quill.ttf", font_of("Quill", "QuillOne", character=NOWHERE))
    after = faces_for(["a", NOWHERE])
    (folder / "more" / "quill.ttf").unlink()
    (folder / "more").rmdir()

    assert (before[0].families, before[1]) == (BUNDLED, {NOWHERE})
    assert (after[0].families, after[1]) == ((*BUNDLED, "Quill"), frozenset())


def test_folders_are_looked_through_only_after_a_change(folder, monkeypatch):
    """To list the fonts takes long; to see that no folder has changed does not."""
    looks = []
    look = fonts.findSystemFonts
    monkeypatch.setattr(fonts, "findSystemFonts", lambda *of: looks.append(of) or look(*of))
    for _ in range(3):
        faces_for([NOWHERE])
    first = len(looks)
    install(folder / "quill.ttf", font_of("Quill", "QuillOne"))
    for _ in range(3):
        faces_for([NOWHERE])

    assert (first, len(looks)) == (2, 4)


@pytest.mark.parametrize("in_place", [False, True])
def test_a_font_that_is_replaced_is_drawn_anew(folder, figure_data, tmp_path, in_place):
    """The PDF embeds the new face, and the record has the new file's digest."""
    data, path = figure_data(6), folder / "quill.ttf"
    old, new = font_of("Quill", "QuillOne"), font_of("Quill", "QuillTwo", source="DejaVuSerif")
    register = Fonts(Workspace(tmp_path))
    install(path, old)
    first = render(data, STYLE)
    digests = register.remember(first.fonts)
    (path.write_bytes if in_place else lambda content: install(path, content))(new)
    second = render(data, STYLE)

    assert digests["quill.ttf"] == hashlib.sha256(old).hexdigest()
    assert register.remember(second.fonts)["quill.ttf"] == hashlib.sha256(new).hexdigest()
    assert "QuillOne" in embedded(first.pdf)
    assert "QuillTwo" in embedded(second.pdf)
    assert "QuillOne" not in embedded(second.pdf)
    install(path, old)
    assert render(data, STYLE).pdf == first.pdf


def test_a_font_that_is_another_family_now_or_gone_is_refused(folder, figure_data):
    """Whatever the process had in memory."""
    data, path = figure_data(6), folder / "quill.ttf"
    install(path, font_of("Quill", "QuillOne"))
    render(data, STYLE)
    install(path, font_of("Feather", "FeatherOne"))
    with pytest.raises(DrawingError, match=r"^style.font: no font family 'Quill' is installed"):
        render(data, STYLE)
    feather = StyleSpec(font="Feather", labels="tokens")
    assert "FeatherOne" in embedded(render(data, feather).pdf)
    path.unlink()
    with pytest.raises(DrawingError, match=r"^style.font: no font family 'Feather'"):
        render(data, feather)
