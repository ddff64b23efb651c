"""What is told of weights is computed from what they were decided from."""

import numpy as np
import pytest

from forefolio.backtest import allocate
from forefolio.core.component import Component
from forefolio.core.events import finish
from forefolio.features import PriceMomentum as Trend
from forefolio.features import Volatility
from forefolio.forecast import BayesianRidge, HistoricalMean, Recipe, WalkForward
from forefolio.market import Market, simulated_market
from forefolio.optimize import Allocation, MaximumSharpe, Outlook
from forefolio.risk import VolatilityTimesCorrelation
from forefolio.runs.executors import executor
from forefolio.strategy import (
    Barbell,
    Classical,
    DrawdownTrigger,
    EqualWeight,
    ForecastDriven,
    Momentum,
    RegimeAware,
    Strategy,
    VolatilityTarget,
)

RECIPE = Recipe(
    features=(Trend(window=21, skip=0), Volatility(window=21)),
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


def test_a_mixture_rests_on_what_its_sleeves_expect(market: Market) -> None:
    shrunk, long = Classical(), Classical(mean=HistoricalMean())
    means = [np.asarray(decided(one, market).basis.mean) for one in (shrunk, long)]  # type: ignore[union-attr]
    mixed = decided(RegimeAware(offence=shrunk, defence=long), market)
    parts, basis = dict(mixed.parts), mixed.basis
    held = [
        parts[name] * decided(one, market).weights
        for name, one in (("offence", shrunk), ("defence", long))
    ]
    assert basis is not None and basis.mean is not None and basis.covariance is not None
    earned = sum(float(w @ m) for w, m in zip(held, means, strict=True))
    assert float(mixed.weights @ basis.mean) == pytest.approx(earned, rel=1e-9)
    assert "shrunk mean" in basis.mean_by and "historical mean" in basis.mean_by


def test_the_sleeve_that_asks_for_no_mean_takes_those_of_the_other(market: Market) -> None:
    alone = decided(Classical(), market).basis
    mixed = decided(RegimeAware(offence=EqualWeight(), defence=Classical()), market).basis
    assert alone is not None and mixed is not None
    np.testing.assert_allclose(np.asarray(mixed.mean), np.asarray(alone.mean))
    assert decided(RegimeAware(offence=EqualWeight(), defence=Momentum()), market).basis is None


def test_sleeves_that_fear_differently_share_no_covariance(market: Market) -> None:
    unlike = RegimeAware(offence=Classical(), defence=Classical(risk=VolatilityTimesCorrelation()))
    basis = decided(unlike, market).basis
    assert basis is not None and basis.covariance is None


def test_a_barbell_rests_on_what_its_risky_sleeve_expects(market: Market) -> None:
    basis = decided(Barbell(safe=("A0",), risky=Classical()), market).basis
    assert basis is not None and basis.mean is not None and basis.covariance is None
    assert basis.assets == ("A1", "A2", "A3", "A4")
