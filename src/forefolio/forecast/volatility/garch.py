"""GARCH(1,1) and its asymmetric form GJR, by maximum likelihood for each asset.

1. Start at the variance of the sample, with little news and long memory.
2. Climb the Gaussian likelihood in coordinates that keep every parameter positive and the
   process stationary, by damped Gauss-Newton steps on the Fisher information (scoring).
3. Filter the returns forward; over a horizon the variance returns geometrically to its mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array, Days, read_only
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.newton import Local, minimise
from forefolio.forecast.scaling import skipped_sessions
from forefolio.forecast.volatility.garch_kernel import gaussian_loss, next_variances
from forefolio.market.returns import DECAY

SHORTEST = 250  # returns below which no parameters are estimated
FARTHEST = 30.0  # of a coordinate: its exponential still counts beside one
LEAST_NEWS = 0.005  # share of a squared surprise in the next variance
FARTHEST_LEVEL = 10.0  # times the sample's variance
OPENING = 75  # sessions that suggest the first variance
RISK_METRICS = (0.0, 1 - DECAY, 0.0, DECAY)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """How shares of tomorrow's variance, which sum to less than one, make the parameters (4,)."""

    roles: Array  # (4, K) parameters per share
    start: Array  # (K,) shares where the search starts; the missing 5 % is the mean's

    def __post_init__(self) -> None:
        read_only(self.roles, self.start)


SYMMETRIC = Family(
    roles=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]),
    start=np.array([0.06, 0.89]),
)
ASYMMETRIC = Family(  # gamma acts on every other session, so its share is half of it
    roles=np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]),
    start=np.array([0.03, 0.03, 0.89]),
)


class GARCH(Component):
    """GARCH(1,1) of each asset's returns; Bollerslev (1986)."""

    kind: Literal["garch"] = "garch"
    name: ClassVar[str] = "GARCH(1,1)"
    window: Days = 2500

    def fit(self, data: Dataset) -> Predictor:
        """Maximise the likelihood of each asset's last `window` returns.

        Raises:
            NotEnoughHistory: no asset has 250 returns that vary.
        """
        return _fit_panel(data, self.window, self.name, SYMMETRIC)

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """The same parameters at every horizon."""
        return (self.fit(data[0]),) * len(data)


