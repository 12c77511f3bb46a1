"""What a fault says to write is right once it is written."""

import copy
import re

import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from paperfig.specs.check import check
from paperfig.specs.document import parse_document
from paperfig.specs.field_words import EXAMPLES, KEY_WORDS, OF_NO_KEY, VALUE_WORDS
from paperfig.specs.not_built import is_built
from paperfig.specs.scalars import in_quotes
from paperfig.specs.shape import forms_at, keys_at, mappings

# The lines stand from line 5 of figspec/a.yaml on, beneath an otherwise whole spec.
REMEDIES = {
    # the field's words for keys
    "temperature: 0.5": "5:1: temperature: unknown key; did you mean kappa?",
    "seq_len: 64": "5:1: seq_len: unknown key; write excerpt: {length: 64}",
    "excerpt: {text: a, max_seq_len: 8}": "5:20: excerpt.max_seq_len: unknown key; "
    "did you mean length?",
    "mask_self_attention: hide": "5:1: mask_self_attention: unknown key; "
    "write mask: {self: hide}",
    "cmap: viridis": "5:1: cmap: unknown key; write style: {palette: viridis}",
    "title: Mine": "5:1: title: unknown key; write style: {titles: [Mine]}",
    "seed: 3": "5:1: seed: unknown key; did you mean excerpt.seed? "
    "a whole number from 0 is right there",
    "dpi: 300": "5:1: dpi: unknown key; the PDF is vector; "
    "`style: {formats: [png]}` adds a PNG",
    "output: a.pdf": "5:1: output: unknown key; the figure is named as its spec file is",
    "name: fig1": "5:1: name: unknown key; the figure is named as its spec file is, "
    "the model by `checkpoint.name`",
    # keys that stand in the wrong place
    "width: page": "5:1: width: unknown key; write style: {width: page}",
    "causal: true": "5:1: causal: unknown key; write mask: {causal: true}",
    "style: {causal: true}": "5:9: style.causal: unknown key; write mask: {causal: true}",
    "windw: 3": "5:1: windw: unknown key; write mask: {window: 3}",
    "label: fig:one": '5:1: label: unknown key; write caption: {label: "fig:one"}',
    "kapa: -1": "5:1: kapa: unknown key; did you mean kappa? "
    "a number above 0 or a list of these is right there",
    # several layers
    "layers: [0, 1]": "5:1: layers: unknown key; heads of several layers are "
    "head: [L0H0, L1H0]",
    "layers: 0": "5:1: layers: unknown key; did you mean layer?",
    "layer: [0, 1]": "5:8: layer: [0, 1] is a list; heads of several layers are "
    "head: [L0H0, L1H0]",
    # the field's words for values
    "figure: heatmap": '5:9: figure: "heatmap" is not a choice; write map',
    "figure: grid": '5:9: figure: "grid" is not a choice; write atlas',
    "figure: head_view": '5:9: figure: "head_view" is not a choice; write lines',
    "mask: {self: masked}": '5:14: mask.self: "masked" is not a choice; write hide',
    "style: {width: textwidth}": '5:16: style.width: "textwidth" cannot be read; write page',
    # mappings
    "mask: causal": '5:7: mask: "causal" is a text; write {causal: true}',
    "mask: no": "5:7: mask: no is true or false in YAML 1.1; "
    "a mapping is right, such as {self: hide}",
    "excerpt: The lighthouse": '5:10: excerpt: "The lighthouse" is a text; '
    "write {text: The lighthouse}",
    "style: log": '5:8: style: "log" is a text; write {scale: log}',
    "style: wide": '5:8: style: "wide" is a text; a mapping is right, such as {width: page}',
    "checkpoint: {path: a, trained: exact}": '5:32: checkpoint.trained: "exact" is a text; '
    "write {transport: exact} or {gelu: exact}",
    "style: {mark: {query: 1, key: 0}}": '5:15: style.mark: {"query": 1, "key": 0} is a '
    "mapping; write [{query: 1, key: 0}]",
    # colons and indentation
    "style:\nwidth: page": "5:7: style: is empty; indent width below it",
    "style: {width page}": "5:9: style.width page: unknown key; "
    "a colon and a blank are missing, as in {width: page}",
    "style: {width:page}": "5:9: style.width:page: unknown key; "
    "a colon and a blank are missing, as in {width: page}",
    "style:\n  width page": '6:3: style: "width page" is a text; write {width: page}',
    # what is misspelt is not missing too
    "excerpt: {txt: hi}": "5:11: excerpt.txt: unknown key; did you mean text?",
    "prompt: hi\nexcerpt: {dataset: a}": "5:1: prompt: unknown key; "
    "did you mean excerpt.text? a text is right there",
}


