"""The strategy that follows signals, without an optimiser."""

from concurrent.futures import Executor
from functools import partial
from typing import Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import ForefolioError
from forefolio.core.events import Job
from forefolio.core.units import Array, Dates, DaysAhead
from forefolio.core.wording import sessions as in_sessions
from forefolio.forecast import Evidence, ForecastPanel, Recipe, gather_combined
from forefolio.market import Market
from forefolio.optimize import Allocation, Basis
from forefolio.signals import SignalEngine
from forefolio.strategy.base import Policy
from forefolio.strategy.baselines import Classical


class SignalDriven(Component):
    """Hold the position sizes of the signals of `engine`, and cash for the rest.

    Forecasts are those of `recipe` over `horizon`. Where a date has none, the portfolio of
    `fallback` is held, and the allocation's notes say so.

    >>> import forefolio as ff
    >>> engine = ff.SignalEngine(minimum_confidence=0.6)
    >>> ff.SignalDriven(horizon=21, engine=engine).engine.minimum_confidence
    0.6
    """

    kind: Literal["signal_driven"] = "signal_driven"
    recipe: Recipe = Field(Recipe(), description="Features and models that make the forecasts.")
    horizon: DaysAhead = Field(21, description="Sessions that a forecast covers.")
    engine: SignalEngine = Field(
        SignalEngine(), description="How forecasts become signals and position sizes."
    )
    fallback: Classical = Field(
        Classical(),
        description="Strategy on a date without a forecast.",
        json_schema_extra={"advanced": True},
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "signals"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Make every forecast ahead; forecasts do not depend on holdings."""
        forecasts = yield from gather_combined(self.recipe, (self.horizon,), market, executor)
        return self.policy(forecasts.horizons[self.horizon])

    def policy(self, evidence: Evidence) -> Policy:
        """The rule that follows from forecasts already made."""
        return partial(self._decide, evidence.panel)

    def _decide(self, panel: ForecastPanel, snapshot: Market, current: Array) -> Allocation:
        try:
            signal = self.engine.signal(panel, snapshot)
        except (KeyError, ForefolioError) as error:
            note = f"classical portfolio instead of signals: {error}"
            return self.fallback.decide(snapshot, current).noted(note)
        forecast = panel.at(snapshot.sessions[-1])
        basis = Basis(
            assets=snapshot.assets,
            mean=forecast.mean / forecast.horizon,
            mean_by=f"the forecasts over {in_sessions(forecast.horizon)}",
        )
        return Allocation(
            assets=snapshot.assets, weights=signal.size, method=self.kind, basis=basis
        )
