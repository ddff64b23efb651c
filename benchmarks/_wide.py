"""The markets that forecasts are judged on: the bundled sample, and some 220 or 310 US stocks.

The wide one lies beside the repository, in `../shared/data`, and is not part of it. Days on which
its source and another disagree by more than two points of return are left empty.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forefolio.core.units import Array, Flags
from forefolio.market import BARS, Files, Market, Sample, load_market

SHARED = Path(__file__).parents[2] / "shared" / "data"
FIRST = "2000-01-01"
WORST = 10  # suspect days, from which a ticker is left out of the larger selection


def sample_market(start: str | None = None) -> Market:
    """The bundled 20 stocks, 1990-2022: closes only."""
    return load_market(Sample(), start=start).market


def wide_market(*, only_clean: bool = True, start: str = FIRST) -> Market:
    """US stocks 2000-2021 with adjusted open, high, low and close, sectors, SPY and the VIX.

    `only_clean` keeps those whose prices agree with a second source; otherwise all but the worst.
    """
    market = load_market(Files(path=SHARED / "ohlcv.parquet"), _tickers(only_clean), start).market
    suspect = _suspect(market)
    bars = {name: np.where(suspect, np.nan, getattr(market, name)) for name in BARS}
    sectors = pd.read_csv(SHARED / "sectors.csv", index_col="ticker", dtype=str)["gics_sector"]
    dressed = replace(market, sectors=tuple(sectors[a] for a in market.assets), **bars)
    return dressed.with_series(benchmark=_level("SPY", market), vix=_level("^VIX", market))


def _tickers(only_clean: bool) -> list[str]:
    told = pd.read_csv(SHARED / "sectors.csv", keep_default_na=False)
    if only_clean:
        return list(told["ticker"][told["clean"].astype(str) == "True"])
    suspects = pd.read_csv(SHARED / "suspect_days.csv", keep_default_na=False)["ticker"]
    worst = suspects.value_counts().loc[lambda count: count >= WORST].index
    return list(told["ticker"][~told["ticker"].isin(worst)])


def _suspect(market: Market) -> Flags:
    """Days and assets (T, N) on which two sources disagree."""
    table = pd.read_csv(SHARED / "suspect_days.csv", keep_default_na=False)
    table = table[table["ticker"].isin(market.assets)]
    days = table["date"].to_numpy().astype("datetime64[D]")
    inside = (days >= market.sessions[0]) & (days <= market.sessions[-1])
    out = np.zeros(market.close.shape, dtype=bool)
    columns = [market.assets.index(ticker) for ticker in table["ticker"][inside]]
    out[np.searchsorted(market.sessions, days[inside]), columns] = True
    return out


def _level(symbol: str, market: Market) -> Array:
    """The adjusted close (T,) of a symbol of benchmark.parquet; its last one where it is absent."""
    wanted: Any = [("ticker", "==", symbol)]
    table = pd.read_parquet(SHARED / "benchmark.parquet", filters=wanted)
    days = table["date"].to_numpy().astype("datetime64[D]")
    level: Array = table["adj_close"].to_numpy(dtype=np.float64)
    return level[np.searchsorted(days, market.sessions, side="right") - 1]
