"""The kind ``lines``."""

from paperfig.kinds.fields import Fraction
from paperfig.kinds.kind import Key, Kind

KIND = Kind(
    name="lines",
    shows="Queries on the left, keys on the right, and a line for each weight; a panel a head.",
    keys=(Key("least", Fraction, "The least weight that has a line.", default=0.1),),
    takes=("colorbar: below", "columns"),
    caption_length=750,
    facts={
        "lines": "how many lines there are, in all panels together",
        "left_out": "the share of the weight on keys that has no line",
    },
)
