"""The spec's shape: one frozen pydantic model a mapping.

These models are what crosses from ``spec/`` into the other rooms. They accept the data
of a YAML file and nothing else: no coercion, no unknown key. What the keys mean, which
values they take and what holds where they are left out is said here only; the reference,
the JSON Schema and the messages for wrong values are derived from it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

Item = TypeVar("Item")

_LENGTH = r"(0?\.\d*[1-9]\d*|[1-9]\d*(\.\d+)?)"
_WIDTH = rf"^(column|page|{_LENGTH} column|{_LENGTH} ?(in|pt|bp|cm|mm))$"


def _pattern(pattern: str, phrase: str) -> Any:
    """A text's pattern, and what messages and reference call a text that fits it."""
    return Field(pattern=pattern, json_schema_extra={"phrase": phrase})


def _key(description: str, unset: str = "") -> Any:
    """A key that may be left out, and what holds then."""
    return Field(default=None, description=description, json_schema_extra={"unset": unset})


Index = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(min_length=1)]
Sha256 = Annotated[str, _pattern("^[0-9a-f]{64}$", "64 hexadecimal digits in lower case")]
HeadName = Annotated[
    str, _pattern(r"^L(0|[1-9]\d{0,5})H(0|[1-9]\d{0,5})$", "a reference such as L4H11")
]
Width = Annotated[
    str, _pattern(_WIDTH, 'column, page, "0.48 column" or a length such as 3.25in or 240pt')
]
# YAML gives lists: strictness would refuse one where a tuple is wanted.
Listed = Annotated[tuple[Item, ...], Field(strict=False, min_length=1)]
Pair = Annotated[tuple[Item, Item], Field(strict=False)]

SelfWord = Literal["keep", "hide", "hide-always"]
Transport = Literal["taylor4", "exact"]
Venue = Literal["article", "neurips", "icml", "iclr", "acl", "ieee", "aps"]
Kind = Literal[
    "map", "context", "scores", "atlas", "profile", "lines", "statistics", "compare", "trend"
]


class SpecModel(BaseModel):
    """A mapping of the spec: frozen, strict, closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_by_name=True)


class MaskSpec(SpecModel):
    """Which keys a query may attend to. Keys left out stay as trained."""

    causal: bool | None = _key("Whether keys after the query are masked.", "as trained")
    self_attention: SelfWord | None = Field(
        default=None,
        alias="self",
        description="`hide` masks the query's own key wherever another key is left; "
        "`hide-always` masks it even where that leaves the row without a key.",
        json_schema_extra={"unset": "as trained"},
    )
    window: Count | None = _key(
        "How many keys a query sees at most, itself counted.", "as trained"
    )
    hide_keys: Listed[Index] | None = _key(
        "Positions that no query may attend to (a BOS sink, say).", "as trained"
    )


class TrainedSpec(SpecModel):
    """What the checkpoint's file does not say of its training, declared."""

    kappa: Positive | Listed[Positive] | None = _key(
        "The temperature κ, or one for each head.", "as the file says"
    )
    mask: MaskSpec | None = _key("The mask in training.", "as the file says")
    transport: Transport | None = _key("How Ω's exponential was computed.", "as the file says")


class CheckpointSpec(SpecModel):
    """Which weights, and what the caption calls them. A bare text is the `path`."""

    path: Text | None = _key("The file or Hugging Face folder, from the project's root.")
    hub: Text | None = _key("A model of the Hugging Face Hub.")
    revision: Text | None = _key("The Hub model's revision.")
    sha256: Sha256 | None = _key("The digest that the file must have.", "not checked")
    name: Text | None = _key(
        "What the caption calls the model.", "the file's stem, with a warning"
    )
    config: Text | None = _key("The file with the model's configuration.", "found beside it")
    family: Text | None = _key("The model family.", "recognised from the tensors")
    code: Text | None = _key("A folder of Python code that reads the checkpoint.")
    adapter: Text | None = _key("A Python function that reads it: `package.module:function`.")
    trained: TrainedSpec = Field(
        default=TrainedSpec(), description="What the file does not say of its training."
    )


