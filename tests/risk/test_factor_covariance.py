from dataclasses import replace

import numpy as np
import pytest

from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.units import Array
from forefolio.market import Market
from forefolio.market.sources.synthetic import simulated_market
from forefolio.optimize import factor_frontier
from forefolio.risk import FactorCovariance, FactorModel


def market_of(returns: Array) -> Market:
    close = 100 * np.cumprod(1 + np.vstack([np.zeros(returns.shape[1]), returns]), axis=0)
    market = simulated_market(sessions=len(close), assets=returns.shape[1])
    return replace(market, close=close, open=None, high=None, low=None, home=None)


def panel(assets: int = 60, factors: int = 3) -> Array:
    rng = np.random.default_rng(0)
    common = 0.01 * rng.normal(size=(800, factors)) @ rng.normal(size=(factors, assets))
    own: Array = common + 0.01 * rng.normal(size=(800, assets))
    return own


def test_it_finds_the_factors_that_there_are() -> None:
    returns = panel()
    found = FactorModel(window=800)(market_of(returns))
    assert found.factors.shape == (3, 3)
    sample = np.cov(returns, rowvar=False)
    np.testing.assert_allclose(np.diag(found.matrix), np.diag(sample), rtol=1e-9)
    assert np.linalg.norm(found.matrix - sample) < 0.1 * np.linalg.norm(sample)
    assert found.specific == pytest.approx(1e-4, rel=0.3)


def test_all_components_are_the_sample_and_fewer_sessions_than_assets_are_no_harm() -> None:
    returns = panel(assets=10)
    every = FactorModel(window=800, factors=10, floor=0.0)(market_of(returns))
    np.testing.assert_allclose(every.matrix, np.cov(returns, rowvar=False), rtol=1e-4, atol=1e-9)
    wide = FactorModel(window=60)(market_of(panel(assets=200)))
    np.testing.assert_allclose(wide.std, np.sqrt(np.diag(wide.matrix)))
    assert factor_frontier(np.zeros(200), wide).minimum_variance().miss < 1e-12


def test_select_is_a_part_of_the_matrix() -> None:
    found = FactorModel(window=800)(market_of(panel(8)))
    among = np.arange(8) % 2 == 0
    some = found.select(among)
    np.testing.assert_allclose(some.matrix, found.matrix[np.ix_(among, among)])
    np.testing.assert_allclose(np.diag(some.correlation), 1.0)


def test_a_price_that_stands_still_keeps_a_little_variance() -> None:
    returns = panel(5)
    returns[:, 2] = 0.0
    found = FactorModel(window=250)(market_of(returns))
    assert 0 < found.specific[2] < 1e-5 * found.specific[0]


def test_bad_data_is_told() -> None:
    returns = panel(4)
    market = market_of(returns)
    close = market.close.copy()
    close[:-30, 1] = np.nan
    with pytest.raises(NotEnoughHistory, match="the covariance of A1"):
        FactorModel()(replace(market, close=close))
    ones = np.ones(2)
    for specific, factors in (([1.0, 0.0], np.eye(1)), (ones, -np.eye(1)), (ones, [[np.nan]])):
        with pytest.raises(DataError):
            FactorCovariance(
                assets=("A", "B"),
                loadings=np.ones((2, 1)),
                factors=np.array(factors),
                specific=np.array(specific),
            )
