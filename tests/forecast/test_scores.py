from dataclasses import replace
from time import process_time

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm, rankdata, spearmanr

from forefolio.core.units import Array
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.scoring.distributions import (
    gaussian_crps,
    in_crisis,
    in_windows,
    winkler,
    worst_year,
)
from forefolio.forecast.scoring.planted import plant
from forefolio.forecast.scoring.rank_kernel import RankedOutcomes
from forefolio.forecast.scoring.score import (
    BEATS,
    KNOWN_RISKS,
    NOT_SHOWN,
    RANKS_TOO_BOLDLY,
    UNDERPOWERED,
    WORSE,
    Score,
    years_needed,
)
from forefolio.forecast.scoring.scores import ForecastScorer, score
from forefolio.forecast.scoring.truth import LEAST_PAST, Truth, past_log_variance
from forefolio.market import simulated_market

ROWS, ASSETS = 400, 5
RNG = np.random.default_rng(0)
RETURNS = RNG.normal(0.0005, 0.01, (ROWS, ASSETS))
TRUTH = Truth(horizon=1, periods_per_year=252, returns=RETURNS.copy(), variance=RETURNS**2)
PRIOR = np.full(RETURNS.shape, 0.0005)
REFERENCE = np.full(RETURNS.shape, 1e-4)


def panel(mean: Array, std: Array, horizon: int = 1) -> ForecastPanel:
    return ForecastPanel(
        sessions=np.arange(np.datetime64("2000-01-03"), np.datetime64("2000-01-03") + ROWS),
        horizon=horizon,
        assets=tuple("ABCDE"),
        mean=mean,
        std=std,
    )


def scored(mean: Array, std: float = 0.01, truth: Truth = TRUTH) -> Score:
    said = panel(mean, np.full(mean.shape, std), truth.horizon)
    return score("m", said, truth, PRIOR, REFERENCE)


def test_the_prior_scores_nothing_against_itself() -> None:
    own = scored(PRIOR.copy())
    assert own.r2_mean == 0 and own.direction_minus_always_up == 0 and own.qlike == 0
    assert own.verdict == NOT_SHOWN
    assert own.rank_ic is None  # a flat forecast ranks nothing


def test_a_perfect_forecast_scores_one() -> None:
    best = scored(RETURNS.copy())
    assert best.r2_zero == pytest.approx(1) and best.r2_mean == pytest.approx(1)
    assert best.direction == 1 and best.rank_ic == pytest.approx(1) and best.rmse == 0
    assert best.verdict == BEATS


def test_the_opposite_is_worse_than_the_pooled_mean() -> None:
    assert scored(-RETURNS).verdict == WORSE


def test_a_record_too_short_to_show_usual_skill_says_how_many_years_it_takes() -> None:
    long = planted(0.1, skill=0.0)
    assert long.rank_ic_se is not None and long.years_needed is not None
    assert long.years == 12.0  # 3024 sessions
    assert long.years_needed == pytest.approx(12.0 * (2 * long.rank_ic_se / 0.025) ** 2)
    assert long.years_needed < 12.0 and long.verdict == NOT_SHOWN
    short = replace(long, years=2.0)
    needed = f"{long.years_needed:,.0f}"
    assert short.verdict == f"{UNDERPOWERED}: about {needed} years needed, 2.0 scored"
    assert years_needed(None, 10.0) is None


def test_zero_has_no_direction() -> None:
    nothing = scored(np.zeros_like(RETURNS))
    assert nothing.direction is None and nothing.direction_minus_always_up is None
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
    long = Truth(horizon=20, periods_per_year=252, returns=repeated, variance=repeated**2)
    honest, free = scored(forecast, truth=long), scored(0.2 * RETURNS + 0.01, truth=TRUTH)
    assert honest.independent == ROWS // 20 and free.independent == ROWS
    gains = (repeated - PRIOR) ** 2 - (repeated - forecast) ** 2
    left = gains.sum(axis=1) - honest.r2_mean * ((repeated - PRIOR) ** 2).sum(axis=1)
    naive = np.sqrt((left**2).sum()) / ((repeated - PRIOR) ** 2).sum()
    assert honest.r2_mean_se > 2.5 * naive  # sqrt(20) but for 20 stretches alone


def test_the_truth_of_a_market_ends_where_the_outcomes_do() -> None:
    market = simulated_market(sessions=300)
    truth = Truth.of(market, 21, 100)
    assert np.isnan(truth.returns[-22:]).all() and np.isfinite(truth.returns[:-22]).all()
    assert truth.variance.shape == (100, 6)


def test_the_crps_is_the_integral_that_defines_it() -> None:
    def squared(x: float) -> float:
        return float((norm.cdf(x, 0.01, 0.02) - (x >= 0.03)) ** 2)

    expected = quad(squared, -1, 0.03)[0] + quad(squared, 0.03, 1)[0]
    closed = gaussian_crps(np.asarray(0.01), np.asarray(0.02), np.asarray(0.03))
    assert float(closed) == pytest.approx(expected, rel=1e-6)


