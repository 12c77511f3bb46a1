"""The numbers that a ``context`` draws beside its maps."""

from paperfig.errors import AttentionError
from paperfig.statistics.rows import row_deviations, row_entropies, score_deviations
from paperfig.statistics.tables import Table, mean_weights, shown_scores
from paperfig.values.figure import FigureData, NamedArray
from paperfig.values.tokens import same_tokens


def table(data: FigureData) -> Table:
    """For each query: of the mean of the heads, and of the matrix of scores.

    Raises:
        AttentionError: the keys are of another text than the queries.
    """
    (attention,) = data.maps
    if not same_tokens(attention.queries, attention.keys):
        what = "a context is of one text, and these keys are of another"
        raise AttentionError("figure", what, "`map` or `scores` is right")
    mean, mask = mean_weights(attention), attention.mask
    columns = {
        "row_deviation": row_deviations(mean),
        "normalised_entropy": row_entropies(mean, mask),
        "score_deviation": score_deviations(shown_scores(attention), mask),
    }
    return {name: NamedArray(values=rows, axes=("query",)) for name, rows in columns.items()}
