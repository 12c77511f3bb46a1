r"""The alternative text of a figure: what it shows in plain words, for who does not see it.

It stands in an option of ``\includegraphics``, so that LaTeX reads nothing in it.
"""

import unicodedata

import regex

from paperfig.captions.latex import TeX, joined_lines

LONGEST = 300
"""Characters; a screen reader says them in one go."""

_HARMLESS = regex.compile(r"[A-Za-z0-9 .,()+/<>=*-]")
_POWER = regex.compile(r"\\ensuremath\{(?:(\S+) \\times )?10\^\{(-?\d+)\}\}")
_SENTENCE = regex.compile(r"(?<=\.) (?=[A-Z0-9])")
_SPELLED = {"−": "-", "–": "-", "×": "x", "√": "root "}


def plain(text: str) -> TeX:
    """A name or a token in characters that LaTeX prints as they are, Greek letters spelled.

    Accents are dropped. Empty where it has others, or no letter and no digit: then its place
    says which one it is.

    >>> plain("κ = 0.3"), plain(" café"), plain("周"), plain(" ,")
    ('kappa = 0.3', 'cafe', '', '')
    """
    whole = unicodedata.normalize("NFKD", " ".join(text.split()))
    letters = [_letter(one) for one in whole if not unicodedata.combining(one)]
    written = "" if None in letters else "".join(filter(None, letters))
    return TeX(written if any(map(str.isalnum, written)) else "")


def alternative(tex: str) -> TeX:
    r"""What a template says, on one line, as many whole sentences as are not too long.

    >>> alternative("Weights from \\ensuremath{2 \\times 10^{-5}} to 0.5.\nSo\n.")
    'Weights from 2e-5 to 0.5. So.'
    """
    written = _POWER.sub(lambda power: f"{power[1] or 1}e{power[2]}", joined_lines(tex))
    kept, *others = _SENTENCE.split(written)
    for sentence in others:
        if len(kept) + len(sentence) < LONGEST:
            kept += f" {sentence}"
    return TeX(kept)


def _letter(character: str) -> str | None:
    """A harmless character as it is, a Greek one by its name; None for another."""
    if _HARMLESS.fullmatch(character):
        return character
    name = unicodedata.name(character, "")
    if name.startswith("GREEK") and " LETTER " in name:
        return name.partition(" LETTER ")[2].partition(" ")[0].lower()
    return _SPELLED.get(character)
