"""GARCH(1,1) and its asymmetric form GJR, by maximum likelihood for each asset.

sigma2[t+1] = omega + (alpha + gamma 1{r[t] < 0}) r[t]^2 + beta sigma2[t], with r the return less
its mean; gamma is zero in a GARCH. Names and order of the parameters are those of the package arch.

1. Start at the variance of the sample, with a small alpha and a large beta.
2. Maximise the Gaussian likelihood in coordinates that keep every parameter positive and the
   process stationary, by damped Gauss-Newton steps on the Fisher information (scoring).
3. Filter the returns forward; over a horizon the variance reverts geometrically to its mean.
"""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array, Days, read_only
from forefolio.forecast.base import Dataset, ForecastPanel, OneForAllHorizons, Predictor
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.scaling import skipped_sessions
from forefolio.forecast.volatility.garch_kernel import likeliest, next_variances
from forefolio.market.returns import DECAY

SHORTEST = 250  # returns below which no parameters are estimated
LEAST_ALPHA = 0.005  # smallest alpha + gamma / 2
LARGEST_RATIO = 10.0  # of the long-run to the sample's variance, or the inverse
BACKCAST = 75  # sessions that the initial variance is estimated from, as in arch
FADING = DECAY ** np.arange(BACKCAST) / (DECAY ** np.arange(BACKCAST)).sum()  # their weights
RISK_METRICS = (0.0, 1 - DECAY, 0.0, DECAY)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """The map from shares of the next variance, which sum to below one, to the parameters (4,)."""

    roles: Array  # (4, K) parameters per share
    start: Array  # (K,) shares where the search starts; the missing 5 % is the mean's

    def __post_init__(self) -> None:
        read_only(self.roles, self.start)

    @property
    def begin(self) -> Array:
        """The start (1 + K,) in coordinates that may be any numbers."""
        left = 1.0 - self.start.sum()
        begin: Array = np.log(np.append(left, self.start / left))
        return begin


SYMMETRIC = Family(
    roles=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]),
    start=np.array([0.06, 0.89]),
)
ASYMMETRIC = Family(  # gamma acts on every other session, so its share is half of it
    roles=np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]),
    start=np.array([0.03, 0.03, 0.89]),
)


class GARCH(OneForAllHorizons, Component):
    """GARCH(1,1) of each asset's returns.

    sigma2[t+1] = omega + alpha r[t]^2 + beta sigma2[t].
    Source: Bollerslev (1986), "Generalized autoregressive conditional heteroskedasticity".

    >>> from forefolio.forecast import volatility_forecast
    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=1, sessions=400, assets=2)
    >>> volatility_forecast(market, horizon=21, model=GARCH()).shape  # per session, each asset
    (2,)
    """

    kind: Literal["garch"] = "garch"
    forecasts_volatility: ClassVar[bool] = True
    name: ClassVar[str] = "GARCH(1,1)"
    learns_from_features: ClassVar[bool] = False
    window: Days = Field(2500, description="Sessions of history that the model is fitted on.")

    def fit(self, data: Dataset) -> Predictor:
        """Maximise the likelihood of each asset's last `window` returns.

        Raises:
            NotEnoughHistory: no asset has 250 returns that vary.
        """
        return _fit_panel(data, self.window, self.name, SYMMETRIC)


