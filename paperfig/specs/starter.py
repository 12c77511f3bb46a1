"""The text that `paperfig new` writes: a spec with the commonest options in comments."""

from collections.abc import Mapping, Sequence

from paperfig.errors import RequestError
from paperfig.kinds import DEFAULT
from paperfig.specs.scalars import write_scalar
from paperfig.specs.select import name_faults
from paperfig.values.site import HeadRef, Site

_TEXT = """\
# `paperfig build {name}` draws figures/{name}.pdf and writes its caption.
# A line that begins with # is an option left out. Every key: `paperfig schema --markdown`.
figspec: 1
figure: {kind}
checkpoint: {checkpoint}

# The text: your own, a phrase looked up in a data set, a row, a stretch, the mean of many.
excerpt: {excerpt}
# excerpt: {{dataset: wikitext-103, split: validation, find: "the lighthouse", length: 64}}
# excerpt: {{dataset: wikitext-103, split: validation, row: 3}}
# excerpt: {{dataset: wikitext-103, split: validation, count: 200, length: 128}}
# excerpt: {{dataset: data/my-text.txt, start: 0, length: 128}}
{tokenizer}

# Layer and head, both counted from 0; a list makes small multiples, mean averages all heads.
{head}
# head: [L0H0, L0H1]

# Interventions; the caption says what was trained and what is shown.
# mask: {{self: hide}}
# kappa: 0.3

# style: {{venue: neurips, width: column, labels: tokens}}
# caption: {{quote: 60, quote_style: readable}}

# One figure for each value.
# each: {{head: [L0H0, L0H1]}}
"""

_EXCERPT = {"text": "The lighthouse keeper climbed the stairs, and the stairs climbed back."}


def starter_spec(
    name: str,
    checkpoint: str | None = None,
    *,
    head: str | int | Sequence[str | int] | None = None,
    layer: int | None = None,
    excerpt: Mapping[str, str | int] | None = None,
    tokenizer: str | None = None,
    schema: str | None = None,
) -> str:
    """The YAML text of a new spec: valid as it stands, its options in comments.

    Args:
        name: the figure's name.
        checkpoint: the checkpoint's path from the project's root; None for an example.
        head: the head to show, or several; None for the layer's first.
        layer: the layer, where the head does not name it.
        excerpt: the excerpt's keys; None for an example.
        tokenizer: the tokenizer; None to leave it out.
        schema: where an editor finds the spec's JSON Schema, if it lies somewhere.

    Raises:
        RequestError: ``name`` cannot be a figure's name.
    """
    for fault in name_faults(name):
        raise RequestError(name, *fault)
    path = write_scalar(checkpoint or "checkpoints/model.pt")
    head_line = f"# yaml-language-server: $schema={schema}\n" if schema else ""
    return head_line + _TEXT.format(
        name=name,
        kind=DEFAULT.name,
        checkpoint=path,
        head=_heads(head, layer),
        excerpt=_flow(_EXCERPT if excerpt is None else excerpt),
        tokenizer="# tokenizer: gpt2"
        if tokenizer is None
        else f"tokenizer: {write_scalar(tokenizer)}",
    )


def _heads(head: str | int | Sequence[str | int] | None, layer: int | None) -> str:
    """The lines of layer and head."""
    if head is None:
        return f"head: {HeadRef(Site(layer or 0), 0)}"
    line = f"head: {head}" if isinstance(head, str | int) else f"head: {_list(head)}"
    return line if layer is None else f"layer: {layer}\n{line}"


def _list(entries: Sequence[str | int]) -> str:
    return f"[{', '.join(map(str, entries))}]"


def _flow(mapping: Mapping[str, str | int]) -> str:
    """A mapping on one line."""
    entries = (f"{key}: {write_scalar(value)}" for key, value in mapping.items())
    return f"{{{', '.join(entries)}}}"
