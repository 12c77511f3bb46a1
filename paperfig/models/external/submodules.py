"""The submodules of a torch module that show its attention, found by their names."""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import torch

from paperfig.errors import AttentionError

_CALLED = re.compile(r"(attn|attention)[^.]*(\.\d+)?$", re.IGNORECASE)
"""What the last part of an attention submodule's name is, in most models; or a list's."""


def named_submodules(model: torch.nn.Module, attention: str) -> Mapping[str, torch.nn.Module]:
    """The attention of each layer by its full name, in the order of the layers.

    Args:
        model: any torch module.
        attention: a name of ``named_modules()``, with ``*`` for the layer's number; without
            one it is the only layer.

    Raises:
        AttentionError: no submodule has that name, or it names one layer of several, layers
            that do not count from 0, or what holds the attention in place of it.
    """
    parts = {name: part for name, part in model.named_modules() if name}
    before, star, after = attention.partition("*")
    pattern = re.compile(re.escape(before) + (r"(\d+)" if star else "()") + re.escape(after))
    matches = [match for name in parts if (match := pattern.fullmatch(name))]
    if not matches:
        raise AttentionError(
            type(model).__name__, f"it has no submodule {attention}", _near(attention, parts)
        )
    layers = {int(match[1] or 0): match[0] for match in matches}
    if sorted(layers) != list(range(len(layers))):
        raise AttentionError(
            attention,
            f"`*` stands for {', '.join(map(str, sorted(layers)))}",
            "layers that count from 0 are right, each number once",
        )
    if not star:
        _check_only(attention, parts)
    named = {layers[layer]: parts[layers[layer]] for layer in sorted(layers)}
    for name, part in named.items():
        _check_innermost(name, part)
    return named


def near_attention(model: Any) -> str | None:
    """The name that most submodules called attention share; None without any.

    >>> near_attention(torch.nn.Transformer(4, 2, 1, 1, batch_first=True))
    'encoder.layers.*.self_attn'
    """
    if not isinstance(model, torch.nn.Module):
        return None
    called = [name for name, _ in model.named_modules() if _CALLED.search(name)]
    count = Counter(starred for name in called for starred in reversed(_starred(name)))
    return next((starred for starred, _ in count.most_common(1)), None)


def block_parts(
    model: Any, part: str, attributes: Collection[str]
) -> dict[int, torch.nn.Module]:
    """A part of each block of a VFE project's model, by the block's number; none in others.

    Args:
        model: any object.
        part: as in ``transformer.blocks.N.attention``.
        attributes: what tells it from a part of another model that is called so.
    """
    if not isinstance(model, torch.nn.Module):
        return {}
    pattern = re.compile(rf"(?:.*\.)?transformer\.blocks\.(\d+)\.{part}")
    matches = ((pattern.fullmatch(name), inside) for name, inside in model.named_modules())
    return {
        int(match[1]): inside
        for match, inside in matches
        if match is not None and all(hasattr(inside, name) for name in attributes)
    }


def _starred(name: str) -> list[str]:
    """The name with one of its numbers as ``*``, for each of them."""
    return [
        f"{name[: number.start()]}*{name[number.end() :]}"
        for number in re.finditer(r"\d+", name)
    ]


def _near(attention: str, names: Iterable[str]) -> str:
    known = sorted({known for name in names for known in _starred(name) or [name]})
    near = difflib.get_close_matches(attention, known, n=2)
    if not near:
        return "a name that `named_modules()` lists is right, with `*` for the layer's number"
    return f"{', '.join(near)} {'is' if len(near) == 1 else 'are'} near"


def _check_only(attention: str, parts: Mapping[str, torch.nn.Module]) -> None:
    """Nothing where no other of its class has the name with another number."""
    alike = [name for name, part in parts.items() if type(part) is type(parts[attention])]
    for starred in _starred(attention):
        before, _, after = starred.partition("*")
        pattern = re.compile(rf"{re.escape(before)}\d+{re.escape(after)}")
        count = sum(pattern.fullmatch(name) is not None for name in alike)
        if count > 1:
            raise AttentionError(
                attention,
                f"it is one of {count} layers",
                f"{starred} is right: a figure's `layer` chooses",
            )


def _check_innermost(name: str, part: torch.nn.Module) -> None:
    """Nothing where it holds none of torch's attention, which averages heads unless asked."""
    inner = [
        inside
        for inside, module in part.named_modules()
        if inside and isinstance(module, torch.nn.MultiheadAttention)
    ]
    if inner:
        raise AttentionError(
            name,
            "it holds the attention and is none, or returns the mean of its heads",
            f"{name}.{inner[0]} is right",
        )
