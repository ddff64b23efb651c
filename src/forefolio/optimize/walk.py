"""The portfolio of greatest Sharpe ratio, month after month, over a sliding window.

1. Sums and products of returns are updated by the sessions that enter and leave the window.
2. Each decision is a look-up on the exact frontier of its window's moments: nothing is
   approximated, and nothing depends on the decision before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forefolio.errors import InputError
from forefolio.optimize.box import Box
from forefolio.optimize.critical_line import traced
from forefolio.units import Array, Flags, read_only

Rows: TypeAlias = NDArray[np.intp]

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


class Moments(NamedTuple):
    """What the returns of a window say about the assets whose returns are all known."""

    row: int  # the last one of the window
    known: Flags  # (N,)
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
    """
    panel = np.asarray(returns, dtype=np.float64)
    if panel.ndim != 2 or not 2 <= window <= len(panel) or every < 1:
        raise InputError(
            f"returns are {panel.shape}, window {window}, every {every}; a window has 2 sessions "
            "or more, no more than there are, and decisions are a session or more apart"
        )
    cash = np.broadcast_to(np.asarray(risk_free, dtype=np.float64), len(panel))
    found = [_decided(m, float(cash[m.row]), upper) for m in moving_moments(panel, window, every)]
    weights = np.array([one.weights for one in found])
    return SharpeWalk(
        rows=np.array([one.row for one in found]),
        weights=weights,
        sharpe=np.array([one.sharpe for one in found]),
        gap=np.array([one.gap for one in found]),
        notes=tuple((d, one.note) for d, one in enumerate(found) if one.note),
    )


def moving_moments(returns: Array, window: int, every: int) -> Iterator[Moments]:
    """Means and unbiased covariances of a sliding window over returns (T, N).

    Sums are of returns less those of the first window's mean, so that they lose no digits.
    """
    present = np.isfinite(returns)
    filled = np.where(present, returns, 0.0)
    shift = filled[:window].mean(axis=0)
    filled = np.where(present, filled - shift, 0.0)
    for decision, end in enumerate(range(window, len(returns) + 1, every)):
        if decision % ANEW == 0 or every >= window:
            inside = filled[end - window : end]
            total, products = inside.sum(axis=0), inside.T @ inside
            count = np.count_nonzero(present[end - window : end], axis=0)
        else:
            came, left = slice(end - every, end), slice(end - window - every, end - window)
            total = total + filled[came].sum(axis=0) - filled[left].sum(axis=0)
            products += filled[came].T @ filled[came]
            products -= filled[left].T @ filled[left]
            count = count + np.count_nonzero(present[came], axis=0)
            count = count - np.count_nonzero(present[left], axis=0)
        known = count == window
        sums, second = (total, products) if known.all() else _some(total, products, known)
        covariance = (second - np.outer(sums, sums / window)) / (window - 1)
        yield Moments(end - 1, known, sums / window + shift[known], covariance)


def _some(total: Array, products: Array, known: Flags) -> tuple[Array, Array]:
    return total[known], products[np.ix_(known, known)]


class _Decision(NamedTuple):
    row: int
    weights: Array
    sharpe: float
    gap: float
    note: str


def _decided(moments: Moments, cash: float, upper: float) -> _Decision:
    weights = np.zeros(len(moments.known))
    names = tuple(map(str, np.flatnonzero(moments.known)))
    if not names:
        return _Decision(moments.row, weights, np.nan, 0.0, NOTHING_KNOWN)
    box = Box.of(0.0, upper, 1.0, names)
    point = traced(moments.mean, moments.covariance, box, names, cash).maximum_sharpe(cash)
    weights[moments.known] = point.weights
    return _Decision(moments.row, weights, point.sharpe(cash), point.gap, point.note)
