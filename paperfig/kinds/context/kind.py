"""The kind ``context``."""

from paperfig.kinds.kind import BENT, CORNERS, Kind

KIND = Kind(
    name="context",
    shows="The tokens, every head, their mean with each row's uniformity, the KL matrix.",
    head="all",
    one_layer=True,
    scores=True,
    in_training=True,
    takes=("colorbar: below", "columns", *BENT, "scale: relative", "mark", *CORNERS),
    caption_length=950,
)
