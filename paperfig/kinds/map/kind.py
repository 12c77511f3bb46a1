"""The kind ``map``."""

from paperfig.kinds.kind import BENT, CORNERS, Kind

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
        *BENT,
        "scale: relative",
        "zoom",
        "mark",
        *CORNERS,
    ),
)
