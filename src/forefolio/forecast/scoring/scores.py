"""How good out-of-sample forecasts were, each number with its standard error.

Every score stands beside a baseline: R2 against zero and against the pooled mean, direction against
always-up, variance against EWMA and against each asset's own past, the distribution against the
pooled mean with EWMA's volatility.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from forefolio.core.units import Array, Flags
from forefolio.forecast.alike import Once
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.scoring.distributions import (
    gaussian_crps,
    gaussian_interval,
    in_crisis,
    in_windows,
    inside,
    log_variance_errors,
    qlike_difference,
    winkler,
    worst_year,
)
from forefolio.forecast.scoring.losses import squared_errors
from forefolio.forecast.scoring.rank_kernel import RankedOutcomes
from forefolio.forecast.scoring.sampling_error import (
    independent,
    mean_with_error,
    ratio_with_error,
    row_mean,
)
from forefolio.forecast.scoring.score import Score, years_needed
from forefolio.forecast.scoring.truth import Truth, past_log_variance


class ForecastScorer:
    """Scores out-of-sample forecasts against the same outcomes.

    Many forecasts share their means or their deviations: what depends on one of them alone is
    reckoned once for all that do.

    Args:
        truth: outcomes at R sessions.
        prior: (R, N) forecasts of the pooled mean.
        reference_variance: (R, N) variance forecasts over the horizon, the reference's.
        exposures: (K, R, N) known risks of the assets (`known_risks`).
    """

    def __init__(
        self,
        truth: Truth,
        prior: Array,
        reference_variance: Array,
        exposures: Array | None = None,
    ) -> None:
        self._truth, self._prior = truth, prior
        self._ranked = RankedOutcomes(truth.returns)
        self._neutral = None if exposures is None else RankedOutcomes(truth.returns, exposures)
        self._reference = prior, np.sqrt(reference_variance)
        self._reference_variance = reference_variance
        self._reference_crps = gaussian_crps(*self._reference, truth.returns)
        self._of_mean, self._of_std = Once(self._by_mean), Once(self._by_std)

    def score(self, name: str, panel: ForecastPanel) -> Score:
        """The scores of the forecasts that tables call `name`."""
        crps = _saved(
            gaussian_crps(panel.mean, panel.std, self._truth.returns),
            self._reference_crps,
            self._truth.horizon,
        )
        plain = Score(
            model=name,
            horizon=self._truth.horizon,
            crps=crps[0],
            crps_gain=crps[1],
            crps_gain_se=crps[2],
            **self._of_mean(panel.mean),
            **self._of_std(panel.std),
        )
        if not len(panel.levels):
            return plain
        return _with_interval(plain, panel, self._truth.returns, self._reference)

    def _by_mean(self, forecast: Array) -> dict[str, Any]:
        truth, prior = self._truth, self._prior
        finite = np.isfinite(forecast) & np.isfinite(truth.returns) & np.isfinite(prior)
        outcome, mean = np.where(finite, truth.returns, 0.0), np.where(finite, forecast, 0.0)
        error, zero = ((outcome - mean) ** 2).sum(axis=1), (outcome**2).sum(axis=1)
        naive = ((outcome - np.where(finite, prior, 0.0)) ** 2).sum(axis=1)
        usable: Flags = np.asarray(finite.any(axis=1))
        non_overlapping, count = independent(usable, truth.horizon), max(int(finite.sum()), 1)
        r2_mean, r2_mean_se = ratio_with_error(naive - error, naive, truth.horizon)
        hits, ups = _directions(mean, outcome, finite)
        count_of = finite.sum(axis=1) * 1.0
        gain = (
            (None, None) if hits is None else ratio_with_error(hits - ups, count_of, truth.horizon)
        )
        ic, ic_se = _mean_rank(self._ranked.correlations(forecast), truth.horizon)
        across = _across(forecast, truth.returns, prior, self._reference[1])
        r2_across = ratio_with_error(*across, truth.horizon)
        neutral = self._neutral_rank(forecast)
        years = float(usable.sum()) / truth.periods_per_year
        return {
            "sessions": int(usable.sum()),
            "independent": int(non_overlapping.sum()),
            "years": years,
            "years_needed": years_needed(ic_se, years),
            "rmse": float(np.sqrt(error.sum() / count)),
            "r2_zero": float(1 - error.sum() / zero.sum()) if zero.sum() else 0.0,
            "r2_mean": r2_mean,
            "r2_mean_se": r2_mean_se,
            "r2_across": r2_across[0],
            "r2_across_se": r2_across[1],
            "direction": None if hits is None else float(hits.sum() / count),
            "always_up": float(ups.sum() / count),
            "direction_minus_always_up": gain[0],
            "direction_minus_always_up_se": gain[1],
            "rank_ic": ic,
            "rank_ic_se": ic_se,
            "rank_ic_neutral": neutral[0],
            "rank_ic_neutral_se": neutral[1],
        }

    def _neutral_rank(self, forecast: Array) -> tuple[float | None, float | None]:
        if self._neutral is None:
            return None, None
        return _mean_rank(self._neutral.correlations(forecast), self._truth.horizon)

    def _by_std(self, std: Array) -> dict[str, Any]:
        truth, variance = self._truth, std**2
        loss = qlike_difference(variance, self._reference_variance, truth.variance)
        qlike, qlike_se = mean_with_error(row_mean(loss), truth.horizon)
        r2_log = _explained(*log_variance_errors(variance, truth.variance), truth.horizon)
        r2_own = _explained(*_beyond_own_past(variance, truth), truth.horizon)
        return {
            "qlike": qlike or 0.0,
            "qlike_se": qlike_se or 0.0,
            "r2_log_variance": r2_log[0],
            "r2_log_variance_se": r2_log[1],
            "r2_log_own": r2_own[0],
            "r2_log_own_se": r2_own[1],
        }


def score(
    name: str,
    panel: ForecastPanel,
    truth: Truth,
    prior: Array,
    reference_variance: Array,
    exposures: Array | None = None,
) -> Score:
    """Score one model's forecasts; several against the same outcomes are a `ForecastScorer`'s."""
    return ForecastScorer(truth, prior, reference_variance, exposures).score(name, panel)


def _across(mean: Array, outcome: Array, prior: Array, std: Array) -> tuple[Array, Array]:
    """What is saved of the prior's loss across assets (R,), and that loss (R,)."""
    losses = squared_errors(np.stack([mean, prior]), outcome, std)
    mine, naive = np.where(np.isfinite(losses), losses, 0.0).T
    return naive - mine, naive


