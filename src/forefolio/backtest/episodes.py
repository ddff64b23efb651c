"""A record over time: its deepest falls one by one, its calendar years, its last year at a time."""

from dataclasses import dataclass

import numpy as np

from forefolio.backtest.metrics import annual_volatility, beta, drawdowns, sharpe_ratio
from forefolio.core.units import Array, Dates
from forefolio.market.calendar import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """A drawdown from a peak until the peak is reached again, as rows of the equity curve."""

    peak: int  # the last row at the high
    bottom: int  # the row of the lowest equity
    recovered: int | None  # the first row at or above the high again; None: not yet
    depth: float  # at the bottom, a negative fraction of the peak


def worst_falls(equity: Array, count: int = 5) -> list[Fall]:
    """The deepest drawdowns of an equity curve (T,), the deepest first; they do not overlap.

    >>> [fall.depth for fall in worst_falls(np.array([1.0, 0.8, 1.1, 1.0, 1.1]), count=1)]
    [-0.19999999999999996]
    """
    depth = drawdowns(equity)
    below = np.concatenate([[False], depth < 0.0, [False]])
    turns = np.flatnonzero(np.diff(below.astype(int)))
    falls = []
    for start, stop in turns.reshape(-1, 2).tolist():
        bottom = start + int(np.argmin(depth[start:stop]))
        ended = stop if stop < len(equity) else None
        falls.append(
            Fall(peak=start - 1, bottom=bottom, recovered=ended, depth=float(depth[bottom]))
        )
    return sorted(falls, key=lambda fall: (fall.depth, fall.peak))[:count]


def calendar_years(sessions: Dates, equity: Array) -> dict[int, float]:
    """Returns of an equity curve (T,) by calendar year, from the last close of the year before.

    The first and the last year may not be whole.
    """
    years = sessions.astype("datetime64[Y]").astype(int) + 1970
    ends = np.flatnonzero(np.diff(years, append=years[-1] + 1))
    before = np.concatenate([[0], ends[:-1]])
    rows = zip(years[ends].tolist(), before.tolist(), ends.tolist(), strict=True)
    return {year: float(equity[last] / equity[first] - 1.0) for year, first, last in rows}


def trailing_years(
    returns: Array, excess: Array, rows: Rows, periods_per_year: float
) -> tuple[list[float | None], list[float | None]]:
    """Sharpe ratio and volatility of the year up to each of the `rows`, both annual.

    Returns and those beyond cash (T - 1,) are per session, the first one that of row 1; None
    where there is no whole year yet, or where nothing varies.
    """
    year = round(periods_per_year)
    whole = [slice(row - year, row) if year <= row <= len(returns) else None for row in rows]
    sharpe = [None if s is None else sharpe_ratio(excess[s], periods_per_year) for s in whole]
    risk = [None if s is None else annual_volatility(returns[s], periods_per_year) for s in whole]
    return sharpe, risk


def trailing_betas(
    excess: Array, benchmark: Array, rows: Rows, periods_per_year: float
) -> list[float | None]:
    """Beta of the year up to each of the `rows`, of returns beyond cash.

    Both (T - 1,) are per session, the first one that of row 1; None where there is no whole year
    yet, or where the benchmark does not vary.
    """
    year = round(periods_per_year)
    whole = [slice(row - year, row) if year <= row <= len(excess) else None for row in rows]
    return [None if s is None else beta(excess[s], benchmark[s]) for s in whole]
