import json
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pytest
from pydantic import ValidationError
from threadpoolctl import threadpool_info, threadpool_limits

from forefolio.backtest import BacktestResult, Trading, allocate, backtest
from forefolio.core.component import Component
from forefolio.core.errors import (
    DataError,
    LookAhead,
    NotEnoughHistory,
    OptimizationError,
    UnknownWeights,
)
from forefolio.core.events import Checkpoint, Job, Note, Progress, finish
from forefolio.core.units import Array, Dates
from forefolio.market import Market, simulated_market
from forefolio.market.calendar import Every, MonthStart
from forefolio.optimize import Allocation
from forefolio.optimize.objectives.costs import Proportional, SquareRootImpact
from forefolio.strategy import EqualWeight, InverseVolatility, Momentum, Policy, Strategy

TRADING = Trading(warmup=300)
FREE = Trading(warmup=300, costs=(), cash_rate=0.0)
STRATEGIES: tuple[Strategy, ...] = (EqualWeight(), InverseVolatility(), Momentum())


@dataclass(frozen=True)
class Given:
    """Holds what it is told, and stumbles where it is told to."""

    weights: tuple[float, ...]
    fails_on: tuple[str, ...] = ()
    gives_away: bool = False

    @property
    def name(self) -> str:
        return "given"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        del market, sessions, executor
        yield from ()
        return self.decide

    def decide(self, known: Market, current: Array) -> Allocation:
        del current
        if self.gives_away:
            at = (str(known.sessions[-1]), known.assets[0])
            raise LookAhead("given", at=at, cut=at[0], how="vanish", change=(0.0, 1.0))
        if str(known.sessions[-1]) in self.fails_on:
            raise OptimizationError("no answer today")
        return Allocation(assets=known.assets, weights=np.array(self.weights), notes=("as told",))


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


def identical(one: BacktestResult, other: BacktestResult) -> bool:
    return json.dumps(one.to_dict()) == json.dumps(other.to_dict())


def one_asset(market: Market) -> Market:
    return market.select(market.assets[:1])


def prices(market: Market, asset: int, rows: slice, price: float) -> Market:
    changed = {}
    for name in ("open", "high", "low", "close"):
        bars = getattr(market, name).copy()
        bars[rows, asset] = price
        changed[name] = bars
    return replace(market, **changed)


def test_one_asset_without_costs_earns_its_price_ratio(market: Market, executor: Executor) -> None:
    alone = one_asset(market)
    result = finish(backtest(Given(weights=(1.0,)), FREE, alone, executor))
    assert alone.open is not None
    entered = alone.open[300, 0]  # decided at row 299
    np.testing.assert_allclose(
        result.equity[1:] / FREE.capital, alone.close[300:, 0] / entered, rtol=1e-12
    )
    assert result.equity[0] == FREE.capital


def test_daily_equal_weight_earns_the_mean_of_trade_to_trade_returns(
    market: Market, executor: Executor
) -> None:
    daily = FREE.model_copy(update={"decide": Every(sessions=1)})
    closes_only = replace(market, open=None, high=None, low=None)
    result = finish(backtest(EqualWeight(), daily, closes_only, executor))
    mean = market.returns[301:].mean(axis=1)
    np.testing.assert_allclose(result.returns[1:], mean, rtol=1e-9, atol=1e-13)
    assert result.returns[0] == 0.0  # decided at the first close, traded at the second


def test_costs_take_exactly_the_bill(market: Market, executor: Executor) -> None:
    once = Trading(warmup=len(market) - 1, costs=(Proportional(bps=50),), cash_rate=0.0)
    free = once.model_copy(update={"costs": ()})
    paid = finish(backtest(EqualWeight(), once, market, executor))
    unpaid = finish(backtest(EqualWeight(), free, market, executor))
    bill = unpaid.equity[-1] - paid.equity[-1]
    np.testing.assert_allclose(bill, 0.005 * once.capital, rtol=1e-9)
    np.testing.assert_allclose(paid.costs["proportional"], [0.0, 0.005], rtol=1e-12)


