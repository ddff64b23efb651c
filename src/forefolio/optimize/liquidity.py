"""What the cost of trading depends on: volatility, traded money, and the capital."""

from dataclasses import dataclass

import numpy as np

from forefolio.core.units import Array, read_only
from forefolio.market import Market
from forefolio.market.cleaning.alignment import last_own

VOLATILITY_WINDOW = 63  # sessions; what impact is measured against
RECENT = 4 * VOLATILITY_WINDOW  # rows among which so many own sessions are looked for


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TradingContext:
    """What the cost of trading N assets depends on, besides the trades."""

    volatility: Array  # (N,) per session
    dollar_volume: Array  # (N,) money traded per session, NaN where unknown
    capital: float  # money the portfolio is worth

    def __post_init__(self) -> None:
        read_only(self.volatility, self.dollar_volume)


def trading_context(market: Market, capital: float) -> TradingContext:
    """What trading costs depend on, from what is known at the decision.

    An asset listed too lately to have a volatility is taken to have the mean of the others.
    """
    close = last_own(market.close, VOLATILITY_WINDOW + 1)
    volatility = _mean_of_finite((close[1:] / close[:-1] - 1) ** 2) ** 0.5  # of an own session
    seen = np.isfinite(volatility)
    usual = float(volatility[seen].mean()) if seen.any() else 0.0
    return TradingContext(
        volatility=np.where(seen, volatility, usual),
        dollar_volume=_mean_of_finite(
            last_own(market.dollar_volume(slice(-RECENT, None)), VOLATILITY_WINDOW)
        ),
        capital=capital,
    )


def _mean_of_finite(values: Array) -> Array:
    finite = np.isfinite(values)
    total = np.where(finite, values, 0.0).sum(axis=0)
    mean = np.full(values.shape[1], np.nan)
    np.divide(total, finite.sum(axis=0), out=mean, where=finite.any(axis=0))
    return mean
