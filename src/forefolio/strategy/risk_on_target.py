"""A strategy held at a target risk: how much of it is held follows what it is expected to move."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from math import isfinite, sqrt
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import DataError
from forefolio.core.events import Job
from forefolio.core.units import AnnualVolatility, Array, Dates, Days, Share
from forefolio.forecast import model_name
from forefolio.market import Market
from forefolio.market.calendar import Rows
from forefolio.optimize import Allocation, Basis
from forefolio.strategy.base import Policy, Strategy
from forefolio.strategy.diversified import Diversified
from forefolio.strategy.held_record import HeldRecord, Weighed, decision_rows
from forefolio.strategy.plain import PlainStrategy
from forefolio.strategy.portfolio_volatility import PortfolioVolatility, VolatilityForecasts
from forefolio.strategy.record_state import RecordState

STOCKS, MIXED = 0.10, 0.08  # volatility a year


class ExposureSchedule(Component):
    """When weights are decided anew, and when only how much of them is held.

    >>> import numpy as np
    >>> ExposureSchedule(weights=10, exposure=5).dates(np.arange(22), 1).tolist()
    [1, 6, 11, 16, 21]
    """

    kind: Literal["exposure_schedule"] = "exposure_schedule"
    weights: Days = Field(21, description="Sessions from one decision on the weights to the next.")
    exposure: Days = Field(5, description="Sessions from one look at the exposure to the next.")
    band: Share = Field(
        0.1, description="Relative change of the exposure from which on it is traded."
    )

    def dates(self, sessions: Dates, first: int) -> Rows:
        """Rows on which either is due."""
        both = (np.arange(first, len(sessions), step) for step in (self.weights, self.exposure))
        return np.unique(np.concatenate([*both]))


class RiskOnTarget(Component):
    """Hold `strategy` at an expected volatility of `target` a year, the rest in cash.

    The share that is held is target / expected volatility, at most `most`. Weights are decided on
    one schedule, the exposure on a faster one of its own, and traded beyond a band. Without a
    target it is 10 % a year, and 8 % where bonds or gold stand beside stocks. What it promises is
    risk near its target, and so much smaller falls; not more return per risk.
    Source: Moreira and Muir 2017, "Volatility-managed portfolios"; Harvey et al. 2018, "The impact
    of volatility targeting".

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=600, assets=4)
    >>> steady = ff.RiskOnTarget(strategy="equal_weight", target=0.05)
    >>> ff.AllocationStrategy(steady).allocate(market).weights.round(3).tolist()
    [0.061, 0.061, 0.061, 0.061]
    """

    kind: Literal["risk_on_target"] = "risk_on_target"
    strategy: PlainStrategy = Field(Diversified(), description="Strategy that decides the weights.")
    target: AnnualVolatility | None = Field(
        None, description="Volatility of the whole; none: 10 % for stocks, 8 % for mixed assets."
    )
    most: Annotated[Share, Field(gt=0)] = Field(
        1.0, description="Greatest share of the strategy; 1 borrows nothing."
    )
    schedule: ExposureSchedule = Field(
        ExposureSchedule(), description="When weights and exposure are decided anew."
    )
    risk: PortfolioVolatility = Field(
        PortfolioVolatility(), description="How the volatility of what is held is expected."
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "risk on target"

    @property
    def parts(self) -> Mapping[str, Strategy]:
        """What is held."""
        return {"strategy": self.strategy}

    def with_parts(self, parts: Mapping[str, Strategy]) -> Strategy:
        """The same of other strategies."""
        return self.model_copy(update=parts)

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        """Forecast volatilities ahead; weights and their record follow as the walk goes."""
        record = yield from self.recorded(market, sessions, executor)
        return self.policy(record)

    def recorded(
        self,
        market: Market,
        sessions: Dates,
        executor: Executor,
        forecasts: VolatilityForecasts | None = None,
    ) -> Job[HeldRecord]:
        """The record of the weights, decided every so many sessions through the first one.

        `forecasts` are those of `risk`, where they are made already.
        """
        rows = self._decision_rows(market, sessions)
        policy = yield from self.strategy.prepare(market, market.sessions[rows], executor)
        if forecasts is None:
            forecasts = yield from self.risk.forecasts(market, executor)
        return HeldRecord(rows=rows, policy=policy, risk=self.risk, forecasts=forecasts)

    def resumed(
        self, market: Market, sessions: Dates, executor: Executor, state: RecordState | None
    ) -> Job["RecordedPolicy"]:
        """`prepare`, going on from a record; earlier decisions are not made again."""
        rows = self._decision_rows(market, sessions)
        number = None if state is None else _number_of(state, rows, market)
        if state is None or number is None:
            record = yield from self.recorded(market, sessions, executor)
            return RecordedPolicy(self.policy(record), record)
        policy = yield from self.strategy.prepare(market, market.sessions[rows], executor)
        later = rows[number:]
        forecasts = yield from self.risk.forecasts(market, executor, since=later[0])
        record = HeldRecord(rows=later, policy=policy, risk=self.risk, forecasts=forecasts)
        record.recall(state, market)
        return RecordedPolicy(self.policy(record), record)

    def _decision_rows(self, market: Market, sessions: Dates) -> list[int]:
        """Where weights are decided: through the first of `sessions`, and on before it."""
        anchor = int(np.searchsorted(market.sessions, sessions[0]))
        return decision_rows(len(market), anchor, self.schedule.weights, self.risk.record)

    def policy(self, record: HeldRecord) -> Policy:
        """The rule that follows from the record."""

        def decide(snapshot: Market, current: Array) -> Allocation:
            one = record.latest(snapshot)
            if not one.weights.any():
                return one.allocation
            volatility = self._a_year(record, snapshot)
            share = min(self.most, self.target_of(one) / volatility)
            return self._held(one, snapshot, current, share, volatility)

        return decide

    def target_of(self, one: Weighed) -> float:
        """The volatility a year that is aimed at: as set, or by the kind of the assets."""
        if self.target is not None:
            return self.target
        return MIXED if one.mixed else STOCKS

    def _a_year(self, record: HeldRecord, snapshot: Market) -> float:
        volatility = record.volatility(snapshot) * sqrt(snapshot.periods_per_year)
        if not isfinite(volatility) or volatility <= 0:
            raise DataError(
                f"the volatility of the portfolio is not known on {snapshot.sessions[-1]}: how "
                "much of it to hold cannot be said"
            )
        return volatility

    def _held(
        self, one: Weighed, snapshot: Market, current: Array, share: float, volatility: float
    ) -> Allocation:
        """The weights times the share: new ones, those held brought to it, or no order at all."""
        row = len(snapshot) - 1
        fresh = one.row == row or not current.any()
        target = self.brought_to(one, share, current, row)
        weights = current if target is None else target
        return replace(
            one.allocation,
            weights=weights,
            notes=one.allocation.notes if fresh else (),
            binding=one.allocation.binding if fresh else (),
            parts=(*one.allocation.parts, ("exposure", float(np.abs(weights).sum()))),
            basis=self._basis(one, volatility / sqrt(snapshot.periods_per_year)),
            is_order=target is not None,
        )

    def brought_to(self, one: Weighed, share: float, current: Array, row: int) -> Array | None:
        """Weights (N,) at `row`: new ones, or those held scaled to the share; None in the band."""
        now, before = float(np.abs(one.weights).sum()) * share, float(np.abs(current).sum())
        if one.row == row or before == 0.0:
            return one.weights * share
        if abs(now / before - 1.0) <= self.schedule.band:
            return None
        return current * (now / before)

    def _basis(self, one: Weighed, volatility: float) -> Basis:
        """What the decision rests on: the covariance, in the size of the expected volatility."""
        own = dict(zip(one.allocation.assets, one.weights.tolist(), strict=True))
        weights = np.array([own[asset] for asset in one.covariance.assets])
        times = volatility**2 / one.covariance.variance(weights)
        risk_by = f"the portfolio's own past, {model_name(self.risk.model)} and its record"
        basis = one.allocation.basis or Basis(assets=one.covariance.assets)
        return replace(basis, estimated=one.covariance, times=times, risk_by=risk_by)


@dataclass(frozen=True, slots=True)
class RecordedPolicy:
    """A policy and the record that it goes by."""

    policy: Policy
    record: HeldRecord

    def __call__(self, snapshot: Market, current: Array) -> Allocation:
        """Target weights, as of the snapshot's last session."""
        return self.policy(snapshot, current)

    def state(self, market: Market) -> RecordState | None:
        """What a later policy goes on from; None before the first decision."""
        return self.record.state(market)


def _number_of(state: RecordState, rows: Sequence[int], market: Market) -> int | None:
    """The decision that a state is of; None where the market's sessions are others by now."""
    row = int(np.searchsorted(market.sessions, np.datetime64(state.session)))
    is_there = row < len(market) and market.sessions[row] == np.datetime64(state.session)
    if not is_there or row not in rows or row < state.series.shape[1]:
        return None
    return rows.index(row)
