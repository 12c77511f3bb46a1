"""What the tests of drawing share: values to draw, and pixels of what was drawn."""

import importlib.util
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
    """The same as MuPDF draws it."""
    tool = require_tool("mutool")

    def draw(pdf: bytes, dpi: int) -> np.ndarray:
        (tmp_path / "page.pdf").write_bytes(pdf)
        command = [tool, "draw", "-q", "-r", str(dpi), "-c", "rgb", "-o", "mu.ppm", "page.pdf"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        return read_ppm((tmp_path / "mu.ppm").read_bytes())

    return draw


def read_ppm(content: bytes) -> np.ndarray:
    """Pixels of a binary PPM."""
    magic, width, height, _ = content.split(maxsplit=4)[:4]
    assert magic == b"P6"
    shape = int(height), int(width), 3
    size = shape[0] * shape[1] * 3
    return np.frombuffer(content[-size:], dtype=np.uint8).reshape(shape)
