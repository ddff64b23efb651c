"""Where portfolios lie beside a frontier: what is the same for all of them is found once."""

from dataclasses import dataclass
from math import sqrt
from typing import Self

import numpy as np

from forefolio.core.units import Array
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.exact.look_up_kernel import moments_at
from forefolio.optimize.frontier.curve import CurvePoint
from forefolio.optimize.objectives.risk_measures import (
    RiskMeasure,
    VolatilityMeasure,
    expected_annual,
    horizons_per_year,
    ratio_periods,
)
from forefolio.risk import Covariance

VOLATILITY = VolatilityMeasure()
NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Axes:
    """What portfolios of an outlook are placed by: the return a year, and a risk."""

    outlook: Outlook
    measure: RiskMeasure
    by_volatility: bool  # the volatility is the risk
    mean: Array  # (N,) over the horizon
    matrix: Array | None  # (N, N) covariance per session; None where there are factors
    neutral_return: float  # what doing nothing is expected to earn a year
    periods: float  # of the risk, in a year

    @classmethod
    def of(cls, measure: RiskMeasure, outlook: Outlook) -> Self:
        """Those of a risk measure."""
        covariance = outlook.covariance
        dense = isinstance(covariance, Covariance)
        return cls(
            outlook=outlook,
            measure=measure,
            by_volatility=measure == VOLATILITY,
            mean=np.ascontiguousarray(outlook.mean, dtype=np.float64),
            matrix=np.ascontiguousarray(covariance.matrix, dtype=np.float64) if dense else None,
            neutral_return=expected_annual(measure.neutral(outlook), outlook),
            periods=ratio_periods(measure, outlook),
        )

    def place(self, weights: Array) -> CurvePoint:
        """A portfolio (N,) as it is."""
        return self._placed(weights, NAN, "", NAN, ())

    def answer(self, allocation: Allocation, target: float) -> CurvePoint:
        """A portfolio that was asked for by its return; NaN where it was not."""
        return self._placed(
            allocation.weights, target, allocation.status, allocation.gap, allocation.notes
        )

    def alone(self) -> Array:
        """The risk (N,) of everything in one asset."""
        if self.by_volatility:
            std, periods = self.outlook.covariance.std, self.outlook.periods_per_year
            return np.asarray(std * np.sqrt(periods))
        one_each = np.eye(len(self.outlook.assets))
        return np.array([self.measure.of(one, self.outlook) for one in one_each])

    def _placed(
        self, weights: Array, target: float, by: str, gap: float, notes: tuple[str, ...]
    ) -> CurvePoint:
        earned, volatility = self._moments(weights)
        risk = volatility if self.by_volatility else self.measure.of(weights, self.outlook)
        beyond = (earned - self.neutral_return) / self.periods
        return CurvePoint(
            target=earned if target != target else target,  # NaN
            assets=self.outlook.assets,
            weights=weights,
            expected_return=earned,
            risk=risk,
            volatility=volatility,
            ratio=beyond / risk if risk > 0 else NAN,
            by=by,
            gap=gap,
            notes=notes,
        )

    def _moments(self, weights: Array) -> tuple[float, float]:
        """The expected return, that of cash included, and the volatility, both a year."""
        outlook = self.outlook
        if self.matrix is None:
            return expected_annual(weights, outlook), VOLATILITY.of(weights, outlook)
        total, mean, variance = moments_at(weights, self.mean, self.matrix)
        earned = (mean + outlook.risk_free * (1.0 - total)) * horizons_per_year(outlook)
        return earned, sqrt(max(variance, 0.0) * outlook.periods_per_year)
