"""Support vector regression and its fast approximation: sums of radial kernels.

1. Standardise the F features; the kernel is `exp(-gamma * distance**2 / F)`.
2. `SVR` is the exact epsilon-insensitive regression on a sample of the labels.
3. `KernelRidge` puts kernels around a few landmarks only and weighs them by Bayesian ridge
   regression (Nyström approximation), so that it can learn from many more labels.
4. Both become support points with weights: plain arrays that predict without a library.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.lazy import lazy
from forefolio.core.numerics import OUT_VECTOR, PANEL, VECTOR, Scalar, kernel, one_thread
from forefolio.core.units import Array, Days, read_only
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.models.linear import maximise_evidence
from forefolio.forecast.scaling import Standard, TrainingSample, horizon_volatility, in_returns

svm: Any = lazy("sklearn.svm")

Positive: TypeAlias = Annotated[float, Field(gt=0)]
Count: TypeAlias = Annotated[int, Field(ge=10, le=1_000_000)]

ROUNDING = 1e-10  # of the largest eigenvalue: a direction below it is not one
RESIDUALS = 5000  # labels from which the scale of the errors is measured


@kernel((PANEL, PANEL, VECTOR, Scalar, OUT_VECTOR))
def sum_of_kernels(points: Array, support: Array, weights: Array, gamma: float, out: Array) -> None:
    """`sum(weights * exp(-gamma * distance**2))` at each of `points` (M, F), one after the other.

    `support` is (F, S), so that the innermost loops walk along the support points.
    """
    squares = np.empty(len(weights))
    for row in range(len(points)):
        squares[:] = 0.0
        for feature in range(points.shape[1]):
            at = points[row, feature]
            for place in range(len(weights)):
                squares[place] += (at - support[feature, place]) ** 2
        total = 0.0
        for place in range(len(weights)):
            total += weights[place] * np.exp(-gamma * squares[place])
        out[row] = total


class SVR(Component):
    """Support vector regression on volatility-scaled returns, pooled over all assets.

    Source: Drucker et al. (1997), "Support vector regression machines".

    >>> SVR(cost=0.02).name
    'SVR'
    """

    kind: Literal["svr"] = "svr"
    name: ClassVar[str] = "SVR"
    cost: Positive = Field(
        0.01,
        description=(
            "Penalty C of an error beyond `epsilon`, per label that does not overlap others."
        ),
    )
    epsilon: Annotated[float, Field(ge=0)] = Field(
        0.25, description="Errors up to this many standard deviations are not penalised."
    )
    gamma: Positive = Field(
        0.3,
        description=(
            "Sharpness of the radial kernel; 1 suits standardised features, less is smoother."
        ),
    )
    labels: Count = Field(
        3000,
        description=(
            "Largest number of labels learned from, drawn at random; the time grows with "
            "its square."
        ),
    )
    window: Days = Field(
        2500,
        description="Sessions of history that the model is fitted on, up to the last known label.",
    )
    seed: int = Field(
        0, description="Seed of all random draws: the same seed gives the same result."
    )

    def fit(self, data: Dataset) -> Predictor:
        """Solve the dual problem for a sample of the last `window` sessions.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a label.
        """
        sample = TrainingSample.of(data, self.name, self.window).draw(self.labels, self.seed)
        standard = Standard.of(sample.x)
        gamma = self.gamma / sample.x.shape[1]
        cost = self.cost / sample.repeats
        solved = svm.SVR(kernel="rbf", C=cost, epsilon=self.epsilon, gamma=gamma)
        solved.fit(standard(sample.x), sample.target)
        kernels = Kernels(
            support=np.ascontiguousarray(solved.support_vectors_),
            weights=np.ascontiguousarray(solved.dual_coef_[0]),
            intercept=float(solved.intercept_[0]),
            gamma=gamma,
        )
        return _fitted(standard, kernels, sample)


class KernelRidge(Component):
    """Kernel ridge regression on landmarks (Nystroem), its penalty estimated from the data.

    A fast approximation of SVR for large panels. Source: Williams and Seeger (2001), "Using the
    Nystroem method to speed up kernel machines".

    >>> KernelRidge(landmarks=50).name
    'KernelRidge'
    """

    kind: Literal["kernel_ridge"] = "kernel_ridge"
    name: ClassVar[str] = "KernelRidge"
    landmarks: Annotated[int, Field(ge=2, le=2000)] = Field(
        100, description="Training rows that carry a radial kernel each (Nystroem approximation)."
    )
    gamma: Positive = Field(
        0.3,
        description=(
            "Sharpness of the radial kernel; 1 suits standardised features, less is smoother."
        ),
    )
    labels: Count = Field(
        50_000, description="Largest number of labels learned from, drawn at random."
    )
    window: Days = Field(
        2500,
        description="Sessions of history that the model is fitted on, up to the last known label.",
    )
    seed: int = Field(
        0, description="Seed of all random draws: the same seed gives the same result."
    )

    def fit(self, data: Dataset) -> Predictor:
        """Weigh the kernels by a sample of the last `window` sessions.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a label.
        """
        sample = TrainingSample.of(data, self.name, self.window).draw(self.labels, self.seed)
        standard = Standard.of(sample.x)
        gamma, z = self.gamma / sample.x.shape[1], standard(sample.x)
        count = min(self.landmarks, len(z))
        chosen = np.random.default_rng(self.seed).choice(len(z), count, replace=False)
        support, level = np.ascontiguousarray(z[chosen]), float(sample.target.mean())
        with one_thread():
            kernels, between = _kernels(z, support, gamma), _kernels(support, support, gamma)
            centre = kernels.mean(axis=0)
            weights = _weigh(kernels - centre, between, sample.target - level, sample.repeats)
            intercept = level - float(centre @ weights)
        fitted = Kernels(support=support, weights=weights, intercept=intercept, gamma=gamma)
        return _fitted(standard, fitted, sample)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kernels:
    """A sum of radial kernels: `intercept + sum(weights * exp(-gamma * distance**2))`."""

    support: Array  # (S, F)
    weights: Array  # (S,)
    intercept: float
    gamma: float

    def __post_init__(self) -> None:
        read_only(self.support, self.weights)

    def __call__(self, points: Array) -> Array:
        """The sum (M,) at `points` (M, F), each computed independently of the others."""
        out = np.empty(len(points))
        across = np.ascontiguousarray(points), np.ascontiguousarray(self.support.T)
        sum_of_kernels(*across, self.weights, float(self.gamma), out)
        return out + self.intercept


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedKernels:
    """Kernels over standardised features, and the scale of the residuals."""

    standard: Standard
    kernels: Kernels
    residual_scale: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Mean and std at each of the last `rows` sessions."""
        x = data.x[-rows:]
        finite = np.isfinite(x).all(axis=-1)
        score = np.full(finite.shape, np.nan)
        score[finite] = self.kernels(self.standard(x[finite]))
        risk = horizon_volatility(data, rows)
        return ForecastPanel.of(data, in_returns(score, data, rows), self.residual_scale * risk)


