"""What was expected of each layer of the weights, what came, and that it sums to the return."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

import forefolio as ff
from forefolio.backtest import BacktestResult, Trading, backtest
from forefolio.backtest.layers import LAYERS, Layered, LayerReturns, layer_returns
from forefolio.causality.markets import trial_market
from forefolio.core.events import finish
from forefolio.core.units import Array
from forefolio.forecast import WalkForward
from forefolio.market import Market, simulated_market
from forefolio.optimize import (
    Allocation,
    ExpectedReturn,
    MaximumSharpe,
    TradingCost,
    Utility,
    Variance,
)
from forefolio.optimize.objectives.costs import Proportional
from forefolio.runs.executors import executor
from forefolio.strategy import (
    Barbell,
    Classical,
    Diversified,
    EqualWeight,
    ForecastDriven,
    RiskOnTarget,
    Strategy,
    Tilted,
    VolatilityTarget,
)

EXPECTED = 3e-4  # per session, of whatever the decision itself does not say
TRADING = Trading(warmup=300, cash_rate=0.03)
RECIPE = ff.Recipe(
    models=(ff.BayesianRidge(),),
    volatility=(ff.EWMA(),),
    walk=WalkForward(first=299, refit=200),
)
LIMITS = ("budget", "long_only", "w <= 30%", "turnover <= 10%")


def as_decided(_: np.datetime64, decided: Allocation | None) -> Array:
    """The means that a decision rests on, or always the same."""
    assert decided is not None
    if decided.basis is None or decided.basis.mean is None:
        return np.full(len(decided.assets), EXPECTED)
    own = dict(zip(decided.basis.assets, decided.basis.mean.tolist(), strict=True))
    return np.array([own.get(asset, np.nan) for asset in decided.assets])


def held_at(result: BacktestResult) -> dict[np.datetime64, Array]:
    """The account's weights at each decision."""
    rows = result.decisions
    return dict(zip(result.sessions[rows], result.weights[rows], strict=True))


def taken_apart(
    strategy: Strategy, market: Market, trading: Trading = TRADING
) -> tuple[BacktestResult, LayerReturns]:
    with executor("inline:") as inline:
        result = finish(backtest(strategy, trading, market, inline))
        decided = held_at(result)
        if isinstance(strategy, RiskOnTarget):
            rows = result.sessions[:: strategy.schedule.weights]
            record = finish(strategy.recorded(market, rows, inline))
            decided = {day: record.before(market.as_of(day)) for day in rows}
        job = layer_returns(Layered.of(strategy), result, market, inline, as_decided, decided)
        return result, finish(job)


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated_market(seed=3, sessions=480, assets=5)


STRATEGIES: Sequence[Strategy] = (
    EqualWeight(),
    Classical(optimizer=MaximumSharpe(constraints=LIMITS)),
    Classical(optimizer=Utility(constraints=("budget", "w >= -20%", "gross <= 140%"))),
    Diversified(),
    VolatilityTarget(strategy=Classical(), target=0.08),
    RiskOnTarget(target=0.08),
    ForecastDriven(recipe=RECIPE),
    RiskOnTarget(strategy=Tilted(recipe=RECIPE), target=0.08),
)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda one: one.name)
def test_expectation_luck_interest_and_costs_sum_to_the_return_of_every_session(
    strategy: Strategy, market: Market
) -> None:
    result, parts = taken_apart(strategy, market)
    np.testing.assert_allclose(parts.total, result.returns, rtol=0, atol=1e-12)
    assert float(parts.annual(parts.total)) == pytest.approx(result.annual_return, abs=1e-12)
    np.testing.assert_array_equal(parts.costs, -result.charges[1:])


def test_what_lists_and_delists_is_no_exception() -> None:
    market = trial_market(0, ())  # listings, an end, missed sessions
    result, parts = taken_apart(EqualWeight(), market)
    assert any(note.code == "delisted" for note in result.notes)
    np.testing.assert_allclose(parts.total, result.returns, rtol=0, atol=1e-12)


def test_what_a_record_decided_on_is_whole_and_what_an_overlay_holds_is_not() -> None:
    on_target, overlaid = RiskOnTarget(strategy=Classical()), VolatilityTarget(strategy=Classical())
    assert not Layered.of(on_target).is_scaled and Layered.of(overlaid).is_scaled
    assert not Layered.of(VolatilityTarget(strategy=on_target)).is_scaled
    assert Layered.of(RiskOnTarget(strategy=overlaid)).is_scaled


