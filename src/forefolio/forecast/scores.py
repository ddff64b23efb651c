"""How good out-of-sample forecasts were, each number with its standard error.

Labels over h sessions overlap, so a standard error is computed from every h-th session only;
the estimate itself uses all of them. Whatever is scored is scored beside its naive baseline:
R2 against zero and against the pooled mean, direction against always-up, variance against EWMA.
"""

from dataclasses import dataclass

import numpy as np

from forefolio.forecast.base import ForecastPanel
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
    coverage: float | None  # share of outcomes inside the 90 % interval

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
        reference_variance: (R, N) variance forecasts over the horizon to compare QLIKE with.
    """
    known = np.isfinite(panel.mean) & np.isfinite(truth.returns) & np.isfinite(prior)
    outcome, mean = np.where(known, truth.returns, 0.0), np.where(known, panel.mean, 0.0)
    base = np.where(known, prior, 0.0)
    error, zero = ((outcome - mean) ** 2).sum(axis=1), (outcome**2).sum(axis=1)
    naive = ((outcome - base) ** 2).sum(axis=1)
    usable: Flags = np.asarray(known.any(axis=1))
    apart = _independent(usable, truth.horizon)
    count = int(known.sum())
    hits, ups = _directions(mean, outcome, known)
    edge = None if hits is None else _ratio_with_error(hits - ups, known.sum(axis=1), apart)
    ic = _rank_correlations(mean, outcome, known)
    loss = _qlike_difference(panel.std**2, reference_variance, truth.variance)
    qlike, qlike_se = _mean_with_error(_row_mean(loss), apart)
    rank_ic, rank_ic_se = _mean_with_error(ic, apart)
    gain, gain_se = _ratio_with_error(naive - error, naive, apart)
    return Score(
        model=name,
        horizon=truth.horizon,
        sessions=int(usable.sum()),
        independent=int(apart.sum()),
        rmse=float(np.sqrt(error.sum() / max(count, 1))),
        r2_zero=float(1 - error.sum() / zero.sum()) if zero.sum() else 0.0,
        r2_mean=gain,
        r2_mean_se=gain_se,
        direction=None if hits is None else float(hits.sum() / max(count, 1)),
        always_up=float(ups.sum() / max(count, 1)),
        edge=None if edge is None else edge[0],
        edge_se=None if edge is None else edge[1],
        rank_ic=rank_ic if np.isfinite(rank_ic) else None,
        rank_ic_se=rank_ic_se if np.isfinite(rank_ic) else None,
        qlike=qlike if np.isfinite(qlike) else 0.0,
        qlike_se=qlike_se if np.isfinite(qlike) else 0.0,
        coverage=_coverage(panel, truth.returns),
    )


def _independent(usable: Flags, horizon: int) -> Flags:
    apart = np.zeros(len(usable), dtype=bool)
    apart[np.flatnonzero(usable)[::horizon]] = True
    return apart


def _directions(mean: Array, outcome: Array, known: Flags) -> tuple[Array | None, Array]:
    ups = ((outcome > 0) & known).sum(axis=1).astype(np.float64)
    if not (mean[known] != 0).any():
        return None, ups
    right = (np.sign(mean) == np.where(outcome > 0, 1.0, -1.0)) & known
    return right.sum(axis=1).astype(np.float64), ups


def _rank_correlations(mean: Array, outcome: Array, known: Flags) -> Array:
    out = np.empty(len(mean))
    rank_correlations(
        np.ascontiguousarray(mean), np.ascontiguousarray(outcome), known.astype(np.float64), out
    )
    return out


def _qlike_difference(forecast: Array, reference: Array, realised: Array) -> Array:
    """QLIKE loss less that of the reference (Patton 2011: robust to a noisy realised variance)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        loss: Array = realised / forecast - realised / reference + np.log(forecast / reference)
    return loss


def _row_mean(values: Array) -> Array:
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)


def _mean_with_error(values: Array, apart: Flags) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    sample = values[apart & np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    error = sample.std(ddof=1) / np.sqrt(len(sample)) if len(sample) > 1 else np.inf
    return float(known.mean()), float(error)


def _ratio_with_error(gain: Array, scale: Array, apart: Flags) -> tuple[float, float]:
    if not scale.sum():
        return 0.0, float("inf")
    sample, total = gain[apart], float(scale[apart].sum())
    if len(sample) < 2 or not total:
        return float(gain.sum() / scale.sum()), float("inf")
    return (
        float(gain.sum() / scale.sum()),
        float(np.sqrt(len(sample)) * sample.std(ddof=1) / total),
    )


def _coverage(panel: ForecastPanel, outcome: Array) -> float | None:
    if not len(panel.levels):
        return None
    low, high = panel.quantiles[0], panel.quantiles[-1]
    known = np.isfinite(low) & np.isfinite(high) & np.isfinite(outcome)
    inside = (outcome >= low) & (outcome <= high) & known
    return float(inside.sum() / known.sum()) if known.any() else None
