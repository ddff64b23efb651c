"""Risk budgets: what each asset contributes to the risk is decided, the weights follow.

1. Minimise x'Cx / 2 - sum(budget * log x) over x > 0, C the correlations: it is convex and its
   optimum satisfies x * Cx = budget (Spinu 2013, "An algorithm for computing risk parity
   weights").
2. One coordinate after another is put where its own condition holds (Griveau-Billion, Richard and
   Roncalli 2013, "A fast algorithm for computing high-dimensional risk parity portfolios").
3. Where that is slow, Newton's method, damped while it is far away by the bound for
   self-concordant functions; it also checks what came out.
4. Divided by the volatilities and scaled to what is invested, x becomes the weights.
"""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import DataError, SolverFailed
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Share
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.names import Universe
from forefolio.optimize.objectives.risk_budget_kernel import descend

linalg: Any = lazy("scipy.linalg")

EXACT = 1e-12  # of the budgets, which sum to one
STEPS = 200
SWEEPS = 60  # over all coordinates, before Newton's method
Budgets = tuple[tuple[str, Annotated[float, Field(gt=0)]], ...]


class RiskParity(Component):
    """Every asset contributes the same to the volatility, or in proportion to its budget.

    `budgets` are (asset, budget) pairs; an asset that is not named has the mean of those that
    are. Long only; `invested` is the sum of the weights. Maillard, Roncalli and Teiletche 2010,
    "The properties of equally weighted risk contribution portfolios".

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, objective=ff.RiskParity())
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.75, 'stocks': 0.25}
    """

    kind: Literal["risk_parity"] = "risk_parity"
    budgets: Budgets = Field(
        (),
        description=(
            "Pairs of asset and its part of the risk, in proportion; one not named has "
            "the mean of those that are."
        ),
    )
    invested: Share = Field(1.0, description="Sum of the weights; the rest is cash.")

    def check_names(self, universe: Universe) -> None:
        """Refuse a budget of what is no asset."""
        universe.check_assets(dict(self.budgets), "the risk budgets")

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast.

        Raises:
            DataError: an asset has no volatility.
            UnclearName: a budget is of no asset of the market.
            SolverFailed: assets cancel each other's risk out, so that no weights are the answer.
        """
        self.check_names(outlook.universe)
        std, budgets = outlook.covariance.std, self._shares(outlook.assets)
        without = [a for a, v in zip(outlook.assets, std, strict=True) if not v > 0]
        if without:
            raise DataError(f"{', '.join(without)}: no volatility to divide; leave it out")
        raw = risk_budgeting(outlook.covariance.matrix / np.outer(std, std), budgets) / std
        return Allocation(
            assets=outlook.assets,
            weights=self.invested * raw / raw.sum(),
            method=self.kind,
            notes=outlook.repairs,
        )

    def _shares(self, assets: tuple[str, ...]) -> Array:
        named = dict(self.budgets)
        usual = sum(named.values()) / len(named) if named else 1.0
        budgets = np.array([named.get(asset, usual) for asset in assets])
        shares: Array = budgets / budgets.sum()
        return shares


def risk_budgeting(correlation: Array, budgets: Array) -> Array:
    """Positive x (N,) with x * (correlation @ x) = budgets, which sum to one.

    Raises:
        SolverFailed: there is none, because assets cancel each other's risk out.
    """
    x = np.sqrt(budgets)
    x /= np.sqrt(max(float(x @ correlation @ x), 1e-12))
    descend(np.ascontiguousarray(correlation), budgets, SWEEPS, EXACT / 2, x)
    for _ in range(STEPS):
        slope = correlation @ x - budgets / x
        if np.abs(x * slope).max() < EXACT:
            return x
        curvature = correlation + np.diag(budgets / x**2)
        try:
            step = np.linalg.solve(curvature, slope)
        except np.linalg.LinAlgError:
            break
        far = float(np.abs(step / x).max())
        x = x - step if far < 0.5 else x - step / (1.0 + far)
        if not np.isfinite(x).all() or x.max() > 1e8:
            break
    raise SolverFailed(
        "no weights have these risk budgets: assets cancel each other's risk out; leave out one "
        "of them, or shrink the covariance"
    )
