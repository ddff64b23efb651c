"""What objectives and constraints ask of the past reaches them inside a strategy, and no more."""

from typing import Any

import numpy as np
import pytest

from forefolio.backtest import Trading, backtest
from forefolio.causality import check_no_lookahead
from forefolio.core.errors import InputError
from forefolio.core.events import finish
from forefolio.market import simulated_market
from forefolio.optimize import (
    EntropyPooling,
    ExpectedReturn,
    HierarchicalRiskParity,
    MaximumGrowth,
    MaximumSharpe,
    MinimumTailLoss,
    MinimumVariance,
    RiskParity,
    SquareRootImpact,
    TradingCost,
    Utility,
    Variance,
)
from forefolio.optimize.portfolio import constrained
from forefolio.runs.executors import executor
from forefolio.strategy import Classical, ForecastDriven, without_limits
from forefolio.studies.mandate import mandated

PATIENT = TradingCost(cost=SquareRootImpact(coefficient=5.0))
IMPACT = Utility(terms=(ExpectedReturn(), Variance(), PATIENT))
WORDS = ("sum(w) == 1", "0 <= w <= 60%", "momentum(window=21) >= -50%", "names <= 3")


@pytest.mark.slow
@pytest.mark.parametrize(
    "optimizer",
    [
        MaximumGrowth(window=80),
        MinimumTailLoss(window=80, constraints=WORDS),
        MaximumSharpe(terms=(ExpectedReturn(), PATIENT)),
    ],
)
def test_nothing_of_the_future_is_asked(optimizer: Any) -> None:
    check_no_lookahead(Classical(optimizer=optimizer, capital=1e6))


def test_impact_is_planned_where_the_strategy_knows_the_capital() -> None:
    market = simulated_market(seed=3, assets=5)
    account = Trading(warmup=300, costs=(SquareRootImpact(coefficient=5.0),), capital=1e9)

    def followed(strategy: Classical) -> Any:
        return finish(backtest(strategy, account, market, executor("inline:")))

    planned = followed(Classical(optimizer=IMPACT, capital=1e9))
    ignored = followed(Classical(optimizer=Utility()))
    assert not planned.failures
    assert np.abs(planned.trades[1:]).sum() < 0.5 * np.abs(ignored.trades[1:]).sum()
    without = followed(Classical(optimizer=IMPACT))
    assert without.failures and all(f.code == InputError.code for f in without.failures)


def test_words_hold_at_every_decision() -> None:
    market = simulated_market(seed=3, assets=6)
    limits = ("sum(w) == 1", "w >= 10% or 0", "names <= 3", "w >= 0", "turnover <= 5% if possible")
    strategy = Classical(optimizer=MinimumVariance(constraints=limits))
    result = finish(backtest(strategy, Trading(warmup=300), market, executor("inline:")))
    assert not result.failures
    held = result.targets > 0
    assert (held.sum(axis=1) <= 3).all()
    assert result.targets[held].min() >= 0.1 - 1e-9
    np.testing.assert_allclose(result.targets.sum(axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("kind", [MinimumVariance, RiskParity])
def test_an_objective_keeps_the_limits_that_it_states(kind: Any) -> None:
    capped = MaximumSharpe(constraints=("sum(w) == 1", "w >= 0", "w <= 40%"))
    own = kind(constraints=("sum(w) == 1", "w >= 0", "A0 <= 5%"))
    for objective, stated in ((kind(), capped.constraints), (own, own.constraints)):
        asked: Any = mandated(Classical(optimizer=capped), objective, ())
        assert asked.optimizer.constraints == stated


def test_limits_that_were_given_hold_beside_those_that_are_asked_for() -> None:
    usual: Any = mandated(ForecastDriven(), None, ("w <= 20%",))
    assert [str(one) for one in usual.optimizer.constraints] == [
        "sum(w) == 100%",
        "w >= 0",
        "w <= 20%",
    ]
    capped = Classical(optimizer=MaximumSharpe(constraints=("sum(w) == 1", "w >= 0", "A0 <= 9%")))
    own = MinimumVariance(constraints=("80% <= sum(w) <= 100%", "w >= 0", "A1 <= 4%"))
    asked: Any = mandated(capped, own, ("w <= 20%",))
    assert [str(one) for one in asked.optimizer.constraints] == [
        "w >= 0",
        "80% <= sum(w) <= 100%",
        "A1 <= 4%",
        "A0 <= 9%",
        "w <= 20%",
    ]
    twice: Any = constrained(own, "A1 <= 4%; gross <= 130%")
    assert [str(one) for one in twice.constraints] == [
        "80% <= sum(w) <= 100%",
        "A1 <= 4%",
        "gross <= 130%",
    ]


TURNED: Any = ("budget", "long_only", "turnover <= 20%")
ALL_LONG = ["sum(w) == 100%", "w >= 0"]


@pytest.mark.parametrize(
    ("own", "objective", "limits"),
    [
        (RiskParity(), MaximumSharpe(), ALL_LONG),
        (RiskParity(constraints=TURNED[2:]), MaximumSharpe(), [*ALL_LONG, TURNED[2]]),
        (MaximumSharpe(), RiskParity(invested=0.5), []),
        (
            MaximumSharpe(constraints=TURNED),
            RiskParity(invested=0.5),
            ["sum(w) == 50%", "w >= 0", TURNED[2]],
        ),
        (MaximumSharpe(constraints=TURNED), EntropyPooling(), [*ALL_LONG, TURNED[2]]),
        (
            EntropyPooling(optimizer=MaximumSharpe(constraints=TURNED)),
            MinimumVariance(),
            [*ALL_LONG, TURNED[2]],
        ),
    ],
)
def test_another_objective_has_the_limits_of_the_strategy(
    own: Any, objective: Any, limits: list[str]
) -> None:
    asked: Any = mandated(Classical(optimizer=own), objective, ())
    inner = getattr(asked.optimizer, "optimizer", asked.optimizer)
    assert list(map(str, inner.constraints)) == limits


def test_limits_that_another_objective_cannot_keep_are_not_dropped() -> None:
    held = Classical(optimizer=MaximumSharpe(constraints=TURNED))
    with pytest.raises(InputError, match=r"takes no constraints, and the strategy .* turnover"):
        mandated(held, HierarchicalRiskParity(), ())
    usual: Any = mandated(ForecastDriven(), HierarchicalRiskParity(), ())
    assert usual.optimizer == HierarchicalRiskParity()


def test_what_is_invested_is_no_limit_that_is_taken_away() -> None:
    market = simulated_market(seed=3, assets=4)
    half = Classical(optimizer=RiskParity(invested=0.5, constraints=("A0 <= 5%",)))
    assert half.decide(market, np.zeros(4)).weights[0] == pytest.approx(0.05)
    unlimited: Any = without_limits(half)
    free = unlimited.decide(market, np.zeros(4)).weights
    assert free.sum() == pytest.approx(0.5) and free[0] > 0.06
