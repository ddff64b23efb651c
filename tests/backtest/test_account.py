"""An account followed day by day is the backtest of the same window, to the bit."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from forefolio.backtest import AccountDay, AccountState, Trading, backtest, follow_days
from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.events import finish
from forefolio.core.units import Array
from forefolio.forecast import HAR, WalkForward
from forefolio.market import Market, simulated_market
from forefolio.market.calendar import Every
from forefolio.optimize import Allocation, Proportional, SquareRootImpact
from forefolio.runs.executors import Inline
from forefolio.strategy import (
    Classical,
    Diversified,
    EqualWeight,
    ExposureSchedule,
    InverseVolatility,
    PortfolioVolatility,
    RiskOnTarget,
    Strategy,
)

OPENED, SESSIONS = 300, 420
TRADING = Trading(warmup=OPENED, decide=Every(sessions=7), costs=(Proportional(bps=15),))


def followed(
    strategy: Strategy, trading: Trading, market: Market, cuts: Any
) -> tuple[AccountDay, ...]:
    """The days of an account that is looked at after so many sessions each, state as JSON."""
    days: list[AccountDay] = []
    state = None
    for sessions in (*cuts, len(market)):
        days += finish(follow_days(strategy, trading, market[:sessions], Inline(), state))
        state = AccountState.model_validate_json(days[-1].state.model_dump_json())
    return tuple(days)


def assert_is_the_backtest(
    days: tuple[AccountDay, ...], strategy: Strategy, trading: Trading, market: Market
) -> None:
    result = finish(backtest(strategy, trading, market, Inline()))
    assert [str(day.state.session) for day in days] == [str(day) for day in result.sessions]
    assert [day.state.equity for day in days] == result.equity.tolist()
    paid = [day.paid / before.state.equity for before, day in pairwise(days)]
    assert paid == result.charges[1:].tolist()
    targets = [day.decided.target for day in days if day.decided is not None]
    np.testing.assert_array_equal(targets[: len(result.targets)], result.targets)
    held = np.array([day.held * (1.0 / day.state.equity) for day in days])
    np.testing.assert_array_equal(held, result.weights)


def with_gaps(seed: int = 3) -> Market:
    """Holidays of single assets, one listed late, and one that ends within the window."""
    whole = simulated_market(seed=seed, sessions=SESSIONS, assets=6)
    close = np.array(whole.close)
    rng = np.random.default_rng(seed)
    close[rng.random(close.shape) < 0.05] = np.nan
    close[:310, 1], close[350:, 2] = np.nan, np.nan
    opens = np.where(np.isnan(close), np.nan, close * 1.001)
    return replace(whole, close=close, open=opens, high=None, low=None, home=None)


@pytest.mark.parametrize(
    "strategy",
    [EqualWeight(), InverseVolatility(), RiskOnTarget(strategy=EqualWeight(), target=0.05)],
    ids=lambda one: one.name,
)
def test_in_however_many_steps_it_is_the_backtest(strategy: Strategy) -> None:
    market = with_gaps()
    cuts = np.random.default_rng(1).choice(np.arange(OPENED + 1, SESSIONS), 12, replace=False)
    for steps in ((), range(OPENED, SESSIONS, 4), sorted(cuts.tolist())):
        days = followed(strategy, TRADING, market, steps)
        assert_is_the_backtest(days, strategy, TRADING, market)


def test_with_an_optimiser_impact_and_spread_at_every_cut() -> None:
    market = simulated_market(seed=5, sessions=SESSIONS, assets=4)
    costs = (Proportional(bps=5), SquareRootImpact())
    trading = TRADING.model_copy(update={"costs": costs, "decide": Every(sessions=21)})
    whole = followed(Classical(), trading, market, ())
    assert_is_the_backtest(whole, Classical(), trading, market)
    for row, day in enumerate(whole[:-1]):
        (later, *_) = finish(
            follow_days(EqualWeight(), trading, market[: OPENED + row + 1], Inline(), day.state)
        )
        assert later.state.cash == whole[row + 1].state.cash
        assert later.state.units == whole[row + 1].state.units


RECORDED = RiskOnTarget(
    strategy=Diversified(),
    target=0.05,
    schedule=ExposureSchedule(weights=10, exposure=3, band=0.01),
    risk=PortfolioVolatility(model=HAR(), record=150, walk=WalkForward(first=150, refit=50)),
)


def test_a_record_is_gone_on_from_at_every_session() -> None:
    market = simulated_market(seed=8, sessions=SESSIONS, assets=4)
    days = followed(RECORDED, TRADING, market, range(OPENED, SESSIONS))
    assert_is_the_backtest(days, RECORDED, TRADING, market)
    assert len({day.state.record.expected for day in days if day.state.record}) > 10


def test_one_more_session_decides_no_earlier_one_again(monkeypatch: pytest.MonkeyPatch) -> None:
    market = simulated_market(seed=8, sessions=SESSIONS, assets=4)[: OPENED + 117]
    *_, day = finish(follow_days(RECORDED, TRADING, market[:-1], Inline()))
    asked: list[int] = []
    decide = Diversified.decide

    def counted(self: Diversified, snapshot: Market, current: Array) -> Allocation:
        asked.append(len(snapshot))
        return decide(self, snapshot, current)

    monkeypatch.setattr(Diversified, "decide", counted)
    (again,) = finish(follow_days(RECORDED, TRADING, market, Inline(), day.state))
    assert again.decided is not None
    assert asked == [OPENED + 110]
    forgotten = day.state.model_copy(update={"record": None})
    (anew,) = finish(follow_days(RECORDED, TRADING, market, Inline(), forgotten))
    assert anew.state == again.state
    assert len(asked) > 20


def test_a_record_of_other_sessions_is_made_anew() -> None:
    market = simulated_market(seed=8, sessions=SESSIONS, assets=4)
    *_, day = finish(follow_days(RECORDED, TRADING, market[: SESSIONS - 40], Inline()))
    assert day.state.record is not None
    strange = day.state.record.model_copy(update={"session": date(1999, 1, 1)})
    moved = day.state.model_copy(update={"record": strange})
    anew, usual = (
        finish(follow_days(RECORDED, TRADING, market, Inline(), state))
        for state in (moved, day.state)
    )
    assert anew[-1].state == usual[-1].state


def test_a_decision_after_the_newest_close_waits_for_the_next_session() -> None:
    market = simulated_market(seed=1, sessions=OPENED, assets=3)
    (day,) = finish(follow_days(EqualWeight(), TRADING, market, Inline()))
    assert day.state.fresh
    assert day.state.orders == dict.fromkeys(market.assets, 1 / 3)
    assert day.state.cash == TRADING.capital
    assert finish(follow_days(EqualWeight(), TRADING, market, Inline(), day.state)) == ()


def test_a_ruined_account_stays_so() -> None:
    whole = simulated_market(seed=1, sessions=OPENED + 20, assets=2)
    close = np.array(whole.close)
    close[OPENED + 3 :] = 1e-9
    market = replace(whole, close=close, open=None, high=None, low=None, home=None)
    trading = TRADING.model_copy(update={"costs": (Proportional(bps=10_000),)})
    (*_, last) = followed(EqualWeight(), trading, market, range(OPENED, OPENED + 20))
    assert last.state.equity == 0.0
    assert "ruined" in last.state.noted
    assert last.decided is None


def test_what_is_held_must_be_an_asset_of_the_market() -> None:
    market = simulated_market(seed=1, sessions=OPENED + 5, assets=3)
    (*_, last) = finish(follow_days(EqualWeight(), TRADING, market, Inline()))
    with pytest.raises(DataError, match="A2"):
        finish(
            follow_days(EqualWeight(), TRADING, market.select(["A0", "A1"]), Inline(), last.state)
        )
    with pytest.raises(NotEnoughHistory):
        finish(follow_days(EqualWeight(), TRADING, market[: OPENED - 1], Inline()))
