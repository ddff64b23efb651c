"""Baseline forecasts: constant mean returns per session, times the horizon.

Means come from returns per session, not from overlapping labels, so they use every session. They
are pooled over assets that are comparable in risk (`comparable`).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array, read_only
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor, QuickForecaster
from forefolio.forecast.blocks import blocks
from forefolio.forecast.comparable import (
    USUAL_WINDOW,
    Comparable,
    comparable_drifts,
    credibility_of,
)
from forefolio.forecast.scaling import horizon_volatility
from forefolio.forecast.shrunk_kernel import means_so_far
from forefolio.market import Market
from forefolio.market.causal import causal, kept_as_of
from forefolio.market.returns import WARM_UP, drift_returns

SMALLEST_RISE = 1e-5  # per session: the forecast of AlwaysUp where the past mean is negative


class Zero(QuickForecaster, Component):
    """An expected return of zero for every asset: the random walk.

    >>> Zero().name
    'zero'
    """

    kind: Literal["zero"] = "zero"
    name: ClassVar[str] = "zero"
    learns_from_features: ClassVar[bool] = False

    def fit(self, data: Dataset) -> Predictor:
        """Learn nothing."""
        return Drift(per_session=np.zeros(len(data.assets)))


class HistoricalMean(QuickForecaster, Component):
    """The mean past return of each asset.

    >>> HistoricalMean().name
    'historical mean'
    """

    kind: Literal["historical_mean"] = "historical_mean"
    name: ClassVar[str] = "historical mean"
    learns_from_features: ClassVar[bool] = False

    def fit(self, data: Dataset) -> Predictor:
        """Average each asset's returns."""
        _insist_on_returns(data.market, self.name)
        return Drift(per_session=_mean(drift_returns(data.market)))


class PooledMean(QuickForecaster, Component):
    """The mean past return over all assets that are comparable in risk: the prior.

    An asset of another order of volatility is expected to earn in proportion to its volatility,
    or its own mean where that is precisely estimated.

    >>> PooledMean().name
    'pooled mean'
    """

    kind: Literal["pooled_mean"] = "pooled_mean"
    name: ClassVar[str] = "pooled mean"
    learns_from_features: ClassVar[bool] = False

    def fit(self, data: Dataset) -> Predictor:
        """Average all returns."""
        return Pooled(level=pooled_drift(data.market, self.name), lead=np.zeros(len(data.assets)))


class ShrunkMean(QuickForecaster, Component):
    """The mean of each asset, shrunk towards the pooled mean (James-Stein).

    m = pooled + s^2 / (s^2 + e^2) (own - pooled), with s^2 the variance of the true means between
    assets and e the standard error of the own mean. The classical forecast that the allocation
    falls back to. Source: Efron and Morris (1975), "Data analysis using Stein's estimator and its
    generalizations".

    >>> ShrunkMean().name
    'shrunk mean'
    """

    kind: Literal["shrunk_mean"] = "shrunk_mean"
    name: ClassVar[str] = "shrunk mean"
    learns_from_features: ClassVar[bool] = False

    def fit(self, data: Dataset) -> Predictor:
        """Shrink each asset's mean towards the pooled one."""
        _insist_on_returns(data.market, self.name)
        lately = as_of_last(data.market)
        if lately is not None:
            return Pooled(level=lately.level, lead=lately.lead)
        return Pooled(
            level=float(_pooled_means(data.market)[-1]), lead=_shrunk_leads(data.market)[-1]
        )


