"""The kind ``trend``."""

from paperfig.kinds.fields import CHECKPOINT, STATISTIC, Index, Listed, Statistic
from paperfig.kinds.kind import Key, Kind

KIND = Kind(
    name="trend",
    shows="One number of each head over the steps of a training, with its interval over texts.",
    keys=(
        Key(
            "checkpoints",
            CHECKPOINT | Listed[CHECKPOINT],
            "The checkpoints of one training, in place of `checkpoint`: a list, or one pattern "
            "such as `runs/*.pt`; each a path or pattern, or a mapping as `checkpoint` is. A "
            "checkpoint's step is what its file says, else the last number of its name.",
            required=True,
        ),
        Key("statistic", Statistic, STATISTIC, required=True),
        Key(
            "drawn",
            Index,
            "The step of the checkpoint that other figures show, which a dashed line marks.",
            unset="none",
        ),
    ),
    head="all",
    every_layer=True,
    averages=True,
    pools=True,
    varies="checkpoints",
    gives="checkpoint",
)
