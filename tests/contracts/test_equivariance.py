"""Names, order and dates of the data change no score: 50 permutations."""

from dataclasses import replace

import numpy as np
import pytest

from forefolio.backtest import Trading, backtest, summary
from forefolio.core.events import finish
from forefolio.forecast import EWMA, BayesianRidge, Recipe, WalkForward, gather
from forefolio.market import Market, simulated_market
from forefolio.runs.executors import executor
from forefolio.strategy import Classical, EqualWeight, InverseVolatility, Strategy

PERMUTATIONS = 50
ERA = np.timedelta64(28 * 365 + 7, "D")  # after which weekdays and leap years come again
MARKET = simulated_market(seed=5, sessions=360, assets=5)
RECIPE = Recipe(
    models=(BayesianRidge(),), volatility=(EWMA(),), walk=WalkForward(first=250, refit=250)
)
RULES: tuple[Strategy, ...] = (EqualWeight(), InverseVolatility(), Classical())


def elsewhere(market: Market, seed: int) -> Market:
    """The same market under other names, in another order, in another era."""
    order = np.random.default_rng(seed).permutation(len(market.assets))
    bars = {
        name: getattr(market, name)[:, order] for name in ("open", "high", "low", "close", "volume")
    }
    return replace(
        market,
        sessions=market.sessions + (seed % 3 - 1) * ERA,
        assets=tuple(f"Z{(7 * k + seed) % 97}" for k in range(len(order))),
        sectors=tuple(market.sectors[k] for k in order),
        **bars,
    )


def scores(market: Market) -> list[float]:
    """Every measure of every rule."""
    trading = Trading(warmup=260)
    with executor("inline:") as inline:
        results = [finish(backtest(rule, trading, market, inline)) for rule in RULES]
    measured = [
        (one.sharpe, one.annual_return, one.max_drawdown, one.turnover, one.cost, one.kurtosis)
        for one in map(summary, results)
    ]
    return [value for row in measured for value in row if value is not None]


def forecast_scores(market: Market) -> list[float]:
    """Of every model, whatever is known."""
    with executor("inline:") as inline:
        found = finish(gather(RECIPE, (5,), market, inline))
    rows = [(one.r2_across, one.rank_ic, one.qlike, one.crps) for one in found.horizons[5].scores]
    return [value for row in rows for value in row if value is not None]


@pytest.mark.slow
def test_names_order_and_dates_change_no_score_of_a_backtest() -> None:
    own = scores(MARKET)
    assert len(own) >= 15
    for seed in range(PERMUTATIONS):
        assert scores(elsewhere(MARKET, seed)) == pytest.approx(own, rel=1e-6, abs=1e-8), seed


@pytest.mark.slow
def test_names_order_and_dates_change_no_score_of_a_forecast() -> None:
    own = forecast_scores(MARKET)
    assert len(own) > 10
    for seed in range(PERMUTATIONS // 5):
        assert forecast_scores(elsewhere(MARKET, seed)) == pytest.approx(own, rel=1e-6, abs=1e-8)
