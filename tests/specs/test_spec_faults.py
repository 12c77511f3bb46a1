"""Every wrong spec is told where, what and what would be right, all faults at once."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import A_KIND, THAT_AVERAGE

from paperfig.errors import SpecError
from paperfig.specs.check import check
from paperfig.specs.document import parse_document
from paperfig.specs.mappings import spec_of
from paperfig.specs.mask import MaskSpec
from paperfig.specs.not_built import NOT_BUILT
from paperfig.specs.schema import CheckpointSpec, ExcerptSpec, FigureSpec
from paperfig.specs.style import CaptionSpec, StyleSpec

MODELS = (FigureSpec, CheckpointSpec, ExcerptSpec, MaskSpec, StyleSpec, CaptionSpec)
KEYS = sorted({key for model in MODELS for key in model.model_fields} | {"self", "variants"})

HEADS = (
    "a whole number from 0, a reference such as L4H11, a list of these, all or mean is right"
)
LIMITS = "auto, full or [a, b], each a number from 0 is right"
POSITIONS = "an index, [first, last], a phrase, a span's name or {find, nth}"
WIDTHS = 'column, page, "0.48 column" or a length such as 3.25in or 240pt is right'

# The lines stand from line 5 of figspec/a.yaml on, beneath an otherwise whole spec.
FAULTS = {
    # head and layer
    "head: true": f"5:7: head: true is a truth value; {HEADS}",
    "head: -1": f"5:7: head: -1 is out of range; {HEADS} "
    "(0 is the first; a build says how many there are)",
    "layer: -1": "5:8: layer: -1 is out of range; a whole number from 0 is right "
    "(0 is the first; a build says how many there are)",
    "head: 1.0": "5:7: head: 1.0 is a number; write 1",
    "head: 1.5": f"5:7: head: 1.5 is a number; {HEADS}",
    "head: L4": f'5:7: head: "L4" cannot be read; {HEADS}',
    "head: L٤H1": f'5:7: head: "L٤H1" cannot be read; {HEADS}',
    "head: []": f"5:7: head: [] is empty; {HEADS}",
    "head: [0, true]": "5:11: head.1: true is a truth value; "
    "a whole number from 0 or a reference such as L4H11 is right",
    "head: [0, 1, 0]": "5:14: head.2: 0 again; each head once is right",
    "head: [0, L1H2]": "5:7: head: mixes numbers and references; "
    "all as 3, or all as L0H3, is right",
    "layer: 3\nhead: L4H11": "5:1: layer: given beside head: L4H11, which names its layer; "
    "leave layer out",
    "layer: 010": "5:8: layer: 010 begins with 0, which is octal in YAML 1.1; write 10",
    "layer: 1e0": "5:8: layer: 1e0 is a text in YAML 1.1; write 1",
    "layer: -1e0": "5:8: layer: -1e0 is a text in YAML 1.1; a whole number from 0 is right",
    "layer: no": "5:8: layer: no is true or false in YAML 1.1; a whole number from 0 is right",
    "excerpt: {ids: 3}": "5:16: excerpt.ids: 3 is a whole number; write [3]",
    "excerpt: {text: a, length: 1_000}": "5:28: excerpt.length: 1_000 holds an underscore; "
    "write 1000",
    "mask: {causal: off}": "5:16: mask.causal: off is true or false in YAML 1.1; write false",
    "mask: {self: no}": "5:14: mask.self: no is true or false in YAML 1.1; "
    "keep, hide or hide-always is right",
    "checkpoint: {path: a, name: yes}": "5:29: checkpoint.name: yes is true or false in YAML "
    '1.1; write "yes" in quotes',
    "checkpoint: {path: a, name: true}": "5:29: checkpoint.name: true is a truth value; "
    'write "true" in quotes',
    "caption: {vars: {a: 58899e0}}": "5:21: caption.vars.a: 58899e0 is a text in YAML 1.1; "
    'write 58899, or "58899e0" in quotes',
    "caption: {vars: {a: 2024-05-01}}": "5:21: caption.vars.a: 2024-05-01 is a date in YAML "
    '1.1; write "2024-05-01" in quotes',
    "kappa: 1e-20": "5:8: kappa: 1e-20 is a text in YAML 1.1; write 1.0e-20",
    "kappa:": "5:7: kappa: is empty; give a value, or leave the key out",
    "kappa: ~": "5:8: kappa: is empty; give a value, or leave the key out",
    "layer: all": '5:8: layer: "all" is a text; a whole number from 0 is right',
    # numbers
    "kappa: 0": "5:8: kappa: 0 is out of range; a number above 0 or a list of these is right",
    "kappa: nan": '5:8: kappa: "nan" is a text; a number above 0 or a list of these is right',
    "kappa: .nan": "5:8: kappa: .nan is not a finite number; "
    "a number above 0 or a list of these is right",
    "kappa: 1e-1": "5:8: kappa: 1e-1 is a text in YAML 1.1; write 0.1",
    'kappa: "-0.1"': '5:8: kappa: "-0.1" is a text; '
    "a number above 0 or a list of these is right",
    "kappa: [0.3, 1]": "5:8: kappa: a list is for figure: scores; one is right",
    "figspec: 2": "5:10: figspec: 2 is a whole number; 1 is right",
    # mask
    "mask: {self: true}": "5:14: mask.self: true is a truth value; "
    "keep, hide or hide-always is right",
    "mask: {self: false}": "5:14: mask.self: false is a truth value; "
    "keep, hide or hide-always is right",
    "mask: {self: hid}": '5:14: mask.self: "hid" is not a choice; '
    "keep, hide or hide-always is right",
    "mask: {self_attention: hide}": "5:8: mask.self_attention: unknown key; did you mean self?",
    "mask: {windw: 3}": "5:8: mask.windw: unknown key; did you mean window?",
    "mask: {window: 0}": "5:16: mask.window: 0 is out of range; a whole number from 1 is right",
    "mask: {hide_keys: 0}": "5:19: mask.hide_keys: 0 is a whole number; write [0]",
    "mask: {hide_keys: [true]}": "5:20: mask.hide_keys.0: true is a truth value; "
    f"{POSITIONS} is right",
    "mask: {hide_keys: [[1, 2, 3]]}": "5:20: mask.hide_keys.0: [1, 2, 3] has 3 entries; "
    f"{POSITIONS} is right",
    "mask: {hide_keys: [{nth: 2}]}": "5:20: mask.hide_keys.0.find: missing; a text is right",
    "mask: {hide_keys: [[3, 1]]}": "5:20: mask.hide_keys.0: [3, 1] runs backwards; "
    "[first, last] is right",
    "excerpt: {text: a, length: 8}\nmask: {hide_keys: [-9]}": "6:20: mask.hide_keys.0: "
    "-9 is outside the excerpt of 8 tokens; -8 to 7 is right",
    "excerpt: {text: a, length: 8}\nmask: {hide_keys: [[-1, 2]]}": "6:20: mask.hide_keys.0: "
    "[-1, 2] runs backwards; [first, last] is right",
    "checkpoint: {path: a, trained: {mask: {hide_keys: [day]}}}": "5:52: "
    'checkpoint.trained.mask.hide_keys.0: "day" is a text; a whole number from 0 is right',
    "mask: hide": '5:7: mask: "hide" is a text; write {self: hide}',
    # checkpoint
    "checkpoint: [3]": "5:13: checkpoint: [3] is a list; a text or a mapping is right",
    'checkpoint: ""': '5:13: checkpoint: "" is empty; a text or a mapping is right',
    "checkpoint: {name: x}": "5:13: checkpoint: path or recorded is missing; exactly one is "
    "right",
    "checkpoint: {path: a, sha256: 12ab}": '5:31: checkpoint.sha256: "12ab" cannot be read; '
    "64 hexadecimal digits in lower case is right",
    "checkpoint: {path: a, name_latex: $x$}": "5:23: checkpoint.name_latex: goes with name, "
    "which is not given; leave it out",
    "caption: {detail: long}": '5:19: caption.detail: "long" is not a choice; '
    "brief or full is right",
    "excerpt: {random: 8, name: noise}": "5:22: excerpt.name: goes with text, dataset or ids, "
    "which is not given; leave it out",
    "checkpoint: {path: a, trained: {kappa: [1, 0]}}": "5:44: checkpoint.trained.kappa.1: "
    "0 is out of range; a number above 0 is right",
    # excerpt
    "excerpt: hello": '5:10: excerpt: "hello" is a text; '
    "write {text: hello} or {dataset: hello}",
    "excerpt: {length: 3}": "5:10: excerpt: text, dataset, random or ids is missing; "
    "exactly one is right",
    "excerpt: {text: a, ids: [1]}": "5:20: excerpt.ids: given beside text; keep one",
    "excerpt: {dataset: a, row: 1, find: b}": "5:31: excerpt.find: given beside row; keep one",
    "excerpt: {dataset: a, nth: 2}": "5:23: excerpt.nth: goes with find, which is not given; "
    "leave it out",
    "excerpt: {text: a, clean: vfe}": "5:20: excerpt.clean: goes with dataset, "
    "which is not given; leave it out",
    "excerpt: {dataset: a, count: 1}": "5:30: excerpt.count: 1 is out of "
    "range; a whole number from 2 to 10000 is right",
    "excerpt: {dataset: a, find: b, count: 9}": "5:32: excerpt.count: given beside find; "
    "keep one",
    "excerpt: {text: a, count: 9}": "5:20: excerpt.count: goes with dataset or random, "
    "which is not given; leave it out",
    "excerpt: {dataset: a, count: 9}\nstyle: {labels: tokens}": "6:17: style.labels: a "
    "position of several excerpts has no one token; auto, index or none is right",
    "excerpt: {dataset: a, count: 9, spans: {b: c}}": "5:44: excerpt.spans.b: a phrase has no "
    "one place in several excerpts; an index or [first, last] is right",
    "excerpt: {dataset: a, count: 9, spans: {b: -1}}\nmask: {hide_keys: [b, {find: b}]}": (
        "6:23: mask.hide_keys.1: a phrase has no one place in several excerpts; "
        "an index or [first, last] is right"
    ),
    "excerpt: {dataset: a, rows: some}": '5:29: excerpt.rows: "some" is not a choice; all or '
    "[first, last] is right",
    "excerpt: {dataset: a, rows: 7}": "5:29: excerpt.rows: 7 is a whole number; all or "
    "[first, last] is right",
    "excerpt: {dataset: a, rows: [3]}": "5:29: excerpt.rows: [3] has 1 entry; all or "
    "[first, last] is right",
    "excerpt: {dataset: a, rows: [5, 2]}": "5:29: excerpt.rows: [5, 2] runs backwards; "
    "[first, last] is right",
    "excerpt: {dataset: a, rows: [2, 2]}": "5:29: excerpt.rows: one row is one excerpt; "
    "`row: 2` is right",
    "excerpt: {dataset: a, rows: [0, -1]}": "5:33: excerpt.rows.1: -1 is out of range; a whole "
    "number from 0 is right",
    **{
        f"excerpt: {{dataset: a, rows: all, {key}: {value}}}": f"5:{at}: excerpt.{told}: given "
        f"beside {beside}; keep one"
        for key, value, at, told, beside in (
            ("start", 3, 23, "rows", "start"),
            ("row", 3, 23, "rows", "row"),
            ("find", "b", 34, "find", "rows"),
            ("count", 3, 34, "count", "rows"),
            ("join", "none", 34, "join", "rows"),
        )
    },
    "excerpt: {dataset: a, rows: all, seed: 3}": "5:34: excerpt.seed: goes with random or "
    "count, which is not given; leave it out",
    "excerpt: {text: a, rows: all}": "5:20: excerpt.rows: goes with dataset, which is not "
    "given; leave it out",
    "excerpt: {dataset: a, rows: all}\nstyle: {labels: tokens}": "6:17: style.labels: a "
    "position of several excerpts has no one token; auto, index or none is right",
    "excerpt: {dataset: a, rows: all, spans: {b: c}}": "5:45: excerpt.spans.b: a phrase has no "
    "one place in several excerpts; an index or [first, last] is right",
    "excerpt: {dataset: a, rows: all}\nmask: {hide_keys: [[0, -1]]}": "6:20: mask.hide_keys.0: "
    "it counts from the end, which is not one place in rows of any length; an index from 0, or "
    "`length` beside rows, is right",
    "figure: context\nexcerpt: {dataset: a, rows: all}": "6:23: excerpt.rows: context "
    f"shows one excerpt; several are for {THAT_AVERAGE}; leave it out",
    "excerpt: {text: a, spans: {b: [2, 1]}}": "5:31: excerpt.spans.b: [2, 1] runs backwards; "
    "[first, last] is right",
    "excerpt: {text: a, special_tokens: bert}": '5:36: excerpt.special_tokens: "bert" is not a '
    "choice; tokenizer or none is right",
    "figure: context\nexcerpt: {dataset: a, count: 9}": "6:23: excerpt.count: context "
    f"shows one excerpt; several are for {THAT_AVERAGE}; leave it out",
    "excerpt: {dataset: a, seed: 1}": "5:23: excerpt.seed: goes with random or count, "
    "which is not given; leave it out",
    "excerpt: {ids: [1], bos: true}": "5:21: excerpt.bos: goes with text, dataset or random, "
    "which is not given; leave it out",
    "excerpt: {dataset: a, join: eol}": '5:29: excerpt.join: "eol" is not a choice; '
    "none, blank-line or eos is right",
    "excerpt: {text: no}": "5:17: excerpt.text: no is true or false in YAML 1.1; "
    'write "no" in quotes',
    # tokenizer
    "tokenizer: {alphabet: abc}": "5:12: tokenizer: name or base is missing; "
    "exactly one is right",
    "tokenizer: {base: gpt2}": "5:13: tokenizer.base: goes with vocabulary, "
    "which is not given; give that, or name in place of base",
    "tokenizer: {base: gpt2, alphabet: a, vocabulary: {dataset: a, size: 9}}": "5:25: "
    "tokenizer.alphabet: given beside base; keep one",
    "tokenizer: {base: gpt2, vocabulary: {size: 9}}": "5:37: tokenizer.vocabulary.dataset: "
    "missing; a text is right",
    "tokenizer: {base: gpt2, vocabulary: {dataset: a, size: 0}}": "5:56: "
    "tokenizer.vocabulary.size: 0 is out of range; a whole number from 1 is right",
    "tokenizer: [a]": '5:12: tokenizer: ["a"] is a list; a text or a mapping is right',
    # style
    "style: {venue: neurps}": '5:16: style.venue: "neurps" is not a choice; '
    "article, neurips, icml, iclr, acl, ieee or aps is right "
    "(another one's column is `width: 241pt`)",
    "style: {width: 3}": f"5:16: style.width: 3 is a whole number; {WIDTHS}",
    "style: {width: 3 miles}": f'5:16: style.width: "3 miles" cannot be read; {WIDTHS}',
    "style: {width: 0in}": f'5:16: style.width: "0in" cannot be read; {WIDTHS}',
    "style: {height: -3in}": f'5:17: style.height: "-3in" cannot be read; {WIDTHS}',
    "style: {limits: [0]}": f"5:17: style.limits: [0] has 1 entry; {LIMITS}",
    "style: {limits: [0, 1, 2]}": f"5:17: style.limits: [0, 1, 2] has 3 entries; {LIMITS}",
    "style: {limits: [0, 2]}": "5:21: style.limits.1: 2 is out of range; "
    "a number from 0 to 1 is right",
    "style: {limits: [0.5, 0.5]}": "5:17: style.limits: [0.5, 0.5] does not rise; "
    "[a, b] with a below b is right",
    "style: {limits: wide}": f'5:17: style.limits: "wide" is not a choice; {LIMITS}',
    "style: {scale: log, limits: [0, 1]}": "5:29: style.limits: begin at 0, "
    "which a log scale does not show; a lower limit above 0 is right",
    "style: {colorbar: false}": "5:19: style.colorbar: false is a truth value; write none",
    "style: {colorbar: true}": "5:19: style.colorbar: true is a truth value; write auto",
    "style: {colorbar: no}": "5:19: style.colorbar: no is true or false in YAML 1.1; "
    "auto, right, below or none is right",
    "style: {colorbar: bottom}": '5:19: style.colorbar: "bottom" is not a choice; write below',
    "figure: context\nstyle: {colorbar: right}": "6:19: style.colorbar: right is for "
    "figure: map; auto, below or none is right",
    "figure: distance\nstyle: {colorbar: below}": "6:19: style.colorbar: below is for "
    "figure: map, figure: context, figure: scores, figure: atlas, figure: compare or figure: "
    "lines; auto or none is right",
    "style: {font_size: 4.5}": "5:20: style.font_size: 4.5 is out of range; "
    "a number from 5 to 30 is right",
    "style: {fontsize: 8}": "5:9: style.fontsize: unknown key; did you mean font_size?",
    "style: {limits: [-1, 1]}": "5:18: style.limits.0: -1 is out of range; "
    "a number from 0 is right",
    "style: {scale: relative, limits: [0.5, 0.8]}": "5:34: style.limits: [0.5, 0.8] is not "
    "around 1, as a relative scale is; such as [0.25, 4] is right",
    "style: {scale: relative, limits: [0, 4]}": "5:34: style.limits: [0, 4] is not "
    "around 1, as a relative scale is; such as [0.25, 4] is right",
    "figure: atlas\nstyle: {scale: relative}": "6:16: style.scale: relative is for "
    "figure: map, figure: context or figure: scores; linear, sqrt or log is right",
    "figure: distance\nstyle: {scale: sqrt}": "6:16: style.scale: sqrt is for figure: map, "
    "figure: context, figure: scores, figure: atlas or figure: compare; linear is right",
    "style: {annotate: klass}": '5:19: style.annotate: "klass" is not a choice; '
    "none, entropy, class or row_std is right",
    "figure: scores\nstyle: {annotate: class}": "6:19: style.annotate: class is for "
    "figure: map, figure: context or figure: atlas; none is right",
    "style: {columns: 0}": "5:18: style.columns: 0 is out of range; "
    "a whole number from 1 is right",
    "figure: atlas\nstyle: {columns: 3}": "6:9: style.columns: not a key of atlas but of "
    "map, context, scores, statistics, compare or lines; leave it out",
    "style: {ncols: 3}": "5:9: style.ncols: unknown key; did you mean columns?",
    "style: {mark: [{query: 1}]}": f"5:16: style.mark.0.key: missing; {POSITIONS} is right",
    "style: {mark: [{queries: [3, 1], keys: [0, 1]}]}": "5:26: style.mark.0.queries: "
    "[3, 1] runs backwards; [first, last] is right",
    "style: {mark: [{queries: [3, 4]}]}": "5:16: style.mark.0.keys: missing; "
    f"{POSITIONS} is right",
    "style: {mark: [3]}": "5:16: style.mark.0: 3 is a whole number; "
    "{query, key} or {queries, keys} is right, such as {query: 3, key: 1}",
    "style: {zoom: [3, 1]}": "5:15: style.zoom: [3, 1] runs backwards; [first, last] is right",
    "style: {zoom: {queries: 1, keys: [-1, -3]}}": "5:34: style.zoom.keys: [-1, -3] runs "
    "backwards; [first, last] is right",
    "excerpt: {text: a, length: 8}\nstyle: {zoom: [2, 8]}": "6:15: style.zoom: 8 is outside "
    "the excerpt of 8 tokens; 0 to 7 is right",
    "excerpt: {dataset: a, count: 2}\nstyle: {zoom: {find: sun}}": "6:15: style.zoom: a phrase "
    "has no one place in several excerpts; an index or [first, last] is right",
    "style: {formats: [pdf]}": '5:19: style.formats.0: "pdf" is not a choice; '
    "svg or png is right",
    "style: {titles: [[1]]}": "5:18: style.titles.0: [1] is a list; a text is right",
    # caption
    "caption: {quote: fifty}": '5:18: caption.quote: "fifty" is a text; '
    "a whole number from 0 is right",
    'caption: {vars: {"a b": 1}}': "5:18: caption.vars.a b: not a name for a template; "
    "letters, digits and _ are right",
    "caption: {vars: {a: [1]}}": "5:21: caption.vars.a: [1] is a list; "
    "a text, a whole number, a number or true or false is right",
    # keys of the whole
    "stlye: {}": "5:1: stlye: unknown key; did you mean style?",
    "variants: {}": "5:1: variants: not a key of map but of compare; leave it out",
    "checkpoints: a": "5:1: checkpoints: not a key of map but of trend; leave it out",
    "figure: mpa": f'5:9: figure: "mpa" is not a choice; {A_KIND}',
    "figure: atlas\nhead: mean": "6:7: head: atlas shows each head on its own; "
    "all or a list is right",
    "score_at: prior": '5:11: score_at: "prior" is not a choice; entry or converged is right',
    "attention: cross": "5:12: attention: cross is not built yet; self is right",
    "precision: native": "5:12: precision: native is not built yet; float32 is right",
    "style: {zoom: [5]}": "5:15: style.zoom: [5] has 1 entry; {queries, keys}, an index, "
    "[first, last], a phrase, a span's name or {find, nth} is right",
    "style: {zoom: {queries: 1}}": "5:15: style.zoom.keys: missing; "
    "an index, [first, last], a phrase, a span's name or {find, nth} is right",
    "figure: lines\nstyle: {zoom: [1, 2]}": "6:9: style.zoom: not a key of lines but of map, "
    "scores or compare; leave it out",
    "excerpt: {segments: [a, b]}": "5:11: excerpt.segments: not built yet; leave it out",
    "checkpoint: {hub: gpt2}": "5:14: checkpoint.hub: not built yet; "
    "download the model's folder and give it as `path`",
}


@pytest.mark.parametrize("added", FAULTS)
def test_a_fault_is_one_line_with_place_value_and_remedy(fault_of, added):
    """One wrong key, one line: file, line, column, key, the value seen, what is right."""
    assert fault_of(added) == [f"figspec/a.yaml:{FAULTS[added]}"]


TEXTS = ["58899e0", "3.10", "2024-05-01", "1_000", "0123", "10:12", "0x1F", ".5", "12"]


@pytest.mark.parametrize("text", [*TEXTS, "1" * 64, f"{'1' * 40}e{'2' * 23}", "null5"])
def test_a_text_that_looks_like_a_number_is_the_text(load, text):
    """A version, a commit, a date: where only a text is wanted, what was written counts."""
    key = "sha256" if len(text) == 64 else "name"
    (named,) = load(
        f"figspec: 1\ncheckpoint: {{path: a, {key}: {text}}}\nexcerpt: {{text: {text}}}\n"
        f"caption: {{label: {text}}}\nhead: 0\n"
    )
    assert getattr(named.spec.checkpoint, key) == text
    assert (named.spec.excerpt.text, named.spec.caption.label) == (text, text)


def test_a_number_in_quotes_is_the_number_where_only_that_is_right(load):
    """Where a text is right as well it stays one."""
    (named,) = load(
        'figspec: "1"\ncheckpoint: "3"\nexcerpt: {text: "3", length: "8"}\nhead: ["0", "2"]\n'
        'kappa: "0.5"\ncaption: {vars: {a: "3"}}\n'
    )
    spec = named.spec
    assert (spec.figspec, spec.head, spec.kappa, spec.excerpt.length) == (1, (0, 2), 0.5, 8)
    assert (spec.checkpoint.path, spec.excerpt.text, spec.caption.vars["a"]) == ("3", "3", "3")


def test_a_number_of_python_is_no_text():
    """Only characters that someone wrote are read as a text; 3.10 in Python is 3.1."""
    mapping = {"excerpt": {"text": "a"}, "head": 0}
    with pytest.raises(SpecError) as fault:
        spec_of({**mapping, "checkpoint": {"path": "a", "name": 3.10}})
    assert str(fault.value).endswith("checkpoint.name: 3.1 is a number; a text is right")
    named = spec_of({**mapping, "checkpoint": {"path": "a", "name": "1e3"}})
    assert named.checkpoint.name == "1e3"


def test_labels_of_each_are_the_texts_as_written(load):
    """A commit that looks like a number names its figure by its own characters."""
    named = load(
        "figspec: 1\ncheckpoint: {path: a}\nexcerpt: {text: a}\nhead: 0\n"
        "each: {checkpoint.name: [58899e0, b]}\n"
    )
    assert [(one.name, one.spec.checkpoint.name) for one in named] == [
        ("a-58899e0", "58899e0"),
        ("a-b", "b"),
    ]


def test_all_faults_of_a_file_are_told_at_once(faults):
    """Faults of YAML, of types and of rules come together, in the file's order."""
    assert faults(
        "figspec: 1\nexcerpt: {text: a, nth: 2}\nlayer: 010\nmask: {self: true}\nhead: 0\n"
    ) == [
        "figspec/a.yaml:1:1: checkpoint: missing; a text or a mapping is right",
        "figspec/a.yaml:2:20: excerpt.nth: goes with find, which is not given; leave it out",
        "figspec/a.yaml:3:8: layer: 010 begins with 0, which is octal in YAML 1.1; write 10",
        "figspec/a.yaml:4:14: mask.self: true is a truth value; "
        "keep, hide or hide-always is right",
    ]


