"""A simulated market without any skill to find: GARCH random walks with one common factor."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days
from forefolio.market.calendar import periods_per_year
from forefolio.market.panel import BARS, Market
from forefolio.market.sources.base import Bars, Raw
from forefolio.market.universe import daily_series


class Synthetic(Component):
    """A source of simulated prices: nothing in them can be forecast.

    >>> import forefolio as ff
    >>> ff.load_market(ff.Synthetic(sessions=600, assets=2)).market.close.shape
    (600, 2)
    """

    kind: Literal["synthetic"] = "synthetic"
    seed: int = Field(0, description="Seed of the random numbers.")
    sessions: Days = Field(1200, description="Sessions that are simulated.")
    assets: Annotated[int, Field(ge=1)] = Field(
        6, description="Number of assets that are simulated."
    )

    def version(self) -> str:
        """Names the settings, which are all there is."""
        return self.digest

    def read(
        self,
        tickers: tuple[str, ...] | None,
        start: np.datetime64,  # noqa: ARG002 - simulated whole
        end: np.datetime64,  # noqa: ARG002
    ) -> Raw:
        """Simulate every asset and hand over `tickers`."""
        market = simulated_market(self.seed, self.sessions, self.assets)
        wanted = market.assets if tickers is None else tickers
        return Raw(
            source="the simulated market",
            bars={t: _bars(market, t) for t in wanted if t in market.assets},
            tickers=market.assets,
            series={n: daily_series(market.sessions, s) for n, s in market.series.items()},
            sectors=dict(zip(market.assets, market.sectors, strict=True)),
            benchmark_dividends=True,  # nothing pays any
        )


def _bars(market: Market, ticker: str) -> Bars:
    column = market.assets.index(ticker)
    panels = {name: getattr(market, name) for name in BARS}
    columns = {name: panel[:, column] for name, panel in panels.items() if panel is not None}
    return Bars(dates=market.sessions, columns=columns)


def simulated_market(
    seed: int = 0, sessions: int = 1200, assets: int = 6, *, holes: float = 0.0
) -> Market:
    """Simulate weekdays of open, high, low, close and volume that no model can predict.

    Returns follow a GARCH(1,1) on a common factor and on each asset, with a small drift; a share
    `holes` of the asset-sessions does not trade, and with holes the last asset lists late. The
    series are "benchmark" (the factor's level), "risk_free" (per session) and "vix" (in percent).

    >>> import forefolio as ff
    >>> ff.simulated_market(seed=1, sessions=300, assets=4).close.shape
    (300, 4)
    """
    rng = np.random.default_rng(seed)
    factor = _garch(rng, sessions, 1)
    own = _garch(rng, sessions, assets)
    beta = rng.uniform(0.6, 1.4, assets)
    close = 50.0 * np.exp(np.cumsum(2e-4 + beta * factor + own, axis=0))
    gap = np.exp(rng.normal(0, 0.003, close.shape))
    open_ = np.vstack([close[:1], close[:-1]]) * gap
    reach = np.abs(rng.normal(0, 0.006, (2, *close.shape)))
    high = np.maximum(open_, close) * np.exp(reach[0])
    low = np.minimum(open_, close) * np.exp(-reach[1])
    volume: Array = np.floor(np.exp(rng.normal(14, 0.4, close.shape)))
    silent = rng.random(close.shape) < holes
    if holes:
        silent[: sessions // 5, -1] = True
    for bars in (open_, high, low, close, volume):
        bars[silent] = np.nan
    days = np.arange(np.datetime64("2010-01-04"), np.datetime64("2010-01-04") + 2 * sessions)
    days = days[np.is_busday(days)][:sessions]
    periods = periods_per_year(days)
    return Market(
        sessions=days,
        assets=tuple(f"A{i}" for i in range(assets)),
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=volume,
        series={
            "benchmark": 1000.0 * np.exp(np.cumsum(2e-4 + factor[:, 0])),
            "risk_free": np.full(sessions, 5e-5),
            "vix": 100.0 * np.sqrt(periods * _ewm(factor[:, 0] ** 2)),
        },
        sectors=tuple(("Tech", "Energy", "Health")[i % 3] for i in range(assets)),
        periods_per_year=periods,
    )


def _garch(rng: np.random.Generator, sessions: int, assets: int) -> Array:
    out = np.empty((sessions, assets))
    variance = np.full(assets, 1e-4)
    for row, shock in enumerate(rng.standard_normal(out.shape)):
        out[row] = np.sqrt(variance) * shock
        variance = 2e-6 + 0.08 * out[row] ** 2 + 0.90 * variance
    return out


def _ewm(values: Array, decay: float = 0.94) -> Array:
    out = np.empty_like(values)
    level = 1e-4
    for row, value in enumerate(values):
        level = decay * level + (1 - decay) * value
        out[row] = level
    return out
