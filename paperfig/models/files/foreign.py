"""Files of projects that are known and not computed: named by what they are."""

from collections.abc import Mapping

from paperfig.errors import CheckpointError

_CONVERTED = "convert it to a Hugging Face folder, or use an adapter"

_LAYOUTS = (
    (
        {"transformer.wte.weight", "transformer.h.0.norm_1.weight"},
        "a litgpt checkpoint, whose rotary positions are not built yet",
        "`litgpt convert_from_litgpt` makes a Hugging Face model of it; or use an adapter",
    ),
    (
        {"transformer.wte.weight", "transformer.h.0.attn.c_q.weight"},
        "a checkpoint of nanochat or modded-nanogpt, whose rotary positions and normalised "
        "queries are not built yet",
        _CONVERTED,
    ),
    *(
        (
            {"embed.weight", f"blocks.0.attn.{projections}"},
            "a modded-nanogpt checkpoint, whose rotary positions and normalised queries are "
            "not built yet",
            _CONVERTED,
        )
        for projections in ("qkv_w", "qkvo_w")
    ),
    (
        {"tok_embeddings.weight", "layers.0.attention.wq.weight"},
        "a checkpoint in Meta's own layout of Llama (as of llama2.c), whose rotary positions "
        "are not built yet",
        _CONVERTED,
    ),
)
"""Tensors that every file of a project holds, what messages call it, and what converts it."""


def check_not_foreign(tensors: Mapping[str, object], where: str) -> None:
    """Nothing where the tensors are not those of a project that is known and not computed.

    Raises:
        CheckpointError: they are, or they are an adapter's alone.
    """
    if tensors and all("lora_" in name for name in tensors):
        raise CheckpointError(
            where,
            "a PEFT adapter without its model",
            "merge it into the model: `merge_and_unload()`, then `save_pretrained(FOLDER)`",
        )
    for names, what, remedy in _LAYOUTS:
        if names <= tensors.keys():
            raise CheckpointError(where, what, remedy)
