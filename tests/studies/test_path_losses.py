"""What a simulated portfolio may lose, by horizon, level and method, and where its paths end."""

import numpy as np
import pytest

import forefolio as ff
from forefolio.risk import MonteCarlo, portfolio_returns, tail_risk
from forefolio.studies.path_losses import (
    distribution,
    losses_by_models,
    losses_by_paths,
    of_horizon,
)
from forefolio.studies.simulation import PortfolioSimulation

DATA = ff.Data(source=ff.Synthetic(sessions=700, assets=2), minimum_sessions=100)
WEIGHTS = {"A0": 0.6, "A1": 0.4}


def asked(**settings: object) -> PortfolioSimulation:
    study = ff.SimulationStudy(data=DATA, weights=WEIGHTS, paths=400, horizon=21, **settings)
    result = ff.ask(study)
    assert isinstance(result, PortfolioSimulation)
    return result


def test_the_page_has_every_horizon_level_and_method() -> None:
    result = asked()
    told = {(one.horizon, one.level, one.method) for one in result.losses}
    methods = ("monte_carlo", "historical", "normal", "cornish_fisher")
    assert told == {(h, p, m) for h in (1, 10, 21) for p in (0.9, 0.95, 0.99) for m in methods}
    end = next(o for o in result.losses if (o.horizon, o.level, o.method) == (21, 0.95, methods[0]))
    assert end.value_at_risk == result.value_at_risk.value
    assert end.expected_shortfall_error == result.expected_shortfall.error
    for _, _, by in of_horizon(result.losses):
        known = [one.value_at_risk for one in by.values() if one.value_at_risk is not None]
        assert known == sorted(known)  # a rarer loss is no smaller


def test_what_holds_or_pays_in_has_the_losses_of_its_paths_alone() -> None:
    for settings in ({"hold": True}, {"flow": 0.01}):
        assert {one.method for one in asked(**settings).losses} == {"monte_carlo"}


def test_ends_and_falls_are_those_of_the_paths() -> None:
    result = asked()
    for one in (result.ends, result.drawdowns):
        assert one is not None
        assert len(one.edges) == len(one.shares) + 1
        assert sum(one.shares) == pytest.approx(1.0)
    assert result.drawdowns is not None
    assert result.drawdowns.edges[-1] <= 0.0
    assert list(result.drawdown_values) == sorted(result.drawdown_values)
    assert len(result.some_paths) == 20
    assert {len(path) for path in result.some_paths} == {len(result.fan)}
    assert {path[0] for path in result.some_paths} == {1.0}


def test_sooner_losses_are_those_of_the_plan_cut_short() -> None:
    history = np.random.default_rng(0).normal(0.0003, 0.01, (300, 2))
    weights = np.array([0.6, 0.4])
    plan = MonteCarlo(horizon=15, paths=300)
    losses = losses_by_paths(plan, plan.run(weights, history), weights, history, 0.0)
    ten = MonteCarlo(horizon=10, paths=300).run(weights, history).value_at_risk(0.99)
    own = next(one for one in losses if (one.horizon, one.level) == (10, 0.99))
    assert (own.value_at_risk, own.value_at_risk_error) == (ten.value, ten.error)


def test_losses_by_models_are_those_of_the_risk_study() -> None:
    history = np.random.default_rng(1).normal(0.0, 0.01, (400, 1))
    returns = portfolio_returns(np.ones(1), history)
    losses = {(o.horizon, o.level, o.method): o for o in losses_by_models(returns, 63)}
    assert losses[10, 0.95, "historical"].value_at_risk == pytest.approx(
        tail_risk(returns, level=0.95, horizon=10, draws=2).value_at_risk
    )
    assert losses[63, 0.99, "historical"].value_at_risk is None  # one stretch of six is no 1 %
    assert losses[63, 0.99, "normal"].value_at_risk is not None


def test_a_distribution_of_one_value_is_one_bin() -> None:
    one = distribution(np.full(10, 1.02))
    assert (one.edges, one.shares) == ((1.02, 1.02), (1.0,))
