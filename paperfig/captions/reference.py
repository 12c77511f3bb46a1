"""What each fact that templates may use means: the table of docs/captions.md."""

from collections.abc import Mapping

from paperfig.kinds import KINDS

_KINDS = [f"`{name}`" for name in KINDS]

FACTS = {
    # the figure
    "name": "the figure's name",
    "kind": f"the figure's kind: {' or '.join(', '.join(_KINDS).rsplit(', ', 1))}",
    "own": "the values of the keys that only figures of this kind take, by name",
    "label": "the LaTeX label of the float",
    "short": "the short caption that the spec gives, or none",
    "detail": "how much is said: `brief` or `full`",
    "vars": "your own facts: `caption: {vars: {ours: 3}}` is `vars.ours`",
    # the heads
    "head": "the heads shown (or averaged), listed: `2`, `0, 1 and 3`, `0 to 11`, `L0H1 and "
    "L1H3`; none where nothing says which they are",
    "heads": "a reference for each: `L0H2`; none likewise",
    "layer": "the layers shown, listed: `0`, `0 and 1`; none likewise",
    "layers": "the layers shown, each a number counted from 0; none likewise",
    "count": "how many heads are shown, or averaged, in a layer",
    "all_heads": "whether it is known that these are all heads of the layer, in order",
    "mean": "whether the map is the mean of the heads",
    "stacks": "whose attention it is: `decoder` (or the only stack), `encoder`, `cross`",
    # the model
    "model": "what the authors call the model, else what is known: `a 6-layer GPT`; or none",
    "named": "whether `model` is a name",
    "architecture": "what the field calls such models: `GPT`, `gauge transformer`, `Llama` …; "
    "or none",
    "family": "the model's family: `gpt`, `vfe-sim`, `llama` …",
    "n_layer": "how many layers the model has, or none",
    "step": "the training step that the file names, or none",
    "usual_transport": "how models of the family compute their transport, `taylor4`, or none",
    "defaults": "settings that the file lacks and its project's defaults supply",
    "declared": "settings that only the spec's `trained:` declares: `kappa`, `mask` …",
    "computed_elsewhere": "what was given and not computed by paperfig: `weights`, `scores` or "
    "`values`, or none",
    "computed_by": "where that was computed, in the authors' words, or none",
    # the text
    "source": "where the tokens are from: `text`, `dataset`, `random`, `ids`, or `given` with "
    "attention that was computed elsewhere",
    "dataset": "what the authors call the text or its data set, else its name in the "
    "literature (`WikiText-103`) or on the Hub, or none",
    "titled": "whether `dataset` is its name in the literature",
    "config": "the data set's configuration, or none",
    "split": "its split, or none",
    "field": "the field that holds the text, or none",
    "row": "the row, counted from 0, or none",
    "start": "how many tokens of the row or of the split's stream come before, or none",
    "rows": "the rows, where each of several excerpts is one, counted from 0",
    "row_range": "the first and the last row that were asked for, or none: all",
    "blank_rows": "how many of these rows were left out, as they have no text",
    "starts": "the same of each of several excerpts",
    "find": "the phrase that was looked for, or none",
    "join": "how rows were joined, or none",
    "revision": "the revision of the data set that was read, or none",
    "tokenizer": "the tokenizer's name",
    "length": "how many tokens the figure shows, of several excerpts of the longest",
    "shortest": "how many of the shortest excerpt; `length` where all are alike",
    "excerpts": "how many excerpts it is the mean over; 1 for one",
    "sampled": "whether excerpts were drawn by a seed",
    "tokens": "the tokens, one string each; of several excerpts the positions",
    "spans": "by their names, the stretches that the spec names, each first and last",
    "text": "all of the text, or none where the ids have none, or there are several",
    "quote": "the start of the text, as `caption: {quote, quote_style}` asks; may be empty",
    "quote_style": "`plain`, `exact` or `readable`",
    "quote_omitted": "whether text follows that is not quoted",
    "quote_edited": "whether WikiText's marks or spacing were undone in the quote",
    "key_length": "how many keys there are, where they are tokens of another text, or none",
    "key_quote": "the start of their text, or none; may be empty",
    "key_quote_omitted": "whether text of theirs follows that is not quoted, or none",
    "clean": "the clean-up that the text went through: `vfe` or `none`",
    "unknown": "how many tokens lie outside the vocabulary, shown as UNK",
    "seed": "the seed of random tokens or of where excerpts begin, or none",
    "repeat": "how often a block of random tokens is repeated, or none",
    "block": "how long that block is, or none",
    "bos": "whether a beginning-of-sequence token was asked for in front",
    "special_tokens": "the special tokens around the text, by name: `[CLS]`, `[SEP]` …",
    # the setting
    "kappa": "the temperature that is shown, listed or as a range: `1.0`; none of signed "
    "values",
    "sweep": "each κ that is shown, where the figure shows several, else nothing",
    "changed": "what differs from training: `causal`, `self_attention`, `window` …",
    "settings": "for each group of layers that share them, the mask, κ and transport; nothing "
    "of signed values whose mask is not known",
    "learned_sink": "the mean weight that goes to no key, in a model that learns such a place",
    "variants": "the labels of what the figure compares; nothing where it compares nothing",
    "compared": "for each of them its `label`, `settings`, facts of model and text, and "
    "`differs`: in which of the following it is not like the first",
    "alike": "whether they are of one `model` and one `text`, under one `mask`, with one "
    "`kappa` and by the same `scores`",
    # the drawing
    "panels": "the panels' titles",
    "scale": "of the colours: `linear`, `sqrt`, `log` or `relative`; of signed values "
    "`diverging`",
    "low": "the weight, or value, at the lower end of the colour bar; of a `relative` scale "
    "weight times number of allowed keys",
    "high": "that at the upper end",
    "limits_rule": "how these were chosen: `auto`, `full` or `given`",
    "over_share": "the share of the weights, or values, drawn that lie above, from 0 to 1",
    "under_share": "the share that lies below",
    "label_kind": "what the axes show: `tokens`, `index` or `none`",
    "label_every": "each how manyth position has a label",
    "shortened": "how many token labels end in an ellipsis",
    "continuing": "how many tokens are shown as a dot, the rest of a character of the token "
    "before",
    "two_texts": "whether queries and keys are of two texts",
    "largest": "the largest weight (or signed value, by its size) of queries with two keys or "
    "more: `weight`, `map` (which of the heads), `query` and `key`, each with `index` and "
    "`token`; or none",
    "marks": "the marked blocks: `queries` and `keys`, each a list of the first and the "
    "last, or of the only one, with `index`, `token` (or none) and `unique`: whether the axes "
    "show the token, and once",
    "bracketed": "the names of the stretches of `spans` that have a bracket at the axes",
    "zoom": "the part that panels show large beside the whole map: `tokens`, or `queries` and "
    "`keys` where they differ, each with `first`, `last`, `quote` and `quote_omitted`; none "
    "where they show all",
    "cells": "what the panels' cells are: `vector` shapes, `image` (one a panel), or `mixed`; "
    "none where there are no cells",
    "pooled": "how many queries, and how many keys, a cell stands for, with the largest weight "
    "of that block: 1 for one",
    "annotated": "what of its head each panel bears in its corner: its `entropy`, its `class` "
    "with the score, its `row_std`, or none",
    "no_key_rows": "how many rows have no key at all, in all panels together",
    "scores": "what is drawn of scores: `kl`, `logits` (less their row's maximum) or none",
    "scores_heads": "the heads of which they are, where one panel shows some heads' scores",
    "scores_low": "the score at the lower end of its colour bar, or none",
    "scores_high": "the score at the upper end, or none",
    "scores_over_share": "the share of allowed scores that lie above, or none",
    "scores_under_share": "the share that lies below, or none",
    "differences": "how differences of weights are drawn: `low`, `high`, `over_share` and "
    "`under_share`; or none",
    "table": "the numbers that the kind draws besides the maps, as lists by name",
    "row_means": "the mean over queries of each number that is drawn for each query: "
    "`row_deviation`, `normalised_entropy`, `score_deviation` of a `context`",
    "numbers": "of each number that is drawn of heads: its `name`, its `title` at axes, the "
    "`span` whose share it is (or none), whether it was `given` by the authors, the least and "
    "the largest, `low` and `high`, the heads that have these, `lowest` and `highest`, and how "
    "many heads are `missing`; where it is shown as `spread` over queries, these are medians",
    "drawn": "what only the drawing of this kind decides, by name, as said below",
    "statistics": "the numbers of each head shown, by the names of docs/show.md: "
    "`statistics[0].normalised_entropy`, `statistics[0].intervals.content`",
    "width_pt": "the figure's width in TeX points",
    "height_pt": "its height",
    "wide": "whether it is wider than a column",
}

