"""How good out-of-sample forecasts were, each number with its standard error.

1. Whatever is scored is scored beside its naive baseline: R2 against zero and against the pooled
   mean, direction against always-up, variance against EWMA and against each asset's own past, the
   distribution against both together.
2. The verdict judges what is used: which assets above others, not whether all will rise, which the
   combination drops. Squared errors are taken across assets, in units of volatility; ranks as they
   are and as volatility, market slope and size, known at the close, leave them.
"""

from dataclasses import dataclass, replace

import numpy as np

from forefolio.core.units import Array, Flags, read_only
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.scoring.distributions import (
    gaussian_crps,
    gaussian_interval,
    in_crisis,
    inside,
    log_variance_errors,
    qlike_difference,
    winkler,
    worst_year,
)
from forefolio.forecast.scoring.losses import ended, squared_errors
from forefolio.forecast.scoring.rank_kernel import neutral_rank_correlations, rank_correlations
from forefolio.forecast.scoring.sampling_error import (
    independent,
    mean_with_error,
    ratio_with_error,
    row_mean,
)
from forefolio.forecast.targets import ForwardReturn, ForwardVolatility
from forefolio.market import Market

SIGNIFICANT = 2.0  # standard errors
LEAST_PAST = 63  # outcomes of an asset from which its own mean is known
BEATS = "beats the pooled mean"
RANKS = "ranks assets better than luck"
RANKS_TOO_BOLDLY = "ranks assets better than luck, but overstates"
KNOWN_RISKS = "no skill beyond known risks"
WORSE = "worse than the pooled mean"
NO_SKILL = "no skill beyond its error"


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
    r2_across: float  # of centred forecasts of centred outcomes, in units of volatility
    r2_across_se: float
    direction: float | None  # share of signs right
    always_up: float  # share of outcomes that were up
    edge: float | None  # direction minus always_up
    edge_se: float | None
    rank_ic: float | None  # mean rank correlation across assets, session by session
    rank_ic_se: float | None
    rank_ic_neutral: float | None  # the same of what known risks leave of both
    rank_ic_neutral_se: float | None
    qlike: float  # variance loss, minus that of the reference (negative is better)
    qlike_se: float
    r2_log_variance: float | None  # share of log realised variance explained, level apart
    r2_log_variance_se: float | None
    r2_log_own: float | None  # the same, against the mean of each asset's own past
    r2_log_own_se: float | None
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
        """The evidence about which assets do better than others, in words."""
        saves = _beyond(self.r2_across, self.r2_across_se)
        harms = _beyond(-self.r2_across, self.r2_across_se)
        ranks = _beyond(self.rank_ic, self.rank_ic_se)
        if not (saves or ranks):
            return WORSE if harms else NO_SKILL
        neutral = self.rank_ic_neutral, self.rank_ic_neutral_se
        if neutral[0] is not None and not _beyond(*neutral):
            return KNOWN_RISKS
        if saves:
            return BEATS
        return RANKS_TOO_BOLDLY if harms else RANKS


def _beyond(value: float | None, error: float | None) -> bool:
    return value is not None and error is not None and value > SIGNIFICANT * error


def score(
    name: str,
    panel: ForecastPanel,
    truth: Truth,
    prior: Array,
    reference_variance: Array,
    exposures: Array | None = None,
) -> Score:
    """Score a panel against what happened.

    Args:
        name: what tables call the model.
        panel: forecasts at R sessions.
        truth: outcomes at the same sessions.
        prior: (R, N) forecasts of the pooled mean.
        reference_variance: (R, N) variance forecasts over the horizon, the reference's.
        exposures: (K, R, N) what was known of the assets' risks (`known_risks`).
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
    ic, ic_se = _mean_rank(rank_correlations(panel.mean, truth.returns), truth.horizon)
    across = _across(panel.mean, truth.returns, prior, np.sqrt(reference_variance))
    r2_across = ratio_with_error(*across, truth.horizon)
    neutral = _neutral(panel.mean, truth, exposures)
    loss = qlike_difference(panel.std**2, reference_variance, truth.variance)
    qlike, qlike_se = mean_with_error(row_mean(loss), truth.horizon)
    r2_log = _explained(*log_variance_errors(panel.std**2, truth.variance), truth.horizon)
    r2_own = _explained(*_beyond_own_past(panel.std**2, truth), truth.horizon)
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
        r2_across=r2_across[0],
        r2_across_se=r2_across[1],
        direction=None if hits is None else float(hits.sum() / count),
        always_up=float(ups.sum() / count),
        edge=edge[0],
        edge_se=edge[1],
        rank_ic=ic,
        rank_ic_se=ic_se,
        rank_ic_neutral=neutral[0],
        rank_ic_neutral_se=neutral[1],
        qlike=qlike or 0.0,
        qlike_se=qlike_se or 0.0,
        r2_log_variance=r2_log[0],
        r2_log_variance_se=r2_log[1],
        r2_log_own=r2_own[0],
        r2_log_own_se=r2_own[1],
        crps=crps[0],
        crps_gain=crps[1],
        crps_gain_se=crps[2],
    )
    return _with_interval(plain, panel, truth.returns, reference) if len(panel.levels) else plain


def _across(mean: Array, outcome: Array, prior: Array, std: Array) -> tuple[Array, Array]:
    """What is saved of the prior's loss across assets (R,), and that loss (R,)."""
    losses = squared_errors(np.stack([mean, prior]), outcome, std)
    mine, naive = np.where(np.isfinite(losses), losses, 0.0).T
    return naive - mine, naive


def _neutral(
    mean: Array, truth: Truth, exposures: Array | None
) -> tuple[float | None, float | None]:
    if exposures is None:
        return None, None
    ranks = neutral_rank_correlations(mean, truth.returns, exposures)
    return _mean_rank(ranks, truth.horizon)


def _mean_rank(ranks: Array, horizon: int) -> tuple[float | None, float | None]:
    """Mean with its error; nothing where too few sessions ranked anything for an error."""
    mean, error = mean_with_error(ranks, horizon)
    return (mean, error) if error is not None and np.isfinite(error) else (None, None)


def past_log_variance(truth: Truth) -> Array:
    """Mean (R, N) of each asset's log variance over the outcomes that had ended by each row.

    NaN before 63 of them.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.where(truth.variance > 0, truth.variance, np.nan))
    seen = ended(np.cumsum(np.isfinite(logs) * 1.0, axis=0), truth.horizon)
    total = ended(np.cumsum(np.nan_to_num(logs), axis=0), truth.horizon)
    return np.where(seen >= LEAST_PAST, total / np.maximum(seen, 1), np.nan)


def _beyond_own_past(forecast: Array, truth: Truth) -> tuple[Array, Array]:
    """Squares (R, N) of log realised variance about its forecast and about its asset's past mean.

    The mean error of both is removed.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.where(truth.variance > 0, truth.variance, np.nan))
        errors = logs - np.log(np.where(forecast > 0, forecast, np.nan))
    about = logs - past_log_variance(truth)
    known = np.isfinite(errors) & np.isfinite(about)
    if not known.any():
        return np.full(logs.shape, np.nan), np.full(logs.shape, np.nan)
    return (errors - errors[known].mean()) ** 2, (about - about[known].mean()) ** 2


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
