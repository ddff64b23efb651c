"""The mean of exponentially weighted variances of several half-lives."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor, QuickForecaster
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.market import Market
from forefolio.market.causal import causal_by_asset
from forefolio.market.returns import ewma_root

USUAL = (5, 21, 63, 500)  # sessions


class HalfLives(QuickForecaster, Component):
    """The mean of exponentially weighted variances, one of each half-life; nothing is fitted.

    A week, a month, a quarter and two years beside one another decay slowly, as volatility does: a
    long memory for the price of four averages. The same volatility at every horizon.
    Source: Zumbach (2004), "Volatility processes and volatility forecast with long memory".

    >>> HalfLives(half_lives=(5, 63)).name
    'half-life blend'
    """

    kind: Literal["half_lives"] = "half_lives"
    forecasts_volatility: ClassVar[bool] = True
    name: ClassVar[str] = "half-life blend"
    learns_from_features: ClassVar[bool] = False
    half_lives: Annotated[tuple[Days, ...], Field(min_length=1)] = Field(
        USUAL,
        description="Sessions after which the weight of a squared return has halved, of each part.",
    )

    def fit(self, data: Dataset) -> Predictor:
        """Learn the pooled mean."""
        return FittedHalfLives(
            half_lives=self.half_lives, drift=pooled_drift(data.market, self.name)
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedHalfLives:
    """The half-lives, and the pooled mean per session."""

    half_lives: tuple[int, ...]
    drift: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Volatility known at each of the last `rows` sessions, times the root of the horizon."""
        usual = self.half_lives == USUAL
        returns = data.market.returns
        variance = _usual(data.market) if usual else blended_variance(returns, self.half_lives)
        std = np.sqrt(variance[-rows:] * data.own_horizon)
        return ForecastPanel.of(data, pooled_mean(data, self.drift, rows), std)


def blended_variance(returns: Array, half_lives: tuple[int, ...]) -> Array:
    """The mean (T, N) of exponentially weighted variances of returns (T, N), as of each row."""
    parts = [ewma_root(returns, 0.5 ** (1.0 / half_life)) ** 2 for half_life in half_lives]
    mean: Array = np.mean(parts, axis=0)
    return mean


def usual_volatility(market: Market) -> Array:
    """The blend's volatility (T, N) per session, of the usual half-lives, as of each session."""
    return np.sqrt(_usual(market))


@causal_by_asset
def _usual(market: Market) -> Array:
    return blended_variance(market.returns, USUAL)
