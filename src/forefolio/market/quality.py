"""What was wrong with the data, ticker by ticker, and what was done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from forefolio.lazy import lazy
from forefolio.units import Dates

pd: Any = lazy("pandas")

Severity: TypeAlias = Literal["info", "warning", "error"]


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
        order = ("error", "warning", "info")
        ranked = sorted(self.findings, key=lambda f: order.index(f.severity))
        total = f"{self.rows_in} rows read, {self.rows_kept} kept, {self.rows_dropped} dropped"
        return [*map(str, ranked), total]

    def to_frame(self) -> Any:
        """The findings as a pandas table, one row each."""
        names = ("ticker", "code", "severity", "message", "count", "first", "last", "action")
        rows = [[getattr(f, name) for name in names] for f in self.findings]
        return pd.DataFrame(rows, columns=list(names))
