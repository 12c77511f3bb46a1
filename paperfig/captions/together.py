r"""What the captions of several figures have in common, and what each says besides.

>>> common, different = common_and_different(
...     [
...         r"Weights of head 0 of layer 2 on \emph{a text}. $\kappa = 0.5$. Causal mask.",
...         r"Weights of head 1 of layer 2 on \emph{a text}. $\kappa = 1.0$. Causal mask.",
...     ]
... )
>>> common
'Weights of head \\textellipsis{} of layer 2 on \\emph{a text}. Causal mask.'
>>> different
('head 0. $\\kappa = 0.5$.', 'head 1. $\\kappa = 1.0$.')
"""

from collections.abc import Sequence

import regex

OPEN = r"\textellipsis{}"
"""What stands in the common caption where the figures' own captions differ."""

_END = regex.compile(r"(?<=[.!?])\s+(?=[A-Z$\\])")
_BRACE = regex.compile(r"(?<!\\)[{}]")
_DOLLAR = regex.compile(r"(?<!\\)\$")

Words = Sequence[str]


def common_and_different(captions: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The caption that all of them share, and what is left of each.

    Sentence by sentence, where they have as many: of one that differs its first and last words
    that are alike are common, and what is between belongs to each, with the word before it;
    after a comma all that follows does.
    Where they have not, sentences that all have are common, beside such words of the first.

    Args:
        captions: LaTeX, two at least.
    """
    each = [sentences(caption) for caption in captions]
    if len(set(map(len, each))) > 1:
        firsts, shared = [one[0] for one in each], _in_all([one[1:] for one in each])
        others = [[it for it in one[1:] if it not in shared] for one in each]
        common, different = _sentence(firsts)
        left = [[own, *rest] for own, rest in zip(different, others, strict=True)]
        return " ".join(filter(None, [common, *shared])), tuple(map(_told, left))
    told = [_sentence(alike) for alike in zip(*each, strict=True)]
    common = " ".join(shared for shared, _ in told if shared)
    return common, tuple(map(_told, zip(*(own for _, own in told), strict=True)))


def sentences(caption: str) -> list[str]:
    """The sentences of a caption, each with its braces and its formulas whole."""
    found: list[str] = []
    for part in _END.split(caption.strip()):
        if found and not _is_whole(found[-1]):
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def _sentence(alike: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """What sentences have in common, and the rest of each."""
    if len(set(alike)) == 1:
        return alike[0], ("",) * len(alike)
    each = [sentence.split() for sentence in alike]
    first, last = _ends(each)
    if not first + last:
        return "", tuple(alike)
    words = each[0]
    is_apart = first > 0 and words[first - 1][-1] in ",;:"
    last = 0 if is_apart else last
    common = " ".join([*words[:first], OPEN, *words[len(words) - last :]])
    begin = first if is_apart else max(first - 1, 0)
    own = (" ".join(one[begin : len(one) - last]) for one in each)
    return common, tuple(own)


def _ends(each: Sequence[Words]) -> tuple[int, int]:
    """How many first and last words are common, as LaTeX that is whole without the others."""
    shortest = min(map(len, each))
    for first in range(_common(each), -1, -1):
        rest = [one[first:] for one in each]
        behind = _common([one[::-1] for one in rest])
        for last in range(min(behind, shortest - first), -1, -1):
            middles = (" ".join(one[: len(one) - last]) for one in rest)
            if all(map(_is_whole, middles)) and _is_whole(" ".join(each[0][:first])):
                return first, last
    return 0, 0


def _is_whole(latex: str) -> bool:
    """Whether every brace and every formula that begins in it ends there."""
    depth = 0
    for brace in _BRACE.findall(latex):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    quotes = latex.count("`") - sum(1 for _ in regex.finditer(r"(?<=\S)'(?!\w)", latex))
    return depth == 0 and len(_DOLLAR.findall(latex)) % 2 == 0 and quotes <= 0


def _in_all(each: Sequence[Sequence[str]]) -> list[str]:
    """The sentences that all have, in the order of the first."""
    return [one for one in each[0] if all(one in others for others in each)]


def _told(parts: Sequence[str]) -> str:
    """What is left of a caption, as sentences."""
    return " ".join(part if part[-1] in ".!?" else f"{part}." for part in parts if part)


def _common(each: Sequence[Words]) -> int:
    """How many first words are the same in all."""
    columns = enumerate(zip(*each, strict=False))
    different = (place for place, column in columns if len(set(column)) > 1)
    return next(different, min(map(len, each)))
