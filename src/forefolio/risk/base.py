"""The types of risk models: covariances, dense or by factors, and the model protocol."""

from dataclasses import dataclass, replace
from typing import Protocol, Self, TypeAlias, runtime_checkable

import numpy as np

from forefolio.core.errors import DataError
from forefolio.core.units import Array, Flags, read_only
from forefolio.market import Market


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Covariance:
    """Covariance matrix (N, N) of simple returns, per session; `note` says what was repaired.

    One that is `proven` is positive semi-definite by how it was made, up to rounding: whoever needs
    that need not look again.

    >>> import numpy as np
    >>> covariance = Covariance(assets=("A", "B"), matrix=np.diag([0.0001, 0.0004]))
    >>> covariance.std.tolist()  # per session
    [0.01, 0.02]
    """

    assets: tuple[str, ...]
    matrix: Array
    note: str = ""
    proven: bool = False

    def __post_init__(self) -> None:
        read_only(self.matrix)

    @property
    def std(self) -> Array:
        """Standard deviations (N,) per session."""
        return np.sqrt(np.diag(self.matrix))

    @property
    def largest_variance(self) -> float:
        """The largest variance of an asset per session."""
        return float(np.maximum.reduce(self.matrix.diagonal(), initial=0.0))

    def noted(self, *notes: str) -> Self:
        """The same covariance with more to say about it."""
        return replace(self, note="; ".join(filter(None, (self.note, *notes))))

    @property
    def correlation(self) -> Array:
        """Correlations (N, N)."""
        std = self.std
        return self.matrix / np.outer(std, std)

    def with_std(self, std: Array) -> Self:
        """The same correlations with other standard deviations (N,) per session."""
        scale = _scale(std, self.std)
        matrix = np.outer(scale, scale)
        matrix *= self.matrix
        return replace(self, matrix=matrix)

    def variance(self, weights: Array) -> float:
        """The variance of a portfolio (N,) per session."""
        return max(float(weights @ self.matrix @ weights), 0.0)  # rounding of a singular one

    def times(self, weights: Array) -> Array:
        """Covariances (N,) of each asset with a portfolio (N,) per session."""
        return self.matrix @ weights

    def select(self, among: Flags) -> Self:
        """The covariance of some of the assets: those where `among` (N,) is True."""
        if among.all():
            return self
        names = tuple(a for a, on in zip(self.assets, among, strict=True) if on)
        return replace(self, assets=names, matrix=self.matrix[among][:, among])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorCovariance:
    """Covariance of simple returns per session: loadings @ factors @ loadings.T + specific.

    K factors explain what N assets have in common. The `matrix` (N, N) is built only on request;
    solvers that use factors do not need it.

    Raises:
        DataError: a number is not known, a specific variance is not above zero, or the factors'
            covariance is not positive semi-definite.
    """

    assets: tuple[str, ...]
    loadings: Array  # (N, K)
    factors: Array  # (K, K) covariance of the factors
    specific: Array  # (N,) specific variances, those not explained by the factors
    note: str = ""

    def __post_init__(self) -> None:
        count, rank = len(self.assets), len(self.factors)
        shapes = self.loadings.shape, self.factors.shape, self.specific.shape
        if shapes != ((count, rank), (rank, rank), (count,)):
            raise DataError(f"loadings, factors, specific of {count} assets have shapes {shapes}")
        own = np.isfinite(self.loadings).all(axis=1) & np.isfinite(self.specific)
        bad = [
            a for a, fine in zip(self.assets, own & (self.specific > 0), strict=True) if not fine
        ]
        if bad:
            raise DataError(
                f"the factor model of {', '.join(bad[:5])} has unknown loadings or no specific "
                "variance; every asset needs one above zero"
            )
        if not np.isfinite(self.factors).all() or _least(self.factors) < -1e-10:
            raise DataError("the factors' covariance is not positive semi-definite")
        read_only(self.loadings, self.factors, self.specific)

    @property
    def root(self) -> Array:
        """Loadings (N, K) on uncorrelated factors of variance one."""
        values, vectors = np.linalg.eigh(self.factors)
        root: Array = self.loadings @ (vectors * np.sqrt(np.maximum(values, 0.0)))
        return root

    @property
    def matrix(self) -> Array:
        """All of it (N, N): 800 MB for 10,000 assets, built anew at each call."""
        root = self.root
        matrix: Array = root @ root.T
        matrix.reshape(-1)[:: len(matrix) + 1] += self.specific
        read_only(matrix)
        return matrix

    @property
    def std(self) -> Array:
        """Standard deviations (N,) per session."""
        std: Array = np.sqrt((self.root**2).sum(axis=1) + self.specific)
        return std

    @property
    def largest_variance(self) -> float:
        """The largest variance of an asset per session."""
        return float(np.square(self.std).max(initial=0.0))

    @property
    def correlation(self) -> Array:
        """Correlations (N, N)."""
        std = self.std
        return self.matrix / np.outer(std, std)

    def with_std(self, std: Array) -> Self:
        """The same correlations with other standard deviations (N,) per session."""
        scale = _scale(std, self.std)
        loadings, specific = self.loadings * scale[:, None], self.specific * scale**2
        return replace(self, loadings=loadings, specific=specific)

    def variance(self, weights: Array) -> float:
        """The variance of a portfolio (N,) per session, without the matrix."""
        common = weights @ self.loadings
        return max(float(common @ self.factors @ common + weights**2 @ self.specific), 0.0)

    def times(self, weights: Array) -> Array:
        """Covariances (N,) of each asset with a portfolio (N,) per session, without the matrix."""
        common = self.factors @ (weights @ self.loadings)
        return self.loadings @ common + self.specific * weights

    def select(self, among: Flags) -> Self:
        """The covariance of some of the assets: those where `among` (N,) is True."""
        names = tuple(a for a, on in zip(self.assets, among, strict=True) if on)
        rows = self.loadings[among], self.specific[among]
        return replace(self, assets=names, loadings=rows[0], specific=rows[1])


AnyCovariance: TypeAlias = Covariance | FactorCovariance


def finite_risk(covariance: AnyCovariance, about: object) -> AnyCovariance:
    """The covariance, if every number of it is finite: an unknown risk is not no risk.

    Raises:
        DataError: it names the assets whose variance, or else whose covariance, is not finite.
    """
    unknown = ~np.isfinite(covariance.std)
    if not unknown.any() and isinstance(covariance, Covariance):
        unknown = np.asarray(~np.isfinite(covariance.matrix).all(axis=1))
    if unknown.any():
        names = ", ".join(a for a, on in zip(covariance.assets, unknown, strict=True) if on)
        raise DataError(f"the risk of {names} is not known {about}: choose another risk model")
    return covariance


def _scale(wanted: Array, std: Array) -> Array:
    """What each asset's returns are multiplied by; one that does not move stays as it is."""
    return np.divide(wanted, std, out=np.ones(len(std)), where=std > 0)


def _least(matrix: Array) -> float:
    """The least eigenvalue, beside the greatest."""
    values = np.linalg.eigvalsh(matrix)
    return float(values[0] / (np.abs(values).max() or 1.0)) if len(values) else 0.0


@runtime_checkable
class RiskModel(Protocol):
    """Estimates the covariance from what is known."""

    def __call__(self, market: Market) -> AnyCovariance:
        """Covariance over `market.assets`, every one of which trades at the last session."""
        ...
