"""What a source returns: bars as read, and series with the day each value was published."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from forefolio.core.units import Array, Dates, Flags
from forefolio.market.cleaning.quality import Finding

T = TypeVar("T")

_TRADED = ("open", "high", "low", "close", "traded_close")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bars:
    """One ticker's n rows as read: any order, possibly twice, possibly wrong.

    `columns` holds (n,) arrays: always "close"; where the source has them "open", "high", "low",
    "volume", "adjusted" (close, for splits and dividends) and "split" (new shares per old one).
    Cleaning puts "close" on the scale of "adjusted" and keeps what was paid as "traded_close".
    """

    dates: Dates  # (n,), NaT where it could not be read
    columns: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.dates)

    @property
    def close(self) -> Array:
        """The (n,) closes."""
        return self.columns["close"]

    def equals(self, other: Self) -> bool:
        """Whether both say the same, whatever the order of their rows."""
        if len(self) != len(other) or self.columns.keys() != other.columns.keys():
            return False
        own, their = (bars.at(np.argsort(bars.dates, kind="stable")) for bars in (self, other))
        return np.array_equal(own.dates, their.dates, equal_nan=True) and all(
            np.array_equal(values, their.columns[name], equal_nan=True)
            for name, values in own.columns.items()
        )

    def at(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Self:
        """Some of the rows, in the order given; these bars where a mask wants all of them."""
        if rows.dtype == np.bool_ and rows.all():
            return self
        columns = {name: values[rows] for name, values in self.columns.items()}
        return type(self)(dates=self.dates[rows], columns=columns)

    def having(self, **columns: Array) -> Self:
        """The same rows with other values in some columns."""
        return type(self)(dates=self.dates, columns={**self.columns, **columns})

    def without(self, rows: Flags) -> Self:
        """The same rows, without prices where `rows` (n,) is True: nothing was traded then."""
        own = [name for name in _TRADED if name in self.columns]
        return self.having(**{name: np.where(rows, np.nan, self.columns[name]) for name in own})


def within(days: Dates, first: np.datetime64, last: np.datetime64) -> Flags:
    """Which days (n,) are from `first` to `last`, or not known."""
    return np.asarray(((days >= first) & (days <= last)) | np.isnat(days))


def once_a_table(of: Callable[[Dates], T]) -> Callable[[Dates], T]:
    """A function of days that is asked once for each array: the tickers of a table share theirs."""
    answers: dict[int, tuple[Dates, T]] = {}  # with the array, so that no other takes its place

    def asked(days: Dates) -> T:
        if id(days) not in answers:
            answers[id(days)] = days, of(days)
        return answers[id(days)][1]

    return asked


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublishedSeries:
    """Values of one series, each with the day on whose close it was available."""

    since: Dates  # (n,) ascending
    values: Array  # (n,)
    days: int = 0  # how many calendar days a value stays the latest; 0: its own day only

    def at(self, sessions: Dates) -> Array:
        """The latest value (T,) at each session; NaN before the first, and once stale."""
        if not len(self.since):
            return np.full(len(sessions), np.nan)
        row = np.searchsorted(self.since, sessions, side="right") - 1
        age = (sessions - self.since[row]).astype(np.int64)
        return np.where((row >= 0) & (age <= self.days), self.values[row], np.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Raw:
    """Everything a source read for one request, before cleaning."""

    source: str  # what messages call it
    bars: Mapping[str, Bars]
    tickers: tuple[str, ...]  # every ticker the source has
    series: Mapping[str, PublishedSeries] = field(default_factory=dict)
    sectors: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()  # about what could not be read; error: nothing of a ticker
    calendar: str = ""  # exchange that tells which sessions are missing; "": the benchmark's
    benchmark_dividends: bool | None = None  # whether the series "benchmark" includes them
    today: np.datetime64 | None = None  # no bar can be later than this


@runtime_checkable
class Source(Protocol):
    """Where prices come from."""

    def read(
        self, tickers: tuple[str, ...] | None, start: np.datetime64, end: np.datetime64
    ) -> Raw:
        """Read the bars of `tickers` (None: all) from `start` to `end`; more rows do no harm.

        Raises:
            DataError: nothing can be read at all.
        """
        ...

    def version(self) -> str:
        """Name the content cheaply: two equal versions hold equal data."""
        ...