class GJR(Component):
    """GARCH in which falls move the volatility more; Glosten, Jagannathan, Runkle (1993)."""

    kind: Literal["gjr"] = "gjr"
    name: ClassVar[str] = "GJR-GARCH"
    window: Days = 2500

    def fit(self, data: Dataset) -> Predictor:
        """Maximise the likelihood of each asset's last `window` returns.

        Raises:
            NotEnoughHistory: no asset has 250 returns that vary.
        """
        return _fit_panel(data, self.window, self.name, ASYMMETRIC)

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """The same parameters at every horizon."""
        return (self.fit(data[0]),) * len(data)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedGARCH:
    """Parameters (N, 4) of each asset, its mean return and first variance, and the pooled mean."""

    parameters: Array
    center: Array  # (N,)
    start: Array  # (N,)
    drift: float
    fell_back: int  # assets that could not be fitted and have the RiskMetrics parameters

    def __post_init__(self) -> None:
        read_only(self.parameters, self.center, self.start)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Root of the variance expected over the horizon, at each of the last `rows` sessions."""
        following = np.empty(data.market.close.shape)
        next_variances(data.market.returns - self.center, self.parameters, self.start, following)
        near, far = horizon_weights(self.parameters, data.horizon, skipped_sessions(data.market))
        own = data.market.share_of_sessions  # of the sessions that both are of
        std = np.sqrt((near * following[-rows:] + far) * own)
        return ForecastPanel.of(data, pooled_mean(data, self.drift, rows), std)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GarchFit:
    """Parameters (4,), and the Gaussian log likelihood."""

    parameters: Array
    log_likelihood: float


def fit_garch(residuals: Array, family: Family = SYMMETRIC) -> GarchFit | None:
    """Fit returns (T,) about their mean, without gaps.

    None if they are too few or too flat, or if what fits best is no process that goes on: after a
    share's first, wild years it can be a variance that only falls, to nothing.
    """
    scale = float(np.sqrt(np.mean(residuals**2))) if len(residuals) >= SHORTEST else 0.0
    if scale <= 1e-12:
        return None
    standard = residuals / scale
    start = _first_variance(standard)
    slope, curvature = np.empty(4), np.empty((4, 4))

    def local(at: Array) -> Local:
        parameters, change = _natural(at, family)
        value = gaussian_loss(standard, parameters, start, slope, curvature)
        return value, change.T @ slope, change.T @ curvature @ change

    left = 1.0 - family.start.sum()
    minimum = minimise(local, np.log(np.append(left, family.start / left)))
    if not minimum.converged:
        return None
    parameters, _ = _natural(minimum.at, family)
    if not _goes_on(parameters):
        return None
    parameters[0] *= scale**2
    loss = minimum.value + 0.5 * np.log(2 * np.pi) + np.log(scale)
    return GarchFit(parameters=parameters, log_likelihood=-len(residuals) * float(loss))


def horizon_weights(parameters: Array, horizon: int, skip: int) -> tuple[Array, Array]:
    """Weights (N,) of the next variance, and constants (N,), in the variance over a horizon.

    In k sessions the variance v is expected at p^k v + omega (1 + p + ... + p^(k-1)), where the
    persistence p is alpha + gamma / 2 + beta; this adds up `horizon` of them after `skip`.
    """
    persistence = parameters[:, 1] + 0.5 * parameters[:, 2] + parameters[:, 3]
    powers = persistence[:, None] ** np.arange(skip + horizon)
    before = np.cumsum(powers, axis=1) - powers
    return powers[:, skip:].sum(axis=1), parameters[:, 0] * before[:, skip:].sum(axis=1)


def _first_variance(standard: Array) -> float:
    """The variance that the first sessions suggest, the nearest most; not quite none."""
    opening = standard[:OPENING]
    weighted = np.average(opening**2, weights=DECAY ** np.arange(len(opening)))
    return max(float(weighted), 0.01)


def _goes_on(parameters: Array) -> bool:
    """Whether news counts, and the variance returns to something like that of the sample, one."""
    omega, alpha, gamma, beta = parameters.tolist()
    news = alpha + 0.5 * gamma
    pull = 1.0 - news - beta  # towards omega / pull
    level = pull / FARTHEST_LEVEL <= omega <= pull * FARTHEST_LEVEL
    return bool(level and news >= LEAST_NEWS)


def _natural(at: Array, family: Family) -> tuple[Array, Array]:
    """Parameters (4,) at a point (1 + K,) of the search, and their derivatives (4, 1 + K)."""
    odds = np.exp(np.clip(at, -FARTHEST, FARTHEST))
    shares = odds[1:] / (1.0 + odds[1:].sum())
    parameters = family.roles @ shares
    parameters[0] = odds[0]
    change = np.zeros((4, len(at)))
    change[0, 0] = odds[0]
    change[:, 1:] = family.roles @ (np.diag(shares) - np.outer(shares, shares))
    return parameters, change


def _fit_panel(data: Dataset, window: int, what: str, family: Family) -> Predictor:
    drift = pooled_drift(data.market, what)
    recent = data.market.returns[-window:]
    known = np.isfinite(recent)
    count = known.sum(axis=0)
    center = np.nansum(recent, axis=0) / np.maximum(count, 1)
    fits = [
        fit_garch(column[on] - mean, family)
        for column, on, mean in zip(recent.T, known.T, center, strict=True)
    ]
    own = np.nansum((recent - center) ** 2, axis=0) / np.maximum(count, 1)
    varying = np.where(own > 0, count, 0)
    if varying.max(initial=0) < SHORTEST:
        raise NotEnoughHistory(SHORTEST, int(varying.max(initial=0)), what)
    return FittedGARCH(
        parameters=np.array([f.parameters if f else RISK_METRICS for f in fits]),
        center=center,
        start=np.where(count > 0, own, np.median(own[count > 0])),
        drift=drift,
        fell_back=fits.count(None),
    )