def _mean_rank(ranks: Array, horizon: int) -> tuple[float | None, float | None]:
    """Mean with its error; nothing where too few sessions ranked anything for an error."""
    mean, error = mean_with_error(ranks, horizon)
    return (mean, error) if error is not None and np.isfinite(error) else (None, None)


def _beyond_own_past(forecast: Array, truth: Truth) -> tuple[Array, Array]:
    """Squares (R, N) of log realised variance about its forecast and about its asset's past mean.

    The mean error of both is removed.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.where(truth.variance > 0, truth.variance, np.nan))
        errors = logs - np.log(np.where(forecast > 0, forecast, np.nan))
    about = logs - past_log_variance(truth)
    finite = np.isfinite(errors) & np.isfinite(about)
    if not finite.any():
        return np.full(logs.shape, np.nan), np.full(logs.shape, np.nan)
    return (errors - errors[finite].mean()) ** 2, (about - about[finite].mean()) ** 2


def _with_interval(
    plain: Score, panel: ForecastPanel, outcome: Array, reference: tuple[Array, Array]
) -> Score:
    low, high = panel.quantiles[0], panel.quantiles[-1]
    level = float(panel.levels[-1] - panel.levels[0])
    covered = row_mean(inside(low, high, outcome))
    crisis = in_crisis(reference[1], np.isfinite(covered))
    coverage, coverage_se = mean_with_error(covered, panel.horizon)
    in_crises, in_crises_se = mean_with_error(np.where(crisis, covered, np.nan), panel.horizon)
    outbreak = np.where(in_windows(panel.sessions), covered, np.nan)
    in_outbreaks, in_outbreaks_se = mean_with_error(outbreak, panel.horizon)
    width = _saved(
        winkler(low, high, outcome, level),
        winkler(*gaussian_interval(panel.mean, panel.std, level), outcome, level),
        panel.horizon,
    )
    return replace(
        plain,
        coverage=coverage,
        coverage_se=coverage_se,
        coverage_crisis=in_crises,
        coverage_crisis_se=in_crises_se,
        coverage_windows=in_outbreaks,
        coverage_windows_se=in_outbreaks_se,
        coverage_worst_year=worst_year(covered, panel.sessions),
        winkler=width[0],
        winkler_gain=width[1],
        winkler_gain_se=width[2],
    )


def _directions(mean: Array, outcome: Array, finite: Flags) -> tuple[Array | None, Array]:
    ups = ((outcome > 0) & finite).sum(axis=1).astype(np.float64)
    if not (mean[finite] != 0).any():
        return None, ups
    right = (np.sign(mean) == np.where(outcome > 0, 1.0, -1.0)) & finite
    return right.sum(axis=1).astype(np.float64), ups


def _explained(errors: Array, about: Array, horizon: int) -> tuple[float | None, float | None]:
    """One less the ratio of two sums of squares (R, N), with its standard error."""
    finite = np.isfinite(errors) & np.isfinite(about)
    if not finite.any():
        return None, None
    left, all_of_it = (np.where(finite, v, 0.0).sum(axis=1) for v in (errors, about))
    return ratio_with_error(all_of_it - left, all_of_it, horizon)


def _saved(
    losses: Array, reference: Array, horizon: int
) -> tuple[float | None, float | None, float | None]:
    """Mean loss (R, N), the share of the reference's that is saved, and its standard error."""
    finite = np.isfinite(losses) & np.isfinite(reference)
    if not finite.any():
        return None, None, None
    mine, other = (np.where(finite, v, 0.0).sum(axis=1) for v in (losses, reference))
    return float(mine.sum() / finite.sum()), *ratio_with_error(other - mine, other, horizon)
