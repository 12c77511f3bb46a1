"""The kind ``map``."""

from paperfig.kinds.kind import CORNERS, Kind

KIND = Kind(
    name="map",
    shows="The weights of one head, or of several as small multiples on one scale.",
    signed=True,
    averages=True,
    in_training=True,
    takes=(
        "colorbar: right",
        "colorbar: below",
        "columns",
        "scale: sqrt",
        "scale: log",
        "scale: relative",
        "zoom",
        "mark",
        *CORNERS,
    ),
)
