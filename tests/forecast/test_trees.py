"""XGBoost learns what is there, repeatably."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from forefolio.forecast import Dataset
from forefolio.forecast.trees import XGBoost
from forefolio.market import Market
from forefolio.market.returns import ewma_volatility

Labelled = Callable[[Market, int], Dataset]


def test_finds_a_step_that_no_line_can_follow(labelled: Labelled, market: Market) -> None:
    data = labelled(market, 1)
    signal = np.random.default_rng(5).standard_normal(data.y.shape)
    risk = ewma_volatility(market)
    x = data.x.copy()
    x[..., 1] = signal
    step = (np.abs(signal) > 1) - 0.32
    data = replace(data, x=x, y=data.y + 0.5 * step * risk)
    said = XGBoost().fit(data.as_of(900)).predict(data, rows=250)
    told = np.corrcoef((said.mean / risk[-250:]).ravel(), step[-250:].ravel())[0, 1]
    assert told > 0.7


def test_the_seed_decides_and_nothing_else(labelled: Labelled, market: Market) -> None:
    data = labelled(market, 21)
    first, again, other = (XGBoost(seed=s).fit(data).predict(data).mean for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_learns_nothing_from_before_its_window(labelled: Labelled, market: Market) -> None:
    data = labelled(market, 5)
    y = data.y.copy()
    y[:500] = 10.0
    changed = replace(data, y=y)
    model = XGBoost(window=600)
    np.testing.assert_array_equal(
        model.fit(data).predict(data).mean, model.fit(changed).predict(data).mean
    )
