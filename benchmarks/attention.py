"""One head of one layer, against a forward pass that gives every head of every layer.

GPT-2's shape with random weights, read from a folder by both sides in each run.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from benchmarks.measure import cost
from benchmarks.rows import Row, limited, versus
from paperfig.maps.softmax import attention_map
from paperfig.models.checkpoint import load_checkpoint
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.site import Site
from paperfig.values.tokens import positions

VOCAB = 50257
Head = Callable[[], np.ndarray]


def our_head(n_token: int, layer: int, folder: str) -> Head:
    """The first head of a layer, and no layer above it."""
    torch.set_num_threads(1)
    path, ids, axis = Path(folder), _token_ids(n_token), positions(n_token)

    def work() -> np.ndarray:
        spec = CheckpointSpec(path=path.name)
        source = load_checkpoint(spec, root=path.parent, device=torch.device("cpu"))
        trained = source.facts.layers[layer].trained
        return attention_map(
            source.layer_inputs(ids, {layer: (0,)})[layer],
            site=Site(layer),
            queries=axis,
            keys=axis,
            heads=(0,),
            n_head=source.facts.layers[layer].n_head,
            shown=trained,
            trained=trained,
        ).weights[0]

    return work


def all_heads(n_token: int, layer: int, folder: str) -> Head:
    """Every layer with ``output_attentions``, as bertviz's examples ask for it."""
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.set_num_threads(1)
    ids = torch.from_numpy(_token_ids(n_token))[None]

    def work() -> np.ndarray:
        model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager")
        with torch.inference_mode():
            found = model.eval()(ids, output_attentions=True).attentions
        return np.asarray(found[layer][0, 0])

    return work


def rows(n_token: int = 1024, *, n_layer: int = 12, width: int = 768) -> Iterator[Row]:
    """Time, memory and difference at a layer in the middle; nothing without transformers."""
    if find_spec("transformers") is None:
        return
    with TemporaryDirectory() as temporary:
        folder, layer = str(Path(temporary) / "gpt2"), n_layer // 2 - 1
        save(folder, n_layer, width)
        arguments = n_token, layer, folder
        ours, theirs = (cost(task, *arguments) for task in (our_head, all_heads))
        what = f"one head, N={n_token}, layer {layer} of {n_layer}"
        yield versus(f"{what}: time", ours.seconds, theirs.seconds, "s", at_least=4)
        yield versus("  memory", ours.bytes, theirs.bytes, "B", at_least=5)
        difference = np.abs(our_head(*arguments)() - all_heads(*arguments)()).max()
        yield limited("  largest difference", float(difference), None, "", at_most=1e-6)


def _token_ids(n_token: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, VOCAB, n_token)


def save(folder: str, n_layer: int, width: int) -> None:
    """A random GPT-2 of that many layers, as a folder."""
    from transformers import GPT2Config, GPT2LMHeadModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.manual_seed(0)
    config = GPT2Config(n_layer=n_layer, n_embd=width)
    GPT2LMHeadModel(config).save_pretrained(folder)
