"""An optimiser that believes views besides the forecast."""

from typing import Annotated, Literal

from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.optimize import text
from forefolio.optimize.base import Allocation, Optimizer, Outlook
from forefolio.optimize.constraints.limits import Weights, benchmark_weights
from forefolio.optimize.names import Universe, check_names
from forefolio.optimize.objectives.mean_variance import (
    MaximumSharpe,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
)
from forefolio.optimize.objectives.scenario_based import MaximumGrowth
from forefolio.optimize.objectives.views import AnyView, blended, on_held

AnyWithMean = Annotated[
    Optimizer,
    OneOf(MaximumSharpe, MinimumVariance, TargetReturn, TargetVolatility, Utility, MaximumGrowth),
]


class BlackLitterman(Component):
    """The portfolio of `optimizer`, once `views` are blended into what is expected.

    What is expected before is the forecast. With an `aversion` it is what the market must expect
    if it holds the `benchmark` (equal weights unless named): cash, and that many times the
    covariance with it. A view about an asset that cannot be held at a decision is left out, and a
    note says so; one about no asset of the market is refused. With an `uncertainty` the risk is
    that of the posterior too: what is not known of the expected returns is added to it. `believed`
    gives both as an outlook.

    >>> import forefolio as ff
    >>> mu, cov = {'BOND': 0.03, 'STOCK': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> views = ff.BlackLitterman(views=("STOCK = 12% per year with confidence 60%",))
    >>> best = ff.optimize(mu=mu, cov=cov, objective=views)
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'BOND': 0.45, 'STOCK': 0.55}
    """

    kind: Literal["black_litterman"] = "black_litterman"
    views: tuple[AnyView, ...] = Field(
        (), description="Own opinions on returns that are blended into the expected returns."
    )
    optimizer: AnyWithMean = Field(
        MaximumSharpe(), description="Objective that chooses the weights from the blended returns."
    )
    aversion: Annotated[float | None, Field(gt=0)] = Field(
        None,
        description=(
            "Risk aversion of a market that holds the benchmark, which implies what it "
            "expects; none: the forecast is taken."
        ),
    )
    benchmark: Weights = Field(
        (), description="Pairs of asset and weight that the market holds; none: equal weights."
    )
    uncertainty: Annotated[float, Field(ge=0, le=1)] = Field(
        0.0,
        description=(
            "Variance of what is expected beside that of returns (tau, often 5%): it raises the "
            "risk, less where views are sure; none: the risk model's covariance is kept."
        ),
    )

    def check_names(self, universe: Universe) -> None:
        """Refuse a benchmark of what is no asset."""
        universe.check_assets(dict(self.benchmark), f"the benchmark {text.mixed(self.benchmark)}")

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights as `optimizer` does.

        Raises:
            InputError: the outlook does not know how long a year is.
            UnclearName: a view is about no asset of the market.
            Infeasible: no portfolio satisfies the constraints together.
        """
        check_names(self.views, outlook.universe)
        _, notes = on_held(self.views, outlook.assets)
        return self.optimizer.allocate(self.believed(outlook)).noted(*notes)

    def believed(self, outlook: Outlook) -> Outlook:
        """The posterior: an outlook with the means, and the covariance, that the views leave.

        Raises:
            InputError: the outlook does not know how long a year is.
        """
        if self.aversion is not None:
            portfolio = benchmark_weights(self.benchmark, outlook)
            premium = self.aversion * (outlook.risk @ portfolio)
            outlook = outlook.with_mean(outlook.risk_free + premium)
        heard, _ = on_held(self.views, outlook.assets)
        return blended(outlook, heard, self.uncertainty)