class AlwaysUp(QuickForecaster, Component):
    """The pooled mean where it is positive, else a return just above zero: the benchmark of signs.

    >>> AlwaysUp().name
    'always up'
    """

    kind: Literal["always_up"] = "always_up"
    name: ClassVar[str] = "always up"
    learns_from_features: ClassVar[bool] = False

    def fit(self, data: Dataset) -> Predictor:
        """Average all returns."""
        drift = max(pooled_drift(data.market, self.name), SMALLEST_RISE)
        return Pooled(level=drift, lead=np.zeros(len(data.assets)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drift:
    """A constant expected return (N,) per session; the standard deviation is EWMA's."""

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
    """The pooled mean per session, and each asset's lead (N,) over it; the deviation is EWMA's."""

    level: float
    lead: Array

    def __post_init__(self) -> None:
        read_only(self.lead)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """The mean at each of the last `rows` sessions; std from the EWMA volatility."""
        comparable = _comparable(data.market, rows)
        mean = comparable.expected(self.level) + comparable.similarity * self.lead
        return ForecastPanel.of(data, mean * data.horizon, horizon_volatility(data, rows))


def pooled_drift(market: Market, what: str) -> float:
    """The mean return per session over all sessions and the assets comparable in risk.

    Raises:
        NotEnoughHistory: there are fewer than 10 sessions with returns.
    """
    _insist_on_returns(market, what)
    lately = as_of_last(market)
    return float(_pooled_means(market)[-1]) if lately is None else lately.level


def pooled_mean(data: Dataset, level: float, rows: int) -> Array:
    """Expected returns (rows, N) over the horizon where comparable assets earn `level`."""
    return _comparable(data.market, rows).expected(level) * data.horizon


def _comparable(market: Market, rows: int) -> Comparable:
    """How comparable the assets are at each of the last `rows` sessions."""
    lately = as_of_last(market)
    if lately is None:
        return comparable_drifts(market)[-rows:]
    if rows == 1:
        return lately.comparable
    return Comparable.of(drift_returns(market)[-rows - USUAL_WINDOW :])[-rows:]


def shrunk_drift(returns: Array) -> Array:
    """Means (N,) of `returns` (T, N) per session, shrunk towards the pooled mean.

    What is shrunk is each asset's mean return over that of all assets in the same session, as the
    market's own return does not tell the assets apart. An asset without returns gets the pooled
    mean; for one of another order of volatility see `comparable`.

    >>> import numpy as np
    >>> returns = np.random.default_rng(0).normal([0.001, 0.0], 0.01, (500, 2))
    >>> shrunk_drift(returns).shape
    (2,)
    """
    now = _as_of_last(returns)
    drift = now.comparable.expected(now.level) + now.comparable.similarity * now.lead
    return np.asarray(drift[0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AsOfLast:
    """The pooled mean, each asset's lead (N,) and how comparable they are, at the last session."""

    level: float
    lead: Array
    comparable: Comparable  # (1, N)

    def __post_init__(self) -> None:
        read_only(self.lead)

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return self.lead.nbytes + self.comparable.nbytes


def as_of_last(market: Market) -> AsOfLast | None:
    """The same of a market of some assets that were chosen from another; None of others.

    Where assets come and go others are chosen at each decision, and nobody asks for the sessions
    before: one pass over their returns is many times as fast as all panels.
    """
    if market.chosen_from is None:
        return None
    return kept_as_of(market, (AsOfLast,), len(market), lambda: _as_of_last(drift_returns(market)))


def _as_of_last(returns: Array) -> AsOfLast:
    leads, last = np.zeros((3, returns.shape[1])), np.ones((5, returns.shape[1]))
    level = means_so_far(np.ascontiguousarray(returns, np.float64), leads, last)
    similarity, ratio, mean, volatility, count = last[:, None]
    comparable = Comparable(
        similarity=similarity,
        ratio=ratio,
        mean=mean,
        credibility=credibility_of(volatility, count),
    )
    return AsOfLast(level=level, lead=_shrunk(*leads), comparable=comparable)


def past_drift(returns: Array) -> tuple[Array, Array]:
    """Means (N,) of `returns` (T, N) per session as they are, and their standard errors (N,).

    An asset without returns has the mean of the others, and an error that is not known.

    >>> import numpy as np
    >>> returns = np.random.default_rng(0).normal([0.001, 0.0], 0.01, (500, 2))
    >>> mean, error = past_drift(returns)
    >>> bool(mean[0] > mean[1]), error.round(5).tolist()
    (True, [0.00044, 0.00043])
    """
    known = np.isfinite(returns)
    count, mean = known.sum(axis=0), _mean(returns)
    usual = float(mean[count > 0].mean()) if (count > 0).any() else np.nan
    mean = np.where(count > 0, mean, usual)
    squares = np.where(known, (returns - mean) ** 2, 0.0).sum(axis=0)
    enough = count > 1
    variance = np.divide(
        squares, (count - 1.0) * count, out=np.full(len(mean), np.nan), where=enough
    )
    error: Array = np.sqrt(variance)
    return mean, error


@causal
def _pooled_means(market: Market) -> Array:
    """The mean return (T,) per session as of each close, over the assets comparable in risk."""
    return comparable_drifts(market).levels(drift_returns(market))


@causal
def _shrunk_leads(market: Market) -> Array:
    """Each asset's lead (T, N) over it as of each close, shrunk."""
    return _leads(drift_returns(market), comparable_drifts(market))


def _leads(returns: Array, comparable: Comparable) -> Array:
    """Each asset's lead (T, N) over the mean of all in the same sessions, so far and shrunk."""
    out = np.empty(returns.shape)
    so_far = np.zeros((3, 1, returns.shape[1]))
    for rows in blocks(*returns.shape):
        known = np.isfinite(returns[rows]) & (comparable.similarity[rows] > 0)
        lead = np.where(known, returns[rows], 0.0)
        lead -= lead.sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1, keepdims=True), 1)
        lead[~known] = 0.0
        each = np.stack([known, lead, lead**2])
        sums = np.cumsum(np.concatenate([so_far, each], axis=1), axis=1)[:, 1:]
        out[rows], so_far = _shrunk(*sums), sums[:, -1:].copy()
    return out


def _shrunk(count: Array, total: Array, squares: Array) -> Array:
    """Means (..., N), each of `count` leads, shrunk by how far they are more apart than luck."""
    mean = total / np.maximum(count, 1)
    scatter = np.maximum(squares - count * mean**2, 0.0)
    error = scatter / np.maximum(count * (count - 1), 1)
    usable = count > WARM_UP
    beyond = np.where(usable, mean**2 - error, 0.0).sum(axis=-1, keepdims=True)
    spread = np.maximum(beyond / np.maximum(usable.sum(axis=-1, keepdims=True), 1), 0.0)
    credibility = np.where(usable, spread / np.maximum(spread + error, 1e-300), 0.0)
    return np.asarray(credibility * mean)


def _mean(returns: Array) -> Array:
    count = np.isfinite(returns).sum(axis=0)
    mean: Array = np.where(count > 0, np.nansum(returns, axis=0) / np.maximum(count, 1), np.nan)
    return mean


def _insist_on_returns(market: Market, what: str) -> None:
    """Refuse a market with returns on fewer than 10 sessions."""
    lately = np.isfinite(market.returns[-2 * WARM_UP :]).any(axis=1).sum()
    if lately >= WARM_UP:  # most markets: the rest need not be looked at
        return
    available = int(np.isfinite(market.returns).any(axis=1).sum())
    if available < WARM_UP:
        raise NotEnoughHistory(WARM_UP, available, f"the {what}")
