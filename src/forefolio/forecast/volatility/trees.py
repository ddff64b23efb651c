"""Boosted trees on how far the variance ahead departs from the exponentially weighted one."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.models.trees import XGBoost, tree_scores
from forefolio.forecast.volatility.variance import Terms, range_terms, smearing, training_data
from forefolio.market.returns import ewma_volatility


class XGBoostVolatility(Component):
    """Pooled XGBoost on the logarithm of realised over exponentially weighted variance.

    The regressors are those of HARX: the terms of RangeHAR, relative to the exponentially weighted
    variance, and the features of the panel.

    >>> XGBoostVolatility(grown=XGBoost(trees=60)).name
    'XGBoost volatility'
    """

    kind: Literal["xgboost_volatility"] = "xgboost_volatility"
    forecasts_volatility: ClassVar[bool] = True
    name: ClassVar[str] = "XGBoost volatility"
    learns_from_features: ClassVar[bool] = True
    grown: XGBoost = Field(XGBoost(), description="Settings of the boosted trees.")

    def fit(self, data: Dataset) -> Predictor:
        """Boost on the known variances of the last sessions.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a known variance ahead of them.
        """
        drift = pooled_drift(data.market, self.name)
        training = training_data(data, _terms(data), self.name, self.grown.window)
        base = training.x[:, 0]
        model = self.grown.grow(training.x, training.log_variance - base, training.repeats)
        shift = smearing(training.variance, base + tree_scores(model, training.x))
        return FittedVarianceTrees(model=model, shift=shift, drift=drift)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedVarianceTrees:
    """Trees in XGBoost's own binary form, the logarithm of the smearing, and the pooled mean."""

    model: bytes
    shift: float
    drift: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Root of the variance expected over the horizon, at each of the last `rows` sessions."""
        x = _terms(data).values[-rows:]
        finite = np.isfinite(x).all(axis=-1)
        log_variance = np.full(finite.shape, np.nan)
        log_variance[finite] = x[finite][:, 0] + tree_scores(self.model, x[finite]) + self.shift
        std = np.sqrt(data.own_horizon * np.exp(log_variance))
        return ForecastPanel.of(data, pooled_mean(data, self.drift, rows), std)


def _terms(data: Dataset) -> Terms:
    volatility = ewma_volatility(data.market)
    base = 2 * np.log(volatility, out=np.full(volatility.shape, np.nan), where=volatility > 0)
    return range_terms(data.market).relative_to(base).joined(data.names, data.x)
