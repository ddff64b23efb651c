"""Returns whose volatility has a memory: surprises through a GARCH, and regimes that last."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.units import Array, Days, read_only
from forefolio.forecast.volatility.garch import SHORTEST as SHORTEST_GARCH
from forefolio.market.returns import ewma_root
from forefolio.regimes import fit_hmm
from forefolio.regimes.regimes import SHORTEST as SHORTEST_REGIME
from forefolio.risk.simulation.filtered import garch_filter
from forefolio.risk.simulation.path_kernels import breathe, wander
from forefolio.risk.simulation.paths import BlockBootstrap, Gaussian, Law, ReturnModel, StudentT


class FilteredBootstrap(Component):
    """Past surprises, drawn again, at the volatility that a GARCH(1,1) makes of each path.

    Each asset is filtered by itself, from the last `window` sessions on; surprises of one session
    are drawn together, which keeps what assets have in common, and paths begin at the volatility
    of today (Barone-Adesi, Giannopoulos and Vosper 1999). Where no GARCH can be fitted,
    RiskMetrics' exponential weights filter instead.
    """

    kind: Literal["filtered_bootstrap"] = "filtered_bootstrap"
    window: Annotated[Days, Field(ge=SHORTEST_GARCH)] = 2500

    def law(self, history: Array) -> Law:
        """A GARCH for each asset, and their surprises.

        Raises:
            NotEnoughHistory: there are fewer than 250 sessions.
            DataError: the returns of an asset do not vary.
        """
        recent = history[-self.window :]
        past = [garch_filter(np.ascontiguousarray(column))[0] for column in recent.T]
        surprises = np.column_stack([each.surprises for each in past])
        return _Breathing(
            surprises=np.ascontiguousarray(surprises - surprises.mean(axis=0)),
            parameters=np.ascontiguousarray(np.column_stack([each.parameters for each in past])),
            center=np.array([each.center for each in past]),
            variance=np.array([each.next_variance for each in past]),
        )


class RegimeSwitching(Component):
    """Normal returns whose means and covariances are those of the regime, and regimes that last.

    The regimes are `states` of a hidden Markov model of the mean return and of its volatility,
    each taken to have followed itself on `stickiness` sessions more than it did. Paths begin in a
    regime with the probability that is known today (Hamilton 1989; Ang and Bekaert 2002,
    "International asset allocation with regime shifts").
    """

    kind: Literal["regime_switching"] = "regime_switching"
    states: Annotated[int, Field(ge=2, le=5)] = 3
    stickiness: float = Field(20.0, ge=0, json_schema_extra={"unit": "sessions"})

    def law(self, history: Array) -> Law:
        """What each regime looks like, and how they follow each other.

        Raises:
            NotEnoughHistory: there are fewer than 63 sessions for each state.
            DataError: the returns do not vary.
        """
        mean = history.mean(axis=1)
        if np.ptp(mean) == 0.0:
            raise DataError("these returns do not vary; there are no regimes to tell apart")
        volatility = ewma_root(mean[:, None])[:, 0]
        known = volatility > 0.0
        needed = SHORTEST_REGIME * self.states
        if known.sum() < needed:
            raise NotEnoughHistory(needed, int(known.sum()), f"{self.states} regimes")
        seen = np.column_stack([mean[known], np.log(volatility[known])])
        model = fit_hmm(seen, self.states, stickiness=self.stickiness).model
        return _regimes(history[known], model.filter(seen)[0], model.transition)


RETURN_MODELS = (Gaussian, StudentT, BlockBootstrap, FilteredBootstrap, RegimeSwitching)
AnyReturnModel: TypeAlias = Annotated[ReturnModel, OneOf(*RETURN_MODELS)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Breathing:
    surprises: Array  # (T, N)
    parameters: Array  # (4, N)
    center: Array  # (N,)
    variance: Array  # (N,)

    def __post_init__(self) -> None:
        read_only(self.surprises, self.parameters, self.center, self.variance)

    def draw(self, rng: np.random.Generator, paths: int, horizon: int) -> Array:
        rows = rng.integers(0, len(self.surprises), (paths, horizon))
        drawn = self.surprises.take(rows, axis=0)
        breathe(self.parameters, self.center, self.variance, drawn)
        return drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Regimes:
    now: Array  # (K,) probability of each regime today
    transition: Array  # (K, K)
    means: Array  # (K, N)
    roots: Array  # (K, N, N) of the covariances

    def __post_init__(self) -> None:
        read_only(self.now, self.transition, self.means, self.roots)

    def draw(self, rng: np.random.Generator, paths: int, horizon: int) -> Array:
        states = np.empty((paths, horizon))
        wander(rng.random((paths, horizon)), self.now, self.transition, states)
        shocks = rng.standard_normal((paths, horizon, self.means.shape[1]))
        for state, (mean, root) in enumerate(zip(self.means, self.roots, strict=True)):
            there = states == state
            shocks[there] = mean + shocks[there] @ root.T
        return shocks


def _regimes(history: Array, known: Array, transition: Array) -> Law:
    """Moments of the sessions (T, N), each counted as far as it is `known` (T, K) to be of one."""
    share = known / known.sum(axis=0)
    means = share.T @ history
    roots = []
    for mean, weights in zip(means, share.T, strict=True):
        apart = history - mean
        values, vectors = np.linalg.eigh((apart * weights[:, None]).T @ apart)
        roots.append(vectors * np.sqrt(np.maximum(values, 0.0)))
    return _Regimes(now=known[-1].copy(), transition=transition, means=means, roots=np.array(roots))
