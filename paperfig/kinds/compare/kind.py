"""The kind ``compare``."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from paperfig.kinds.fields import OVERRIDES, Text
from paperfig.kinds.kind import BENT, Key, Kind

_TWO: Any = {"phrase": "a mapping of two labels or more"}

KIND = Kind(
    name="compare",
    shows="The weights of variants on one scale, and how each differs from the first.",
    keys=(
        Key(
            name="variants",
            type=Annotated[
                Mapping[Text, OVERRIDES], Field(min_length=2, json_schema_extra=_TWO)
            ],
            description="What is compared, each with the first: by label, those keys of "
            "`checkpoint`, `excerpt`, `tokenizer`, `mask`, `kappa`, `transport`, `score_at` "
            "and `precision` that take the place of the spec's: `{κ = 1: {}, κ = 0.3: {kappa: "
            "0.3}}`.",
            required=True,
        ),
    ),
    averages=True,
    varies="variants",
    takes=("colorbar: below", "columns", *BENT, "zoom", "mark"),
    caption_length=850,
)
