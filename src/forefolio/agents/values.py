"""The values of a result by their address: the run, and a field such as `weights.AAPL`.

A field is the way to a value through the result's document: names of settings, keys, and of a row
its ticker or name where that is the only one of it, else its place from 0.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Any, TypeAlias

from forefolio.agents.texts import NAME, clean_text
from forefolio.core.errors import InputError
from forefolio.core.wording import listed, meant

Leaf: TypeAlias = str | float | int | bool | None
Fields: TypeAlias = dict[str, Leaf]

_NAMES = ("ticker", "name", "model", "strategy", "kind")
_ABOUT = ("run", "data", "remarks", "kind", "as_of")  # of every result; said beside the values
_DATA = ("data.sessions", "data.first", "data.last")
_DIGITS = 6  # significant ones that are shown


def fields_of(document: Mapping[str, Any]) -> Fields:
    """Every value of a result by its field: what stands at the top first, rows after it."""
    found: Fields = {}
    waiting: deque[tuple[str, Any]] = deque([("", document)])
    while waiting:
        at, value = waiting.popleft()
        for name, one in _parts(value):
            field = f"{at}.{name}" if at else name
            if isinstance(one, Mapping | list):
                waiting.append((field, one))
            else:
                found[field] = one
    return found


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield clean_text(str(key), NAME), one
    else:
        yield from zip(_row_names(value), value, strict=True)


def _row_names(rows: Sequence[Any]) -> list[str]:
    """What rows are called: by the first kind of name that tells them apart, else by place."""
    for name in _NAMES:
        names = [
            clean_text(row[name], NAME)
            for row in rows
            if isinstance(row, Mapping) and isinstance(row.get(name), str)
        ]
        if len(set(names)) == len(rows) and not any(one.isdigit() for one in names):
            return names
    return [str(place) for place in range(len(rows))]


def chosen(fields: Fields, wanted: Sequence[str]) -> Fields:
    """The values under these fields; `*` stands for any part, as in `assets.*.volatility`.

    Raises:
        InputError: nothing is under one of them.
    """
    taken: Fields = {}
    for one in wanted:
        under = {name: value for name, value in fields.items() if _is_under(name, one)}
        if not under:
            raise InputError(f"this result has no field {one[:NAME]!r}{_near(one, fields)}")
        taken |= under
    return taken


def _is_under(name: str, wanted: str) -> bool:
    inside = name == wanted or name.startswith(f"{wanted}.")
    return inside or ("*" in wanted and fnmatchcase(name, wanted))


def _near(wanted: str, fields: Fields) -> str:
    whole = meant(wanted, list(fields))
    return whole or f"; at its top there is {listed(list(groups(fields)))}"


def usual(fields: Fields, most: int) -> Fields:
    """What is shown where nothing is named: the first known values that are no long texts."""
    own = {
        name: value
        for name, value in fields.items()
        if name.partition(".")[0] not in _ABOUT and value is not None and not _is_long(value)
    }
    about = {name: fields[name] for name in _DATA if fields.get(name) is not None}
    return dict(list(own.items())[: most - len(about)]) | about


def _is_long(value: Leaf) -> bool:
    return isinstance(value, str) and len(value) > 40


def groups(fields: Iterable[str]) -> dict[str, int]:
    """How many values there are under each name at the top."""
    heads = sorted(name.partition(".")[0] for name in fields)
    return {head: len(list(several)) for head, several in groupby(heads)}


def shown(value: Leaf) -> Leaf:
    """A value as it is answered: numbers to six digits, texts clean."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    return clean_text(value) if isinstance(value, str) else value


def agrees(stored: Leaf, quoted: Leaf) -> bool:
    """Whether a value was quoted rightly: a number may be rounded to the digits that it has."""
    if isinstance(stored, bool) or isinstance(quoted, bool) or stored is None or quoted is None:
        return stored is quoted
    if isinstance(stored, str) or isinstance(quoted, str):
        return isinstance(stored, str) and isinstance(quoted, str) and shown(stored) == quoted
    given, known = Decimal(repr(quoted)), Decimal(repr(stored))
    exponent = given.as_tuple().exponent
    if not isinstance(exponent, int):  # not finite
        return False
    unit = Decimal(1).scaleb(min(exponent, 0) if isinstance(quoted, float) else exponent)
    return abs(given - known) <= unit / 2 * (1 + Decimal("1e-9"))
