"""Captions and floats out of templates and facts."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType

import regex
from jinja2.exceptions import TemplateError, TemplateSyntaxError

from paperfig.captions.facts import caption_facts
from paperfig.captions.latex import TeX, escape, joined_lines
from paperfig.captions.sandbox import UNKNOWN_FACT, CaptionEnvironment
from paperfig.captions.templates import (
    ENDING,
    FLOAT_TEMPLATE,
    environment_of,
    shown_path,
    syntax_fault,
    template_name,
    templates_of,
)
from paperfig.errors import CaptionError
from paperfig.specs.style import CaptionSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData

_NAME = regex.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_LABEL = regex.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/+*-]*")
_BRACE = regex.compile(r"(?<!\\)(?:\\\\)*\K[{}]")
_COMMENT = regex.compile(r"(?<!\\)(?:\\\\)*%")
_BEYOND_ASCII = regex.compile(r"[^\x20-\x7e\n\t]+")
_LONGEST_FAULT = 400  # characters; it may show a value of the template's
_TEMPLATE_FAULTS = (
    TemplateError,
    ArithmeticError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    r"""The LaTeX of one figure, in ASCII.

    Attributes:
        text: the bare caption, one line that ends in ``%``: NAME.caption.tex.
        float: the whole float, with ``\includegraphics``, caption and label: NAME.tex.
    """

    text: str
    float: str


def render_caption(
    data: FigureData,
    drawn: DrawnFacts,
    caption: CaptionSpec,
    *,
    name: str,
    templates: Path,
    own: Mapping[str, object] = MappingProxyType({}),
) -> Caption:
    """The caption and the float of a figure.

    Args:
        data: the values that were drawn.
        drawn: how they were drawn.
        caption: what the spec asks of the caption.
        name: the figure's name, folders below figures/ included.
        templates: the project's folder of templates; one there hides the package's own.
        own: the values of the keys that only figures of this kind take, by name.

    Raises:
        CaptionError: the template is missing, faulty, asks for an unknown fact, builds
            too much or nothing, or the name or label cannot stand in LaTeX.
    """
    facts = caption_facts(data, drawn, caption, name, own)
    _check_own("caption.lead", caption.lead or "")
    _check_own("checkpoint.name_latex", data.model.name_latex or "")
    _check_plain("name", name, _NAME, "letters, digits and . _ - are right")
    label = str(facts["label"])
    _check_plain("caption.label", label, _LABEL, "letters, digits and . : _ - + * / are right")
    template = template_name(caption, data.kind)
    environment = environment_of(templates_of(caption, data.kind, templates))
    computed = _rendered(environment, template, facts)
    text = _ascii(joined_lines(f"{caption.lead or ''}\n{computed}"))
    _check_text(template, text)
    trusted = {"caption": TeX(text), "path": TeX(name), "label": TeX(facts["label"])}
    whole = _ascii(_rendered(environment, FLOAT_TEMPLATE, facts | trusted))
    return Caption(text=f"{text}%\n", float=_without_blank_lines(whole))


def _rendered(environment: CaptionEnvironment, name: str, facts: Mapping[str, object]) -> str:
    try:
        return environment.rendered(name, facts)
    except _TEMPLATE_FAULTS as error:
        raise _fault(name, error, facts) from error


def _fault(name: str, error: Exception, facts: Mapping[str, object]) -> CaptionError:
    """What went wrong, in which line of which template."""
    if isinstance(error, TemplateSyntaxError):
        return syntax_fault(name, error)
    what = (str(error) or type(error).__name__).rstrip(".")
    what = what if len(what) <= _LONGEST_FAULT else f"{what[:_LONGEST_FAULT]}…"
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if frame.filename.endswith(ENDING)]
    where = (
        f"{shown_path(inside[-1].filename)}:{inside[-1].lineno}"
        if inside
        else f"templates/{name}"
    )
    known = f"facts are {', '.join(sorted(facts))}" if what.startswith(UNKNOWN_FACT) else ""
    return CaptionError(where, what, known)


def _check_plain(where: str, value: str, pattern: regex.Pattern[str], right: str) -> None:
    if not pattern.fullmatch(value):
        raise CaptionError(where, f"{value!r} cannot stand in a LaTeX command", right)


def _check_text(template: str, text: str) -> None:
    if not text:
        raise CaptionError(f"templates/{template}", "the caption is empty")
    _check_braces(f"templates/{template}", "the caption's", text)


def _check_own(where: str, latex: str) -> None:
    """LaTeX of the authors' own may neither hide what follows it nor leave its place."""
    if _COMMENT.search(latex):
        raise CaptionError(where, "its % hides what follows, as a comment", r"\% is right")
    _check_braces(where, "its", latex)


def _check_braces(where: str, whose: str, text: str) -> None:
    steps = [1 if brace == "{" else -1 for brace in _BRACE.findall(text)]
    if sum(steps) or min(accumulate(steps), default=0) < 0:
        raise CaptionError(where, f"{whose} braces do not match", "each { needs its }")


def _ascii(tex: str) -> str:
    """The template's own characters beyond ASCII, escaped too."""
    return _BEYOND_ASCII.sub(lambda found: escape(found[0]), tex)


def _without_blank_lines(tex: str) -> str:
    """A blank line would end a paragraph, which a caption's argument may not hold."""
    return "".join(f"{line}\n" for line in tex.splitlines() if line.strip())
