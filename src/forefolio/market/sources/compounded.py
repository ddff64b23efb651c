"""A table of returns read as one of prices: compounded to closes that begin at 100.

1. Numbers of which many are below zero are no prices. A table is one of returns where every asset
   that says enough has such numbers, and no number beside them is of another size.
2. They are percentages where one is below -1, or written with the sign; else fractions. Where
   nothing tells it, and fractions of that size would be absurd, the table is refused.
3. The first return needs a close before it, which stands as far before the first row as rows stand
   apart.
"""

from collections.abc import Mapping

import numpy as np

from forefolio.core.units import Array, Dates
from forefolio.market.cleaning.quality import Finding
from forefolio.market.sources.base import Bars

START = 100.0
_ENOUGH = 20  # numbers that are not zero
_BELOW = (0.15, 0.85)  # share of an asset's returns below zero
_ABSENT = (-99.99, -999.0)  # what Fama and French write where there is none
_LARGE = 0.1  # median size that fractions do not have


class Unclear(ValueError):
    """Returns beside prices, or of a size that may be two things; the text says what to do."""


def compounded(bars: Mapping[str, Bars]) -> tuple[Mapping[str, Bars], list[Finding]]:
    """Closes of a table of returns, and that they are; what is no such table as it is.

    Raises:
        Unclear: some of its assets have returns and others prices, or nothing tells the unit.
    """
    if not any((one.close < 0.0).any() for one in bars.values()):
        return bars, []
    known = {ticker: _without_codes(one) for ticker, one in bars.items()}
    returns = {ticker: one for ticker, one in known.items() if _are_returns(one)}
    if not returns:
        return bars, []
    size = max(float(np.nanmax(np.abs(one.close))) for one in returns.values())
    others = [t for t, one in known.items() if t not in returns and not _within(one, size)]
    if others:
        raise Unclear(
            f"{next(iter(returns))} has returns, of which many are below zero, and {others[0]} "
            "prices; give prices of all, or returns of all"
        )
    unit = _unit([one.close for one in returns.values()])
    word = "percentages" if unit != 1.0 else "fractions, 0.01 for 1 %"
    findings = [
        Finding(
            ticker=ticker,
            code="returns",
            message=f"the numbers are returns, no prices (read as {word})",
            action=f"compounded to closes that begin at {START:g}",
        )
        for ticker in bars
    ]
    return {ticker: _closes(one, unit) for ticker, one in known.items()}, findings


def _without_codes(bars: Bars) -> Bars:
    """The same without the numbers that stand for none."""
    return bars.having(close=np.where(np.isin(bars.close, _ABSENT), np.nan, bars.close))


def _are_returns(bars: Bars) -> bool:
    moved = bars.close[np.isfinite(bars.close) & (bars.close != 0.0)]
    if bars.columns.keys() != {"close"} or len(moved) < _ENOUGH:
        return False
    return _BELOW[0] <= float(np.mean(moved < 0.0)) <= _BELOW[1]


def _within(bars: Bars, size: float) -> bool:
    """Whether numbers may be returns too: a bill's, or too few to say."""
    finite = bars.close[np.isfinite(bars.close)]
    return bool((np.abs(finite) <= size).all())


def _unit(returns: list[Array]) -> float:
    """One, or a hundredth."""
    every = np.concatenate(returns)
    every = every[np.isfinite(every)]
    if every.min() < -1.0:
        return 0.01
    if (size := float(np.median(np.abs(every)))) > _LARGE:
        raise Unclear(
            f"its numbers are returns of the size of {size:.2g}, as fractions or in percent: "
            "nothing tells which; write 1.5 % as 1.5% or 0.015"
        )
    return 1.0


def _closes(bars: Bars, unit: float) -> Bars:
    dates, rows = np.unique(bars.dates[~np.isnat(bars.dates)], return_index=True)
    returns = bars.close[~np.isnat(bars.dates)][rows] * unit
    there = np.isfinite(returns)
    worth = START * np.cumprod(np.where(there, 1.0 + returns, 1.0))
    first = int(there.argmax()) if there.any() else 0
    closes = np.where(there, worth, np.nan)[first:]
    days = np.concatenate([_before(dates, first), dates[first:]])
    return Bars(dates=days, columns={"close": np.concatenate([[START], closes])})


def _before(dates: Dates, row: int) -> Dates:
    """The day (1,) before that of `row`: of the table, or a usual distance before its first."""
    if row:
        return dates[row - 1 : row]
    weekdays = bool(np.is_busday(dates).all())
    apart = np.diff(dates)
    step = np.sort(apart)[len(apart) // 2]
    if weekdays and step <= np.timedelta64(1, "D"):
        return np.busday_offset(dates[:1], -1)
    earlier: Dates = dates[:1] - step
    return np.busday_offset(earlier, 0, roll="backward") if weekdays else earlier
