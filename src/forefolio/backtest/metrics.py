"""Performance measures of a series of returns: the one place where anything is annualised.

Returns (T,) are simple, per session, as fractions; `excess` are returns less those of cash. A
measure that does not exist (a single session, no variation, no losses) is None, never NaN.
"""

import math
from typing import TypeAlias

import numpy as np

from forefolio.core.units import Array
from forefolio.evidence.sharpe import FLAT, spread_of
from forefolio.risk.tails.models import quantile_loss, tail_loss

Measured: TypeAlias = float | None


def per_session(annual: float, periods_per_year: float) -> float:
    """The return per session that compounds to `annual` over a year."""
    return float((1.0 + annual) ** (1.0 / periods_per_year) - 1.0)


def simple_returns(equity: Array) -> Array:
    """Returns (T - 1,) of an equity curve (T,): where nothing is left -1, and zero beyond."""
    lost = ruined_row(equity)
    if lost is None:
        return equity[1:] / equity[:-1] - 1.0
    returns = np.zeros(len(equity) - 1)
    returns[:lost] = np.append(equity[1:lost], np.zeros(min(lost, 1))) / equity[:lost] - 1.0
    return returns


def ruined_row(equity: Array) -> int | None:
    """The first row of an equity curve (T,) at which nothing is left; None where there is none."""
    lost = equity <= 0.0
    return int(np.argmax(lost)) if lost.any() else None


# -- growth ----------------------------------------------------------------------------------------


def total_return(equity: Array) -> Measured:
    """Last / first - 1."""
    return max(float(equity[-1] / equity[0]), 0.0) - 1.0 if len(equity) else None


def annual_return(equity: Array, periods_per_year: float) -> Measured:
    """Compound growth: (last / first) ** (periods per year / sessions) - 1."""
    if len(equity) < 2:
        return None
    growth = max(float(equity[-1] / equity[0]), 0.0)
    return float(growth ** (periods_per_year / (len(equity) - 1)) - 1.0)


def annual_volatility(returns: Array, periods_per_year: float) -> Measured:
    """Standard deviation of returns x sqrt(periods per year)."""
    if len(returns) < 2:
        return None
    return float(returns.std(ddof=1) * np.sqrt(periods_per_year))


def max_drawdown(equity: Array) -> Measured:
    """Deepest fall from a peak: min(equity / highest equity so far - 1), -1 at worst, 0 if none."""
    if not len(equity):
        return None
    return float(np.min(drawdowns(equity)))


def drawdowns(equity: Array) -> Array:
    """Fall (T,) from the highest equity so far, zero or negative: -1 at worst, whatever is owed."""
    return np.maximum(equity, 0.0) / np.maximum.accumulate(equity) - 1.0


def longest_drawdown(equity: Array) -> int:
    """Most sessions in a row spent below an earlier peak."""
    below = np.flatnonzero(drawdowns(equity) >= 0.0)  # at a peak
    ends = np.concatenate([below, [len(equity)]])
    return int(np.max(np.diff(ends) - 1, initial=0))


# -- reward for risk -------------------------------------------------------------------------------


def sharpe_ratio(excess: Array, periods_per_year: float) -> Measured:
    """Annual Sharpe ratio: mean(r - c) / std(r - c) x sqrt(periods per year).

    `excess` (T,) are r - c, simple returns less those of cash, per session; the standard deviation
    divides by T - 1. None where they do not vary. Source: Sharpe (1994), "The Sharpe ratio".

    >>> import numpy as np
    >>> round(sharpe_ratio(np.array([0.01, -0.005, 0.002, 0.003]), periods_per_year=252), 2)
    6.47
    """
    spread = spread_of(excess)
    return None if spread is None else float(excess.mean() / spread * np.sqrt(periods_per_year))


def sharpe_error(excess: Array, periods_per_year: float) -> Measured:
    """Standard error of the annual Sharpe ratio of returns that are not normal.

    sqrt((1 - skew S + (kurtosis - 1) / 4 S^2) / sessions) with S per session (Mertens 2002); for
    normal returns that is Lo 2002, "The Statistics of Sharpe Ratios", equation 9.
    """
    ratio = sharpe_ratio(excess, 1.0)
    third, fourth = skew(excess), kurtosis(excess)
    if ratio is None or third is None or fourth is None:
        return None
    variance = 1.0 - third * ratio + (fourth + 2.0) / 4.0 * ratio**2
    return float(np.sqrt(max(variance, 0.0) / len(excess) * periods_per_year))


