"""Each asset by itself: ARMA models of its returns, which are ARIMA(p, 1, q) of its log price.

1. Fit every order by conditional least squares, with damped Gauss-Newton steps that stay where
   the model is stationary and invertible.
2. Keep the order with the smallest Akaike criterion.
3. Filter the returns forward, and add up the expected returns of the horizon.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.component import Component
from forefolio.errors import NotEnoughHistory
from forefolio.forecast.arma_kernel import PARAMETERS, expected_sums, squared_errors
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.baselines import shrunk_drift
from forefolio.forecast.newton import Local, minimise
from forefolio.forecast.scaling import horizon_volatility, skipped_sessions
from forefolio.units import Array, Days, read_only

Lags: TypeAlias = Annotated[int, Field(ge=0, le=2)]
Order: TypeAlias = tuple[Lags, Lags]

ORDERS: tuple[Order, ...] = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2))
LARGEST_ROOT = 0.99
SHORTEST = 250  # returns below which only a mean is estimated
STARTS = (0.3, -0.3)  # of the first AR term, with the MA term opposed: ARMA(1, 1) has two valleys


class ARIMA(Component):
    """An ARMA model of each asset's returns, its order by the Akaike criterion.

    `orders` are the (p, q) to choose from: lags of the return itself and of its surprises, each at
    most 2. The last `window` sessions are learnt from.
    """

    kind: Literal["arima"] = "arima"
    name: ClassVar[str] = "ARIMA"
    orders: Annotated[tuple[Order, ...], Field(min_length=1)] = ORDERS
    window: Days = 2500

    def fit(self, data: Dataset) -> Predictor:
        """Fit each asset's last `window` returns; one that cannot be fitted keeps its mean.

        Raises:
            NotEnoughHistory: no asset has 250 returns that vary.
        """
        returns = data.market.returns
        recent = returns[-self.window :]
        fits = [fit_arma(column[np.isfinite(column)], self.orders) for column in recent.T]
        if not any(fits):
            longest = int(np.isfinite(recent).sum(axis=0).max(initial=0))
            raise NotEnoughHistory(SHORTEST, longest, self.name)
        parameters = np.zeros((len(fits), PARAMETERS))
        parameters[:, 0] = shrunk_drift(returns)
        for row, fit in zip(parameters, fits, strict=True):
            if fit is not None:
                row[:] = fit.parameters
        return FittedARIMA(
            parameters=parameters, orders=tuple(f.order if f else None for f in fits)
        )

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """The same model at every horizon."""
        return (self.fit(data[0]),) * len(data)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedARIMA:
    """Parameters (N, 5) of each asset, and its order: None where it fell back to the mean."""

    parameters: Array
    orders: tuple[Order | None, ...]

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
        skip = skipped_sessions(data.market)
        expected_sums(data.market.returns, self.parameters, skip, data.horizon, mean)
        return ForecastPanel.of(data, mean, std)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArmaFit:
    """An order, its parameters (5,), and the conditional Gaussian log likelihood."""

    order: Order
    parameters: Array
    log_likelihood: float

    @property
    def aic(self) -> float:
        """Akaike's criterion; the mean and the variance count as parameters."""
        return 2 * (sum(self.order) + 2) - 2 * self.log_likelihood


def fit_arma(returns: Array, orders: Sequence[Order] = ORDERS) -> ArmaFit | None:
    """The best of `orders` for returns (T,) without gaps; None if they are too few or too flat."""
    scale = float(returns.std()) if len(returns) >= SHORTEST else 0.0
    if scale <= 1e-12:
        return None
    fits = [fit for order in orders for fit in _fits(returns / scale, order)]
    if not fits:
        return None
    best = min(fits, key=lambda fit: fit.aic)
    shift = len(returns) * float(np.log(scale))
    return ArmaFit(
        order=best.order,
        parameters=best.parameters * np.array([scale, 1.0, 1.0, 1.0, 1.0]),
        log_likelihood=best.log_likelihood - shift,
    )


def _fits(returns: Array, order: Order) -> list[ArmaFit]:
    """One order from each of its starts, for returns of unit variance; empty if none converges."""
    free = np.array([True, order[0] > 0, order[0] > 1, order[1] > 0, order[1] > 1])
    inside = np.ix_(free, free)
    parameters, slope, curvature = np.zeros(PARAMETERS), np.empty(PARAMETERS), np.empty((5, 5))

    def local(at: Array) -> Local:
        parameters[free] = at
        if not _is_stable(parameters):
            return np.inf, slope[free], curvature[inside]
        value = squared_errors(returns, parameters, slope, curvature)
        return value, slope[free], curvature[inside]

    found = []
    for start in STARTS if min(order) > 0 else (0.0,):
        initial = np.array([returns.mean(), start, 0.0, -start / 2, 0.0])
        minimum = minimise(local, initial[free])
        if minimum.converged:
            fitted = np.zeros(PARAMETERS)
            fitted[free] = minimum.at
            likelihood = -0.5 * len(returns) * (np.log(4 * np.pi * minimum.value) + 1)
            found.append(ArmaFit(order=order, parameters=fitted, log_likelihood=likelihood))
    return found


def _is_stable(parameters: Array) -> bool:
    _, ar1, ar2, ma1, ma2 = parameters.tolist()
    return _roots_inside(ar1, ar2) and _roots_inside(-ma1, -ma2)


def _roots_inside(first: float, second: float) -> bool:
    # The stationarity triangle of Box and Jenkins (1970), drawn in by the largest root allowed.
    second /= LARGEST_ROOT**2
    return abs(second) < 1 and abs(first) / LARGEST_ROOT < 1 - second
