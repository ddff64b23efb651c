"""What was wrong with the data, ticker by ticker, and what was done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Dates
from forefolio.core.wording import counted

pd: Any = lazy("pandas")

Severity: TypeAlias = Literal["info", "warning", "error"]

_ORDER = ("error", "warning", "info")
_KEPT = ("large_move", "zero_volume", "split_applied")  # nothing was taken away, nothing is wrong
_CELLS = {  # how a person says it, of cells of one column
    "text": ("was text and is left out", "were text and are left out"),
    "impossible": (
        "was no {kind} number and is left out",
        "were no {kind} numbers and are left out",
    ),
}
_FOLLOWS = {  # findings about rows that were told before, by what told them
    "no_close": ("text", "conflict"),
    "missing": ("text", "conflict", "impossible", "no_close", "no_adjusted", "bad_tick", "stale"),
}
_NAMED = 3  # tickers in a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing about one ticker's data that a person should know."""

    code: str
    message: str  # what is the matter, in words
    action: str  # what was done about it
    ticker: str = ""
    severity: Severity = "warning"  # error: the ticker is refused
    count: int = 0  # how many rows
    first: np.datetime64 | None = None
    last: np.datetime64 | None = None
    days: Dates | None = field(default=None, repr=False, compare=False)  # of each row, NaT undated
    column: str = ""  # the one that it is about, if it is about cells

    @classmethod
    def on(
        cls, dates: Dates, code: str, message: str, action: str, severity: Severity = "warning"
    ) -> "Finding":
        """A finding about the rows at `dates` (n,)."""
        real = dates[~np.isnat(dates)]
        return cls(
            code=code,
            message=message,
            action=action,
            severity=severity,
            count=len(dates),
            first=real.min() if len(real) else None,
            last=real.max() if len(real) else None,
            days=dates,
        )

    def __str__(self) -> str:
        rows = f"{self.count} x " if self.count > 1 else ""
        when = "" if self.first is None else f" ({self._when})"
        return f"{self.ticker}: {rows}{self.message}{when}: {self.action}"

    @property
    def _when(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """The findings about a load; every row read is either kept or dropped.

    A row is kept when it is a bar with a usable close in the market; a refused ticker keeps none.
    """

    findings: tuple[Finding, ...]
    refused: Mapping[str, str] = field(default_factory=dict)  # ticker: reason
    rows_in: int
    rows_kept: int

    @property
    def rows_dropped(self) -> int:
        """Rows that did not make a bar of the market."""
        return self.rows_in - self.rows_kept

    def of(self, ticker: str) -> tuple[Finding, ...]:
        """The findings about one ticker."""
        return tuple(f for f in self.findings if f.ticker == ticker)

    def lines(self) -> list[str]:
        """One line per finding, the gravest first, and a last one with the row counts."""
        ranked = sorted(self.findings, key=lambda f: _ORDER.index(f.severity))
        rows = counted(self.rows_in, "row")
        total = f"{rows} read, {self.rows_kept:,} kept, {self.rows_dropped:,} dropped"
        return [*map(str, ranked), total]

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was changed or left out, one line a kind, the gravest and then the largest first."""
        kinds: dict[tuple[str, ...], list[Finding]] = {}
        for found in _once(self.findings):
            if found.code not in _KEPT:
                key = (found.code, found.column, found.action, found.severity)
                kinds.setdefault(key, []).append(found)
        told = sorted(kinds.values(), key=_rank)
        return tuple(map(_line, told))

    def to_dict(self) -> dict[str, list[str]]:
        """As a JSON document: the repairs in short, and every finding."""
        return {"repairs": list(self.repairs), "details": self.lines()}

    def to_frame(self) -> Any:
        """The findings as a pandas table, one row each."""
        names = ("ticker", "code", "severity", "message", "count", "first", "last", "action")
        rows = [[getattr(f, name) for name in names] for f in self.findings]
        return pd.DataFrame(rows, columns=list(names))


# -- in short --------------------------------------------------------------------------------------


def _once(findings: tuple[Finding, ...]) -> list[Finding]:
    """Each row told once: what was emptied is without a close, and then a session is missing."""
    told: dict[tuple[str, str], int] = {}
    for found in findings:
        if found.column in ("", "close"):
            told[found.ticker, found.code] = told.get((found.ticker, found.code), 0) + found.count
    out = []
    for found in findings:
        before = sum(told.get((found.ticker, code), 0) for code in _FOLLOWS.get(found.code, ()))
        if not before:
            out.append(found)
        elif found.count > before:
            out.append(replace(found, count=found.count - before))
    return out


def _rank(alike: list[Finding]) -> tuple[int, int]:
    return _ORDER.index(alike[0].severity), -sum(found.count for found in alike)


def _line(alike: list[Finding]) -> str:
    """The findings of one kind as a sentence."""
    first, rows = alike[0], sum(found.count for found in alike)
    names = list(dict.fromkeys(found.ticker for found in alike))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    about, when = ", ".join(names[:_NAMED]) + more, _span(alike)
    if first.column and first.code in _CELLS:
        kind = "valid" if first.column == "volume" else "positive"
        said = _CELLS[first.code][rows > 1].format(kind=kind)
        name = "adjusted close" if first.column == "adjusted" else first.column
        cells = name + ("s" if rows > 1 else "")
        return f"{rows:,} {cells} of {about} {said}{when}"
    count = f"{rows:,} x " if rows > 1 else ""
    like = " and the like" if len({found.message for found in alike}) > 1 else ""
    return f"{about}: {count}{first.message}{like}{when}: {first.action}"


def _span(alike: list[Finding]) -> str:
    first = [found.first for found in alike if found.first is not None]
    last = [found.last for found in alike if found.last is not None]
    if not first:
        return ""
    start, end = min(first), max(last)
    return f" ({start})" if start == end else f" ({start} to {end})"
