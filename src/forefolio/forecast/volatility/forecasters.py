"""EWMA, the average of volatility models, and the volatility forecast of a market."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.market_argument import takes_market
from forefolio.core.units import Array
from forefolio.forecast.base import (
    Dataset,
    Forecaster,
    ForecastPanel,
    Predictor,
    QuickForecaster,
    latest,
    learns_from_features,
)
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.volatility.arch_model import ArchModel
from forefolio.forecast.volatility.arima import ARIMAVolatility
from forefolio.forecast.volatility.garch import GARCH, GJR
from forefolio.forecast.volatility.half_lives import HalfLives
from forefolio.forecast.volatility.har import HAR, HARX, RangeHAR
from forefolio.forecast.volatility.learnt import LearntVolatility
from forefolio.market import Market
from forefolio.market.returns import DECAY, ewma_volatility


class EWMA(QuickForecaster, Component):
    """Exponentially weighted squared returns; the same volatility at every horizon.

    sigma2[t+1] = decay sigma2[t] + (1 - decay) r[t]^2.
    Source: J.P. Morgan (1996), "RiskMetrics technical document": 0.94 for daily data.

    >>> EWMA(decay=0.97).name
    'EWMA'
    """

    kind: Literal["ewma"] = "ewma"
    forecasts_volatility: ClassVar[bool] = True
    name: ClassVar[str] = "EWMA"
    learns_from_features: ClassVar[bool] = False
    decay: Annotated[float, Field(gt=0, lt=1)] = Field(
        DECAY,
        description=(
            "Weight of a squared return relative to the next one (lambda of RiskMetrics), "
            "per session."
        ),
    )

    def fit(self, data: Dataset) -> Predictor:
        """Learn the pooled mean."""
        return FittedEWMA(decay=self.decay, drift=pooled_drift(data.market, self.name))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedEWMA:
    """The decay, and the pooled mean per session."""

    decay: float
    drift: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Volatility known at each of the last `rows` sessions, times the root of the horizon."""
        std = ewma_volatility(data.market, self.decay)[-rows:] * np.sqrt(data.own_horizon)
        return ForecastPanel.of(data, pooled_mean(data, self.drift, rows), std)


SINGLE = (
    EWMA,
    HalfLives,
    GARCH,
    GJR,
    HAR,
    RangeHAR,
    HARX,
    LearntVolatility,
    ARIMAVolatility,
    ArchModel,
)
Single: TypeAlias = Annotated[Forecaster, OneOf(*SINGLE)]


class VolatilityAverage(Component):
    """The geometric mean of several volatility forecasts.

    >>> [member.name for member in VolatilityAverage().members]
    ['EWMA', 'GARCH(1,1)', 'range HAR']
    """

    kind: Literal["volatility_average"] = "volatility_average"
    forecasts_volatility: ClassVar[bool] = True
    name: ClassVar[str] = "volatility average"
    members: Annotated[tuple[Single, ...], Field(min_length=1)] = Field(
        (EWMA(), GARCH(), RangeHAR()),
        description="Volatility models whose forecasts are averaged in logarithms.",
    )

    @property
    def learns_from_features(self) -> bool:
        """Whether one of the members does."""
        return any(map(learns_from_features, self.members))

    def fit(self, data: Dataset) -> Predictor:
        """Fit every member; one whose history is too short is left out.

        Raises:
            NotEnoughHistory: that is so of every member.
        """
        fitted: list[Predictor] = []
        too_short: list[NotEnoughHistory] = []
        for member in self.members:
            try:
                fitted.append(member.fit(data))
            except NotEnoughHistory as error:
                too_short.append(error)
        if not fitted:
            raise min(too_short, key=lambda error: error.needed)
        return FittedAverage(members=tuple(fitted), left_out=len(too_short))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedAverage:
    """The fitted members, and how many had too little history."""

    members: tuple[Predictor, ...]
    left_out: int

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """The mean of the log volatilities, over the members that forecast the asset."""
        panels = [member.predict(data, rows) for member in self.members]
        mean = np.stack([panel.mean for panel in panels])
        std = np.stack([panel.std for panel in panels])
        notes = dict.fromkeys(note for panel in panels for note in panel.notes)
        return replace(ForecastPanel.of(data, _average(mean), _geometric(std)), notes=tuple(notes))


@takes_market
def volatility_forecast(market: Market, horizon: int = 1, model: Forecaster | None = None) -> Array:
    """Volatility forecast (N,) over the `horizon` sessions after the market's last, per session.

    The average of EWMA, GARCH(1,1) and range HAR unless a `model` is given; NaN for an asset that
    it does not forecast. An asset that is closed on the last session has the forecast of its own
    last session.

    Raises:
        NotEnoughHistory: there are fewer than 10 sessions with returns.

    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=0, sessions=300, assets=2)
    >>> volatility_forecast(market, horizon=5, model=EWMA()).shape
    (2,)
    """
    std: Array = volatility_panel(market, horizon, model).std[0] / np.sqrt(horizon)
    return std


@takes_market
def volatility_panel(
    market: Market, horizon: int = 1, model: Forecaster | None = None
) -> ForecastPanel:
    """The same as a panel of one session, over the horizon, with notes on fallbacks."""
    data = Dataset.of_prices(market, horizon)
    return latest((model or VolatilityAverage()).fit(data), data)


def _average(values: Array) -> Array:
    finite = np.isfinite(values)
    count = finite.sum(axis=0)
    total = np.where(finite, values, 0.0).sum(axis=0)
    out = np.full(total.shape, np.nan)
    np.divide(total, count, out=out, where=count > 0)
    return out


def _geometric(values: Array) -> Array:
    # A flat asset has no logarithm; its volatility is zero whoever else knows it.
    flat = (values == 0).any(axis=0)
    logs = np.log(np.where(values > 0, values, np.nan))
    return np.where(flat, 0.0, np.exp(_average(logs)))
