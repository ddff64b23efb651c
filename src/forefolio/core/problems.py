"""What is wrong with a document or a setting: where, and why, in words that can be acted on.

pydantic finds the errors. Every component puts them into plain words where they arise, for there
the names of its settings are at hand; `problems` lists them for whoever shows them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, LiteralString, Protocol

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from forefolio.core.kinds import no_such_setting

Problems = list[tuple[str, str]]
"""Pairs of a path, such as "strategy.horizon", and the reason."""

_ENOUGH = 100  # problems of one document that are told
_NUMBERS_OR_TUPLE = (int, float, tuple)
_PERCENTAGES = (5.0, 100.0)  # numbers that are percentages where a fraction is asked for

_PLAIN: Mapping[str, str] = {
    "missing": "must be given",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of settings",
    "model_type": "must be a mapping of settings",
    "model_attributes_type": "must be a mapping of settings",
    "date_parsing": "must be a date such as 2020-12-31",
    "date_from_datetime_parsing": "must be a date such as 2020-12-31",
}


class Invalid(Protocol):
    """What lists pydantic's errors: its own exception, and that of FastAPI."""

    def errors(self) -> Sequence[Any]:
        """One mapping each: type, loc, msg, input."""
        ...


def problems(error: Invalid, document: Any = None, *, values: bool = True) -> Problems:
    """All that is wrong, one pair each.

    `document` is what was validated, if a person wrote it as YAML: bare words that YAML takes for
    something else are then said to want quotes. Without `values` no value is repeated: it may be
    secret.
    """
    return [
        (_path(one["loc"]), _whole_reason(one, document, values=values)) for one in error.errors()
    ]


def in_plain_words(error: ValidationError, settings: Iterable[str]) -> ValidationError:
    """The error of a component with these settings, its reasons in plain words and its values."""
    names = [name for name in settings if name != "kind"]
    errors = error.errors(include_url=False, include_context=False)
    lines = [_plain_line(one, names) for one in errors[:_ENOUGH]]
    return ValidationError.from_exception_data(error.title, lines)


def mistaken(given: Mapping[Any, Any], values: Mapping[str, Any]) -> list[InitErrorDetails]:
    """Settings that pydantic read, and that mean something else: `true` is no 1, and "4" no 4."""
    return [
        InitErrorDetails(type=PydanticCustomError(kind, _PLAIN[kind]), loc=(name, *at), input=one)
        for name, written in given.items()
        for at, one, kind in _mistaken(written, values.get(name))
    ]


def _mistaken(written: Any, value: Any) -> Iterator[tuple[tuple[int, ...], Any, LiteralString]]:
    if isinstance(value, bool):
        if isinstance(written, int | float | str) and not isinstance(written, bool):
            yield (), written, "bool_type"
    elif isinstance(value, int | float) and isinstance(written, bool):
        yield (), written, "float_type"
    elif isinstance(value, int) and isinstance(written, str):
        yield (), written, "int_type"
    elif isinstance(value, tuple) and isinstance(written, list | tuple):
        for place, (one, read) in enumerate(zip(written, value, strict=False)):
            if not isinstance(read, _NUMBERS_OR_TUPLE) or type(one) is type(read) is not tuple:
                continue  # thousands of numbers or dates, of which none was read as something else
            for at, what, kind in _mistaken(one, read):
                yield (place, *at), what, kind


def _plain_line(one: Any, names: list[str]) -> InitErrorDetails:
    reason = PydanticCustomError(one["type"], "{reason}", {"reason": _reason(one)})
    if one["type"] == "extra_forbidden":
        reason = PydanticCustomError(
            "no_such_setting", "{reason}", {"reason": no_such_setting(str(one["loc"][-1]), names)}
        )
    return InitErrorDetails(type=reason, loc=one["loc"], input=one["input"])


def _reason(one: Any) -> str:
    if one["type"] in _PLAIN:
        return _PLAIN[one["type"]]
    text = str(one["msg"]).removeprefix("Value error, ")
    text = text.replace("String should match pattern", "must have the form", 1)
    return text.replace("Input should be ", "must be ", 1) + _as_per_cent(one)


def _as_per_cent(one: Any) -> str:
    """How to write what is meant by 55 where a fraction is asked for; else nothing."""
    given, of_a_fraction = one["input"], str(one["msg"]).endswith((" than 1", " to 1"))
    if one["type"] not in ("less_than", "less_than_equal") or not of_a_fraction:
        return ""
    if not isinstance(given, float | int) or not _PERCENTAGES[0] <= given <= _PERCENTAGES[1]:
        return ""
    return f" ({given:g} per cent is {given:g}% or {given / 100:g})"


def _whole_reason(one: Any, document: Any, *, values: bool) -> str:
    given = one["input"]
    if document is not None and one["type"] == "string_type" and (quoted := _quotes(one, document)):
        return quoted
    reason = _reason(one)
    own = one["type"] in ("no_such_setting", "no_such_kind", "value_error", "missing")
    plain = isinstance(given, str | int | float | bool)
    return f"{reason}, not {given!r}" if values and plain and not own else reason


def _quotes(one: Any, document: Any) -> str:
    """What to do where a text was asked for and YAML read something else; else nothing."""
    given = one["input"]
    if given is None:
        return "put it in quotes: YAML reads a bare NULL, ~ or blank as nothing"
    if isinstance(given, bool):
        return "put it in quotes: YAML reads a bare ON, NO or YES as true or false"
    if not isinstance(given, int | float):
        return ""
    for part in one["loc"]:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            continue  # pydantic names the kind of a component too
    text = getattr(document, "text", str(given))
    return f'write "{text}" in quotes: YAML reads a bare {text} as the number {given}'


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)
