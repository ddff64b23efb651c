"""Relative returns in the cross-section of a session, learned from ranks.

1. A label is by how much an asset beats the mean of that session's assets, in units of its own
   volatility; its rank among them becomes a normal score. Features become ranks too.
2. Each half of the window trains a model that is validated on the other half. The slope of
   realised on predicted scores, less its own uncertainty, is how much a score is worth.
3. The forecast is the prior plus volatility times slope times score, the halves averaged:
   alpha = information coefficient x volatility x score (Grinold 1994).

A feature that is equal for all assets of a session has no ranks and no effect. Labels are scaled
by volatility because by raw returns the most volatile assets would be first and last.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.component import Component
from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.lazy import lazy
from forefolio.core.numerics import one_thread
from forefolio.core.units import Array, Flags, read_only
from forefolio.features.kernels import centred_ranks
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.comparable import comparable_returns
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.models.linear import maximise_evidence
from forefolio.forecast.models.trees import (
    ColumnShare,
    Depth,
    Leaf,
    LearningRate,
    Penalty,
    RowShare,
    Seed,
    Trees,
    Window,
    XGBoost,
    tree_scores,
)
from forefolio.forecast.scaling import LABELLED, horizon_volatility, in_units, stride_of

special: Any = lazy("scipy.special")

Ranks: TypeAlias = NDArray[np.float32]

FEWEST = 5  # assets of a session that are worth comparing


class XGBoostRanks(Component):
    """XGBoost on which asset beats which: ranks of features in, ranks of returns out.

    Trees are grown on each half of the last `window` sessions and validated on the other half.
    Needs five assets. Source of the scaling: Grinold (1994), "Alpha is volatility times IC times
    score".

    >>> XGBoostRanks(trees=60).kind
    'xgboost_ranks'
    """

    kind: Literal["xgboost_ranks"] = "xgboost_ranks"
    name: ClassVar[str] = "XGBoostRanks"
    trees: Trees = 120
    depth: Depth = 3
    learning_rate: LearningRate = 0.05
    leaf: Leaf = 50.0
    penalty: Penalty = 10.0
    row_share: RowShare = 0.7
    column_share: ColumnShare = 0.7
    window: Window = 2500
    seed: Seed = 0

    def fit(self, data: Dataset) -> Predictor:
        """Boost on the ranks of the known labels.

        Raises:
            DataError: there are fewer than five assets.
            NotEnoughHistory: too few sessions have five labels.
        """
        comparable = XGBoost(**self.model_dump(exclude={"kind"}))

        def learn(ranks: Ranks, scores: Array, repeats: float) -> Scorer:
            return TreeScorer(model=comparable.grow(ranks, scores, repeats))

        return _fit(data, self.name, self.window, learn)


class RidgeRanks(Component):
    """Bayesian ridge regression on which asset beats which, from ranks.

    Each half of the last `window` sessions is fitted with the penalty of largest evidence and
    validated on the other half. Needs five assets.

    >>> RidgeRanks(window=1250).window
    1250
    """

    kind: Literal["ridge_ranks"] = "ridge_ranks"
    name: ClassVar[str] = "RidgeRanks"
    window: Window = 2500

    def fit(self, data: Dataset) -> Predictor:
        """Regress the ranks of the known labels on those of the features.

        Raises:
            DataError: there are fewer than five assets.
            NotEnoughHistory: too few sessions have five labels.
        """
        return _fit(data, self.name, self.window, _regress)


class Scorer(Protocol):
    """Predicts from ranks of features (M, F) the rank of the return, as a normal score (M,)."""

    def __call__(self, ranks: Ranks) -> Array:
        """Normal scores (M,)."""
        ...


Learn: TypeAlias = Callable[[Ranks, Array, float], Scorer]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeScorer:
    """Trees in XGBoost's own binary form."""

    model: bytes

    def __call__(self, ranks: Ranks) -> Array:
        """Normal scores (M,)."""
        return tree_scores(self.model, ranks)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LineScorer:
    """One weight (F,) for the rank by each feature."""

    weights: Array

    def __post_init__(self) -> None:
        read_only(self.weights)

    def __call__(self, ranks: Ranks) -> Array:
        """Normal scores (M,)."""
        # Not a matrix product: BLAS may round a row differently when other rows come with it.
        return np.asarray((ranks * self.weights).sum(axis=-1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedRanks:
    """The model of each half, the slope of returns on scores in units of volatility, the prior."""

    halves: tuple[Scorer, Scorer]
    slope: float
    slope_error: float  # its standard error, before it was shrunk by it
    drift: float  # per session
    residual_scale: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Mean and std at each of the last `rows` sessions.

        The prior is used at a session with fewer than five assets, and for an asset that is not
        comparable with the others in risk.
        """
        ranks, usable = ranked(data.x[-rows:])
        usable &= _comparable(data)[-rows:]
        score = np.mean([_centred_scores(half, ranks, usable) for half in self.halves], axis=0)
        risk = horizon_volatility(data, rows)
        mean = pooled_mean(data, self.drift, rows) + risk * self.slope * score
        return ForecastPanel.of(data, mean, self.residual_scale * risk)


def ranked(x: Array) -> tuple[Ranks, Flags]:
    """Ranks (R, N, F) from -0.5 to 0.5 by each feature, and which assets (R, N) have all."""
    out: Ranks = np.empty(x.shape, np.float32)
    for feature in range(x.shape[2]):
        out[..., feature] = _ranks(np.ascontiguousarray(x[..., feature]))
    usable: Flags = np.asarray(np.isfinite(out).all(axis=-1))
    return out, usable


def normal_scores(values: Array) -> Array:
    """What the rank (T, N) of each value within its row would be if it were normal; NaN stays.

    The k-th of n values is at the quantile (k - 1/2) / n.
    """
    return np.asarray(special.ndtri(_ranks(values) + 0.5))


def _ranks(values: Array) -> Array:
    return centred_ranks(values, values.argsort(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sessions:
    """R training sessions: ranks, scaled returns over the session's mean and over the prior."""

    rows: NDArray[np.int64]
    ranks: Ranks  # (R, N, F)
    lead: Array  # (R, N), NaN where not known
    total: Array  # (R, N)

    def part(self, among: Flags) -> "_Sessions":
        return _Sessions(
            rows=self.rows[among],
            ranks=self.ranks[among],
            lead=self.lead[among],
            total=self.total[among],
        )


def _fit(data: Dataset, what: str, window: int, learn: Learn) -> FittedRanks:
    if len(data.assets) < FEWEST:
        requirement = f"{what} compares assets with each other and needs {FEWEST} of them"
        raise DataError(
            f"{requirement}, there are {len(data.assets)}; ask for more, or for another model"
        )
    drift = pooled_drift(data.market, what)
    sessions = _sessions(data, what, window, drift)
    repeats = data.horizon / stride_of(data.horizon)
    middle = sessions.rows[len(sessions.rows) // 2]
    early = sessions.part(
        sessions.rows + data.horizon + 1 < middle
    )  # ended before the other begins
    late = sessions.part(sessions.rows >= middle)
    halves = _trained(early, learn, repeats), _trained(late, learn, repeats)
    trials = ((halves[0], late), (halves[1], early))
    scores = np.vstack([_centred_scores(by, on.ranks, np.isfinite(on.lead)) for by, on in trials])
    leads, totals = (
        np.vstack([getattr(on, name) for _, on in trials]) for name in ("lead", "total")
    )
    slope, error = _slope(scores, leads, repeats)
    return FittedRanks(
        halves=halves,
        slope=slope * max(1 - (error / slope) ** 2, 0.0) if slope > 0 else 0.0,
        slope_error=error,
        drift=drift,
        residual_scale=float(np.nanstd(totals - slope * scores)),
    )


def _sessions(data: Dataset, what: str, window: int, drift: float) -> _Sessions:
    """Every few sessions of the last `window` on which five labels are known."""
    risk = horizon_volatility(data, len(data))
    usable = data.usable & (risk > 0) & _comparable(data)
    labelled = np.flatnonzero(usable.sum(axis=1) >= FEWEST)
    recent = labelled[labelled > labelled.max(initial=0) - window]
    needed = LABELLED + 2 * (data.horizon + 1)  # the early half loses those that end in the other
    if len(recent) < needed:
        about = f"{what} over {data.horizon} sessions, of {FEWEST} assets at the least,"
        raise NotEnoughHistory(
            needed, len(recent), about, "start earlier, or look further back than its window"
        )
    rows = recent[(recent[-1] - recent) % stride_of(data.horizon) == 0]
    learnable, y, scale = usable[rows], data.y[rows], risk[rows]
    mean = np.where(learnable, y, 0.0).sum(axis=1) / learnable.sum(axis=1)
    lead, total = (
        in_units(np.where(learnable, part, np.nan), scale)
        for part in (y - mean[:, None], y - drift * data.horizon)
    )
    return _Sessions(rows=rows, ranks=ranked(data.x[rows])[0], lead=lead, total=total)


def _comparable(data: Dataset) -> Flags:
    """Which assets (T, N) are comparable in risk, so that their returns can be ranked."""
    comparable: Flags = comparable_returns(data.market).similarity >= 0.5
    return comparable


def _trained(sessions: _Sessions, learn: Learn, repeats: float) -> Scorer:
    usable = np.isfinite(sessions.lead)
    return learn(sessions.ranks[usable], normal_scores(sessions.lead)[usable], repeats)


def _centred_scores(scorer: Scorer, ranks: Ranks, usable: Flags) -> Array:
    """Scores (R, N) less the mean of their session; NaN where not `usable`, 0 among too few."""
    score = np.zeros(usable.shape)
    score[usable] = scorer(ranks[usable])
    count = usable.sum(axis=1, keepdims=True)
    mean = score.sum(axis=1, keepdims=True) / np.maximum(count, 1)
    return np.where(usable, np.where(count >= FEWEST, score - mean, 0.0), np.nan)


def _slope(scores: Array, leads: Array, repeats: float) -> tuple[float, float]:
    """Slope of `leads` on `scores` (R, N), and its standard error.

    Sessions are independent but for their labels' overlap.
    """
    power = float(np.nansum(scores**2))
    if power == 0:
        return 0.0, 0.0
    slope = float(np.nansum(scores * leads)) / power
    left = np.nansum(scores * (leads - slope * scores), axis=1)
    return slope, float(np.sqrt(repeats * (left**2).sum())) / power


def _regress(ranks: Ranks, scores: Array, repeats: float) -> Scorer:
    with one_thread():
        wide = ranks.astype(np.float64)
        spectrum, axes = np.linalg.eigh(wide.T @ wide / repeats)
        moments = axes.T @ (wide.T @ scores) / repeats
        energy, count = float(scores @ scores) / repeats, len(scores) / repeats
        solution = maximise_evidence(np.maximum(spectrum, 0.0), moments, energy, count)
        return LineScorer(weights=axes @ solution.coefficients)
