"""Scores some sessions at a time: the same to the bit as of all at once, whatever is missing."""

import gc
import weakref

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.forecast import blocks
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.scoring.log_variance import LogVariances
from forefolio.forecast.scoring.sampling_error import ratio_with_error
from forefolio.forecast.scoring.score import Score
from forefolio.forecast.scoring.scores import ForecastScorer
from forefolio.forecast.scoring.truth import Truth, past_log_variance

ROWS, ASSETS, HORIZON = 700, 9, 5
LEVELS = np.array([0.05, 0.5, 0.95])
RNG = np.random.default_rng(3)
RETURNS = RNG.normal(0.0, 0.02, (ROWS, ASSETS))
STD = np.exp(RNG.normal(-4.0, 0.3, RETURNS.shape))


def with_holes(values: Array, share: float, seed: int) -> Array:
    holes = np.random.default_rng(seed).uniform(size=values.shape) < share
    return np.where(holes, np.nan, values)


def truth() -> Truth:
    returns = with_holes(RETURNS, 0.05, 0)
    variance = with_holes(RETURNS**2, 0.05, 1)
    variance[:, 2] = 0.0
    return Truth(horizon=HORIZON, periods_per_year=252, returns=returns, variance=variance)


def said(seed: int) -> ForecastPanel:
    rng = np.random.default_rng(seed)
    mean = with_holes(0.1 * RETURNS + rng.normal(0.0, 0.01, RETURNS.shape), 0.03, seed)
    return ForecastPanel(
        sessions=np.arange(np.datetime64("2007-01-01"), np.datetime64("2007-01-01") + ROWS),
        horizon=HORIZON,
        assets=tuple(map(str, range(ASSETS))),
        mean=mean,
        std=np.where(np.isnan(mean), np.nan, STD),
        levels=LEVELS,
        quantiles=np.stack([mean - STD, mean, mean + STD]),
    )


def scores() -> tuple[Score, ...]:
    exposures = with_holes(np.random.default_rng(9).normal(size=(3, ROWS, ASSETS)), 0.01, 4)
    scorer = ForecastScorer(truth(), np.zeros(RETURNS.shape), STD**2, exposures)
    return tuple(scorer.score(str(seed), said(seed)) for seed in (5, 6))


def test_scores_do_not_depend_on_how_many_sessions_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_once = scores()
    assert all(one.rank_ic_neutral is not None and one.r2_log_own is not None for one in at_once)
    monkeypatch.setattr(blocks, "BLOCK", 7 * ASSETS)
    assert scores() == at_once


def test_rows_of_every_shape_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 2 * ASSETS)
    cube = np.stack([RETURNS, STD])
    sums, signs = blocks.in_blocks(lambda c, s: (c.sum(axis=(0, 2)), s > 0), cube, RETURNS)
    np.testing.assert_array_equal(signs, RETURNS > 0)
    np.testing.assert_allclose(sums, cube.sum(axis=(0, 2)))
    (none,) = blocks.in_blocks(lambda values: (values.sum(axis=1),), RETURNS[:0])
    assert none.shape == (0,)


def test_explained_log_variance_is_what_the_formula_says() -> None:
    outcome, std = truth(), said(5).std
    with np.errstate(divide="ignore"):
        logs = np.log(np.where(outcome.variance > 0, outcome.variance, np.nan))
    errors = logs - np.log(std**2)
    about_mean = np.where(np.isnan(errors), np.nan, logs)
    about_own = np.where(np.isnan(errors), np.nan, logs - past_log_variance(outcome))
    own_errors = np.where(np.isnan(about_own), np.nan, errors)

    def explained(errors: Array, about: Array) -> tuple[float, float]:
        left, whole = (
            np.nansum((each - np.nanmean(each)) ** 2, axis=1) for each in (errors, about)
        )
        return ratio_with_error(whole - left, whole, HORIZON)

    of_mean, of_own = LogVariances(outcome).explained(std)
    assert of_mean == pytest.approx(explained(errors, about_mean))
    assert of_own == pytest.approx(explained(own_errors, about_own))


def test_without_any_known_variance_nothing_is_explained() -> None:
    nothing = LogVariances(truth()).explained(np.full(RETURNS.shape, np.nan))
    assert nothing == ((None, None), (None, None))


def test_what_scored_is_gone_as_soon_as_nobody_asks_any_more() -> None:
    """All outcomes and ranks hang on it: whoever waited for the collector held four of them."""
    gc.disable()
    try:
        scorer = ForecastScorer(truth(), np.zeros(RETURNS.shape), STD**2)
        scorer.score("one", said(5))
        alive = weakref.ref(scorer)
        del scorer
        assert alive() is None
    finally:
        gc.enable()
