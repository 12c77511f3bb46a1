r"""The environment that caption templates run in: trusted for TeX, not for Python.

Beyond jinja's immutable sandbox, nothing that a template does can grow without bound:
strings, lists and numbers are measured before they are made, loops and calls are
counted, and only harmless filters and methods exist.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range
from jinja2.utils import Namespace, missing
from jinja2.visitor import NodeTransformer

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

OUTPUT_LIMIT = 64 * 1024  # characters of a caption, and of any string within a template
STEP_LIMIT = 20_000  # turns of loops and calls in one template
_BIT_LIMIT = 1024  # of whole numbers

# fmt: off
_KEPT_FILTERS = (
    "abs", "default", "first", "float", "int", "last", "length", "list", "lower", "map",
    "max", "min", "reject", "rejectattr", "round", "select", "selectattr", "sort", "title",
    "trim", "unique", "upper",
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
_FILTERS: dict[str, Callable[..., Any]] = {name: FILTERS[name] for name in _KEPT_FILTERS} | {
    "capital": capital,
    "exact": exact,
    "listed": listed,
    "number": number,
    "ordinal": ordinal,
    "percent": percent,
    "significant": significant,
    "tex": TeX,
    "verbatim": verbatim,
}
FILTER_NAMES = sorted((*_FILTERS, "join"))
UNKNOWN_FACT = "there is no fact"
_SEQUENCES = (str, list, tuple)


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
        self.filters = _FILTERS | {
            "concat": lambda *parts: self.assembled(map(latex, parts)),
            "counted": self._counted,
            "join": self._joined,
        }
        self.concat = self._printed_together  # type: ignore[method-assign]
        self._steps = self._emitted = 0

    def rendered(self, name: str, facts: Mapping[str, object]) -> TeX:
        """What the template makes of the facts, within the limits.

        Raises:
            TemplateError: the template is missing or faulty, or asks for too much; what
                Python raises for a fault of its expressions passes through.
        """
        self._steps = self._emitted = 0
        return self.assembled(self.get_template(name).generate(facts))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        bounded: nodes.Template = _Bounds().visit(template)
        return bounded.set_environment(self)  # type: ignore[return-value]

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """The operator's result, measured before it is made."""
        if operator == "%" and isinstance(left, str):
            raise SecurityError("formats with %, which templates may not")
        if not _is_small(operator, left, right):
            raise SecurityError(f"makes a value larger than 64 kB with {operator}")
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """The call's result; every call is a step."""
        __self._step()
        return super().call(__context, __obj, *args, **kwargs)

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

    def _step(self) -> None:
        self._steps += 1
        if self._steps > STEP_LIMIT:
            raise SecurityError(f"takes more than {STEP_LIMIT} turns of loops and calls")

    def _counted(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self._step()
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
        return TeX("".join(kept))

    def _joined(self, items: Sequence[Any], separator: str = "") -> TeX:
        first, *rest = map(latex, self._counted(items)) if items else ("",)
        return self.assembled((first, *(separator + item for item in rest)))


class _Bounds(NodeTransformer):
    """Passes loops and ``~`` through filters, as jinja offers no hook for them."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "counted", [])
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802
        self.generic_visit(node)
        first, *rest = node.nodes
        return _filtered(first, "concat", rest)


def _filtered(node: nodes.Node, name: str, arguments: list[nodes.Expr]) -> nodes.Filter:
    return nodes.Filter(node, name, arguments, [], None, None, lineno=node.lineno)


def _is_small(sign: str, left: Any, right: Any) -> bool:
    """Whether ``left sign right`` stays below the limits."""
    both = (left, right)
    if any(isinstance(value, _SEQUENCES) for value in both):
        sizes = [len(each) if isinstance(each, _SEQUENCES) else int(each) for each in both]
        size = math.prod(sizes) if sign == "*" else sum(sizes)
        return size <= OUTPUT_LIMIT
    if all(isinstance(value, int) for value in both):
        bits = left.bit_length() * (max(right, 1) if sign == "**" else 1) + right.bit_length()
        return int(bits) <= _BIT_LIMIT
    return True
