"""Minimum conditional value at risk over given scenarios, each answer with its proof."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from forefolio.core.errors import DataError, InputError
from forefolio.core.units import Array, read_only
from forefolio.optimize.exact.box import Box
from forefolio.optimize.exact.corners import ONE_PORTFOLIO, aims, check_return
from forefolio.optimize.exact.cvar_selection import ScenarioSelection


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CVaRPoint:
    """The portfolio of least CVaR, and the proof that it is one.

    No portfolio within the bounds has a CVaR below `bound`: that is the least expected loss when
    the scenarios have the probabilities `worst`, which are those of the tail.
    """

    assets: tuple[str, ...]
    weights: Array  # (N,)
    level: float
    cvar: float  # mean loss in the worst 1 - level of the scenarios, as a fraction
    bound: float
    mean: float  # of the scenarios, or of the means that were given
    miss: float  # how far the weights are from the budget or a bound, at worst
    worst: Array  # (S,) probabilities
    note: str = ""  # where it took another way to the proof

    def __post_init__(self) -> None:
        read_only(self.weights, self.worst)

    @property
    def gap(self) -> float:
        """By how much a better portfolio could have a smaller CVaR, at most."""
        return max(self.cvar - self.bound, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CVaRFrontier:
    """Portfolios of least CVaR over equally likely scenarios, each found when it is asked for."""

    assets: tuple[str, ...]
    scenarios: Array  # (S, N) simple returns
    expected: Array  # (N,)
    level: float
    box: Box

    def __post_init__(self) -> None:
        read_only(self.scenarios, self.expected)

    def minimum(self) -> CVaRPoint:
        """The least CVaR.

        Raises:
            SolverFailed: rounding keeps the proof from closing.
        """
        return self._point(ScenarioSelection(self))

    def at_return(self, target: float) -> CVaRPoint:
        """The least CVaR at a mean of at least `target`.

        Raises:
            Infeasible: no portfolio earns so much; it names the best attainable.
            SolverFailed: rounding keeps the proof from closing.
        """
        weights, first = self.box.richest(self.expected)
        best = float(weights @ self.expected)
        check_return(target, best, self.expected)
        least = self.minimum()
        if least.mean >= target:
            return least
        if target >= best - 1e-12 * float(np.abs(self.expected).max()):
            tied = self.box.tied(self.expected, first)
            return self._point(ScenarioSelection(self, self.box.fixed(weights, tied)))
        return self._point(ScenarioSelection(self, target=target))

    def points(self, count: int = 25) -> tuple[CVaRPoint, ...]:
        """Portfolios evenly spaced in mean, from the least CVaR to the greatest return.

        Where all that are efficient have one mean it is one portfolio, and its note says so.

        Raises:
            InputError: fewer than two.
            SolverFailed: rounding keeps a proof from closing.
        """
        least = self.minimum()
        best = float(self.box.richest(self.expected)[0] @ self.expected)
        targets = aims(least.mean, best, count)
        if len(targets) == 1:
            return (replace(least, note=ONE_PORTFOLIO),)
        return (least, *map(self.at_return, targets[1:].tolist()))

    def _point(self, selection: ScenarioSelection) -> CVaRPoint:
        result = selection.run()
        return CVaRPoint(
            assets=self.assets,
            weights=result.best,
            level=self.level,
            cvar=result.cvar,
            bound=min(result.bound, result.cvar),
            mean=float(result.best @ self.expected),
            miss=result.miss,
            worst=result.worst,
            note=result.note,
        )


def cvar_frontier(
    scenarios: ArrayLike,
    level: float = 0.95,
    lower: ArrayLike = 0.0,
    upper: ArrayLike = 1.0,
    invested: float = 1.0,
    assets: Sequence[str] = (),
    means: ArrayLike | None = None,
) -> CVaRFrontier:
    """Portfolios of least CVaR over equally likely scenarios, for what they are expected to earn.

    Args:
        scenarios: simple returns (S, N) over any one period, such as past sessions.
        level: of the CVaR: 0.95 looks at the worst 5 %. Where the tail is less than one scenario
            it is the worst one.
        lower: least weights, one number or (N,); finite.
        upper: greatest weights, one number or (N,); `inf` is no limit.
        invested: what the weights sum to; the rest is cash.
        assets: (N,) labels; their numbers unless given.
        means: expected returns (N,) over the period of a scenario, such as forecasts; those of the
            scenarios unless given. The CVaR stays that of the scenarios.

    Raises:
        InputError: shapes do not fit, a level outside (0, 1), or a lower bound above the upper one.
        DataError: a return or a mean is not known.
        Infeasible: the bounds do not allow `invested`.
    """
    returns = np.array(scenarios, dtype=np.float64, order="C")
    names = check_scenarios(returns, level, assets)
    return CVaRFrontier(
        assets=names,
        scenarios=returns,
        expected=means_of(returns, means, names),
        level=level,
        box=Box.of(lower, upper, invested, names),
    )


def check_scenarios(returns: Array, level: float, assets: Sequence[str]) -> tuple[str, ...]:
    """The names of the assets of scenarios (S, N): their numbers where there are none.

    Raises:
        InputError: shapes do not fit, or a level outside (0, 1).
        DataError: a return is not known.
    """
    if returns.ndim != 2 or not returns.size:
        raise InputError(
            f"scenarios are {returns.shape}; they are (scenarios, assets), one or more"
        )
    if not 0 < level < 1:
        raise InputError(f"level is {level:g}; it lies between 0 and 1, such as 0.95")
    names = tuple(assets) or tuple(map(str, range(returns.shape[1])))
    if len(names) != returns.shape[1]:
        raise InputError(f"{len(names)} names for {returns.shape[1]} assets")
    finite = np.asarray(np.isfinite(returns).all(axis=0))
    if not finite.all():
        unknown = [name for name, on in zip(names, finite, strict=True) if not on]
        raise DataError(f"returns of {', '.join(unknown[:5])} are not known in every scenario")
    return names


def means_of(returns: Array, means: ArrayLike | None, assets: Sequence[str]) -> Array:
    """Expected returns (N,): the means that were given, or those of the scenarios.

    Raises:
        InputError: there is not one for each asset.
        DataError: one is not known.
    """
    if means is None:
        return np.asarray(returns.mean(axis=0))
    expected = np.array(means, dtype=np.float64)
    if expected.shape != (len(assets),):
        raise InputError(
            f"means are {expected.shape}; there is one for each of {len(assets)} assets"
        )
    unknown = [a for a, on in zip(assets, np.isfinite(expected), strict=True) if not on]
    if unknown:
        raise DataError(f"the expected return of {', '.join(unknown[:5])} is not known")
    return expected


def minimum_cvar(
    scenarios: ArrayLike,
    level: float = 0.95,
    lower: ArrayLike = 0.0,
    upper: ArrayLike = 1.0,
    invested: float = 1.0,
    assets: Sequence[str] = (),
) -> CVaRPoint:
    """The portfolio of least expected shortfall (CVaR).

    Arguments and errors are those of `cvar_frontier`.

    Example:
        >>> returns = [[0.01, 0.02], [-0.02, -0.05], [0.01, 0.03], [0.00, 0.01]]
        >>> point = minimum_cvar(returns, level=0.75, assets=["bonds", "stocks"])
        >>> point.weights.round(2).tolist(), round(point.cvar, 3)
        ([1.0, 0.0], 0.02)
    """
    return cvar_frontier(scenarios, level, lower, upper, invested, assets).minimum()
