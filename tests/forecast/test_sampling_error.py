"""Standard errors of means over sessions: by the definition, and by what luck does."""

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.forecast.scoring.sampling_error import (
    error_of_sum,
    expanding_ratio,
    mean_with_error,
    memory,
    ratio_with_error,
)

RNG = np.random.default_rng(0)


def overlapping(seed: int, rows: int, horizon: int) -> Array:
    """Means over `horizon` sessions of white noise of deviation one."""
    steps = np.random.default_rng(seed).normal(0, 1, rows + horizon - 1)
    return np.convolve(steps, np.ones(horizon) / horizon, mode="valid")


def persistent(seed: int, rows: int, carried: float) -> Array:
    """An autoregression of order one: losses in calm and in wild times."""
    steps, out = np.random.default_rng(seed).normal(0, 1, rows), np.zeros(rows)
    for row in range(1, rows):
        out[row] = carried * out[row - 1] + steps[row]
    return out


def newey_west(values: list[float], lags: int) -> float:
    """The error of a sum, term by term (Newey and West 1987; Kiefer and Vogelsang 2005)."""
    total = sum(v * v for v in values)
    for lag in range(1, lags + 1):
        pairs = sum(values[t] * values[t - lag] for t in range(lag, len(values)))
        total += 2 * (1 - lag / (lags + 1)) * pairs
    b = lags / len(values)
    critical = 1.96 + 2.9694 * b + 0.4160 * b**2 - 0.5324 * b**3
    return float(np.sqrt(total) * critical / 1.96)


@pytest.mark.parametrize(("horizon", "lags"), [(1, 63), (21, 63), (40, 120)])
def test_the_error_is_newey_and_wests_with_at_least_a_quarter_of_lags(
    horizon: int, lags: int
) -> None:
    values = overlapping(1, 300, 10)
    centred = values - values.mean()
    assert memory(horizon) == lags
    expected = newey_west(centred.tolist(), lags)
    assert error_of_sum(centred, horizon) == pytest.approx(expected, rel=1e-12)
    mean, error = mean_with_error(values, horizon)
    assert mean == pytest.approx(values.mean()) and error == pytest.approx(expected / 300)


def test_the_error_of_a_ratio_is_that_of_what_the_ratio_leaves() -> None:
    scale = RNG.chisquare(3, 400)
    gain = 0.3 * scale + RNG.normal(0, 0.1, 400)
    ratio, error = ratio_with_error(gain, scale, 5)
    assert ratio == pytest.approx(gain.sum() / scale.sum())
    left = (gain - ratio * scale).tolist()
    assert error == pytest.approx(newey_west(left, 63) / scale.sum(), rel=1e-12)
    assert ratio_with_error(0.3 * scale, scale, 5)[1] == pytest.approx(0.0, abs=1e-12)


def test_sessions_of_which_nothing_is_known_keep_their_place() -> None:
    values = overlapping(2, 500, 5)
    values[100:160] = np.nan
    mean, error = mean_with_error(values, 5)
    assert mean is not None and mean == pytest.approx(np.nanmean(values))
    left = np.where(np.isfinite(values), values - mean, 0.0)
    assert error == pytest.approx(newey_west(left.tolist(), 63) / 440, rel=1e-12)
    padded = np.concatenate([np.full(300, np.nan), values, np.full(40, np.nan)])
    again = mean_with_error(padded, 5)
    assert again[0] == pytest.approx(mean) and again[1] == pytest.approx(error)


def test_growing_records_have_the_errors_of_their_beginnings() -> None:
    scale, gain = RNG.chisquare(2, 300), RNG.normal(0, 1, 300)
    ratios, errors = expanding_ratio(gain, scale, 30)
    for rows in (180, 181, 200, 300):
        ratio, error = ratio_with_error(gain[:rows], scale[:rows], 30)
        assert ratios[rows - 1] == pytest.approx(ratio)
        assert errors[rows - 1] == pytest.approx(error)
    assert np.isinf(errors[:179]).all()  # 180 sessions are two spans of 90


def test_too_few_sessions_have_no_error_and_none_has_no_mean() -> None:
    assert mean_with_error(np.ones(125), 1) == (1.0, np.inf)
    assert mean_with_error(np.full(5, np.nan), 1) == (None, None)
    assert ratio_with_error(np.zeros(5), np.zeros(5), 1) == (0.0, np.inf)


@pytest.mark.parametrize("horizon", [1, 5, 21, 63])
def test_two_errors_hold_the_mean_of_overlapping_outcomes_at_every_horizon(horizon: int) -> None:
    rows = 30 * max(horizon, 21)
    beyond = []
    for seed in range(400):
        mean, error = mean_with_error(overlapping(seed, rows, horizon), horizon)
        assert mean is not None and error is not None
        beyond.append(abs(mean) > 1.96 * error)
    assert 0.02 < np.mean(beyond) < 0.085


def test_two_errors_hold_the_mean_of_losses_that_persist_at_one_session() -> None:
    beyond = [
        abs(values.mean()) > 1.96 * error_of_sum(values - values.mean(), 1) / len(values)
        for values in (persistent(seed, 2000, 0.9) for seed in range(200))
    ]
    assert np.mean(beyond) < 0.11  # errors of single sessions: two thirds


def test_the_error_does_not_depend_on_which_session_is_the_first() -> None:
    values = overlapping(3, 2000, 21)
    errors = [mean_with_error(values[first:], 21)[1] for first in range(21)]
    assert all(error is not None for error in errors)
    assert max(e for e in errors if e) < 1.05 * min(e for e in errors if e)
