"""Tables of a model, and whether they are what they began as."""

from pathlib import Path

import pytest
import torch
from loading import load
from small_vfe import save, vfe_config, vfe_state

from paperfig.models.checkpoint import load_checkpoint
from paperfig.models.tables import table_facts
from paperfig.specs.schema import CheckpointSpec


def test_spread_and_kurtosis_by_definition() -> None:
    """About the mean row; a table of equal rows has none."""
    table = torch.tensor([[1.0, 10.0], [3.0, 10.0], [5.0, 10.0]])
    found = table_facts("t", table)

    assert found.deviation == pytest.approx((8 / 4) ** 0.5)
    assert found.kurtosis == pytest.approx((32 / 6) / 4)
    assert (found.entries, found.initial) == (6, 0.02)
    assert table_facts("t", torch.ones(4, 3)).deviation == 0


def test_tables_of_a_gauge_model(tmp_path: Path) -> None:
    """Those that VFE-Sim's initialisation overwrites, with their deviations."""
    state = vfe_state()
    source = load(save(tmp_path / "m.pt", state, vfe_config()))
    found = {table.name: table for table in source.tables()}

    assert list(found) == ["μ", "φ", "positions"]
    means = state["token_embed.mu_embed.weight"]
    expected = (means - means.mean(0)).square().sum() / (22 * 7)
    assert found["μ"].deviation == pytest.approx(float(expected.sqrt()), rel=1e-5)


def test_tables_of_a_gpt(gpt_file: Path, gpt_state: dict[str, torch.Tensor]) -> None:
    """Tokens and positions."""
    spec = CheckpointSpec(path=gpt_file.name)
    source = load_checkpoint(spec, root=gpt_file.parent, device=torch.device("cpu"))

    assert [table.name for table in source.tables()] == ["tokens", "positions"]
    assert source.tables()[0].entries == gpt_state["transformer.wte.weight"].numel()
