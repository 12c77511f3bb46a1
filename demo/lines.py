"""Lines of random tokens, from which a model learns to look back and to copy.

A line is made of random tokens, so that nothing but its own earlier tokens tells what comes
next. Each function gives lines (line, length) and their targets, which are `UNKNOWN` where the
earlier tokens do not tell them.
"""

import torch
from fitting import UNKNOWN
from torch import Tensor

Lines = tuple[Tensor, Tensor]


def pairs_twice(count: int, length: int, vocab_size: int, random: torch.Generator) -> Lines:
    """Lines "a b a b c d c d …" that begin anywhere in the pattern."""
    blocks = length // 4 + 2
    pairs = torch.randint(vocab_size, (count, blocks, 1, 2), generator=random)
    start = int(torch.randint(4, (), generator=random))
    lines = pairs.expand(-1, -1, 2, -1).flatten(1)[:, start : start + length + 1]
    places = torch.arange(length + 1)
    return _with_targets(lines, ((places + start) % 4 >= 2) & (places >= 2))


def repeats_and_pairs(
    count: int, length: int, vocab_size: int, random: torch.Generator
) -> Lines:
    """Half the lines a block over and over, half a few pairs in random order."""
    makers = [_block_over_and_over, _pairs_in_random_order]
    made = [makers[line % 2](length, vocab_size, random) for line in range(count)]
    lines, targets = zip(*made, strict=True)
    return torch.cat(lines), torch.cat(targets)


def _block_over_and_over(length: int, vocab_size: int, random: torch.Generator) -> Lines:
    """One line: a block of 4 to 16 tokens, repeated."""
    size = int(torch.randint(4, 17, (), generator=random))
    block = torch.randint(vocab_size, (size,), generator=random)
    places = torch.arange(length + 1)
    return _with_targets(block[places % size][None], places > size)


def _pairs_in_random_order(length: int, vocab_size: int, random: torch.Generator) -> Lines:
    """One line: 2 pairs of tokens, or up to 6 (8 where the line is long), in random order."""
    size = int(torch.randint(2, length // 16 + 5, (), generator=random))
    pairs = torch.randint(vocab_size, (size, 2), generator=random)
    order = torch.randint(size, (length // 2 + 1,), generator=random)
    earlier = (order[:, None] == order).tril(-1).any(1)
    known = torch.stack([torch.zeros_like(earlier), earlier], 1).flatten()
    return _with_targets(pairs[order].flatten()[None, : length + 1], known[: length + 1])


def _with_targets(lines: Tensor, known: Tensor) -> Lines:
    """Inputs and, one place later, their targets; `known` says which tokens can be told."""
    return lines[:, :-1], lines[:, 1:].masked_fill(~known[1:], UNKNOWN)
