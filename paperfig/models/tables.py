"""How the rows of a model's tables differ, for telling whether it was trained."""

import torch
from jaxtyping import Float

from paperfig.values.internals import TableFacts

INITIAL_STD = 0.02
"""What nanoGPT (``_init_weights``), VFE-Sim (``_init_weights`` of ``transformer/model.py``,
which overwrites what the embeddings set) and its dot-product baseline start a table with."""


def table_facts(
    name: str, table: Float[torch.Tensor, "row column"], initial: float = INITIAL_STD
) -> TableFacts:
    """The standard deviation of a table's rows about their mean, and its kurtosis."""
    apart = table.float() - table.float().mean(dim=0)
    variance = float(apart.square().sum() / max(1, (len(table) - 1) * table.shape[1]))
    fourth = float(apart.pow(4).mean())
    return TableFacts(
        name=name,
        deviation=variance**0.5,
        kurtosis=fourth / variance**2 if variance else 0.0,
        entries=table.numel(),
        initial=initial,
    )
