"""The kind ``atlas``."""

from typing import Literal

from paperfig.kinds.fields import STATISTIC, Listed, Statistic
from paperfig.kinds.kind import BENT, CORNERS, Key, Kind

KIND = Kind(
    name="atlas",
    shows="Every head of every layer in small: a row a layer, a column a head, on one scale. "
    "With `statistic` one number of each.",
    keys=(
        Key("statistic", Statistic | Listed[Statistic], STATISTIC, unset="thumbnails"),
        Key(
            "order",
            Literal["model", "value"],
            "How a layer's heads stand, with `statistic`: as in the model, or the largest "
            "first.",
            default="model",
            goes_with="statistic",
        ),
    ),
    head="all",
    every_layer=True,
    averages=True,
    takes=("colorbar: below", *BENT, *CORNERS),
    pools="statistic",
    caption_length=700,
)