def test_equal_weights_are_one_layer_and_their_drift(market: Market) -> None:
    _, parts = taken_apart(EqualWeight(), market)
    for name in ("amount", "risk", "forecasts", "limits"):
        assert not parts.realised[:, LAYERS.index(name)].any()
    first = np.flatnonzero(parts.expected[:, 0])[0]
    held = parts.expected[first:, 0]
    cash = TRADING.cash_returns(market)[-1]
    np.testing.assert_allclose(held, EXPECTED - cash, rtol=1e-9)


def test_layers_are_those_of_a_plain_loop(market: Market) -> None:
    limited = Classical(optimizer=MaximumSharpe(constraints=LIMITS))
    result, parts = taken_apart(limited, market)
    free, first = Classical(), len(market) - len(result)
    returns, cash = np.nan_to_num(market.held_returns), result.cash_returns
    realised = np.zeros((len(result) - 1, len(LAYERS)))
    expected = realised.copy()
    for row, until in pairwise([*result.decisions, len(result) - 2]):
        snapshot = market.as_of(result.sessions[row])
        by_risk = free.decide(snapshot, result.weights[row]).weights
        made = limited.decide(snapshot, result.weights[row])
        mean = as_decided(result.sessions[row], made) - cash[row]
        equal = np.full(5, 0.2)
        layers = [equal, by_risk.sum() * equal - equal, by_risk - equal, 0 * equal]
        layers += [made.weights - by_risk]
        for t in range(row + 1, until + 1):
            each = [*layers, result.weights[t] - made.weights]
            expected[t] = [layer @ mean for layer in each]
            realised[t] = [layer @ (returns[first + 1 + t] - cash[t + 1]) for layer in each]
    drift = LAYERS.index("drift")
    np.testing.assert_allclose(parts.expected, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(parts.realised[:, :drift], realised[:, :drift], rtol=0, atol=1e-12)
    traded = np.isin(
        np.arange(len(realised)), result.decisions
    )  # sessions with a trade at the open
    np.testing.assert_allclose(
        parts.realised[~traded, drift], realised[~traded, drift], rtol=0, atol=1e-12
    )
    assert np.abs(parts.realised[:, LAYERS.index("limits")]).max() > 1e-4


def test_what_is_scaled_down_between_decisions_is_the_amount(market: Market) -> None:
    result, parts = taken_apart(RiskOnTarget(strategy=EqualWeight(), target=0.05), market)
    assert np.abs(parts.realised[:, LAYERS.index("amount")]).max() > 1e-3
    assert not np.abs(parts.realised[:, LAYERS.index("risk")]).max() > 1e-12
    assert len(result.decisions) > 4 * len(result.sessions[::21]) - 8


THRIFTY = Classical(  # without limits, its weights go by what is held
    optimizer=Utility(terms=(ExpectedReturn(), Variance(), TradingCost(cost=Proportional(bps=50))))
)


@pytest.mark.parametrize(
    "strategy",
    [
        THRIFTY,
        VolatilityTarget(strategy=THRIFTY, target=0.08),
        RiskOnTarget(strategy=THRIFTY, target=0.08),
        Barbell(risky=THRIFTY, safe=("A4",)),
    ],
    ids=lambda one: one.name,
)
def test_who_has_no_limits_is_changed_by_none_whatever_is_held_beside(
    strategy: Strategy, market: Market
) -> None:
    _, parts = taken_apart(strategy, market)
    assert np.abs(parts.realised[:, LAYERS.index("risk")]).max() > 1e-4
    assert not parts.realised[:, LAYERS.index("forecasts")].any()
    np.testing.assert_allclose(parts.realised[:, LAYERS.index("limits")], 0.0, atol=1e-12)


def test_holdings_are_shown_as_the_strategy_sees_them() -> None:
    half = np.full(5, 0.1)
    assert Layered.of(THRIFTY).shown(half) is half
    assert Layered.of(RiskOnTarget(strategy=THRIFTY)).shown(half) is half  # of its own record
    assert Layered.of(VolatilityTarget(strategy=THRIFTY)).shown(half).sum() == pytest.approx(1.0)


def test_what_follows_changes_no_expectation(market: Market) -> None:
    limited = Classical(optimizer=MaximumSharpe(constraints=LIMITS))
    _, whole = taken_apart(limited, market)
    _, earlier = taken_apart(limited, market[:420])
    rows = len(earlier.sessions)
    np.testing.assert_array_equal(whole.expected[:rows], earlier.expected)
    np.testing.assert_allclose(whole.realised[:rows], earlier.realised, rtol=0, atol=1e-15)
