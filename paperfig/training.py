"""Figures from inside a training loop, under the argument names of the VFE projects."""

import logging
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np

from paperfig.captions.render import latex_package
from paperfig.engine.figure import Job, assemble, draw_and_caption
from paperfig.engine.inputs import FigureInputs
from paperfig.engine.manifest import STYLE
from paperfig.engine.observation import SPEC, observation
from paperfig.engine.plan import Plan
from paperfig.kinds import DEFAULT
from paperfig.project.output import write_group
from paperfig.project.workspace import Workspace
from paperfig.specs.loader import spec_of
from paperfig.specs.schema import NamedSpec
from paperfig.values.figure import FigureData
from paperfig.values.record import Inputs

LOG = logging.getLogger("paperfig")


def generate_interpretability_outputs(
    *,
    model: Any,
    sample_batch: Any,
    tokenizer: Any,
    out: str | Path = "figures",
    attention: str | None = None,
    step: int | None = None,
    name: str | None = None,
    layer: int | None = None,
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
            ``attention_maps``, of which the weights at score point ``entry`` are drawn; with
            ``attention`` any that is called as ``model(ids)``, with ids (1, token).
        sample_batch: token ids (batch, token) or (token,), or a pair or mapping that holds
            them (first, or as ``input_ids``); the first sequence is drawn.
        tokenizer: anything with ``decode(ids)``; a tiktoken encoding shows exact bytes.
        out: the folder for the files; figures/ of the working folder where left out.
        attention: the name of the model's attention submodules, where it has not that
            method: ``encoder.layers.*.self_attn``, ``*`` for the layer's number. Each is
            an nn.MultiheadAttention, or returns its weights, (1, head, query, key).
        step: the training step.
        name: what captions call the model; its class's name where left out.
        layer: which layer the model returns, counted from 0, where it returns one; else
            the last, by ``n_layers`` of ``model.config``.
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
    """
    try:
        with _random_numbers_kept():
            observed = observation(
                model,
                sample_batch,
                tokenizer,
                attention=attention,
                step=step,
                name=name,
                layer=layer,
                kappa=kappa,
                mask=mask,
            )
            look = {"style": dict(style or {}), "caption": dict(caption or {})}
            return tuple(_write(figure, Path(out), look) for figure in observed.figures())
    except Exception:
        if on_error == "raise":
            raise
        LOG.exception("no attention figures of step %s", step)
        return ()


@contextmanager
def _random_numbers_kept() -> Iterator[None]:
    """Python's and numpy's global generators as found; torch's are the model's matter."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002


def _write(data: FigureData, out: Path, look: Mapping[str, Any]) -> Path:
    workspace = Workspace(out, ".")
    step = "" if data.model.step is None else f"-step{data.model.step:06d}"
    kind = "" if data.kind == DEFAULT.name else f"-{data.kind}"
    plan = _plan(f"attention{step}-L{data.maps[0].layer}{kind}", data, look)
    job = Job(
        name=plan.named.name,
        spec=plan.named.spec,
        data=data,
        templates=workspace.templates,
        provenance=None,
    )
    made = assemble(plan, data, draw_and_caption(job), workspace, "")
    package = {workspace.figures / STYLE: latex_package(".").encode("ascii")}
    write_group(package | dict(made.files), workspace)
    return workspace.output(plan.named.name, "pdf")


def _plan(name: str, data: FigureData, look: Mapping[str, Any]) -> Plan:
    ids = data.excerpt.token_ids.tolist()
    spec = spec_of(
        SPEC
        | {
            "figure": data.kind,
            "checkpoint": {"path": "in memory", "name": data.model.name},
            "excerpt": {"ids": ids},
            "layer": data.maps[0].layer,
            **{key: value for key, value in look.items() if value},
        }
    )
    compute = {"model": data.model.name, "step": data.model.step, "excerpt.ids": ids}
    return Plan(
        named=NamedSpec(name=name, file="a training loop", spec=spec),
        inputs=FigureInputs(compute=Inputs(keys=compute), drawing=Inputs(keys=dict(look))),
        record=None,
        status="new",
        reason="",
        action="compute",
    )