def test_impact_costs_more_per_trade_the_more_is_traded(market: Market, executor: Executor) -> None:
    impact = (SquareRootImpact(coefficient=1.0),)
    small = Trading(warmup=300, costs=impact, capital=1e6)
    large = Trading(warmup=300, costs=impact, capital=4e6)
    few = finish(backtest(EqualWeight(), small, market, executor)).costs["square_root_impact"]
    many = finish(backtest(EqualWeight(), large, market, executor)).costs["square_root_impact"]
    assert few[1] > 0
    np.testing.assert_allclose(many[1], 2 * few[1], rtol=1e-9)


def test_impact_without_a_volume_is_zero_and_said(market: Market, executor: Executor) -> None:
    trading = Trading(warmup=300, costs=(SquareRootImpact(), Proportional()))
    result = finish(backtest(EqualWeight(), trading, replace(market, volume=None), executor))
    assert not result.costs["square_root_impact"].any()
    assert [(n.code, n.session) for n in result.notes] == [("no_volume", result.sessions[1])]
    assert "A0, A1, A2, A3, A4, A5" in result.notes[0].message


def test_an_asset_bought_on_its_second_day_has_an_impact(executor: Executor) -> None:
    late = prices(simulated_market(), 5, slice(0, 299), np.nan)
    trading = Trading(warmup=300, costs=(SquareRootImpact(),))
    result = finish(backtest(EqualWeight(), trading, late, executor))
    assert result.trades[0, 5] > 0
    assert result.costs["square_root_impact"][1] > 0
    assert np.isfinite(result.equity).all()


def test_a_ruined_account_decides_no_more(market: Market, executor: Executor) -> None:
    soaring = prices(market, 0, slice(310, None), 1e6)
    bet = Given(weights=(-1.0, 0, 0, 0, 0, 0))
    result = finish(backtest(bet, FREE, soaring, executor))
    lost = 310 - 299  # of the account's sessions, at whose close nothing is left
    assert (result.equity[lost - 1 : lost + 1] > 0).tolist() == [True, False]
    assert not result.equity[lost:].any() and not result.weights[lost:].any()
    assert not result.trades[1:].any() and np.isnan(result.targets[1:]).all()
    assert not result.failures
    (note,) = [note for note in result.notes if note.code == "ruined"]
    assert note.session == result.ruined == result.sessions[lost]
    assert note.message.startswith(f"the account lost all it was worth on {result.ruined}")
    assert (result.annual_return, result.max_drawdown, result.sharpe) == (-1.0, -1.0, None)
    assert len(result.returns) == lost and result.returns[-1] == -1.0
    told = result.to_frame()
    assert told["return"].isna().sum() == len(result) - lost
    assert told["drawdown"].min() == -1.0


def test_a_run_that_resumes_after_a_ruin_ends_the_same(market: Market, executor: Executor) -> None:
    soaring = prices(market, 0, slice(500, None), 1e6)
    bet = Given(weights=(-1.0, 0, 0, 0, 0, 0))
    events = list(backtest(bet, FREE, soaring, executor))
    states = [event.state for event in events if isinstance(event, Checkpoint)]
    assert [e.done for e in events if isinstance(e, Progress)][-1] == 43
    whole = finish(backtest(bet, FREE, soaring, executor))
    for state in states:
        assert identical(whole, finish(backtest(bet, FREE, soaring, executor, state)))


@pytest.mark.parametrize("bps", [5_100.0, 10_000.0])
def test_costs_beyond_all_there_is_ruin_an_account(
    market: Market, executor: Executor, bps: float
) -> None:
    trading = Trading(warmup=300, costs=(Proportional(bps=bps),))
    result = finish(backtest(Given(weights=(1.0, -1.0, 0, 0, 0, 0)), trading, market, executor))
    assert result.ruined == result.sessions[1]
    assert (result.equity >= 0.0).all() and not result.equity[1:].any()


