"""Volatility forecasters: what they know is the std; their mean is the pooled one."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.component import Component
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.baselines import pooled_drift
from forefolio.forecast.scaling import DECAY, ewma_volatility


class EWMA(Component):
    """Exponentially weighted squared returns; the same volatility at every horizon."""

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
        std = ewma_volatility(data.market, self.decay)[-rows:] * np.sqrt(data.horizon)
        return ForecastPanel.of(data, np.full(std.shape, self.drift * data.horizon), std)
