"""Faces: bundled first, then what the system has, glyph by glyph."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.font_manager import FontProperties, findfont, fontManager

from paperfig.drawing import fonts
from paperfig.drawing.fonts import BUNDLED, Faces, faces_for
from paperfig.errors import DrawingError


def test_bundled_faces_suffice_for_european_text():
    """Latin, Greek, Cyrillic and arrows ask for no installed font."""
    faces, missing = faces_for(["naïve κ Жук → … ␣ ↵ ⇥ ◌ 😀"])

    assert faces.families == BUNDLED
    assert missing == frozenset()


def test_a_named_font_is_asked_first():
    """The style's font comes before STIX."""
    faces, _ = faces_for(["a"], "DejaVu Serif")

    assert faces.families == ("DejaVu Serif", *BUNDLED)


def test_an_unknown_font_gets_its_nearest():
    """The message names families that are installed."""
    with pytest.raises(DrawingError) as caught:
        faces_for(["a"], "DejaVu Serf")

    assert str(caught.value).startswith(
        "style.font: no font family 'DejaVu Serf' is installed; DejaVu Serif, "
    )


@pytest.mark.parametrize(
    ("font", "message"),
    [
        ("cmr10", """'cmr10' has '”' in the place of '"'"""),
        ("cmtt10", "'cmtt10' has '’' in the place of \"'\""),
    ],
)
def test_a_font_that_draws_other_characters_is_refused(font, message):
    """TeX's faces have an encoding of their own: ``<`` would be drawn as ``¡``."""
    with pytest.raises(DrawingError) as caught:
        faces_for(["<s> a_b"], font)

    assert str(caught.value) == (
        f"style.font: {message}; a family of Unicode's characters is right"
    )


def test_what_no_font_has_is_told(monkeypatch):
    """Without installed fonts, Chinese is missing and Latin is not."""
    monkeypatch.setattr(fonts, "_others", list)

    assert faces_for(["a三"])[1] == frozenset("三")


def test_an_installed_font_fills_in():
    """A CJK face, where there is one, draws what the bundled ones lack."""
    if not any(name in fonts.PREFERRED[:9] for name in fonts._others()):
        pytest.skip("no CJK font is installed")
    faces, missing = faces_for(["三月"])

    assert missing == frozenset()
    assert faces.families[:2] == BUNDLED
    assert len(faces.families) == 3


def test_widths_are_the_fonts_own():
    """STIX figures are half an em wide (its hmtx table), at any size."""
    faces = Faces(BUNDLED)

    assert faces.width("0000", 6.0) == pytest.approx(12.0, rel=0.01)
    assert faces.width("0000", 60.0) == pytest.approx(120.0, rel=0.01)
    assert faces.width("", 6.0) == 0.0


@pytest.fixture
def latin_modern():
    """Matplotlib's list with the faces of Latin Modern Roman; as it was, afterwards."""
    folder = Path("/usr/share/texmf/fonts/opentype/public/lm")
    if not folder.is_dir():
        pytest.skip("the fonts of the package lmodern are not installed")
    listed = fontManager.ttflist
    before = list(listed)
    listed[:] = [face for face in listed if not face.name.startswith(("Latin", "LM "))]
    for path in folder.glob("lmroman*.otf"):
        fontManager.addfont(path)
    yield listed
    listed[:] = before
    fonts._ordered.clear()
    fonts._forget_choices()


@pytest.mark.parametrize("seed", range(6))
def test_a_family_of_design_sizes_is_one_face_in_any_order(latin_modern, seed):
    """Latin Modern Roman is eight regular faces, of which figures' type asks for 7 pt."""
    random.Random(seed).shuffle(latin_modern)
    fonts.forget_changed_faces()
    fonts._forget_choices()
    faces, _ = faces_for(["a"], "Latin Modern Roman")

    assert faces.files()[0].name == "lmroman7-regular.otf"
    drawn = findfont(FontProperties(family=["Latin Modern Roman"], size=6.0))
    assert Path(drawn).name == "lmroman7-regular.otf"
    assert faces_for(["a"], "LM Roman 12")[0].files()[0].name == "lmroman12-regular.otf"


def test_bundled_faces_come_before_installed_ones_of_their_name(latin_modern):
    """A machine's own DejaVu may be of another version."""
    (bundled,) = (
        face
        for face in latin_modern
        if face.fname.endswith("mpl-data/fonts/ttf/DejaVuSans.ttf")
    )
    latin_modern.insert(0, replace(bundled, fname=str(latin_modern[-1].fname)))
    fonts.forget_changed_faces()
    fonts._forget_choices()

    assert Faces(("DejaVu Sans",)).files() == (Path(bundled.fname),)
