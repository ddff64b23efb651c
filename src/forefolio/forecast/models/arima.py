"""One model for each asset: ARMA models of its returns, which are ARIMA(p, 1, q) of its log price.

1. Fit every order, with and without a season, by conditional least squares, with damped
   Gauss-Newton steps that stay where the model is stationary and invertible.
2. Keep the order with the smallest Akaike criterion.
3. Filter the returns forward, and add up the expected returns of the horizon.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array, Days, Flags, read_only
from forefolio.forecast.base import Dataset, ForecastPanel, OneForAllHorizons, Predictor
from forefolio.forecast.models.arma_kernel import PARAMETERS, expected_sums, squared_errors
from forefolio.forecast.models.baselines import shrunk_drift
from forefolio.forecast.newton import Local, minimise
from forefolio.forecast.scaling import horizon_volatility, skipped_sessions

Lags: TypeAlias = Annotated[int, Field(ge=0, le=2)]
Order: TypeAlias = tuple[Lags, Lags]
Start: TypeAlias = tuple[float, float]
"""The first autoregressive and the first moving-average term where a search begins."""
Season: TypeAlias = Annotated[int, Field(ge=0, le=500, json_schema_extra={"unit": "sessions"})]

ORDERS: tuple[Order, ...] = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2))
LARGEST_ROOT = 0.99
SHORTEST = 250  # returns below which only a mean is estimated
NEUTRAL: tuple[Start, ...] = ((0.0, 0.0),)
STARTS: tuple[Start, ...] = ((0.3, -0.15), (-0.3, 0.15))  # ARMA(1, 1) has two valleys


class ARIMA(OneForAllHorizons, Component):
    """An ARMA model of each asset's returns, its order by the Akaike criterion.

    With a `season`, each order is also tried with a multiplicative seasonal autoregressive lag.
    An asset that cannot be fitted keeps its shrunk mean.
    Source: Box and Jenkins (1970), "Time series analysis: forecasting and control".

    >>> ARIMA(orders=((0, 0), (1, 1)), season=5).name
    'ARIMA'
    """

    kind: Literal["arima"] = "arima"
    name: ClassVar[str] = "ARIMA"
    orders: Annotated[tuple[Order, ...], Field(min_length=1)] = Field(
        ORDERS,
        description="Orders (p, q) to choose from by the Akaike criterion, each lag at most 2.",
    )
    season: Season = Field(
        0,
        description=(
            "Lag in sessions of a seasonal factor that is tried as well, such as 5 for a "
            "week; 0 for none."
        ),
    )
    window: Days = Field(2500, description="Sessions of history that the model is fitted on.")

    def fit(self, data: Dataset) -> Predictor:
        """Fit each asset's last `window` returns; one that cannot be fitted keeps its mean.

        Raises:
            NotEnoughHistory: no asset has 250 returns that vary.
        """
        returns = data.market.returns
        recent = returns[-self.window :]
        fits = [
            fit_arma(column[np.isfinite(column)], self.orders, self.season) for column in recent.T
        ]
        if not any(fits):
            longest = int(np.isfinite(recent).sum(axis=0).max(initial=0))
            raise NotEnoughHistory(SHORTEST + self.season, longest, self.name)
        parameters = np.zeros((len(fits), PARAMETERS))
        parameters[:, 0] = shrunk_drift(returns)  # per own session, as all parameters are
        for row, fit in zip(parameters, fits, strict=True):
            if fit is not None:
                row[:] = fit.parameters
        return FittedARIMA(
            parameters=parameters,
            orders=tuple(f.order if f else None for f in fits),
            season=self.season,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedARIMA:
    """Parameters (N, 6) of each asset, and its order: None where it fell back to the mean."""

    parameters: Array
    orders: tuple[Order | None, ...]
    season: int

    def __post_init__(self) -> None:
        read_only(self.parameters)

    @property
    def fell_back(self) -> int:
        """How many assets have a mean only."""
        return self.orders.count(None)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Expected return over the horizon at each of the last `rows` sessions."""
        std = horizon_volatility(data, rows)
        mean = np.empty(std.shape)
        returns, skip = data.market.returns, skipped_sessions(data.market)
        expected_sums(returns, self.parameters, self.season, skip, data.horizon, mean)
        return ForecastPanel.of(data, mean * data.market.share_of_sessions, std)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArmaFit:
    """An order, its parameters (6,), and the conditional Gaussian log likelihood."""

    order: Order
    parameters: Array
    log_likelihood: float

    @property
    def aic(self) -> float:
        """Akaike's criterion; the mean and the variance count as parameters."""
        lags = sum(self.order) + (self.parameters[-1] != 0)
        return 2 * float(lags + 2) - 2 * self.log_likelihood


def fit_arma(
    returns: Array,
    orders: Sequence[Order] = ORDERS,
    season: int = 0,
    starts: Sequence[Start] = STARTS,
) -> ArmaFit | None:
    """The best of `orders` for returns (T,) without gaps; None if they are too few or too flat."""
    scale = float(returns.std()) if len(returns) >= SHORTEST + season else 0.0
    if scale <= 1e-12:
        return None
    fits = [
        _fit(returns / scale, _free(order, lag), season, start)
        for order in orders
        for lag in ((False, True) if season else (False,))
        for start in (starts if min(order) > 0 else NEUTRAL)
    ]
    converged = [fit for fit in fits if fit is not None]
    if not converged:
        return None
    best = min(converged, key=lambda fit: fit.aic)
    shift = len(returns) * float(np.log(scale))
    return ArmaFit(
        order=best.order,
        parameters=best.parameters * np.array([scale, 1.0, 1.0, 1.0, 1.0, 1.0]),
        log_likelihood=best.log_likelihood - shift,
    )


def _free(order: Order, lag: bool) -> Flags:
    """Which of the parameters (6,) are estimated."""
    return np.array([True, order[0] > 0, order[0] > 1, order[1] > 0, order[1] > 1, lag])


def _fit(returns: Array, free: Flags, season: int, start: Start) -> ArmaFit | None:
    """The `free` parameters for returns of unit variance; None if the search does not converge."""
    inside = np.ix_(free, free)
    parameters, slope, curvature = np.zeros(PARAMETERS), np.empty(PARAMETERS), np.empty((6, 6))

    def local(at: Array) -> Local:
        parameters[free] = at
        if not _is_stable(parameters):
            return np.inf, slope[free], curvature[inside]
        value = squared_errors(returns, parameters, season, slope, curvature)
        return value, slope[free], curvature[inside]

    initial = np.array([returns.mean(), start[0], 0.0, start[1], 0.0, 0.0])
    minimum = minimise(local, initial[free])
    if not minimum.converged:
        return None
    fitted = np.zeros(PARAMETERS)
    fitted[free] = minimum.at
    likelihood = -0.5 * len(returns) * (np.log(4 * np.pi * minimum.value) + 1)
    order = int(free[1:3].sum()), int(free[3:5].sum())
    return ArmaFit(order=order, parameters=fitted, log_likelihood=likelihood)


def _is_stable(parameters: Array) -> bool:
    _, ar1, ar2, ma1, ma2, seasonal = parameters.tolist()
    if abs(seasonal) >= LARGEST_ROOT:
        return False
    return _roots_inside(ar1, ar2) and _roots_inside(-ma1, -ma2)


def _roots_inside(first: float, second: float) -> bool:
    # The stationarity triangle of Box and Jenkins (1970), drawn in by the largest root allowed.
    second /= LARGEST_ROOT**2
    return abs(second) < 1 and abs(first) / LARGEST_ROOT < 1 - second
