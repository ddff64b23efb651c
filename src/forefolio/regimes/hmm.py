"""A Gaussian hidden Markov model, estimated by expectation and maximisation.

1. Put the observations into units of their own deviation, so that priors mean the same anywhere.
2. Start from quantiles of the last column: observations between two of them are one state. Two
   divisions, an even one and one that thins out towards the top, take a few steps each, and the
   better one goes on. Nothing is random; the same observations give the same model.
3. Expect: filter forward, smooth backward. Maximise: weighted moments and transitions, with the
   pseudo-observations of weak priors, so that no state dies or shrinks to a point.
4. Stop when a step gains no more; order the states by the mean of the last column.

Source: Baum et al. (1970); the sticky prior is that of Fox et al. (2011), as pseudo-counts.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from forefolio.core.lazy import lazy
from forefolio.core.units import Array, read_only

loops: Any = lazy("forefolio.regimes.hmm_kernel")  # compiled when it is first used

STEPS = 300
TRIAL = 10  # steps that each start takes
GAIN = 1e-7  # of the objective per observation, below which a step is the last
RARE = 0.01  # pseudo-transitions between any two states: none becomes impossible
ROUND = 5.0  # pseudo-observations of each state's covariance, which have
NARROW = 0.1  # this variance, that of all observations being 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HMM:
    """A hidden Markov model of D numbers: K states, their transitions and distributions."""

    start: Array  # (K,) probability before the first observation
    transition: Array  # (K, K) from the row's state to the column's
    means: Array  # (K, D)
    covariances: Array  # (K, D, D)

    def __post_init__(self) -> None:
        read_only(self.start, self.transition, self.means, self.covariances)

    def filter(self, x: Array) -> tuple[Array, float]:
        """Probability (T, K) of each state given rows 0 ... t of `x` (T, D); log likelihood.

        Nothing is smoothed: row t does not depend on later rows. A row with NaN says nothing.
        """
        logs = np.empty((len(x), len(self.start)))
        loops.log_densities(np.ascontiguousarray(x), self.means, self._whitening(), logs)
        forward = np.empty(logs.shape)
        return forward, loops.filtered(logs, self.start, self.transition, forward)

    def scaled(self, center: Array, scale: Array) -> Self:
        """The same model of `center + scale * x`."""
        return type(self)(
            start=self.start,
            transition=self.transition,
            means=center + scale * self.means,
            covariances=self.covariances * np.outer(scale, scale),
        )

    def taken(self, order: NDArray[np.intp]) -> Self:
        """The same model with its states in another order."""
        return type(self)(
            start=self.start[order],
            transition=self.transition[np.ix_(order, order)],
            means=self.means[order],
            covariances=self.covariances[order],
        )

    def _whitening(self) -> Array:
        roots = np.linalg.cholesky(self.covariances)
        return np.ascontiguousarray(np.linalg.inv(roots), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HMMFit:
    """An estimated model, its log likelihood, and what the estimation took.

    `objectives` are the log likelihood plus the logarithm of the prior, before each step, of the
    standardised observations: they never fall.
    """

    model: HMM
    log_likelihood: float
    rows: Array  # (K,) observations expected to be of each state
    objectives: Array

    def __post_init__(self) -> None:
        read_only(self.rows, self.objectives)


def fit_hmm(x: Array, states: int, *, stickiness: float = 0.0, first: HMM | None = None) -> HMMFit:
    """Estimate a model with K `states` of observations (T, D), of which rows with NaN say nothing.

    `stickiness` are pseudo-transitions from each state to itself. The search starts at `first`,
    such as the model of a year ago, or at quantiles. The states are in ascending order of the last
    column's mean.
    """
    whole = np.asarray(np.isfinite(x).all(axis=1))
    center, scale = x[whole].mean(axis=0), x[whole].std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    standard = np.ascontiguousarray((x - center) / scale)
    prior = RARE + stickiness * np.eye(states)
    first_models = (
        [first.scaled(-center / scale, 1 / scale)] if first else _first_models(standard, prior)
    )
    trials = [_climb(standard, first_model, prior, TRIAL) for first_model in first_models]
    trial = max(trials, key=lambda each: each.objectives[-1])
    end = _climb(standard, trial.model, prior, STEPS)
    order = np.argsort(end.model.means[:, -1], kind="stable")
    weights, _ = _smoothed(end.forward, end.model)
    return HMMFit(
        model=end.model.scaled(center, scale).taken(order),
        log_likelihood=end.log_likelihood - float(np.log(scale).sum() * whole.sum()),
        rows=weights[whole].sum(axis=0)[order],
        objectives=np.array([*trial.objectives[:-1], *end.objectives]),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Climb:
    """The end of a climb: the model, filtered probabilities (T, K), the objective of every step."""

    model: HMM
    forward: Array
    log_likelihood: float
    objectives: list[float]


def _climb(x: Array, model: HMM, prior: Array, steps: int) -> _Climb:
    """Take up to `steps` steps of expectation and maximisation, as long as they gain."""
    objectives: list[float] = []
    while True:
        forward, likelihood = model.filter(x)
        objectives.append(likelihood + _log_prior(model, prior))
        settled = len(objectives) > 1 and objectives[-1] - objectives[-2] < GAIN * len(x)
        if settled or len(objectives) > steps:
            return _Climb(
                model=model, forward=forward, log_likelihood=likelihood, objectives=objectives
            )
        weights, moves = _smoothed(forward, model)
        model = _most_likely(x, weights, moves, prior)


def _smoothed(forward: Array, model: HMM) -> tuple[Array, Array]:
    """Probability (T, K) of each state given all rows, and expected moves (K, K) between them."""
    weights, moves = np.empty(forward.shape), np.empty(model.transition.shape)
    loops.smoothed(forward, model.transition, weights, moves)
    return weights, moves


def _first_models(x: Array, prior: Array) -> list[HMM]:
    """States of equal shares, and states of which each higher one is rarer."""
    states = len(prior)
    return [_divided(x, shares, prior) for shares in (np.ones(states), np.arange(states, 0.0, -1))]


def _divided(x: Array, shares: Array, prior: Array) -> HMM:
    """The model of states divided by the last column; a row with a gap may be of any state."""
    whole = np.isfinite(x).all(axis=1)
    cuts = np.quantile(x[whole, -1], np.cumsum(shares)[:-1] / shares.sum())
    weights = np.eye(len(shares))[np.searchsorted(cuts, x[:, -1])]
    weights[~whole] = 1 / len(shares)
    return _most_likely(x, weights, weights[:-1].T @ weights[1:], prior)


def _most_likely(x: Array, weights: Array, moves: Array, prior: Array) -> HMM:
    """The model that the weights (T, K) of states and the moves (K, K) between them suggest."""
    states, width = len(prior), x.shape[1]
    total, mean = np.empty(states), np.empty((states, width))
    scatter = np.empty((states, width, width))
    loops.moments(x, weights, total, mean, scatter)
    start, transition = weights[0] + RARE, moves + prior
    spread = scatter + ROUND * NARROW * np.eye(width)
    return HMM(
        start=start / start.sum(),
        transition=transition / transition.sum(axis=1, keepdims=True),
        means=mean,
        covariances=spread / (total + ROUND)[:, None, None],
    )


def _log_prior(model: HMM, prior: Array) -> float:
    """Logarithm of the prior's density, up to a constant."""
    inverse = np.linalg.inv(model.covariances)
    width = np.linalg.slogdet(model.covariances)[1] + NARROW * np.trace(inverse, axis1=1, axis2=2)
    counted = np.sum(prior * np.log(model.transition)) + RARE * np.sum(np.log(model.start))
    return float(counted - 0.5 * ROUND * np.sum(width))
