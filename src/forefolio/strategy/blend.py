"""The mean of several strategies."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.core.units import Array, Dates
from forefolio.market import Market
from forefolio.optimize import Allocation, MinimumVariance
from forefolio.optimize.objectives.risk_budget import RiskParity
from forefolio.strategy.base import Policy, Strategy
from forefolio.strategy.baselines import Classical
from forefolio.strategy.diversified import Diversified
from forefolio.strategy.plain import PlainStrategy, by_itself, joint_basis

AnyPart = Annotated[tuple[PlainStrategy, ...], Field(min_length=1)]


class Blend(Component):
    """The mean of the weights of several strategies, each decided as if it were alone.

    What one of them is wrong about weighs a third. The default is minimum variance, risk parity
    and maximum diversification.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> mean = ff.Blend(strategies=("equal_weight", "inverse_volatility"))
    >>> ff.AllocationStrategy(mean).allocate(market).weights.round(3).tolist()
    [0.277, 0.266, 0.233, 0.224]
    """

    kind: Literal["blend"] = "blend"
    strategies: AnyPart = Field(
        (
            Diversified(optimizer=MinimumVariance()),
            Classical(optimizer=RiskParity()),
            Diversified(),
        ),
        description="Strategies whose weights are averaged.",
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "blend"

    @property
    def parts(self) -> Mapping[str, Strategy]:
        """What is averaged, numbered from 1."""
        return {str(number): one for number, one in enumerate(self.strategies, start=1)}

    def with_parts(self, parts: Mapping[str, Strategy]) -> Strategy:
        """The same of other strategies."""
        return self.model_copy(update={"strategies": tuple(parts.values())})

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        """Prepare each."""
        policies = []
        for strategy in self.strategies:
            policies.append((yield from strategy.prepare(market, sessions, executor)))
        return partial(self._decide, policies)

    def _decide(self, policies: Sequence[Policy], snapshot: Market, current: Array) -> Allocation:
        own = by_itself(current)
        chosen = [policy(snapshot, own) for policy in policies]
        share = 1.0 / len(chosen)
        return Allocation(
            assets=snapshot.assets,
            weights=np.mean([one.weights for one in chosen], axis=0),
            method=self.kind,
            notes=tuple(dict.fromkeys(note for one in chosen for note in one.notes)),
            basis=joint_basis([(share, one) for one in chosen]),
        )
