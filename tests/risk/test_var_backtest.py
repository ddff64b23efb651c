"""Values at risk walked through a history: what they say, when, and what becomes of it."""

from typing import Any

import numpy as np
import pytest

from forefolio.core.errors import DataError, InputError, NotEnoughHistory
from forefolio.market import simulated_market
from forefolio.risk import (
    CornishFisher,
    FilteredHistorical,
    Historical,
    Normal,
    TailModel,
    TailSpec,
    backtest_value_at_risk,
)

RETURNS = simulated_market(seed=5, sessions=1500, assets=1).returns[1:, 0]
ASKED = TailSpec(level=0.95, horizon=1)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
@pytest.mark.parametrize(
    ("model", "rounding"), [(Historical(), 0.0), (Normal(), 1e-12), (CornishFisher(), 1e-12)]
)
def test_each_forecast_is_made_from_the_window_before(
    model: TailModel, rounding: float, level: float
) -> None:
    (told,) = backtest_value_at_risk(RETURNS, [model], window=300, level=level)
    spec = TailSpec(level=level, horizon=1)
    measured = [
        model.measure(RETURNS[row - 300 : row], spec).value_at_risk
        for row in range(300, len(RETURNS))
    ]
    np.testing.assert_allclose(told.forecasts, measured, rtol=rounding, atol=rounding)
    breaches = (RETURNS[300:] < -told.forecasts).sum()
    assert (told.check.breaches, told.check.sessions) == (breaches, 1199)


def test_of_returns_that_do_not_vary_the_mean_is_said() -> None:
    for told in backtest_value_at_risk(
        np.full(300, 0.001), [Historical(), Normal(), CornishFisher()], window=100
    ):
        np.testing.assert_allclose(told.forecasts, -0.001)


def test_a_filter_follows_the_volatility_between_its_fits() -> None:
    model = FilteredHistorical()
    said = model.follow(RETURNS, ASKED, 500)
    for row in (500, 750, 1250):  # where it is fitted anew
        assert said[row - 500] == pytest.approx(
            model.measure(RETURNS[:row], ASKED).value_at_risk, rel=1e-12
        )
    shocked = RETURNS.copy()
    shocked[600] = -0.2
    after = model.follow(shocked, ASKED, 500)
    np.testing.assert_array_equal(after[:101], said[:101])
    assert after[101] > 2 * said[101]


def test_no_model_knows_the_future() -> None:
    whole = backtest_value_at_risk(RETURNS, window=400)
    past = backtest_value_at_risk(RETURNS[:1100], window=400)
    assert [one.model for one in whole] == [
        "historical", "normal", "cornish_fisher", "filtered_historical"
    ]  # fmt: skip
    for one, other in zip(whole, past, strict=True):
        np.testing.assert_array_equal(one.forecasts[:700], other.forecasts)


def test_clusters_are_seen_unless_they_are_filtered() -> None:
    returns, variance = np.random.default_rng(8).standard_normal(5000), 1e-4
    for row in range(len(returns)):
        returns[row] *= variance**0.5
        variance = 2e-6 + 0.25 * returns[row] ** 2 + 0.74 * variance
    plain, filtered = backtest_value_at_risk(returns, [Historical(), FilteredHistorical()])
    assert plain.check.independence is not None and filtered.check.independence is not None
    assert plain.check.independence.rejects
    assert filtered.check.independence.statistic < plain.check.independence.statistic / 3


def test_sessions_of_which_a_model_can_say_nothing_are_counted_apart() -> None:
    returns = np.random.default_rng(0).normal(0, 0.01, 600)
    returns[150] = -0.5  # the expansion cannot follow such a skew while it is in the window
    (told,) = backtest_value_at_risk(returns, [CornishFisher()], window=100)
    assert np.isnan(told.forecasts[51:151]).all() and np.isfinite(told.forecasts[151:]).any()
    assert told.check.sessions == 500 - told.missing
    with pytest.raises(DataError, match="cornish_fisher has no value at risk"):
        backtest_value_at_risk(
            np.where(np.arange(600) % 100, returns / 50, -0.5), [CornishFisher()], window=100
        )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"returns": np.array([0.1, np.nan])}, "one finite number per session"),
        ({"level": 95}, "level is 95"),
        ({"level": 0.99, "window": 60}, "a window of at least one loss beyond it"),
    ],
)
def test_bad_input_is_told(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        backtest_value_at_risk(**{"returns": RETURNS, **changed})


def test_a_short_history_is_told() -> None:
    with pytest.raises(NotEnoughHistory, match="testing a value at risk needs 1100"):
        backtest_value_at_risk(RETURNS[:1000])
