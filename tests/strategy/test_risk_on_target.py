"""Diversified weights, held at a target risk."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from forefolio.backtest import BacktestResult, Trading, allocate, backtest
from forefolio.backtest.target_weights import follow_weights
from forefolio.core.errors import DataError
from forefolio.core.events import finish
from forefolio.core.units import Flags
from forefolio.forecast import EWMA, HAR, WalkForward
from forefolio.market import Market, simulated_market
from forefolio.market.returns import ewma_root
from forefolio.optimize import (
    Allocation,
    Bounds,
    Budget,
    LongOnly,
    MinimumVariance,
    SquareRootImpact,
)
from forefolio.risk import Covariance
from forefolio.risk.covariance.kinds import is_mixed, kindred
from forefolio.risk.covariance.moments import sector_correlation
from forefolio.runs.executors import executor
from forefolio.strategy import (
    Blend,
    Diversified,
    EqualWeight,
    ExposureSchedule,
    InverseVolatility,
    PortfolioVolatility,
    RiskOnTarget,
    Strategy,
)
from forefolio.strategy.held_record import HeldRecord, Weighed, decision_rows
from forefolio.studies.offset_record import accounts, offset_record
from forefolio.studies.target_record import target_record

BY_EWMA = PortfolioVolatility(model=EWMA(), record=252, walk=WalkForward(first=252))
STEADY = RiskOnTarget(strategy=EqualWeight(), target=0.08, risk=BY_EWMA)
TRADING = Trading(warmup=400)


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated_market(5, sessions=900, assets=4)


@pytest.fixture(scope="module")
def record(market: Market) -> HeldRecord:
    return recorded(STEADY, market)


def recorded(strategy: RiskOnTarget, market: Market, warmup: int = 400) -> HeldRecord:
    sessions = market.sessions[warmup - 1 :]
    return finish(strategy.recorded(market, sessions, executor("inline:")))


def decided(strategy: Strategy, market: Market) -> Allocation:
    return finish(allocate(strategy, market, executor("inline:"), np.zeros(len(market.assets))))


def followed(strategy: Strategy, market: Market) -> BacktestResult:
    return finish(backtest(strategy, TRADING, market, executor("inline:")))


@pytest.fixture(scope="module")
def result(market: Market) -> BacktestResult:
    return followed(STEADY, market)


def test_by_ewma_it_is_the_portfolios_own_volatility_by_its_record(market: Market) -> None:
    record, row = recorded(STEADY, market), 800
    said = record.volatility(market[: row + 1])
    returns = np.nan_to_num(market.held_returns) @ np.full(4, 0.25)
    own = ewma_root(returns[:, None])[:, 0]
    ratio = returns[row - 251 : row + 1] / own[row - 252 : row]
    assert said == pytest.approx(own[row] * np.sqrt(np.mean(ratio**2)), rel=1e-9)


def test_a_forecast_counts_for_what_it_says_beyond_ewma(market: Market) -> None:
    strategy = STEADY.model_copy(
        update={"risk": PortfolioVolatility(model=HAR(), record=252, walk=WalkForward(first=252))}
    )
    record, row = recorded(strategy, market), 800
    one = record.latest(market[: row + 1])
    record.volatility(market[: row + 1])
    held, correlation = np.full(4, 0.25), one.covariance.correlation
    now, before = (
        np.sqrt((held * std) @ correlation @ (held * std))
        for std in (record.forecasts.forecast[row], record.forecasts.ewma[row])
    )
    assert record.raw[row] == pytest.approx(record.own[row] * now / before, rel=1e-9)
    assert record.raw[row] != pytest.approx(record.own[row], rel=1e-3)


def test_an_asset_without_a_forecast_adds_nothing_to_its_ewma(record: HeldRecord) -> None:
    blank = np.array(record.forecasts.forecast)
    blank[:] = np.nan
    covariance = Covariance(assets=tuple("abcd"), matrix=np.eye(4) * 1e-4)
    unknown = replace(record.forecasts, forecast=blank)
    same = unknown.beyond_ewma(slice(500, 505), np.full(4, 0.25), covariance)
    np.testing.assert_array_equal(same, 1.0)


def test_what_is_said_at_a_close_does_not_depend_on_what_was_asked_before(market: Market) -> None:
    late, early = recorded(STEADY, market), recorded(STEADY, market)
    late.volatility(market)
    for rows in (500, 731, 801):
        assert late.volatility(market[:rows]) == early.volatility(market[:rows])
        one, other = late.latest(market[:rows]), early.latest(market[:rows])
        assert one.row == other.row
        np.testing.assert_array_equal(one.covariance.matrix, other.covariance.matrix)
        assert one.covariance.assets == market.assets


def test_past_decisions_keep_the_covariance_of_what_they_held_alone() -> None:
    market = simulated_market(seed=2, sessions=700, assets=30)
    *past, last = [one for one in recorded_to_the_end(market).weighed if isinstance(one, Weighed)]
    assert len(last.covariance.assets) == 30
    for one in past:
        assert len(one.covariance.assets) == np.count_nonzero(one.weights) < 30


def recorded_to_the_end(market: Market) -> HeldRecord:
    record = recorded(RiskOnTarget(risk=BY_EWMA), market)
    record.latest(market)
    return record


def test_the_account_ends_near_its_target(market: Market, result: BacktestResult) -> None:
    whole = followed(EqualWeight(), market)
    year = np.sqrt(market.periods_per_year)
    assert whole.returns.std() * year > 0.1
    assert result.returns.std() * year == pytest.approx(0.08, rel=0.1)


def test_between_two_decisions_it_trades_only_beyond_the_band(result: BacktestResult) -> None:
    ordered: Flags = np.asarray(np.isfinite(result.targets).all(axis=1))
    fresh = result.decisions % 21 == 0
    assert ordered[fresh].all() and 0 < ordered[~fresh].sum() < (~fresh).sum()
    np.testing.assert_array_equal(result.trades[~ordered], 0.0)
    assert (np.diff(result.decisions) <= 5).all()
    for row in np.flatnonzero(ordered & ~fresh):
        held, wanted = result.weights[result.decisions[row]], result.targets[row]
        assert abs(wanted.sum() / held.sum() - 1.0) > 0.1
        np.testing.assert_allclose(wanted / wanted.sum(), held / held.sum(), rtol=1e-9)


def test_tomorrow_is_always_decided_anew(market: Market) -> None:
    chosen = decided(STEADY, market)
    np.testing.assert_allclose(chosen.weights, chosen.weights[0], rtol=1e-12)
    basis = chosen.basis
    assert basis is not None and basis.covariance is not None
    volatility = np.sqrt(basis.covariance.variance(chosen.weights) * market.periods_per_year)
    assert volatility == pytest.approx(0.08, rel=1e-9)


def test_exposure_has_a_limit_and_an_unknown_risk_is_no_reason_to_invest(market: Market) -> None:
    brave = decided(STEADY.model_copy(update={"target": 5.0}), market)
    assert brave.weights.sum() == pytest.approx(1.0)
    still = replace(market, close=np.ones(market.close.shape), open=None, high=None, low=None)
    with pytest.raises(DataError, match="volatility of the portfolio is not known"):
        decided(STEADY, still)


@pytest.mark.parametrize("weights", [10, 21])
def test_the_schedule_is_the_union_of_its_two(weights: int, market: Market) -> None:
    schedule = ExposureSchedule(weights=weights, exposure=5)
    rows = schedule.dates(market.sessions, 7)
    assert {*rows} == {*range(7, 900, weights)} | {*range(7, 900, 5)}
    assert all(a < b for a, b in pairwise(rows))


def test_the_record_begins_before_the_first_decision() -> None:
    assert decision_rows(1000, 500, 21, 60)[:4] == [458, 479, 500, 521]
    assert decision_rows(520, 10, 21, 60) == [10, *range(31, 520, 21)]


def test_the_year_is_judged_by_account_and_without_a_limit(
    market: Market, result: BacktestResult, record: HeldRecord
) -> None:
    judged = target_record(STEADY, record, result, market)
    assert judged.target == 0.08 and judged.years
    calendar = result.sessions[1:].astype("datetime64[Y]").astype(int) + 1970
    for year in judged.years:
        own = result.returns[calendar == year.year]
        assert year.volatility == pytest.approx(own.std() * np.sqrt(market.periods_per_year))
        assert year.unlimited == pytest.approx(year.by_ewma)  # EWMA is what it goes by
    near = [abs((year.unlimited or 0.0) / 0.08 - 1.0) <= 0.2 for year in judged.years]
    assert judged.shares is not None and judged.shares.within_20 == np.mean(near)
    assert judged.above == sum(year.volatility > 0.096 for year in judged.years)


# -- diversified weights and their mean ------------------------------------------------------------


def test_the_first_offset_is_the_backtest_itself(
    market: Market, record: HeldRecord, result: BacktestResult
) -> None:
    cash = TRADING.cash_returns(market)
    targets, rows = next(accounts(STEADY, record, cash, market, 399))
    ordered = np.isfinite(result.targets).all(axis=1)
    np.testing.assert_array_equal(rows, 399 + result.decisions[ordered])
    equity = follow_weights(targets, market, TRADING, rows).equity[399:]
    np.testing.assert_allclose(equity / equity[0], result.equity / result.equity[0], rtol=1e-4)


def test_every_offset_of_the_exposure_counts(
    market: Market, record: HeldRecord, result: BacktestResult
) -> None:
    spread = offset_record(STEADY, record, TRADING, market, 399)
    assert spread and spread.offsets == 10
    for one in (spread.sharpe, spread.annual_volatility, spread.max_drawdown):
        assert one.least < one.median < one.greatest
    assert spread.first == result.sessions[12]  # when the last of them has traded
    assert spread.annual_volatility.median == pytest.approx(0.08, rel=0.05)
    impact = TRADING.model_copy(update={"costs": (SquareRootImpact(),)})
    assert offset_record(STEADY, record, impact, market, 399) is None


def test_no_weight_is_large_and_stated_constraints_stand_instead() -> None:
    market = simulated_market(1, sessions=400, assets=25)
    assert decided(Diversified(), market).weights.max() == pytest.approx(2 / 25, abs=1e-9)
    stated = MinimumVariance(constraints=(Budget(), LongOnly(), Bounds(upper=0.5)))
    own = decided(Diversified(optimizer=stated), market).weights
    assert 2 / 25 < own.max() <= 0.5 + 1e-9


def stocks_and_bonds(bonds: int) -> Covariance:
    """Ten assets: stocks that move together, and calm bonds that do not move with them."""
    correlation = np.full((10, 10), 0.5)
    correlation[:bonds, bonds:] = correlation[bonds:, :bonds] = -0.2
    np.fill_diagonal(correlation, 1.0)
    std = np.where(np.arange(10) < bonds, 0.004, 0.01)
    return Covariance(assets=tuple("abcdefghij"), matrix=np.outer(std, std) * correlation)


def test_bonds_beside_stocks_are_seen_and_sectors_are_believed() -> None:
    nowhere = ("",) * 10
    assert is_mixed(stocks_and_bonds(2), nowhere) and not is_mixed(stocks_and_bonds(0), nowhere)
    assert not is_mixed(stocks_and_bonds(2), ("tech",) * 10)
    assert len({*kindred(stocks_and_bonds(2), nowhere)}) == 10
    assert kindred(stocks_and_bonds(0), nowhere) == nowhere


@pytest.mark.parametrize(("covariance", "greatest"), [(0, 0.2), (2, 0.35)])
def test_a_mixed_universe_may_hold_more_of_one(covariance: int, greatest: float) -> None:
    market = replace(simulated_market(1, sessions=400, assets=10), sectors=("",) * 10)

    def risk(snapshot: Market) -> Covariance:
        return replace(stocks_and_bonds(covariance), assets=snapshot.assets)

    strategy = Diversified(risk=as_model(risk), optimizer=MinimumVariance(), most_mixed=0.35)
    weights = decided(strategy, market).weights
    assert weights.max() == pytest.approx(greatest, abs=1e-6) or covariance == 0
    assert weights.max() <= greatest + 1e-9


def as_model(risk: Callable[[Market], Covariance]) -> Any:
    class Model:
        def __call__(self, market: Market) -> Covariance:
            return risk(market)

    return Model()


def test_without_a_target_bonds_beside_stocks_ask_for_less(market: Market) -> None:
    strategy = RiskOnTarget(strategy=EqualWeight(), risk=BY_EWMA)
    assert strategy.target_of(recorded(strategy, market).latest(market)) == 0.10
    mixed = stocks_and_bonds(1).select(np.arange(10) < 4)

    def risk(snapshot: Market) -> Covariance:
        return replace(mixed, assets=snapshot.assets)

    correlation = {"correlation": as_model(risk)}
    unlike = RiskOnTarget(strategy=EqualWeight(), risk=BY_EWMA.model_copy(update=correlation))
    unlisted = replace(market, sectors=("",) * 4)
    assert unlike.target_of(recorded(unlike, unlisted).latest(unlisted)) == 0.08


def test_a_blend_is_the_mean_of_its_parts(market: Market) -> None:
    blend = Blend(strategies=(EqualWeight(), InverseVolatility()))
    parts = [decided(one, market).weights for one in blend.strategies]
    np.testing.assert_allclose(decided(blend, market).weights, np.mean(parts, axis=0), rtol=1e-12)
    assert decided(Blend(), market).weights.sum() == pytest.approx(1.0)


def test_sectors_have_the_mean_correlation_of_their_pairs() -> None:
    correlation = np.array(
        [[1, 0.8, 0.2, 0.1], [0.8, 1, 0.4, 0.3], [0.2, 0.4, 1, 0.5], [0.1, 0.3, 0.5, 1]]
    )
    mean = sector_correlation(correlation, ("tech", "tech", "energy", "energy"))
    expected = np.full((4, 4), 0.25)
    expected[:2, :2], expected[2:, 2:] = 0.8, 0.5
    np.fill_diagonal(expected, 1.0)
    np.testing.assert_allclose(mean, expected, rtol=1e-12)
    alone = sector_correlation(correlation, tuple("abcd"))
    np.testing.assert_allclose(alone, correlation, rtol=1e-12)


def test_volatilities_that_are_forecast_already_are_not_forecast_again() -> None:
    market = simulated_market(2, sessions=500, assets=3)
    closed = executor("inline:")
    made = finish(STEADY.risk.forecasts(market, closed))
    closed.shutdown()
    record = finish(STEADY.recorded(market, market.sessions[450:], closed, made))
    assert record.forecasts is made
    assert np.isfinite(record.volatility(market))
