"""How good out-of-sample forecasts were, each number with its standard error.

Whatever is scored is scored beside its naive baseline: R2 against zero and against the pooled mean,
direction against always-up, variance against EWMA, the distribution against both together.
"""

from dataclasses import dataclass, replace

import numpy as np

from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.distribution_scores import (
    gaussian_crps,
    gaussian_interval,
    in_crisis,
    inside,
    log_variance_errors,
    qlike_difference,
    winkler,
    worst_year,
)
from forefolio.forecast.sampling_error import (
    independent,
    mean_with_error,
    ratio_with_error,
    row_mean,
)
from forefolio.forecast.score_kernel import rank_correlations
from forefolio.forecast.targets import ForwardReturn, ForwardVolatility
from forefolio.market import Market
from forefolio.units import Array, Flags, read_only

SIGNIFICANT = 2.0  # standard errors


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """What happened over the `horizon` sessions after each of R sessions."""

    horizon: int
    returns: Array  # (R, N) simple return over the horizon, NaN where not ended yet
    variance: Array  # (R, N) sum of squared returns over the horizon

    def __post_init__(self) -> None:
        read_only(self.returns, self.variance)

    @classmethod
    def of(cls, market: Market, horizon: int, rows: int) -> "Truth":
        """What is known by the market's end about its last `rows` sessions."""
        volatility = ForwardVolatility(horizon=horizon)(market)[-rows:]
        return cls(
            horizon=horizon,
            returns=ForwardReturn(horizon=horizon)(market)[-rows:].copy(),
            variance=volatility**2 * horizon,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One model at one horizon, out of sample. None where a number is not defined."""

    model: str
    horizon: int
    sessions: int  # sessions with a forecast and a known outcome
    independent: int  # of them, sessions whose outcomes do not overlap
    rmse: float
    r2_zero: float  # share of squared return explained, against forecasting zero
    r2_mean: float  # against the pooled mean
    r2_mean_se: float
    direction: float | None  # share of signs right
    always_up: float  # share of outcomes that were up
    edge: float | None  # direction minus always_up
    edge_se: float | None
    rank_ic: float | None  # mean rank correlation across assets, session by session
    rank_ic_se: float | None
    qlike: float  # variance loss, minus that of the reference (negative is better)
    qlike_se: float
    r2_log_variance: float | None  # share of log realised variance explained, level apart
    r2_log_variance_se: float | None
    crps: float | None  # of a normal forecast, in units of the return
    crps_gain: float | None  # share of it saved, against the pooled mean with EWMA's volatility
    crps_gain_se: float | None
    coverage: float | None = None  # share of outcomes inside the outermost quantiles
    coverage_se: float | None = None
    coverage_crisis: float | None = None  # in the tenth of sessions that began most volatile
    coverage_crisis_se: float | None = None
    coverage_worst_year: float | None = None
    winkler: float | None = None  # width of the interval and a penalty for misses; less is better
    winkler_gain: float | None = None  # share saved, against the reference's normal interval
    winkler_gain_se: float | None = None

    @property
    def verdict(self) -> str:
        """The evidence about the mean, in words."""
        if self.r2_mean > SIGNIFICANT * self.r2_mean_se:
            return "beats the pooled mean"
        if self.r2_mean < -SIGNIFICANT * self.r2_mean_se:
            return "worse than the pooled mean"
        return "no skill beyond its error"


def score(
    name: str, panel: ForecastPanel, truth: Truth, prior: Array, reference_variance: Array
) -> Score:
    """Score a panel against what happened.

    Args:
        name: what tables call the model.
        panel: forecasts at R sessions.
        truth: outcomes at the same sessions.
        prior: (R, N) forecasts of the pooled mean.
        reference_variance: (R, N) variance forecasts over the horizon, the reference's.
    """
    known = np.isfinite(panel.mean) & np.isfinite(truth.returns) & np.isfinite(prior)
    outcome, mean = np.where(known, truth.returns, 0.0), np.where(known, panel.mean, 0.0)
    error, zero = ((outcome - mean) ** 2).sum(axis=1), (outcome**2).sum(axis=1)
    naive = ((outcome - np.where(known, prior, 0.0)) ** 2).sum(axis=1)
    usable: Flags = np.asarray(known.any(axis=1))
    apart, count = independent(usable, truth.horizon), max(int(known.sum()), 1)
    r2_mean, r2_mean_se = ratio_with_error(naive - error, naive, truth.horizon)
    hits, ups = _directions(mean, outcome, known)
    count_of = known.sum(axis=1) * 1.0
    edge = (None, None) if hits is None else ratio_with_error(hits - ups, count_of, truth.horizon)
    ic, ic_se = mean_with_error(rank_correlations(panel.mean, truth.returns), truth.horizon)
    loss = qlike_difference(panel.std**2, reference_variance, truth.variance)
    qlike, qlike_se = mean_with_error(row_mean(loss), truth.horizon)
    r2_log = _explained(*log_variance_errors(panel.std**2, truth.variance), truth.horizon)
    reference = prior, np.sqrt(reference_variance)
    crps = _saved(
        gaussian_crps(panel.mean, panel.std, truth.returns),
        gaussian_crps(*reference, truth.returns),
        truth.horizon,
    )
    plain = Score(
        model=name,
        horizon=truth.horizon,
        sessions=int(usable.sum()),
        independent=int(apart.sum()),
        rmse=float(np.sqrt(error.sum() / count)),
        r2_zero=float(1 - error.sum() / zero.sum()) if zero.sum() else 0.0,
        r2_mean=r2_mean,
        r2_mean_se=r2_mean_se,
        direction=None if hits is None else float(hits.sum() / count),
        always_up=float(ups.sum() / count),
        edge=edge[0],
        edge_se=edge[1],
        rank_ic=ic,
        rank_ic_se=ic_se,
        qlike=qlike or 0.0,
        qlike_se=qlike_se or 0.0,
        r2_log_variance=r2_log[0],
        r2_log_variance_se=r2_log[1],
        crps=crps[0],
        crps_gain=crps[1],
        crps_gain_se=crps[2],
    )
    return _with_interval(plain, panel, truth.returns, reference) if len(panel.levels) else plain


def _with_interval(
    plain: Score, panel: ForecastPanel, outcome: Array, reference: tuple[Array, Array]
) -> Score:
    low, high = panel.quantiles[0], panel.quantiles[-1]
    level = float(panel.levels[-1] - panel.levels[0])
    covered = row_mean(inside(low, high, outcome))
    crisis = in_crisis(reference[1], np.isfinite(covered))
    coverage, coverage_se = mean_with_error(covered, panel.horizon)
    in_crises, in_crises_se = mean_with_error(np.where(crisis, covered, np.nan), panel.horizon)
    width = _saved(
        winkler(low, high, outcome, level),
        winkler(*gaussian_interval(*reference, level), outcome, level),
        panel.horizon,
    )
    return replace(
        plain,
        coverage=coverage,
        coverage_se=coverage_se,
        coverage_crisis=in_crises,
        coverage_crisis_se=in_crises_se,
        coverage_worst_year=worst_year(covered, panel.sessions),
        winkler=width[0],
        winkler_gain=width[1],
        winkler_gain_se=width[2],
    )


def _directions(mean: Array, outcome: Array, known: Flags) -> tuple[Array | None, Array]:
    ups = ((outcome > 0) & known).sum(axis=1).astype(np.float64)
    if not (mean[known] != 0).any():
        return None, ups
    right = (np.sign(mean) == np.where(outcome > 0, 1.0, -1.0)) & known
    return right.sum(axis=1).astype(np.float64), ups


def _explained(errors: Array, about: Array, horizon: int) -> tuple[float | None, float | None]:
    """One less the ratio of two sums of squares (R, N), with its standard error."""
    known = np.isfinite(errors) & np.isfinite(about)
    if not known.any():
        return None, None
    left, all_of_it = (np.where(known, v, 0.0).sum(axis=1) for v in (errors, about))
    return ratio_with_error(all_of_it - left, all_of_it, horizon)


def _saved(
    losses: Array, reference: Array, horizon: int
) -> tuple[float | None, float | None, float | None]:
    """Mean loss (R, N), the share of the reference's that is saved, and its standard error."""
    known = np.isfinite(losses) & np.isfinite(reference)
    if not known.any():
        return None, None, None
    mine, other = (np.where(known, v, 0.0).sum(axis=1) for v in (losses, reference))
    return float(mine.sum() / known.sum()), *ratio_with_error(other - mine, other, horizon)
