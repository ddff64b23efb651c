"""BayesianRidge against scikit-learn, and against the long-horizon trap."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import BayesianRidge as Oracle

from forefolio.core.errors import NotEnoughHistory
from forefolio.forecast import Dataset
from forefolio.forecast.models.linear import BayesianRidge, FittedRidge
from forefolio.forecast.scaling import training_set
from forefolio.market import Market, simulated_market
from forefolio.market.returns import ewma_volatility

Labelled = Callable[[Market, int], Dataset]


def _fit(data: Dataset) -> FittedRidge:
    fitted = BayesianRidge().fit(data)
    assert isinstance(fitted, FittedRidge)
    return fitted


def _with_signal(data: Dataset, strength: float) -> Dataset:
    signal = np.random.default_rng(5).standard_normal(data.y.shape)
    risk = ewma_volatility(data.market) * np.sqrt(data.horizon)
    x = data.x.copy()
    x[..., 1] = signal
    return replace(data, x=x, y=data.y + strength * signal * risk)


@pytest.mark.parametrize("strength", [0.0, 0.1, 0.5])
def test_agrees_with_scikit_learn_where_labels_do_not_overlap(
    strength: float, labelled: Labelled, holed_market: Market
) -> None:
    data = _with_signal(labelled(holed_market, 1), strength)
    fitted = _fit(data)
    x, target = training_set(data, "test", window=5040)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    oracle = Oracle(tol=1e-12, max_iter=3000).fit(z, target)
    np.testing.assert_allclose(fitted.coefficients, oracle.coef_, rtol=1e-4, atol=1e-7)
    now = (data.x[-30:] - x.mean(axis=0)) / x.std(axis=0)
    usable = np.isfinite(now).all(axis=-1) & np.isfinite(data.market.close[-30:])
    mean, std = oracle.predict(now[usable], return_std=True)
    said = fitted.predict(data, rows=30)
    risk = ewma_volatility(data.market)[-30:][usable]
    np.testing.assert_allclose(said.mean[usable] / risk, mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(said.std[usable] / risk, std, rtol=1e-5)


def test_overlapping_labels_are_not_counted_as_independent(labelled: Labelled) -> None:
    data = labelled(simulated_market(seed=4, sessions=1500, assets=8), 63)
    x, target = training_set(data, "test", window=5040)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    naive = Oracle().fit(z, target)
    assert np.linalg.norm(_fit(data).coefficients) < 0.8 * np.linalg.norm(naive.coef_)


def test_refuses_more_coefficients_than_independent_labels(labelled: Labelled) -> None:
    data = labelled(simulated_market(sessions=400, assets=1), 63)
    with pytest.raises(NotEnoughHistory, match="3 features over 63 sessions needs 378 sessions"):
        BayesianRidge().fit(data)