def test_an_open_at_which_nothing_is_left_trades_nothing(
    market: Market, executor: Executor
) -> None:
    """It falls to nothing between a decision and its order, and is back at the close."""
    assert market.open is not None
    opens = market.open.copy()
    opens[321, 0] = 1e6
    gap = replace(market, open=opens)
    trading = Trading(warmup=300, costs=(), cash_rate=0.0, decide=Every(sessions=21))
    result = finish(backtest(Given(weights=(-1.0, 0, 0, 0, 0, 0)), trading, gap, executor))
    assert result.ruined == market.sessions[321]
    assert not result.trades[1].any()


@pytest.mark.parametrize("rate", ['"riskfree"', "7.0"])
def test_a_wrong_cash_rate_is_one_error(rate: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        Trading.model_validate_json(f'{{"cash_rate": {rate}}}')
    assert wrong.value.error_count() == 1
    assert Trading.model_validate_json('{"cash_rate": "risk_free"}').cash_rate == "risk_free"
    assert "cash_rate" in Trading.model_json_schema()["properties"]


def test_all_cash_earns_the_cash_rate(market: Market, executor: Executor) -> None:
    nothing = Given(weights=(0.0,) * 6)
    result = finish(backtest(nothing, Trading(warmup=300, cash_rate=0.03), market, executor))
    assert result.annual_return == pytest.approx(0.03, rel=1e-9)
    assert result.turnover == 0.0
    assert result.sharpe is None


def test_cash_at_the_risk_free_rate_is_the_one_known_before(
    market: Market, executor: Executor
) -> None:
    rate = np.linspace(1e-5, 9e-5, len(market))
    rate[400] = np.nan
    moving = replace(market, series={**market.series, "risk_free": rate})
    trading = Trading(warmup=300, cash_rate="risk_free")
    result = finish(backtest(Given(weights=(0.0,) * 6), trading, moving, executor))
    expected = rate[299:-1].copy()
    expected[101] = rate[399]
    np.testing.assert_allclose(result.returns, expected, rtol=1e-9)


def test_an_unknown_risk_free_rate_is_said(market: Market, executor: Executor) -> None:
    trading = Trading(warmup=300, cash_rate="risk_free")
    with pytest.raises(DataError, match="no such series"):
        finish(backtest(EqualWeight(), trading, replace(market, series={}), executor))
    late = np.where(np.arange(len(market)) < 350, np.nan, 1e-4)
    with pytest.raises(DataError, match="no risk-free rate yet on"):
        known_late = replace(market, series={"risk_free": late})
        finish(backtest(EqualWeight(), trading, known_late, executor))


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_resumed_from_every_checkpoint_it_ends_with_the_same_bits(
    strategy: Strategy, holed_market: Market, executor: Executor
) -> None:
    events = list(backtest(strategy, TRADING, holed_market, executor))
    whole = finish(backtest(strategy, TRADING, holed_market, executor))
    states = [event.state for event in events if isinstance(event, Checkpoint)]
    assert 10 < len(states) <= 20
    for state in states:
        stored = json.loads(json.dumps(state, allow_nan=False))
        again = finish(backtest(strategy, TRADING, holed_market, executor, resume=stored))
        assert identical(again, whole)


def test_failures_and_notes_survive_a_resume(market: Market, executor: Executor) -> None:
    weights = (0.1,) * 6
    sound = finish(backtest(Given(weights=weights), TRADING, market, executor))
    bad_days = tuple(str(sound.sessions[row]) for row in sound.decisions[3:6])
    strategy = Given(weights=weights, fails_on=bad_days)
    events = list(backtest(strategy, TRADING, market, executor))
    whole = finish(backtest(strategy, TRADING, market, executor))
    state = [event.state for event in events if isinstance(event, Checkpoint)][-1]
    again = finish(backtest(strategy, TRADING, market, executor, resume=state))
    assert identical(again, whole)
    assert [str(failure.session) for failure in again.failures] == list(bad_days)
    assert len(again.notes) == len(sound.decisions) - 3 + 1


def test_what_checkpoints_hold_grows_no_faster_than_the_decisions(executor: Executor) -> None:
    def size(sessions: int) -> int:
        often = Trading(warmup=100, decide=Every(sessions=1))
        long = simulated_market(sessions=sessions)
        job = backtest(EqualWeight(), often, long, executor)
        states = [event.state for event in job if isinstance(event, Checkpoint)]
        return sum(len(json.dumps(state)) for state in states)

    assert size(2100) < 4.4 * size(600)  # four times the decisions


def test_a_decision_that_fails_keeps_the_holdings(market: Market, executor: Executor) -> None:
    sound = finish(backtest(EqualWeight(), TRADING, market, executor))
    bad = str(sound.sessions[sound.decisions[2]])
    strategy = Given(weights=(1 / 6,) * 6, fails_on=(bad,))
    result = finish(backtest(strategy, TRADING, market, executor))
    assert [(str(f.session), f.code) for f in result.failures] == [(bad, "optimization")]
    assert np.isnan(result.targets[2]).all()
    assert not result.trades[2].any()
    assert result.trades[3].any()
    stayed = [note.message for note in result.notes if note.code == "holdings_stayed"]
    assert stayed == [
        f"1 of {len(result.decisions)} decisions could not be made; "
        "the holdings stayed as they were"
    ]
    notes = [e for e in backtest(strategy, TRADING, market, executor) if isinstance(e, Note)]
    assert [note.about for note in notes] == [bad]


@pytest.mark.parametrize("unknown", [float("nan"), float("inf")])
def test_weights_that_are_not_known_are_neither_cash_nor_no_order(
    market: Market, executor: Executor, unknown: float
) -> None:
    strategy = Given(weights=(0.5, unknown, 0.0, 0.0, 0.0, 0.0))
    first = market.sessions[TRADING.decision_rows(market)[0]]
    with pytest.raises(UnknownWeights, match=f"given gave no weight for A1 on {first}"):
        finish(backtest(strategy, TRADING, market, executor))
    with pytest.raises(UnknownWeights, match=f"A1 on {market.sessions[-1]}"):
        finish(allocate(strategy, market, executor, np.zeros(6)))


def test_weights_for_some_of_the_assets_are_refused(market: Market, executor: Executor) -> None:
    with pytest.raises(UnknownWeights, match="given gave no weight for A0, A1"):
        finish(backtest(Given(weights=(0.5, 0.5)), TRADING, market, executor))


def test_a_look_ahead_ends_the_run(market: Market, executor: Executor) -> None:
    with pytest.raises(LookAhead):
        finish(backtest(Given(weights=(), gives_away=True), TRADING, market, executor))


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_what_comes_later_changes_nothing_before(
    strategy: Strategy, holed_market: Market, executor: Executor
) -> None:
    whole = finish(backtest(strategy, TRADING, holed_market, executor))
    for cut in (310, 500, 803):
        early = finish(backtest(strategy, TRADING, holed_market[:cut], executor))
        np.testing.assert_array_equal(early.equity, whole.equity[: len(early)])
        np.testing.assert_array_equal(early.weights, whole.weights[: len(early)])


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_deciding_now_is_the_last_step_of_a_backtest(
    strategy: Strategy, holed_market: Market, executor: Executor
) -> None:
    result = finish(backtest(strategy, TRADING, holed_market, executor))
    for number in (0, 7, len(result.decisions) - 1):
        row = result.decisions[number]
        known = holed_market.as_of(result.sessions[row])
        now = finish(allocate(strategy, known, executor, result.weights[row]))
        np.testing.assert_array_equal(now.weights, result.targets[number])


def test_an_asset_that_stops_trading_is_cashed_out(market: Market, executor: Executor) -> None:
    dead = prices(market, 0, slice(600, None), np.nan)
    trading = FREE.model_copy(update={"delist_after": 5, "decide": Every(sessions=1000)})
    all_in = Given(weights=(1.0, 0, 0, 0, 0, 0))
    kept = finish(backtest(all_in, trading, dead, executor))
    last = kept.equity[600 - 299 - 1]
    assert (kept.equity[600 - 299 :] == last).all()
    assert kept.weights[604 - 299, 0] == 1.0
    assert kept.weights[605 - 299, 0] == 0.0
    assert [(n.session, n.code) for n in kept.notes if n.code == "delisted"] == [
        (market.sessions[605], "delisted")
    ]
    halved = trading.model_copy(update={"delisting_loss": 0.5})
    lost = finish(backtest(all_in, halved, dead, executor))
    assert lost.equity[-1] == pytest.approx(last / 2, rel=1e-12)


def test_a_sale_that_waits_pays_for_nothing_before_it_is_done(
    market: Market, executor: Executor
) -> None:
    closed = prices(market, 0, slice(321, 323), np.nan)  # decisions at rows 299 and 320
    swap = Rotating()
    result = finish(backtest(swap, FREE, closed, executor))
    np.testing.assert_allclose(result.weights[321 - 299 : 323 - 299, 0], 1.0)
    np.testing.assert_allclose(result.weights[323 - 299, :2], [0.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(result.trades[1, :2], [-1.0, 1.0], rtol=1e-12)
    assert (1.0 - result.weights.sum(axis=1)).min() > -1e-12


class Rotating(Component):
    """All in one asset, then all in the next."""

    @property
    def name(self) -> str:
        return "rotating"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        del market, sessions, executor
        yield from ()
        return self.decide

    def decide(self, known: Market, current: Array) -> Allocation:
        weights = np.zeros(len(known.assets))
        weights[0 if not current.any() else (int(np.argmax(current)) + 1) % len(weights)] = 1.0
        return Allocation(assets=known.assets, weights=weights)


def test_an_asset_is_held_from_its_listing_on(executor: Executor) -> None:
    late = prices(simulated_market(), 5, slice(0, 500), np.nan)
    result = finish(backtest(EqualWeight(), TRADING, late, executor))
    listed = 500 - 299
    assert not result.weights[:listed, 5].any()
    assert result.weights[-1, 5] > 0.1
    first = result.decisions[result.decisions >= listed][0]
    np.testing.assert_allclose(result.weights[first + 1], 1 / 6, rtol=0.2)


def test_decisions_follow_the_schedule(market: Market, executor: Executor) -> None:
    monthly = Trading(warmup=300, decide=MonthStart())
    result = finish(backtest(EqualWeight(), monthly, market, executor))
    months = result.sessions[result.decisions].astype("datetime64[M]")
    assert len(set(months.tolist())) == len(months)
    assert result.decisions[0] == 0


def test_too_little_history_is_said(market: Market, executor: Executor) -> None:
    with pytest.raises(NotEnoughHistory, match="needs 1201 sessions of history, 1200"):
        finish(backtest(EqualWeight(), Trading(warmup=1200), market, executor))


def test_progress_counts_every_decision(market: Market, executor: Executor) -> None:
    events = list(backtest(EqualWeight(), TRADING, market, executor))
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == list(range(1, 44))
    assert {e.stage for e in events if isinstance(e, Checkpoint)} == {"backtest:equal weight"}


def test_decisions_start_no_threads_of_linear_algebra(market: Market, executor: Executor) -> None:
    threads: set[int] = set()

    class Watching(Given):
        def decide(self, known: Market, current: Array) -> Allocation:
            threads.update(one["num_threads"] for one in threadpool_info())
            return super().decide(known, current)

    with threadpool_limits(2):
        watching = Watching((0.2,) * len(market.assets))
        result = finish(backtest(watching, FREE, market, executor))
        finish(allocate(watching, market, executor, result.weights[-1]))
        assert 2 in {one["num_threads"] for one in threadpool_info()}
    assert threads == {1}
