"""What the heads look like in numbers: entropy, and how far they are from one another.

Every number is a mean over windows and over the rows that have two keys or more to choose from.
"""

import torch
from torch import Tensor


def normalised_entropy(weights: Tensor, mask: Tensor) -> float:
    """H / ln n of a row's weights over its n allowed keys: 0 is one key, 1 is all alike.

    Args:
        weights: One head's weights (window, query, key).
        mask: True where the query may attend to the key (query, key).
    """
    keys = mask.sum(-1)
    rows = keys > 1
    return float((_entropy(weights)[:, rows] / keys[rows].log()).mean())


def jensen_shannon(first: Tensor, second: Tensor, mask: Tensor) -> float:
    """The Jensen–Shannon divergence of two heads' rows, in nats: at most ln 2.

    Args:
        first: One head's weights (window, query, key).
        second: The other's.
        mask: True where the query may attend to the key (query, key).
    """
    rows = mask.sum(-1) > 1
    mixed = _entropy((first + second) / 2)
    return float((mixed - (_entropy(first) + _entropy(second)) / 2)[:, rows].mean())


def report(
    names: list[str], before: list[Tensor], after: list[Tensor], mask: Tensor
) -> list[str]:
    """Lines on each head against itself before training, and on each pair of heads."""
    lines = []
    for name, old, new in zip(names, before, after, strict=True):
        moved, entropy = jensen_shannon(old, new, mask), normalised_entropy(new, mask)
        lines.append(f"head {name}  from start {moved:.3f}  normalised entropy {entropy:.3f}")
    for name, head in zip(names, after, strict=True):
        apart = "  ".join(f"{jensen_shannon(head, other, mask):.3f}" for other in after)
        lines.append(f"apart {name}  {apart}")
    return lines


def _entropy(weights: Tensor) -> Tensor:
    """Nats of each row: (window, query)."""
    weights = weights.double()
    return -torch.xlogy(weights, weights).sum(-1)
