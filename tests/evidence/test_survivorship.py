"""Hindsight in the universe: what it explains is what planted failures cost."""

import numpy as np
import pytest

from forefolio.backtest import BacktestResult, Trading
from forefolio.backtest.ledger import Ledger
from forefolio.evidence.survivorship import AFTER, FAILURE_LOSS, FELL, hindsight
from forefolio.market import Market
from forefolio.market.calendar import Every

WARMUP = 21
SESSIONS, ASSETS, YEAR = 2541, 150, 252.0
TRADING = Trading(warmup=WARMUP, costs=(), decide=Every(sessions=21), delisting_loss="performance")


def equal_weights(market: Market) -> BacktestResult:
    """Of what still trades, at every decision."""
    ledger = Ledger(market, TRADING)
    for row in ledger.rows:
        trades = np.isfinite(market.close[row])
        ledger.follow(trades / trades.sum())
    return ledger.result("equal weight")


def with_failures(rate: float, seed: int) -> tuple[Market, float]:
    """A market of which `rate` of the assets fail a year, and the rate that was drawn.

    What fails falls by half in a week, and then has no price any more. Assets differ little, so
    that who fails is worth nothing but the failure.
    """
    rng = np.random.default_rng(seed)
    returns = rng.normal(3e-4, 0.008, (SESSIONS, 1)) + rng.normal(0.0, 0.003, (SESSIONS, ASSETS))
    until = rng.geometric(rate / YEAR, ASSETS) + WARMUP + 5
    failed = np.flatnonzero(until < SESSIONS - 42)
    for asset in failed:
        returns[until[asset] - 5 : until[asset], asset] = (1.0 - FELL) ** 0.2 - 1.0
    close = np.asarray(50.0 * np.cumprod(1.0 + returns, axis=0), dtype=np.float64)
    for asset in failed:
        close[until[asset] :, asset] = np.nan
    days = np.arange(np.datetime64("2000-01-03"), np.datetime64("2000-01-03") + 2 * SESSIONS)
    market = Market(
        sessions=days[np.is_busday(days)][:SESSIONS],
        assets=tuple(f"A{k}" for k in range(ASSETS)),
        close=close,
        periods_per_year=YEAR,
    )
    return market, len(failed) / (np.minimum(until, SESSIONS).sum() / YEAR)


@pytest.mark.parametrize(("rate", "seed"), [(0.02, 1), (0.05, 2)])
def test_what_planted_failures_cost_is_explained_within_a_fifth(rate: float, seed: int) -> None:
    market, drawn = with_failures(rate, seed)
    survived = [a for k, a in enumerate(market.assets) if np.isfinite(market.close[-1, k])]
    assert len(survived) < ASSETS
    everything, survivors = equal_weights(market), equal_weights(market.select(survived))
    assert survivors.sharpe is not None and survivors.annual_volatility is not None
    explained = hindsight(
        survivors.sharpe, survivors.annual_volatility, invested=1.0, failures=drawn
    )
    cost = (survivors.excess.mean() - everything.excess.mean()) * market.periods_per_year
    assert explained.annual_return == pytest.approx(cost, rel=0.2)
    assert everything.sharpe is not None
    assert explained.sharpe == pytest.approx(survivors.sharpe - everything.sharpe, rel=0.25)


def test_the_loss_is_that_of_the_account() -> None:
    assert pytest.approx(0.65) == FAILURE_LOSS == 1.0 - (1.0 - FELL) * (1.0 - AFTER)
    nothing = hindsight(sharpe=-0.2, volatility=0.15, invested=1.0, failures=0.01)
    assert nothing.failures_for_all == 0.0
    half = hindsight(sharpe=0.5, volatility=0.1, invested=0.5, failures=0.02)
    assert half.annual_return == pytest.approx(0.0065)
    all_of_it = hindsight(0.5, 0.1, 0.5, half.failures_for_all)
    assert all_of_it.sharpe == pytest.approx(0.5)