def test_the_crps_rewards_the_right_width_and_the_right_mean() -> None:
    same, wide = scored(PRIOR.copy()), scored(PRIOR.copy(), std=0.03)
    better = scored(PRIOR + 0.5 * (RETURNS - PRIOR), std=0.005)
    assert same.crps_gain == pytest.approx(0, abs=1e-12)
    assert wide.crps_gain is not None and wide.crps_gain_se is not None
    assert wide.crps_gain < -5 * wide.crps_gain_se
    assert better.crps_gain is not None and better.crps_gain > 0.4


def test_log_variance_is_explained_whatever_the_level_of_the_forecast() -> None:
    truth = np.exp(RNG.normal(-9, 1, RETURNS.shape))
    outcome = Truth(horizon=1, periods_per_year=252, returns=RETURNS.copy(), variance=truth)
    said = panel(PRIOR.copy(), np.sqrt(3 * truth))  # right but for its level
    best = score("m", said, outcome, PRIOR, REFERENCE)
    assert best.r2_log_variance == pytest.approx(1)
    assert scored(PRIOR.copy(), truth=outcome).r2_log_variance == pytest.approx(0)


def with_interval(mean: Array, reach: Array) -> Score:
    low, high = mean - reach, mean + reach
    said = panel(mean, np.full(mean.shape, 0.01))
    said = replace(said, levels=np.asarray([0.05, 0.95]), quantiles=np.stack([low, high]))
    reference = REFERENCE * np.linspace(1, 2, ROWS)[:, None]
    return score("m", said, TRUTH, PRIOR, reference)


def test_intervals_are_scored_in_crises_and_in_the_worst_year() -> None:
    reach = np.full(RETURNS.shape, 0.0165)
    reach[-40:] = 1e-9  # the most volatile tenth: nothing is covered
    told = with_interval(PRIOR.copy(), reach)
    assert told.coverage is not None and 0.75 < told.coverage < 0.85
    assert told.coverage_crisis == 0.0
    assert told.coverage_worst_year == pytest.approx(0.9, abs=0.02)  # 2001 is not judged
    assert scored(PRIOR.copy()).coverage is None


def test_no_interval_beats_the_true_quantiles_in_winklers_score() -> None:
    true = norm.ppf(0.95) * 0.01
    scores = [with_interval(PRIOR.copy(), np.full(RETURNS.shape, true * w)) for w in (0.6, 1, 1.6)]
    narrow, right, wide = (one.winkler for one in scores)
    assert narrow is not None and right is not None and wide is not None
    assert right < narrow and right < wide
    gains = [one.winkler_gain for one in scores]
    assert gains[1] is not None and gains[1] == max(g for g in gains if g is not None)


def test_a_normal_interval_gains_nothing_on_itself() -> None:
    reach = np.full(RETURNS.shape, float(norm.ppf(0.95)) * 0.01)
    assert with_interval(PRIOR.copy(), reach).winkler_gain == pytest.approx(0.0, abs=1e-12)


def test_the_months_of_the_great_crises_are_those_of_the_calendar() -> None:
    days = np.arange("2008-08-30", "2020-07-03", dtype="datetime64[D]")
    inside = in_windows(days)
    first, last = days[inside][[0, -1]].astype(str)
    assert (first, last) == ("2008-09-01", "2020-06-30")
    assert inside.sum() == 212 + 132  # 2020 was a leap year


def test_winkler_is_the_width_and_a_penalty_for_what_is_missed() -> None:
    low, high = np.zeros(3), np.ones(3)
    outcome = np.asarray([0.5, 1.1, -0.2])
    np.testing.assert_allclose(winkler(low, high, outcome, 0.9), [1.0, 3.0, 5.0])


def test_a_crisis_is_known_when_it_begins() -> None:
    volatility = np.asarray([0.01, 0.01, 0.05, 0.01, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01])[:, None]
    usable = np.ones(10, dtype=np.bool_)
    assert np.flatnonzero(in_crisis(volatility, usable)).tolist() == [2]
    usable[2] = False
    assert np.flatnonzero(in_crisis(volatility, usable)).tolist() == [4]


def test_a_year_of_few_sessions_is_not_the_worst() -> None:
    days = np.arange(np.datetime64("2000-01-01"), np.datetime64("2001-01-20"))
    values = np.where(days < np.datetime64("2001-01-01"), 0.9, 0.0)
    assert worst_year(values, days) == pytest.approx(0.9)
    assert worst_year(values[-5:], days[-5:]) is None


