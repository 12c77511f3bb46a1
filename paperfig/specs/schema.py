"""The spec's shape: one frozen pydantic model a mapping.

These models cross from ``specs/`` into the other rooms. They accept the data of a YAML file and
nothing else: no coercion, no unknown key. What the keys mean, which values they take and what
holds without them is said here only, and for a kind's own keys in its ``kind.py``; reference,
JSON Schema and the messages for wrong values are derived from it.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from paperfig.kinds import DEFAULT, KINDS, kinds_that_sweep
from paperfig.kinds.fields import (
    Count,
    FunctionName,
    HeadName,
    Index,
    Listed,
    Position,
    Positive,
    RowRange,
    Several,
    Sha256,
    SpecModel,
    Text,
    optional,
)
from paperfig.specs.mask import MaskInterventionSpec, TrainedSpec, Transport
from paperfig.specs.style import CaptionSpec, StyleSpec

if TYPE_CHECKING:
    KindName = str
else:
    KindName = Literal[(*KINDS,)]


class CheckpointSpec(SpecModel):
    """Which weights, and what the caption calls them. A bare text is the `path`."""

    path: Text | None = optional("The file or Hugging Face folder, from the project's root.")
    recorded: Text | None = optional(
        "A file of attention that was computed elsewhere, .npz or .safetensors, as "
        "`paperfig.save_attention` writes it; `excerpt` is left out, since the file has the "
        "tokens."
    )
    hub: Text | None = optional("A model of the Hugging Face Hub.")
    revision: Text | None = optional("The Hub model's revision.")
    sha256: Sha256 | None = optional("The digest that the file must have.", "not checked")
    name: Text | None = optional(
        "What the caption calls the model, as it is.",
        "what is known of it, with a warning: a 6-layer GPT",
    )
    name_latex: Text | None = optional(
        "The same in LaTeX, where plain characters do not say it; `name` stays the name in "
        "records and lists.",
        "`name`",
    )
    config: Text | None = optional(
        "The file with the model's configuration.", "found beside it"
    )
    ignore: Listed[Text] | None = optional(
        "Keys of the model's own configuration that are not known here, declared not to touch "
        "attention; the record names them, and a build warns.",
        "none",
    )
    state: Text | None = optional(
        "The key of the weights, in a file that holds several sets of them (raw and averaged).",
        "the only one",
    )
    family: Text | None = optional("The model family.", "recognised from the tensors")
    code: Text | None = optional(
        "The folder that the adapter's module is imported from; or, beside `family`, that of "
        "the VFE project's own code, which then runs the model.",
        "the project's root for an adapter, else none",
    )
    adapter: FunctionName | None = optional(
        "A Python function of your own: it is called with the path (or None) and the torch "
        "device, and returns a model with `forward_with_attention(ids)`. Only in the spec's "
        "own file, and run only as README.md says."
    )
    trained: TrainedSpec = Field(
        default=TrainedSpec(), description="What the file does not say of its training."
    )


class ExcerptSpec(SpecModel):
    """Which text: exactly one of `text`, `dataset`, `random` and `ids`."""

    name: Text | None = optional(
        "What the caption calls the text or its data set, as it is.",
        "WikiText-2 and WikiText-103 by that name, a set of the Hub by its name there, else "
        "the text",
    )
    text: Text | None = optional("The text itself.")
    dataset: Text | None = optional(
        "`wikitext-2`, `wikitext-103`, a name on the Hugging Face Hub, a local file or "
        "folder (.txt .jsonl .ndjson .json .csv, .gz of these, .parquet .arrow, or a saved "
        "data set), or token ids: those that a VFE project keeps (.pt, or .bin with "
        ".bin.meta.json), nanoGPT's or llm.c's (.bin)."
    )
    config: Text | None = optional("The data set's configuration.", "its only or default one")
    split: Text | None = optional("The data set's split.", "its only one")
    field: Text | None = optional("The column that holds the text.", "text")
    start: Index | None = optional(
        "Offset of the first token in the split's stream: the VFE projects' window of stride "
        "1 with this index.",
        "0",
    )
    row: Index | None = optional("The row whose text is the excerpt, from its first token.")
    find: Text | None = optional("A phrase: the excerpt starts at the token that begins it.")
    nth: Count | None = optional("Which occurrence of the phrase.", "1")
    before: Index | None = optional("How many tokens to show before the phrase.", "0")
    join: Literal["none", "blank-line", "eos"] | None = optional(
        "How rows are joined into the stream.", "as the source asks, and recorded"
    )
    clean: Literal["vfe", "none"] | None = optional(
        "The VFE projects' WikiText clean-up, or none.",
        "vfe for VFE models on WikiText, else none",
    )
    random: Count | None = optional("How many token ids to draw at random.")
    seed: Index | None = optional("The seed of random ids, or of where excerpts begin.", "0")
    repeat: Count | None = optional("How often the random ids are repeated in a row.", "1")
    special_tokens: Literal["tokenizer", "none"] | None = optional(
        "Whether the special tokens that the tokenizer puts around a text (`[CLS]` and "
        "`[SEP]`, `<s>`) stand there; `length` counts them, and cuts none of them off.",
        "`tokenizer` where there is a text, `none` for ids",
    )
    bos: bool | None = optional(
        "Whether exactly one BOS token comes first, the tokenizer's own or another, or none.",
        "as `special_tokens` says",
    )
    ids: Text | Listed[Index] | None = optional("Token ids, or an `.npy` file that holds them.")
    segments: Listed[Text] | None = optional("The two segments of a pair.")
    target: Text | None = optional("The decoder's text.")
    spans: Mapping[Text, Position] = Field(
        default={},
        description="Names of stretches of tokens, for positions in the spec and for "
        "`share(NAME)`; `map`, `scores` and `compare` bracket them at their axes: "
        "`{needle: the phrase, question: [120, 140]}`.",
    )
    length: Count | None = optional(
        "How many tokens.",
        "the whole `text`, `ids` or row; of a stream 128, or fewer where that or the context "
        "ends",
    )
    count: Several | None = optional(
        "How many excerpts of `length` tokens are drawn by `seed`, none overlapping another; "
        "or how many times ids are drawn. The figure shows their mean.",
        "one excerpt",
    )
    rows: Literal["all"] | RowRange | None = optional(
        "Rows of which each is an excerpt: `all`, or the first and the last, both included. "
        "Blank ones are left out, and the caption counts them. The figure shows their mean, "
        "for which they have equally many tokens (`length` cuts them); statistics are pooled "
        "over texts of any length.",
        "one excerpt",
    )


class VocabularySpec(SpecModel):
    """A restricted vocabulary, rebuilt as the VFE projects build it.

    A split is joined and cleaned as they do, and its tokens are counted. Where two are as
    common, the one that is there first comes first.
    """

    dataset: Text = Field(
        description="The data set that is counted, named as in an excerpt; "
        "or a file of token ids (.pt or .bin)."
    )
    config: Text | None = optional("The data set's configuration.", "its only or default one")
    split: Text | None = optional("Its split.", "`train`, or all where there are no splits")
    field: Text | None = optional("The column that holds the text.", "text")
    size: Count = Field(
        description="The model's vocabulary size V: the V − 1 commonest tokens in the order "
        "of their ids, UNK last. Of `characters`: padding, UNK, and the V − 2 commonest "
        "from the commonest on."
    )


class TokenizerSpec(SpecModel):
    """A tokenizer that needs more than a name."""

    name: Text | None = optional("As the bare text: `characters`, `bytes`, a name or a path.")
    alphabet: Text | None = optional("The characters, in the order of their ids.")
    size: Count | None = optional(
        "How many rows the model's token table has: declares that the model was trained with "
        "this tokenizer although it has another number of ids.",
        "as many as the tokenizer has ids, or their next multiple of 64 or 128",
    )
    base: Text | None = optional(
        "The tokenizer whose tokens are restricted, by name or path; or `characters`."
    )
    vocabulary: VocabularySpec | None = optional(
        "Which tokens are kept; others are shown as UNK, and the caption counts them."
    )


def _bare_path(checkpoint: Any) -> Any:
    return {"path": checkpoint} if isinstance(checkpoint, str) else checkpoint


Checkpoint = Annotated[
    CheckpointSpec, BeforeValidator(_bare_path, json_schema_input_type=Text | CheckpointSpec)
]


class FigureSpec(SpecModel):
    """One figure, with the keys that every kind takes."""

    figspec: Literal[1] = Field(description="The version of this format.")
    figure: KindName = Field(default=DEFAULT.name, description="The figure's kind.")
    checkpoint: Checkpoint = Field(
        default=CheckpointSpec(), description="Which weights: a path, or a mapping."
    )
    excerpt: ExcerptSpec = Field(
        default=ExcerptSpec(),
        description="Which text.",
        json_schema_extra={"unset": "**required**, but for attention that is `recorded`"},
    )
    tokenizer: Text | TokenizerSpec = Field(
        default="from-checkpoint",
        description="`from-checkpoint` (`tokenizer.tiktoken`, `tokenizer.json` or `meta.pkl` "
        "beside it; of nanoGPT's files what its sample.py takes: `data/NAME/meta.pkl` of the "
        "data set that it names, else gpt2 where the table has 50257 or 50304 rows), a "
        "tiktoken name, a `.tiktoken` file, a Hugging Face folder, nanoGPT's `meta.pkl`, "
        "`bytes` or `characters`.",
    )
    layer: Index | None = optional(
        "The layer, counted from 0.", "the only one, or as `head: L4H11` says"
    )
    head: Index | HeadName | Listed[Index | HeadName] | Literal["all", "mean"] | None = (
        optional(
            "The head, counted from 0; a reference carries its layer; `mean` averages all."
        )
    )
    mask: MaskInterventionSpec = Field(
        default=MaskInterventionSpec(), description="An intervention on the drawn layers' mask."
    )
    kappa: Positive | Listed[Positive] | None = optional(
        "An intervention on the drawn layers' temperature κ; a list is for "
        f"{' or '.join(f'`{kind}`' for kind in kinds_that_sweep('kappa'))}.",
        "as trained",
    )
    transport: Transport | None = optional("An intervention on Ω's exponential.", "as trained")
    score_at: Literal["entry", "converged"] | None = optional(
        "At which beliefs a V3 model scores: those that enter the layer, or, where its own "
        "code runs, those it converges to.",
        "entry",
    )
    attention: Literal["self", "cross", "encoder"] = Field(
        default="self", description="Which attention of an encoder–decoder."
    )
    precision: Literal["float32", "native"] = Field(
        default="float32", description="In which precision scores are computed."
    )
    style: StyleSpec = Field(default=StyleSpec(), description="How the figure looks.")
    caption: CaptionSpec = Field(default=CaptionSpec(), description="What the caption says.")

    @property
    def own(self) -> dict[str, Any]:
        """By name, what the keys that only this figure's kind takes say of its drawing."""
        return {name: getattr(self, name) for name in KINDS[self.figure].options}


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

    @property
    def where(self) -> str:
        """What messages call it: its file, and its name where that is of one of several."""
        is_only = PurePosixPath(self.name).name == PurePosixPath(self.file).stem
        return self.file if is_only else f"{self.file}: {self.name}"
