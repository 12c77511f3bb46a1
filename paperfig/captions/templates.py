"""Which templates a caption is made of, and where they lie.

A template is the project's own, in its folder templates/, or the package's; the project's
hides the package's of the same name. Which they are tells whether a caption is out of date;
no value of a figure is needed for that, so none is imported here.
"""

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import ChoiceLoader, FileSystemLoader, FunctionLoader, PrefixLoader, meta
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError

from paperfig.captions.sandbox import FILTER_NAMES, CaptionEnvironment
from paperfig.errors import CaptionError
from paperfig.kinds import KINDS
from paperfig.specs.style import CaptionSpec

ENDING = ".tex.j2"
FLOAT_TEMPLATE = f"float{ENDING}"
OF_KIND = f"paperfig/kind{ENDING}"
"""What templates call the package's template of the figure's kind, whichever that is."""

_OURS = {
    path.name: path for path in sorted((Path(__file__).parent / "templates").glob(f"*{ENDING}"))
} | {f"{kind.name}{ENDING}": kind.caption for kind in KINDS.values()}
_SHOWN = {str(path): f"paperfig/{name}" for name, path in _OURS.items()}


class Template(NamedTuple):
    """A template as it was read."""

    name: str
    text: str
    path: str


def template_name(caption: CaptionSpec, kind: str) -> str:
    """The template of a caption: the one that the spec names, else its kind's."""
    return (caption.template or kind).removesuffix(ENDING) + ENDING


def templates_of(caption: CaptionSpec, kind: str, folder: Path) -> tuple[Template, ...]:
    """The templates of a caption and its float, and all that these name, each once.

    Args:
        caption: what the spec asks of the caption.
        kind: the figure's kind.
        folder: the project's templates.

    Raises:
        CaptionError: a template is missing or faulty, or names another by an expression.
    """
    waiting, found = [template_name(caption, kind), FLOAT_TEMPLATE], dict[str, Template]()
    while waiting:
        if (name := waiting.pop(0)) not in found:
            found[name] = _template(name, kind, folder)
            waiting += _references(found[name])
    return tuple(found.values())


def template_files(caption: CaptionSpec, kind: str, *, templates: Path) -> tuple[Path, ...]:
    """The files that a caption and its float are made from, includes followed, in order.

    Raises:
        CaptionError: a template is missing or faulty, or names another by an expression.
    """
    found = templates_of(caption, kind, templates)
    return tuple(dict.fromkeys(Path(template.path) for template in found))


@lru_cache(maxsize=8)
def environment_of(templates: tuple[Template, ...]) -> CaptionEnvironment:
    """The templates, compiled once in a process for as long as their text is the same."""
    known = {template.name: (template.text, template.path, None) for template in templates}
    return CaptionEnvironment(FunctionLoader(known.get))


def syntax_fault(name: str, error: TemplateSyntaxError) -> CaptionError:
    """What is wrong with a template, in which line of which file."""
    what = (error.message or type(error).__name__).rstrip(".")
    known = f"filters are {', '.join(FILTER_NAMES)}" if "filter" in what else ""
    return CaptionError(f"{shown_path(error.filename or name)}:{error.lineno}", what, known)


def shown_path(path: str) -> str:
    """``templates/ours.tex.j2``; ``paperfig/map.tex.j2`` for the package's own."""
    return _SHOWN.get(path, f"templates/{Path(path).name}")


def _template(name: str, kind: str, folder: Path) -> Template:
    """The template of that name: one in templates/ before the package's own."""
    wanted = f"paperfig/{kind}{ENDING}" if name == OF_KIND else name
    own = FunctionLoader(_of_package)
    loader = ChoiceLoader([PrefixLoader({"paperfig": own}), FileSystemLoader(folder), own])
    try:
        text, path, _ = loader.get_source(environment_of(()), wanted)
    except TemplateNotFound as error:
        raise _missing(wanted, folder) from error
    except UnicodeDecodeError as error:
        where = f"templates/{name}"
        raise CaptionError(where, "it is not UTF-8", "save the file as UTF-8") from error
    except OSError as error:
        raise CaptionError(f"templates/{name}", f"cannot be read ({error.strerror})") from error
    return Template(name, text, str(path))


@cache
def _of_package(name: str) -> tuple[str, str, None] | None:
    path = _OURS.get(name)
    return None if path is None else (path.read_text("utf-8"), str(path), None)


def _missing(name: str, folder: Path) -> CaptionError:
    own = {path.name for path in folder.glob(f"*{ENDING}") if path.is_file()}
    existing = ", ".join(sorted(file.removesuffix(ENDING) for file in own | set(_OURS)))
    return CaptionError(
        f"templates/{name}", "there is no such template", f"there are {existing}"
    )


@lru_cache(maxsize=64)
def _references(template: Template) -> tuple[str, ...]:
    try:
        parsed = environment_of(()).parse(template.text, template.name, template.path)
    except TemplateSyntaxError as error:
        raise syntax_fault(template.name, error) from error
    names = tuple(meta.find_referenced_templates(parsed))
    if None in names:
        where, what = shown_path(template.path), "names another template by an expression"
        right = 'write its name, as in \\BLOCK{include "ours.tex.j2"}'
        raise CaptionError(where, what, right)
    return tuple(name for name in names if name is not None)
