"""What is told of weights is computed from what they were decided from."""

import numpy as np
import pytest

from forefolio.backtest import allocate
from forefolio.component import Component
from forefolio.events import finish
from forefolio.features import Momentum, Volatility
from forefolio.forecast import BayesianRidge, Recipe, WalkForward
from forefolio.market import Market, simulated_market
from forefolio.optimize import Allocation, MaximumSharpe, Outlook
from forefolio.runs.executors import executor
from forefolio.strategy import (
    Classical,
    DrawdownTrigger,
    EqualWeight,
    ForecastDriven,
    Strategy,
    VolatilityTarget,
)

RECIPE = Recipe(
    features=(Momentum(window=21, skip=0), Volatility(window=21)),
    models=(BayesianRidge(),),
    walk=WalkForward(first=400, refit=200),
)
SEEN: list[Outlook] = []


class Watched(Component):
    """The maximum Sharpe ratio of an outlook that is remembered."""

    kind: str = "watched"

    def allocate(self, outlook: Outlook) -> Allocation:
        SEEN.append(outlook)
        return MaximumSharpe().allocate(outlook)


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated_market(4, sessions=700, assets=5)


def decided(strategy: Strategy, market: Market) -> Allocation:
    return finish(allocate(strategy, market, executor("inline:"), np.zeros(len(market.assets))))


def watched(strategy: Component) -> Component:
    return strategy.model_copy(update={"optimizer": Watched()})


@pytest.mark.parametrize(
    "strategy", [Classical(horizon=10), ForecastDriven(recipe=RECIPE, horizon=5)]
)
def test_the_basis_is_what_the_optimiser_saw(market: Market, strategy: Component) -> None:
    SEEN.clear()
    basis = decided(watched(strategy), market).basis  # type: ignore[arg-type]
    (seen,) = SEEN
    assert basis is not None and basis.mean is not None and basis.covariance is not None
    assert basis.assets == seen.assets
    np.testing.assert_allclose(basis.mean, seen.mean / seen.forecast.horizon)
    np.testing.assert_array_equal(basis.covariance.matrix, seen.covariance.matrix)
    assert "mean" in basis.mean_by or "forecasts over 5 sessions" in basis.mean_by


def test_an_overlay_keeps_the_means_and_reckons_the_risk_by_itself(market: Market) -> None:
    inner = decided(Classical(), market).basis
    scaled = decided(VolatilityTarget(strategy=Classical(), target=0.05), market).basis
    tamed = decided(DrawdownTrigger(strategy=Classical()), market).basis
    assert inner is not None and scaled is not None and tamed is not None
    assert inner.mean is not None and scaled.mean is not None
    np.testing.assert_array_equal(scaled.mean, inner.mean)
    assert scaled.covariance is None and tamed.covariance is not None


def test_a_rule_without_forecasts_has_no_basis(market: Market) -> None:
    assert decided(EqualWeight(), market).basis is None
