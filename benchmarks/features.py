"""Ten features of 500 assets over 2,500 sessions: CPU time of one core, beside the peers'.

Run `python benchmarks/features.py`. TA-Lib and `ta` compute fewer of them, where installed.
"""

import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

from forefolio.features import (
    ADX,
    ATR,
    DEFAULT_FEATURES,
    MACD,
    RSI,
    BollingerPosition,
    Drawdown,
    Hurst,
    Momentum,
    VarianceRatio,
    Volatility,
    VolatilityRatio,
    compute,
)
from forefolio.lazy import lazy
from forefolio.market import Market, simulated_market
from forefolio.units import Array

ta: Any = lazy("ta")
talib: Any = lazy("talib")

TEN = (
    Momentum(window=21),
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
SIX = "momentum, RSI, ADX, MACD, ATR, Bollinger"


def cpu(work: Callable[[], object], repeats: int = 5) -> float:
    """Least CPU seconds of some runs, after one that warms up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def bars(market: Market, asset: int) -> tuple[Array, Array, Array]:
    """High, low and close (T,) of one asset."""
    high, low, close = (
        np.ascontiguousarray(b[:, asset])
        for b in (market.high, market.low, market.close)
        if b is not None
    )
    return high, low, close


def with_talib(market: Market) -> None:
    """Six indicators, asset by asset, in C."""
    for asset in range(len(market.assets)):
        high, low, close = bars(market, asset)
        talib.ROC(close, 21)
        talib.RSI(close)
        talib.ADX(high, low, close)
        talib.MACD(close)
        talib.ATR(high, low, close)
        talib.BBANDS(close, 20)


def with_ta(market: Market) -> None:
    """Six indicators, asset by asset, in pandas."""
    for asset in range(len(market.assets)):
        high, low, close = (pd.Series(b) for b in bars(market, asset))
        ta.momentum.roc(close, 21)
        ta.momentum.rsi(close)
        ta.trend.adx(high, low, close)
        ta.trend.macd_diff(close)
        ta.volatility.average_true_range(high, low, close)
        ta.volatility.bollinger_pband(close)


def report(what: str, seconds: float) -> None:
    """Print one line."""
    print(f"{what:62s} {seconds:8.3f} s")


def main() -> None:
    """Print the table."""
    market = simulated_market(sessions=2500, assets=500)
    holed = simulated_market(sessions=2500, assets=500, holes=0.02)
    six = (Momentum(), RSI(), ADX(), MACD(), ATR(), BollingerPosition())
    report(
        "forefolio, 10 features with Hurst and variance ratio", cpu(lambda: compute(TEN, market))
    )
    report("forefolio, the same with 2 % holes", cpu(lambda: compute(TEN, holed)))
    report(f"forefolio, {SIX}", cpu(lambda: compute(six, market)))
    everything = f"forefolio, all {len(DEFAULT_FEATURES)} default features"
    report(everything, cpu(lambda: compute(DEFAULT_FEATURES, market), 2))
    if find_spec("talib"):
        report(f"TA-Lib, {SIX}", cpu(lambda: with_talib(market)))
    if find_spec("ta"):
        few = market.select(market.assets[:5])
        report(f"ta, {SIX} (100 x 5 assets)", 100 * cpu(lambda: with_ta(few), 1))


if __name__ == "__main__":
    main()