class ExcerptSpec(SpecModel):
    """Which text: exactly one of `text`, `dataset`, `random` and `ids`."""

    text: Text | None = _key("The text itself.")
    dataset: Text | None = _key(
        "`wikitext-2`, `wikitext-103`, a name on the Hugging Face Hub, or a local file or "
        "folder (.txt .jsonl .parquet .arrow, or a saved data set)."
    )
    config: Text | None = _key("The data set's configuration.", "its only or default one")
    split: Text | None = _key("The data set's split.", "its only one")
    field: Text | None = _key("The column that holds the text.", "text")
    start: Index | None = _key("Offset of the first token in the split's stream.", "0")
    row: Index | None = _key("The row whose text is the excerpt, from its first token.")
    find: Text | None = _key("A phrase: the excerpt starts at the token that begins it.")
    nth: Count | None = _key("Which occurrence of the phrase.", "1")
    before: Index | None = _key("How many tokens to show before the phrase.", "0")
    join: Literal["none", "blank-line", "eos"] | None = _key(
        "How rows are joined into the stream.", "as the source asks, and recorded"
    )
    clean: Literal["vfe", "none"] | None = _key(
        "The VFE projects' WikiText clean-up, or none.",
        "vfe for VFE models on WikiText, else none",
    )
    random: Count | None = _key("How many token ids to draw at random.")
    seed: Index | None = _key("The seed of the random ids.", "0")
    repeat: Count | None = _key("How often the random ids are repeated in a row.", "1")
    bos: bool | None = _key("Whether one BOS token comes first.", "false")
    ids: Text | Listed[Index] | None = _key("Token ids, or an `.npy` file that holds them.")
    segments: Listed[Text] | None = _key("The two segments of a pair.")
    target: Text | None = _key("The decoder's text.")
    length: Count | None = _key("How many tokens.", "128, or less where text or context end")
    count: Count | None = _key("Over how many excerpts to average.")


class VocabularySpec(SpecModel):
    """A restricted vocabulary, rebuilt from a split."""

    dataset: Text = Field(description="The data set that is counted.")
    split: Text = Field(default="train", description="Its split.")
    size: Count = Field(description="How many tokens are kept.")


class TokenizerSpec(SpecModel):
    """A tokenizer that needs more than a name."""

    name: Text | None = _key("As the bare text: `characters`, `bytes`, a name or a path.")
    alphabet: Text | None = _key("The characters, in the order of their ids.")
    base: Text | None = _key("The tokenizer whose tokens are restricted.")
    vocabulary: VocabularySpec | None = _key("Which tokens are kept.")


class CellMark(SpecModel):
    """One outlined cell."""

    query: Index = Field(description="The cell's row.")
    key: Index = Field(description="The cell's column.")


class BlockMark(SpecModel):
    """An outlined block of cells."""

    queries: Pair[Index] = Field(description="First and last row, both outlined.")
    keys: Pair[Index] = Field(description="First and last column, both outlined.")


def _mark_form(mark: Any) -> str:
    is_block = isinstance(mark, BlockMark) or (
        isinstance(mark, Mapping) and ("queries" in mark or "keys" in mark)
    )
    return "block" if is_block else "cell"


Mark = Annotated[
    Annotated[CellMark, Tag("cell")] | Annotated[BlockMark, Tag("block")],
    Discriminator(_mark_form),
]


class StyleSpec(SpecModel):
    """How the figure looks; nothing here changes a number."""

    venue: Venue = Field(default="article", description="Whose column widths and sizes.")
    width: Width = Field(default="column", description="The page's exact width, in TeX points.")
    height: Width | None = _key("The page's height.", "what the width asks for")
    scale: Literal["linear", "sqrt", "log"] = Field(
        default="linear", description="How weights become colours; `log` ends at 1e-4."
    )
    limits: Literal["auto", "full"] | Pair[Fraction] = Field(
        default="auto",
        description="The range of colours. `auto`: 0 to the 99.5th percentile of the weights "
        "in rows with at least 8 allowed keys; `full`: 0 to the maximum.",
    )
    palette: Text | None = _key("The palette's name.", "the kind's own")
    labels: Literal["auto", "tokens", "index", "none"] = Field(
        default="auto", description="What stands along the axes; `auto`: as many as fit."
    )
    titles: bool | Listed[Text] | None = _key(
        "The panels' titles, or whether there are any.", "where there are several panels"
    )
    colorbar: bool = Field(default=True, description="Whether the colour bar is drawn.")
    font: Text | None = _key("The text's font family.", "STIX")
    zoom: Pair[Index] | None = _key("The tokens that a labelled zoom shows.")
    mark: Listed[Mark] | None = _key("Outlined cells and blocks; the caption names them.")
    provenance: Literal["digests", "full", "none"] = Field(
        default="digests", description="What the PDF says of where it is from."
    )
    formats: Listed[Literal["svg", "png"]] | None = _key("Files besides the PDF.", "none")


