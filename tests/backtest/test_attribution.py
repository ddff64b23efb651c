"""Where a return came from: parts that add up in every session, and over time."""

from dataclasses import replace

import numpy as np
import pytest

from forefolio.backtest import BacktestResult, Trading
from forefolio.backtest.attribution import attribution, decision_periods, relative_attribution
from forefolio.backtest.ledger import Ledger
from forefolio.backtest.summary import between
from forefolio.causality.markets import trial_market
from forefolio.core.errors import InputError
from forefolio.market import Market, simulated_market
from forefolio.market.calendar import Every
from forefolio.optimize.objectives.costs import Proportional, SquareRootImpact
from forefolio.studies.attribution_rows import return_attribution

COSTS = (Proportional(bps=10), SquareRootImpact(coefficient=1.0))
TRADING = Trading(warmup=300, decide=Every(sessions=13), costs=COSTS, delisting_loss=0.3)
MARKET = trial_market(0, ())  # listings, an end, missed sessions, sessions without any trade


def followed(
    market: Market, seed: int, name: str = "drawn", sold_short: float = 0.0
) -> BacktestResult:
    ledger = Ledger(market, TRADING)
    rng = np.random.default_rng(seed)
    for row in ledger.rows:
        weights = rng.dirichlet(np.ones(len(market.assets))) - sold_short
        listed = np.isfinite(market.close[: row + 1]).any(axis=0)
        ledger.follow(np.where(listed, weights, 0.0))
    return ledger.result(name)


@pytest.mark.parametrize("sold_short", [0.0, 0.25])
def test_every_session_is_the_sum_of_its_parts(sold_short: float) -> None:
    result = followed(MARKET, 1, sold_short=sold_short)
    assert any(note.code == "delisted" for note in result.notes)
    parts = attribution(result)
    assert np.abs(parts.total - result.returns).max() < 1e-12
    assert result.charges.sum() > 0.0 and (parts.costs <= 0.0).all()
    whole = parts.annual_by_asset.sum() + parts.annual_interest + parts.annual_costs
    assert whole == pytest.approx(result.annual_return, abs=1e-12)


def test_what_is_held_earns_what_its_price_moves() -> None:
    market = simulated_market(seed=3, sessions=400, assets=3)
    result = followed(market, 0)
    prices = market.close[-len(result) :]
    quiet = np.ones(len(result), dtype=bool)
    quiet[0], quiet[result.decisions + 1] = False, False
    moved = prices[1:] / prices[:-1] - 1.0
    by_weights = result.weights[:-1] * moved
    assert result.gains[1:][quiet[1:]] == pytest.approx(by_weights[quiet[1:]], abs=1e-14)


def test_what_is_bought_at_the_open_earns_from_there() -> None:
    market = simulated_market(seed=3, sessions=400, assets=2)
    assert market.open is not None
    ledger = Ledger(market, TRADING.model_copy(update={"costs": ()}))
    ledger.follow(np.array([1.0, 0.0]))
    row = int(ledger.rows[0]) + 1
    result = ledger.result("bought")
    earned = market.close[row, 0] / market.open[row, 0] - 1.0
    interest = 1.0 + TRADING.cash_returns(market)[row]
    assert result.gains[1] == pytest.approx([earned * interest, 0.0], abs=1e-14)


def test_a_part_of_a_result_has_the_same_parts() -> None:
    result = followed(MARKET, 2)
    part = between(result, 100, 200)
    assert np.abs(attribution(part).total - part.returns).max() < 1e-12


def test_a_ruin_loses_what_there_was_and_has_no_parts() -> None:
    close = np.tile([[10.0, 10.0]], (400, 1))
    close[320:, 0] = 0.001
    market = replace(
        simulated_market(seed=1, sessions=400, assets=2),
        close=close, open=None, high=None, low=None, volume=None,
    )  # fmt: skip
    ledger = Ledger(market, Trading(warmup=300, costs=()))
    ledger.follow(np.array([2.0, 0.0]))
    result = ledger.result("bet")
    assert result.ruined is not None
    row = result.lived - 1
    interest = (1.0 - result.weights[row - 1].sum()) * result.cash_returns[row]
    assert result.gains[row].sum() + interest - result.charges[row] == pytest.approx(-1.0)
    assert not result.gains[row + 1 :].any()
    with pytest.raises(InputError, match="was ruined"):
        attribution(result)


def test_decisions_share_all_sessions_among_them() -> None:
    result = followed(MARKET, 4)
    parts = attribution(result)
    periods = decision_periods(result)
    assert [stop for _, _, stop in periods[:-1]] == [first for _, first, _ in periods[1:]]
    assert periods[0][1] == 0 and periods[-1][2] == len(parts.sessions)
    summed = sum(parts.annual_between(first, stop) for _, first, stop in periods)
    assert summed == pytest.approx(result.annual_return, abs=1e-12)


@pytest.mark.parametrize("sectors", [(), ("a", "b", "a", "c", "b", "a")])
def test_a_lead_is_allocation_selection_and_costs(sectors: tuple[str, ...]) -> None:
    result, other = followed(MARKET, 5), followed(MARKET, 6, "other")
    apart = relative_attribution(result, other, sectors)
    assert np.abs(apart.total - (result.returns - other.returns)).max() < 1e-12
    assert apart.sectors == (*(dict.fromkeys(sectors) or ["assets"]), "cash")
    mean = (result.returns - other.returns).mean() * result.periods_per_year
    assert apart.annual(apart.total) == pytest.approx(mean, abs=1e-12)
    same = relative_attribution(result, result, sectors)
    for part in (same.allocation, same.selection, same.costs):
        assert np.abs(part).max() < 1e-15


def test_brinson_by_hand() -> None:
    market = simulated_market(seed=8, sessions=400, assets=2)
    trading = Trading(warmup=300, costs=(), cash_rate=0.0)
    own, other = Ledger(market, trading), Ledger(market, trading)
    own.follow(np.array([0.7, 0.3]))
    other.follow(np.array([0.5, 0.5]))
    mine, its = own.result("own"), other.result("other")
    apart = relative_attribution(mine, its, ("x", "y"))
    day = 40
    moved = market.close[300 + day] / market.close[300 + day - 1] - 1.0
    before, base = mine.weights[day], its.weights[day]
    whole = float(base @ moved)
    allocation = (before - base) * (moved - whole)
    assert apart.allocation[day, :2] == pytest.approx(allocation, abs=1e-14)
    assert np.abs(apart.selection[day]).max() < 1e-14  # one asset a sector: nothing to choose


def test_rows_for_people_add_up() -> None:
    market = simulated_market(seed=3, sessions=500, assets=4)
    result, other = followed(market, 7), followed(market, 8, "other")
    rows = return_attribution((result, other), market)
    assert rows is not None
    summed = sum(one.annual for one in rows.assets) + rows.cash + rows.costs
    assert summed == pytest.approx(rows.annual_return, abs=1e-12)
    assert sum(one.annual for one in rows.sectors) == pytest.approx(
        sum(one.annual for one in rows.assets), abs=1e-12
    )
    assert rows.lead is not None and rows.lead_by_costs is not None
    by_sector = sum(one.allocation + one.selection for one in rows.lead_by_sector)
    assert by_sector + rows.lead_by_costs == pytest.approx(rows.lead, abs=1e-12)
    best = [one.total_return for one in rows.decisions]
    assert best == sorted(best, reverse=True)
