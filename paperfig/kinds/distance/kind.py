"""The kind ``distance``."""

from paperfig.kinds.kind import Kind

KIND = Kind(
    name="distance",
    shows="The mean weight at each distance from query to key, a line a head, beside uniform "
    "weights; over several excerpts with its interval.",
    averages=True,
    pools=True,
    caption_length=900,
    facts={
        "bands": "whether there are intervals: 95 % of the mean over excerpts",
        "bands_end": "the distance up to which there are, where fewer than 5 excerpts reach "
        "farther; or none",
        "log": "whether distances are on a logarithmic axis",
        "averaged_from": "the distance from which on several are averaged, or none",
        "both_sides": "whether keys after the query are shown, at distances below 0",
        "grey": "how many heads are grey lines without a name",
    },
)
