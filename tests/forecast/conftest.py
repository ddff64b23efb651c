"""Datasets small enough for tests."""

from collections.abc import Callable

import numpy as np
import pytest

from forefolio.forecast import Dataset
from forefolio.market import Market

Labelled = Callable[[Market, int], Dataset]


@pytest.fixture
def labelled() -> Labelled:
    """Three features (the return, a momentum, the weekday) and the forward return as label."""

    def build(market: Market, horizon: int) -> Dataset:
        returns, price = market.returns, market.trade_price
        momentum, y = np.full(returns.shape, np.nan), np.full(returns.shape, np.nan)
        momentum[20:] = market.close[20:] / market.close[:-20] - 1
        y[: -horizon - 1] = price[1 + horizon :] / price[1:-horizon] - 1
        weekday = np.broadcast_to(np.arange(len(market))[:, None] % 5, returns.shape)
        return Dataset(
            market=market,
            x=np.stack([returns, momentum, weekday], axis=-1),
            names=("return", "momentum", "weekday"),
            y=y,
            horizon=horizon,
        )

    return build
