"""Return models with persistent volatility: filtered bootstrap and Markov regime switching."""

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
from forefolio.risk.simulation.normals_kernel import standard_normals
from forefolio.risk.simulation.path_kernels import garch_paths, markov_paths
from forefolio.risk.simulation.paths import BlockBootstrap, Gaussian, Law, ReturnModel, StudentT
from forefolio.risk.tails.filtered import garch_filter


class FilteredBootstrap(Component):
    """Standardised residuals of a GARCH(1,1) for each asset, drawn again along its own variance.

    The residuals of one session are drawn together, which keeps the dependence between assets,
    and paths start at today's volatility. Where no GARCH can be fitted, RiskMetrics' exponential
    weights are used. Source: Barone-Adesi, Giannopoulos and Vosper (1999), "VaR without
    correlations for portfolios of derivative securities".

    >>> FilteredBootstrap(window=1000).window
    1000
    """

    kind: Literal["filtered_bootstrap"] = "filtered_bootstrap"
    window: Annotated[Days, Field(ge=SHORTEST_GARCH)] = Field(
        2500, description="Sessions of returns that the GARCH is fitted on."
    )

    def law(self, history: Array) -> Law:
        """A GARCH for each asset, and its standardised residuals.

        Raises:
            NotEnoughHistory: there are fewer than 250 sessions.
            DataError: the returns of an asset do not vary.
        """
        recent = history[-self.window :]
        past = [garch_filter(np.ascontiguousarray(column))[0] for column in recent.T]
        standardized = np.column_stack([each.standardized for each in past])
        return _FilteredPaths(
            standardized=np.ascontiguousarray(standardized - standardized.mean(axis=0)),
            parameters=np.ascontiguousarray(np.column_stack([each.parameters for each in past])),
            center=np.array([each.center for each in past]),
            variance=np.array([each.next_variance for each in past]),
        )


class RegimeSwitching(Component):
    """Normal returns with the mean and covariance of a hidden Markov regime.

    The regimes are estimated from the mean return of the assets and its volatility. Paths start in
    each regime with its probability today. Source: Hamilton (1989); Ang and Bekaert (2002),
    "International asset allocation with regime shifts".

    >>> RegimeSwitching(states=2).states
    2
    """

    kind: Literal["regime_switching"] = "regime_switching"
    states: Annotated[int, Field(ge=2, le=5)] = Field(
        3, description="Number of regimes of the hidden Markov model."
    )
    stickiness: float = Field(
        20.0,
        ge=0,
        json_schema_extra={"unit": "sessions"},
        description=(
            "Sessions added to the count of each regime following itself, a prior that "
            "regimes last."
        ),
    )

    def law(self, history: Array) -> Law:
        """The moments of each regime and the transition probabilities.

        Raises:
            NotEnoughHistory: there are fewer than 63 sessions for each state.
            DataError: the returns do not vary.
        """
        mean = history.mean(axis=1)
        if np.ptp(mean) == 0.0:
            raise DataError("these returns do not vary; there are no regimes to tell apart")
        volatility = ewma_root(mean[:, None])[:, 0]
        usable = volatility > 0.0
        needed = SHORTEST_REGIME * self.states
        if usable.sum() < needed:
            raise NotEnoughHistory(needed, int(usable.sum()), f"{self.states} regimes")
        observations = np.column_stack([mean[usable], np.log(volatility[usable])])
        model = fit_hmm(observations, self.states, stickiness=self.stickiness).model
        return _regimes(history[usable], model.filter(observations)[0], model.transition)


RETURN_MODELS = (Gaussian, StudentT, BlockBootstrap, FilteredBootstrap, RegimeSwitching)
AnyReturnModel: TypeAlias = Annotated[ReturnModel, OneOf(*RETURN_MODELS)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _FilteredPaths:
    standardized: Array  # (T, N)
    parameters: Array  # (4, N)
    center: Array  # (N,)
    variance: Array  # (N,)

    def __post_init__(self) -> None:
        read_only(self.standardized, self.parameters, self.center, self.variance)

    def draw(self, rng: np.random.Generator, paths: int, horizon: int) -> Array:
        rows = rng.integers(0, len(self.standardized), (paths, horizon))
        drawn = self.standardized.take(rows, axis=0)
        garch_paths(self.parameters, self.center, self.variance, drawn)
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
        markov_paths(rng.random((paths, horizon)), self.now, self.transition, states)
        shocks = standard_normals(rng, (paths, horizon, self.means.shape[1]))
        for state, (mean, root) in enumerate(zip(self.means, self.roots, strict=True)):
            in_state = states == state
            shocks[in_state] = mean + shocks[in_state] @ root.T
        return shocks


def _regimes(history: Array, probability: Array, transition: Array) -> Law:
    """Moments of the sessions (T, N), weighted by the `probability` (T, K) of each regime."""
    share = probability / probability.sum(axis=0)
    means = share.T @ history
    roots = []
    for mean, weights in zip(means, share.T, strict=True):
        centred = history - mean
        values, vectors = np.linalg.eigh((centred * weights[:, None]).T @ centred)
        roots.append(vectors * np.sqrt(np.maximum(values, 0.0)))
    return _Regimes(
        now=probability[-1].copy(), transition=transition, means=means, roots=np.array(roots)
    )
