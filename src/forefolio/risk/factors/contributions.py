"""Contributions to a portfolio's volatility: by asset, sector, principal component and factor.

Volatility is homogeneous in the weights, so weight times marginal volatility, summed, is the
volatility itself (Euler's theorem; Litterman 1996, "Hot spots and hedges").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, read_only
from forefolio.market import read_weights
from forefolio.risk.base import AnyCovariance, FactorCovariance

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

SPECIFIC = "specific"  # not explained by the factors
UNKNOWN = "unknown"  # the sector of an asset that has none
ROUNDING = 1e-10  # of the largest eigenvalue: a negative one beyond it is no rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskContributions:
    """Contributions of K parts to the volatility; all per session.

    `marginal` is the change of volatility for one more unit of `exposure`: NaN where there is no
    exposure or no volatility to change. `component`, exposure times marginal, sums to the whole.
    """

    names: tuple[str, ...]
    exposure: Array  # (K,)
    marginal: Array  # (K,)
    component: Array  # (K,)

    def __post_init__(self) -> None:
        read_only(self.exposure, self.marginal, self.component)

    @property
    def share(self) -> Array:
        """Fractions (K,) of the volatility; NaN where there is none."""
        return _ratio(self.component, self.component.sum())

    def columns(self) -> dict[str, list[float]]:
        """Exposure, marginal, component and share, each (K,), as plain numbers."""
        columns = ("exposure", "marginal", "component", "share")
        return {name: getattr(self, name).tolist() for name in columns}

    def to_frame(self) -> pd.DataFrame:
        """A row per part: exposure, marginal, component, share."""
        frame: pd.DataFrame = pandas.DataFrame(self.columns(), index=list(self.names))
        return frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskAttribution:
    """A portfolio's volatility per session, decomposed in three ways, each summing to it."""

    volatility: float
    assets: RiskContributions
    sectors: RiskContributions  # in order of appearance; one called unknown where none is known
    principal: RiskContributions  # PC1 has the largest variance; exposure is that of the portfolio

    def to_frame(self) -> pd.DataFrame:
        """All three, below each other: indexed by (part, name)."""
        parts = {"asset": self.assets, "sector": self.sectors, "principal": self.principal}
        frame: pd.DataFrame = pandas.concat(
            {part: contributions.to_frame() for part, contributions in parts.items()},
            names=["part", "name"],
        )
        return frame


def attribute_risk(
    weights: Any, covariance: AnyCovariance, sectors: Sequence[str] = ()
) -> RiskAttribution:
    """Contributions to a portfolio's volatility by asset, sector and principal component.

    Component of asset i = w_i (C w)_i / sqrt(w' C w), per session; the components sum to the
    volatility. Weights are fractions, one per asset of the covariance (N,) or by ticker; the rest
    of 1 is riskless cash.

    >>> import numpy as np
    >>> from forefolio.risk import Covariance
    >>> covariance = Covariance(assets=("A", "B"), matrix=np.diag([0.0004, 0.0001]))
    >>> attribute_risk([0.5, 0.5], covariance).assets.share.round(2).tolist()
    [0.8, 0.2]

    A sector's marginal is for more of it in the proportions held. Principal components are the
    covariance's eigenvectors, each turned so that its largest entry is positive; where several
    have the same variance, only their sum is unique.

    Raises:
        InputError: weights or sectors are not one for each asset, a weight is not finite, or the
            covariance has negative variances.
    """
    weights = read_weights(weights, covariance.assets)
    _check(weights, covariance, sectors)
    matrix = covariance.matrix
    volatility = float(np.sqrt(max(float(weights @ matrix @ weights), 0.0)))
    moved = matrix @ weights
    assets = RiskContributions(
        names=covariance.assets,
        exposure=weights.copy(),
        marginal=_ratio(moved, volatility),
        component=_component(weights * moved, volatility),
    )
    return RiskAttribution(
        volatility=volatility,
        assets=assets,
        sectors=_by_sector(assets, sectors or ("",) * len(weights)),
        principal=_by_principal_component(weights, matrix, volatility),
    )


