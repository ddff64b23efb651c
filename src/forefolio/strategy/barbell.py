"""A safe sleeve and a risky one; their ratio follows the risk.

1. The rungs of the safe sleeve are cash and the bonds there are, shortest first; `timing` says
   where on them to stand, and the two rungs beside that place share the sleeve.
2. The risky sleeve is a strategy of its own on all other assets.
3. The risky share is what keeps the expected volatility of that sleeve at `target`, made smaller
   by the probability of stress:
   min(most, target / volatility) x (1 - caution x stress).
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from functools import partial
from math import isfinite
from typing import Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.core.units import AnnualVolatility, Array, Dates, Share
from forefolio.market import Market
from forefolio.optimize import Allocation
from forefolio.risk import AnyRiskModel, VolatilityTimesCorrelation
from forefolio.strategy.base import Policy, Strategy
from forefolio.strategy.baselines import alive, only
from forefolio.strategy.duration import DurationTiming
from forefolio.strategy.forecast_driven import ForecastDriven
from forefolio.strategy.nervousness import Turbulence
from forefolio.strategy.overlays import EstimatedVolatility, expected_volatility
from forefolio.strategy.plain import PlainStrategy, by_itself

UNKNOWN = "no regimes are estimated yet: the probability of stress is taken as one half"


class Barbell(Component):
    """A safe sleeve timed by rates and inflation, a risky one by forecasts, a ratio by risk.

    The safe sleeve holds those of the assets `safe` (shortest duration first) that the market has,
    and cash; `timing` chooses between them. `risky` invests in everything else. Its share is
    min(`most`, `target` / volatility) x (1 - `caution` x `stress`), where the volatility a year is
    what `risk` expects of it; until regimes are estimated, stress is taken to be one half.

    >>> import forefolio as ff
    >>> ff.Barbell(target=0.08).safe
    ('SHY', 'IEF', 'TLT')
    """

    kind: Literal["barbell"] = "barbell"
    safe: tuple[str, ...] = Field(
        ("SHY", "IEF", "TLT"),
        description=(
            "Tickers of the safe bonds, shortest duration first; those the market lacks "
            "are skipped."
        ),
    )
    timing: DurationTiming = Field(
        DurationTiming(),
        description="How the place between cash and the longest bond is chosen.",
        json_schema_extra={"advanced": True},
    )
    risky: PlainStrategy = Field(
        ForecastDriven(), description="Strategy that invests in all other assets."
    )
    risk: AnyRiskModel = Field(
        VolatilityTimesCorrelation(),
        description="Risk model that estimates the volatility of the risky part.",
    )
    target: AnnualVolatility = Field(
        0.1, description="Volatility that the risky part may bring to the whole."
    )
    most: Share = Field(0.9, description="Greatest share of the risky part.")
    caution: Share = Field(
        0.5, description="How much of the risky part is sold when stress is certain."
    )
    stress: Turbulence = Field(
        Turbulence(),
        description="How the probability of a turbulent market is estimated.",
        json_schema_extra={"advanced": True},
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "barbell"

    @property
    def parts(self) -> Mapping[str, Strategy]:
        """What is held."""
        return {"risky": self.risky}

    def with_parts(self, parts: Mapping[str, Strategy]) -> Strategy:
        """The same of other strategies."""
        return self.model_copy(update=parts)

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        """Prepare the risky sleeve, and judge every session by the regimes estimated up to then."""
        bonds = np.isin(market.assets, self.safe)
        ventures = only(market, ~bonds)
        policy = yield from self.risky.prepare(ventures, sessions, executor)
        nervous = self.stress.history(market)
        return partial(self._decide, policy, nervous)

    def _decide(
        self, policy: Policy, nervous: Array, snapshot: Market, current: Array
    ) -> Allocation:
        """By the policy of the risky sleeve, and how nervous every session of the market was."""
        bonds, stress = np.isin(snapshot.assets, self.safe), float(nervous[len(snapshot) - 1])
        some = only(snapshot, ~bonds)
        risky = policy(some, by_itself(current[~bonds]))
        expected = expected_volatility(self.risk, some, risky.weights)
        notes = expected.notes if isfinite(stress) else (*expected.notes, UNKNOWN)
        share = self._share(expected, stress if isfinite(stress) else 0.5)
        weights = (1.0 - share) * self._safe_weights(snapshot)
        weights[~bonds] = share * risky.weights
        return Allocation(
            assets=snapshot.assets,
            weights=weights,
            method=self.kind,
            notes=(*risky.notes, *notes),
            parts=self._parts(snapshot, weights, share),
            basis=risky.basis and risky.basis.without_risk(),
        )

    def _share(self, expected: EstimatedVolatility, stress: float) -> float:
        return expected.room(self.target, self.most) * (1.0 - self.caution * stress)

    def _safe_weights(self, snapshot: Market) -> Array:
        """Weights (N,) within the safe sleeve; the rest of it is cash."""
        trading = alive(snapshot)
        rungs = [snapshot.assets.index(a) for a in self.safe if a in snapshot.assets]
        rungs = [asset for asset in rungs if trading[asset]]
        weights = np.zeros(len(snapshot.assets))
        if rungs:
            place = self.timing.place(snapshot, snapshot.assets[rungs[-1]]) * len(rungs)
            for number, asset in enumerate(rungs, start=1):
                weights[asset] = max(0.0, 1.0 - abs(place - number))
        return weights

    def _parts(
        self, snapshot: Market, weights: Array, share: float
    ) -> tuple[tuple[str, float], ...]:
        held = dict(zip(snapshot.assets, weights.tolist(), strict=True))
        bonds = tuple((f"safe {asset}", held[asset]) for asset in self.safe if asset in held)
        return (("risky", share), ("safe", 1.0 - share), *bonds)