@pytest.mark.parametrize("added", REMEDIES)
def test_the_words_of_the_field_lead_to_ours(fault_of, added):
    """One line, with what to write where that is known."""
    assert fault_of(added) == [f"figspec/a.yaml:{REMEDIES[added]}"]


def test_a_text_in_the_place_of_the_caption_is_its_first_sentence(fault_of):
    """Where captions take one; until then the mapping is shown."""
    lead = "lead" in keys_at(("caption",))
    remedy = "write {lead: Mine}" if lead else "a mapping is right, such as {quote: 60}"
    assert fault_of("caption: Mine") == [
        f'figspec/a.yaml:5:10: caption: "Mine" is a text; {remedy}'
    ]


BASE = {
    "figspec": 1,
    "checkpoint": {"path": "a"},
    "excerpt": {"dataset": "a", "find": "b", "length": 64},
    "head": 0,
}
KEYS = [(*home, key) for home in mappings() for key in keys_at(home) if key != "each"]
WRONG = ["1e0", "-1", "2.0", "no", "true", "010", "1_000", "2024-05-01", "word", '"3"', "~"]
WRONG += ["hide", "page", "causal", "exact", "[0]", "[word]", "{a: 1}", "window 3", "3.10"]


class _Written(str):
    """Characters that stand in the YAML as they are."""


def _text(value):
    if isinstance(value, _Written):
        return value
    if isinstance(value, dict):
        return f"{{{', '.join(f'{in_quotes(k)}: {_text(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return in_quotes(value) if isinstance(value, str) else str(value).lower()


def _faults(data):
    """By its key, the line of each fault of a spec."""
    read = parse_document(_text(data), "a")
    faults = [*read.faults, *(check(read.root)[1] if read.root else ())]
    lines = [str(fault.error()).split(": ", 1)[1] for fault in faults]
    return {line.split(": ", 1)[0]: line for line in lines}


def _with(data, keys, value):
    data = copy.deepcopy(data)
    holder = data
    for key in keys[:-1]:
        holder = holder.setdefault(key, {})
    holder[keys[-1]] = value
    return data


def _without(data, keys):
    data = copy.deepcopy(data)
    holder = data
    for key in keys[:-1]:
        holder = holder[key]
    del holder[keys[-1]]
    return data


def _leaves(data, keys=()):
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*keys, key))
        else:
            yield (*keys, key), value


def _changes(data, keys, line):
    """The specs that a fault's remedy asks for, each with the keys that it sets."""
    value = re.search(r"; write (.+)$", line)
    if meant := re.search(r"; did you mean (\w+)\?$", line):
        holder = data
        for key in keys[:-1]:
            holder = holder[key]
        to = (*keys[:-1], meant[1])
        yield _with(_without(data, keys), to, holder[keys[-1]]), to
    elif value and re.search(": unknown key; ", line):
        written = yaml.safe_load(value[1])
        base = keys[:-1] if next(iter(written)) in keys_at(keys[:-1]) else ()
        changed = _without(data, keys)
        for way, leaf in _leaves(written, base):
            changed = _with(changed, way, leaf)
        yield changed, way
    elif quoted := re.search(r'("[^"]*") in quotes$', line):
        yield _with(data, keys, _Written(quoted[1])), keys
    if value and " in quotes" not in line and ": unknown key; " not in line:
        for way in value[1].split(" or "):
            yield _with(data, keys, _Written(way)), keys
    if such := re.search(r", such as (\{.+\})$", line):
        yield _with(data, keys, _Written(such[1])), keys


