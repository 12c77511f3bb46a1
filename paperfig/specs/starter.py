"""The texts of a new spec and a new defaults.yaml: valid YAML, more options in comments."""

from collections.abc import Mapping, Sequence
from typing import Any

from paperfig.errors import RequestError
from paperfig.kinds import DEFAULT
from paperfig.specs.scalars import write_flow
from paperfig.specs.select import name_faults
from paperfig.specs.style import StyleSpec
from paperfig.specs.venues import VENUES

_TEXT = """\
# `paperfig build {name}` draws figures/{name}.pdf and writes its caption.
# A line that begins with # is an option left out. Every key: `paperfig schema --markdown`.
figspec: 1
figure: {kind}

{source}
# Layer and head, both counted from 0; all, or a list, makes small multiples, mean averages.
{head}
# head: 2

# Interventions; the caption says what was trained and what is shown.
# mask: {{self: hide}}
# kappa: 0.3

# style: {{venue: neurips, width: column, labels: tokens}}
# caption: {{quote: 60, quote_style: readable}}

# One figure for each value.
# each: {{head: [0, 1]}}
"""

_OF_A_MODEL = """\
# The model: nanoGPT's ckpt.pt, a VFE project's best_model.pt, or a Hugging Face folder. The
# path starts at the folder that holds figspec/; `name` is what the caption calls the model.
checkpoint: {checkpoint}

# The text: your own, a phrase looked up in a data set, a row, a stretch, the mean of many.
excerpt: {excerpt}
# excerpt: {{dataset: wikitext-103, split: validation, find: "the lighthouse", length: 64}}
# excerpt: {{dataset: wikitext-103, split: validation, row: 3}}
# excerpt: {{dataset: wikitext-103, split: validation, count: 200, length: 128}}
# excerpt: {{dataset: data/my-text.txt, start: 0, length: 128}}
{tokenizer}
"""

_RECORDED = """\
# Attention that was computed elsewhere, with its tokens. The path starts at the folder that
# holds figspec/; `name` is what the caption calls the model.
checkpoint: {checkpoint}
"""

_DEFAULTS = """\
# Beneath every spec of this folder and below: what one leaves out, it has from here. style and
# caption are merged key by key, everything else is replaced whole.
figspec: 1

# The venue sets widths and the size of type: {venues}.
style: {{venue: {venue}}}
# caption: {{quote: 60}}
"""

CHECKPOINT = "path/to/your/checkpoint"
"""What stands in a spec until its author names a checkpoint."""

_EXCERPT = {"text": "The lighthouse keeper lit the lamp, and the lamp lit the sea."}


def starter_spec(
    name: str,
    checkpoint: str | Mapping[str, str] | None = None,
    *,
    figure: str | None = None,
    head: str | int | Sequence[str | int] | None = None,
    layer: int | None = None,
    model_name: str | None = None,
    excerpt: Mapping[str, str | int] | None = None,
    tokenizer: str | Mapping[str, Any] | None = None,
    schema: str | None = None,
) -> str:
    """The YAML text of a new spec: valid as it stands, its options in comments.

    Args:
        name: the figure's name.
        checkpoint: the checkpoint's path from the project's root, or a mapping of a spec;
            None for `CHECKPOINT`.
        figure: the kind of figure; None for the commonest.
        head: the head to show, or several; None for all of the layer's.
        layer: the layer, where the head does not name it.
        model_name: what the caption calls the model; None to leave it out.
        excerpt: the excerpt's keys; None for an example.
        tokenizer: the tokenizer; None to leave it out.
        schema: where an editor finds the spec's JSON Schema, if it lies somewhere.

    Raises:
        RequestError: ``name`` cannot be a figure's name.
    """
    for fault in name_faults(name):
        raise RequestError(name, *fault)
    where = checkpoint or CHECKPOINT
    named = {"path": where} if isinstance(where, str) else where
    model = {**named, **({"name": model_name} if model_name else {})}
    source = _RECORDED if "recorded" in model else _OF_A_MODEL
    return _editors_line(schema) + _TEXT.format(
        name=name,
        kind=figure or DEFAULT.name,
        head=_heads(head, layer),
        source=source.format(
            checkpoint=write_flow(model),
            excerpt=write_flow(_EXCERPT if excerpt is None else excerpt),
            tokenizer="# tokenizer: gpt2"
            if tokenizer is None
            else f"tokenizer: {write_flow(tokenizer)}",
        ),
    )


def starter_defaults(*, schema: str | None = None) -> str:
    """The YAML text of a new ``defaults.yaml``.

    Args:
        schema: where an editor finds the spec's JSON Schema, if it lies somewhere.
    """
    venues = " ".join(VENUES)
    return _editors_line(schema) + _DEFAULTS.format(venues=venues, venue=StyleSpec().venue)


def _editors_line(schema: str | None) -> str:
    """The line by which editors with yaml-language-server find the schema."""
    return f"# yaml-language-server: $schema={schema}\n" if schema else ""


def _heads(head: str | int | Sequence[str | int] | None, layer: int | None) -> str:
    """The lines of layer and head."""
    if head is None:
        return f"layer: {layer or 0}\nhead: all"
    line = f"head: {write_flow(head)}"
    return line if layer is None else f"layer: {layer}\n{line}"
