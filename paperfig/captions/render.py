"""Captions and floats out of templates and facts."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import regex
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, meta
from jinja2.exceptions import TemplateError, TemplateNotFound, TemplateSyntaxError

from paperfig.captions.facts import caption_facts
from paperfig.captions.latex import TeX, escape, joined_lines
from paperfig.captions.sandbox import FILTER_NAMES, UNKNOWN_FACT, CaptionEnvironment
from paperfig.errors import CaptionError
from paperfig.spec.schema import CaptionSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData

ENDING = ".tex.j2"
FLOAT_TEMPLATE = f"float{ENDING}"
_PACKAGE = Path(__file__).parent
_NAME = regex.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_LABEL = regex.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/+*-]*")
_BRACE = regex.compile(r"(?<!\\)(?:\\\\)*\K[{}]")
_BEYOND_ASCII = regex.compile(r"[^\x20-\x7e\n\t]+")
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
    data: FigureData, drawn: DrawnFacts, caption: CaptionSpec, *, name: str, templates: Path
) -> Caption:
    """The caption and the float of a figure.

    Args:
        data: the values that were drawn.
        drawn: how they were drawn.
        caption: what the spec asks of the caption.
        name: the figure's name, folders below figures/ included.
        templates: the project's folder of templates; one there hides the package's own.

    Raises:
        CaptionError: the template is missing, faulty, asks for an unknown fact, builds
            too much or nothing, or the name or label cannot stand in LaTeX.
    """
    facts = caption_facts(data, drawn, caption, name)
    _check_plain("name", name, _NAME)
    _check_plain("caption.label", str(facts["label"]), _LABEL)
    template = _template_name(caption, data.kind)
    template_files(caption, data.kind, templates=templates)
    text = _ascii(joined_lines(_rendered(template, facts, templates)))
    _check_text(template, text)
    trusted = {"caption": TeX(text), "path": TeX(name), "label": TeX(facts["label"])}
    whole = _ascii(_rendered(FLOAT_TEMPLATE, facts | trusted, templates))
    return Caption(text=f"{text}%\n", float=_without_blank_lines(whole))


def template_files(caption: CaptionSpec, kind: str, *, templates: Path) -> tuple[Path, ...]:
    """The files that a caption and its float are made from, includes followed, in order.

    Raises:
        CaptionError: a template is missing or faulty, or names another by an expression.
    """
    environment = CaptionEnvironment(_loader(templates))
    waiting, found = [_template_name(caption, kind), FLOAT_TEMPLATE], dict[str, Path]()
    while waiting:
        if (name := waiting.pop(0)) in found:
            continue
        source, path = _source(environment, name, templates)
        found[name] = Path(path)
        waiting += _references(environment, name, source)
    return tuple(dict.fromkeys(found.values()))


def latex_package(figures: str = "figures") -> str:
    r"""paperfig.sty, with ``\paperfigdir`` the folder of figures as the paper sees it."""
    content = (_PACKAGE / "paperfig.sty").read_text("ascii")
    return content.replace(r"\paperfigdir{figures}", rf"\paperfigdir{{{figures}}}")


def _template_name(caption: CaptionSpec, kind: str) -> str:
    return (caption.template or kind).removesuffix(ENDING) + ENDING


def _loader(templates: Path) -> ChoiceLoader:
    own = FileSystemLoader(_PACKAGE / "templates")
    return ChoiceLoader([PrefixLoader({"paperfig": own}), FileSystemLoader(templates), own])


def _source(environment: CaptionEnvironment, name: str, templates: Path) -> tuple[str, str]:
    try:
        source, path, _ = _loader(templates).get_source(environment, name)
    except TemplateNotFound as error:
        raise _missing(error, templates) from error
    return source, str(path)


def _missing(error: TemplateNotFound, templates: Path) -> CaptionError:
    folders = (templates, _PACKAGE / "templates")
    files = (path for folder in folders for path in folder.glob(f"*{ENDING}"))
    existing = ", ".join(sorted({path.name.removesuffix(ENDING) for path in files}))
    where = f"templates/{error.name}"
    return CaptionError(where, "there is no such template", f"there are {existing}")


def _references(environment: CaptionEnvironment, name: str, source: str) -> list[str]:
    try:
        names = list(meta.find_referenced_templates(environment.parse(source, name)))
    except TemplateSyntaxError as error:
        raise _fault(name, error, {}) from error
    if None in names:
        what = "names another template by an expression"
        raise CaptionError(
            f"templates/{name}", what, 'write its name, as in \\BLOCK{include "ours.tex.j2"}'
        )
    return [reference for reference in names if reference is not None]


def _rendered(name: str, facts: dict[str, object], templates: Path) -> str:
    environment = CaptionEnvironment(_loader(templates))
    try:
        return environment.assembled(environment.get_template(name).generate(facts))
    except TemplateNotFound as error:
        raise _missing(error, templates) from error
    except _TEMPLATE_FAULTS as error:
        raise _fault(name, error, facts) from error


def _fault(name: str, error: Exception, facts: Mapping[str, object]) -> CaptionError:
    """What went wrong, in which line of which template."""
    what = (str(error) or type(error).__name__).rstrip(".")
    if isinstance(error, TemplateSyntaxError):
        where = f"{_shown_path(error.filename or name)}:{error.lineno}"
        known = f"filters are {', '.join(FILTER_NAMES)}" if "filter" in what else ""
        return CaptionError(where, (error.message or what).rstrip("."), known)
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if frame.filename.endswith(ENDING)]
    where = (
        f"{_shown_path(inside[-1].filename)}:{inside[-1].lineno}"
        if inside
        else f"templates/{name}"
    )
    known = f"facts are {', '.join(sorted(facts))}" if what.startswith(UNKNOWN_FACT) else ""
    return CaptionError(where, what, known)


def _shown_path(path: str) -> str:
    """``templates/ours.tex.j2``; ``paperfig/map.tex.j2`` for the package's own."""
    own = Path(path).parent == _PACKAGE / "templates"
    return f"{'paperfig' if own else 'templates'}/{Path(path).name}"


def _check_plain(where: str, value: str, pattern: regex.Pattern[str]) -> None:
    if not pattern.fullmatch(value):
        right = "letters, digits and . _ - are right"
        raise CaptionError(where, f"{value!r} cannot stand in a LaTeX command", right)


def _check_text(template: str, text: str) -> None:
    if not text:
        raise CaptionError(f"templates/{template}", "the caption is empty")
    steps = [1 if brace == "{" else -1 for brace in _BRACE.findall(text)]
    if sum(steps) or min(accumulate(steps), default=0) < 0:
        what = "the caption's braces do not match"
        raise CaptionError(f"templates/{template}", what, "each { needs its }")


def _ascii(tex: str) -> str:
    """The template's own characters beyond ASCII, escaped too."""
    return _BEYOND_ASCII.sub(lambda found: escape(found[0]), tex)


def _without_blank_lines(tex: str) -> str:
    """A blank line would end a paragraph, which a caption's argument may not hold."""
    return "".join(f"{line}\n" for line in tex.splitlines() if line.strip())
