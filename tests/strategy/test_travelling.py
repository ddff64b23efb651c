"""What a strategy has prepared is a value: it decides alike in a process that it was sent to."""

import pickle

import numpy as np
import pytest

from forefolio.core.component import Component
from forefolio.core.events import finish
from forefolio.features import PriceMomentum
from forefolio.forecast import EWMA, BayesianRidge, Recipe, WalkForward
from forefolio.market import Market, simulated_market
from forefolio.runs.executors import executor
from forefolio.strategy import (
    Barbell,
    Blend,
    Classical,
    Diversified,
    DrawdownTrigger,
    EqualWeight,
    FixedWeights,
    ForecastDriven,
    InverseVolatility,
    Momentum,
    RegimeAware,
    SignalDriven,
    Strategy,
    Tilted,
    VolatilityTarget,
)
from forefolio.strategy.catalog import STRATEGIES

RECIPE = Recipe(
    features=(PriceMomentum(window=21, skip=0),),
    models=(BayesianRidge(),),
    volatility=(EWMA(),),
    baselines=(),
    walk=WalkForward(first=450, refit=200),
)
SEVERAL: tuple[Component, ...] = (
    EqualWeight(),
    InverseVolatility(),
    Classical(),
    Momentum(),
    Diversified(),
    ForecastDriven(recipe=RECIPE, horizon=5),
    SignalDriven(recipe=RECIPE, horizon=5),
    Tilted(recipe=RECIPE, horizon=5),
    VolatilityTarget(strategy=Tilted(recipe=RECIPE, horizon=5)),
    DrawdownTrigger(strategy=EqualWeight()),
    FixedWeights(weights={"A0": 0.5, "A3": 0.3}),
    Blend(strategies=(EqualWeight(), Classical())),
    RegimeAware(offence=Classical(), defence=EqualWeight()),
    Barbell(safe=("A3",), risky=EqualWeight()),
)
ELSEWHERE = {"stocks_and_bonds", "risk_on_target"}  # needs bonds; its record is filled as it goes


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated_market(4, sessions=600, assets=4)


def test_all_are_here() -> None:
    kinds = {str(kind.model_fields["kind"].default) for kind in STRATEGIES}
    assert {str(one.kind) for one in SEVERAL} == kinds - ELSEWHERE  # type: ignore[attr-defined]


@pytest.mark.parametrize("strategy", SEVERAL, ids=lambda one: str(one.kind))
def test_a_policy_that_was_sent_decides_alike(strategy: Strategy, market: Market) -> None:
    policy = finish(strategy.prepare(market, market.sessions[500:], executor("inline:")))
    sent = pickle.loads(pickle.dumps(policy, protocol=5))
    for rows in (520, 600):
        here, there = (one(market[:rows], np.full(4, 0.25)) for one in (policy, sent))
        np.testing.assert_array_equal(here.weights, there.weights)
        assert np.isfinite(here.weights).all() and here.notes == there.notes
