"""Probabilities of scenarios that satisfy views and are otherwise as near as can be to the prior.

1. Of all probabilities p for which the views hold, those of the least relative entropy,
   sum p log(p / q) to the prior q (Meucci 2008, "Fully flexible views: theory and practice").
2. They are q exp(-g'm), scaled, with a multiplier m for each view: the dual is convex in these few
   numbers, and Newton's method solves it (Bertsekas 1982, "Projected Newton methods for
   optimization problems with simple constraints").
3. The gap between the entropy and the dual, and how far the views are missed, are the proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Flags, read_only

optimize: Any = lazy("scipy.optimize")

STEPS = 200
EXACT = 1e-11  # how far a view may be missed, in standard deviations of what it is about
UNBOUNDED = 1e8  # a multiplier beyond this grows without end: no probabilities satisfy its view
FAR = 1e-9  # a view that must give by less than this can be kept


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledScenarios:
    """Probabilities of S scenarios, and how far they are from the prior."""

    probabilities: Array  # (S,)
    entropy: float  # sum p log(p / q), zero where the views say nothing new
    gap: float  # the least entropy there is may be smaller by this much

    def __post_init__(self) -> None:
        read_only(self.probabilities)

    @property
    def effective(self) -> float:
        """As how many equally likely scenarios they are: the exponential of minus sum p log p."""
        likely = self.probabilities[self.probabilities > 0]
        return float(np.exp(-(likely * np.log(likely)).sum()))

    def mean(self, scenarios: Array) -> Array:
        """The mean (N,) of scenarios (S, N)."""
        mean: Array = self.probabilities @ scenarios
        return mean

    def covariance(self, scenarios: Array) -> Array:
        """The covariance (N, N) of scenarios (S, N)."""
        away = scenarios - self.mean(scenarios)
        covariance: Array = (away * self.probabilities[:, None]).T @ away
        return covariance


def entropy_pooled(
    values: Array,
    levels: Array,
    exact: Flags,
    prior: Array | None = None,
    names: Sequence[str] = (),
) -> PooledScenarios:
    """Pool a prior and views that the means of `values` are at most, or equal to, `levels`.

    Args:
        values: (K, S) what each view is about, in each scenario: a return, a square, 0 or 1.
        levels: (K,) what its mean is at most, or equal to.
        exact: (K,) whether it is equal to it.
        prior: (S,) probabilities before: all the same unless given.
        names: (K,) what messages call the views.

    Raises:
        InputError: no probabilities of these scenarios satisfy the views together.

    Example:
        >>> up = np.array([[0.0, 0.0, 1.0, 1.0]])
        >>> entropy_pooled(up, np.array([0.6]), np.array([True])).probabilities.round(3).tolist()
        [0.2, 0.2, 0.3, 0.3]
    """
    count = values.shape[1]
    before = np.full(count, 1.0 / count) if prior is None else prior / prior.sum()
    size = np.sqrt(np.maximum((values**2) @ before - (values @ before) ** 2, 0.0))
    size = np.where(size > 0, size, 1.0)
    away = (values - levels[:, None]) / size[:, None]
    multipliers = _dual(away, exact, before)
    after, _ = _tilted(multipliers, away, before)
    missed = _missed(away @ after, exact)
    if not (missed <= EXACT).all():
        raise InputError(_contradiction(values, levels, exact, names, missed > EXACT))
    likely = after > 0
    entropy = float((after[likely] * np.log(after[likely] / before[likely])).sum())
    gap = abs(float(multipliers @ (away @ after)))
    return PooledScenarios(probabilities=after, entropy=max(entropy, 0.0), gap=gap)


def _tilted(multipliers: Array, away: Array, before: Array) -> tuple[Array, float]:
    """The probabilities (S,) of multipliers (K,), and the logarithm of what scales them."""
    exponent = np.where(before > 0, -multipliers @ away, -np.inf)
    top = float(exponent.max())
    weights = before * np.exp(exponent - top)
    total = float(weights.sum())
    return weights / total, top + float(np.log(total))


def _missed(mean: Array, exact: Flags) -> Array:
    """How far means (K,) less their levels are from what the views say."""
    return np.where(exact, np.abs(mean), np.maximum(mean, 0.0))


def _dual(away: Array, exact: Flags, before: Array) -> Array:
    """The multipliers (K,) at which the scale is least; none below 0 but those of exact views."""
    multipliers = np.zeros(len(away))
    after, value = _tilted(multipliers, away, before)
    for _ in range(STEPS):
        slope = -(away @ after)
        held = ~exact & (multipliers <= 0.0) & (slope > 0.0)
        if not (np.abs(slope[~held]) > EXACT / 100).any():
            break
        free = np.flatnonzero(~held)
        apart = away[free] + slope[free, None]
        curve = (apart * after) @ apart.T
        step = np.zeros(len(away))
        step[free] = -np.linalg.lstsq(curve, slope[free], rcond=1e-14)[0]
        moved = _searched(multipliers, step, exact, away, before, value, slope)
        if moved is None:
            break
        multipliers, after, value = moved
    return multipliers


def _searched(
    start: Array,
    step: Array,
    exact: Flags,
    away: Array,
    before: Array,
    value: float,
    slope: Array,
) -> tuple[Array, Array, float] | None:
    """The longest of halved steps that lowers the dual enough; None where none does."""
    length = 1.0
    while length > 1e-12:
        there = start + length * step
        there = np.where(exact, there, np.maximum(there, 0.0))
        if np.abs(there).max() > UNBOUNDED:
            return None
        after, lower = _tilted(there, away, before)
        rounding = 1e-15 * (1.0 + abs(value))
        if lower <= value + 1e-4 * float(slope @ (there - start)) + rounding:
            return (there, after, lower) if (there != start).any() else None
        length /= 2
    return None


def _contradiction(
    values: Array, levels: Array, exact: Flags, names: Sequence[str], missed: Flags
) -> str:
    """Which views would have to give, by the least: an elastic linear programme."""
    called = names or [f"view {place + 1}" for place in range(len(values))]
    for row, level, equal, name in zip(values, levels, exact, called, strict=True):
        if row.min() > level or (equal and row.max() < level):
            return f"no weighing of the scenarios has {name}: ask for less"
    count, scenarios = values.shape
    size = np.maximum(np.abs(values).max(axis=1), 1e-300)
    both = np.vstack([values / size[:, None], -(values / size[:, None])[exact]])
    limits = np.concatenate([levels / size, -(levels / size)[exact]])
    slack = np.vstack([np.eye(count), np.eye(count)[exact]])
    found = optimize.linprog(
        np.concatenate([np.zeros(scenarios), np.ones(count)]),
        A_ub=np.hstack([both, -slack]),
        b_ub=limits,
        A_eq=np.concatenate([np.ones(scenarios), np.zeros(count)])[None],
        b_eq=[1.0],
    )
    gives = found.x[scenarios:] > FAR if found.x is not None else missed
    among = gives if gives.any() else missed
    which = list(dict.fromkeys(name for name, on in zip(called, among, strict=True) if on))
    return (
        f"the views contradict each other in these scenarios: "
        f"{'; '.join(dict.fromkeys(called))}; weaken {' and '.join(which)}"
    )
