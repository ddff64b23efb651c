"""Volatility processes of the package `arch`, each asset by itself.

1. Fit the process to an asset's standardised returns, with Student's t as the distribution of the
   residuals.
2. Filter the returns forward: the variance of the next session.
3. One regression over all assets, of the logarithm of the realised variance of the horizon on
   those of the next session's variance and of the sample's variance, gives the forecast of the
   horizon: a direct forecast, as most of these processes have no formula for it.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Days, read_only
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.volatility.har import regress
from forefolio.forecast.volatility.variance import (
    Terms,
    return_terms,
    training_data,
    with_ewma_fallback,
)
from forefolio.market import Market
from forefolio.market.returns import ewma_volatility

univariate: Any = lazy("arch.univariate")

SHORTEST = 250  # returns below which no parameters are estimated
BOUNDS = (1e-6, 1e6)  # of a variance, in units of the usual one
ROUNDS = 200

PROCESSES: dict[str, Callable[[], Any]] = {
    "egarch": lambda: univariate.EGARCH(p=1, o=1, q=1),
    "figarch": lambda: univariate.FIGARCH(p=1, q=1),
    "aparch": lambda: univariate.APARCH(p=1, o=1, q=1),
    "harch": lambda: univariate.HARCH(lags=[1, 5, 22]),
}


class ArchModel(Component):
    """A `process` of the package `arch` for each asset's returns, with Student's t.

    `egarch` is Nelson (1991), `figarch` Baillie, Bollerslev and Mikkelsen (1996), `aparch` Ding,
    Granger and Engle (1993), `harch` Müller et al. (1997). The last `window` sessions are training
    from; an asset that cannot be fitted has its exponentially weighted variance.
    """

    kind: Literal["arch_model"] = "arch_model"
    forecasts_volatility: ClassVar[bool] = True
    learns_from_features: ClassVar[bool] = False
    process: Literal["egarch", "figarch", "aparch", "harch"] = Field(
        "egarch", description="Volatility process of the package `arch`."
    )
    window: Days = Field(2500, description="Sessions of history that the model is fitted on.")

    @property
    def name(self) -> str:
        """Such as "EGARCH"."""
        return self.process.upper()

    def fit(self, data: Dataset) -> Predictor:
        """Maximise the likelihood of each asset's last `window` returns.

        Raises:
            NotEnoughHistory: no asset has 250 returns that vary.
        """
        return self.fit_jointly((data,))[0]

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """The same processes at every horizon, each with its own regression.

        Raises:
            NotEnoughHistory: no asset has 250 returns that vary.
        """
        drift = pooled_drift(data[0].market, self.name)
        fitted = fit_processes(self.process, data[0].market.returns[-self.window :])
        if fitted.varying < SHORTEST:
            raise NotEnoughHistory(SHORTEST, fitted.varying, self.name)
        terms = fitted.terms(data[0].market)
        training_sets = [training_data(each, terms, self.name, self.window) for each in data]
        return tuple(
            FittedArchModel(processes=fitted, coefficients=regress(training, 0.0), drift=drift)
            for training in training_sets
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Processes:
    """Parameters (N, K) of a process for each asset, its mean (N,) and deviation (N,).

    NaN where an asset could not be fitted; `varying` is the longest history of one that moves.
    """

    process: str
    parameters: Array
    center: Array
    scale: Array
    varying: int

    def __post_init__(self) -> None:
        read_only(self.parameters, self.center, self.scale)

    @property
    def fell_back(self) -> int:
        """How many assets have their exponentially weighted variance."""
        return int(np.isnan(self.parameters).any(axis=1).sum())

    def terms(self, market: Market) -> Terms:
        """Logarithms of the next variance and of the usual one."""
        following = self.following(market)
        both = np.stack([following, np.broadcast_to(self.scale**2, following.shape)], axis=-1)
        logs = np.log(both, out=np.full(both.shape, np.nan), where=both > 0)
        return Terms.of(("next", "usual"), logs, return_terms(market).least)

    def following(self, market: Market) -> Array:
        """The next session's variance (T, N), as known at each."""
        out = ewma_volatility(market) ** 2
        standardized = (market.returns - self.center) / self.scale
        for column, (column_returns, parameters) in enumerate(
            zip(standardized.T, self.parameters, strict=True)
        ):
            finite = np.isfinite(column_returns)
            if np.isfinite(parameters).all() and finite.any():
                variances = filtered(self.process, parameters, column_returns[finite])
                out[:, column] = self.scale[column] ** 2 * variances[np.cumsum(finite)]
        return out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedArchModel:
    """The processes, and what their variances mean for the horizon: intercept and slopes (3,)."""

    processes: Processes
    coefficients: Array
    drift: float

    def __post_init__(self) -> None:
        read_only(self.coefficients)

    @property
    def fell_back(self) -> int:
        """How many assets have their exponentially weighted variance."""
        return self.processes.fell_back

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Root of the variance expected over the horizon, at each of the last `rows` sessions."""
        terms = self.processes.terms(data.market).values[-rows:]
        log_variance = self.coefficients[0] + (terms * self.coefficients[1:]).sum(axis=-1)
        variance, _ = with_ewma_fallback(data.market, np.exp(log_variance))
        std = np.sqrt(data.own_horizon * variance)
        return ForecastPanel.of(data, pooled_mean(data, self.drift, rows), std)


def fit_processes(process: str, returns: Array) -> Processes:
    """Fit `process` to each asset's returns (T, N)."""
    finite = np.isfinite(returns)
    count = np.maximum(finite.sum(axis=0), 1)
    center = np.where(finite, returns, 0.0).sum(axis=0) / count
    centred = np.where(finite, returns - center, 0.0)
    scale = np.sqrt((centred**2).sum(axis=0) / count)
    varying = np.where(scale > 1e-12, finite.sum(axis=0), 0)
    fits = [
        fit_process(process, column_returns[on] / width) if enough >= SHORTEST else None
        for column_returns, on, width, enough in zip(
            centred.T, finite.T, scale, varying, strict=True
        )
    ]
    width = max((len(fit) for fit in fits if fit is not None), default=0)
    missing = np.full(width, np.nan)
    return Processes(
        process=process,
        parameters=np.array([missing if fit is None else fit for fit in fits]),
        center=center,
        scale=np.where(scale > 1e-12, scale, np.nan),
        varying=int(varying.max(initial=0)),
    )


def fit_process(process: str, standardized: Array) -> Array | None:
    """The process's parameters for returns (T,) of mean zero and deviation one; None if none."""
    volatility = PROCESSES[process]()
    model = univariate.ZeroMean(
        standardized, volatility=volatility, distribution=univariate.StudentsT(), rescale=False
    )
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = model.fit(disp="off", show_warning=False, options={"maxiter": ROUNDS})
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):  # its search left the domain
            return None
    parameters = np.asarray(result.params, dtype=np.float64)[: volatility.num_params]
    good = result.convergence_flag == 0 and np.isfinite(parameters).all()
    return parameters if good else None


def filtered(process: str, parameters: Array, standardized: Array) -> Array:
    """Variances (T + 1,) of each surprise (T,) and of the next, each from those before it."""
    volatility = PROCESSES[process]()
    padded, out = np.append(standardized, 0.0), np.empty(len(standardized) + 1)
    bounds = np.tile(BOUNDS, (len(padded), 1))
    start = volatility.backcast(np.ones(len(padded)))  # the usual one, whatever comes first
    volatility.compute_variance(parameters, padded, out, start, bounds)
    return out
