"""Strategies that overlays and mixtures may hold."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, TypeAlias

import numpy as np

from forefolio.core.component import Component, OneOf
from forefolio.core.units import Array
from forefolio.optimize import Allocation, Basis
from forefolio.strategy.base import Strategy
from forefolio.strategy.baselines import Classical, EqualWeight, InverseVolatility, Momentum
from forefolio.strategy.diversified import Diversified
from forefolio.strategy.fixed_weights import FixedWeights
from forefolio.strategy.forecast_driven import ForecastDriven
from forefolio.strategy.signalled import SignalDriven
from forefolio.strategy.stocks_and_bonds import StocksAndBonds
from forefolio.strategy.tilted import Tilted

PLAIN: tuple[type[Component], ...] = (
    ForecastDriven,
    SignalDriven,
    EqualWeight,
    InverseVolatility,
    StocksAndBonds,
    FixedWeights,
    Classical,
    Momentum,
    Diversified,
    Tilted,
)

PlainStrategy: TypeAlias = Annotated[Strategy, OneOf(*PLAIN)]


def by_itself(current: Array) -> Array:
    """The weights (N,) of a part of the portfolio as if it were the whole of one.

    What limits turnover inside the part must not count what is held beside it.
    """
    held = float(current.sum())
    return current / held if held > 0 else np.zeros(len(current))


def joint_basis(sleeves: Sequence[tuple[float, Allocation]]) -> Basis | None:
    """What a mixture of sleeves, each with its share, rests on; None if none asks for means.

    The mean of an asset is what those that ask for one expect, by what each holds of it; the
    covariance is theirs where all name the same.
    """
    asked = [
        (share * one.weights, one.basis)
        for share, one in sleeves
        if one.basis is not None and one.basis.mean is not None
    ]
    if not asked:
        return None
    assets = sleeves[0][1].assets
    means = np.array([basis.mean_of(assets) for _, basis in asked])
    weights = np.abs([held for held, _ in asked]) + np.finfo(float).tiny  # alike where none holds
    finite = np.isfinite(means)
    weights = np.where(finite, weights, 0.0)
    total = weights.sum(axis=0)
    mean = np.full(len(assets), np.nan)
    np.divide(np.where(finite, weights * means, 0.0).sum(axis=0), total, out=mean, where=total > 0)
    risks = {b.risk_by: b for _, b in asked if b.estimated is not None}
    one = next(iter(risks.values())) if len(risks) == 1 else None
    by = " and ".join(dict.fromkeys(basis.mean_by for _, basis in asked))
    if one is None or one.assets != assets:
        return Basis(assets=assets, mean=mean, mean_by=by)
    return replace(one, mean=mean, mean_by=by)
