"""Which values a key takes, in words: for messages and for the reference.

Everything here reads the JSON Schema that pydantic derives from the models, so that no
value or range is written a second time.
"""

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from paperfig.specs.every_kind import FileSpec
from paperfig.specs.nodes import KeyPath
from paperfig.specs.not_built import is_built

Schema = Mapping[str, Any]

_FORM_WORDS: Mapping[str, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_VALUE_WORDS: Mapping[type, str] = {
    bool: "a truth value",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a mapping",
}


@cache
def file_schema() -> Schema:
    """The JSON Schema of a spec file as pydantic gives it, our own entries in it."""
    return FileSpec.model_json_schema(by_alias=True)


@lru_cache(maxsize=4096)
def forms_at(keys: KeyPath) -> tuple[Schema, ...]:
    """The forms that the value of a key may have, one schema each, as far as built."""
    forms = _forms(file_schema())
    for key in keys:
        forms = tuple(inner for form in forms for inner in _inner(form, key))
    return tuple(built for form in forms for built in _built(keys, form))


@lru_cache(maxsize=4096)
def keys_at(keys: KeyPath) -> tuple[str, ...]:
    """The keys of the mapping at ``keys``, as far as built."""
    named = (key for form in forms_at(keys) for key in form.get("properties", ()))
    return tuple(key for key in named if is_built((*keys, key)))


def fits(form: Schema, value: Any) -> bool:
    """Whether a value is a scalar of a form; a truth value is no number, a whole number is."""
    if "enum" in form or "const" in form:
        choices = form.get("enum", [form.get("const")])
        return any(value == choice and type(value) is type(choice) for choice in choices)
    if isinstance(value, str):
        is_long_enough = len(value) >= form.get("minLength", 0)
        is_text = form.get("type") == "string" and is_long_enough
        return is_text and re.search(form.get("pattern", ""), value) is not None
    types = {bool: {"boolean"}, int: {"integer", "number"}, float: {"number"}}
    return form.get("type") in types.get(type(value), ()) and (
        form.get("minimum", value) <= value <= form.get("maximum", value)
        and value > form.get("exclusiveMinimum", -math.inf)
    )


def kind_of(value: Any) -> str:
    """What a value of a file is, for messages: ``a whole number``."""
    return _VALUE_WORDS.get(type(value), "not right")


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known word that a misspelt one is most like, if one is as like it as that."""
    return next(iter(difflib.get_close_matches(word, list(known), 1, likeness)), None)


@cache
def mappings() -> tuple[KeyPath, ...]:
    """The keys of each mapping in a spec, the outer ones first; those in lists left out."""
    found: list[KeyPath] = [()]
    for keys in found:
        found += [(*keys, key) for key in keys_at(keys) if keys_at((*keys, key))]
    return tuple(found)


def phrase_at(keys: KeyPath) -> str:
    """What is right for a key: ``keep, hide or hide-always``; ``a number above 0``."""
    return either(_words(forms_at(keys)))


def either(words: Iterable[str]) -> str:
    """Words as a choice: ``a, b or c``."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _words(forms: Iterable[Schema]) -> list[str]:
    words: list[str] = []
    for form in forms:
        if "phrase" in form:
            words.append(form["phrase"])
        elif form.get("type") == "array":
            words.append(_list_words(form, words))
        elif "enum" in form or "const" in form:
            words += [str(value) for value in form.get("enum", [form.get("const")])]
        else:
            words.append(_type_words(form))
    return list(dict.fromkeys(words))


def _list_words(form: Schema, words_before: list[str]) -> str:
    if "prefixItems" in form:
        return f"[a, b], each {either(_words(_forms(form['prefixItems'][0])))}"
    item = _words(_forms(form["items"]))
    return "a list of these" if item == words_before else f"a list, each entry {either(item)}"


def _type_words(form: Schema) -> str:
    name = _FORM_WORDS.get(form.get("type", ""), "anything")
    if "exclusiveMinimum" in form:
        return f"{name} above {form['exclusiveMinimum']:g}"
    if "minimum" in form:
        to = f" to {form['maximum']:g}" if "maximum" in form else ""
        return f"{name} from {form['minimum']:g}{to}"
    return name


def _built(keys: KeyPath, form: Schema) -> Iterator[Schema]:
    if "enum" in form:
        yield {**form, "enum": [value for value in form["enum"] if is_built(keys, value)]}
    elif form.get("type") != "array" or is_built(keys, []):
        yield form


def _forms(schema: Schema) -> tuple[Schema, ...]:
    if "$ref" in schema:
        return _forms(file_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    branches = schema.get("anyOf") or schema.get("oneOf")
    if branches is None:
        return () if schema.get("type") == "null" else (schema,)
    return tuple(form for branch in branches for form in _forms(branch))


def _inner(form: Schema, key: str | int) -> tuple[Schema, ...]:
    if isinstance(key, int):
        pair = form.get("prefixItems")
        item = pair[key] if pair and key < len(pair) else form.get("items")
        return () if item is None else _forms(item)
    further = form.get("additionalProperties")
    inner = form.get("properties", {}).get(key, further if isinstance(further, dict) else None)
    return () if inner is None else _forms(inner)