class GJR(OneForAllHorizons, Component):
    """GARCH in which negative returns raise the variance more (leverage effect).

    sigma2[t+1] = omega + (alpha + gamma 1{r[t] < 0}) r[t]^2 + beta sigma2[t].
    Source: Glosten, Jagannathan and Runkle (1993), "On the relation between the expected value and
    the volatility of the nominal excess return on stocks".

    >>> GJR(window=1250).name
    'GJR-GARCH'
    """

    kind: Literal["gjr"] = "gjr"
    forecasts_volatility: ClassVar[bool] = True
    name: ClassVar[str] = "GJR-GARCH"
    learns_from_features: ClassVar[bool] = False
    window: Days = Field(2500, description="Sessions of history that the model is fitted on.")

    def fit(self, data: Dataset) -> Predictor:
        """Maximise the likelihood of each asset's last `window` returns.

        Raises:
            NotEnoughHistory: no asset has 250 returns that vary.
        """
        return _fit_panel(data, self.window, self.name, ASYMMETRIC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedGARCH:
    """Parameters (N, 4) of each asset (omega, alpha, gamma, beta), and the pooled mean return."""

    parameters: Array
    center: Array  # (N,) mean return
    start: Array  # (N,) initial variance
    drift: float
    fell_back: int  # assets that could not be fitted and have the RiskMetrics parameters

    def __post_init__(self) -> None:
        read_only(self.parameters, self.center, self.start)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Root of the variance expected over the horizon, at each of the last `rows` sessions."""
        following = np.empty((rows, len(data.assets)))
        next_variances(data.market.returns - self.center, self.parameters, self.start, following)
        near, far = horizon_weights(self.parameters, data.horizon, skipped_sessions(data.market))
        variance = data.market.share_of_sessions  # of the sessions that both are of
        std = np.sqrt((near * following + far) * variance)
        return ForecastPanel.of(data, pooled_mean(data, self.drift, rows), std)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GarchFit:
    """Parameters (4,): omega, alpha, gamma, beta; and the Gaussian log likelihood."""

    parameters: Array
    log_likelihood: float


def fit_garch(residuals: Array, family: Family = SYMMETRIC) -> GarchFit | None:
    """Fit returns (T,) about their mean, without gaps.

    None if they are fewer than 250 or constant, or if the best fit is not mean-reverting to about
    the sample's variance.
    """
    count = len(residuals)
    scale = sqrt(float(residuals @ residuals) / count) if count >= SHORTEST else 0.0
    if scale <= 1e-12:
        return None
    standard = residuals / scale
    start = _backcast(standard)
    parameters = np.empty(4)
    loss = likeliest(standard, start, family.roles, family.begin, parameters)
    if not np.isfinite(loss) or not _is_mean_reverting(parameters):
        return None
    parameters[0] *= scale**2
    loss += 0.5 * np.log(2 * np.pi) + np.log(scale)
    return GarchFit(parameters=parameters, log_likelihood=-count * float(loss))


def horizon_weights(parameters: Array, horizon: int, skip: int) -> tuple[Array, Array]:
    """Weights (N,) of the next variance, and constants (N,), in the variance over a horizon.

    In k sessions the variance v is expected at p^k v + omega (1 + p + ... + p^(k-1)), where the
    persistence p is alpha + gamma / 2 + beta; this adds up `horizon` of them after `skip`.
    """
    persistence = parameters[:, 1] + 0.5 * parameters[:, 2] + parameters[:, 3]
    powers = persistence[:, None] ** np.arange(skip + horizon)
    before = np.cumsum(powers, axis=1) - powers
    return powers[:, skip:].sum(axis=1), parameters[:, 0] * before[:, skip:].sum(axis=1)


def _backcast(standard: Array) -> float:
    """Initial variance: exponentially weighted over the first sessions, at least 0.01."""
    first = standard[:BACKCAST]
    return max(float((first * first) @ FADING), 0.01)


def _is_mean_reverting(parameters: Array) -> bool:
    """Whether returns move the variance, and it reverts to about that of the sample, one."""
    omega, alpha, gamma, beta = parameters.tolist()
    reaction = alpha + 0.5 * gamma
    reversion = 1.0 - reaction - beta  # long-run variance: omega / reversion
    level = reversion / LARGEST_RATIO <= omega <= reversion * LARGEST_RATIO
    return bool(level and reaction >= LEAST_ALPHA)


def _fit_panel(data: Dataset, window: int, what: str, family: Family) -> Predictor:
    drift = pooled_drift(data.market, what)
    recent = data.market.returns[-window:]
    finite = np.isfinite(recent)
    count = finite.sum(axis=0)
    center = np.nansum(recent, axis=0) / np.maximum(count, 1)
    returns, among = np.ascontiguousarray(recent.T), np.ascontiguousarray(finite.T)
    fits = [
        fit_garch(own[on] - mean, family)
        for own, on, mean in zip(returns, among, center, strict=True)
    ]
    variance = np.nansum((recent - center) ** 2, axis=0) / np.maximum(count, 1)
    varying = np.where(variance > 0, count, 0)
    if varying.max(initial=0) < SHORTEST:
        raise NotEnoughHistory(SHORTEST, int(varying.max(initial=0)), what)
    return FittedGARCH(
        parameters=np.array([f.parameters if f else RISK_METRICS for f in fits]),
        center=center,
        start=np.where(count > 0, variance, np.median(variance[count > 0])),
        drift=drift,
        fell_back=fits.count(None),
    )
