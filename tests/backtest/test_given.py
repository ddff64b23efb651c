from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from forefolio.backtest import Trading, backtest, follow_weights
from forefolio.backtest.delisting import delisting_losses
from forefolio.core.errors import InputError, NotEnoughHistory, UnknownTicker, UnknownWeights
from forefolio.core.events import Job, finish
from forefolio.core.units import Array, Dates
from forefolio.market import Market, simulated_market
from forefolio.market.calendar import Every
from forefolio.optimize import Allocation
from forefolio.optimize.objectives.costs import Proportional, SquareRootImpact
from forefolio.strategy import InverseVolatility, Policy


def twin(targets: Array, market: Market, trading: Trading) -> tuple[Array, Array, Array]:
    """The rules of the ledger, one asset and one session at a time."""
    close, trade = market.close, market.trade_price
    sessions, assets = close.shape
    interest = trading.cash_returns(market)
    lost = delisting_losses(trading.delisting_loss, market)
    rate = sum(cost.bps for cost in trading.costs if isinstance(cost, Proportional)) / 1e4
    ever = [int(np.flatnonzero(np.isfinite(close[:, i])).max(initial=0)) for i in range(assets)]
    shares, last = [0.0] * assets, [0.0] * assets
    orders: dict[int, float] = {}  # what the last decision wants and has not got
    waiting: set[int] = set()  # of these, what had no price yet
    cash, borrowed = trading.capital, 0.0
    equity, weights, costs = np.full(sessions, cash), np.zeros((sessions, assets)), list[float]()
    for t in range(sessions):
        cash *= 1 + interest[t] if t else 1.0
        traded = [t > 0 and bool(np.isfinite(close[t, i])) and last[i] > 0 for i in range(assets)]
        price = [trade[t, i] if traded[i] else last[i] for i in range(assets)]
        held = [shares[i] * price[i] for i in range(assets)]
        value = cash + sum(held)
        fresh = t > 0 and bool(np.isfinite(targets[t - 1]).any())
        if fresh:
            orders = {i: x for i, x in enumerate(targets[t - 1]) if np.isfinite(x)}
            waiting = set(orders)
        trades = [0.0] * assets
        if fresh or any(traded[i] for i in waiting):
            if value <= 0.0:
                return _ruined(t, equity, weights, costs)
            want = [orders[i] * value if i in orders else held[i] for i in range(assets)]
            trades = [want[i] - held[i] if traded[i] else 0.0 for i in range(assets)]
            trades = [x if i in waiting else max(x, 0.0) for i, x in enumerate(trades)]
            if fresh:
                borrowed = min(value - sum(want), 0.0) / value
            stuck = any(not traded[i] and want[i] < held[i] for i in range(assets))
            spendable = cash - sum(x for x in trades if x < 0) - borrowed * value
            bought = sum(x for x in trades if x > 0)
            if (stuck or not fresh) and bought > spendable:
                trades = [x * max(spendable / bought, 0.0) if x > 0 else x for x in trades]
            waiting = {i for i in waiting if not traded[i]}
            whole = [max(want[i] - held[i], 0.0) * (1 - 1e-9) for i in range(assets)]
            short = {i for i in orders if traded[i] and max(trades[i], 0.0) < whole[i]}
            open_ = {i for i in orders if waiting and (not traded[i] or i in short)}
            orders = {i: x for i, x in orders.items() if i in open_}
        for i in range(assets):
            shares[i] += trades[i] / price[i] if traded[i] else 0.0
        bill = rate * sum(abs(x) for x in trades)
        cash -= sum(trades) + bill
        costs.append(bill / value)
        for i in range(assets):
            if t > ever[i] + trading.delist_after:
                cash += shares[i] * last[i] * (1 - lost[i])
                shares[i], last[i] = 0.0, 0.0
            last[i] = close[t, i] if np.isfinite(close[t, i]) else last[i]
        equity[t] = cash + sum(shares[i] * last[i] for i in range(assets))
        if equity[t] <= 0.0:
            return _ruined(t, equity, weights, costs)
        weights[t] = [shares[i] * last[i] / equity[t] for i in range(assets)]
    return equity, weights, np.array(costs)


def _ruined(
    row: int, equity: Array, weights: Array, costs: list[float]
) -> tuple[Array, Array, Array]:
    equity[row:], weights[row:] = 0.0, 0.0
    return equity, weights, np.array(costs + [0.0] * (len(equity) - len(costs)))


def wild_targets(market: Market, seed: int, short: bool) -> Array:
    rng = np.random.default_rng(seed)
    targets = rng.dirichlet(np.ones(len(market.assets)), len(market))
    targets -= 0.15 * short
    targets[rng.random(targets.shape) < 0.1] = 0.0
    return targets


