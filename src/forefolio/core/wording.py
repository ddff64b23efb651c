"""How a number is written for a person: the one place where a fraction becomes a percentage.

Minus signs are true ones, zero has no sign, and what is not known is "n/a", never "nan".
"""

import difflib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import isfinite

_LONGEST = 60  # letters of a name that may be misspelt

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
MISSING = "n/a"
MOST_NAMED = 5  # assets that one line names


def percent(value: float | None, places: int = 1, *, signed: bool = False) -> str:
    """Write a fraction as a percentage: 0.123 is "12.3 %"."""
    shown = number(None if value is None else value * 100.0, places, signed=signed)
    return shown if shown == MISSING else f"{shown} %"


def belief(slope: float) -> str:
    """Write how far models are believed: never none at all where it is something."""
    return "less than 1 %" if 0.0 < slope < 0.005 else percent(slope, 0)


def number(value: float | None, places: int = 2, *, signed: bool = False) -> str:
    """Write a ratio: 1234.5 is "1,234.50"."""
    if value is None or not isfinite(value):
        return MISSING
    shown = f"{value:{'+' if signed else ''},.{places}f}"
    if not shown.strip("+-0."):
        shown = shown.lstrip("+-")
    return shown.replace("-", MINUS)


def points(value: float | None, error: float | None, places: int = 2) -> str:
    """Write a fraction and its standard error in percentage points: "+0.31 ± 0.40"."""
    return plus_minus(_hundredfold(value), _hundredfold(error), places, signed=True)


def plus_minus(
    value: float | None, error: float | None, places: int = 2, *, signed: bool = False
) -> str:
    """Write a number and its standard error: "0.61 ± 0.19"."""
    if value == 0.0 and not error:
        return "0"
    shown = number(value, places, signed=signed)
    return shown if shown == MISSING else f"{shown} ± {number(error, places)}"


def p_written(p_value: float, places: int = 2) -> str:
    """Write a p-value: "p = 0.03", and "p < 0.01" where its digits would all be zero."""
    least = 10.0**-places
    return f"p < {least:.{places}f}" if p_value < least else f"p = {p_value:.{places}f}"


def took(seconds: float | None) -> str:
    """Write how many seconds something took: never none at all where it took some."""
    return "< 0.01" if seconds is not None and 0.0 < seconds < 0.005 else number(seconds)


def multiple(value: float | None, places: int = 2) -> str:
    """Write a growth factor: a number and the multiplication sign."""
    shown = number(value, places)
    return shown if shown == MISSING else f"{shown}{TIMES}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does: "A, B and C"."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def meant(name: str, candidates: Sequence[str]) -> str:
    """Say which of the names was probably meant: "; did you mean 'arima'?", or nothing."""
    if len(name) > _LONGEST:  # no slip of the pen, and expensive to compare
        return ""
    return _meant(name, tuple(candidates))


@lru_cache(maxsize=1024)
def _meant(name: str, candidates: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, candidates, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def sessions(count: int) -> str:
    """Write a number of trading days: "1 session", "21 sessions"."""
    return counted(count, "session")


def counted(count: int, what: str) -> str:
    """Write a number of things: "1 asset", "2,520 assets"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _hundredfold(value: float | None) -> float | None:
    return None if value is None else value * 100.0


def note_lines(notes: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """One line for each reason of `notes` (asset, reason), with the assets that it holds for."""
    assets_by_reason: dict[str, dict[str, None]] = {}
    for asset, reason in notes:
        assets_by_reason.setdefault(reason, {})[asset] = None
    return tuple(
        f"{_first(tuple(assets))}: {reason}" for reason, assets in assets_by_reason.items()
    )


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def in_doubt(value: float, of: str = "of the portfolio") -> tuple[str, str]:
    """What is wrong with a fraction that is probably a percentage, and what to write: 30 for 30%.

    >>> "; ".join(in_doubt(30.0))
    '30 is 3000 % of the portfolio; write 30% if that is meant'
    """
    if not isfinite(100 * value):
        return f"{value:.15g} is far too large", "write 30% for 30 per cent"
    return (
        f"{value:.15g} is {100 * value:.15g} % {of}",
        f"write {value:.15g}% if that is meant",
    )
