"""Figures from inside a training loop, under the argument names of the VFE projects."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from paperfig.captions.package import latex_package
from paperfig.engine.figure import assemble, draw_and_caption, drawing_job
from paperfig.engine.group import Group
from paperfig.engine.in_memory import in_memory
from paperfig.engine.manifest import STYLE
from paperfig.errors import AttentionError
from paperfig.excerpts.in_memory import first_rows
from paperfig.kinds import DEFAULT, KINDS
from paperfig.kinds.kind import Kind
from paperfig.models.as_found import random_numbers_kept
from paperfig.models.asked_once import ModelInMemory
from paperfig.project.output import write_group
from paperfig.project.workspace import Workspace
from paperfig.specs.mappings import spec_of
from paperfig.specs.schema import FigureSpec, NamedSpec
from paperfig.values.excerpt import Excerpt
from paperfig.values.figure import FigureData
from paperfig.values.record import Inputs

_PLACEHOLDERS: dict[str, Any] = {
    "checkpoint": "in memory",
    "excerpt": {"random": 1},
    "head": "all",
}
"""Keys that every spec needs; of a model in memory they name nothing."""

LOG = logging.getLogger("paperfig")


def generate_interpretability_outputs(
    *,
    model: Any,
    sample_batch: Any,
    tokenizer: Any = None,
    device: Any = None,  # noqa: ARG001 - the projects' own calls name it
    out: str | Path = "figures",
    attention: str | None = None,
    step: int | None = None,
    name: str | None = None,
    source: str | None = None,
    layer: int | None = None,
    head: int | Sequence[int] | None = None,
    kappa: float | None = None,
    mask: Mapping[str, Any] | None = None,
    style: Mapping[str, Any] | None = None,
    caption: Mapping[str, Any] | None = None,
    on_error: Literal["log", "raise"] = "log",
) -> tuple[Path, ...]:
    """Every head's map of one sequence, with caption and record, from a model in memory.

    Where the model gives KL and its κ is known, also the figure `context`: tokens, heads,
    their mean and the KL matrix on one page.

    Call it every k steps of a training loop: the files' names carry the step, and the
    model, its mode, the random numbers and the grad mode are left as found.

    Args:
        model: a torch module with ``forward_with_attention(ids)``, or V3's
            ``attention_maps``, of which the weights at score point ``entry`` are drawn; or a
            model of transformers; with ``attention`` any that is called as ``model(ids)``,
            with ids (1, token).
        sample_batch: token ids (batch, token) or (token,), or a pair or mapping that holds
            them (first, or as ``input_ids``, to which its ``attention_mask`` belongs); the
            first sequence is drawn.
        tokenizer: anything with ``decode(ids)``; a tiktoken encoding shows exact bytes. The
            data set of a VFE project's loader is one, and its unknown tokens are shown as UNK.
            Where there is none, the ids themselves are shown, and the caption quotes no text.
        device: taken so that the VFE projects' own call works as it stands; the model is asked
            where it lies.
        out: the folder for the files; figures/ of the working folder where left out.
        attention: the name of the model's attention submodules, where it has not that
            method: ``encoder.layers.*.self_attn``, ``*`` for the layer's number. Each is
            an nn.MultiheadAttention, or returns its weights, (1, head, query, key). Or
            ``cross`` or ``encoder`` of an encoder–decoder of transformers.
        step: the training step.
        name: what captions call the model; its class's name where left out.
        source: what the batch is, for the caption: ``WikiText-103 validation``.
        layer: the layer to draw, counted from 0, of those that the model returns; where it
            returns one, which one that is: else the last, by ``n_layers`` of ``model.config``.
        head: the head to draw, or several, counted from 0; where the model returns some of its
            heads, which these are.
        kappa: the temperature that captions state; else ``kappa_beta`` of the
            configuration; else none is stated.
        mask: the mask in training, as in a spec; keys left out are what the configuration
            says (``mask_self_attention``, a window, V3's prior), else causal and whole.
        style: as in a spec.
        caption: as in a spec.
        on_error: ``log`` keeps every error out of the loop, whole in the log of the logger
            ``paperfig``; ``raise`` raises it.

    Returns:
        The figures' PDFs; nothing where an error was logged.

    Inside a loop::

        if step % 500 == 0:
            paperfig.generate_interpretability_outputs(
                model=model, sample_batch=batch, tokenizer=tokenizer, step=step
            )
    """
    try:
        with random_numbers_kept():
            rows = first_rows(sample_batch)
            heads = None if head is None else _listed(head)
            memory, excerpt = in_memory(
                model,
                rows,
                tokenizer=tokenizer,
                text=source,
                attention=attention or "self",
                mask=spec_of(_PLACEHOLDERS | {"mask": dict(mask or {})}).mask,
                name=name,
                step=step,
                layer=layer,
                heads=heads,
                kappa=kappa,
            )
            appearance = {"style": dict(style or {}), "caption": dict(caption or {})}
            shown = _shown(memory, layer, heads)
            return tuple(_written(memory, shown, excerpt, Path(out), appearance))
    except Exception:
        if on_error == "raise":
            raise
        LOG.exception("no attention figures of step %s", step)
        return ()


def _listed(head: int | Sequence[int]) -> tuple[int, ...]:
    return tuple(head) if isinstance(head, Sequence) else (head,)


def _shown(
    source: ModelInMemory, layer: int | None, heads: tuple[int, ...] | None
) -> Mapping[int, tuple[int, ...]]:
    """The heads to draw, by layer.

    Raises:
        AttentionError: the model did not return one of them.
    """
    returned = source.returned
    if layer is not None and layer not in returned:
        what = f"the model did not return {layer}"
        listed = ", ".join(map(str, source.facts.there))
        raise AttentionError("layer", what, f"it returned {listed}")
    layers = returned if layer is None else {layer: returned[layer]}
    for number, there in layers.items():
        for head in heads or ():
            if head not in there:
                what = f"the model did not return head {head} of layer {number}"
                raise AttentionError("head", what, f"it returned {', '.join(map(str, there))}")
    return {number: heads or there for number, there in layers.items()}


def _written(
    source: ModelInMemory,
    shown: Mapping[int, tuple[int, ...]],
    excerpt: Excerpt,
    out: Path,
    appearance: Mapping[str, Any],
) -> Iterator[Path]:
    """Writes each layer's figures, and yields their PDFs.

    One figure of each kind that training draws; those that show scores where there are any.
    """
    kinds = [kind for kind in KINDS.values() if kind.in_training]
    specs = [
        _spec(kind, (layer, heads), source, excerpt, appearance)
        for layer, heads in shown.items()
        for kind in kinds
        if source.has_scores or not kind.scores
    ]
    group, workspace = Group(specs, source, excerpt), Workspace(out, ".")
    package = {workspace.figures / STYLE: latex_package(".").encode("ascii")}
    for spec in specs:
        name, data = _name(spec, source.facts.step), group.values(spec)
        named = NamedSpec(name=name, file="a training loop", spec=spec)
        made = assemble(
            named,
            data,
            draw_and_caption(drawing_job(named, data, workspace)),
            inputs=_inputs(data, appearance),
            workspace=workspace,
            device="",
        )
        write_group(package | dict(made.files), workspace)
        yield workspace.output(name, "pdf")


def _spec(
    kind: Kind,
    shown: tuple[int, tuple[int, ...]],
    source: ModelInMemory,
    excerpt: Excerpt,
    appearance: Mapping[str, Any],
) -> FigureSpec:
    """What a figure of a layer shows: every head of those given, each on its own."""
    layer, heads = shown
    stated = {key: value for key, value in appearance.items() if value}
    return spec_of(
        _PLACEHOLDERS
        | {"figure": kind.name, "layer": layer, "head": list(heads)}
        | {"checkpoint": {"path": "in memory", "name": source.facts.name}}
        | {"excerpt": {"ids": excerpt.runs[0].tolist()}}
        | stated
    )


def _name(spec: FigureSpec, step: int | None) -> str:
    at = "" if step is None else f"-step{step:06d}"
    kind = "" if spec.figure == DEFAULT.name else f"-{spec.figure}"
    return f"attention{at}-L{spec.layer}{kind}"


def _inputs(data: FigureData, appearance: Mapping[str, Any]) -> tuple[Inputs, Inputs]:
    """What the record says of where the numbers are from, and of the figure's style."""
    ids = data.excerpt.runs[0].tolist()
    compute = {"model": data.model.name, "step": data.model.step, "excerpt.ids": ids}
    return Inputs(keys=compute), Inputs(keys=dict(appearance))
