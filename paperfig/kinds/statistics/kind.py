"""The kind ``statistics``."""

from typing import Literal

from paperfig.kinds.fields import STATISTIC, Listed, Statistic
from paperfig.kinds.kind import Key, Kind

KIND = Kind(
    name="statistics",
    shows="Numbers of every head by its layer, a panel a number; or one number over queries, a "
    "row a head.",
    keys=(
        Key("statistic", Statistic | Listed[Statistic], STATISTIC, required=True),
        Key(
            "over",
            Literal["layers", "queries"],
            "`layers`: a dot a head, and the mean of each layer. `queries`: how the number is "
            "spread over queries, in each head.",
            default="layers",
        ),
    ),
    head="all",
    every_layer=True,
    sweeps=("statistic",),
    averages=True,
    takes=("columns",),
    pools=True,
    caption_length=850,
)
