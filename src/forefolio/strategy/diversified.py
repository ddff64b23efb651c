"""Diversified weights: by risk alone, none of them large."""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Annotated, Any, Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.core.units import Array, Dates, Share
from forefolio.market import Market
from forefolio.optimize import (
    Allocation,
    AnyOptimizer,
    Bounds,
    MaximumDiversification,
    Optimizer,
    Outlook,
)
from forefolio.risk import AnyRiskModel, VolatilityTimesCorrelation
from forefolio.risk.covariance.kinds import is_mixed
from forefolio.strategy.base import Policy
from forefolio.strategy.baselines import Classical
from forefolio.strategy.limits import unlimited_optimizer


class Diversified(Component):
    """The weights of `optimizer` on the covariance of `risk`, and none of them large.

    No asset has more than `most` or `equal_shares` times an equal share, whichever is larger; where
    bonds or gold stand beside stocks, and few assets do the diversifying, none has more than
    `most_mixed`. Expected returns play no part unless the objective asks for them. Constraints
    that are stated, in the optimiser or in words, stand in the place of that limit.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=30)
    >>> weights = ff.AllocationStrategy(ff.Diversified()).allocate(market).weights
    >>> bool(weights.max() <= 2 / 30 + 1e-9)
    True
    """

    kind: Literal["diversified"] = "diversified"
    optimizer: AnyOptimizer = Field(
        MaximumDiversification(), description="Objective that chooses the weights."
    )
    risk: AnyRiskModel = Field(
        VolatilityTimesCorrelation(), description="Risk model that the objective rests on."
    )
    most: Share = Field(0.05, description="Greatest weight of an asset among many.")
    equal_shares: Annotated[float, Field(ge=1)] = Field(
        2.0, description="Greatest weight among few, as a multiple of an equal share."
    )
    most_mixed: Share = Field(
        0.2, description="Greatest weight where bonds or gold stand beside stocks."
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "diversified"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare."""
        yield from ()
        return self.decide

    @property
    def unlimited(self) -> "Diversified":
        """The same with a greatest weight of 1."""
        free = {"most": 1.0, "most_mixed": 1.0, "optimizer": unlimited_optimizer(self.optimizer)}
        return self.model_copy(update=free)

    def decide(self, snapshot: Market, current: Array) -> Allocation:
        """The portfolio as of the last session.

        Raises:
            ForefolioError: nothing is alive, or the optimiser fails.
        """
        return self.decide_by(lambda limited: limited, snapshot, current)

    def decide_by(
        self, change: Callable[[Optimizer], Optimizer], snapshot: Market, current: Array
    ) -> Allocation:
        """`decide`, by what is made of the optimiser and its limits once these are known."""
        rule = Classical(risk=self.risk, optimizer=self.optimizer)
        return rule.decide_by(lambda outlook: change(self._limited(outlook)), snapshot, current)

    def _limited(self, outlook: Outlook) -> Optimizer:
        """The optimiser, with the limit where it states no constraints of its own."""
        own: Any = self.optimizer
        usual = type(own).model_fields.get("constraints") if isinstance(own, Component) else None
        if usual is None or own.constraints != usual.default:
            return self.optimizer
        limit = Bounds(upper=self._greatest(outlook))
        limited: Optimizer = own.model_copy(update={"constraints": (*own.constraints, limit)})
        return limited

    def _greatest(self, outlook: Outlook) -> float:
        count = len(outlook.assets)
        wide = is_mixed(outlook.covariance, outlook.sectors)
        least = self.most_mixed if wide else self.most
        return min(1.0, max(least, self.equal_shares / count))
