"""Volatility forecasts are weighed by what came of them, and alike as long as little has."""

from dataclasses import replace

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.forecast import ForecastPanel, Truth
from forefolio.forecast.judging.volatility_record import record_weights, weigh_by_record

ROWS, ASSETS, HORIZON = 600, 4, 5


@pytest.fixture
def truth() -> Truth:
    moves = 0.01 * np.random.default_rng(0).standard_normal((ROWS + HORIZON, ASSETS))
    total = np.cumsum(moves**2, axis=0)
    variance = total[HORIZON:] - total[:-HORIZON]
    return Truth(horizon=HORIZON, periods_per_year=252.0, returns=variance, variance=variance)


def panel(level: float) -> ForecastPanel:
    """One volatility for all, `level` times the true one."""
    std = np.full((ROWS, ASSETS), level * 0.01 * np.sqrt(HORIZON))
    sessions = np.arange(ROWS).astype("datetime64[D]")
    assets = tuple("ABCD")
    return ForecastPanel(
        horizon=HORIZON, sessions=sessions, assets=assets, mean=np.zeros_like(std), std=std
    )


def stds(*panels: ForecastPanel) -> Array:
    return np.stack([one.std for one in panels])


def test_they_are_alike_at_first_and_the_best_decides_after_years(truth: Truth) -> None:
    right, wrong = panel(1.0), panel(1.6)
    weights = record_weights(stds(right, wrong), truth)
    assert (weights[: HORIZON + 1] == 1.0).all()  # no outcome has ended
    share = weights[:, 1] / weights.sum(axis=1)
    assert 0.01 < share[60] < share[20] < 0.5 and share[-1] < 0.001
    combined = weigh_by_record([right, wrong], truth)
    assert combined[0] == pytest.approx(np.sqrt(right.std[0] * wrong.std[0]))
    assert combined[-1] == pytest.approx(right.std[-1], rel=1e-3)


def test_overlapping_outcomes_count_as_one(truth: Truth) -> None:
    both = stds(panel(1.0), panel(1.6))
    row = 100
    losses = [
        np.mean(
            [
                (v / f - np.log(v / f) - 1)
                for v, f in zip(truth.variance[t], one[t] ** 2, strict=True)
            ]
        )
        for one in both
        for t in range(row - HORIZON)
    ]
    right, wrong = np.sum(np.reshape(losses, (2, -1)), axis=1)
    weights = record_weights(both, truth)[row]
    assert weights[1] / weights[0] == pytest.approx(np.exp(-(wrong - right) / HORIZON))


def test_what_comes_later_changes_no_weight(truth: Truth) -> None:
    both, row = stds(panel(1.0), panel(1.6)), 300
    later = truth.variance.copy()
    later[row - HORIZON :] *= 9.0
    other = Truth(horizon=HORIZON, periods_per_year=252.0, returns=later, variance=later)
    now, then = record_weights(both, truth), record_weights(both, other)
    assert (now[: row + 1] == then[: row + 1]).all() and (now[row + 1 :] != then[row + 1 :]).any()


def test_an_asset_that_only_the_weak_forecast_has_their_forecast(truth: Truth) -> None:
    right, wrong = panel(1.0), panel(2.0)
    missing, flat = np.array([np.nan, 0.0, 1.0, 1.0]), np.array([1.0, 0.0, 1.0, 1.0])
    right, wrong = replace(right, std=right.std * missing), replace(wrong, std=wrong.std * flat)
    combined = weigh_by_record([right, wrong], truth)[-1]
    assert combined[0] == pytest.approx(wrong.std[-1, 0])
    assert combined[1] == 0.0
    assert combined[2] == pytest.approx(right.std[-1, 2], rel=1e-3)


def test_a_member_that_never_forecasts_changes_nothing(truth: Truth) -> None:
    right, wrong = panel(1.0), panel(1.6)
    silent = panel(np.nan)
    three = weigh_by_record([right, silent, wrong], truth)
    assert three == pytest.approx(weigh_by_record([right, wrong], truth))
