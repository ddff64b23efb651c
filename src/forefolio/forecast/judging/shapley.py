"""Shapley values: the contribution of each feature to each forecast, summing to the forecast.

1. For trees they are exact (TreeSHAP; Lundberg et al. 2020), and for a ridge they are its terms.
2. For any other model a feature's value is the change of the forecast when its past mean is
   replaced by its value, averaged over orders in which the features are replaced (Castro et al.
   2009; each order is used backwards as well).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Flags, read_only
from forefolio.forecast.base import Dataset, Predictor
from forefolio.forecast.models.linear import FittedRidge
from forefolio.forecast.models.trees import FittedTrees
from forefolio.forecast.scaling import carry, horizon_volatility

xgboost: Any = lazy("xgboost")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForecastContributions:
    """Mean forecasts decomposed: `base` plus the sum of `values` is the forecast.

    Fractions over the horizon; NaN where the model has no forecast.
    """

    stored_as: ClassVar[str] = "Contributions"
    base: Array  # (R, N)
    values: Array  # (R, N, F)

    def __post_init__(self) -> None:
        read_only(self.base, self.values)


def contributions(
    predictor: Predictor, data: Dataset, rows: int = 1, *, orders: int = 4, seed: int = 0
) -> ForecastContributions:
    """What each feature adds to the forecasts made at the last `rows` sessions of `data`.

    Trees and ridges are taken apart exactly, others by `orders` orders drawn by `seed`.
    """
    match predictor:
        case FittedTrees(model=model):
            return _scaled(_of_trees(model, data.x[-rows:]), data, rows)
        case FittedRidge():
            return _scaled(_of_ridge(predictor, data.x[-rows:]), data, rows)
        case _:
            drawn = draw_orders(len(data.names), orders, seed)
            return sampled_contributions(predictor, data, rows, drawn)


def draw_orders(features: int, count: int, seed: int) -> list[tuple[int, ...]]:
    """Orders of the features, `count` of them, every second one the reverse of that before."""
    rng = np.random.default_rng(seed)
    orders: list[tuple[int, ...]] = []
    while len(orders) < count:
        order = tuple(map(int, rng.permutation(features)))
        orders += [order, order[::-1]]
    return orders[:count]


def sampled_contributions(
    predictor: Predictor, data: Dataset, rows: int, orders: Sequence[Sequence[int]]
) -> ForecastContributions:
    """The change by each feature, averaged over `orders`; exact if they are all orders."""
    truth, baseline = data.x[-rows:], _with_past_means(data, rows)
    x = np.array(data.x)
    base, values = np.zeros(truth.shape[:2]), np.zeros(truth.shape)
    for order in orders:
        x[-rows:] = baseline
        before = base = _mean_forecast(predictor, data, x, rows)
        for feature in order:
            x[-rows:, :, feature] = truth[:, :, feature]
            after = _mean_forecast(predictor, data, x, rows)
            values[:, :, feature] += (after - before) / len(orders)
            before = after
    return ForecastContributions(base=base, values=values)


def _mean_forecast(predictor: Predictor, data: Dataset, x: Array, rows: int) -> Array:
    return predictor.predict(replace(data, x=x.view()), rows).mean


def _with_past_means(data: Dataset, rows: int) -> Array:
    """The last rows with every feature at its mean before them; what is not known stays so."""
    past = data.x[:-rows]
    finite = np.isfinite(past)
    total = np.where(finite, past, 0.0).sum(axis=(0, 1))
    mean = total / np.maximum(finite.sum(axis=(0, 1)), 1)
    last = data.x[-rows:]
    return np.where(np.isfinite(last), mean, last)


def _scaled(parts: tuple[Array, Array], data: Dataset, rows: int) -> ForecastContributions:
    """Turn (base, values) in units of volatility into returns."""
    risk = horizon_volatility(data, rows)
    risk = np.where(np.isfinite(data.market.close[-rows:]), risk, np.nan)
    base = parts[0] * risk + carry(data, rows)
    return ForecastContributions(base=base, values=parts[1] * risk[..., None])


def _of_trees(model: bytes, x: Array) -> tuple[Array, Array]:
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(model))
    finite = np.isfinite(x).all(axis=-1)
    parts = np.full((*x.shape[:2], x.shape[2] + 1), np.nan)
    if finite.any():
        matrix = xgboost.DMatrix(x[finite].astype(np.float32), nthread=1)
        parts[finite] = booster.predict(matrix, pred_contribs=True)
    return parts[..., -1], parts[..., :-1]


def _of_ridge(ridge: FittedRidge, x: Array) -> tuple[Array, Array]:
    terms = ridge.standard(x) * ridge.coefficients
    finite: Flags = np.asarray(np.isfinite(terms).all(axis=-1))
    return np.where(finite, ridge.intercept, np.nan), np.where(finite[..., None], terms, np.nan)
