"""The types of which a spec's keys are made, those of every kind and a kind's own.

``phrase`` and ``unset`` travel in pydantic's JSON Schema: what a text that fits a pattern is
called, and what holds where a key is left out. Messages and reference read them there.
"""

from typing import Annotated, Any, ForwardRef, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from paperfig.values.named_statistics import NUMBERS, SHARE
from paperfig.values.palettes import NAMED, OURS, OURS_DIVERGING

Item = TypeVar("Item")

_LENGTH = r"(0?\.[0-9]*[1-9][0-9]*|[1-9][0-9]*(\.[0-9]+)?)"
_WIDTH = rf"^(column|page|{_LENGTH} column|{_LENGTH} ?(in|pt|bp|cm|mm))$"


class SpecModel(BaseModel):
    """A mapping of the spec: frozen, strict, closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_by_name=True)


def written_as(pattern: str, phrase: str) -> Any:
    """A text's pattern, and what messages and reference call a text that fits it."""
    return Field(pattern=pattern, json_schema_extra={"phrase": phrase})


def optional(description: str, unset: str = "") -> Any:
    """A key that may be left out, and what holds then."""
    return Field(default=None, description=description, json_schema_extra={"unset": unset})


Index = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
MOST_EXCERPTS = 10_000
Several = Annotated[int, Field(ge=2, le=MOST_EXCERPTS)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1)]
TypeSize = Annotated[float, Field(ge=5, le=30)]
Text = Annotated[str, Field(min_length=1)]
_PALETTES: Any = {
    "phrase": f"{', '.join([*OURS, *OURS_DIVERGING])}, or a colormap of seaborn or matplotlib",
    "examples": [name for names in NAMED.values() for name in names],
}
PaletteName = Annotated[str, Field(min_length=1, json_schema_extra=_PALETTES)]
Sha256 = Annotated[str, written_as("^[0-9a-f]{64}$", "64 hexadecimal digits in lower case")]
HeadName = Annotated[
    str, written_as(r"^L(0|[1-9][0-9]{0,5})H(0|[1-9][0-9]{0,5})$", "a reference such as L4H11")
]
FunctionName = Annotated[
    str,
    written_as(
        r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$",
        "a function such as package.module:function",
    ),
]
Width = Annotated[
    str, written_as(_WIDTH, 'column, page, "0.48 column" or a length such as 3.25in or 240pt')
]


class ScoresFile(SpecModel):
    """A score of the authors' own for each head."""

    model_config = ConfigDict(json_schema_extra={"phrase": "{file, name}"})

    file: Text = Field(
        description="A .csv file, from the project's root: a row a head, with the columns "
        "`layer`, `head` and `value`."
    )
    name: Text = Field(description="What axes and caption call the score.")

    def __str__(self) -> str:
        return self.name


# No type checker knows a choice that is computed.
NumberOfHeads: Any = Literal[(*NUMBERS,)]
Statistic = NumberOfHeads | Annotated[str, written_as(SHARE, "share(SPAN)")] | ScoresFile
STATISTIC = (
    "Which number of each head is shown, by its name in docs/show.md; `share(SPAN)` is the "
    "weight on a span of `excerpt.spans`, and a file has a score of your own."
)
# YAML gives lists: strictness would refuse one where a tuple is wanted.
Listed = Annotated[tuple[Item, ...], Field(strict=False, min_length=1)]
Pair = Annotated[tuple[Item, Item], Field(strict=False)]
RowRange = Annotated[
    tuple[Index, Index],
    Field(strict=False, json_schema_extra={"phrase": "[first, last]"}),
]


# Mappings of the spec itself, which `paperfig.specs.every_kind` knows by these names.
CHECKPOINT: Any = ForwardRef("Checkpoint")
OVERRIDES: Any = ForwardRef("Overrides")


class PhraseSpec(SpecModel):
    """A phrase of the text, and which of its occurrences."""

    model_config = ConfigDict(json_schema_extra={"phrase": "{find, nth}"})

    find: Text = Field(description="The phrase, just as the text has it.")
    nth: Count | None = optional("Which occurrence of the phrase.", "the only one")


_Place = Annotated[int, Field(json_schema_extra={"phrase": "an index"})]
_Named = Annotated[
    str, Field(min_length=1, json_schema_extra={"phrase": "a phrase, a span's name"})
]
_Range = Annotated[
    tuple[int, int], Field(strict=False, json_schema_extra={"phrase": "[first, last]"})
]
Position = _Place | _Range | _Named | PhraseSpec
