"""How much money a strategy carries: its market impact at any size, from one finished backtest.

1. Of decisions that stay as they are, square-root impact costs `k sqrt(A)` a year at a capital
   of A: `k` is the sum of c s |u|^1.5 / sqrt(V) over all trades, by the years.
2. So a yearly edge g is gone at A = (g / k)^2, and earns most money at 4/9 of that.
3. The square root has been seen from about 0.1 % to 10 % of a session's volume; beyond that it is
   an extrapolation. An optimiser that knows A would trade less, which is another curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from forefolio.backtest.metrics import Measured
from forefolio.backtest.result import BacktestResult
from forefolio.core.units import Array, Flags
from forefolio.market import Market
from forefolio.optimize.liquidity import TradingContext, trading_context
from forefolio.optimize.objectives.costs import SquareRootImpact

LEAST_KNOWN = 0.9  # share of what is traded whose volume must be known
OVERSEEN = 0.1  # of a session's volume, beyond which the square root is an extrapolation


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketImpact:
    """What trading moves prices by, at a capital of 1 in the prices' money."""

    drag: Measured  # a year, fraction of capital; it grows with the square root of the capital
    participation: Measured  # largest order by the session's volume; it grows with the capital


UNKNOWN = MarketImpact(drag=None, participation=None)


def market_impacts(
    results: Sequence[BacktestResult], market: Market, impact: SquareRootImpact | None = None
) -> dict[str, MarketImpact]:
    """The impact of each backtest on `market` by its name, at a capital of 1.

    Where less than nine tenths of what was traded has a known volume, none is known; else the rest
    is taken to cost as much as what is known.
    """
    if market.volume is None:
        return {result.name: UNKNOWN for result in results}
    formula, contexts = impact or SquareRootImpact(), _Contexts(market)
    return {result.name: _impact(result, formula, contexts) for result in results}


def break_even(gain: float, drag: float) -> float:
    """Capital at which a yearly `gain` is gone: (gain / drag)^2; infinite without a drag.

    >>> round(break_even(gain=0.04, drag=0.01 / 1e8**0.5) / 1e9, 1)
    1.6
    """
    if gain <= 0.0:
        return 0.0
    return float("inf") if drag == 0.0 else (gain / drag) ** 2


def most_money(gain: float, drag: float) -> tuple[float, float]:
    """Capital at which a yearly `gain` earns most money, and that money: 4/9 of the break-even.

    >>> [round(value / 1e6, 3) for value in most_money(gain=0.04, drag=0.01 / 1e8**0.5)]
    [711.111, 9.481]
    """
    capital = 4.0 / 9.0 * break_even(gain, drag)
    return capital, gain * capital / 3.0


def drag_at(capital: float, drag: float) -> float:
    """Market impact a year at a capital, as a fraction of it."""
    return drag * sqrt(capital)


class _Contexts:
    """What trading depends on at each session, reckoned once for all strategies."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._by_row: dict[int, TradingContext] = {}

    def at(self, session: np.datetime64) -> TradingContext:
        """What is known before that session's trades, at a capital of 1."""
        row = int(np.searchsorted(self._market.sessions, session))
        if row not in self._by_row:
            self._by_row[row] = trading_context(self._market[:row], 1.0)
        return self._by_row[row]

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets that volumes are known of."""
        return self._market.assets


def _impact(result: BacktestResult, formula: SquareRootImpact, contexts: _Contexts) -> MarketImpact:
    if result.assets != contexts.assets:
        return UNKNOWN
    paid, traded, unknown, largest = 0.0, 0.0, 0.0, 0.0
    for row, trades in zip(result.decisions, result.trades, strict=True):
        if row + 1 >= result.lived or not trades.any():
            continue
        context = contexts.at(result.sessions[row + 1])
        silent = ~(context.dollar_volume > 0.0)
        size = np.abs(trades)
        traded += float(size.sum())
        unknown += float(size[silent].sum())
        paid += float(formula.charge(trades, context).sum())
        largest = max(largest, _largest(size, context.dollar_volume, ~silent))
    if not traded or unknown > (1.0 - LEAST_KNOWN) * traded:
        return UNKNOWN
    years = (result.lived - 1) / result.periods_per_year
    return MarketImpact(drag=paid / years / (1.0 - unknown / traded), participation=largest)


def _largest(size: Array, volume: Array, known: Flags) -> float:
    return float((size[known] / volume[known]).max(initial=0.0))
