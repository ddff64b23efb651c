"""How long features of 500 assets over 2,500 sessions take, beside TA-Lib and `ta`.

`python benchmarks/features.py`; the peers compute six of them, `ta` for part of the assets.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import ta
import talib
from _report import Line, report, timed

from forefolio.core.units import Array
from forefolio.features import (
    ADX,
    ATR,
    DEFAULT_FEATURES,
    MACD,
    RSI,
    BollingerPosition,
    Drawdown,
    Hurst,
    PriceMomentum,
    VarianceRatio,
    Volatility,
    VolatilityRatio,
    compute,
)
from forefolio.market import Market, simulated_market

SESSIONS, ASSETS, PART = 2500, 500, 25
SIX_BAR = 0.060  # seconds, of the 6 indicators
SETTLED = 500  # sessions after which exponential means no longer remember how they were begun
BAR = 0.25
SIX = (PriceMomentum(), RSI(), ADX(), MACD(), ATR(), BollingerPosition())
TEN = (
    PriceMomentum(window=21),
    Volatility(window=63),
    VolatilityRatio(),
    Drawdown(window=63),
    RSI(),
    MACD(),
    ATR(),
    ADX(),
    Hurst(),
    VarianceRatio(),
)


def main() -> None:
    """Print the table."""
    market = simulated_market(sessions=SESSIONS, assets=ASSETS)
    holed = simulated_market(sessions=SESSIONS, assets=ASSETS, holes=0.02)
    part = market.select(market.assets[:PART])
    six = timed(lambda: compute(SIX, market))
    lines = [
        Line(
            work="10, with Hurst and variance ratio",
            ours=timed(lambda: compute(TEN, market)),
            bar=BAR,
        ),
        Line(work="the same, 2 % of prices missing", ours=timed(lambda: compute(TEN, holed))),
        Line(
            work=f"all {len(DEFAULT_FEATURES)} of a run",
            ours=timed(lambda: compute(DEFAULT_FEATURES, market), 3),
        ),
        Line(
            work="6 indicators",
            ours=six,
            bar=SIX_BAR,
            peer="TA-Lib",
            theirs=timed(lambda: by_asset(market, in_talib)),
            accuracy=_apart(market, in_talib),
        ),
        Line(
            work="6 indicators",
            ours=six,
            bar=SIX_BAR,
            peer=f"ta, {PART} assets x {ASSETS // PART}",
            theirs=timed(lambda: by_asset(part, in_ta), 1) * (ASSETS // PART),
            accuracy=_apart(part, in_ta),
        ),
    ]
    report(f"Features, {ASSETS} x {SESSIONS}, CPU time", lines, ["ta-lib", "ta", "pandas"])


def in_talib(high: Array, low: Array, close: Array) -> Sequence[Array]:
    """Six indicators of one asset, in C, in our units."""
    upper, middle, _ = talib.BBANDS(close, 20)
    return (
        talib.ROC(close, 21) / 100,
        talib.RSI(close) / 100,
        talib.ADX(high, low, close) / 100,
        talib.MACD(close)[2] / close,
        talib.ATR(high, low, close) / close,
        (close - middle) / (upper - middle),
    )


def in_ta(high: Array, low: Array, close: Array) -> Sequence[Array]:
    """Six indicators of one asset, in pandas, in our units."""
    highs, lows, closes = (pd.Series(bars) for bars in (high, low, close))
    return (
        ta.momentum.roc(closes, 21) / 100,
        ta.momentum.rsi(closes) / 100,
        ta.trend.adx(highs, lows, closes) / 100,
        ta.trend.macd_diff(closes) / closes,
        ta.volatility.average_true_range(highs, lows, closes) / closes,
        2 * ta.volatility.bollinger_pband(closes) - 1,
    )


def by_asset(market: Market, indicators: Callable[[Array, Array, Array], Sequence[Array]]) -> Array:
    """Apply them to the columns of a market, (T, N, 6)."""
    bars = [
        np.ascontiguousarray(b.T) for b in (market.high, market.low, market.close) if b is not None
    ]
    return np.array([indicators(*columns) for columns in zip(*bars, strict=True)]).transpose(
        2, 0, 1
    )


def _apart(market: Market, indicators: Callable[[Array, Array, Array], Sequence[Array]]) -> str:
    ours, theirs = compute(SIX, market).x, by_asset(market, indicators)
    return f"within {np.abs(ours - theirs)[SETTLED:].max():.0e}"


if __name__ == "__main__":
    main()
