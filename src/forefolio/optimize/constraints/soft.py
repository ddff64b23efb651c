"""A constraint that gives way, as little as it must, where it contradicts the others."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.optimize.constraints.holdings import HOLDINGS
from forefolio.optimize.constraints.limits import LIMITS
from forefolio.optimize.constraints.linear import LINEAR, Constraint, Turnover
from forefolio.optimize.constraints.positions import POSITIONS
from forefolio.optimize.constraints.risk_contribution import RiskContribution
from forefolio.optimize.constraints.risk_limit import RiskLimit
from forefolio.optimize.constraints.weighted import WeightedSum
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import Symbols

FIRM = (*LINEAR, WeightedSum, *LIMITS, RiskLimit, RiskContribution, *POSITIONS, *HOLDINGS)


class Soft(Component):
    """A `constraint` that holds if possible.

    Where no portfolio satisfies all constraints, the soft ones are relaxed by as little as makes
    one possible, and the allocation's notes say by how much. How many names are held, that no
    position is small, and a limit on a part of the risk never give way.
    """

    kind: Literal["soft"] = "soft"
    constraint: Annotated[Constraint, OneOf(*FIRM)] = Field(
        Turnover(),
        description="Constraint that gives way, by as little as possible, where it has to.",
    )

    def __str__(self) -> str:
        """Such as "turnover <= 20% if possible"."""
        return f"{self.constraint} if possible"

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """Its rows, marked as soft."""
        for rows in self.constraint.rows(s):
            yield replace(rows, soft=True)


def firm(constraint: Constraint) -> Constraint:
    """What a constraint states, whether or not it gives way."""
    return constraint.constraint if isinstance(constraint, Soft) else constraint
