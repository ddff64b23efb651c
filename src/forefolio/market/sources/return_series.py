"""Series of returns from memory, with their dates if they have some, put side by side by date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Dates
from forefolio.market.sources.dates import Undecided, read_moments
from forefolio.market.sources.headings import field_of

pd: Any = lazy("pandas")
nw: Any = lazy("narwhals")

_PRICE = 0.5  # above which the median of no simple returns lies
_PERCENT = 0.1  # above which their median size does not, ruined accounts of large leverage included


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReturnSeries:
    """Numbers (n,), oldest first, and the days they are of, if that is known."""

    label: str
    values: Array
    dates: Dates | None = None

    def at(self, other: ReturnSeries) -> Array:
        """Its values at the dates of `other`, or as they stand where either has no dates.

        Raises:
            InputError: it has no value at one of them, or another length where dates are unknown.
        """
        if self.dates is None or other.dates is None:
            if len(self.values) != len(other.values):
                raise InputError(
                    f"{self.label} has shape {self.values.shape}; give {len(other.values)}, one "
                    "for each return, or dates as the index of both"
                )
            return self.values
        rows = np.searchsorted(self.dates, other.dates)
        there = rows < len(self.dates)
        there[there] = self.dates[rows[there]] == other.dates[there]
        if not there.all():
            first = other.dates[~there][0]
            raise InputError(
                f"{self.label} has nothing on {(~there).sum()} of the {len(there)} dates of the "
                f"{other.label}, such as {first}; give both over the same sessions"
            )
        return self.values[rows]


def read_series(values: Any, label: str) -> ReturnSeries:
    """One number per session, from an array, a list, or a series or column of any library.

    Raises:
        InputError: it is none, has text for a number, or a date twice.
    """
    values, index = _parts(values, label)
    numbers = _numbers(values, label)
    if numbers.ndim != 1:
        raise InputError(f"{label} has shape {numbers.shape}; give one number per session")
    dates = None if index is None else _dates(index, label)
    if dates is None:
        return ReturnSeries(label=label, values=numbers)
    order = np.argsort(dates, kind="stable")
    if (np.diff(dates[order]).astype(np.int64) == 0).any():
        twice = dates[order][1:][np.diff(dates[order]).astype(np.int64) == 0][0]
        raise InputError(f"{label} has {twice} twice; give one number per session")
    return ReturnSeries(label=label, values=numbers[order], dates=dates[order])


def read_returns(values: Any, label: str = "returns") -> ReturnSeries:
    """As `read_series`, of what can be simple returns; missing ones are NaN.

    Raises:
        InputError: they are prices, or percentages, or no series.
    """
    series = read_series(values, label)
    finite = series.values[np.isfinite(series.values)]
    if len(finite) and finite.min() < -1.0 and float(np.median(np.abs(finite))) > _PERCENT:
        raise InputError(
            f"{label} are of the size of {float(np.median(np.abs(finite))):.2g} and fall to "
            f"{finite.min():.3g}: these are percentages; give fractions, 0.01 for 1 %"
        )
    if len(finite) and finite.min() > 0.0 and float(np.median(finite)) > _PRICE:
        raise InputError(
            f"{label} are all above zero, {finite[0]:g} the first: these are prices; give returns, "
            "such as prices.pct_change().dropna()"
        )
    return series


def _parts(values: Any, label: str) -> tuple[Any, Any]:
    """The values, and an index that may hold their dates."""
    if isinstance(values, np.ndarray | list | tuple):
        return values, None
    if isinstance(values, dict):
        values = pd.Series(values)
    native = nw.from_native(values, pass_through=True, allow_series=True)
    if isinstance(native, nw.LazyFrame):
        native = native.collect()
    if isinstance(native, nw.DataFrame):
        dated = [name for name in native.columns if field_of(str(name)) == "date"]
        own = [name for name in native.columns if name not in dated]
        if len(own) != 1:
            raise InputError(f"{label} has {len(own)} columns of numbers; give one")
        native, index = native[own[0]], native[dated[0]].to_pandas() if dated else None
        column = native.to_pandas()
        return column.to_numpy(), _index(column) if index is None else index
    if isinstance(native, nw.Series):
        column = native.to_pandas()
        return column.to_numpy(), _index(column)
    return values, None


def _index(column: Any) -> Any:
    """The index of a pandas series where it may hold dates: a count of rows does not."""
    index = column.index
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp(how="end").normalize()
    counts = pd.api.types.is_numeric_dtype(index.dtype) and (index < 1e5).all()
    return None if index.nlevels > 1 or counts else index.to_series().reset_index(drop=True)


def _dates(index: Any, label: str) -> Dates:
    try:
        dates = read_moments(index).days
    except Undecided as problem:
        raise InputError(f"the index of {label}: {problem}") from None
    if np.isnat(dates).any():
        raise InputError(f"the index of {label} has a row without a date; leave it out")
    return dates


def _numbers(values: Any, label: str) -> Array:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{label} has something in it that is no number; give numbers") from None
