"""Weights that somebody has chosen, as a strategy: gone back to at each decision."""

import numpy as np
import pytest

from forefolio.backtest import Trading, backtest
from forefolio.core.errors import BadSettings, UnknownTicker
from forefolio.core.events import finish
from forefolio.market import Market, simulated_market
from forefolio.market.calendar import Every
from forefolio.runs.executors import Inline
from forefolio.strategy import FixedWeights

MARKET = simulated_market(seed=3, sessions=300, assets=3)
TRADING = Trading(warmup=20, decide=Every(sessions=21))


def test_it_goes_back_to_them_at_each_decision_and_drifts_between() -> None:
    rule = FixedWeights(weights={"A0": 0.5, "A2": 0.3}, called="core")
    result = finish(backtest(rule, TRADING, MARKET, Inline()))
    assert result.name == "core" and len(result.decisions) > 10
    np.testing.assert_array_equal(
        result.targets, np.tile([0.5, 0.0, 0.3], (len(result.targets), 1))
    )
    after = result.weights[result.decisions[1:] + 1]
    assert np.abs(after - [0.5, 0.0, 0.3]).max() < 0.03
    assert np.ptp(result.weights[2:20, 0]) > 0.0


def test_what_does_not_trade_yet_is_cash_and_said() -> None:
    late = MARKET.close.copy()
    late[:150, 0] = np.nan
    market = Market(
        sessions=MARKET.sessions,
        assets=MARKET.assets,
        close=late,
        periods_per_year=MARKET.periods_per_year,
    )
    result = finish(
        backtest(FixedWeights(weights={"A0": 0.5, "A1": 0.5}), TRADING, market, Inline())
    )
    before = result.targets[0]
    assert before.tolist() == [0.0, 0.5, 0.0] and result.targets[-1].tolist() == [0.5, 0.5, 0.0]
    assert any("A0 did not trade" in note.message for note in result.notes)


def test_what_it_cannot_hold_is_refused() -> None:
    with pytest.raises(UnknownTicker, match="has no NONE"):
        finish(backtest(FixedWeights(weights={"NONE": 1.0}), TRADING, MARKET, Inline()))
    with pytest.raises(BadSettings, match="percentages"):
        FixedWeights(weights={"A": 60, "B": 40})
    with pytest.raises(BadSettings, match="number"):
        FixedWeights(weights={"A": float("nan")})
    assert FixedWeights(weights={"a": 0.25, "A": 0.25}).weights == {"A": 0.5}
