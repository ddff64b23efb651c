"""Tests on losses against arch, against formulas, and against what luck does."""

import numpy as np
import pytest
from arch.bootstrap import MCS
from scipy import stats

from forefolio.core.units import Array
from forefolio.forecast.scoring.sampling_error import mean_with_error
from forefolio.forecast.scoring.significance import (
    bootstrap_p_value,
    confidence,
    diebold_mariano,
    model_confidence_set,
    resampled_means,
)

RNG = np.random.default_rng(0)


def overlapping(seed: int, rows: int, horizon: int) -> Array:
    """Differences of losses whose neighbours share all but one session, with mean zero."""
    steps = np.random.default_rng(seed).normal(0, 1, rows + horizon - 1)
    return np.convolve(steps, np.ones(horizon) / horizon, mode="valid")


def test_the_error_of_a_difference_is_that_of_any_mean_over_sessions() -> None:
    loss, reference = RNG.chisquare(1, 400), RNG.chisquare(1, 400)
    mean, error = mean_with_error(loss - reference, 4)
    tested = diebold_mariano(loss, reference, 4)
    assert mean is not None and error is not None
    assert tested.difference == pytest.approx(mean) and tested.error == pytest.approx(error)
    assert tested.statistic == pytest.approx(mean / error)
    assert tested.p_value == pytest.approx(2 * stats.norm.sf(abs(mean / error)))
    assert tested.effect == pytest.approx((loss - reference).mean() / (loss - reference).std())


def test_losses_that_persist_are_not_told_apart_at_one_session_either() -> None:
    alike = []
    for seed in range(200):
        gaps = overlapping(seed, 1500, 20)  # what one session loses, its neighbours lose, too
        alike.append(diebold_mariano(gaps, np.zeros(1500)).p_value < 0.05)
    assert np.mean(alike) < 0.1  # without lags: seven times in ten


@pytest.mark.parametrize("horizon", [1, 5, 21])
def test_equal_models_are_rarely_told_apart_although_outcomes_overlap(horizon: int) -> None:
    chances = []
    for seed in range(300):
        gaps = overlapping(seed, 100 * horizon, horizon)[:, None]
        drawn = resampled_means(gaps, horizon, seed=seed)[:, 0]
        tested = diebold_mariano(gaps[:, 0], np.zeros(len(gaps)), horizon)
        chances.append((tested.p_value, bootstrap_p_value(float(gaps.mean()), drawn)))
    each, both = np.asarray(chances), np.max(chances, axis=1)
    assert (each < 0.05).mean(axis=0).max() < 0.12
    assert (both < 0.05).mean() < 0.09


def test_forecasts_that_are_the_same_or_too_few_differ_by_nothing() -> None:
    loss = RNG.chisquare(1, 50)
    assert diebold_mariano(loss, loss).p_value == 1.0
    assert diebold_mariano(loss, loss + RNG.normal(0, 1, 50), 30).p_value == 1.0
    same = np.stack([loss, loss], axis=1)
    assert (model_confidence_set(same) == 1.0).all()


def test_a_resample_keeps_the_mean_and_is_the_same_for_the_same_seed() -> None:
    losses = RNG.chisquare(1, (997, 3))
    drawn = resampled_means(losses, 5, seed=3)
    np.testing.assert_allclose(drawn.mean(axis=0), losses.mean(axis=0), atol=0.01)
    np.testing.assert_array_equal(drawn, resampled_means(losses, 5, seed=3))
    assert (drawn != resampled_means(losses, 5, seed=4)).all()


def test_the_spread_of_resamples_is_the_error_of_the_mean() -> None:
    gaps = overlapping(5, 20_000, 10)[:, None]
    truth = 1.0 / np.sqrt(len(gaps))  # of a mean of moving averages of white noise
    assert resampled_means(gaps, 10).std() == pytest.approx(truth, rel=0.2)


def test_the_confidence_set_is_that_of_arch_on_the_same_draws() -> None:
    losses = RNG.chisquare(3, (400, 6)) + np.asarray([0.0, 0.1, 0.2, 0.3, 0.5, 1.0])
    peer = MCS(losses, size=0.1, reps=500, block_size=10, method="max", seed=7)
    peer.compute()
    drawn = np.stack([losses[rows].mean(axis=0) for rows in peer._bootstrap_indices])
    expected = peer.pvalues["Pvalue"].sort_index().to_numpy()
    np.testing.assert_allclose(confidence(losses.mean(axis=0), drawn), expected)


def test_the_confidence_set_holds_the_best_and_drops_what_is_far_worse() -> None:
    held = []
    for seed in range(100):
        losses = np.random.default_rng(seed).chisquare(1, (500, 4))
        losses[:, 3] += 1.0
        levels = model_confidence_set(losses, seed=seed, draws=300)
        held.append(levels[0] > 0.1)
        assert levels[3] < 0.1 and levels.max() == 1.0
    assert np.mean(held) > 0.85
