"""XGBoost learns what is there, repeatably."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from forefolio.forecast import Dataset
from forefolio.forecast.models.trees import RandomForest, XGBoost
from forefolio.forecast.scaling import TrainingSample
from forefolio.market import Market
from forefolio.market.returns import ewma_volatility
from forefolio.store.values import pack, unpack

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


def test_a_forest_finds_a_step_and_repeats_itself(labelled: Labelled, market: Market) -> None:
    data = labelled(market, 1)
    signal = np.random.default_rng(5).standard_normal(data.y.shape)
    risk = ewma_volatility(market)
    x = data.x.copy()
    x[..., 1] = signal
    step = (np.abs(signal) > 1) - 0.32
    data = replace(data, x=x, y=data.y + 0.5 * step * risk)
    fitted = RandomForest().fit(data.as_of(900))
    said = fitted.predict(data, rows=250)
    told = np.corrcoef((said.mean / risk[-250:]).ravel(), step[-250:].ravel())[0, 1]
    assert told > 0.7
    np.testing.assert_array_equal(unpack(pack(fitted)).predict(data, rows=250).mean, said.mean)


def test_a_forest_learns_from_no_more_labels_than_it_may(
    labelled: Labelled, market: Market
) -> None:
    sample = TrainingSample.of(labelled(market, 21), "test", 2500)
    part = sample.draw(300, seed=1)
    assert len(part.target) == len(part.x) == 300 and part.repeats == 1.0
    assert sample.repeats == 21 / 4 and sample.draw(10**6, seed=1) is sample
    whole = {tuple(row) for row in sample.x}
    assert all(tuple(row) in whole for row in part.x)