def test_wide_panels_are_scored_quickly() -> None:
    rows, assets = 1000, 300
    outcome = np.random.default_rng(1).normal(0, 0.01, (rows, assets))
    said = ForecastPanel(
        sessions=np.arange(np.datetime64("2000-01-03"), np.datetime64("2000-01-03") + rows),
        horizon=1,
        assets=tuple(map(str, range(assets))),
        mean=outcome[::-1].copy(),
        std=np.full(outcome.shape, 0.01),
    )
    truth = Truth(horizon=1, periods_per_year=252, returns=outcome, variance=outcome**2)
    began = process_time()
    score("m", said, truth, np.zeros(outcome.shape), np.full(outcome.shape, 1e-4))
    assert process_time() - began < 2.0  # 0.1 s on the machine it was written on


def test_the_cross_section_is_judged_whatever_is_said_of_the_whole_market() -> None:
    good = PRIOR + 0.1 * RETURNS
    timed = good + RNG.normal(0, 0.03, (ROWS, 1))  # a wild opinion about all of them together
    plain, wild = scored(good), scored(timed)
    assert wild.r2_mean < -5 * wild.r2_mean_se  # squared errors with the timing in them
    assert wild.r2_across == pytest.approx(plain.r2_across)
    assert wild.verdict == plain.verdict == BEATS


def test_r2_across_is_by_the_definition() -> None:
    mean, std = RNG.normal(0, 0.01, RETURNS.shape), np.sqrt(REFERENCE) * 2
    told = score("m", panel(mean, np.full(mean.shape, 0.01)), TRUTH, PRIOR, std**2)
    mine = naive = 0.0
    for row in range(ROWS):
        e, p = ((f[row] - RETURNS[row]) / std[row] for f in (mean, PRIOR))
        mine += float(np.mean((e - e.mean()) ** 2))
        naive += float(np.mean((p - p.mean()) ** 2))
    assert told.r2_across == pytest.approx(1 - mine / naive)


def planted(loud: float, seed: int = 0, skill: float = 0.07) -> Score:
    """A model whose ranks have a skill of .07 at t = 7 and more, `loud` times too bold."""
    case = plant(seed, 5, skill)
    said = replace(case.panels["plain"], mean=loud * case.panels["plain"].mean)
    truth = Truth(
        horizon=5, periods_per_year=252, returns=case.returns.copy(), variance=case.std**2
    )
    return score("m", said, truth, case.prior, case.std**2)


def test_a_model_that_ranks_well_is_never_called_worse_however_bold_it_is() -> None:
    right, bold = planted(1.0), planted(8.0)
    assert right.rank_ic is not None and right.rank_ic_se is not None
    assert right.rank_ic > 7 * right.rank_ic_se
    assert right.verdict == BEATS
    assert bold.r2_mean < -2 * bold.r2_mean_se  # by which it was worse than the mean
    assert bold.verdict == RANKS_TOO_BOLDLY
    assert planted(8.0, skill=0.0).verdict == WORSE
    assert planted(0.1, skill=0.0).verdict == NOT_SHOWN


def residual_rank_correlation(mean: Array, outcome: Array, exposures: Array) -> float:
    """Ranks less their regression on the exposures' ranks, correlated: by least squares."""
    basis = np.column_stack([np.ones(len(mean)), *(rankdata(e) for e in exposures)])
    left = []
    for values in (mean, outcome):
        ranks = rankdata(values)
        left.append(ranks - basis @ np.linalg.lstsq(basis, ranks, rcond=None)[0])
    return float(np.corrcoef(*left)[0, 1])


def test_outcomes_in_order_serve_forecasts_that_know_less() -> None:
    rng = np.random.default_rng(2)
    outcome, exposures = rng.normal(size=(40, 9)), rng.normal(size=(2, 40, 9))
    some, all_of_it = rng.normal(size=(40, 9)), rng.normal(size=(40, 9))
    some[5:30, 2] = np.nan
    for beside in (None, exposures):
        shared = RankedOutcomes(outcome, beside)
        for forecast in (all_of_it, some, all_of_it):
            alone = RankedOutcomes(outcome, beside).correlations(forecast)
            np.testing.assert_array_equal(shared.correlations(forecast), alone)
    assert not np.array_equal(shared.correlations(some), shared.correlations(all_of_it))


def test_neutral_ranks_are_what_a_regression_on_known_risks_leaves() -> None:
    rng = np.random.default_rng(3)
    mean, outcome = np.round(rng.normal(0, 1, (2, 40, 12)), 1)
    exposures = rng.normal(0, 1, (2, 40, 12))
    exposures[1, 5] = 1.0  # equal for all: nothing to regress on
    mean[:, 3], outcome[7, :6] = np.nan, np.nan
    exposures[0, 9, 1] = np.nan
    told = RankedOutcomes(outcome, exposures).correlations(mean)
    for row in range(40):
        known = np.isfinite(mean[row]) & np.isfinite(outcome[row])
        known &= np.isfinite(exposures[:, row]).all(axis=0)
        expected = residual_rank_correlation(
            mean[row, known], outcome[row, known], exposures[:, row, known]
        )
        assert told[row] == pytest.approx(expected, abs=1e-9)
    assert np.isnan(
        RankedOutcomes(outcome[:, :4], exposures[..., :4]).correlations(mean[:, :4])
    ).all()


