from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.forecast import Forecast
from forefolio.market import Market
from forefolio.optimize import Outlook
from forefolio.risk import Covariance


def market_of(returns: Array, assets: tuple[str, ...]) -> Market:
    days = np.datetime64("2018-01-01") + np.arange(len(returns) + 1)
    growth: Array = np.vstack([np.ones(len(assets)), 1.0 + returns]).cumprod(axis=0)
    return Market(sessions=days, assets=assets, close=100.0 * growth, periods_per_year=250.0)


def random_outlook(seed: int = 0, assets: int = 8, **changed: object) -> Outlook:
    rng = np.random.default_rng(seed)
    shocks = 0.01 * (rng.normal(size=(300, assets)) + rng.normal(size=(300, 1)))
    names = tuple(f"A{k}" for k in range(assets))
    outlook = Outlook(
        forecast=Forecast(
            made=np.datetime64("2020-01-31"),
            horizon=21,
            assets=names,
            mean=0.006 + 0.005 * rng.normal(size=assets),
            std=0.06 * np.ones(assets),
        ),
        covariance=Covariance(assets=names, matrix=shocks.T @ shocks / 300),
        current=rng.dirichlet(np.ones(assets)),
        sectors=tuple(("Tech", "Energy", "Health")[k % 3] for k in range(assets)),
        risk_free=0.001,
        periods_per_year=250.0,
        market=market_of(shocks, names),
    )
    return replace(outlook, **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def outlook_of() -> Callable[..., Outlook]:
    return random_outlook
