"""Captions and floats out of templates and facts."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import regex
from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    FunctionLoader,
    PrefixLoader,
    meta,
)
from jinja2.exceptions import TemplateError, TemplateNotFound, TemplateSyntaxError

from paperfig.captions.facts import caption_facts
from paperfig.captions.latex import TeX, escape, joined_lines
from paperfig.captions.sandbox import FILTER_NAMES, UNKNOWN_FACT, CaptionEnvironment
from paperfig.errors import CaptionError
from paperfig.kinds import KINDS
from paperfig.specs.style import CaptionSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData

ENDING = ".tex.j2"
FLOAT_TEMPLATE = f"float{ENDING}"
OF_KIND = f"paperfig/kind{ENDING}"
"""What templates call the package's template of the figure's kind, whichever that is."""

_PACKAGE = Path(__file__).parent
_TEMPLATES = {path.name: path for path in sorted(_PACKAGE.glob(f"templates/*{ENDING}"))} | {
    f"{kind.name}{ENDING}": kind.caption for kind in KINDS.values()
}
_SHOWN = {str(path): f"paperfig/{name}" for name, path in _TEMPLATES.items()}
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


class _Source(NamedTuple):
    """A template as it was read."""

    name: str
    text: str
    path: str


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
    _check_plain("name", name, _NAME, "letters, digits and . _ - are right")
    label = str(facts["label"])
    _check_plain("caption.label", label, _LABEL, "letters, digits and . : _ - + * / are right")
    template = _template_name(caption, data.kind)
    environment = _environment(_sources(template, data.kind, templates))
    text = _ascii(joined_lines(_rendered(environment, template, facts)))
    _check_text(template, text)
    trusted = {"caption": TeX(text), "path": TeX(name), "label": TeX(facts["label"])}
    whole = _ascii(_rendered(environment, FLOAT_TEMPLATE, facts | trusted))
    return Caption(text=f"{text}%\n", float=_without_blank_lines(whole))


def template_files(caption: CaptionSpec, kind: str, *, templates: Path) -> tuple[Path, ...]:
    """The files that a caption and its float are made from, includes followed, in order.

    Raises:
        CaptionError: a template is missing or faulty, or names another by an expression.
    """
    sources = _sources(_template_name(caption, kind), kind, templates)
    return tuple(dict.fromkeys(Path(source.path) for source in sources))


def latex_package(figures: str = "figures") -> str:
    r"""paperfig.sty, with ``\paperfigdir`` the folder of figures as the paper sees it."""
    content = (_PACKAGE / "paperfig.sty").read_text("ascii")
    return content.replace(r"\paperfigdir{figures}", rf"\paperfigdir{{{figures}}}")


def _template_name(caption: CaptionSpec, kind: str) -> str:
    return (caption.template or kind).removesuffix(ENDING) + ENDING


def _sources(template: str, kind: str, templates: Path) -> tuple[_Source, ...]:
    """The templates of a caption and its float, and all that these name, each once."""
    waiting, found = [template, FLOAT_TEMPLATE], dict[str, _Source]()
    while waiting:
        if (name := waiting.pop(0)) not in found:
            found[name] = _source(name, kind, templates)
            waiting += _references(found[name])
    return tuple(found.values())


def _source(name: str, kind: str, templates: Path) -> _Source:
    """The template of that name: one in templates/ before the package's own."""
    wanted = f"paperfig/{kind}{ENDING}" if name == OF_KIND else name
    own = FunctionLoader(_of_package)
    loader = ChoiceLoader([PrefixLoader({"paperfig": own}), FileSystemLoader(templates), own])
    try:
        text, path, _ = loader.get_source(_environment(()), wanted)
    except TemplateNotFound as error:
        raise _missing(wanted, templates) from error
    except UnicodeDecodeError as error:
        where = f"templates/{name}"
        raise CaptionError(where, "it is not UTF-8", "save the file as UTF-8") from error
    except OSError as error:
        raise CaptionError(f"templates/{name}", f"cannot be read ({error.strerror})") from error
    return _Source(name, text, str(path))


def _of_package(name: str) -> tuple[str, str, None] | None:
    path = _TEMPLATES.get(name)
    return None if path is None else (path.read_text("utf-8"), str(path), None)


def _missing(name: str, templates: Path) -> CaptionError:
    own = {path.name for path in templates.glob(f"*{ENDING}") if path.is_file()}
    existing = ", ".join(sorted(file.removesuffix(ENDING) for file in own | set(_TEMPLATES)))
    return CaptionError(
        f"templates/{name}", "there is no such template", f"there are {existing}"
    )


@lru_cache(maxsize=64)
def _references(source: _Source) -> tuple[str, ...]:
    try:
        parsed = _environment(()).parse(source.text, source.name, source.path)
    except TemplateSyntaxError as error:
        raise _fault(source.name, error, {}) from error
    names = tuple(meta.find_referenced_templates(parsed))
    if None in names:
        where, what = _shown_path(source.path), "names another template by an expression"
        right = 'write its name, as in \\BLOCK{include "ours.tex.j2"}'
        raise CaptionError(where, what, right)
    return tuple(name for name in names if name is not None)


@lru_cache(maxsize=8)
def _environment(sources: tuple[_Source, ...]) -> CaptionEnvironment:
    """The templates, compiled once in a process for as long as their text is the same."""
    known = {source.name: (source.text, source.path, None) for source in sources}
    return CaptionEnvironment(FunctionLoader(known.get))


def _rendered(environment: CaptionEnvironment, name: str, facts: Mapping[str, object]) -> str:
    try:
        return environment.rendered(name, facts)
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
    return _SHOWN.get(path, f"templates/{Path(path).name}")


def _check_plain(where: str, value: str, pattern: regex.Pattern[str], right: str) -> None:
    if not pattern.fullmatch(value):
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
