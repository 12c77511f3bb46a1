"""What is asked of a model of transformers that a program holds, and what it says of itself."""

import inspect
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64

from paperfig.errors import AttentionError
from paperfig.models.huggingface.model_types import title_of
from paperfig.values.site import Stack

STACKS: Mapping[str, Stack] = {"self": "decoder", "cross": "cross", "encoder": "encoder"}
"""What a model itself offers: of its only stack or the decoder, across, of the encoder."""

_CROSS = re.compile(r"cross|enc_?dec|encoder_attn", re.IGNORECASE)
"""What decoders call the attention to the encoder: ``encoder_attn``, ``EncDecAttention`` …"""

_COUNTS = {
    "encoder": ("encoder_layers", "num_hidden_layers"),
    "decoder": ("decoder_layers", "num_decoder_layers", "num_hidden_layers"),
}
"""Where a configuration keeps how many layers a stack has."""


class AskedModel:
    """Which attention of which model is asked for.

    Raises:
        AttentionError: the model has none such, or reads no text.
    """

    def __init__(self, model: Any, attention: str) -> None:
        self.model, self.attention, self.stack = model, attention, STACKS[attention]
        self.takes = inspect.signature(model.forward).parameters
        self.is_double = "decoder_input_ids" in self.takes
        where = type(model).__name__
        if "input_ids" not in self.takes:
            raise AttentionError(where, "it takes no `input_ids`", "a model of text is right")
        if attention != "self" and not self.is_double:
            what = f"{where} is no encoder–decoder"
            raise AttentionError("attention", what, '"self" is right for its only stack')

    def rows(
        self, rows: Mapping[str, Int64[np.ndarray, " token"]]
    ) -> Mapping[str, Int64[np.ndarray, " token"]]:
        """What the model is given of the rows; a decoder's start where they do not say it."""
        own = {key: row for key, row in rows.items() if key in self.takes}
        if self.is_double and "decoder_input_ids" not in own:
            own["decoder_input_ids"] = np.array([self._start])
        for key in own.keys() & {"input_ids", "decoder_input_ids"}:
            self._check_ids(key, own[key])
        return own

    @property
    def switched_off(self) -> Mapping[str, bool]:
        """Options that its forward is called without: they keep what nobody asks for.

        Where hidden states are asked for, transformers puts hooks into the model for good.
        """
        said = ("output_attentions", "output_hidden_states")
        options = [name for name in said if getattr(self.model.config, name, False)]
        return dict.fromkeys(options + ["use_cache"] * ("use_cache" in self.takes), False)

    @property
    def n_rows(self) -> int | None:
        """How many rows the token table has, where it is one."""
        table = self.model.get_input_embeddings()
        return table.num_embeddings if isinstance(table, torch.nn.Embedding) else None

    @property
    def context(self) -> int | None:
        """The longest sequence, where the configuration says one."""
        longest = getattr(self._config, "max_position_embeddings", None)
        return longest if isinstance(longest, int) and longest > 0 else None

    @property
    def n_layer(self) -> int | None:
        """How many layers the stack has, where the configuration says it."""
        decodes = self.is_double or getattr(self._config, "is_decoder", False)
        part = "decoder" if decodes and self.stack != "encoder" else "encoder"
        counts = (getattr(self._config, it, None) for it in _COUNTS[part])
        return next((count for count in counts if isinstance(count, int)), None)

    @property
    def title(self) -> str:
        """What the field calls models of its class, and which part is shown of two."""
        title = title_of(self.model.config)
        part = "encoder" if self.stack == "encoder" else "decoder"
        return f"{title} {part}" if self.is_double else title

    def stack_of(self, module: torch.nn.Module) -> Stack:
        """Whose attention a module is; of a single stack the decoder's, as `Site` has it."""
        if not self.is_double:
            return "decoder"
        if module in self._encoder:
            return "encoder"
        return "cross" if _CROSS.search(self._names[module]) else "decoder"

    @cached_property
    def _encoder(self) -> set[torch.nn.Module]:
        return set(self.model.get_encoder().modules())

    @cached_property
    def _names(self) -> Mapping[torch.nn.Module, str]:
        return {part: name for name, part in self.model.named_modules()}

    @property
    def _config(self) -> Any:
        config = self.model.config
        return config if self.is_double else config.get_text_config()

    @property
    def _start(self) -> int:
        start = getattr(self.model.config, "decoder_start_token_id", None)
        if start is None:
            what = "nothing says what the decoder starts with"
            raise AttentionError("ids", what, "give `decoder_input_ids` beside `input_ids`")
        return int(start)

    def _check_ids(self, key: str, ids: Int64[np.ndarray, " token"]) -> None:
        """Nothing where the model has all of the ids, and places for as many."""
        where = "ids" if key == "input_ids" else key
        n_rows = int(ids.max()) + 1 if self.n_rows is None else self.n_rows
        outside = (ids < 0) | (ids >= n_rows)
        if outside.any():
            place = int(outside.argmax())
            what = f"{ids[place]} at position {place} is none of the model's"
            raise AttentionError(where, what, f"0 to {n_rows - 1} are right")
        if self.context is not None and len(ids) > self.context:
            what = f"there are {len(ids)}, and the model has places for {self.context}"
            raise AttentionError(where, what, f"at most {self.context} are right")