def test_what_a_kind_needs_is_named(faults):
    """A spec that holds next to nothing hears of every key that a map needs."""
    assert faults("figure: map\n") == [
        "figspec/a.yaml:1:1: checkpoint: missing; a text or a mapping is right",
        "figspec/a.yaml:1:1: excerpt: missing; a mapping is right",
        "figspec/a.yaml:1:1: figspec: missing; 1 is right",
        f"figspec/a.yaml:1:1: head: missing; {HEADS}",
    ]


def test_a_misspelt_key_is_not_also_missing(fault_of):
    """Where the misspelt key is recognised, the right one is not called missing too."""
    text = "figspec: 1\ncheckpoint: a\nexcerpt: {text: a}\nhaed: 0"
    lines = fault_of(text + "\nhead: 0")
    assert lines == ["figspec/a.yaml:8:1: haed: unknown key; did you mean head?"]


def test_a_mark_outside_the_excerpt(fault_of):
    """With a length given, a mark must lie inside it."""
    added = (
        "excerpt: {text: a, length: 8}\nstyle: {mark: [{query: 8, key: 0}, "
        "{queries: [0, 7], keys: [1, 9]}]}"
    )
    assert fault_of(added) == [
        "figspec/a.yaml:6:24: style.mark.0.query: 8 is outside the excerpt of 8 tokens; "
        "0 to 7 is right",
        "figspec/a.yaml:6:60: style.mark.1.keys: 9 is outside the excerpt of 8 tokens; "
        "0 to 7 is right",
    ]


