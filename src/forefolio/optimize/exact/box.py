"""A budget and bounds per asset: the portfolios that fast solvers choose from."""

from dataclasses import dataclass
from math import isfinite, isinf
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forefolio.core.errors import Infeasible, InputError
from forefolio.core.mends import mend_between
from forefolio.core.units import Array, Flags, read_only
from forefolio.optimize.exact.box_kernel import fill

ROUNDING = 1e-12  # how far bounds may miss the budget
TIED = 1e-13  # gains this near to each other, beside their range, are the same


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Box:
    """Weights between `lower` and `upper` (N,) that sum to `invested`; never empty."""

    lower: Array
    upper: Array  # finite: one that was infinite is out of reach
    invested: float

    def __post_init__(self) -> None:
        read_only(self.lower, self.upper)

    @classmethod
    def of(
        cls, lower: ArrayLike, upper: ArrayLike, invested: float, names: tuple[str, ...]
    ) -> Self:
        """Bounds as a person gives them, one number or (N,) each; `inf` is no upper limit.

        Raises:
            InputError: shapes do not fit, or a lower bound is infinite or above the upper one.
            Infeasible: the bounds do not allow `invested`.
        """
        try:
            least, most = (np.full(len(names), bound, np.float64) for bound in (lower, upper))
        except ValueError:
            raise InputError(f"bounds are one number or {len(names)}, one for each asset") from None
        if not isfinite(invested):
            raise InputError(
                f"invested is {invested:g}; it is a fraction, 1 where there is no cash"
            )
        wrong = ~(np.isfinite(least) & (least <= most))
        if wrong.any():
            k = int(np.argmax(wrong))
            raise InputError(
                f"{names[k]}: bounds {least[k]:g} and {most[k]:g}; the lower one must be finite "
                "and not above the upper one"
            )
        spare, room = invested - float(least.sum()), float(most.sum()) - invested
        if spare < -ROUNDING:
            total = float(least.sum())
            raise Infeasible([mend_between("the sum of the lower bounds", total, invested)])
        if not room >= -ROUNDING:
            total = float(most.sum())
            raise Infeasible([mend_between("the sum of the upper bounds", total, invested)])
        if isinf(room):
            most = np.where(np.isinf(most), least + spare + 1.0, most)
        return cls(lower=least, upper=most, invested=invested)

    @property
    def bounds(self) -> tuple[Array, Array]:
        """The lower and the upper bounds (N,)."""
        return self.lower, self.upper

    @property
    def spare(self) -> float:
        """What is left of the budget above the lower bounds."""
        return self.invested - float(self.lower.sum())

    @property
    def settled(self) -> bool:
        """Whether the bounds leave one portfolio, rounding apart."""
        movable = np.count_nonzero(self.upper > self.lower)
        room = float(self.upper.sum()) - self.invested
        return bool(movable < 2 or min(self.spare, room) <= ROUNDING)

    def richest(self, gain: Array) -> tuple[Array, int]:
        """The weights (N,) of the greatest `gain @ weights`, and which asset is at the margin."""
        weights = np.empty_like(self.lower)
        order = (-gain).argsort(kind="stable")
        return weights, fill(order, self.lower, self.upper, self.spare, weights)

    def tied(self, gain: Array, first: int) -> Flags:
        """The assets (N,) that may move and gain as much as the one at the margin."""
        apart = np.abs(gain - gain[first])
        tied: Flags = (apart <= TIED * (float(apart.max()) or 1.0)) & (self.lower < self.upper)
        return tied

    def shortfall(self, weights: Array, gain: Array) -> Array:
        """How far `gain @ weights` is below the best in the box, for rows of both, (P, N).

        Each term is taken beside the price of the budget, so that small ones survive.
        """
        order = np.argsort(-gain, axis=1)
        width = (self.upper - self.lower)[order]
        bought = np.clip(self.spare - np.cumsum(width, axis=1) + width, 0.0, width)
        best = np.empty_like(weights)
        np.put_along_axis(best, order, self.lower[order] + bought, axis=1)
        margin = np.maximum((bought > 0).sum(axis=1) - 1, 0)[:, None]
        price = np.take_along_axis(np.take_along_axis(gain, order, axis=1), margin, axis=1)
        short: Array = np.maximum(((gain - price) * (best - weights)).sum(axis=1), 0.0)
        return short

    def miss(self, weights: Array) -> Array:
        """How far rows of `weights` (P, N) are from the budget or a bound, at worst (P,)."""
        missed = np.abs(weights.sum(axis=1) - self.invested)
        beyond = np.maximum(self.lower - weights, weights - self.upper).max(axis=1)
        worst: Array = np.maximum(np.maximum(missed, beyond), 0.0)
        return worst

    def fixed(self, weights: Array, among: Flags) -> "Box":
        """The same box where only assets `among` (N,) may move away from `weights`."""
        lower = np.where(among, self.lower, weights)
        upper = np.where(among, self.upper, weights)
        return Box(lower=lower, upper=upper, invested=self.invested)

    def select(self, among: NDArray[np.intp]) -> "Box":
        """What is left for assets `among` (positions) when the others rest at their lower bound."""
        rest = self.invested - (float(self.lower.sum()) - float(self.lower[among].sum()))
        return Box(lower=self.lower[among], upper=self.upper[among], invested=rest)