def volatility_shares(weights: Array, covariance: AnyCovariance) -> Array:
    """Fractions (N,) of the volatility of `weights` (N,), those that `attribute_risk` has by asset.

    Without the matrix of a factor model. NaN where there is no volatility.

    >>> import numpy as np
    >>> from forefolio.risk import Covariance
    >>> covariance = Covariance(assets=("A", "B"), matrix=np.diag([0.0004, 0.0001]))
    >>> volatility_shares(np.array([0.5, 0.5]), covariance).round(2).tolist()
    [0.8, 0.2]
    """
    variance = covariance.variance(weights)
    return _ratio(weights * covariance.times(weights), variance)


def attribute_to_factors(
    weights: Array, covariance: FactorCovariance, names: Sequence[str] = ()
) -> RiskContributions:
    """Contributions to the volatility of `weights` (N,) by the K factors of their covariance.

    The last part, specific, is not explained by the factors; its exposure is 1. The parts sum to
    the volatility. Factors are called `names`, or F1, F2, ...

    Raises:
        InputError: weights are not one finite number per asset, or names not one per factor.
    """
    _check(weights, covariance, ())
    count = len(covariance.factors)
    if names and len(names) != count:
        raise InputError(f"{len(names)} names for {count} factors; give one for each, or none")
    exposure = covariance.loadings.T @ weights
    parts = exposure * (covariance.factors @ exposure)
    variance = np.append(parts, float(covariance.specific @ weights**2))
    volatility = float(np.sqrt(max(float(variance.sum()), 0.0)))
    exposures, component = np.append(exposure, 1.0), _component(variance, volatility)
    return RiskContributions(
        names=(*(names or (f"F{number}" for number in range(1, count + 1))), SPECIFIC),
        exposure=exposures,
        marginal=_ratio(component, exposures),
        component=component,
    )


def _check(weights: Array, covariance: AnyCovariance, sectors: Sequence[str]) -> None:
    size = len(covariance.assets)
    if weights.shape != (size,):
        raise InputError(f"weights have shape {weights.shape}, must be ({size},): one per asset")
    if not np.isfinite(weights).all():
        bad = [a for a, w in zip(covariance.assets, weights, strict=True) if not np.isfinite(w)]
        raise InputError(f"weights must be finite; those of {', '.join(bad)} are not")
    if sectors and len(sectors) != size:
        raise InputError(f"{len(sectors)} sectors for {size} assets; give one per asset, or none")


def _by_sector(assets: RiskContributions, sectors: Sequence[str]) -> RiskContributions:
    labels = [sector or UNKNOWN for sector in sectors]
    names = tuple(dict.fromkeys(labels))
    member = np.array([[one == name for one in labels] for name in names], dtype=np.float64)
    exposure, component = member @ assets.exposure, member @ assets.component
    return RiskContributions(
        names=names,
        exposure=exposure,
        marginal=_ratio(component, exposure),
        component=component,
    )


def _by_principal_component(weights: Array, matrix: Array, volatility: float) -> RiskContributions:
    variances, vectors = np.linalg.eigh(matrix)
    if variances[0] < -ROUNDING * abs(variances[-1]):
        raise InputError(
            f"the covariance has a negative variance, {variances[0]:.3g}; "
            "repair it first, as every risk model here does"
        )
    variances, vectors = variances[::-1], vectors[:, ::-1]
    largest = np.abs(vectors).argmax(axis=0)
    exposure = (vectors * np.sign(vectors[largest, np.arange(len(largest))])).T @ weights
    return RiskContributions(
        names=tuple(f"PC{number}" for number in range(1, len(weights) + 1)),
        exposure=exposure,
        marginal=_ratio(variances * exposure, volatility),
        component=_component(variances * exposure**2, volatility),
    )


def _component(variance: Array, volatility: float) -> Array:
    """Parts of the variance as parts of the volatility: nothing, where there is none."""
    return variance / volatility if volatility > 0 else np.zeros_like(variance)


def _ratio(over: Array, under: Array | float) -> Array:
    """NaN where there is nothing to divide by."""
    divisor = np.broadcast_to(np.asarray(under, dtype=np.float64), over.shape)
    return np.divide(over, divisor, out=np.full_like(over, np.nan), where=divisor != 0)
