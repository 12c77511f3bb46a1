"""The text field of a data set's records."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from paperfig.errors import ExcerptError

Row = Iterable[str]
DEFAULT_FIELD = "text"


def field_texts(
    records: Iterable[Mapping[str, Any]], field: str | None, where: str
) -> Iterator[str]:
    """The text of each record: of the field, else of ``text``, else of the only text field.

    Raises:
        ExcerptError: there is no such field, it is not plain which one is meant, or a
            record holds something else there.
    """
    name = field
    for number, record in enumerate(records):
        if name is None:
            name = _only_field(record, where)
        if name not in record:
            raise ExcerptError(
                "excerpt.field",
                f"row {number} of {where} has no field {name!r}",
                f"its fields are {', '.join(record)}",
            )
        text = record[name]
        if not isinstance(text, str):
            raise ExcerptError(
                "excerpt.field",
                f"field {name!r} of row {number} of {where} is a {type(text).__name__}",
                f"a text is right; text fields are {', '.join(_text_fields(record)) or 'none'}",
            )
        yield text


def _only_field(record: Mapping[str, Any], where: str) -> str:
    names = _text_fields(record)
    if DEFAULT_FIELD in record or len(names) == 1:
        return DEFAULT_FIELD if DEFAULT_FIELD in record else names[0]
    raise ExcerptError(
        "excerpt.field",
        f"{where} has no field 'text'",
        f"say which of its text fields is meant: {', '.join(names) or 'there is none'}",
    )


def _text_fields(record: Mapping[str, Any]) -> list[str]:
    return [name for name, value in record.items() if isinstance(value, str)]