class CaptionSpec(SpecModel):
    """What the caption says, and how it quotes."""

    template: Text | None = _key("The template's file in templates/.", "the kind's own")
    quote: Index = Field(
        default=50, description="How many characters of the text are quoted at most."
    )
    quote_style: Literal["plain", "exact", "readable"] = Field(
        default="plain",
        description="`exact` shows every character, spaces included; `readable` undoes "
        "WikiText's marks, and the caption says so.",
    )
    label: Text | None = _key("The LaTeX label of the float.", "fig:NAME")
    short: Text | None = _key("The entry in the list of figures.", "computed")
    vars: Mapping[str, str | int | float | bool] = Field(
        default={}, description="Facts of your own for the template, by name."
    )


def _bare_path(checkpoint: Any) -> Any:
    return {"path": checkpoint} if isinstance(checkpoint, str) else checkpoint


class FigureSpec(SpecModel):
    """One figure."""

    figspec: Literal[1] = Field(description="The version of this format.")
    figure: Kind = Field(default="map", description="The figure's kind.")
    checkpoint: Annotated[
        CheckpointSpec,
        BeforeValidator(_bare_path, json_schema_input_type=Text | CheckpointSpec),
    ] = Field(description="Which weights: a path, or a mapping.")
    excerpt: ExcerptSpec = Field(description="Which text.")
    tokenizer: Text | TokenizerSpec = Field(
        default="from-checkpoint",
        description="`from-checkpoint` (`tokenizer.tiktoken` or `tokenizer.json` beside it), a "
        "tiktoken name, a `.tiktoken` file, a Hugging Face folder, `bytes` or `characters`.",
    )
    layer: Index | None = _key(
        "The layer, counted from 0.", "the only one, or as `head: L4H11` says"
    )
    head: Index | HeadName | Listed[Index | HeadName] | Literal["all", "mean"] | None = _key(
        "The head, counted from 0; a reference carries its layer; `mean` averages all heads."
    )
    mask: MaskSpec = Field(
        default=MaskSpec(), description="An intervention on the drawn layers' mask."
    )
    kappa: Positive | Listed[Positive] | None = _key(
        "An intervention on the drawn layers' temperature κ.", "as trained"
    )
    transport: Transport | None = _key(
        "An intervention on how Ω's exponential is computed.", "as trained"
    )
    score_at: Literal["entry", "converged"] | None = _key("At which beliefs V3 scores.")
    attention: Literal["self", "cross", "encoder"] = Field(
        default="self", description="Which attention of an encoder–decoder."
    )
    precision: Literal["float32", "native"] = Field(
        default="float32", description="In which precision scores are computed."
    )
    style: StyleSpec = Field(default=StyleSpec(), description="How the figure looks.")
    caption: CaptionSpec = Field(default=CaptionSpec(), description="What the caption says.")


class FileSpec(FigureSpec):
    """A spec file: one figure, or with `each` a family of them."""

    each: Mapping[str, Listed[Any] | Mapping[str, Any]] | None = _key(
        "One figure for each combination of `{dotted.key: [values]}`, or for each entry of "
        "`{label: {overrides}}`, named `stem-label`; at most 1,000 without `--many`.",
        "one figure",
    )


class NamedSpec(SpecModel):
    """A figure's spec, merged and expanded, with the figure's name and the spec's file.

    Attributes:
        name: the file's stem, with the folder below figspec/ (``appendix/heads``) and the
            label of ``each`` (``heads-L0H2``).
        file: the spec's file relative to the project root, with forward slashes.
        inputs: the files that the spec was read from, relative to the root: each folder's
            ``defaults.yaml`` from the top down, then the spec's own.
    """

    name: str
    file: str
    spec: FigureSpec
    inputs: tuple[str, ...] = ()
