"""Volatility forecasters: what they know is the std; their mean is the pooled one."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.market_argument import takes_market
from forefolio.core.units import Array
from forefolio.forecast.base import Dataset, Forecaster, ForecastPanel, Predictor, latest
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.volatility.arch_model import ArchModel
from forefolio.forecast.volatility.arima import ARIMAVolatility
from forefolio.forecast.volatility.garch import GARCH, GJR
from forefolio.forecast.volatility.har import HAR, HARX, RangeHAR
from forefolio.forecast.volatility.trees import XGBoostVolatility
from forefolio.market import Market
from forefolio.market.returns import DECAY, ewma_volatility


class EWMA(Component):
    """Exponentially weighted squared returns; the same volatility at every horizon.

    A squared return weighs `decay` times as much as the one after it; 0.94 is that of
    RiskMetrics (1996) for daily data.
    """

    kind: Literal["ewma"] = "ewma"
    name: ClassVar[str] = "EWMA"
    decay: Annotated[float, Field(gt=0, lt=1)] = DECAY

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
    GARCH,
    GJR,
    HAR,
    RangeHAR,
    HARX,
    XGBoostVolatility,
    ARIMAVolatility,
    ArchModel,
)
Single: TypeAlias = Annotated[Forecaster, OneOf(*SINGLE)]


class VolatilityAverage(Component):
    """The geometric mean of several volatilities, which errs less than any of them."""

    kind: Literal["volatility_average"] = "volatility_average"
    name: ClassVar[str] = "volatility average"
    members: Annotated[tuple[Single, ...], Field(min_length=1)] = (EWMA(), GARCH(), RangeHAR())

    def fit(self, data: Dataset) -> Predictor:
        """Fit every member; one whose history is too short is left out.

        Raises:
            NotEnoughHistory: that is so of every member.
        """
        fitted: list[Predictor] = []
        short: list[NotEnoughHistory] = []
        for member in self.members:
            try:
                fitted.append(member.fit(data))
            except NotEnoughHistory as error:
                short.append(error)
        if not fitted:
            raise min(short, key=lambda error: error.needed)
        return FittedAverage(members=tuple(fitted), left_out=len(short))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedAverage:
    """The fitted members, and how many had too little history."""

    members: tuple[Predictor, ...]
    left_out: int

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """The average of the logarithms, over the members that know the asset."""
        said = [member.predict(data, rows) for member in self.members]
        mean = np.stack([panel.mean for panel in said])
        std = np.stack([panel.std for panel in said])
        notes = dict.fromkeys(note for panel in said for note in panel.notes)
        return replace(ForecastPanel.of(data, _average(mean), _geometric(std)), notes=tuple(notes))


@takes_market
def volatility_forecast(market: Market, horizon: int = 1, model: Forecaster | None = None) -> Array:
    """Volatility (N,) per session of the market expected over the `horizon` after the last.

    Of an asset that is closed then it is what its own last session made it.

    NaN where the model has nothing to say of an asset.

    Raises:
        NotEnoughHistory: there are fewer than 10 sessions with returns.
    """
    std: Array = volatility_panel(market, horizon, model).std[0] / np.sqrt(horizon)
    return std


@takes_market
def volatility_panel(
    market: Market, horizon: int = 1, model: Forecaster | None = None
) -> ForecastPanel:
    """The same over the horizon, with what fell back."""
    shape = market.close.shape
    data = Dataset(
        market=market,
        x=np.empty((*shape, 0)),
        names=(),
        y=np.full(shape, np.nan),
        horizon=horizon,
    )
    return latest((model or VolatilityAverage()).fit(data), data)


def _average(values: Array) -> Array:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    out = np.full(total.shape, np.nan)
    np.divide(total, count, out=out, where=count > 0)
    return out


def _geometric(values: Array) -> Array:
    # A flat asset has no logarithm; its volatility is zero whoever else knows it.
    flat = (values == 0).any(axis=0)
    logs = np.log(np.where(values > 0, values, np.nan))
    return np.where(flat, 0.0, np.exp(_average(logs)))
