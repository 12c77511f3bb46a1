"""A Hugging Face model as a source: the part that needs transformers."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub.errors import StrictDataclassError
from jaxtyping import Int64
from transformers import AutoConfig, AutoModel
from transformers.utils import logging

from paperfig.errors import CheckpointError
from paperfig.models.device import exact_float32
from paperfig.models.dot_product import DotProductInputs
from paperfig.models.files.prefixes import prefix_of
from paperfig.models.files.shards import Shards
from paperfig.models.files.tensors import compare_shapes
from paperfig.models.huggingface.calls import IMPLEMENTATION, register
from paperfig.models.huggingface.capture import Capture, capturing
from paperfig.models.huggingface.streamed import streamed, token_table
from paperfig.models.tables import table_facts
from paperfig.progress import working
from paperfig.values.internals import TableFacts
from paperfig.values.model import ModelFacts

_OLD_BUFFERS = r".*\.(attn|attention)\.(bias|masked_bias|causal_mask)|.*\.rotary_emb\.inv_freq"
"""Tensors that older versions of transformers stored: causal masks, what is put in the place
of a masked score, and the speeds of rotary positions."""

_CONFIG_FAULTS = (
    StrictDataclassError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What transformers raises where a value in config.json is not what it needs: it checks
few of them, and the rest fail wherever they are first used."""

_GELU_IN_STEPS, _GELU_AT_ONCE = "gelu_new", "gelu_pytorch_tanh"
"""Two names of GELU's tanh approximation in transformers (``activations.py``): the one that
GPT-2 asks for is eight passes over the hidden units, the other a single one."""


class HuggingFaceSource:
    """The attention of a Hugging Face model, run no further than the last layer wanted."""

    def __init__(
        self, facts: ModelFacts, bare: Any, shards: Shards, device: torch.device, where: str
    ) -> None:
        self.facts, self._bare = facts, bare
        self._shards = shards.below(_prefix(bare, shards))
        self._device, self._where = device, where

    def layer_inputs(
        self, token_ids: Int64[np.ndarray, " token"], wanted: Mapping[int, Sequence[int]]
    ) -> Mapping[int, DotProductInputs]:
        """Queries and keys of the heads wanted in each layer wanted."""
        if not wanted:
            return {}
        ids = torch.from_numpy(token_ids.astype(np.int64)).to(self._device)
        with working("layer by layer", max(wanted) + 1, "layers") as advance:
            capture = Capture(
                where=self._where, layers=self.facts.layers, wanted=wanted, advance=advance
            )
            with quiet(), exact_float32(), _running(self._where), capturing(capture):
                self._model(input_ids=ids[None], use_cache=False)
        return capture.found

    def tables(self) -> tuple[TableFacts, ...]:
        """How the rows of the token table differ, where config.json says how it began."""
        initial = getattr(self._bare.config, "initializer_range", None)
        if not isinstance(initial, float) or initial <= 0:
            return ()
        name = token_table(self._bare)
        table = self._shards.read([name], torch.device("cpu"))[name]
        return (table_facts("tokens", table, initial),)

    @cached_property
    def _model(self) -> Any:
        return streamed(self._bare, self._shards, self._device)


def read_config(folder: Path, where: str) -> Any:
    """The folder's configuration, as transformers has it.

    Raises:
        CheckpointError: a value in config.json is not of its kind.
    """
    try:
        config = AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except _CONFIG_FAULTS as error:
        lines = str(error).strip().splitlines()
        reason = lines[-1].strip() if lines else type(error).__name__
        raise CheckpointError(f"{where}/config.json", f"refused: {reason}") from error
    if getattr(config, "activation_function", None) == _GELU_IN_STEPS:
        config.activation_function = _GELU_AT_ONCE
    return config


def bare_model(config: Any, shards: Shards, where: str) -> Any:
    """The model that config.json describes, without content: on the device ``meta``.

    Raises:
        CheckpointError: tensors are missing, misshapen or unexpected, or the
            configuration describes no model at all, or one whose attention cannot be seen.
    """
    register()
    try:
        with torch.device("meta"):
            model = AutoModel.from_config(  # type: ignore[no-untyped-call]
                config, attn_implementation=IMPLEMENTATION, trust_remote_code=False
            )
    except _CONFIG_FAULTS as error:
        if error.args == (IMPLEMENTATION,):
            raise CheckpointError(
                where,
                f"the attention of a {config.model_type} does not go through transformers' "
                "attention functions",
                "a newer transformers may be right",
            ) from error
        raise CheckpointError(
            f"{where}/config.json", f"describes no model ({error})", "sizes that fit are right"
        ) from error
    prefix = _prefix(model, shards)
    own = shards.below(prefix)
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    compare_shapes(
        {prefix + name: tensor for name, tensor in own.stored.items()},
        {prefix + name: shape for name, shape in shapes.items()},
        where=where,
        ignored=_OLD_BUFFERS,
    )
    return model


def _prefix(model: Any, shards: Shards) -> str:
    """What the model's tensors have before their names: other heads hold it as another part."""
    found = prefix_of(token_table(model), shards.stored)
    return f"{model.base_model_prefix}." if found is None else found


@contextmanager
def _running(where: str) -> Iterator[None]:
    """The model's own errors as ours: it is built as config.json says, and run for that."""
    try:
        yield
    except (torch.OutOfMemoryError, OSError):
        raise
    except _CONFIG_FAULTS as error:
        raise CheckpointError(
            f"{where}/config.json",
            f"describes a model that fails ({error})",
            "values that fit are right",
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Transformers without its warnings and progress bars; afterwards as it was before."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
