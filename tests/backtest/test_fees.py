"""What holding costs, in the account: beside plain bookkeeping, in parts, in any steps."""

from typing import Any

import numpy as np
import pytest
from tests.backtest.test_account import (
    OPENED,
    SESSIONS,
    assert_is_the_backtest,
    followed,
    with_gaps,
)

import forefolio as ff
from forefolio.backtest import BacktestResult, Trading, follow_weights
from forefolio.backtest.attribution import attribution
from forefolio.backtest.ledger import Ledger
from forefolio.core.errors import BadSettings, InputError, UnclearName
from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.market.calendar import Every
from forefolio.optimize import Fees, Proportional
from forefolio.strategy import EqualWeight

FEES = Fees(management=0.01, holding=0.02, borrow=0.03, margin=0.04, overrides=(("A1", 0.0, 0.5),))
TRADING = Trading(
    warmup=300, decide=Every(sessions=13), costs=(Proportional(bps=10),), fees=FEES, cash_rate=0.02
)


def drawn(market: Market) -> tuple[BacktestResult, Array]:
    """An account that is short at times and overdrawn at others, and what it decided (D, N)."""
    rng, ledger = np.random.default_rng(1), Ledger(market, TRADING)
    targets = rng.normal(0.3, 0.4, (len(ledger.rows), len(market.assets)))
    for target in targets:
        ledger.follow(target)
    return ledger.result("drawn"), targets


def booked(market: Market, targets: Array, cost: float) -> Array:
    """The equity of such an account by plain bookkeeping, one position and one day at a time."""
    rows, year = TRADING.decision_rows(market), market.periods_per_year
    assert market.open is not None
    interest = 1.02 ** (1 / year) - 1
    equity, cash, units = [1e6], 1e6, np.zeros(len(market.assets))
    decided = dict(zip(rows.tolist(), targets, strict=True))
    for row in range(int(rows[0]) + 1, len(market)):
        owed = 0.01 * equity[-1] + (0.04 * -cash if cash < 0 else 0.0)
        for asset, value in zip(market.assets, units * market.close[row - 1], strict=True):
            if value > 0:
                owed += (0.0 if asset == "A1" else 0.02) * value
            else:
                owed += (0.5 if asset == "A1" else 0.03) * -value
        cash += interest * cash - owed / year
        if row - 1 in decided:
            price = market.open[row]
            worth = cash + float(units @ price)
            wanted = decided[row - 1] * worth / price
            cash -= float((wanted - units) @ price) + cost * float(np.abs(wanted - units) @ price)
            units = wanted
        equity.append(cash + float(units @ market.close[row]))
    return np.array(equity)


def test_it_is_what_plain_bookkeeping_says() -> None:
    market = simulated_market(seed=2, sessions=460, assets=4)
    result, targets = drawn(market)
    assert result.weights.min() < -0.05 and (result.weights.sum(axis=1) > 1.05).any()
    np.testing.assert_allclose(result.equity, booked(market, targets, 0.001), rtol=1e-11)
    kinds = {"proportional", "management", "holding", "borrow", "margin"}
    assert set(result.costs) == kinds and all(paid.sum() > 0 for paid in result.costs.values())


def test_with_fees_every_session_is_the_sum_of_its_parts() -> None:
    market = simulated_market(seed=2, sessions=460, assets=4)
    result, _ = drawn(market)
    parts = attribution(result)
    assert np.abs(parts.total - result.returns).max() < 1e-12
    before = {k: paid for k, paid in result.costs.items() if k != "proportional"}
    quiet = np.ones(len(result), dtype=bool)
    quiet[result.decisions + 1] = False
    taken = sum(before.values(), start=np.zeros(len(result)))
    np.testing.assert_allclose(result.charges[quiet], taken[quiet], atol=1e-15)


def test_in_however_many_steps_the_fees_are_the_same_to_the_bit() -> None:
    market = with_gaps()
    trading = replace_fees(Trading(warmup=OPENED, decide=Every(sessions=7)), FEES)
    for steps in ((), range(OPENED, SESSIONS, 4)):
        days = followed(EqualWeight(), trading, market, steps)
        assert_is_the_backtest(days, EqualWeight(), trading, market)


def replace_fees(trading: Trading, fees: Any) -> Trading:
    return Trading(**{**dict(trading), "fees": fees})


def test_a_fee_of_the_account_alone_takes_its_share_of_a_year() -> None:
    market = simulated_market(seed=1, sessions=700, assets=4)
    free = ff.backtest(market, "equal_weight", trading={"warmup": 400})
    paid = ff.backtest(
        market, "equal_weight", trading={"warmup": 400, "fees": "management 1% per year"}
    )
    years = (len(paid) - 1) / market.periods_per_year
    assert paid.equity[-1] / free.equity[-1] == pytest.approx(np.exp(-0.01 * years), rel=1e-4)
    assert paid.costs["management"].sum() == pytest.approx(0.01 * years)


def test_what_cannot_be_charged_is_refused() -> None:
    market = simulated_market(seed=1, sessions=320, assets=2)
    strange = replace_fees(TRADING, Fees(overrides=(("ZZ", 0.01, 0.0),)))
    with pytest.raises(UnclearName, match="there is no asset ZZ"):
        Ledger(market, strange)
    with pytest.raises(InputError, match="backtested without fees; use `backtest`"):
        follow_weights(np.full((1, 2), 0.5), market, replace_fees(TRADING, FEES), np.array([0]))
    with pytest.raises(BadSettings, match="expected a fee, such as"):
        Trading(fees="borrow high per year")
    with pytest.raises(BadSettings, match="less than 1"):
        Trading(fees={"management": 2})
