"""Volatility as it was known, against its definition."""

from collections.abc import Callable

import numpy as np

from forefolio.forecast import Dataset
from forefolio.forecast.scaling import Standard, scaled_target, training_set
from forefolio.market import Market
from forefolio.market.returns import ewma_volatility

Labelled = Callable[[Market, int], Dataset]


def _slow_ewma(returns: np.ndarray, decay: float) -> float:
    known = returns[np.isfinite(returns)]
    weights = decay ** np.arange(len(known))[::-1]
    return float(np.sqrt(weights @ known**2 / weights.sum()))


def test_ewma_is_the_weighted_mean_of_the_squares_so_far(holed_market: Market) -> None:
    returns = holed_market.returns
    volatility = ewma_volatility(holed_market, 0.9)
    for row in (11, 12, 300, 1199):
        for asset in range(6):
            if np.isfinite(returns[: row + 1, asset]).sum() < 10:
                assert np.isnan(volatility[row, asset])
            else:
                slow = _slow_ewma(returns[: row + 1, asset], 0.9)
                np.testing.assert_allclose(volatility[row, asset], slow, rtol=1e-9)


def test_targets_are_of_unit_size_and_clipped(labelled: Labelled, market: Market) -> None:
    for horizon in (1, 21):
        target = scaled_target(labelled(market, horizon))
        assert np.isnan(target[-horizon - 1 :]).all()
        assert np.nanmax(np.abs(target)) <= 4
        assert 0.8 < np.nanstd(target) < 1.3


def test_training_rows_are_the_last_known_ones(labelled: Labelled, market: Market) -> None:
    data = labelled(market, 5)
    x, target = training_set(data, "test", window=300, stride=3)
    rows = np.arange(len(market) - 7, len(market) - 307, -3)[::-1]
    np.testing.assert_array_equal(x, data.x[rows].reshape(-1, 3))
    np.testing.assert_array_equal(target, scaled_target(data)[rows].ravel())


def test_standard_features_and_a_constant_one() -> None:
    x = np.random.default_rng(0).normal(3, 2, (500, 2))
    x[:, 1] = 7.0
    z = Standard.of(x)(x)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(z.std(axis=0), (1, 0), atol=1e-12)
