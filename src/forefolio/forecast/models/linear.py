"""Bayesian ridge regression over all assets at once, its penalty estimated from the data.

1. Standardise the features and scale the labels by volatility.
2. Labels over h sessions overlap, so M of them count as M / h: without this the penalty is h
   times too small, and long horizons are fitted to noise.
3. Turn the features onto the principal axes of their Gram matrix, where the posterior is one
   division per axis, and alternate between it and the two precisions until they agree.
"""

from dataclasses import dataclass
from math import ceil
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.numerics import one_thread
from forefolio.core.units import Array, Days, read_only
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.scaling import Standard, horizon_volatility, in_returns, training_set

VAGUE = 1e-6  # shape and rate of the Gamma priors of both precisions
ROUNDS = 500
AGREEMENT = 1e-9  # relative change of the precisions at which they have converged
PER_FEATURE = 2  # independent labels that one coefficient needs at the least


class BayesianRidge(Component):
    """Bayesian ridge regression of scaled returns on features, pooled over all assets.

    The penalty maximises the evidence. Source: MacKay (1992), "Bayesian interpolation".

    >>> BayesianRidge(window=2500).name
    'BayesianRidge'
    """

    kind: Literal["bayesian_ridge"] = "bayesian_ridge"
    name: ClassVar[str] = "BayesianRidge"
    window: Days = Field(
        5040,
        description="Sessions of history that the model is fitted on, up to the last known label.",
    )

    def fit(self, data: Dataset) -> Predictor:
        """Maximise the evidence over the known labels of the last `window` sessions.

        Raises:
            NotEnoughHistory: there are fewer independent labels than coefficients need.
        """
        x, target = training_set(data, self.name, window=self.window)
        _require(data, len(target))
        standard = Standard.of(x)
        z, level = standard(x), float(target.mean())
        target = target - level
        with one_thread():
            spectrum, axes = np.linalg.eigh(z.T @ z / data.horizon)
            moments = axes.T @ (z.T @ target) / data.horizon
            energy = float(target @ target) / data.horizon
            solution = maximise_evidence(spectrum, moments, energy, len(target) / data.horizon)
            return FittedRidge(
                standard=standard,
                intercept=level,
                coefficients=axes @ solution.coefficients,
                axes=axes,
                uncertainty=1.0 / (solution.noise * spectrum + solution.penalty),
                residual=1.0 / solution.noise,
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedRidge:
    """Coefficients (F,) of standardised features, in units of volatility, with their posterior."""

    standard: Standard
    intercept: float
    coefficients: Array  # (F,)
    axes: Array  # (F, F) principal axes, in columns
    uncertainty: Array  # (F,) posterior variance of the coefficient along each axis
    residual: float  # variance of what the regression leaves

    def __post_init__(self) -> None:
        read_only(self.coefficients, self.axes, self.uncertainty)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """The posterior predictive mean and std at each of the last `rows` sessions."""
        z = self.standard(np.ascontiguousarray(data.x[-rows:]))
        risk = horizon_volatility(data, rows)
        mean = self.intercept + _along(z, self.coefficients)
        variance = np.full(mean.shape, self.residual)
        for axis, uncertainty in zip(self.axes.T, self.uncertainty, strict=True):
            variance += uncertainty * _along(z, axis) ** 2
        return ForecastPanel.of(data, in_returns(mean, data, rows), np.sqrt(variance) * risk)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RidgeSolution:
    """The maximum of the evidence: precisions of noise and coefficients, and the coefficients."""

    noise: float
    penalty: float
    coefficients: Array  # (F,) along the principal axes


def maximise_evidence(
    spectrum: Array, moments: Array, energy: float, count: float
) -> RidgeSolution:
    """Find both precisions by MacKay's fixed point.

    `spectrum` (F,) and `moments` (F,) are the Gram matrix and the products with the target along
    the principal axes; `energy` is the target's sum of squares and `count` the number of labels.
    """
    noise, penalty = count / max(energy, VAGUE), 1.0
    for _ in range(ROUNDS):
        coefficients = noise * moments / (noise * spectrum + penalty)
        determined = float((noise * spectrum / (noise * spectrum + penalty)).sum())
        error = energy - 2 * coefficients @ moments + coefficients**2 @ spectrum
        before = noise, penalty
        penalty = (determined + 2 * VAGUE) / (float(coefficients @ coefficients) + 2 * VAGUE)
        noise = (count - determined + 2 * VAGUE) / (float(error) + 2 * VAGUE)
        if np.allclose((noise, penalty), before, rtol=AGREEMENT, atol=0):
            break
    return RidgeSolution(
        noise=noise,
        penalty=penalty,
        coefficients=noise * moments / (noise * spectrum + penalty),
    )


def _along(z: Array, direction: Array) -> Array:
    # Not a matrix product: BLAS may round a row differently when other rows come with it.
    return np.asarray((z * direction).sum(axis=-1))


def _require(data: Dataset, labels: int) -> None:
    needed = PER_FEATURE * len(data.names) * data.horizon
    if labels < needed:
        across = len(data.assets)
        raise NotEnoughHistory(
            ceil(needed / across),
            labels // across,
            f"a regression on {len(data.names)} features over {data.horizon} sessions",
        )
