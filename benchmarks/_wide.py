"""The markets that forecasts are judged on: the bundled sample, 220 or 310 US stocks, 18 funds.

The latter lie beside the repository, in `../shared/data`, and are not part of it. Days of a stock
on which its source and another disagree by more than two points of return are left empty.
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
WHOLE = 0.99  # of the sessions of a history, to be called full
WORST = 10  # suspect days, from which a ticker is left out of the larger selection
FUNDS_FROM = "2002-07-30"  # three of bonds begin
FUNDS = tuple(
    "SPY QQQ IWM EFA EEM VNQ XLE XLF XLI XLK XLP XLU XLV XLY TLT IEF LQD GLD".split()  # noqa: SIM905
)


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


def long_histories(market: Market, count: int | None = None) -> Market:
    """The assets of a market that are there from first to last; `count` of them, evenly taken."""
    begun = np.isfinite(market.close[:5]).any(axis=0)
    lasting = np.isfinite(market.close).mean(axis=0) > WHOLE
    names = [name for name, on in zip(market.assets, begun & lasting, strict=True) if on]
    step = 1 if count is None else max(len(names) // count, 1)
    return market.select(names[::step][:count])


def funds_market() -> Market:
    """18 funds of stocks, bonds and gold, 2002-2021; gold and two others begin later."""
    source = Files(path=SHARED / "benchmark.parquet")
    return load_market(source, list(FUNDS), FUNDS_FROM).market


def with_bills(market: Market) -> Market:
    """The same with the three-month Treasury bill as `risk_free`, per session."""
    wanted: Any = [("series", "==", "DGS3MO")]
    table = pd.read_parquet(SHARED / "rates.parquet", filters=wanted)
    rate = _latest(table, table["value"].to_numpy(dtype=np.float64), market)
    return market.with_series(risk_free=(1 + rate / 100) ** (1 / market.periods_per_year) - 1)


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
    return _latest(table, table["adj_close"].to_numpy(dtype=np.float64), market)


def _latest(table: pd.DataFrame, values: Array, market: Market) -> Array:
    """The value (T,) of each session, or the last one before it; `table` has the dates."""
    days = table["date"].to_numpy().astype("datetime64[D]")
    latest: Array = values[np.searchsorted(days, market.sessions, side="right") - 1]
    return latest
