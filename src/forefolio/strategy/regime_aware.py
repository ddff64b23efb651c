"""A mixture of two strategies by the probability of a turbulent market."""

from collections.abc import Mapping
from concurrent.futures import Executor
from functools import partial
from math import isfinite
from typing import Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.core.units import Array, Dates
from forefolio.market import Market
from forefolio.optimize import Allocation, MinimumVariance
from forefolio.strategy.base import Policy, Strategy
from forefolio.strategy.baselines import Classical, EqualWeight
from forefolio.strategy.nervousness import Turbulence
from forefolio.strategy.plain import PlainStrategy, by_itself, joint_basis

UNKNOWN = "no regimes are estimated yet: half of each strategy"


class RegimeAware(Component):
    """Hold `offence` in a calm market, `defence` in a nervous one, and mixtures between.

    The weights are (1 - s) x those of the offence + s x those of the defence, where s is `stress`.
    It is estimated from past data alone, and averaged, so that brief alarms cause few trades.

    >>> import forefolio as ff
    >>> rule = ff.RegimeAware(offence="classical", defence="inverse_volatility")
    >>> rule.offence.kind, rule.defence.kind
    ('classical', 'inverse_volatility')
    """

    kind: Literal["regime_aware"] = "regime_aware"
    offence: PlainStrategy = Field(
        EqualWeight(), description="Strategy that is held in a calm market."
    )
    defence: PlainStrategy = Field(
        Classical(optimizer=MinimumVariance()),
        description="Strategy that is held in a nervous market.",
    )
    stress: Turbulence = Field(
        Turbulence(),
        description="How the probability of a nervous market is estimated.",
        json_schema_extra={"advanced": True},
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "regime aware"

    @property
    def parts(self) -> Mapping[str, Strategy]:
        """What is held."""
        return {"offence": self.offence, "defence": self.defence}

    def with_parts(self, parts: Mapping[str, Strategy]) -> Strategy:
        """The same of other strategies."""
        return self.model_copy(update=parts)

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        """Prepare both strategies, and judge every session by the regimes estimated up to then."""
        offence = yield from self.offence.prepare(market, sessions, executor)
        defence = yield from self.defence.prepare(market, sessions, executor)
        nervous = self.stress.history(market)
        return partial(self._decide, (offence, defence), nervous)

    def _decide(
        self, both: tuple[Policy, Policy], nervous: Array, snapshot: Market, current: Array
    ) -> Allocation:
        """By the policies of both, and how nervous every session of the market was."""
        share = float(nervous[len(snapshot) - 1])
        notes = () if isfinite(share) else (UNKNOWN,)
        share = share if isfinite(share) else 0.5
        bold, shy = (policy(snapshot, by_itself(current)) for policy in both)
        return Allocation(
            assets=snapshot.assets,
            weights=(1.0 - share) * bold.weights + share * shy.weights,
            method=self.kind,
            notes=(*bold.notes, *shy.notes, *notes),
            parts=(("offence", 1.0 - share), ("defence", share)),
            basis=joint_basis(((1.0 - share, bold), (share, shy))),
        )
