"""The greatest Sharpe ratio or the least variance, month after month, over a sliding window.

1. Sums and products of returns are updated by the sessions that enter and leave the window.
2. Each decision is a look-up on the exact frontier of its window's moments: nothing is
   approximated, and nothing depends on the decision before.
3. All decisions are certified at once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from math import sqrt
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forefolio.core.errors import InputError
from forefolio.core.units import Array, Flags, read_only
from forefolio.optimize.exact.box import Box
from forefolio.optimize.exact.critical_line import traced

Rows: TypeAlias = NDArray[np.intp]
Boxes: TypeAlias = Callable[[int], Box]  # of so many assets

NOTHING_KNOWN = "no asset has a whole window of returns: all in cash"
ANEW = 60  # decisions after which sums are taken anew, so that rounding does not add up


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharpeWalk:
    """D decisions over N assets, each made when row `rows[d]` of the returns was known."""

    rows: Rows  # (D,)
    weights: Array  # (D, N); zero where an asset's window has holes
    sharpe: Array  # (D,) expected per session: NaN without volatility
    gap: Array  # (D,) variance that could be saved at the same mean, at most
    notes: tuple[tuple[int, str], ...]  # (decision, what fell back)

    def __post_init__(self) -> None:
        read_only(self.rows, self.weights, self.sharpe, self.gap)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarianceWalk:
    """D decisions over N assets, each made when row `rows[d]` of the returns was known."""

    rows: Rows  # (D,)
    weights: Array  # (D, N); zero where an asset's window has holes
    variance: Array  # (D,) per session, of the window
    gap: Array  # (D,) by which it could be lower, at most
    notes: tuple[tuple[int, str], ...]  # (decision, what fell back)

    def __post_init__(self) -> None:
        read_only(self.rows, self.weights, self.variance, self.gap)


class Moments(NamedTuple):
    """What the returns of a window say about the assets whose returns are all known."""

    row: int  # the last one of the window
    present: Flags  # (N,)
    mean: Array  # (K,)
    covariance: Array  # (K, K)


def walk_maximum_sharpe(
    returns: ArrayLike,
    window: int,
    every: int,
    risk_free: ArrayLike = 0.0,
    upper: float = 1.0,
) -> SharpeWalk:
    """Long-only portfolios of greatest Sharpe ratio, every so many sessions.

    Where nothing is expected to beat cash a decision is the least variance, and a note says so.

    Args:
        returns: simple returns (T, N) per session; a hole leaves the asset out while it is in the
            window.
        window: sessions that means and covariances are taken over.
        every: sessions from one decision to the next.
        risk_free: return of cash per session, one number or (T,), known at each row.
        upper: greatest weight.

    Raises:
        InputError: a window that is too short or longer than the returns, or less than one session
            between decisions.
        Infeasible: too few assets are known for their bounds to allow the budget.

    Example:
        >>> returns = 0.01 * np.random.default_rng(0).normal(size=(500, 4)) + 0.001
        >>> walk = walk_maximum_sharpe(returns, window=252, every=21)
        >>> walk.weights.shape
        (12, 4)
    """
    panel = _panel(returns, window, every)
    cash = np.broadcast_to(np.asarray(risk_free, dtype=np.float64), len(panel))
    boxes = cache(partial(_evenly_bounded, upper))
    decisions = [
        _decided(m, float(cash[m.row]), boxes) for m in moving_moments(panel, window, every)
    ]
    return SharpeWalk(
        rows=np.array([one.row for one in decisions]),
        weights=_spread(decisions, panel.shape[1]),
        sharpe=np.array([one.sharpe for one in decisions]),
        gap=_gaps(decisions, boxes),
        notes=_notes(decisions),
    )


def walk_minimum_variance(
    returns: ArrayLike, window: int, every: int, upper: float = 1.0
) -> VarianceWalk:
    """Long-only portfolios of least variance, every so many sessions.

    Of several portfolios of least variance, which a covariance of fewer sessions than assets may
    have, it is one.

    Args:
        returns: simple returns (T, N) per session; a hole leaves the asset out while it is in the
            window.
        window: sessions that covariances are taken over.
        every: sessions from one decision to the next.
        upper: greatest weight.

    Raises:
        InputError: a window that is too short or longer than the returns, or less than one session
            between decisions.
        Infeasible: too few assets are known for their bounds to allow the budget.

    Example:
        >>> returns = 0.01 * np.random.default_rng(0).normal(size=(500, 4))
        >>> walk = walk_minimum_variance(returns, window=252, every=21)
        >>> bool((walk.gap <= 1e-12 * walk.variance).all())
        True
    """
    panel = _panel(returns, window, every)
    boxes = cache(partial(_evenly_bounded, upper))
    decisions = [_calmest(m, boxes) for m in moving_moments(panel, window, every)]
    return VarianceWalk(
        rows=np.array([one.row for one in decisions]),
        weights=_spread(decisions, panel.shape[1]),
        variance=np.array([-float(one.gain @ one.weights) for one in decisions]),
        gap=_gaps(decisions, boxes),
        notes=_notes(decisions),
    )


def _panel(returns: ArrayLike, window: int, every: int) -> Array:
    panel = np.asarray(returns, dtype=np.float64)
    if panel.ndim != 2 or not 2 <= window <= len(panel) or every < 1:
        raise InputError(
            f"returns are {panel.shape}, window {window}, every {every}; a window has 2 sessions "
            "or more, no more than there are, and decisions are a session or more apart"
        )
    return panel


def moving_moments(returns: Array, window: int, every: int) -> Iterator[Moments]:
    """Means and unbiased covariances of a sliding window over returns (T, N).

    Sums are of returns less those of the first window's mean, so that they lose no digits.
    """
    present, ends = np.isfinite(returns), range(window, len(returns) + 1, every)
    filled = np.where(present, returns, 0.0)
    shift = filled[:window].mean(axis=0)
    filled = np.where(present, filled - shift, 0.0)
    holes = np.concatenate([np.zeros_like(present[:1], np.int64), np.cumsum(~present, axis=0)])
    whole = holes[ends] == holes[np.subtract(ends, window)]
    for decision, (end, complete, all_complete) in enumerate(
        zip(ends, whole, whole.all(axis=1).tolist(), strict=True)
    ):
        if decision % ANEW == 0 or every >= window:
            inside = filled[end - window : end]
            total, products = inside.sum(axis=0), inside.T @ inside
        else:
            entered, left = filled[end - every : end], filled[end - window - every : end - window]
            total = total + entered.sum(axis=0) - left.sum(axis=0)
            products += entered.T @ entered
            products -= left.T @ left
        sums, second = (total, products) if all_complete else _some(total, products, complete)
        covariance = (second - sums[:, None] * (sums / window)) / (window - 1)
        yield Moments(end - 1, complete, sums / window + shift[complete], covariance)


def _some(total: Array, products: Array, present: Flags) -> tuple[Array, Array]:
    return total[present], products[np.ix_(present, present)]


class _Decision(NamedTuple):
    row: int
    present: Flags  # (N,)
    weights: Array  # (K,)
    gain: Array  # (K,) of the utility that the weights maximise, per unit of each
    sharpe: float
    note: str


def _evenly_bounded(upper: float, count: int) -> Box:
    return Box.of(0.0, upper, 1.0, tuple(map(str, range(count))))


def _decided(moments: Moments, cash: float, boxes: Boxes) -> _Decision:
    row, present, mean, covariance = moments
    if not len(mean):
        return _Decision(row, present, mean, mean, np.nan, NOTHING_KNOWN)
    frontier = traced(mean, covariance, boxes(len(mean)), (), cash)
    place = frontier.tangent(cash)
    weights, tolerance = frontier.weights_at(place), frontier.corners.tolerance_at(place)
    risk = weights @ covariance
    variance, excess = float(weights @ risk), float(weights @ mean) - cash * float(weights.sum())
    sharpe = excess / sqrt(variance) if variance > 0 else np.nan
    return _Decision(row, present, weights, tolerance * mean - risk, sharpe, place.note)


def _calmest(moments: Moments, boxes: Boxes) -> _Decision:
    """The end of a line that is short: it starts where what varies least with all others is held.

    Whatever is gained along it, its end is the least variance.
    """
    row, present, mean, covariance = moments
    if not len(mean):
        return _Decision(row, present, mean, mean, np.nan, NOTHING_KNOWN)
    frontier = traced(-covariance.mean(axis=1), covariance, boxes(len(mean)), ())
    weights = frontier.weights_at(frontier.corners.least_variance())
    return _Decision(row, present, weights, -(weights @ covariance), np.nan, "")


def _spread(decisions: list[_Decision], assets: int) -> Array:
    """The weights of all decisions (D, N) among all assets."""
    weights = np.zeros((len(decisions), assets))
    for place, one in zip(weights, decisions, strict=True):
        place[one.present] = one.weights
    return weights


def _notes(decisions: list[_Decision]) -> tuple[tuple[int, str], ...]:
    return tuple((d, one.note) for d, one in enumerate(decisions) if one.note)


def _gaps(decisions: list[_Decision], boxes: Boxes) -> Array:
    """The variance that each decision could save at the same mean, at most (D,)."""
    gaps, counts = np.zeros(len(decisions)), np.array([len(one.weights) for one in decisions])
    for count in np.unique(counts[counts > 0]).tolist():
        among = np.flatnonzero(counts == count)
        weights = np.array([decisions[d].weights for d in among])
        gains = np.array([decisions[d].gain for d in among])
        gaps[among] = 2 * boxes(count).shortfall(weights, gains)
    return gaps
