"""A covariance that is not quite known: the worst variance of those that are plausible."""

from typing import Annotated, Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.optimize.objectives.covariance_sets import (
    AnyCovarianceSet,
    CovarianceEllipsoid,
    usual_volatility,
    worst_variance,
)
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.symbols import Symbols


class WorstVariance(Component):
    """Minus half the `aversion` times the greatest variance of the covariances `among` which it is.

    The less the covariance is known, the nearer to weights by inverse variance, or, of a box, to
    few assets of little volatility.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> careful = ff.Utility(terms=("worst_variance",))
    >>> best = ff.optimize(mu=mu, cov=cov, objective=careful)
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.92, 'stocks': 0.08}
    """

    kind: Literal["worst_variance"] = "worst_variance"
    aversion: Annotated[float, Field(gt=0)] = Field(
        3.0, description="Risk aversion: 1 is full Kelly, about 3 is usual; more is more careful."
    )
    among: AnyCovarianceSet = Field(
        CovarianceEllipsoid(), description="Covariances that are plausible."
    )

    def expression(self, s: Symbols) -> Affine:
        """Concave: minus a convex function of the weights."""
        unit = usual_volatility(s.outlook)
        return (-self.aversion / 2.0 * unit**2) * worst_variance(self.among, s, s.scale, unit)
