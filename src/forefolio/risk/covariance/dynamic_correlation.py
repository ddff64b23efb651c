"""Dynamic conditional correlation: correlations that follow the returns and go back to their mean.

1. Returns are divided by the volatility that a model knew a session earlier.
2. Two numbers, how much a session counts and how long, are the same for all pairs. They maximise
   the sum of the likelihoods of pairs of assets: all pairs of a few assets, neighbours in the order
   of volatility among many, so that the order of the assets plays no part.
3. The correlations of the next session go back to their mean over the horizon.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, read_only
from forefolio.forecast import GARCH, AnyForecaster, Dataset, Forecaster, HalfLives
from forefolio.market import Market
from forefolio.market.cleaning.alignment import in_step
from forefolio.market.own_sessions import own_growth
from forefolio.market.returns import ewma_volatility
from forefolio.risk.base import Covariance
from forefolio.risk.covariance.dynamic_correlation_kernel import (
    diagonal_roots,
    filtered,
    pairwise_loss,
)
from forefolio.risk.covariance.moments import Pairs, repaired, split
from forefolio.risk.covariance.volatilities import forecast_volatilities, in_units
from forefolio.risk.covariance.windowed import Window

optimize: Any = lazy("scipy.optimize")

PAIRS = 500  # about so many decide the two numbers
START = (0.97, 0.03)  # persistence, and the share of it that is news
Ahead = Annotated[
    int, Field(ge=1, le=10_000, json_schema_extra={"unit": "trading days"})
]  # a variance model steps through them
LONGEST = 0.9995  # persistence: half of a session is left after more than five years
TOO_SHORT = "the volatility model has too little history: half-lives are used instead"


class DynamicCorrelation(Component):
    """Forecast volatilities times dynamic conditional correlations (DCC), as corrected by Aielli.

    D R D, where D are the forecasts of `volatility` over the `horizon` and R is the correlation
    matrix of Q, Q[t+1] = (1 - a - b) S + a x[t] x[t]' + b Q[t]. x are returns in units of the
    volatility known a session earlier, times the roots of the diagonal of Q; S is the correlation
    of x. a and b are fitted by the composite likelihood of pairs. Over the horizon Q goes back to
    S as (a + b)^k. Source: Engle (2002), "Dynamic conditional correlation"; Aielli (2013), "Dynamic
    conditional correlation: on properties and estimation"; Pakel, Shephard, Sheppard and Engle
    (2021), "Fitting vast dimensional time-varying covariance models"; Engle and Sheppard (2001),
    section 2.3, for the horizon.

    >>> from forefolio.market import simulated_market
    >>> model = DynamicCorrelation(window=500)
    >>> model(simulated_market(seed=0, sessions=600, assets=3)).correlation.shape
    (3, 3)
    """

    kind: Literal["dynamic_correlation"] = "dynamic_correlation"
    window: Window = Field(
        1000, description="Sessions of returns that the correlations are estimated from."
    )
    volatility: AnyForecaster = Field(
        GARCH(), description="Model that forecasts the volatility of each asset."
    )
    horizon: Ahead = Field(21, description="Sessions that the covariance is a forecast of.")

    def __call__(self, market: Market) -> Covariance:
        """Covariance (N, N) of every asset.

        Raises:
            NotEnoughHistory: a pair of assets has fewer than 60 common sessions.
        """
        step = in_step(market, self.window)
        Pairs.of(own_growth(step.close)[1:][-self.window :], market.assets)
        model, volatility, notes = _known(step, self.volatility)
        returns = own_growth(step.close)[1:]
        standard = in_units(returns, volatility[:-1])[-self.window :]
        order = np.argsort(np.nanstd(returns[-self.window :], axis=0), kind="stable")
        correlation = np.empty((len(order),) * 2)
        fitted = fit_correlation(standard.T[order])
        correlation[np.ix_(order, order)] = fitted.over(self.horizon)
        volatility, fell_back = forecast_volatilities(market, model, self.horizon)
        covariance = repaired(market.assets, np.outer(volatility, volatility) * correlation)
        return covariance.noted(*notes, *fell_back)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedCorrelation:
    """The two numbers, and what correlations are usually and in the next session."""

    news: float  # a
    memory: float  # b
    usual: Array  # S (N, N)
    following: Array  # Q (N, N) of the next session

    def __post_init__(self) -> None:
        read_only(self.usual, self.following)

    def over(self, horizon: int) -> Array:
        """The correlations (N, N) of the mean Q of the next `horizon` sessions."""
        kept = self.news + self.memory  # less than one
        left = (1.0 - kept**horizon) / (horizon * (1.0 - kept))
        _, correlation = split(self.usual + left * (self.following - self.usual))
        return correlation


def fit_correlation(standard: Array) -> FittedCorrelation:
    """Fit standardised returns (N, T), NaN where unknown; neighbours are compared with each other.

    Example:
        >>> calm = np.random.default_rng(0).normal(size=(3, 500))
        >>> fit_correlation(calm).usual.shape
        (3, 3)
    """
    standard = np.ascontiguousarray(standard)
    a, b = _most_likely(standard)
    scaled, roots = _scaled(standard, a, b)
    finite = np.isfinite(scaled)
    filled, known = np.where(finite, scaled, 0.0), finite.astype(np.float64)
    _, usual = split(filled @ filled.T / np.maximum(known @ known.T, 1.0))
    following = np.empty_like(usual)
    filtered(scaled, usual, a, b, following)
    np.fill_diagonal(following, roots[:, -1] ** 2)
    return FittedCorrelation(news=a, memory=b, usual=usual, following=following)


def neighbours(assets: int) -> NDArray[np.int64]:
    """Pairs (P, 2) of places: all of a few assets, the nearest of many."""
    reach = min(assets - 1, math.ceil(PAIRS / assets))
    pairs = [(i, i + d) for d in range(1, reach + 1) for i in range(assets - d)]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _most_likely(standard: Array) -> tuple[float, float]:
    pairs = neighbours(len(standard))
    if not len(pairs):
        return _numbers(_coordinates(*START))

    def loss(at: Array) -> float:
        a, b = _numbers(at)
        return float(pairwise_loss(*_scaled(standard, a, b), pairs, a, b))

    start = np.array(_coordinates(*START))
    steps = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    search = {"initial_simplex": start + steps, "xatol": 1e-3, "fatol": 1e-9, "maxfev": 200}
    return _numbers(optimize.minimize(loss, start, method="Nelder-Mead", options=search).x)


def _scaled(standard: Array, a: float, b: float) -> tuple[Array, Array]:
    """The x (N, T), and the roots (N, T + 1) of the diagonal of Q."""
    roots = np.empty((standard.shape[0], standard.shape[1] + 1))
    diagonal_roots(standard, a, b, roots)
    return np.ascontiguousarray(roots[:, :-1] * standard), roots


def _coordinates(persistence: float, news: float) -> tuple[float, float]:
    """Where on two lines without ends a persistence and the share of news in it are."""
    part = persistence / LONGEST
    return math.log(part / (1.0 - part)), math.log(news / (1.0 - news))


def _numbers(at: Sequence[float] | Array) -> tuple[float, float]:
    """a and b."""
    persistence = LONGEST * _logistic(float(at[0]))
    news = _logistic(float(at[1]))
    return persistence * news, persistence * (1.0 - news)


def _logistic(value: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * value))


def _known(step: Market, model: Forecaster) -> tuple[Forecaster, Array, list[str]]:
    """The model, or half-lives; volatilities (T, N) known at each session; and what fell back."""
    data, notes = Dataset.of_prices(step, 1), []
    try:
        predictor = model.fit(data)
    except NotEnoughHistory:
        model, notes = HalfLives(), [TOO_SHORT]
        predictor = model.fit(data)
    known = predictor.predict(data, len(step)).std
    return model, np.where(np.isnan(known), ewma_volatility(step), known), notes
