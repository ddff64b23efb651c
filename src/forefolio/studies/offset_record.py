"""What a strategy with a target risk would have earned on other days of its calendar.

Whether exposure is looked at on Mondays or on Wednesdays is chance; a result at one calendar alone
is partly luck. The same rule is followed at every offset of its exposure, and at some of its
weights: each of those takes as many optimisations as the backtest itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Self

import numpy as np
from pydantic import Field

from forefolio.backtest import Trading
from forefolio.backtest.metrics import annual_volatility, max_drawdown, sharpe_ratio, simple_returns
from forefolio.backtest.target_weights import follow_weights
from forefolio.core.component import Component, content_digest
from forefolio.core.units import Array
from forefolio.market import Market
from forefolio.market.calendar import Rows
from forefolio.strategy import ExposureSchedule, RiskOnTarget
from forefolio.strategy.held_record import HeldRecord, Weighed
from forefolio.studies.place import Place

WEIGHTS = 2  # offsets at which weights are decided


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Growth:
    """What everything has grown to at each row: assets (T, N) at the close and when they trade."""

    assets: Array
    traded: Array
    cash: Array  # (T,)

    @classmethod
    def of(cls, market: Market, cash: Array) -> Self:
        """That of a market, with what cash returned."""
        assets = np.asarray(
            np.cumprod(1.0 + np.nan_to_num(market.held_returns), axis=0), dtype=np.float64
        )
        grown = np.asarray(np.cumprod(1.0 + cash), dtype=np.float64)
        since_close = np.nan_to_num(market.trade_price / market.close, nan=1.0)
        return cls(assets=assets, traded=assets * since_close, cash=grown)

    def drifted(self, decided: int, held: Array, row: int) -> Array:
        """Weights (N,) at a row, of those that were traded in the session after `decided`."""
        value = held * self.assets[row] / self.traded[decided + 1]
        rest = (1.0 - held.sum()) * self.cash[row] / self.cash[decided + 1]
        drifted: Array = value / (value.sum() + rest)
        return drifted


class Spread(Component):
    """One measure over all offsets."""

    least: float = Field(description="The smallest.")
    median: float = Field(description="Half are smaller.")
    greatest: float = Field(description="The largest.")


class OffsetRecord(Component):
    """The record of a strategy over the offsets of its rebalancing; after costs."""

    offsets: int = Field(description="Calendars that were followed.")
    first: date = Field(description="The session from which all of them are measured.")
    sharpe: Spread = Field(description="Annual Sharpe ratio.")
    annual_volatility: Spread = Field(description="Standard deviation, fraction per year.")
    max_drawdown: Spread = Field(description="Deepest fall from a peak, a negative fraction.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OffsetTask:
    """What `offset_record` is asked, for a worker: it takes as long as a backtest or two."""

    strategy: RiskOnTarget
    record: HeldRecord
    trading: Trading
    market: Market
    first: int
    made_from: str  # digest of the study and its market: of all that the record goes by

    @property
    def digest(self) -> str:
        """Name what this task computes."""
        return content_digest(self.made_from, str(self.first))


def record_at_offsets(task: OffsetTask) -> OffsetRecord | None:
    """Do the task; runs in a worker."""
    return offset_record(task.strategy, task.record, task.trading, task.market, task.first)


@dataclass(frozen=True, slots=True)
class AskedOffsets:
    """A task that a worker may do while other things are done here.

    Until it is answered, the record is the worker's alone.
    """

    task: OffsetTask
    future: "Future[OffsetRecord | None]"

    @classmethod
    def of(cls, task: OffsetTask, place: Place) -> Self:
        """Ask for it."""
        return cls(task, place.executor.submit(record_at_offsets, task))

    def result(self) -> OffsetRecord | None:
        """The answer; where the task cannot travel, or its worker died, it is found here."""
        try:
            return self.future.result()
        except Exception:  # noqa: BLE001 - if it is the task's own fault it fails here again
            return record_at_offsets(self.task)

    def cancel(self) -> None:
        """Nobody wants the answer any more."""
        self.future.cancel()


def offset_record(
    strategy: RiskOnTarget, record: HeldRecord, trading: Trading, market: Market, first: int
) -> OffsetRecord | None:
    """The record of `strategy`, which first decides at row `first`, over its offsets.

    None where costs are not proportional, or an account was ruined or did not move.
    """
    if not trading.fees.are_none or not trading.is_proportional:
        return None
    step = ceil(strategy.schedule.weights / WEIGHTS)
    later = range(0, strategy.schedule.weights, step)
    begin = first + later[-1] + 1
    cash = trading.cash_returns(market)
    measured = []
    for offset in later:
        shifted = record if offset == 0 else _shifted(record, offset)
        for targets, rows in accounts(strategy, shifted, cash, market, first + offset):
            path = follow_weights(targets, market, trading, rows)
            measured.append(_measures(path.equity[begin:], cash[begin:], market.periods_per_year))
    if any(value is None for one in measured for value in one):
        return None
    sharpe, volatility, fall = (_spread([*values]) for values in zip(*measured, strict=True))
    return OffsetRecord(
        offsets=len(measured),
        first=market.sessions[begin].astype(object),
        sharpe=sharpe,
        annual_volatility=volatility,
        max_drawdown=fall,
    )


def _shifted(record: HeldRecord, offset: int) -> HeldRecord:
    """The record of the same rule, with weights decided so many sessions later."""
    rows = [row + offset for row in record.rows if row + offset < len(record.forecasts.ewma)]
    return HeldRecord(rows=rows, policy=record.policy, risk=record.risk, forecasts=record.forecasts)


def accounts(
    strategy: RiskOnTarget, record: HeldRecord, cash: Array, market: Market, first: int
) -> Iterator[tuple[Array, Rows]]:
    """Targets (D, N) and their rows in the market, for each offset of the exposure."""
    record.latest(market)
    record.volatility(market)  # fills what follows the last decision
    expected = np.full(len(market), np.nan)
    expected[first:] = record.expected(first, record.raw) * np.sqrt(market.periods_per_year)
    growth = _Growth.of(market, cash)
    shares = {
        one.row: (one, strategy.target_of(one) / expected)
        for one in record.weighed
        if isinstance(one, Weighed)
    }
    for offset in range(strategy.schedule.exposure):
        rows = _dates(strategy.schedule, len(market) - 1, first, offset)
        yield _followed(strategy, shares, growth, rows)


def _followed(
    strategy: RiskOnTarget,
    shares: Mapping[int, tuple[Weighed, Array]],
    growth: _Growth,
    rows: Sequence[int],
) -> tuple[Array, Rows]:
    """What is ordered at some of `rows`, where `shares` has new weights and how much to hold."""
    orders: list[tuple[int, Array]] = []
    latest, current = None, np.zeros(growth.assets.shape[1])
    for row in rows:
        latest = shares.get(row, latest)
        if latest is None or not latest[1][row] > 0.0:
            continue
        if orders:
            current = growth.drifted(*orders[-1], row)
        share = min(strategy.most, float(latest[1][row]))
        target = strategy.brought_to(latest[0], share, current, row)
        if target is not None:
            orders.append((row, target))
    decided, targets = zip(*orders, strict=True)
    return np.array(targets), np.array(decided)


def _dates(schedule: ExposureSchedule, stop: int, first: int, offset: int) -> list[int]:
    """When weights are due, and when exposure is, `offset` sessions later than usual."""
    weights, exposure = schedule.weights, schedule.exposure
    return sorted({*range(first, stop, weights), *range(first + offset, stop, exposure)})


def _measures(equity: Array, cash: Array, periods: float) -> tuple[float | None, ...]:
    returns = simple_returns(equity)
    return (
        sharpe_ratio(returns - cash[1:], periods),
        annual_volatility(returns, periods),
        max_drawdown(equity),
    )


def _spread(values: list[float]) -> Spread:
    return Spread(least=min(values), median=float(np.median(values)), greatest=max(values))
