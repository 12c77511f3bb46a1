"""Where a template's syntax tree is changed, so that nothing it does goes unseen."""

from collections.abc import Iterator
from contextlib import contextmanager

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.visitor import NodeTransformer


def hooked(template: nodes.Template) -> nodes.Template:
    """The tree, in which what jinja offers no hook for passes through filters.

    The turns of a loop through ``counted``, ``~`` through ``concat``; what is compared, sliced
    or hashed as the key of a mapping through ``looked_at``.
    """
    tree: nodes.Template = _Hooked().visit(template)
    return tree


@contextmanager
def nesting(name: str | None, filename: str | None) -> Iterator[None]:
    """Depths that a parser or compiler does not reach, as a fault of the template."""
    try:
        yield
    except (RecursionError, SyntaxError, MemoryError) as error:
        raise TemplateSyntaxError("nests too deep", 1, name, filename) from error


class _Hooked(NodeTransformer):
    """Changes a tree in place."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "counted", [])
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802
        self.generic_visit(node)
        first, *rest = node.nodes
        return _filtered(first, "concat", rest)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:  # noqa: N802
        self.generic_visit(node)
        node.expr = _filtered(node.expr, "looked_at", [])
        return node

    def visit_Operand(self, node: nodes.Operand) -> nodes.Operand:  # noqa: N802
        self.generic_visit(node)
        node.expr = _filtered(node.expr, "looked_at", [])
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Getitem:  # noqa: N802
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _filtered(node.node, "looked_at", [])
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Pair:  # noqa: N802
        self.generic_visit(node)
        node.key = _filtered(node.key, "looked_at", [])
        return node


def _filtered(node: nodes.Node, name: str, arguments: list[nodes.Expr]) -> nodes.Filter:
    return nodes.Filter(node, name, arguments, [], None, None, lineno=node.lineno)
