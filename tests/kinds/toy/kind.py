"""The kind ``toy``."""

from paperfig.kinds.fields import Count, Fraction
from paperfig.kinds.kind import Key, Kind

KIND = Kind(
    name="toy",
    shows="The weights of one head that reach a bound.",
    keys=(
        Key("least", Fraction, "Weights below it are shown as 0.", required=True),
        Key("margin", Count, "Points around the map.", default=2),
    ),
    head="mean",
)
