"""An optimiser that expects of every asset what the market pays for its beta: the CAPM."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import DataError, InputError
from forefolio.core.units import PER_CENT, Array
from forefolio.optimize import text
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.constraints.limits import Weights, benchmark_weights
from forefolio.optimize.names import Universe, check_names
from forefolio.optimize.objectives.black_litterman import AnyWithMean
from forefolio.optimize.objectives.mean_variance import MaximumSharpe


class CapitalAssetPricing(Component):
    """The portfolio of `optimizer`, where the CAPM says what is expected, and no forecast does.

    In a formula: `r + beta_i premium`, with r the return of cash, and beta the covariance with the
    `benchmark` (equal weights unless named) by its variance, both by the risk model. Without limits
    that bind, the benchmark itself has the greatest Sharpe ratio. Source: Sharpe (1964), "Capital
    asset prices: a theory of market equilibrium under conditions of risk".

    >>> import forefolio as ff
    >>> mu, cov = {'BOND': 0.0, 'STOCK': 0.0}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> market = (("BOND", 0.4), ("STOCK", 0.6))
    >>> best = ff.optimize(mu=mu, cov=cov, objective=ff.CapitalAssetPricing(benchmark=market))
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'BOND': 0.4, 'STOCK': 0.6}
    """

    kind: Literal["capm"] = "capm"
    optimizer: AnyWithMean = Field(
        MaximumSharpe(), description="Objective that chooses the weights from these returns."
    )
    premium: Annotated[
        float, Field(gt=0, le=1, json_schema_extra={"unit": "fraction per year"}), PER_CENT
    ] = Field(0.05, description="What the benchmark is expected to earn a year beyond cash.")
    benchmark: Weights = Field(
        (), description="Pairs of asset and weight that the market holds; none: equal weights."
    )

    def check_names(self, universe: Universe) -> None:
        """Refuse a benchmark of what is no asset."""
        universe.check_assets(dict(self.benchmark), f"the benchmark {text.mixed(self.benchmark)}")

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights as `optimizer` does.

        Raises:
            DataError: the benchmark has no variance.
            InputError: the outlook does not know how long a year is.
            UnclearName: the benchmark has what is no asset of the market.
            Infeasible: no portfolio satisfies the constraints together.
        """
        check_names(self, outlook.universe)
        return self.optimizer.allocate(self.believed(outlook))

    def believed(self, outlook: Outlook) -> Outlook:
        """The same outlook with the returns of the CAPM.

        Raises:
            DataError: the benchmark has no variance.
            InputError: the outlook does not know how long a year is.
        """
        if np.isnan(outlook.periods_per_year):
            raise InputError("a premium per year needs Outlook(periods_per_year=...)")
        premium = self.premium * outlook.forecast.horizon / outlook.periods_per_year
        return outlook.with_mean(outlook.risk_free + premium * self._betas(outlook))

    def _betas(self, outlook: Outlook) -> Array:
        """The beta (N,) of each asset to the benchmark."""
        market = benchmark_weights(self.benchmark, outlook)
        with_market = outlook.risk @ market
        variance = float(market @ with_market)
        if not variance > 0:
            raise DataError(
                f"the benchmark {text.mixed(self.benchmark)} has no variance, so that nothing has "
                "a beta to it; name another"
            )
        betas: Array = with_market / variance
        return betas