def _fitted(standard: Standard, kernels: Kernels, sample: TrainingSample) -> FittedKernels:
    part = sample.draw(RESIDUALS, seed=0)
    residual = part.target - kernels(standard(part.x))
    return FittedKernels(standard=standard, kernels=kernels, residual_scale=float(residual.std()))


def _kernels(points: Array, support: Array, gamma: float) -> Array:
    """Kernels (M, S) around each of `support`."""
    squares = (points**2).sum(axis=1)[:, None] + (support**2).sum(axis=1)
    return np.asarray(np.exp(-gamma * np.maximum(squares - 2 * points @ support.T, 0.0)))


def _weigh(kernels: Array, between: Array, target: Array, repeats: float) -> Array:
    """Weights (S,) of largest evidence, with the kernel `between` the landmarks as prior."""
    spectrum, axes = np.linalg.eigh(between)
    clear = spectrum > ROUNDING * spectrum[-1]
    whiten = axes[:, clear] / np.sqrt(spectrum[clear])
    design = kernels @ whiten
    spread, turn = np.linalg.eigh(design.T @ design / repeats)
    moments = turn.T @ (design.T @ target) / repeats
    energy, count = float(target @ target) / repeats, len(target) / repeats
    fitted = maximise_evidence(np.maximum(spread, 0.0), moments, energy, count)
    return np.ascontiguousarray(whiten @ (turn @ fitted.coefficients))
