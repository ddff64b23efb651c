"""Prices on their way into the database: one series per ticker, and which of its rows are none."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from forefolio.core.units import Array, Dates, Flags
from forefolio.store.price_tables import FIELDS, RANGES, ZERO

_OUTSIDE = 1e-4  # of the price: by how much rounding may put a close outside the day's range
_DAY = "datetime64[D]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriceSeries:
    """n rows of one ticker, as they were on their day: raw prices, and what was paid or split.

    `columns` holds (n,) arrays: "close", or "value" for a series that is no price, and whatever
    else of `FIELDS` the source has; NaN is missing.
    """

    dates: Dates  # (n,)
    columns: Mapping[str, Array]

    def __post_init__(self) -> None:
        if unknown := set(self.columns) - set(FIELDS):
            raise ValueError(f"no such field: {sorted(unknown)}; there is {', '.join(FIELDS)}")
        if "close" not in self.columns and "value" not in self.columns:
            raise ValueError('a series of prices needs "close", any other one "value"')
        for name, values in self.columns.items():
            if values.shape != self.dates.shape:
                raise ValueError(f"{name} has {len(values)} rows for {len(self.dates)} dates")

    def __len__(self) -> int:
        return len(self.dates)

    @property
    def days(self) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """The (n,) dates as days since 1970-01-01."""
        return self.dates.astype(_DAY).astype(np.int64)

    def column(self, name: str) -> Array:
        """One field (n,), NaN where the source has none."""
        given = self.columns.get(name)
        return np.full(len(self), np.nan) if given is None else np.asarray(given, np.float64)

    def at(self, rows: "Flags | np.ndarray[tuple[int], np.dtype[np.intp]]") -> Self:
        """Some of the rows, in the order given."""
        columns = {name: np.asarray(values)[rows] for name, values in self.columns.items()}
        return type(self)(dates=self.dates[rows], columns=columns)

    def digest(self) -> str:
        """The name of its content: equal rows in the same order have the same."""
        whole = hashlib.sha256(self.days.astype("<i8").tobytes())
        for name in FIELDS:
            values = self.column(name) + 0.0  # -0 is 0
            whole.update(np.where(np.isnan(values), np.nan, values).astype("<f8").tobytes())
        return whole.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that is no price, with the reason; `row` is a JSON document of its values."""

    ticker: str
    date: str  # ISO; "" where it could not be read
    reason: str
    row: str

    def key(self, source: str) -> str:
        """The same for the same row refused again."""
        text = json.dumps([source, self.ticker, self.date, self.reason, self.row])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def checked(
    ticker: str, series: PriceSeries, today: np.datetime64 | None = None
) -> tuple[PriceSeries, list[RefusedRow]]:
    """The rows that can be stored, by date and each once; and those that cannot, with the reason.

    `today` is the last day that a row may have; None: there is no such day.
    """
    reasons: dict[int, str] = {}
    for why, rows in _wrong(series, today):
        for row in np.flatnonzero(rows):
            reasons.setdefault(int(row), why)
    kept = series
    if reasons:
        good = np.ones(len(series), bool)
        good[list(reasons)] = False
        kept = series.at(good)
    refused = [_refused(ticker, series, row, why) for row, why in sorted(reasons.items())]
    kept, twice = _once(ticker, kept)
    return kept, refused + twice


def _wrong(series: PriceSeries, today: np.datetime64 | None) -> Iterator[tuple[str, Flags]]:
    """Each rule that rows break, and which rows do."""
    yield "the date cannot be read", np.isnat(series.dates)
    if today is not None:
        yield "the date is in the future", series.dates > today
    is_price = ~np.isnan(series.column("close"))
    if "value" in series.columns:
        is_value = ~np.isnan(series.column("value"))
        yield "the row has both a price and a value", is_price & is_value
        is_price |= is_value
    yield "the close is missing", ~is_price
    for name, values in series.columns.items():
        low, high = RANGES[name]
        with np.errstate(invalid="ignore"):
            inside = (values > low) & (values < high)
            if name in ZERO:
                inside |= values == 0
        yield f"the {name} is {_no_number(low)}", ~inside & ~np.isnan(values)
    yield from _outside(series)


def _no_number(low: float) -> str:
    return "not a finite number" if low < 0 else "not a finite positive number"


def _outside(series: PriceSeries) -> Iterator[tuple[str, Flags]]:
    high, low = series.column("high"), series.column("low")
    if not ("high" in series.columns or "low" in series.columns):
        return
    with np.errstate(invalid="ignore"):
        yield "the high is below the low", high < low
        for name in ("close", "open"):
            values = series.column(name)
            above, below = values > high * (1 + _OUTSIDE), values < low * (1 - _OUTSIDE)
            yield f"the {name} is outside the day's low and high", above | below


def _once(ticker: str, series: PriceSeries) -> tuple[PriceSeries, list[RefusedRow]]:
    """By date and each date once: of dates that stand twice, none is right if they differ."""
    days = series.days
    if len(days) < 2 or bool((np.diff(days) > 0).all()):
        return series, []
    series = series.at(np.argsort(days, kind="stable"))
    days = series.days
    same = np.flatnonzero(np.diff(days) == 0)
    if not len(same):
        return series, []
    differ = np.zeros(len(same), bool)
    for name in series.columns:
        values = series.column(name)
        first, second = values[same], values[same + 1]
        differ |= (first != second) & ~(np.isnan(first) & np.isnan(second))
    disputed = np.isin(days, days[same[differ]])
    why = "the date stands twice with different values"
    refused = [_refused(ticker, series, int(row), why) for row in np.flatnonzero(disputed)]
    again = np.zeros(len(days), bool)
    again[same + 1] = True
    return series.at(~disputed & ~again), refused


def _refused(ticker: str, series: PriceSeries, row: int, reason: str) -> RefusedRow:
    values = {name: repr(float(column[row])) for name, column in series.columns.items()}
    date = series.dates[row]
    return RefusedRow(
        ticker=ticker,
        date="" if np.isnat(date) else str(date.astype(_DAY)),
        reason=reason,
        row=json.dumps(values),
    )
