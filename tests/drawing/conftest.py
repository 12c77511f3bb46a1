"""What the tests of drawing share: values to draw, and pixels of what was drawn."""

import importlib.util
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from values_of import random_figure

from paperfig.values.figure import FigureData


@pytest.fixture
def figure_data() -> Callable[..., FigureData]:
    """Makes a figure's values out of weights of each layer, or random causal ones."""

    return random_figure


@pytest.fixture(scope="session")
def causal_map(request: pytest.FixtureRequest) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """The benchmark's map generator."""
    path = request.config.rootpath / "benchmarks" / "maps.py"
    spec = importlib.util.spec_from_file_location("benchmark_maps", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.causal_map


@pytest.fixture
def poppler(require_tool: Callable[[str], str], tmp_path: Path) -> Callable[..., np.ndarray]:
    """Pixels of a PDF's page as poppler draws it: row, column, red green blue."""
    tool = require_tool("pdftoppm")

    def draw(pdf: bytes, dpi: int) -> np.ndarray:
        (tmp_path / "page.pdf").write_bytes(pdf)
        command = [tool, "-r", str(dpi), "-singlefile", "page.pdf", "page"]
        subprocess.run(command, cwd=tmp_path, check=True)
        return read_ppm((tmp_path / "page.ppm").read_bytes())

    return draw


@pytest.fixture
def mupdf(require_tool: Callable[[str], str], tmp_path: Path) -> Callable[..., np.ndarray]:
    """The same as MuPDF draws it, or of another form of file, such as SVG."""
    tool = require_tool("mutool")

    def draw(page: bytes, dpi: int, form: str = "pdf") -> np.ndarray:
        (tmp_path / f"page.{form}").write_bytes(page)
        resolution = ["-r", str(dpi), "-c", "rgb"]
        command = [tool, "draw", "-q", *resolution, "-o", "mu.ppm", f"page.{form}"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        return read_ppm((tmp_path / "mu.ppm").read_bytes())

    return draw


@pytest.fixture
def ghostscript(
    require_tool: Callable[[str], str], tmp_path: Path
) -> Callable[..., np.ndarray]:
    """The same as Ghostscript draws it, smoothed as on a screen."""
    tool = require_tool("gs")
    smooth = ["-dTextAlphaBits=4", "-dGraphicsAlphaBits=4"]

    def draw(pdf: bytes, dpi: int) -> np.ndarray:
        (tmp_path / "page.pdf").write_bytes(pdf)
        quiet = [tool, "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=ppmraw"]
        command = [*quiet, *smooth, f"-r{dpi}", "-sOutputFile=gs.ppm", "page.pdf"]
        subprocess.run(command, cwd=tmp_path, check=True)
        return read_ppm((tmp_path / "gs.ppm").read_bytes())

    return draw


def read_ppm(content: bytes) -> np.ndarray:
    """Pixels of a binary PPM."""
    header = re.match(rb"P6\s+(?:#.*\n)?(\d+)\s+(\d+)\s+255\s", content)
    assert header is not None
    width, height = header.groups()
    shape = int(height), int(width), 3
    size = shape[0] * shape[1] * 3
    return np.frombuffer(content[-size:], dtype=np.uint8).reshape(shape)
