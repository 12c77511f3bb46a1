"""The kind ``atlas``."""

from paperfig.kinds.kind import Kind

KIND = Kind(
    name="atlas",
    shows="Every head of every layer in small: a row a layer, a column a head, on one scale.",
    head="all",
    every_layer=True,
    averages=True,
)
