"""What was wrong with the data of each ticker, and what was done about it."""

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
_FOLLOWS = {  # findings that follow from others about the same rows
    "no_close": ("text", "conflict"),
    "missing": ("text", "conflict", "impossible", "no_close", "no_adjusted", "bad_tick", "stale"),
}
_NAMED = 3  # tickers in a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem of one ticker's data, and how it was treated."""

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

    @property
    def has_prices(self) -> bool:
        """Whether closes are money for a share; those of a table of returns are not."""
        return all(finding.code != "returns" for finding in self.findings)

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
        for finding in _once(self.findings):
            if finding.code not in _KEPT:
                key = (finding.code, finding.column, finding.action, finding.severity)
                kinds.setdefault(key, []).append(finding)
        return tuple(map(_line, sorted(kinds.values(), key=_rank)))

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
    """The findings with each row counted once, where one finding follows from another."""
    counts: dict[tuple[str, str], int] = {}
    for finding in findings:
        if finding.column in ("", "close"):
            counts[finding.ticker, finding.code] = (
                counts.get((finding.ticker, finding.code), 0) + finding.count
            )
    out = []
    for finding in findings:
        before = sum(
            counts.get((finding.ticker, code), 0) for code in _FOLLOWS.get(finding.code, ())
        )
        if not before:
            out.append(finding)
        elif finding.count > before:
            out.append(replace(finding, count=finding.count - before))
    return out


def _rank(alike: list[Finding]) -> tuple[int, int]:
    return _ORDER.index(alike[0].severity), -sum(finding.count for finding in alike)


def _line(alike: list[Finding]) -> str:
    """The findings of one kind as a sentence."""
    first, rows = alike[0], sum(finding.count for finding in alike)
    names = list(dict.fromkeys(finding.ticker for finding in alike))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    about, when = ", ".join(names[:_NAMED]) + more, _span(alike)
    if first.column and first.code in _CELLS:
        kind = "valid" if first.column == "volume" else "positive"
        phrase = _CELLS[first.code][rows > 1].format(kind=kind)
        name = "adjusted close" if first.column == "adjusted" else first.column
        cells = name + ("s" if rows > 1 else "")
        return f"{rows:,} {cells} of {about} {phrase}{when}"
    count = f"{rows:,} x " if rows > 1 else ""
    like = " and the like" if len({finding.message for finding in alike}) > 1 else ""
    return f"{about}: {count}{first.message}{like}{when}: {first.action}"


def _span(alike: list[Finding]) -> str:
    first = [finding.first for finding in alike if finding.first is not None]
    last = [finding.last for finding in alike if finding.last is not None]
    if not first:
        return ""
    start, end = min(first), max(last)
    return f" ({start})" if start == end else f" ({start} to {end})"
