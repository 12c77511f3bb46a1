"""Palettes: light to dark, one way, and never the colour of paper."""

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest

from paperfig.drawing.palettes import (
    PAPER_LIGHTNESS,
    diverging_palette,
    lightness,
    palette,
)
from paperfig.errors import DrawingError
from paperfig.specs.reference import json_schema
from paperfig.values.palettes import NAMED, OURS, SEABORN


@pytest.mark.parametrize("name", OURS)
def test_ours_darken_in_even_steps(name):
    """L* falls from level to level, nowhere by more than 0.8, from light to nearly black."""
    light = lightness(palette(name) / 255)

    assert light[0] > 94
    assert light[-1] < 12
    assert np.diff(light).max() < 0.15  # what rounding to 8 bits may give back
    assert np.diff(light).min() > -0.8


@pytest.mark.parametrize("name", [*OURS, *SEABORN, "viridis", "Greys", "Blues", "magma_r"])
def test_no_level_looks_like_paper(name):
    """Masked cells are bare paper, so every level is visibly darker."""
    assert lightness(palette(name) / 255).max() <= PAPER_LIGHTNESS + 0.2


def test_the_default_is_ours():
    """No name means the first of our palettes, and 255 levels of it."""
    assert (palette() == palette("ink")).all()
    assert palette().shape == (255, 3)


@pytest.mark.parametrize("name", [*OURS, *SEABORN, "viridis", "magma", "Greys", "cividis"])
def test_dark_means_large_in_every_palette(name):
    """From pale to dark, whichever way it is written; with ``_r`` it is no other."""
    light = lightness(palette(name) / 255)

    assert light[0] > 86
    assert light[0] - light[-1] > 40
    assert (palette(name) == palette(f"{name}_r")).all()


@pytest.mark.parametrize("name", ["flare", "crest"])
def test_a_palette_that_begins_dark_is_led_in_from_pale_tints(name):
    """L* falls evenly from paper's neighbour on, and the palette's own colours follow."""
    light = lightness(palette(name) / 255)

    assert light[0] > 94
    assert np.diff(light).min() > -0.8
    assert np.diff(light).max() < 0.3


def test_lightness_of_known_colours():
    """L* of black, white and sRGB's middle grey (53.39, CIE)."""
    greys = np.array([[0.0] * 3, [1.0] * 3, [119 / 255] * 3, [1.0, 0.0, 0.0]])

    assert lightness(greys) == pytest.approx([0.0, 100.0, 50.03, 53.24], abs=0.01)


def test_seaborns_palettes_are_seaborns():
    """Our short tables differ from seaborn's long ones by at most 4 of 255."""
    program = (
        "import json, seaborn, matplotlib as mpl; print(json.dumps("
        f"{{n: [list(c[:3]) for c in mpl.colormaps[n].colors] for n in {list(SEABORN)}}}))"
    )
    command = [sys.executable, "-W", "ignore", "-c", program]
    made = subprocess.run(command, check=True, capture_output=True)
    for name, colours in json.loads(made.stdout).items():
        whole = 255 * np.array(colours)
        darker = (
            whole if lightness(whole / 255)[0] > lightness(whole / 255)[-1] else whole[::-1]
        )
        # Tints lead to those that begin dark.
        own = palette(name)[lightness(palette(name) / 255) <= lightness(darker / 255)[0] + 0.4]
        at = np.linspace(0, len(darker) - 1, len(own))
        theirs = np.stack([np.interp(at, range(256), one) for one in darker.T], axis=1)
        assert np.abs(own - theirs).max() <= 6


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("veridis", "style.palette: 'veridis' is no palette; did you mean viridis?"),
        (
            "???",
            "style.palette: '???' is no palette; ink, ember, moss, graphite, or a sequential "
            "colormap of matplotlib or seaborn is right",
        ),
        (
            "coolwarm",
            "style.palette: 'coolwarm' is not sequential, its lightness does not run one way "
            "far enough; ink, ember, moss, graphite, or a sequential colormap of matplotlib or "
            "seaborn is right",
        ),
    ],
)
def test_what_is_no_sequential_palette_is_refused(name, message):
    """Unknown names get the nearest; maps whose lightness turns are named as such."""
    with pytest.raises(DrawingError) as caught:
        palette(name)

    assert str(caught.value) == message


@pytest.mark.parametrize("sort", NAMED)
def test_every_palette_that_the_reference_names_is_one(sort):
    """Of the sort that it is named as."""
    draw = {"sequential": palette, "diverging": diverging_palette}[sort]

    assert all(draw(name).shape == (255, 3) for name in NAMED[sort])


def test_editors_are_offered_the_names():
    """The schema has them as examples; a figure may have another of matplotlib's."""
    entry = json_schema()["properties"]["style"]["properties"]["palette"]

    assert entry["examples"] == [*NAMED["sequential"], *NAMED["diverging"]]
    assert "enum" not in entry


def test_the_swatches_of_the_docs_are_fresh(repository):
    """docs/palettes.svg is what docs/palettes.py draws, with every palette in it."""
    path = repository / "docs" / "palettes.py"
    spec = importlib.util.spec_from_file_location("docs_palettes", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    committed = (repository / "docs" / "palettes.svg").read_text(encoding="utf-8")

    assert committed == script.picture(), "run `python docs/palettes.py`"
    assert all(f">{name}</text>" in committed for names in NAMED.values() for name in names)
    assert len(committed) < 100_000
