"""How much a portfolio is expected to move over a month, and between what, by its own record.

1. Forecast: the half-life blend of the portfolio's own past returns, as if today's weights had
   always been held. They show at once how far its assets move together in these days.
2. Record: at every session of the past, what happened over the next month over what was forecast.
3. The interval runs from the 5 % to the 95 % quantile of that record, as multiples of the forecast.
   A record of some months has not seen every kind of weather: it is drawn towards half and twice
   the forecast, which count as much as five years of record.

Source of the idea: Vovk, Gammerman and Shafer (2005), "Algorithmic learning in a random world".
"""

from dataclasses import dataclass

import numpy as np

from forefolio.core.errors import DataError, InputError, NotEnoughHistory
from forefolio.core.units import Array, Share, read_only
from forefolio.forecast.volatility.half_lives import USUAL, blended_variance
from forefolio.market.calendar import Rows

MONTH = 21  # sessions
PROBABILITY = 0.9
FIRST = 63  # returns before the first forecast
PRIOR_MONTHS = 60  # that half and twice count as
PRIOR_REACH = float(np.log(2.0))
LEAST = 1e-3  # of the forecast: a month without a move has no logarithm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VolatilityInterval:
    """Expected volatility per session over the next `horizon` sessions, and its interval.

    `held` is the share of `times` past intervals, each stated before its month, that held what
    happened; NaN where there was none.
    """

    expected: float
    low: float
    high: float
    held: float
    times: int
    horizon: int = MONTH
    probability: Share = PROBABILITY


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalRecord:
    """Intervals stated at every 21st of T sessions, and the volatility (M,) that followed each.

    All are per session; what followed the last one is NaN, as it is not known yet.
    """

    rows: Rows  # (M,) of the returns
    expected: Array
    low: Array
    high: Array
    happened: Array

    def __post_init__(self) -> None:
        read_only(self.rows, self.expected, self.low, self.high, self.happened)


def volatility_interval(returns: Array) -> VolatilityInterval:
    """The expected volatility of a portfolio with past simple returns (T,), between what.

    >>> import numpy as np
    >>> returns = np.random.default_rng(0).normal(0.0, 0.01, 2000)
    >>> one = volatility_interval(returns)
    >>> 0.005 < one.low < one.expected < one.high < 0.02
    True

    Raises:
        NotEnoughHistory: there are fewer than 63 returns.
        DataError: the portfolio does not move.
        InputError: a return is not finite.
    """
    record = interval_record(returns)
    past = np.isfinite(record.happened)
    inside = (record.happened >= record.low) & (record.happened <= record.high)
    return VolatilityInterval(
        expected=float(record.expected[-1]),
        low=float(record.low[-1]),
        high=float(record.high[-1]),
        held=float(inside[past].mean()) if past.any() else float("nan"),
        times=int(past.sum()),
    )


def interval_record(returns: Array) -> IntervalRecord:
    """The same at every 21st session of the past, by what was known then.

    Raises:
        NotEnoughHistory: there are fewer than 63 returns.
        DataError: the portfolio does not move.
        InputError: a return is not finite.
    """
    _check(returns)
    forecast = np.sqrt(blended_variance(returns[:, None], USUAL)[:, 0])
    if forecast[-1] <= 0.0:
        raise DataError("the portfolio does not move: there is no volatility to be expected")
    happened = _following(returns)
    with np.errstate(divide="ignore", invalid="ignore"):
        departure = np.log(np.maximum(happened / forecast, LEAST))
    first = (len(returns) - FIRST) % MONTH + FIRST - 1
    rows: Rows = np.arange(first, len(returns), MONTH, dtype=np.intp)
    reach = np.array([_reach(departure[FIRST - 1 : row - MONTH + 1]) for row in rows])
    level, low, high = forecast[rows, None].T * reach.T
    return IntervalRecord(rows=rows, expected=level, low=low, high=high, happened=happened[rows])


def _check(returns: Array) -> None:
    if returns.ndim != 1 or not np.isfinite(returns).all():
        raise InputError("returns are one finite number per session; leave out what is not known")
    if len(returns) < FIRST:
        raise NotEnoughHistory(FIRST, len(returns), "the expected volatility of a portfolio")


def _following(returns: Array) -> Array:
    """Volatility (T,) of the month after each session; NaN where it has not ended."""
    total = np.cumsum(np.append(0.0, returns**2))
    out = np.full(len(returns), np.nan)
    out[:-MONTH] = np.sqrt(np.maximum(total[MONTH + 1 :] - total[1:-MONTH], 0.0) / MONTH)
    return out


def _reach(departure: Array) -> tuple[float, float, float]:
    """What the forecast is multiplied by: to be right on average, for the low and the high end.

    `departure` holds log ratios of what happened to what was forecast, of months that have ended.
    """
    departure = departure[np.isfinite(departure)]
    months = len(departure) / MONTH
    if months < 1.0:
        return 1.0, float(np.exp(-PRIOR_REACH)), float(np.exp(PRIOR_REACH))
    own = months / (months + PRIOR_MONTHS)
    tail = (1.0 - PROBABILITY) / 2.0
    low, high = np.quantile(departure, (tail, 1.0 - tail))
    level = float(np.sqrt(np.mean(np.exp(2.0 * departure))))
    return (
        own * level + 1.0 - own,
        float(np.exp(own * low - (1.0 - own) * PRIOR_REACH)),
        float(np.exp(own * high + (1.0 - own) * PRIOR_REACH)),
    )
