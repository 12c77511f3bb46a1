"""What `paperfig show` prints: text for a reader, JSON for a script."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from textwrap import wrap
from typing import Any

from paperfig.commands.show_input import WIDTH, input_lines, labelled
from paperfig.engine.reports import FigureReport, HeadNumbers, LayerReport
from paperfig.statistics.diagnosis import VERDICTS
from paperfig.statistics.summary import Number
from paperfig.values.attention import AttentionMap
from paperfig.values.mask import MaskRule

FORMAT = 1
"""The version of the JSON; docs/show.md says what it holds."""

_COLUMNS = (
    "head", "class", "H/ln n", "keys", "max", "self", "prev", "rec", "sink", "ind", "offset",
    "dist", "row_std",
)  # fmt: skip
_WITH_INTERVAL = {
    "content": "content", "H/ln n": "normalised_entropy", "max": "confidence", "self": "self",
    "prev": "previous", "rec": "recent", "sink": "sink", "ind": "induction",
    "dist": "distance",
}  # fmt: skip
_LEGEND = """\
H/ln n: entropy of a query's weights, normalised: 0 for one key, 1 for uniform. keys: effective
keys, exp H. max: the largest weight. self, prev, rec, sink, ind: the weight on the query's own
key, the previous one, the eight before it (where there are older ones), the first, and those
that follow an earlier occurrence of its token, as an induction head's. offset: the strongest
i − j, and its weight. dist: mean distance, 1 as for uniform. row_std: a legacy number, which
takes masked keys in and falls with the length. content: the share of a query's weight that
moves with the text. 95 %: where the means lie."""


def as_json(reports: Sequence[FigureReport]) -> dict[str, Any]:
    """All that was found, for a script."""
    return {"format": FORMAT, "figures": [_figure(report) for report in reports]}


def as_text(reports: Sequence[FigureReport]) -> str:
    """The same for a reader, in lines of at most 100 columns."""
    lines = [line for report in reports for line in (*_report(report), "")]
    return "\n".join([*lines, *_LEGEND.splitlines()])


def _figure(report: FigureReport) -> dict[str, Any]:
    excerpt = report.excerpt
    ids = None if excerpt.token_ids is None else [run.tolist() for run in excerpt.runs]
    return {
        "figure": report.name,
        "model": asdict(report.model),
        "excerpt": asdict(excerpt.origin)
        | {"text": excerpt.text, "unknown": excerpt.unknown}
        | {
            "tokens": excerpt.tokens.labels,
            "token_ids": ids if ids is None or excerpt.is_sampled else ids[0],
        },
        "layers": [_layer(layer) for layer in report.layers],
    }


def _layer(report: LayerReport) -> dict[str, Any]:
    attention = report.attention
    return {
        "layer": attention.layer if attention.site.is_known else None,
        "shown": asdict(attention.shown),
        "trained": asdict(attention.trained),
        "heads": report.heads,
        "mean": report.mean,
        "diagnosis": asdict(report.diagnosis),
        "kl_row_std": report.kl_row_std,
    }


def _report(report: FigureReport) -> Iterator[str]:
    yield f"[{report.name}]"
    yield from input_lines(report.model, report.excerpt)
    for layer in report.layers:
        yield ""
        yield from _heads(layer)


def _heads(report: LayerReport) -> Iterator[str]:
    attention, found = report.attention, report.diagnosis
    of_first = "" if report.heads[0]["excerpts"] == 1 else ", on the first excerpt"
    count = len(report.heads)
    heads = f"{count} head{'s' if count > 1 else ''}"
    layer = f"Layer {attention.layer}" if attention.site.is_known else "One layer"
    yield from labelled(f"{layer}:", f"{heads}, {_setting(attention)}")
    rows = [_COLUMNS, *(_row(str(entry["head"]), entry) for entry in report.heads)]
    if report.mean is not None:
        rows.append(_row("mean", report.mean))
    widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
    gap = "  " if 2 + sum(widths) + 2 * (len(widths) - 1) <= WIDTH else " "
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield ("  " + gap.join(cells)).rstrip()
    yield from _shares(report)
    yield from _intervals(report)
    yield from _left_out(report)
    yield from _contradicted(report)
    if found.kl_row_deviation is not None:
        what = "KL" if attention.shown.order is None else "Divergences"
        deviation = f"row deviation {found.kl_row_deviation:.3f} nats over the allowed keys"
        yield f"  {what}, heads added up{of_first}: {deviation}"
        if report.kl_row_std is not None:
            legacy = f"row_std {report.kl_row_std:.3f} nats over all other keys"
            yield f"  {what}, mean of heads{of_first}: {legacy}, masked ones too"
    yield ""
    yield f"  Diagnosis of {layer[0].lower()}{layer[1:]}{of_first}: {VERDICTS[found.verdict]}"
    for finding in found.findings:
        mark = "!" if finding.flagged else " "
        yield from wrap(
            f"  {mark} {finding.name:<12} {finding.text}", WIDTH, subsequent_indent=" " * 17
        )


def _shares(report: LayerReport) -> Iterator[str]:
    """The weight of each head on named spans."""
    for name in report.heads[0]["named"]:
        shares = [
            f"{entry['head']} {_number(entry['named'][name], '.2f')}" for entry in report.heads
        ]
        text = f"  {name}: {', '.join(shares)}"
        yield from wrap(text, WIDTH, subsequent_indent=" " * 14)


def _intervals(report: LayerReport) -> Iterator[str]:
    """How sure the numbers are, where there are several excerpts."""
    for entry in report.heads:
        ends = entry["intervals"]
        ranges = [
            f"{column} {ends[name][0]:.3f} to {ends[name][1]:.3f}"
            for column, name in _WITH_INTERVAL.items()
            if name in ends
        ]
        if ranges:
            text = f"  {entry['head']:<5} 95 %: {', '.join(ranges)}"
            yield from wrap(text, WIDTH, subsequent_indent=" " * 14)


def _left_out(report: LayerReport) -> Iterator[str]:
    """How many queries count, and the classes that cannot be tested here."""
    entry, length = report.heads[0], len(report.attention.queries)
    missing = entry["not_testable"]
    empty = f", {entry['rows_without_key']} none" if entry["rows_without_key"] else ""
    text = f"  Counted: {entry['rows']} of {length} queries; the others have one key{empty}."
    if entry["rows"] == length:
        text = f"  Counted: all {length} queries."
    untested = f" Not testable here: {', '.join(missing)}." if missing else ""
    yield from wrap(text + untested, WIDTH)


def _contradicted(report: LayerReport) -> Iterator[str]:
    """Where the legacy word says another thing than the class, and which to believe."""
    names = [
        f"{entry['head']} ({entry['class']}, {entry['row_std_label']})"
        for entry in report.heads
        if entry["class"] is not None
        and entry["row_std_label"] is not None
        and (entry["class"] == "uniform") is not (entry["row_std_label"] == "UNIFORM")
    ]
    if names:
        text = (
            f"  Class and row_std disagree: {', '.join(names)}. row_std depends on the length"
        )
        yield from wrap(f"{text} and on masked keys; the class does not.", WIDTH)


def _row(head: str, entry: HeadNumbers) -> tuple[str, ...]:
    name, offset = entry["class"], entry["offset"]
    strongest = _number(entry["offset_weight"], ".2f")
    return (
        head,
        "–" if name is None else f"{name} {_number(entry['class_score'], '.2f')}",
        _number(entry["normalised_entropy"], ".3f"),
        _number(entry["effective_keys"], ".1f"),
        *(
            _number(entry[key], ".2f")
            for key in ("confidence", "self", "previous", "recent", "sink", "induction")
        ),
        "–" if offset is None else f"{offset}: {strongest}",
        _number(entry["distance"], ".2f"),
        f"{_number(entry['row_std'], '.3f')} {entry['row_std_label'] or ''}".rstrip(),
    )


def _number(value: Number, form: str) -> str:
    return f"{value:{form}}" if isinstance(value, float | int) else "–"


def _setting(attention: AttentionMap) -> str:
    """The mask, κ, transport, order and score point in words."""
    shown, trained = attention.shown, attention.trained
    parts = [*_mask(shown.mask)]
    if shown.kappa is not None:
        values = list(dict.fromkeys(f"{kappa:.4g}" for kappa in shown.kappa))
        parts.append(f"κ = {', '.join(values)}")
    if shown.transport is not None:
        parts.append(f"transport {shown.transport}")
    if shown.order is not None:
        parts.append(f"Rényi order {shown.order:g}")
    if shown.score_at is not None:
        parts.append(f"scored at {shown.score_at}")
    if shown.alibi is not None:
        slopes = list(dict.fromkeys(f"{slope:.4g}" for slope in shown.alibi))
        parts.append(f"ALiBi {', '.join(slopes)} a token")
    if shown.distance_bias is not None:
        parts.append("T5's bias by distance")
    changed = "; not as trained" if shown != trained else ""
    return ", ".join(parts) + changed


def _mask(rule: MaskRule) -> Iterator[str]:
    yield "causal" if rule.causal else "not causal"
    if rule.self_attention != "keep":
        always = " always" if rule.self_attention == "hide-always" else ""
        yield f"self{always} hidden"
    if rule.window is not None:
        yield f"window of {rule.window}"
    if rule.hide_keys:
        yield f"keys {', '.join(map(str, rule.hide_keys))} hidden"
