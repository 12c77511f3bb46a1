"""What the tests of drawing share: values to draw, and pixels of what was drawn."""

import importlib.util
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from paperfig.values.attention import AttentionMap
from paperfig.values.excerpt import Excerpt, Origin
from paperfig.values.figure import FigureData
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting


def _attention(layer, weights, mask, tokens, *, mean=False):
    setting = Setting(mask=MaskRule())
    heads = (0, 1) if mean else tuple(range(len(weights)))
    return AttentionMap(
        weights=weights,
        mask=mask,
        tokens=tokens,
        layer=layer,
        heads=heads,
        n_head=12,
        mean=mean,
        shown=setting,
        trained=setting,
    )


@pytest.fixture
def figure_data() -> Callable[..., FigureData]:
    """Makes a figure's values out of weights of each layer, or random causal ones."""

    def make(
        n_token: int = 16,
        *,
        heads: int = 1,
        layers: int = 1,
        weights: np.ndarray | None = None,
        mask: np.ndarray | None = None,
        tokens: Sequence[str] | None = None,
        mean: bool = False,
    ) -> FigureData:
        if mask is None:
            mask = np.tril(np.ones((n_token, n_token), dtype=bool))
        n_token = len(mask)
        words = tuple(tokens or (f" w{index}" for index in range(n_token)))
        random = np.random.default_rng(0)
        maps = []
        for layer in range(layers):
            drawn = weights
            if drawn is None:
                drawn = np.where(mask, np.exp(random.normal(size=(heads, *mask.shape))), 0)
                drawn = drawn / np.maximum(drawn.sum(axis=2, keepdims=True), 1e-9)
            maps.append(_attention(layer, drawn.astype(np.float32), mask, words, mean=mean))
        facts = LayerFacts(head_dims=(8,) * 12, trained=Setting(mask=MaskRule()))
        return FigureData(
            kind="map",
            maps=tuple(maps),
            excerpt=Excerpt(
                token_ids=np.arange(n_token),
                tokens=words,
                text=None,
                origin=Origin(kind="text", tokenizer="bytes"),
            ),
            model=ModelFacts(
                name="m", family="gpt", layers=(facts,), vocab_size=10, context=None
            ),
        )

    return make


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
