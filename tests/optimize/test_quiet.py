"""Assets without any risk: an answer by a stated rule, or one line that names them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forefolio.core.errors import DataError, ForefolioError, Infeasible, InputError, SolverFailed
from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.optimize import (
    OPTIMIZERS,
    BlackLitterman,
    LogGrowth,
    MaximumDiversification,
    MaximumGrowth,
    MaximumSharpe,
    MinimumVariance,
    TargetReturn,
    Utility,
    explain,
    optimize_portfolio,
)
from forefolio.optimize.portfolio import expected_outlook
from forefolio.optimize.program.solvers import SolverControl
from forefolio.risk import LedoitWolf

EARNED = {"A0": 0.1, "A1": 0.1, "A2": 0.1, "X": 0.03}
MADE = [pytest.param(made, id=made.model_fields["kind"].default) for made in OPTIMIZERS]


def beside(price: Array) -> Market:
    """Three stocks and an asset X of that price."""
    base = simulated_market(seed=6, sessions=600, assets=3)
    return replace(
        base,
        assets=(*base.assets, "X"),
        close=np.column_stack([base.close, price]),
        open=None,
        high=None,
        low=None,
        volume=None,
        sessions_per_year=(),
        sectors=(*base.sectors, ""),
        series={"cash": np.full(len(base), 0.02 / 252)},
    )


def constant() -> Array:
    return np.ones(600)


def still_in_the_last_year() -> Array:
    price: Array = simulated_market(seed=7, sessions=600, assets=1).close[:, 0].copy()
    price[-260:] = price[-260]
    return price


def still_in_the_first_year() -> Array:
    price: Array = simulated_market(seed=7, sessions=600, assets=1).close[:, 0].copy()
    price[:260] = price[260]
    return price


def twin() -> Array:
    return 3.0 * simulated_market(seed=6, sessions=600, assets=3).close[:, 0]


@pytest.mark.parametrize("price", [constant, still_in_the_last_year, still_in_the_first_year, twin])
@pytest.mark.parametrize("made", MADE)
def test_every_objective_answers_or_refuses_by_name(made: type[Any], price: Any) -> None:
    market = beside(price())
    try:
        found = optimize_portfolio(market, objective=made())
    except DataError as error:
        assert price in (constant, still_in_the_last_year)
        assert str(error).startswith("X: no volatility")
    except (Infeasible, InputError) as error:
        assert "a year" in str(error) or "X" in str(error)
    except SolverFailed as error:
        assert "X is expected to earn" in str(error)
    else:
        assert sum(found.weights.values()) == pytest.approx(1.0, abs=1e-6)
        assert np.isfinite([found.expected_return, found.volatility]).all()
        assert np.isfinite(found.sharpe) or found.volatility == 0.0


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("made", MADE)
def test_where_nothing_moves_there_is_an_answer_or_a_refusal(made: type[Any], count: int) -> None:
    market = beside(constant())
    still = replace(market, close=np.ones((600, 4))).select(market.assets[:count])
    try:
        found = optimize_portfolio(still, objective=made())
    except ForefolioError as error:
        assert len(str(error)) > 20
    else:
        assert found.volatility == 0.0 and abs(found.expected_return) < 1e-9


@pytest.mark.parametrize("objective", [MaximumGrowth(), Utility(terms=(LogGrowth(),))])
def test_growth_without_risk_has_an_answer(objective: Any) -> None:
    found = optimize_portfolio(beside(constant()), {**EARNED, "X": 2.0}, objective=objective)
    assert found.weights == {"X": pytest.approx(1.0, abs=1e-4)}


def test_where_no_solver_has_an_answer_what_is_extreme_is_named() -> None:
    limits = ("sum(w) == 1", "w >= 0", "long <= 100%")  # which no exact way takes
    hurried = MaximumGrowth(constraints=limits, solver=SolverControl(time_limit_s=1e-9))
    with pytest.raises(SolverFailed, match=r"X is expected to earn 16\.7 % over 21 sessions at a"):
        optimize_portfolio(beside(constant()), {**EARNED, "X": 2.0}, objective=hurried)
    with pytest.raises(SolverFailed, match="no forecast is extreme"):
        optimize_portfolio(beside(twin()), EARNED, objective=hurried)


def test_what_never_moved_is_not_expected_to_earn_what_stocks_do() -> None:
    market = beside(constant())
    means = {"A0": 1.0, "X": 0.0}
    for asset, share in means.items():
        alone = optimize_portfolio(
            market, objective=MinimumVariance(), constraints=[f"{asset} >= 100%", "invested = 100%"]
        )
        assert (alone.expected_return == 0.0) == (share == 0.0)


@pytest.mark.parametrize(
    "objective", [MaximumSharpe(), BlackLitterman()], ids=lambda objective: objective.kind
)
def test_a_gain_without_risk_has_no_greatest_ratio(objective: Any) -> None:
    market = beside(constant())
    with pytest.raises(InputError, match="X: expected to beat cash without any risk"):
        optimize_portfolio(market, EARNED, objective=objective)


def test_a_gain_without_risk_that_is_limited_has_one() -> None:
    limited = ["X <= 20%", "invested = 100%", "long only"]
    found = optimize_portfolio(beside(constant()), EARNED, constraints=limited)
    assert found.weights["X"] == pytest.approx(0.2)
    general = optimize_portfolio(
        beside(constant()), EARNED, constraints=[*limited, "A0 + A1 <= 100%"]
    )
    assert general.sharpe == pytest.approx(found.sharpe, rel=1e-4)


def test_the_general_way_refuses_the_same() -> None:
    with pytest.raises(InputError, match="X: expected to beat cash without any risk"):
        optimize_portfolio(
            beside(constant()), EARNED, constraints=["invested = 100%", "long only", "Tech <= 90%"]
        )


def test_cash_is_no_gain_without_risk() -> None:
    found = optimize_portfolio(beside(constant()), {**EARNED, "X": 0.02})
    assert found.weights.get("X", 0.0) == pytest.approx(0.0, abs=1e-4)


def test_the_least_variance_is_what_does_not_move_and_can_be_explained() -> None:
    market = beside(constant())
    found = optimize_portfolio(market, EARNED, objective=MinimumVariance())
    assert found.weights == {"X": pytest.approx(1.0)} and found.gap == 0.0
    outlook = expected_outlook(market, EARNED, LedoitWolf(), 21, None)
    told = explain(MinimumVariance().allocate(outlook), outlook, MinimumVariance())
    assert all(price == 0.0 for _, price in found.binding) and told is not None
    assert optimize_portfolio(market, EARNED, objective=Utility()).gap < 1e-6
    reached = optimize_portfolio(market, EARNED, objective=TargetReturn(annual_return=0.05))
    assert reached.expected_return == pytest.approx(0.05)
    spread = optimize_portfolio(market, EARNED, objective=MaximumDiversification())
    assert sum(spread.weights.values()) == pytest.approx(1.0)
