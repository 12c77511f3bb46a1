r"""The environment that caption templates run in: trusted for TeX, not for Python.

Beyond jinja's immutable sandbox, nothing that a template does can grow without bound:
strings, lists and numbers are measured before they are made, loops, calls and the values
that an operation looks at are counted, and only harmless filters and methods exist. No value
is lazy: what a filter makes, it makes at once.
"""

import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from types import CodeType
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, Template, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS, do_round
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range
from jinja2.tests import TESTS
from jinja2.utils import missing

from paperfig.captions.alternative import alternative, plain
from paperfig.captions.budget import OUTPUT_LIMIT, Budget, Namespace, is_small
from paperfig.captions.hooks import hooked, nesting
from paperfig.captions.latex import TeX, joined_lines, number
from paperfig.captions.words import (
    capital,
    exact,
    latex,
    listed,
    ordinal,
    percent,
    significant,
    verbatim,
)

_DECIMALS = 15  # of a double

# fmt: off
_KEPT_FILTERS = (
    "abs", "default", "first", "float", "int", "last", "length", "list", "lower", "map",
    "max", "min", "reject", "rejectattr", "select", "selectattr", "sort", "title",
    "unique", "upper",
)
_TEXT_METHODS = {
    "capitalize", "count", "endswith", "find", "lower", "lstrip", "rstrip", "split",
    "startswith", "strip", "title", "upper",
}
# fmt: on
_METHODS: dict[type, set[str]] = {
    str: _TEXT_METHODS,
    dict: {"get", "items", "keys", "values"},
    list: {"count", "index"},
    tuple: {"count", "index"},
    int: set(),
    float: set(),
}


def _rounded(value: Any, precision: int = 0, method: Any = "common") -> float:
    """Jinja's filter, which would raise 10 to any power."""
    if abs(precision) > _DECIMALS:
        raise SecurityError(f"rounds to {precision} decimals; at most {_DECIMALS} are right")
    return do_round(value, precision, method)


_FILTERS: dict[str, Callable[..., Any]] = {name: FILTERS[name] for name in _KEPT_FILTERS} | {
    "alternative": alternative,
    "capital": capital,
    "exact": exact,
    "listed": listed,
    "number": number,
    "ordinal": ordinal,
    "percent": percent,
    "plain": plain,
    "round": _rounded,
    "significant": significant,
    "tex": TeX,
    "verbatim": verbatim,
}
FILTER_NAMES = sorted((*_FILTERS, "join", "trim"))
UNKNOWN_FACT = "there is no fact"


class _Unknown(StrictUndefined):
    """A fact that does not exist, and says so where it is used."""

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint is None and self._undefined_obj is missing:
            return f"{UNKNOWN_FACT} {self._undefined_name!r}"
        if self._undefined_hint is None and isinstance(self._undefined_obj, dict):
            known = ", ".join(map(str, self._undefined_obj)) or "nothing"
            return f"there is no {self._undefined_name!r}, only {known}"
        return super()._undefined_message


