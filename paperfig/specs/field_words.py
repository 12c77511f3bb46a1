"""The field's own words for what specs say, and the words that specs use."""

from collections.abc import Mapping

from paperfig.specs.nodes import KeyPath


def _each(words: str, keys: KeyPath) -> dict[str, KeyPath]:
    return dict.fromkeys(words.split(), keys)


KEY_WORDS: Mapping[str, KeyPath] = {
    **_each("kind type plot plot_type view chart", ("figure",)),
    **_each("model weights ckpt model_path checkpoint_path pretrained", ("checkpoint",)),
    **_each("model_name model_label", ("checkpoint", "name")),
    **_each("prompt sentence sentences input input_text sequence string", ("excerpt", "text")),
    **_each("data corpus dataset_name data_path", ("excerpt", "dataset")),
    **_each("token_ids input_ids tokens", ("excerpt", "ids")),
    **_each("column text_column", ("excerpt", "field")),
    **_each("offset", ("excerpt", "start")),
    **_each("example sample index idx", ("excerpt", "row")),
    **_each(
        "seq_len max_seq_len seq_length sequence_length max_length max_len max_tokens n_tokens "
        "num_tokens context_length block_size",
        ("excerpt", "length"),
    ),
    **_each("n_samples num_samples n_examples batch_size", ("excerpt", "count")),
    **_each("prompts", ("excerpt", "rows")),
    **_each("random_seed rng", ("excerpt", "seed")),
    **_each("layers layer_idx layer_index block", ("layer",)),
    **_each("heads head_idx head_index attention_head average_heads mean_heads", ("head",)),
    **_each("temperature temp kappa_beta", ("kappa",)),
    **_each("causal_mask is_causal", ("mask", "causal")),
    **_each("mask_self_attention mask_self self_attention exclude_self", ("mask", "self")),
    **_each("sliding_window window_size", ("mask", "window")),
    **_each("dtype", ("precision",)),
    **_each("cmap colormap colourmap color_map colors", ("style", "palette")),
    **_each("vmin vmax clim range", ("style", "limits")),
    **_each("norm normalization color_scale", ("style", "scale")),
    **_each("figsize size fig_width", ("style", "width")),
    **_each("fig_height aspect", ("style", "height")),
    **_each("title", ("style", "titles")),
    **_each("tick_labels ticks xticklabels yticklabels", ("style", "labels")),
    **_each("cbar color_bar", ("style", "colorbar")),
    **_each("ncols ncol n_cols n_columns col_wrap", ("style", "columns")),
    **_each("fontname font_family", ("style", "font")),
    **_each("fontsize label_size labelsize", ("style", "font_size")),
    **_each("highlight", ("style", "mark")),
    **_each("format file_format", ("style", "formats")),
    **_each("conference journal", ("style", "venue")),
}
"""Keys by the words that others use for them."""

VALUE_WORDS: Mapping[KeyPath, Mapping[object, str]] = {
    ("figure",): {
        **dict.fromkeys(("heatmap", "pattern", "attention", "attention_map", "matrix"), "map"),
        **dict.fromkeys(("grid", "model_view", "all_heads"), "atlas"),
        **dict.fromkeys(("head_view", "bertviz", "arcs", "bipartite"), "lines"),
        **dict.fromkeys(("kl", "divergence", "logits"), "scores"),
    },
    ("head",): {"average": "mean", "avg": "mean", "every": "all"},
    ("mask", "self"): dict.fromkeys(("mask", "masked", "exclude", "excluded"), "hide"),
    ("style", "width"): {
        **dict.fromkeys(("full", "double", "textwidth", "\\textwidth", "linewidth"), "page"),
        **dict.fromkeys(("single", "half", "columnwidth", "\\columnwidth"), "column"),
    },
    ("style", "colorbar"): {
        **{True: "auto", False: "none"},
        **dict.fromkeys(("bottom", "horizontal", "beneath"), "below"),
        **dict.fromkeys(("vertical", "side"), "right"),
    },
    ("style", "scale"): {
        **{"logarithmic": "log", "square root": "sqrt"},
        **dict.fromkeys(("uniform", "log2", "lift"), "relative"),
    },
}
"""Values by the words that others use for them, for each key."""

OF_NO_KEY: Mapping[str, str] = {
    **dict.fromkeys(
        ("output", "out", "output_path", "filename", "file", "save", "save_path"),
        "the figure is named as its spec file is",
    ),
    "name": "the figure is named as its spec file is, the model by `checkpoint.name`",
    **dict.fromkeys(
        ("dpi", "resolution"), "the PDF is vector; `style: {formats: [png]}` adds a PNG"
    ),
    "device": "`paperfig build --device` chooses it",
}
"""What holds instead of a key that specs have not."""

MEMBER_OF_MAPPING: Mapping[KeyPath, tuple[str, ...]] = {
    ("excerpt",): ("text", "dataset"),
    ("caption",): ("lead",),
}
"""Of mappings, the keys that a text may have been meant for that stands in their place."""

EXAMPLES: Mapping[KeyPath, str] = {
    ("excerpt",): '{text: "The lighthouse"}',
    ("mask",): "{self: hide}",
    ("caption",): "{quote: 60}",
    ("style",): "{width: page}",
    ("style", "mark", 0): "{query: 3, key: 1}",
    ("checkpoint", "trained"): "{kappa: 0.5}",
    ("checkpoint", "trained", "mask"): "{causal: true}",
    ("tokenizer", "vocabulary"): "{dataset: wikitext-2, size: 5000}",
}
"""Mappings that are right, for each key that takes nothing but one."""

NOTES: Mapping[KeyPath, str] = {
    ("style", "venue"): "another one's column is `width: 241pt`",
}
"""What is said besides of a value that is not right, for each key."""

COUNTED_FROM_0: tuple[KeyPath, ...] = (("layer",), ("head",))
OF_NEGATIVE = "0 is the first; a build says how many there are"
"""What is said of a negative number of a layer or head."""
