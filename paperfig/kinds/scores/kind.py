"""The kind ``scores``."""

from paperfig.kinds.kind import BENT, Kind

KIND = Kind(
    name="scores",
    shows="KL, or logits less their row's maximum, beside weights; several κ as a sweep.",
    scores=True,
    sweeps=("kappa",),
    takes=("colorbar: below", "columns", *BENT, "scale: relative", "zoom", "mark"),
    caption_length=700,
)
