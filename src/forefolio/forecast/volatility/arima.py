"""Each asset's log variance as an ARMA process, the reduced form of stochastic volatility.

1. A session's variance is that of its range where there is one, else its squared return.
2. Its logarithm is that of a persistent volatility plus noise: an ARMA process with as many
   moving-average lags as autoregressive ones (Harvey, Ruiz and Shephard 1994).
3. The expected logarithms of the horizon are averaged; the variances are multiplied so that those
   of all assets are right on average (smearing, Duan 1983).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array, Days, read_only
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.models.arima import SHORTEST, Order, Season, Start, fit_arma
from forefolio.forecast.models.arma_kernel import expected_sums
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.scaling import skipped_sessions
from forefolio.forecast.volatility.variance import (
    Terms,
    range_variances,
    return_terms,
    smearing,
    training_data,
)
from forefolio.market import Market
from forefolio.market.returns import DECAY

ORDERS: tuple[Order, ...] = ((1, 1), (1, 2), (2, 1), (2, 2))
STARTS: tuple[Start, ...] = ((0.95, -0.85),)  # persistent volatility, much noise
PERSISTENCE = 0.99  # with DECAY: the weighted mean of past logarithms, as in RiskMetrics


class ARIMAVolatility(Component):
    """An ARMA model of each asset's log variance, its order by the Akaike criterion.

    An asset that cannot be fitted has its past log variances weighted exponentially (EWMA).
    Source: Harvey, Ruiz and Shephard (1994), "Multivariate stochastic variance models".

    >>> ARIMAVolatility(orders=((1, 1),)).name
    'ARIMA volatility'
    """

    kind: Literal["arima_volatility"] = "arima_volatility"
    forecasts_volatility: ClassVar[bool] = True
    name: ClassVar[str] = "ARIMA volatility"
    learns_from_features: ClassVar[bool] = False
    orders: Annotated[tuple[Order, ...], Field(min_length=1)] = Field(
        ORDERS,
        description="Orders (p, q) to choose from by the Akaike criterion, each lag at most 2.",
    )
    season: Season = Field(
        0, description="Lag in sessions of a seasonal factor that is tried as well; 0 for none."
    )
    window: Days = Field(2500, description="Sessions of history that the model is fitted on.")

    def fit(self, data: Dataset) -> Predictor:
        """Fit each asset's last `window` log variances.

        Raises:
            NotEnoughHistory: no asset has 250 sessions whose variance varies.
        """
        return self.fit_jointly((data,))[0]

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """The same processes at every horizon, each with its own smearing.

        Raises:
            NotEnoughHistory: no asset has 250 sessions whose variance varies.
        """
        market = data[0].market
        drift, logs = pooled_drift(market, self.name), log_variances(market)
        recent = logs[-self.window :]
        fits = [
            fit_arma(own[np.isfinite(own)], self.orders, self.season, STARTS) for own in recent.T
        ]
        if not any(fits):
            longest = int(np.isfinite(recent).sum(axis=0).max(initial=0))
            raise NotEnoughHistory(SHORTEST + self.season, longest, self.name)
        usual = np.array([float(np.nanmean(recent)), PERSISTENCE, 0.0, -DECAY, 0.0, 0.0])
        parameters = np.array([usual if fit is None else fit.parameters for fit in fits])
        expected = [_expected(each, parameters, self.season, len(each)) for each in data]
        return tuple(
            FittedARIMAVolatility(
                parameters=parameters,
                season=self.season,
                shift=_shift(each, logs, self.window),
                drift=drift,
                fell_back=fits.count(None),
            )
            for each, logs in zip(data, expected, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedARIMAVolatility:
    """Parameters (N, 6) of each asset, the logarithm of the smearing, and the pooled mean.

    `fell_back` counts the assets that could not be fitted.
    """

    parameters: Array
    season: int
    shift: float
    drift: float
    fell_back: int

    def __post_init__(self) -> None:
        read_only(self.parameters)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Root of the variance expected over the horizon, at each of the last `rows` sessions."""
        logs = _expected(data, self.parameters, self.season, rows) + self.shift
        std = np.sqrt(data.own_horizon * np.exp(logs))
        return ForecastPanel.of(data, pooled_mean(data, self.drift, rows), std)


def log_variances(market: Market) -> Array:
    """Logarithm (T, N) of each session's variance; NaN where it is not known, or always zero."""
    ranges = range_variances(market)
    variance = market.returns**2
    if ranges:  # a squared return is as large on average, where a range is missing
        precise = ranges["day"] + ranges["night"]
        variance = np.where(np.isfinite(precise), precise, variance)
    logs: Array = np.log(np.maximum(variance, return_terms(market).least))
    return logs


def _expected(data: Dataset, parameters: Array, season: int, rows: int) -> Array:
    """Mean (rows, N) of the logarithms expected over the horizon; NaN before the first is known."""
    logs = log_variances(data.market)
    out = np.empty((rows, logs.shape[1]))
    expected_sums(logs, parameters, season, skipped_sessions(data.market), data.horizon, out)
    begun = np.logical_or.accumulate(np.isfinite(logs), axis=0)[-rows:]
    return np.where(begun, out / data.horizon, np.nan)


def _shift(data: Dataset, expected: Array, window: int) -> float:
    terms = Terms.of(("expected",), expected[..., None], return_terms(data.market).least)
    training = training_data(data, terms, ARIMAVolatility.name, window)
    return smearing(training.variance, training.x[:, 0])