def wild_rows(market: Market, seed: int) -> NDArray[np.int64]:
    """The rows at which something is decided: seven in ten of them, the first always."""
    chosen = np.random.default_rng(seed).random(len(market)) < 0.7
    chosen[0] = True
    return np.flatnonzero(chosen)


def at_rows(targets: Array, rows: NDArray[np.int64], market: Market) -> Array:
    """Decisions as a row for each session, NaN where there is none, as the twin reads them."""
    every = np.full(market.close.shape, np.nan)
    every[rows] = targets
    return every


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    assets=st.integers(1, 19),
    holes=st.sampled_from([0.0, 0.02, 0.4]),
    short=st.booleans(),
    opens=st.booleans(),
)
def test_the_kernel_is_its_slow_twin(
    seed: int, assets: int, holes: float, short: bool, opens: bool
) -> None:
    market = simulated_market(seed % 1000, 80, assets, holes=holes)
    market = market if opens else replace(market, open=None, high=None, low=None)
    trading = Trading(
        warmup=1, costs=(Proportional(bps=20),), delist_after=2, delisting_loss=0.3, cash_rate=0.05
    )
    rows = wild_rows(market, seed)
    targets = wild_targets(market, seed, short)[rows]
    path = follow_weights(targets, market, trading, rows)
    equity, weights, costs = twin(at_rows(targets, rows, market), market, trading)
    np.testing.assert_allclose(path.equity, equity, rtol=1e-12)
    np.testing.assert_allclose(path.weights, weights[-1], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(path.costs, costs, rtol=1e-12, atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    lever=st.floats(5.0, 60.0),
    opens=st.booleans(),
    holes=st.sampled_from([0.0, 0.05]),
    bps=st.sampled_from([0.0, 20.0, 900.0]),
)
def test_an_account_that_loses_all_is_worth_nothing_from_then_on(
    seed: int, lever: float, opens: bool, holes: float, bps: float
) -> None:
    market = simulated_market(seed % 1000, 80, 4, holes=holes)
    market = market if opens else replace(market, open=None, high=None, low=None)
    trading = Trading(warmup=1, costs=(Proportional(bps=bps),), delist_after=2)
    rng = np.random.default_rng(seed)
    targets = rng.normal(0.0, lever, market.close.shape)
    path = follow_weights(targets, market, trading)
    equity, weights, costs = twin(targets, market, trading)
    np.testing.assert_allclose(path.equity, equity, rtol=1e-9, atol=1e-9 * trading.capital)
    lost = np.flatnonzero(path.equity <= 0.0)
    assert path.ruined == (int(lost[0]) if len(lost) else None)
    if len(lost):
        assert not path.equity[lost[0] :].any() and not path.weights.any()
    np.testing.assert_allclose(path.costs, costs, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(path.weights, weights[-1], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("holes", [0.0, 0.05])
def test_ruin_is_the_same_in_a_backtest_and_of_given_weights(holes: float) -> None:
    market = simulated_market(4, 400, 5, holes=holes)
    trading = Trading(warmup=100, decide=Every(sessions=5))
    with ThreadPoolExecutor(1) as executor:
        result = finish(backtest(_Levered(), trading, market, executor))
    assert result.ruined is not None
    made = np.isfinite(result.targets).all(axis=1)  # until there is nothing to decide about
    rows = 99 + result.decisions[made]
    path = follow_weights(result.targets[made], market, trading, rows)
    scale = path.equity[99] / trading.capital
    np.testing.assert_allclose(path.equity[99:] / scale, result.equity, rtol=1e-9, atol=1e-3)
    assert path.ruined is not None and market.sessions[path.ruined] == result.ruined


@dataclass(frozen=True)
class _Levered:
    """Holds twelve times what it has of everything but one, which it sells short."""

    name: str = "levered"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        del market, sessions, executor
        yield from ()
        return self.decide

    def decide(self, known: Market, current: Array) -> Allocation:
        del current
        return Allocation(assets=known.assets, weights=np.array([12.0, 12.0, 12.0, 12.0, -40.0]))


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 999), holes=st.sampled_from([0.0, 0.05]), every=st.integers(1, 30))
def test_decisions_may_be_given_with_their_rows(seed: int, holes: float, every: int) -> None:
    market = simulated_market(seed, 90, 11, holes=holes)
    rows = np.arange(0, 90, every)
    few = wild_targets(market, seed, short=False)[rows]
    trading = Trading(warmup=1)
    path = follow_weights(few, market, trading, rows)
    equity, weights, costs = twin(at_rows(few, rows, market), market, trading)
    np.testing.assert_allclose(path.equity, equity, rtol=1e-12)
    np.testing.assert_allclose(path.weights, weights[-1], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(path.costs, costs, rtol=1e-12, atol=1e-12)


def test_a_gap_that_touches_nothing_changes_nothing() -> None:
    market = simulated_market(3, 120, 9)
    close = market.close.copy()
    close[50, 4] = np.nan  # the general way from here on; asset 4 is not held
    holed = replace(market, close=close)
    rows, targets = np.array([5, 30, 80]), np.full((3, 9), 0.125)
    targets[:, 4] = 0.0
    whole = follow_weights(targets, market, Trading(warmup=1), rows)
    gap = follow_weights(targets, holed, Trading(warmup=1), rows)
    np.testing.assert_array_equal(whole.equity, gap.equity)
    np.testing.assert_array_equal(whole.costs, gap.costs)


@pytest.mark.parametrize("sessions", [1, 21])
def test_a_backtest_is_its_decisions_followed(holed_market: Market, sessions: int) -> None:
    trading = Trading(warmup=300, decide=Every(sessions=sessions))
    with ThreadPoolExecutor(1) as executor:
        result = finish(backtest(InverseVolatility(), trading, holed_market, executor))
    path = follow_weights(result.targets, holed_market, trading, 299 + result.decisions)
    start = np.full(299, path.equity[299] / trading.capital)  # cash earns before the first decision
    np.testing.assert_allclose(path.equity[299:] / start[0], result.equity, rtol=1e-12)
    np.testing.assert_allclose(path.weights, result.weights[-1], atol=1e-12)
    np.testing.assert_allclose(path.costs[299:], result.paid, atol=1e-12)


def test_money_is_neither_made_nor_lost_at_constant_prices() -> None:
    market = simulated_market(sessions=60)
    still = replace(market, open=None, high=None, low=None, close=np.full((60, 6), 7.0))
    free = Trading(warmup=1, costs=(), cash_rate=0.0)
    path = follow_weights(wild_targets(still, 0, short=True), still, free)
    np.testing.assert_allclose(path.equity, free.capital, rtol=1e-12)


def test_targets_may_be_a_frame_by_ticker_and_day(market: Market) -> None:
    rows = np.array([3, 9, 40])
    plain = np.zeros((3, 6))
    plain[:, 4], plain[:, 1] = [0.5, 0.2, 0.1], [0.3, 0.4, 0.9]
    frame = pd.DataFrame({"A4": plain[:, 4], "A1": plain[:, 1]}, index=market.sessions[rows])
    wanted = follow_weights(plain, market, Trading(), rows)
    given = follow_weights(frame, market, Trading())
    np.testing.assert_array_equal(given.equity, wanted.equity)
    numbered = follow_weights(frame.reset_index(drop=True), market, Trading(), rows)
    np.testing.assert_array_equal(numbered.equity, wanted.equity)
    with pytest.raises(UnknownTicker, match="ZZZ"):
        follow_weights(frame.rename(columns={"A4": "ZZZ"}), market, Trading())
    with pytest.raises(InputError, match="no session of the market"):
        follow_weights(frame.shift(freq="3650D"), market, Trading())
    with pytest.raises(InputError, match="percentages"):
        follow_weights(frame * 0 + 50.0, market, Trading())
    with pytest.raises(InputError, match="there twice"):
        follow_weights(frame.rename(columns={"A4": "A1"}), market, Trading())
    with pytest.raises(InputError, match="must be numbers"):
        follow_weights("weights", market, Trading())


def test_what_cannot_be_followed_is_refused(market: Market) -> None:
    with pytest.raises(InputError, match="shape"):
        follow_weights(np.zeros((3, 6)), market, Trading())
    for rows in ([3, 2], [-1, 4], [4, len(market)]):
        with pytest.raises(InputError, match="ascending rows"):
            follow_weights(np.zeros((2, 6)), market, Trading(), np.array(rows))
    impact = Trading(costs=(Proportional(), SquareRootImpact()))
    with pytest.raises(InputError, match="proportional costs only"):
        follow_weights(np.zeros(market.close.shape), market, impact)
    for unknown in (np.nan, np.inf):
        targets = np.full((2, 6), 0.1)
        targets[1, [2, 4]] = unknown
        with pytest.raises(UnknownWeights, match=f"A2, A4 on {market.sessions[9]}"):
            follow_weights(targets, market, Trading(), np.array([3, 9]))
    with pytest.raises(NotEnoughHistory, match="given weights"):
        follow_weights(np.zeros((0, 6)), market[:0], Trading())
