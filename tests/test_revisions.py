"""Numbers and pictures of fixed cases move only together with their revision."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import torch
from maps_of import map_of
from rendering import render
from values_of import excerpt_value, figure_value, layer_value, model_value

from paperfig.captions.render import render_caption
from paperfig.divergences.beliefs import Beliefs
from paperfig.models.dot_product import DotProductInputs
from paperfig.models.inputs import LayerInputs
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.project.revisions import COMPUTE_REVISION, DRAWING_REVISION
from paperfig.specs.style import CaptionSpec, StyleSpec
from paperfig.values.attention import AttentionMap
from paperfig.values.figure import FigureData
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

TABLE = Path(__file__).parent / "revisions.json"
TOKENS = (*"ABCDE", " lamp", "\n")
N = len(TOKENS)
HIDE = MaskRule(self_attention="hide")


def wave(*shape: int) -> torch.Tensor:
    """Numbers without a generator: the same on every machine and version."""
    steps = torch.arange(int(np.prod(shape)), dtype=torch.float64)
    return torch.sin(steps * 1.7 + 0.3).reshape(shape)


def gaussian(covariance_form: str) -> GaussianInputs:
    """One head of dimension 3 in the gauge group's own representation."""
    generators = torch.zeros(3, 3, 3, dtype=torch.float64)
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        generators[a, c, b], generators[a, b, c] = 1, -1
    factor = wave(N, 3, 3) * 0.4
    full = factor @ factor.mT + torch.eye(3, dtype=torch.float64)
    beliefs = Beliefs(
        mean=wave(N, 3),
        covariance=full if covariance_form == "full" else full.diagonal(dim1=1, dim2=2),
        frame=wave(N, 3) * 0.5,
        generators=generators,
    )
    return GaussianInputs(heads=(beliefs,), covariance_form=covariance_form, alibi_slope=-0.1)


INPUTS: dict[str, tuple[LayerInputs, Setting]] = {
    "dot product": (
        DotProductInputs(queries=wave(1, N, 4).float(), keys=wave(1, N, 4).float(), scale=0.5),
        Setting(mask=MaskRule(window=4)),
    ),
    "full, taylor4": (gaussian("full"), Setting(mask=HIDE, kappa=(0.7,), transport="taylor4")),
    "full, exact": (gaussian("full"), Setting(mask=HIDE, kappa=(0.7,), transport="exact")),
    "diagonal": (gaussian("diagonal"), Setting(mask=HIDE, kappa=(2.0,), transport="taylor4")),
}


def attention(case: str) -> AttentionMap:
    """The attention of a case."""
    return map_of(*INPUTS[case], tokens=TOKENS)


def figure_of(case: str) -> FigureData:
    """The same as a figure."""
    drawn = attention(case)
    layer = layer_value(3, trained=drawn.trained)
    return figure_value(
        drawn,
        excerpt=excerpt_value(TOKENS, text="".join(TOKENS)),
        model=model_value(layer, name="fixed", family="vfe-sim"),
    )


def drawn(style: StyleSpec) -> str:
    """The digest of a picture's content stream and its caption."""
    made = render(figure_of("full, exact"), style)
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        content = pdf.pages[0].Contents.read_bytes()
    caption = render_caption(
        figure_of("full, exact"), made.facts, CaptionSpec(), name="x", templates=Path("none")
    )
    return hashlib.sha256(content + caption.text.encode() + caption.float.encode()).hexdigest()


STYLES = {
    "default": StyleSpec(),
    "icml log": StyleSpec(venue="icml", scale="log"),
    "marked": StyleSpec(mark=({"query": 2, "key": 1},), colorbar=False, width="240pt"),
}


@pytest.mark.parametrize("case", INPUTS)
def test_weights_move_with_the_compute_revision(case: str) -> None:
    """To 1e-6: raise COMPUTE_REVISION and add its row to the table where they must move."""
    recorded = json.loads(TABLE.read_text())["compute"][str(COMPUTE_REVISION)][case]

    np.testing.assert_allclose(attention(case).weights[0], recorded, atol=1e-6)


@pytest.mark.parametrize("style", STYLES)
def test_pictures_move_with_the_drawing_revision(style: str) -> None:
    """Raise DRAWING_REVISION and add its row to the table where pictures must move."""
    recorded = json.loads(TABLE.read_text())["drawing"][str(DRAWING_REVISION)]

    assert {style: drawn(STYLES[style])} == {style: recorded[style]}


def write_table() -> None:
    """Adds the rows of the present revisions: ``python tests/test_revisions.py``."""
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {"compute": {}, "drawing": {}}
    table["compute"][str(COMPUTE_REVISION)] = {
        case: np.round(attention(case).weights[0].astype(float), 7).tolist() for case in INPUTS
    }
    table["drawing"][str(DRAWING_REVISION)] = {name: drawn(STYLES[name]) for name in STYLES}
    TABLE.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    write_table()
