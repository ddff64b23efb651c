"""Expected returns that are not quite known: the worst of those that are plausible.

The mean return of an asset over `sessions` has a standard error of its volatility divided by
their root, whatever is forecast; errors of several assets are as correlated as their returns.
"""

import math
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Days
from forefolio.optimize.objectives.worst_variance import WorstVariance
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.symbols import Symbols

Errors: TypeAlias = Annotated[float, Field(ge=0, json_schema_extra={"unit": "standard errors"})]


class WorstReturn(Component):
    """The expected return if every asset disappoints by so many standard `errors` at once.

    A box around the forecast (Tutuncu and Koenig 2004, "Robust asset allocation"), as wide as if
    each mean had been measured over `sessions`: the more volatile an asset, the less is expected.
    """

    kind: Literal["worst_return"] = "worst_return"
    errors: Errors = Field(
        1.0, description="How far every asset falls short of its expected return."
    )
    sessions: Days = Field(
        1250,
        description=(
            "Sessions as if over which each mean return had been measured; fewer mean more doubt."
        ),
    )

    def expression(self, s: Symbols) -> Affine:
        """Concave: the expected return less a weighted sum of the sizes of the weights."""
        width = self.errors * _relative_error(s, self.sessions) * s.outlook.covariance.std
        doubt = width @ s.program.absolute(s.x)
        return s.expected_return - math.sqrt(s.outlook.forecast.horizon) * doubt


class WorstJointReturn(Component):
    """The expected return if the forecasts are jointly wrong, against the portfolio.

    An ellipsoid around the forecast (Goldfarb and Iyengar 2003, "Robust portfolio selection
    problems"): so many standard `errors` of the portfolio's own mean, measured over `sessions`.
    """

    kind: Literal["worst_joint_return"] = "worst_joint_return"
    errors: Errors = Field(
        1.0, description="How far the portfolio falls short of its expected return."
    )
    sessions: Days = Field(
        1250,
        description=(
            "Sessions as if over which the mean returns had been measured; fewer mean more doubt."
        ),
    )

    def expression(self, s: Symbols) -> Affine:
        """Concave: the expected return less a multiple of the volatility."""
        width = self.errors * _relative_error(s, self.sessions)
        return s.expected_return - width * s.program.norm(s.risk_root @ s.x)


ROBUST = (WorstReturn, WorstJointReturn, WorstVariance)


def _relative_error(s: Symbols, sessions: int) -> float:
    """The standard error of the mean over the horizon, in units of the volatility over it."""
    return math.sqrt(s.outlook.forecast.horizon / sessions)
