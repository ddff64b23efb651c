"""A covariance that is not quite known: the worst variance of those that are plausible."""

import math
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.lazy import lazy
from forefolio.core.units import Days, Probability
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.symbols import Symbols

stats: Any = lazy("scipy.stats")


class WorstVariance(Component):
    """Minus half the `aversion` times the greatest variance that the covariance may have.

    An ellipsoid around the covariance C: every element has the standard error that it would have
    among independent normal returns of `sessions` sessions, s_i s_j / sqrt(sessions), times the
    root of two on the diagonal. Its worst member makes the variance

    w'Cw + k / sqrt(sessions) sqrt((sum s_i^2 w_i^2)^2 + sum s_i^4 w_i^4),

    with k^2 the `confidence` quantile of a chi-squared variable of N^2 degrees of freedom. The
    worst is C and something positive semi-definite, so that nothing is lost by the closed form. The
    less the covariance is known, the nearer to weights by inverse variance. Source: Schoettle and
    Werner (2009), "Robustness properties of mean-variance portfolios".

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
    confidence: Probability = Field(
        0.95, description="How probable it is that the covariance is one of the set."
    )
    sessions: Days = Field(
        250,
        description="Sessions as if over which the covariance had been measured; fewer mean more.",
    )

    def expression(self, s: Symbols) -> Affine:
        """Concave: a length of squares."""
        std = s.outlook.covariance.std
        assets, usual = len(std), float(std.mean()) or 1.0  # squares of about one are solved best
        horizon = s.outlook.forecast.horizon
        unit = 1.0 / (usual * math.sqrt(horizon))
        variance = s.program.square(unit * (s.risk_root @ s.x), s.scale)
        parts = s.program.unknown(assets)
        for k in range(assets):
            square = s.program.square(float(std[k] / usual) * s.x[[k]], s.scale)
            s.program.at_least(parts[[k]], square)
        shapes = np.vstack([np.ones((1, assets)), np.eye(assets)])
        doubt = self._width(assets) * s.program.norm(shapes @ parts)
        return (-self.aversion / 2.0 / unit**2) * (variance + doubt)

    def _width(self, assets: int) -> float:
        quantile = float(stats.chi2.ppf(self.confidence, assets**2))
        return math.sqrt(quantile / self.sessions)
