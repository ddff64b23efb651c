"""Forecasts that every model must beat: constant drifts per session, times the horizon.

Drifts come from returns per session, not from overlapping labels, so they use every session. They
are pooled over assets that are alike in risk (`comparable`).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array, read_only
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.comparable import Comparable
from forefolio.forecast.scaling import horizon_volatility
from forefolio.market import Market
from forefolio.market.returns import WARM_UP, drift_returns

SMALLEST_RISE = 1e-5  # per session: what "up" means where the past went down


class Zero(Component):
    """Nothing is expected of any asset."""

    kind: Literal["zero"] = "zero"
    name: ClassVar[str] = "zero"

    def fit(self, data: Dataset) -> Predictor:
        """Learn nothing."""
        return Drift(per_session=np.zeros(len(data.assets)))


class HistoricalMean(Component):
    """Every asset goes on as it did on average so far."""

    kind: Literal["historical_mean"] = "historical_mean"
    name: ClassVar[str] = "historical mean"

    def fit(self, data: Dataset) -> Predictor:
        """Average each asset's returns."""
        return Drift(per_session=_mean(_returns(data.market, self.name)))


class PooledMean(Component):
    """Every asset goes on as all that are alike in risk did on average so far.

    One that hardly moves, or moves far more, is expected to earn in proportion to its volatility,
    or what it did earn where that is well known.
    """

    kind: Literal["pooled_mean"] = "pooled_mean"
    name: ClassVar[str] = "pooled mean"

    def fit(self, data: Dataset) -> Predictor:
        """Average all returns."""
        return Pooled(level=pooled_drift(data.market, self.name), lead=np.zeros(len(data.assets)))


class ShrunkMean(Component):
    """Every asset's mean, believed as far as the assets differ by more than chance.

    This is the classical forecast that the allocation falls back to. James and Stein (1961) in
    the form for unequal variances of Efron and Morris (1975), towards the pooled mean.
    """

    kind: Literal["shrunk_mean"] = "shrunk_mean"
    name: ClassVar[str] = "shrunk mean"

    def fit(self, data: Dataset) -> Predictor:
        """Shrink each asset's mean towards the pooled one."""
        returns = _returns(data.market, self.name)
        level, lead = _leads(returns, Comparable.of(returns))
        return Pooled(level=level, lead=lead)


class AlwaysUp(Component):
    """Every asset rises: the pooled mean where it is positive, hardly anything where it is not."""

    kind: Literal["always_up"] = "always_up"
    name: ClassVar[str] = "always up"

    def fit(self, data: Dataset) -> Predictor:
        """Average all returns."""
        drift = max(pooled_drift(data.market, self.name), SMALLEST_RISE)
        return Pooled(level=drift, lead=np.zeros(len(data.assets)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drift:
    """A constant expected return (N,) per session, with the volatility of the day."""

    per_session: Array

    def __post_init__(self) -> None:
        read_only(self.per_session)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """The same mean at each of the last `rows` sessions; std from the EWMA volatility."""
        std = horizon_volatility(data, rows)
        return ForecastPanel.of(
            data, np.broadcast_to(self.per_session, std.shape) * data.horizon, std
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pooled:
    """What alike assets earn a session, and each one's lead (N,) over it; the day's volatility."""

    level: float
    lead: Array

    def __post_init__(self) -> None:
        read_only(self.lead)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """The mean at each of the last `rows` sessions; std from the EWMA volatility."""
        alike = Comparable.of(drift_returns(data.market))
        mean = alike.expected(self.level)[-rows:] + alike.alike[-rows:] * self.lead
        return ForecastPanel.of(data, mean * data.horizon, horizon_volatility(data, rows))


def pooled_drift(market: Market, what: str) -> float:
    """The mean return per session over all sessions and the assets that are alike in risk.

    Raises:
        NotEnoughHistory: there are fewer than 10 sessions with returns.
    """
    returns = _returns(market, what)
    return Comparable.of(returns).level(returns)


def pooled_mean(data: Dataset, level: float, rows: int) -> Array:
    """What is expected (rows, N) over the horizon where alike assets earn `level` a session."""
    return Comparable.of(drift_returns(data.market)).expected(level)[-rows:] * data.horizon


def shrunk_drift(returns: Array) -> Array:
    """Means (N,) of `returns` (T, N), shrunk towards what is earned by those that are alike.

    What is shrunk is each asset's mean lead over the other assets of the same session, for the
    market's own ups and downs say nothing of how the assets differ. An asset without returns
    gets the pooled mean; of one of another order of volatility see `comparable`.
    """
    alike = Comparable.of(returns)
    level, lead = _leads(returns, alike)
    return np.asarray(alike.expected(level)[-1] + alike.alike[-1] * lead)


def _leads(returns: Array, alike: Comparable) -> tuple[float, Array]:
    """What alike assets earn a session, and each one's lead (N,), as far as it is believed."""
    level = alike.level(returns)
    returns = np.where(alike.alike > 0, returns, np.nan)
    session_mean = np.full(len(returns), np.nan)
    traded = np.isfinite(returns).any(axis=1)
    session_mean[traded] = np.nanmean(returns[traded], axis=1)
    lead = returns - session_mean[:, None]
    count = np.isfinite(lead).sum(axis=0)
    mean = np.where(count > 0, np.nansum(lead, axis=0) / np.maximum(count, 1), 0.0)
    error = np.nansum((lead - mean) ** 2, axis=0) / np.maximum(count * (count - 1), 1)
    usable = count > WARM_UP
    spread = max(float(np.mean(mean[usable] ** 2 - error[usable])), 0.0) if usable.any() else 0.0
    belief = np.where(usable, spread / np.maximum(spread + error, 1e-300), 0.0)
    return level, np.asarray(belief * mean)


def _mean(returns: Array) -> Array:
    count = np.isfinite(returns).sum(axis=0)
    mean: Array = np.where(count > 0, np.nansum(returns, axis=0) / np.maximum(count, 1), np.nan)
    return mean


def _returns(market: Market, what: str) -> Array:
    """Own returns (T, N) in the unit of drifts, the session of the market."""
    returns = drift_returns(market)
    available = int(np.isfinite(returns).any(axis=1).sum())
    if available < WARM_UP:
        raise NotEnoughHistory(WARM_UP, available, f"the {what}")
    return returns
