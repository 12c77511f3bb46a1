"""The kind ``profile``."""

from typing import Annotated

from pydantic import Field

from paperfig.kinds.fields import Fraction, Position
from paperfig.kinds.kind import Key, Kind

MOST_HEADS = 4
MOST_NAMED = 5

KIND = Kind(
    name="profile",
    shows="The text as prose, above each token a bar of the weight that one query gives it.",
    keys=(
        Key(
            "query",
            Position,
            "The query whose weights are shown; of several tokens their mean.",
            default=-1,
        ),
        Key(
            "top",
            Annotated[int, Field(ge=0, le=MOST_NAMED)],
            "How many keys of the largest weights are named with their weight, at most.",
            default=MOST_NAMED,
        ),
        Key("least", Fraction, "The least weight of a key that is named.", default=0.05),
    ),
    caption_length=1100,
    facts={
        "queries": "the first and the last query, or the only one, each with `index`, `token` "
        "and `unique`",
        "heads": "for each head `name`, `keys` (the named ones, the largest weight first, each "
        "with `index`, `token`, `unique` and `weight`) and `share`: their weight together",
        "hidden": "how many tokens are masked from the query",
        "continued": "how many tokens are drawn as a dot, since they go on a character",
        "left_out": "how many tokens stand in lines that are left out",
        "line_least": "the share of the weight below which a line is left out, or none",
    },
)
