"""Which words of the caption templates are said at all: each is marked, and looked for."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from jinja2 import FunctionLoader, nodes
from jinja2.visitor import NodeTransformer
from revisions.told import Told

import paperfig.captions
from paperfig.captions.sandbox import CaptionEnvironment
from paperfig.captions.templates import ENDING, FLOAT_TEMPLATE, OF_KIND
from paperfig.kinds import KINDS

_SHARED = Path(paperfig.captions.__file__).parent / "templates"
_MARK = re.compile(r"ZQ(\d+)QZ")
_WORDS_FROM = 2
"""Macros are called with what they look at first, and with words from this argument on."""


class Words(NamedTuple):
    """What a template can print: its name, the line, the text."""

    template: str
    line: int
    text: str


def unsaid(cases: Iterable[Told]) -> list[Words]:
    """The words of all templates that no caption or float of the cases says, in order."""
    environments = {kind: MarkedEnvironment(kind) for kind in KINDS}
    said = {words for case in cases for words in environments[case.data.kind].said_of(case)}
    known = {words for environment in environments.values() for words in environment.words}
    return sorted(known - said)


class MarkedEnvironment(CaptionEnvironment):
    """The templates of a kind, with a mark before each of their words."""

    def __init__(self, kind: str) -> None:
        super().__init__(FunctionLoader(self._source))
        self._kind = kind
        self.words: list[Words] = []
        self.filters["alternative"] = str  # marks are no words of a text that has room for few

    def said_of(self, case: Told) -> Iterator[Words]:
        """What the case's caption and float say."""
        facts = case.facts
        for name in (f"{self._kind}{ENDING}", FLOAT_TEMPLATE):
            for number in _MARK.findall(self.rendered(name, facts)):
                yield self.words[int(number)]

    def _source(self, name: str) -> str:
        is_own = name in {OF_KIND, f"{self._kind}{ENDING}"}
        path = KINDS[self._kind].caption if is_own else _SHARED / Path(name).name
        return path.read_text("utf-8")

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        own = f"{self._kind}{ENDING}" if name == OF_KIND else Path(str(name)).name
        marked: nodes.Template = _Marks(own, self.words).visit(template)
        return marked


class _Marks(NodeTransformer):
    """Puts a mark before every text that a template can print."""

    def __init__(self, name: str, words: list[Words]) -> None:
        self._name, self._words = name, words

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:  # noqa: N802
        if node.data.strip():
            node.data = self._marked(node, node.data)
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        self._mark(node.value)
        return node

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        self._mark(node.expr1)
        self._mark(node.expr2)
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        for argument in node.args[_WORDS_FROM:]:
            self._mark(argument)
        return node

    def _mark(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            node.value = self._marked(node, node.value)

    def _marked(self, node: nodes.Node, text: str) -> str:
        self._words.append(Words(self._name, node.lineno, text.strip()))
        return f"ZQ{len(self._words) - 1}QZ{text}"
