import numpy as np
import pytest
from scipy.stats import spearmanr

from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.scores import Score, Truth, score
from forefolio.market import simulated_market
from forefolio.units import Array

ROWS, ASSETS = 400, 5
RNG = np.random.default_rng(0)
RETURNS = RNG.normal(0.0005, 0.01, (ROWS, ASSETS))
TRUTH = Truth(horizon=1, returns=RETURNS.copy(), variance=RETURNS**2)
PRIOR = np.full(RETURNS.shape, 0.0005)
REFERENCE = np.full(RETURNS.shape, 1e-4)


def scored(mean: Array, std: float = 0.01, truth: Truth = TRUTH) -> Score:
    panel = ForecastPanel(
        sessions=np.arange(np.datetime64("2000-01-03"), np.datetime64("2000-01-03") + ROWS),
        horizon=truth.horizon,
        assets=tuple("ABCDE"),
        mean=mean,
        std=np.full(mean.shape, std),
    )
    return score("m", panel, truth, PRIOR, REFERENCE)


def test_the_prior_scores_nothing_against_itself() -> None:
    own = scored(PRIOR.copy())
    assert own.r2_mean == 0 and own.edge == 0 and own.qlike == 0
    assert own.verdict == "no skill beyond its error"
    assert own.rank_ic is None  # a flat forecast ranks nothing


def test_a_perfect_forecast_scores_one() -> None:
    best = scored(RETURNS.copy())
    assert best.r2_zero == pytest.approx(1) and best.r2_mean == pytest.approx(1)
    assert best.direction == 1 and best.rank_ic == pytest.approx(1) and best.rmse == 0
    assert best.verdict == "beats the pooled mean"


def test_the_opposite_is_worse_than_the_pooled_mean() -> None:
    assert scored(-RETURNS).verdict == "worse than the pooled mean"


def test_zero_has_no_direction() -> None:
    nothing = scored(np.zeros_like(RETURNS))
    assert nothing.direction is None and nothing.edge is None
    assert nothing.r2_zero == 0


def test_the_rank_correlation_is_spearmans_with_ties_and_holes() -> None:
    mean = np.round(RETURNS + RNG.normal(0, 0.01, RETURNS.shape), 2)
    mean[::7, 0] = np.nan
    known = [np.isfinite(row) for row in mean]
    expected = [
        spearmanr(m[k], r[k]).statistic
        for m, r, k in zip(mean, RETURNS, known, strict=True)
        if len(set(m[k])) > 1
    ]
    assert scored(mean).rank_ic == pytest.approx(np.mean(expected), abs=1e-12)


def test_a_variance_twice_too_large_loses_in_qlike() -> None:
    worse = scored(PRIOR.copy(), std=0.02)
    assert worse.qlike > 3 * worse.qlike_se > 0


def test_the_error_of_overlapping_outcomes_counts_each_stretch_once() -> None:
    repeated = np.repeat(RETURNS[::20], 20, axis=0)
    forecast = 0.2 * repeated + np.repeat(RNG.normal(0, 0.01, (ROWS // 20, ASSETS)), 20, axis=0)
    long = Truth(horizon=20, returns=repeated, variance=repeated**2)
    short = Truth(horizon=1, returns=repeated.copy(), variance=repeated**2)
    honest, naive = scored(forecast, truth=long), scored(forecast, truth=short)
    assert honest.independent == ROWS // 20
    assert honest.r2_mean_se > 3 * naive.r2_mean_se


def test_the_truth_of_a_market_ends_where_the_outcomes_do() -> None:
    market = simulated_market(sessions=300)
    truth = Truth.of(market, 21, 100)
    assert np.isnan(truth.returns[-22:]).all() and np.isfinite(truth.returns[:-22]).all()
    assert truth.variance.shape == (100, 6)
