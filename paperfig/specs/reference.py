"""The spec's reference, for editors and for people, derived from the models and tables."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from paperfig.kinds import DEFAULT, KINDS, kinds_that_sweep, kinds_that_take
from paperfig.kinds.kind import Kind
from paperfig.specs.every_kind import allowed_keys, required_keys
from paperfig.specs.nodes import KeyPath, dotted
from paperfig.specs.not_built import NOT_BUILT, is_built
from paperfig.specs.rules import ALONE, AT_MOST_ONE, GOES_WITH, ONE_OF
from paperfig.specs.shape import Schema, either, forms_at, keys_at, phrase_at

MADE_BY_US = (
    "Written by paperfig, and kept up to date by `paperfig new` and `paperfig init`. Without "
    "this line the file is yours, and stays as it is."
)
"""The schema's ``$comment``."""

_MAPPINGS: tuple[KeyPath, ...] = (
    ("checkpoint",),
    ("checkpoint", "trained"),
    ("excerpt",),
    ("tokenizer",),
    ("tokenizer", "vocabulary"),
    ("statistic",),
    ("mask",),
    ("style",),
    ("style", "mark", 0),
    ("caption",),
)
_FOREWORD = """\
# The spec, key by key

Written by `paperfig schema --markdown` from `paperfig/specs/` and `paperfig/kinds/`.

A spec is a YAML file in figspec/; its name is the figure's name. `figspec/defaults.yaml` lies
beneath each spec of its folder and below: `style` and `caption` are merged key by key,
everything else is replaced whole. Of a `style` in defaults each kind takes what it has a use
for. Paths are relative to the folder that holds figspec/."""


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a spec file, for an editor's completion and checks.

    It accepts every file that paperfig accepts. A key that a figure cannot do without is
    called so in its description but not demanded, as ``defaults.yaml`` or ``each`` may
    give it; what checkpoint, excerpt and tokenizer ask of their own keys, which no
    defaults complete, is demanded where there is no ``each``.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": MADE_BY_US,
        "title": "figspec",
        **_mapping(forms_at(())[0], ()),
        "allOf": [*_kind_rules(), _key_rules()],
    }


def reference_markdown() -> str:
    """The reference in Markdown: a table for each kind and each mapping."""
    sections = [_FOREWORD]
    for kind in KINDS.values():
        table = _table((), _allowed(kind), required_keys(kind), kind)
        sections += [f"## The kind `{kind.name}`", kind.shows, table]
    for keys in _MAPPINGS:
        sections.append(f"## `{dotted(part for part in keys if isinstance(part, str))}`")
        for form in forms_at(keys):
            if "properties" in form:
                known = [key for key in keys_at(keys) if key in form["properties"]]
                table = _table(keys, known, form.get("required", ()))
                sections += [form["description"], table]
        sections += list(_rules_in_words(dotted(keys)))
    sections += ["## Not built yet", _not_built()]
    return "\n\n".join(sections) + "\n"


def _allowed(kind: Kind) -> list[str]:
    return [key for key in keys_at(()) if key in (*allowed_keys(kind), "each")]


def _mapping(form: Schema, keys: KeyPath) -> dict[str, Any]:
    properties = {
        key: _property(form["properties"][key], (*keys, key))
        for key in form["properties"]
        if is_built((*keys, key))
    }
    required = {"required": form["required"]} if keys and "required" in form else {}
    return {
        "description": form["description"],
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **required,
    }


def _property(schema: Schema, keys: KeyPath) -> dict[str, Any]:
    one = _any_form(keys)
    needed = len(keys) == 1 and any(keys[0] in required_keys(kind) for kind in KINDS.values())
    description = schema["description"] + _only_in(keys) + (" Required." if needed else "")
    default = schema.get("default")
    given = {} if default is None or isinstance(default, dict) else {"default": default}
    return {**one, "description": description, **given}


def _any_form(keys: KeyPath) -> dict[str, Any]:
    forms = [_form(form, keys) for form in forms_at(keys)]
    return forms[0] if len(forms) == 1 else {"anyOf": forms}


def _form(form: Schema, keys: KeyPath) -> dict[str, Any]:
    if "properties" in form:
        return _mapping(form, keys)
    standard = {key: value for key, value in form.items() if key in _STANDARD}
    if "items" in form:
        standard["items"] = _any_form((*keys, 0))
    if isinstance(form.get("additionalProperties"), Mapping):
        standard["additionalProperties"] = _any_form((*keys, _ANY_NAME))
    return standard


_ANY_NAME = ""  # no key of ours is called so
_STANDARD = {
    *("type", "enum", "const", "pattern", "minLength", "minimum", "exclusiveMinimum"),
    *("maximum", "minItems", "maxItems", "prefixItems", "additionalProperties", "examples"),
}