class CaptionEnvironment(ImmutableSandboxedEnvironment):
    r"""Jinja with ``\VAR{…}``, ``\BLOCK{…}`` and ``\COMMENT{…}``.

    Every string that comes out is escaped unless it is `TeX`; numbers are formatted;
    anything else, and every unknown name, is an error. It keeps compiled templates, and
    renders one at a time.
    """

    intercepted_binops = frozenset({"+", "*", "%", "**"})

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            block_start_string=r"\BLOCK{",
            block_end_string="}",
            variable_start_string=r"\VAR{",
            variable_end_string="}",
            comment_start_string=r"\COMMENT{",
            comment_end_string="}",
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=_Unknown,
            finalize=self._printed,
            autoescape=False,
            loader=loader,
        )
        self.globals = {"range": safe_range, "namespace": Namespace}
        filters: dict[str, Any] = _FILTERS | {
            "concat": self._concatenated,
            "join": self._joined,
            "trim": self._trimmed,
        }
        tests: dict[str, Any] = TESTS | {
            "divisibleby": self._divides,
            "even": self._is_even,
            "odd": self._is_odd,
        }
        self.filters = {name: self._bounded(function) for name, function in filters.items()}
        self.filters |= {"counted": self._counted, "looked_at": self._looked_at}
        self.tests = {name: self._bounded(function) for name, function in tests.items()}
        self.concat = self._printed_together  # type: ignore[method-assign]
        self._budget, self._emitted = Budget(), 0

    def rendered(self, name: str, facts: Mapping[str, object]) -> TeX:
        """What the template makes of the facts, within the limits.

        Raises:
            TemplateError: the template is missing or faulty, or asks for too much; what
                Python raises for a fault of its expressions passes through.
        """
        self._budget, self._emitted = Budget(), 0
        return self.assembled(self.get_template(name).generate(facts))

    def get_template(self, *arguments: Any, **keys: Any) -> Template:
        """The template, compiled; each that another includes is a turn."""
        self._budget.take_turn()
        return super().get_template(*arguments, **keys)

    def compile(  # type: ignore[override]
        self, source: str, name: str | None = None, filename: str | None = None, **keys: Any
    ) -> CodeType:
        """The template's code; what Python's own compiler cannot nest is a fault of syntax."""
        with nesting(name, filename):
            code: CodeType = super().compile(source, name, filename, **keys)
        return code

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        with nesting(name, filename):
            template = hooked(super()._parse(source, name, filename))
        return template.set_environment(self)  # type: ignore[return-value]

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """The operator's result, measured before it is made."""
        self._budget.look_at(left, right)
        if operator == "%" and isinstance(left, str):
            raise SecurityError("formats with %, which templates may not")
        if not is_small(operator, left, right):
            raise SecurityError(f"makes a value larger than 64 kB with {operator}")
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """The call's result; every call is a turn."""
        __self._budget.take_turn()
        if isinstance(__obj, LoopContext):  # of a recursive loop, over other items
            __loop, __obj = __obj, lambda iterable: __loop(__self._counted(iterable))
        owner = getattr(__obj, "__self__", None)
        if isinstance(owner, str):
            for sought in args:
                __self._budget.look_for(owner, sought)
        __self._budget.look_at(owner, args, kwargs)
        return __self._kept(super().call(__context, __obj, *args, **kwargs))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """``obj[argument]``; a tuple as the argument is hashed whole."""
        self._budget.look_at(argument)
        return super().getitem(obj, argument)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``obj.attribute``; a fact that is called like a method hides it."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may see ``obj.attr``: of plain values, a few methods only."""
        for kind, allowed in _METHODS.items():
            if isinstance(obj, kind):
                return attr in allowed
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """No `str.format` at all: ``{:999999999}`` needs no attribute to grow."""

    def _bounded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A filter or test that looks at no more than may be looked at."""

        @wraps(function)
        def bounded(*args: Any, **kwargs: Any) -> Any:
            self._budget.look_at(args, kwargs)
            return self._kept(function(*args, **kwargs))

        return bounded

    def _kept(self, value: Any) -> Any:
        """A value that was made, paid for; one that is lazy is made whole."""
        made = list(self._counted(value)) if isinstance(value, Iterator) else value
        if not isinstance(made, range):
            self._budget.look_at(made)
        return made

    def _looked_at(self, value: Any) -> Any:
        self._budget.look_at(value)
        return value

    def _is_even(self, value: Any) -> bool:
        return self._divides(value, 2)

    def _is_odd(self, value: Any) -> bool:
        return not self._divides(value, 2)

    def _divides(self, value: Any, divisor: Any) -> bool:
        """Jinja's test without its ``value % divisor``, which would format a text."""
        if isinstance(value, str):
            raise TypeError(f"{reprlib.repr(value)} is a text and no number")
        return bool(value % divisor == 0)

    def _counted(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self._budget.take_turn()
            yield item

    def _printed(self, value: Any) -> TeX:
        text = latex(str(value) if isinstance(value, Undefined) else value)
        self._emitted += len(text)
        if self._emitted > OUTPUT_LIMIT:
            raise SecurityError("prints more than 64 kB")
        return text

    def _printed_together(self, pieces: Iterable[str]) -> TeX:
        """What a macro or block printed: already LaTeX, its lines joined."""
        return joined_lines(self.assembled(pieces))

    def assembled(self, pieces: Iterable[str]) -> TeX:
        """The pieces of LaTeX as one, measured while it grows."""
        kept, size = [], 0
        for piece in pieces:
            kept.append(piece)
            size += len(piece)
            if size > OUTPUT_LIMIT:
                raise SecurityError("builds a text larger than 64 kB")
        self._budget.look_at(*kept)
        return TeX("".join(kept))

    def _trimmed(self, value: Any, characters: str | None = None) -> str:
        text = value if isinstance(value, str) else str(value)
        self._budget.look_for(text, characters)
        return text.strip(characters)

    def _concatenated(self, *parts: Any) -> TeX:
        return self.assembled(map(latex, parts))

    def _joined(self, items: Iterable[Any], separator: str = "") -> TeX:
        pieces = list(map(latex, items))
        return self.assembled(
            f"{separator}{piece}" if n else piece for n, piece in enumerate(pieces)
        )