@pytest.mark.parametrize("row", NOT_BUILT, ids=str)
def test_every_row_not_built_is_refused_by_name(fault_of, row):
    """Each row of the table is known, and refused as not built yet."""
    (*way, last), wanted = row
    value = {object: "x", list: "[0.1]"}.get(wanted, wanted)
    line = f"{last}: {value}"
    for key in reversed(way):
        line = f"{key}: {{{line}}}"
    (told,) = [fault for fault in fault_of(line) if "not built yet; " in fault]
    assert f": {'.'.join(row[0])}: " in told


_SCALARS = st.sampled_from(
    ["L0H1", "hide", "map", "atlas", "no", "", "mean", "column", 0, 1, -1]
) | st.sampled_from([0.5, True, False, 10**20, "x" * 200])
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*KEYS, "x", "a b"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(KEYS), _VALUES, max_size=8))
def test_any_data_gives_a_spec_or_faults(data):
    """Whatever stands under whichever key: a spec, or one-line faults; nothing is raised."""
    node = parse_document(json.dumps(data) or "{}", "a.yaml").root
    spec, faults = check(node)
    assert (spec is None) == bool(faults)
    for fault in faults:
        line = str(fault.error())
        assert line.startswith("a.yaml:1:")
        assert "Input should" not in line
        assert len(line) < 400


def test_refused_scalars_do_not_hide_other_faults(fault_of):
    """A refused value in a list leaves the rest of the list to be judged."""
    assert fault_of("style: {limits: [1e-1, 010, 3]}\nkappa: 0") == [
        'figspec/a.yaml:5:17: style.limits: ["…", "…", 3] has 3 entries; ' + LIMITS,
        "figspec/a.yaml:5:18: style.limits.0: 1e-1 is a text in YAML 1.1; write 0.1",
        "figspec/a.yaml:5:24: style.limits.1: 010 begins with 0, which is octal in YAML 1.1; "
        "write 10",
        "figspec/a.yaml:6:8: kappa: 0 is out of range; "
        "a number above 0 or a list of these is right",
    ]


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("mean", "head: context shows each head beside the mean; all or a list is right"),
        ("[L0H1, L1H1]", "head: context shows one layer; heads of one layer are right"),
    ],
)
def test_a_context_is_of_one_layers_heads(fault_of, head, told):
    """Each on its own; which of several layers is not guessed."""
    (line,) = fault_of(f"figure: context\nhead: {head}")
    assert line == f"figspec/a.yaml:6:7: {told}"