def _kind_rules() -> Iterator[dict[str, Any]]:
    """For each kind, the keys that it takes; a file without ``figure`` is of the default."""
    for kind in KINDS.values():
        named = {} if kind is DEFAULT else {"required": ["figure"]}
        yield {
            "if": {"properties": {"figure": {"const": kind.name}}, **named},
            "then": {
                "propertyNames": {"enum": _allowed(kind)},
                "properties": {key: {"not": {"type": "array"}} for key in _unswept(kind)},
            },
        }


def _unswept(kind: Kind) -> list[str]:
    """The keys that may be a list in other kinds only."""
    return [key for key in keys_at(()) if kinds_that_sweep(key) and key not in kind.sweeps]


def _key_rules() -> dict[str, Any]:
    """What keys ask of their neighbours, where ``each`` does not give them later."""
    properties = {
        name: {"if": {"type": "object"}, "then": _neighbours(name)} for name in ONE_OF
    }
    return {"if": {"not": {"required": ["each"]}}, "then": {"properties": properties}}


def _neighbours(name: str) -> dict[str, Any]:
    pairs = [pair for group in AT_MOST_ONE.get(name, ()) for pair in combinations(group, 2)]
    one = [{"required": [key]} for key in _known(name, ONE_OF[name])]
    alone = ALONE.get(name)
    return {
        "if": {"required": [alone]} if alone else False,
        "else": {"oneOf": one},
        "allOf": [{"not": {"required": list(pair)}} for pair in pairs] or [True],
        "dependentSchemas": {
            key: {"anyOf": [{"required": [partner]} for partner in _known(name, partners)]}
            for key, partners in GOES_WITH[name].items()
            if _known(name, partners)
        },
    }


def _known(name: str, keys: Iterable[str]) -> list[str]:
    return [key for key in keys if is_built((name, key))]


def _table(
    keys: KeyPath,
    known: Iterable[str],
    required: Iterable[str],
    kind: Kind | None = None,
) -> str:
    """A row a key; of a kind's own keys what they mean for that kind."""
    rows = ["| key | values | left out | meaning |", "|---|---|---|---|"]
    own = {} if kind is None else {key.name: key._asdict() for key in kind.keys}
    left_out = {} if kind is None else dict(_left_out_of(kind))
    for key in known:
        form = next(form for form in forms_at(keys) if key in form.get("properties", ()))
        schema = own.get(key, form["properties"][key])
        without = left_out.get(key) or _left_out(schema)
        without = "**required**" if key in required else without
        values = phrase_at((*keys, key))
        meaning = schema["description"] + _only_in((*keys, key))
        rows.append(f"| `{key}` | {values} | {without} | {meaning} |")
    return "\n".join(rows)


def _only_in(keys: KeyPath) -> str:
    """Which kinds take a key of the style, or its values, where not all do."""
    if keys[0] != "style":
        return ""
    key = str(keys[-1])
    values = (value for form in forms_at(keys) for value in form.get("enum", ()))
    said = {key: f"`{key}`", **{f"{key}: {value}": f"`{value}`" for value in values}}
    only = {name: kinds_that_take(entry) for entry, name in said.items()}
    return "".join(f" {name} only in {_code(kinds)}." for name, kinds in only.items() if kinds)


def _left_out_of(kind: Kind) -> Iterator[tuple[str, str]]:
    """Keys of every kind that hold something of this kind's where they are left out."""
    if kind.head is not None:
        yield "head", f"`{kind.head}`"
    if kind.every_layer:
        yield "layer", "every layer, or as `head: L4H11` says"
    if kind.gives is not None:
        yield kind.gives, f"as `{kind.varies}` says"


def _left_out(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    if default is None or schema.get("unset"):
        return str(schema.get("unset", ""))
    if isinstance(default, dict):
        return ""
    return f"`{default}`" if isinstance(default, str) else json.dumps(default)


def _rules_in_words(name: str) -> Iterator[str]:
    choices = _known(name, ONE_OF.get(name, ()))
    if choices:
        exactly = "Exactly one of " if len(choices) > 1 else ""
        alone = f", but with `{ALONE[name]}` it may be left out" if name in ALONE else ""
        yield f"{exactly}{_code(choices)} is given{alone}."
    for group in AT_MOST_ONE.get(name, ()):
        known = _known(name, group)
        if len(known) > 1:
            yield f"At most one of {_code(known)} is given."
    together: dict[str, list[str]] = {}
    for key, partners in GOES_WITH.get(name, {}).items():
        if is_built((name, key)) and _known(name, partners):
            together.setdefault(_code(_known(name, partners)), []).append(f"`{key}`")
    for partner, keys in together.items():
        yield f"{', '.join(keys)}: only with {partner}."


def _code(keys: Iterable[str]) -> str:
    return either(f"`{key}`" for key in keys)


def _not_built() -> str:
    rows = []
    for keys, value in NOT_BUILT:
        shown = "" if value is object else f": {value}"
        rows.append(f"`{dotted(keys)}{shown}`")
    return f"Known to the spec and refused by name: {', '.join(rows)}."
