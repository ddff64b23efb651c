"""The strategy that optimises on forecasts."""

from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import ForefolioError, NotEnoughHistory, UnclearName
from forefolio.core.events import Job
from forefolio.core.units import Array, Dates, DaysAhead, Money
from forefolio.core.wording import note_lines, sessions
from forefolio.forecast import Evidence, Forecast, Recipe, gather_combined
from forefolio.market import Market
from forefolio.optimize import (
    Allocation,
    AnyOptimizer,
    Basis,
    Budget,
    LongOnly,
    MaximumSharpe,
    Soft,
    Turnover,
    outlook_for,
)
from forefolio.risk import AnyRiskModel, VolatilityTimesCorrelation
from forefolio.strategy.base import Policy
from forefolio.strategy.baselines import HISTORY, Classical, alive, kind_of, only
from forefolio.strategy.limits import unlimited_optimizer

PATIENT = MaximumSharpe(  # the limit gives way where more than a tenth has ceased to trade
    constraints=(Budget(), LongOnly(), Soft(constraint=Turnover(at_most=0.1)))
)
NO_FORECAST = "left out: there is no forecast of it, or it did not move"
NO_SKILL = "the models had shown no skill by then: expected returns are the pooled mean"


class ForecastDriven(Component):
    """Forecast, estimate risk over the same horizon, optimise.

    Volatilities are those of the forecast, correlations those of `risk`: the first can be
    forecast much better than the second. On a date without a forecast, or where the optimiser
    fails, the classical portfolio is held, with a note. `capital` is what market
    impact is planned for, where the optimiser has it in its objective.

    >>> import forefolio as ff
    >>> rule = ff.ForecastDriven(horizon=21, optimizer=ff.MinimumVariance())
    >>> rule.risk.kind, rule.optimizer.kind
    ('volatility_times_correlation', 'minimum_variance')
    """

    kind: Literal["forecast_driven"] = "forecast_driven"
    recipe: Recipe = Field(Recipe(), description="Features and models that make the forecasts.")
    horizon: DaysAhead = Field(
        21, description="Sessions that the forecast of return and risk covers."
    )
    risk: AnyRiskModel = Field(
        VolatilityTimesCorrelation(),
        description="Risk model whose correlations are used; volatilities are forecast.",
    )
    optimizer: AnyOptimizer = Field(PATIENT, description="Objective that chooses the weights.")
    fallback: Classical = Field(
        Classical(),
        description="Strategy on a date without a forecast, or where the optimiser fails.",
        json_schema_extra={"advanced": True},
    )
    capital: Money | None = Field(
        None,
        description="Value of the portfolio, for an objective that plans market impact.",
        json_schema_extra={"advanced": True},
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "forecast driven"

    @property
    def unlimited(self) -> "ForecastDriven":
        """The same without the limits of its objective, and of the one that it falls back on."""
        free = {
            "optimizer": unlimited_optimizer(self.optimizer),
            "fallback": self.fallback.unlimited,
        }
        return self.model_copy(update=free)

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Make every forecast ahead; forecasts do not depend on holdings."""
        forecasts = yield from gather_combined(self.recipe, (self.horizon,), market, executor)
        return self.policy(forecasts.horizons[self.horizon])

    def policy(self, evidence: Evidence) -> Policy:
        """The rule that follows from forecasts already made."""
        return partial(self._decide, evidence)

    def _decide(self, evidence: Evidence, snapshot: Market, current: Array) -> Allocation:
        try:
            forecast = evidence.panel.at(snapshot.sessions[-1])
            allocation = self._follow(snapshot, forecast, current)
        except UnclearName:  # a mistake in the settings: no fallback mends it
            raise
        except (KeyError, ForefolioError) as error:
            return self._give_up(snapshot, current, str(error).strip("'\""))
        return _with_note(allocation, evidence, snapshot.sessions[-1])

    def _follow(self, snapshot: Market, forecast: Forecast, current: Array) -> Allocation:
        trading = alive(snapshot)
        among = trading & np.isfinite(forecast.mean) & (forecast.std > 0)
        if not among.any():
            raise NotEnoughHistory(HISTORY, len(snapshot), self.name)
        held = only(snapshot, among)
        chosen = forecast.select(among)
        outlook = outlook_for(held, chosen, self.risk, current[among], self.capital)
        volatility = chosen.std / np.sqrt(chosen.horizon)
        outlook = replace(outlook, covariance=outlook.covariance.with_std(volatility))
        outlook = outlook.listed_in(snapshot)
        allocation = self.optimizer.allocate(outlook).spread(snapshot.assets, among)
        left_out = trading & ~among
        reasons = [(a, NO_FORECAST) for a, on in zip(snapshot.assets, left_out, strict=True) if on]
        by = f"the forecasts over {sessions(chosen.horizon)}"
        risk_by = f"{kind_of(self.risk)} at the forecast volatilities"
        return replace(allocation, basis=Basis.of(outlook, by, risk_by)).noted(*note_lines(reasons))

    def _give_up(self, snapshot: Market, current: Array, why: str) -> Allocation:
        allocation = self.fallback.decide(snapshot, current)
        return allocation.noted(f"classical portfolio instead of forecasts: {why}")


def _with_note(allocation: Allocation, evidence: Evidence, session: np.datetime64) -> Allocation:
    row = int(np.searchsorted(evidence.panel.sessions, session))
    return allocation if evidence.combination.slopes[row] else allocation.noted(NO_SKILL)