def sortino_ratio(excess: Array, periods_per_year: float) -> Measured:
    """Mean excess return / sqrt(mean of min(excess, 0)^2) x sqrt(periods per year)."""
    if not len(excess):
        return None
    downside = float(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2)))
    return _ratio(float(excess.mean()) * np.sqrt(periods_per_year), downside)


def calmar_ratio(equity: Array, periods_per_year: float) -> Measured:
    """Annual return / depth of the maximum drawdown."""
    growth, fall = annual_return(equity, periods_per_year), max_drawdown(equity)
    return None if growth is None or fall is None else _ratio(growth, -fall)


# -- beside a benchmark ----------------------------------------------------------------------------


def beta(excess: Array, benchmark: Array) -> Measured:
    """Slope of excess returns on the benchmark's: covariance / variance."""
    if spread_of(benchmark) is None:
        return None
    moved = benchmark - benchmark.mean()
    return float(moved @ (excess - excess.mean()) / (moved @ moved))


def alpha(excess: Array, benchmark: Array, periods_per_year: float) -> tuple[Measured, Measured]:
    """Jensen's alpha per year, (mean excess - beta x mean benchmark excess) x periods, and its t.

    The t statistic is that of the intercept of the least-squares regression.
    """
    slope, sessions = beta(excess, benchmark), len(excess)
    if slope is None or sessions < 3:
        return None, None
    intercept = float(excess.mean() - slope * benchmark.mean())
    left = excess - intercept - slope * benchmark
    moved = benchmark - benchmark.mean()
    variance = left @ left / (sessions - 2)
    error = np.sqrt(variance * (1.0 / sessions + benchmark.mean() ** 2 / (moved @ moved)))
    certain = np.sqrt(variance) <= FLAT * np.abs(excess).max()
    return intercept * periods_per_year, None if certain else _ratio(intercept, float(error))


def tracking_error(active: Array, periods_per_year: float) -> Measured:
    """Standard deviation of returns less the benchmark's x sqrt(periods per year)."""
    return annual_volatility(active, periods_per_year)


def information_ratio(active: Array, periods_per_year: float) -> Measured:
    """Mean return over the benchmark's / its standard deviation x sqrt(periods per year)."""
    return sharpe_ratio(active, periods_per_year)


# -- the shape of returns --------------------------------------------------------------------------


def hit_rate(returns: Array) -> Measured:
    """Share of sessions with a gain, among those with a gain or a loss."""
    return _ratio(float(np.sum(returns > 0)), float(np.sum(returns != 0)))


def profit_factor(returns: Array) -> Measured:
    """Sum of gains / sum of losses."""
    return _ratio(float(returns[returns > 0].sum()), float(-returns[returns < 0].sum()))


def value_at_risk(returns: Array, level: float = 0.95) -> Measured:
    """Loss per session exceeded with probability 1 - level: historical, positive is a loss."""
    return quantile_loss(returns, level) if len(returns) else None


def expected_shortfall(returns: Array, level: float = 0.95) -> Measured:
    """Mean loss of the worst share 1 - level of sessions (CVaR; Rockafellar and Uryasev 2002).

    The session at the edge of that share counts with the part of it that belongs there.
    """
    return tail_loss(returns, level) if len(returns) else None


def tail_ratio(returns: Array) -> Measured:
    """|95 % quantile| / |5 % quantile| of returns."""
    if not len(returns):
        return None
    low, high = np.abs(np.quantile(returns, [0.05, 0.95]))
    return _ratio(float(high), float(low))


def skew(returns: Array) -> Measured:
    """Third standardised moment."""
    return _moment(returns, 3)


def kurtosis(returns: Array) -> Measured:
    """Fourth standardised moment less 3: zero for normal returns."""
    fourth = _moment(returns, 4)
    return None if fourth is None else fourth - 3.0


# -- what trading takes ----------------------------------------------------------------------------


def annual_turnover(trades: Array, sessions: int, periods_per_year: float) -> Measured:
    """One-way turnover per year: half of all |trades| (D, N) as fractions of value, per year."""
    return _ratio(float(np.abs(trades).sum()) / 2.0 * periods_per_year, float(sessions))


def annual_cost(costs: Array, periods_per_year: float) -> Measured:
    """Costs (T,) as fractions of value, summed, per year."""
    return _ratio(float(costs.sum()) * periods_per_year, float(len(costs)))


def _ratio(numerator: float, denominator: float) -> Measured:
    """The quotient; None where there is none, or it is larger than any number."""
    if denominator == 0.0:
        return None
    quotient = float(numerator) / float(denominator)
    return quotient if math.isfinite(quotient) else None


def _moment(values: Array, power: int) -> Measured:
    if spread_of(values) is None:
        return None
    standard = (values - values.mean()) / values.std()
    return float(np.mean(standard**power))