def _is_of(line, name):
    """Whether a fault is of a key, and not of what stands beside it."""
    beside = "given beside" in line or "goes with" in line
    return not beside and f"{line.split(': ', 1)[0]}.".startswith(f"{name}.")


def _check_remedies(data, keys):
    """Whether the fault at ``keys`` has a remedy; each that it has leads to none there."""
    name, faults = ".".join(keys), _faults(data)
    if name not in faults:
        return False
    changes = list(_changes(data, keys, faults[name]))
    for changed, at in changes:
        after = [line for line in _faults(changed).values() if _is_of(line, ".".join(at))]
        assert not after, (faults[name], _text(changed))
    return bool(changes)


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.sampled_from(KEYS), st.sampled_from(WRONG))
@example(("layer",), "1e0")
@example(("checkpoint", "name"), "true")
@example(("mask",), "causal")
@example(("style",), "page")
@example(("checkpoint", "trained"), "exact")
def test_a_remedy_for_a_value_leads_to_no_fault_there(keys, wrong):
    """Every key with values of every sort: one line that names it, and what it says holds."""
    data = _with(BASE, keys, _Written(wrong))
    for name, line in _faults(data).items():
        assert "\n" not in line
        assert line.startswith(f"{name}: ")
    _check_remedies(data, keys)


def _misspelt(key):
    return st.one_of(
        st.integers(0, len(key) - 1).map(lambda at: key[:at] + key[at + 1 :]),
        st.integers(0, len(key) - 1).map(lambda at: key[:at] + "x" + key[at:]),
        st.just(key),
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.data())
def test_a_remedy_for_a_key_leads_to_no_fault_there(data):
    """Words of the field, keys that are misspelt, or stand in another mapping."""
    word = data.draw(
        st.sampled_from([*KEY_WORDS, *OF_NO_KEY])
        | st.sampled_from([keys[-1] for keys in KEYS]).flatmap(_misspelt)
    )
    home = data.draw(st.sampled_from(mappings()))
    value = data.draw(st.sampled_from(WRONG))
    assume(word and word not in keys_at(home))
    _check_remedies(_with(BASE, (*home, word), _Written(value)), (*home, word))


def test_most_of_the_fields_words_have_a_remedy_that_is_tried():
    """The properties above hold of something: these are applied and lead to no fault."""
    rights = {"kappa": "0.5", "checkpoint": "a.pt", "layer": "0", "head": "0", "figure": "map"}
    for word, keys in KEY_WORDS.items():
        if keys[0] in rights and len(keys) == 1 and word not in keys_at(()):
            base = {key: value for key, value in BASE.items() if key != keys[0]}
            assert _check_remedies(_with(base, (word,), _Written(rights[keys[0]])), (word,)), (
                word
            )


def test_the_tables_of_words_name_what_there_is():
    """Keys that exist, and no key of their own mapping; examples that hold."""
    for word, keys in KEY_WORDS.items():
        assert forms_at(keys), word
        assert word not in keys_at(()), word
    for keys, words in VALUE_WORDS.items():
        choices = [choice for form in forms_at(keys) for choice in form.get("enum", ())]
        for target in words.values():
            is_width = keys == ("style", "width")
            assert is_width or target in choices or not is_built(keys, target)
    for keys, example_ in EXAMPLES.items():
        if 0 not in keys:
            lines = _faults(_with(BASE, keys, _Written(example_))).values()
            assert not [line for line in lines if _is_of(line, ".".join(keys))]
