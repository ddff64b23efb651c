"""What objectives and constraints are written in."""

import math
from dataclasses import dataclass

import numpy as np

from forefolio.core.errors import DataError, InputError
from forefolio.core.units import Array
from forefolio.core.wording import percent, sessions
from forefolio.optimize.base import Outlook
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Program
from forefolio.optimize.program.solvers import SolverControl
from forefolio.risk import FactorCovariance


@dataclass(frozen=True, slots=True, eq=False)
class Symbols:
    """The decision and the data, per forecast horizon.

    The decision is the homogenised weights x = scale * weights, so that one constraint serves a
    plain objective (scale is 1) and a ratio (scale is free): `weights <= 0.1` is
    `x <= 0.1 * scale`.
    """

    outlook: Outlook
    program: Program
    x: Affine  # (N,)
    scale: Affine  # (1,)

    @property
    def assets(self) -> tuple[str, ...]:
        """The (N,) assets."""
        return self.outlook.assets

    @property
    def trades(self) -> Affine:
        """What is bought and sold (N,)."""
        return self.x - self.outlook.current * self.scale

    @property
    def is_held(self) -> bool:
        """Whether anything is held before these trades; the first portfolio has to be bought."""
        return bool(self.outlook.current.any())

    @property
    def cash(self) -> Affine:
        """What is not invested (1,)."""
        return self.scale - self.x.sum()

    @property
    def mean(self) -> Array:
        """Expected simple returns (N,) over the horizon."""
        return _all_finite(self.outlook.mean, "expected return", self.assets)

    @property
    def expected_return(self) -> Affine:
        """Expected simple return of the portfolio (1,) over the horizon, its cash included."""
        return self.mean @ self.x + self.outlook.risk_free * self.cash

    @property
    def risk_root(self) -> Array:
        """A matrix R (K, N) such that R.T @ R is the covariance over the horizon.

        From the factors where there are some, otherwise from the eigenvalues: it then exists for
        singular matrices too, and rounding that makes one slightly negative does no harm.
        """
        covariance, horizon = self.outlook.covariance, self.outlook.forecast.horizon
        if isinstance(covariance, FactorCovariance):
            parts = [covariance.root.T, np.diag(np.sqrt(covariance.specific))]
            return np.vstack(parts) * math.sqrt(horizon)
        risk = self.outlook.risk
        _all_finite(np.diag(risk) + risk.sum(axis=1), "variance", self.assets)
        values, vectors = np.linalg.eigh(risk)
        root: Array = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
        return root

    @property
    def horizons_per_year(self) -> float:
        """How many horizons a year has.

        Raises:
            InputError: the outlook does not say how many sessions a year has.
        """
        periods = self.outlook.periods_per_year
        if math.isnan(periods):
            raise InputError(
                "an annual return needs Outlook(periods_per_year=market.periods_per_year)"
            )
        return periods / self.outlook.forecast.horizon


def symbols(
    outlook: Outlook, *, ratio: bool = False, control: SolverControl | None = None
) -> Symbols:
    """A new problem about `outlook`; its scale is free where a `ratio` is to be optimised."""
    program = Program(control=control, suspect=lambda: _most_extreme(outlook))
    x = program.unknown(len(outlook.assets))
    if not ratio:
        return Symbols(outlook, program, x, Affine(np.zeros((1, 0)), np.ones(1)))
    scale = program.unknown()
    return Symbols(outlook, program, x, scale)


def _most_extreme(outlook: Outlook) -> str:
    """The asset of which most is expected beside its volatility, in words."""
    horizon, mean = outlook.forecast.horizon, outlook.mean
    risk = outlook.covariance.std * math.sqrt(horizon)
    ratio = np.abs(mean - outlook.risk_free) / np.maximum(risk, np.finfo(float).tiny)
    most = int(np.argmax(np.nan_to_num(ratio)))
    if not ratio[most] > 1.0:
        return (
            "no forecast is extreme: ask for less by solver.tolerance, or choose another objective"
        )
    return (
        f"look for what is extreme: {outlook.assets[most]} is expected to earn "
        f"{percent(float(mean[most]))} over {sessions(horizon)} at a volatility of "
        f"{percent(float(risk[most]))}"
    )


def _all_finite(values: Array, what: str, assets: tuple[str, ...]) -> Array:
    unknown = [asset for asset, value in zip(assets, values, strict=True) if not np.isfinite(value)]
    if unknown:
        raise DataError(f"the {what} of {', '.join(unknown)} is not known; leave the asset out")
    return values