SETTING = {
    "layers": "the layers of the group",
    "causal": "no key after the query",
    "self_attention": "`keep`, `hide` or `hide-always`",
    "window": "how many keys a query sees, itself counted, or none",
    "hide_keys": "keys that no query sees",
    "pattern": "whether keys are hidden by a mask that none of these describes",
    "inferred": "whether nobody said that mask: it is what zeros among weights show",
    "alone": "queries that see only themselves",
    "keyless": "queries that see no key at all",
    "kappa": "`low`, `high` and, where they differ, `each` with `head` and `value`; or none; "
    "`tau` likewise where κ√d divides the scores, else none",
    "transport": "`taylor4`, `exact`, `identity` or none",
    "order": "the order of Rényi's divergence, or none for KL and dot products",
    "score_at": "the beliefs that are scored, `entry` or `converged`, or none",
    "alibi": "what ALiBi adds to logits for each token of distance, like `kappa`, or none",
    "distance_bias": "whether a bias by T5's buckets of distances is added: `fixed`, `learned` "
    "or none",
    "irreps": "ℓ of each head where they are irreps of SO(3), like `kappa`, or none",
    "changed": "what differs from training",
    "trained": "`causal` … `score_at` again, as trained",
}


def facts_table() -> str:
    """The reference of facts, in Markdown."""
    own = [
        _table(f"fact of `drawn` in a `{name}`", it.facts)
        for name, it in KINDS.items()
        if it.facts
    ]
    return "\n\n".join((_table("fact", FACTS), _table("fact of `settings`", SETTING), *own))


def _table(title: str, rows: Mapping[str, str]) -> str:
    lines = [f"| {title} | what it is |", "|---|---|"]
    return "\n".join(lines + [f"| `{name}` | {meaning} |" for name, meaning in rows.items()])
