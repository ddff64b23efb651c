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
from forefolio.forecast.blocks import in_blocks
from forefolio.forecast.scoring.distributions import (
    crps_beside,
    gaussian_crps,
    gaussian_interval,
    in_crisis,
    in_windows,
    inside,
    qlike_difference,
    winkler,
    worst_year,
)
from forefolio.forecast.scoring.log_variance import LogVariances
from forefolio.forecast.scoring.losses import squared_errors
from forefolio.forecast.scoring.rank_kernel import RankedOutcomes, ranked_together
from forefolio.forecast.scoring.sampling_error import (
    independent,
    mean_with_error,
    ratio_with_error,
    row_mean,
)
from forefolio.forecast.scoring.score import Score, years_needed
from forefolio.forecast.scoring.truth import Truth


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
        self._ranked = [RankedOutcomes(truth.returns)]
        if exposures is not None:
            self._ranked.append(RankedOutcomes(truth.returns, exposures))
        self._reference = prior, np.sqrt(reference_variance)
        self._reference_variance = reference_variance
        self._log_variances = LogVariances(truth)
        (self._reference_crps,) = in_blocks(_crps, *self._reference, truth.returns)
        self._of_mean, self._of_std = Once[dict[str, Any]](), Once[dict[str, Any]]()

    def score(self, name: str, panel: ForecastPanel) -> Score:
        """The scores of the forecasts that tables call `name`."""
        outcome, horizon = self._truth.returns, self._truth.horizon
        losses = in_blocks(crps_beside, panel.mean, panel.std, outcome, self._reference_crps)
        crps = _saved(*losses, horizon)
        plain = Score(
            model=name,
            horizon=horizon,
            crps=crps[0],
            crps_gain=crps[1],
            crps_gain_se=crps[2],
            **self._of_mean.of(panel.mean, self._by_mean),
            **self._of_std.of(panel.std, self._by_std),
        )
        if not len(panel.levels):
            return plain
        return _with_interval(plain, panel, outcome, self._reference)

    def _by_mean(self, forecast: Array) -> dict[str, Any]:
        truth, prior = self._truth, self._prior
        counts, error, zero, naive, ups, right, signed = in_blocks(
            _of_sessions, forecast, truth.returns, prior
        )
        usable: Flags = np.asarray(counts > 0)
        non_overlapping, count = independent(usable, truth.horizon), max(int(counts.sum()), 1)
        r2_mean, r2_mean_se = ratio_with_error(naive - error, naive, truth.horizon)
        hits = right if signed.any() else None
        gain = (None, None) if hits is None else ratio_with_error(hits - ups, counts, truth.horizon)
        ranks = ranked_together(self._ranked, forecast)
        (ic, ic_se), *more = [_mean_rank(each, truth.horizon) for each in ranks]
        neutral, neutral_se = more[0] if more else (None, None)
        across = in_blocks(_across, forecast, truth.returns, prior, self._reference[1])
        r2_across = ratio_with_error(*across, truth.horizon)
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
            "rank_ic_neutral": neutral,
            "rank_ic_neutral_se": neutral_se,
        }

    def _by_std(self, std: Array) -> dict[str, Any]:
        truth = self._truth
        loss = in_blocks(_qlike, std, self._reference_variance, truth.variance)
        qlike, qlike_se = mean_with_error(*loss, truth.horizon)
        r2_log, r2_own = self._log_variances.explained(std)
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


def _of_sessions(forecast: Array, outcome: Array, prior: Array) -> tuple[Array, ...]:
    """Of each session (R,) what is summed over the assets of which all is known.

    How many these are; the squared errors of the forecast, of zero and of the prior; outcomes that
    were up, and whose sign was right; whether any forecast has a sign.
    """
    finite = np.isfinite(forecast) & np.isfinite(outcome) & np.isfinite(prior)
    outcome, mean = np.where(finite, outcome, 0.0), np.where(finite, forecast, 0.0)
    up = outcome > 0
    right = (np.sign(mean) == np.where(up, 1.0, -1.0)) & finite
    return (
        finite.sum(axis=1) * 1.0,
        ((outcome - mean) ** 2).sum(axis=1),
        (outcome**2).sum(axis=1),
        ((outcome - np.where(finite, prior, 0.0)) ** 2).sum(axis=1),
        up.sum(axis=1) * 1.0,
        right.sum(axis=1) * 1.0,
        (mean != 0).any(axis=1) * 1.0,
    )


def _across(mean: Array, outcome: Array, prior: Array, std: Array) -> tuple[Array, Array]:
    """What is saved of the prior's loss across assets (R,), and that loss (R,)."""
    losses = squared_errors(np.stack([mean, prior]), outcome, std)
    mine, naive = np.where(np.isfinite(losses), losses, 0.0).T
    return naive - mine, naive


def _qlike(std: Array, reference: Array, realised: Array) -> tuple[Array]:
    """Mean QLIKE losses (R,) less those of the reference."""
    return (row_mean(qlike_difference(std**2, reference, realised)),)


def _crps(mean: Array, std: Array, outcome: Array) -> tuple[Array]:
    return (gaussian_crps(mean, std, outcome),)


def _mean_rank(ranks: Array, horizon: int) -> tuple[float | None, float | None]:
    """Mean with its error; nothing where too few sessions ranked anything for an error."""
    mean, error = mean_with_error(ranks, horizon)
    return (mean, error) if error is not None and np.isfinite(error) else (None, None)


def _with_interval(
    plain: Score, panel: ForecastPanel, outcome: Array, reference: tuple[Array, Array]
) -> Score:
    low, high = panel.quantiles[0], panel.quantiles[-1]
    level = float(panel.levels[-1] - panel.levels[0])
    (covered,) = in_blocks(_share_inside, low, high, outcome)
    crisis = in_crisis(reference[1], np.isfinite(covered))
    coverage, coverage_se = mean_with_error(covered, panel.horizon)
    in_crises, in_crises_se = mean_with_error(np.where(crisis, covered, np.nan), panel.horizon)
    outbreak = np.where(in_windows(panel.sessions), covered, np.nan)
    in_outbreaks, in_outbreaks_se = mean_with_error(outbreak, panel.horizon)

    def widths(
        low: Array, high: Array, mean: Array, std: Array, outcome: Array
    ) -> tuple[Array, Array, Array]:
        normal = winkler(*gaussian_interval(mean, std, level), outcome, level)
        return _beside(winkler(low, high, outcome, level), normal)

    losses = in_blocks(widths, low, high, panel.mean, panel.std, outcome)
    width = _saved(*losses, panel.horizon)
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


def _share_inside(low: Array, high: Array, outcome: Array) -> tuple[Array]:
    return (row_mean(inside(low, high, outcome)),)


def _beside(losses: Array, reference: Array) -> tuple[Array, Array, Array]:
    """How many losses (R, N) are known beside the reference's, and the sums (R,) of both."""
    finite = np.isfinite(losses) & np.isfinite(reference)
    mine, other = (np.where(finite, v, 0.0).sum(axis=1) for v in (losses, reference))
    return finite.sum(axis=1) * 1.0, mine, other


def _saved(
    counts: Array, mine: Array, other: Array, horizon: int
) -> tuple[float | None, float | None, float | None]:
    """Mean loss, the share of the reference's that is saved, and its standard error."""
    count = float(counts.sum())
    if not count:
        return None, None, None
    return float(mine.sum() / count), *ratio_with_error(other - mine, other, horizon)
