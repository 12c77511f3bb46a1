"""Random models of transformers, small and with attention far from uniform."""

from typing import Any

import numpy as np
import torch

IDS = [7, 3, 51, 3, 19, 0, 11, 7, 3, 2, 41, 23, 5]
HEADS, WINDOW, CONTEXT = 6, 5, 29
SIZES = {
    "vocab_size": 53, "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": HEADS,
    "bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 1,
}  # fmt: skip
PLACES = {"max_position_embeddings": CONTEXT}
GROUPED = PLACES | {"intermediate_size": 32, "num_key_value_heads": 2, "head_dim": 10}
MIXED = GROUPED | {
    "sliding_window": WINDOW,
    "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
}
CAPPED = {"attn_logit_softcapping": 1.5, "query_pre_attn_scalar": 3}
EXPERTS = {"num_local_experts": 2, "num_experts_per_tok": 1, "initial_context_length": CONTEXT}
CHUNKED = {
    "attention_chunk_size": WINDOW, "intermediate_size_mlp": 32, "num_local_experts": 2,
    "layer_types": ["chunked_attention", "full_attention", "chunked_attention"],
}  # fmt: skip
DOUBLE = {
    "d_model": 48, "encoder_layers": 3, "decoder_layers": 2, "encoder_attention_heads": HEADS,
    "decoder_attention_heads": HEADS, "encoder_ffn_dim": 31, "decoder_ffn_dim": 31,
    "decoder_start_token_id": 2,
}  # fmt: skip
T5 = {
    "d_model": 48, "d_kv": 8, "d_ff": 31, "num_layers": 3, "num_decoder_layers": 2,
    "num_heads": HEADS, "decoder_start_token_id": 0,
}  # fmt: skip

TYPES: dict[str, dict[str, Any]] = {
    "albert": PLACES | {"intermediate_size": 31, "embedding_size": 16},
    "bart": PLACES | DOUBLE,
    "bert": PLACES | {"intermediate_size": 31},
    "gemma2": MIXED | CAPPED,
    "gpt2": PLACES,
    "gpt_oss": MIXED | EXPERTS,
    "llama": GROUPED,
    "llama4_text": GROUPED | CHUNKED,
    "modernbert": PLACES | {"intermediate_size": 31, "local_attention": 6},
    "t5": T5,
}
"""What a small configuration of each type has besides `SIZES`."""


def small(model_type: str, **changes: object) -> Any:
    """A random model of the type, in training mode; BERT and its kin without a head."""
    from transformers import CONFIG_MAPPING, AutoModel

    special = {"cls_token_id": 1, "sep_token_id": 1} if model_type == "modernbert" else {}
    config = CONFIG_MAPPING[model_type](**SIZES | TYPES[model_type] | special | changes)
    torch.manual_seed(1)
    model = AutoModel.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.15 * torch.randn_like(parameter))
    return model.train()


def eager(model: Any, of: str = "attentions", **inputs: list[int]) -> list[np.ndarray]:
    """Every layer's weights as transformers returns them."""
    model.set_attn_implementation("eager")
    rows = {name: torch.tensor([row]) for name, row in inputs.items()}
    with torch.no_grad():
        maps = model.eval()(**rows, output_attentions=True)[of]
    return [one[0].numpy() for one in maps]
