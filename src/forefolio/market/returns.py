"""Returns of levels, and their volatility as of each close."""

import numpy as np

from forefolio.core.numerics import OUT_PANEL, PANEL, Scalar, kernel
from forefolio.core.units import Array
from forefolio.market.causal import causal_by_asset
from forefolio.market.panel import Market

DECAY = 0.94  # RiskMetrics (1996) for daily data
WARM_UP = 10  # returns before a volatility is given


def growth(values: Array, lag: int = 1) -> Array:
    """Simple return (T, ...) over `lag` rows, NaN where there is none; of values without holes."""
    out = np.full(values.shape, np.nan)
    np.divide(values[lag:], values[:-lag], out=out[lag:])
    out -= 1
    return out


@kernel((PANEL, Scalar, OUT_PANEL))
def _ewma(squares: Array, decay: float, out: Array) -> None:
    for column in range(squares.shape[1]):
        total, weight, seen = 0.0, 0.0, 0
        for row in range(squares.shape[0]):
            square = squares[row, column]
            if np.isfinite(square):
                total, weight, seen = decay * total + square, decay * weight + 1.0, seen + 1
            out[row, column] = total / weight if seen >= WARM_UP else np.nan


def ewma_volatility(market: Market, decay: float = DECAY) -> Array:
    """Volatility (T, N) per session: root of the weighted mean of the squared returns so far.

    The k-th last return weighs `decay**k`; a session without a return changes nothing.
    """
    return _usual_volatility(market) if decay == DECAY else ewma_root(market.returns, decay)


@causal_by_asset
def _usual_volatility(market: Market) -> Array:
    return ewma_root(market.returns)


def drift_returns(market: Market) -> Array:
    """Own returns (T, N) whose means are per session of the market, whoever else trades."""
    share = market.share_of_sessions
    if (share == 1.0).all():
        return market.returns
    returns: Array = market.returns * share
    return returns


def ewma_root(returns: Array, decay: float = DECAY) -> Array:
    """`ewma_volatility` of any returns (T, N)."""
    out = np.empty(returns.shape)
    _ewma(returns**2, decay, out)
    return np.sqrt(out)