def test_ranking_by_volatility_alone_is_said_to_be_that() -> None:
    rng = np.random.default_rng(4)
    risk = rng.normal(0, 1, (ROWS, 20))
    outcome = 0.002 * risk + rng.normal(0, 0.01, risk.shape)
    truth = Truth(horizon=1, periods_per_year=252, returns=outcome, variance=outcome**2)
    prior, variance = np.zeros(risk.shape), np.full(risk.shape, 1e-4)

    def judged(mean: Array) -> Score:
        said = ForecastPanel(
            sessions=panel(PRIOR, PRIOR).sessions,
            horizon=1,
            assets=tuple(map(str, range(20))),
            mean=mean,
            std=np.full(mean.shape, 0.01),
        )
        return score("m", said, truth, prior, variance, risk[None])

    by_risk, own = judged(0.05 * risk), judged(0.2 * (outcome - 0.002 * risk))
    assert by_risk.rank_ic is not None and by_risk.rank_ic > 0.1
    assert by_risk.rank_ic_neutral is None  # nothing is left of it to be ranked
    blurred = judged(0.05 * (risk + rng.normal(0, 0.3, risk.shape)))
    assert blurred.verdict == KNOWN_RISKS
    assert own.rank_ic_neutral is not None and own.rank_ic_neutral > 0.9
    assert own.verdict == BEATS


def test_log_variance_is_also_judged_against_each_assets_own_past() -> None:
    levels = np.linspace(-12, -6, ASSETS)  # calm assets and wild ones
    logs = levels + RNG.normal(0, 0.5, RETURNS.shape)
    outcome = Truth(horizon=1, periods_per_year=252, returns=RETURNS.copy(), variance=np.exp(logs))
    said = panel(PRIOR.copy(), np.exp(np.broadcast_to(levels, logs.shape) / 2))
    told = score("m", said, outcome, PRIOR, REFERENCE)
    assert told.r2_log_variance is not None and told.r2_log_variance > 0.9  # the levels alone
    assert told.r2_log_own == pytest.approx(0.0, abs=0.02)
    knowing = score("m", panel(PRIOR.copy(), np.exp(logs / 2)), outcome, PRIOR, REFERENCE)
    assert knowing.r2_log_own == pytest.approx(1.0)


def test_an_assets_own_past_is_that_of_outcomes_that_had_ended() -> None:
    truth = np.exp(RNG.normal(-9, 1, RETURNS.shape))
    later = truth.copy()
    later[300:] *= 1e6

    def about(variance: Array) -> Array:
        outcome = Truth(horizon=5, periods_per_year=252, returns=RETURNS.copy(), variance=variance)
        told = past_log_variance(outcome)
        return told[: 300 + 6]

    np.testing.assert_array_equal(about(truth), about(later))
    assert np.isnan(about(truth)[: LEAST_PAST + 5]).all()
    expected = np.log(truth[:LEAST_PAST]).mean(axis=0)
    np.testing.assert_allclose(about(truth)[LEAST_PAST + 5], expected)


def test_a_forecast_that_ranked_on_a_few_sessions_alone_has_no_rank_correlation() -> None:
    mean = PRIOR.copy()
    mean[100:110] += 0.1 * RETURNS[100:110]
    assert scored(mean.copy()).rank_ic is None
    mean[100:250] += 0.1 * RETURNS[100:250]
    assert scored(mean).rank_ic == pytest.approx(1.0)


def test_what_shares_its_mean_or_its_deviation_scores_as_it_would_alone() -> None:
    rng = np.random.default_rng(6)
    returns = rng.normal(0.0, 0.02, (600, 4))
    truth = Truth(horizon=1, periods_per_year=252.0, returns=returns, variance=returns**2)
    means = rng.normal(0.0, 0.01, (2, 600, 4))
    stds = rng.uniform(0.01, 0.03, (2, 600, 4))
    scorer = ForecastScorer(truth, means[0], stds[0] ** 2)
    for one, mean in enumerate(means):
        for other, std in enumerate(stds):
            panel = ForecastPanel(
                sessions=np.arange(600).astype("datetime64[D]"),
                horizon=1,
                assets=tuple("abcd"),
                mean=mean.copy(),
                std=std.copy(),
            )
            alone = score("own", panel, truth, means[0], stds[0] ** 2)
            assert scorer.score("own", panel) == alone, (one, other)
