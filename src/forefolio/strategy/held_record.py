"""The weights of a strategy month by month, and what their volatility was expected to be."""

from bisect import bisect_right
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from forefolio.core.errors import ForefolioError, RunCancelled
from forefolio.core.events import Job
from forefolio.core.units import Array, Dates
from forefolio.market import Market
from forefolio.optimize import Allocation
from forefolio.risk import AnyCovariance, AnyRiskModel
from forefolio.risk.base import finite_risk
from forefolio.risk.covariance.kinds import is_mixed
from forefolio.strategy.base import Policy, Strategy
from forefolio.strategy.portfolio_volatility import (
    LONG_ENOUGH,
    PortfolioVolatility,
    VolatilityForecasts,
    calibrations,
    own_volatility,
    weighted_returns,
)
from forefolio.strategy.record_state import RecordState

FEWEST = 126  # sessions of record, before an expectation is calibrated by it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighed:
    """What was decided at a row, and the covariances of all that could be held, and of what is.

    `mixed`: whether bonds or gold stood beside stocks.
    """

    row: int
    allocation: Allocation
    covariance: AnyCovariance  # (M, M)
    of_held: AnyCovariance  # (H, H)
    mixed: bool

    @property
    def weights(self) -> Array:
        """The weights (N,)."""
        return self.allocation.weights

    @property
    def past(self) -> Self:
        """The same with the covariance of what is held alone: all that a record goes by."""
        basis = self.allocation.basis
        means = None if basis is None else basis.without_risk()
        allocation = replace(self.allocation, basis=means)
        return replace(self, allocation=allocation, covariance=self.of_held)


@dataclass(slots=True)
class HeldRecord:
    """Weights decided at each of `rows`, and the expected volatility at every session since.

    It is filled in as far as a walk has come: what stands at a row depends on rows up to it alone,
    whoever asks, and in which order. Covariances of many assets are large: only the last decision
    keeps the whole of its own.
    """

    rows: list[int]  # ascending
    policy: Policy
    risk: PortfolioVolatility
    forecasts: VolatilityForecasts
    before_first: Array | None = None  # weights (N,) that the first decision goes by; none: cash
    weighed: list[Weighed | ForefolioError] = field(default_factory=list)
    own: Array = field(init=False)  # (T,) EWMA of the weights' past returns, per session
    raw: Array = field(init=False)  # (T,) expected per session, before calibration
    happened: Array = field(init=False)  # (T,) the return of the session after

    def __post_init__(self) -> None:
        unknown = np.full(len(self.forecasts.ewma), np.nan)
        self.own, self.raw, self.happened = unknown, unknown.copy(), unknown.copy()

    def recall(self, state: RecordState, market: Market) -> None:
        """Take up a record whose last decision on weights is the first of these."""
        expected, happened = state.series
        before = slice(self.rows[0] - len(expected), self.rows[0])
        self.raw[before], self.happened[before] = expected, happened
        self.before_first = state.weights(market.assets)

    def state(self, market: Market) -> RecordState | None:
        """What a later record goes on from; None before the first decision."""
        if not self.weighed:
            return None
        number = len(self.weighed) - 1
        row = self.rows[number]
        rows = slice(max(0, row - self.risk.record), row)
        weights = zip(market.assets, self._before(number, market).tolist(), strict=True)
        before = {asset: weight for asset, weight in weights if weight}
        return RecordState.of(market.sessions[row], before, self.raw[rows], self.happened[rows])

    def latest(self, snapshot: Market) -> Weighed:
        """The last weights decided up to the snapshot's last session.

        Raises:
            ForefolioError: that decision failed.
        """
        number = self._number(snapshot)
        self._decide_until(number, snapshot)
        is_last = number == len(self.weighed) - 1
        last = self.weighed[number] if is_last else self._weigh(snapshot, number)
        if isinstance(last, ForefolioError):
            raise last
        return last

    def allocation(self, snapshot: Market) -> Allocation:
        """The last decision up to the snapshot's last session; an earlier one without its risk.

        Raises:
            ForefolioError: that decision failed.
        """
        number = self._number(snapshot)
        self._decide_until(number, snapshot)
        made = self.weighed[number]
        if isinstance(made, ForefolioError):
            raise made
        return made.allocation

    def before(self, snapshot: Market) -> Array:
        """The weights (N,) that the last decision up to the snapshot's last session went by."""
        number = self._number(snapshot)
        self._decide_until(number, snapshot)
        return self._before(number, snapshot)

    def volatility(self, snapshot: Market) -> float:
        """What the last weights are expected to move per session; NaN where that is not known."""
        self.latest(snapshot)
        self._reckon(snapshot, self._number(snapshot))
        row = len(snapshot) - 1
        raw, happened = self.raw[: row + 1], self.happened[: row + 1]
        return float(raw[row] * calibrations(raw, happened, self.risk.record, FEWEST, row)[0])

    def expected(self, first: int, raw: Array) -> Array:
        """`raw` or `own`, calibrated by its own record, at each row from `first` on."""
        calibrated = calibrations(raw, self.happened, self.risk.record, FEWEST, first)
        return raw[first:] * calibrated

    def _number(self, snapshot: Market) -> int:
        return bisect_right(self.rows, len(snapshot) - 1) - 1

    def _decide_until(self, number: int, snapshot: Market) -> None:
        """Decide whatever is not yet, up to decision `number`."""
        while (n := len(self.weighed)) <= number:
            self.weighed.append(self._weigh(snapshot, n))
            self._reckon(snapshot, n - 1)
            before = self.weighed[n - 1]
            if n and isinstance(before, Weighed):
                self.weighed[n - 1] = before.past

    def _before(self, number: int, snapshot: Market) -> Array:
        """The weights (N,) that decision `number` goes by: those of the one before, or none."""
        nothing = np.zeros(len(snapshot.assets))
        if not number:
            return nothing if self.before_first is None else self.before_first
        before = self.weighed[number - 1]
        return before.weights if isinstance(before, Weighed) else nothing

    def _weigh(self, later: Market, number: int) -> Weighed | ForefolioError:
        """Decision `number`, by what was known at its row."""
        snapshot = later[: self.rows[number] + 1]
        current = self._before(number, snapshot)
        try:
            chosen = self.policy(snapshot, current)
            covariance = _covariance(chosen, self.risk.correlation, snapshot)
        except RunCancelled:
            raise
        except ForefolioError as error:
            return error
        sector = dict(zip(snapshot.assets, snapshot.sectors, strict=True))
        mixed = is_mixed(covariance, tuple(sector[asset] for asset in covariance.assets))
        return Weighed(
            row=len(snapshot) - 1,
            allocation=chosen,
            covariance=covariance,
            of_held=_of_held(chosen, covariance),
            mixed=mixed,
        )

    def _reckon(self, snapshot: Market, number: int) -> None:
        """Expected and happened, at the rows of decision `number` that the snapshot knows."""
        one = self.weighed[number] if number >= 0 else None
        if not isinstance(one, Weighed) or not one.weights.any():
            return
        later = self.rows[number + 1 : number + 2]
        stop = min([*later, len(snapshot)])
        begin = max(one.row - LONG_ENOUGH, 0)
        returns = weighted_returns(snapshot.returns[begin : stop + 1], one.weights)
        rows = slice(one.row, stop)
        self.own[rows] = own_volatility(returns[: stop - begin], stop - one.row)
        beyond = self.forecasts.beyond_ewma(rows, one.weights, one.of_held)
        self.raw[rows] = self.own[rows] * beyond
        following = returns[one.row + 1 - begin :]
        self.happened[one.row : one.row + len(following)] = following


@dataclass(frozen=True, slots=True)
class AsRecorded:
    """A strategy whose decisions stand in a record: they are read, not made again."""

    strategy: Strategy
    record: HeldRecord

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.strategy.name

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare."""
        yield from ()
        return lambda snapshot, _: self.record.allocation(snapshot)


def _covariance(chosen: Allocation, model: AnyRiskModel, snapshot: Market) -> AnyCovariance:
    """That which the decision rests on, or else what `model` says of what is held."""
    rests_on = None if chosen.basis is None else chosen.basis.covariance
    if rests_on is not None:
        return rests_on
    held = [a for a, w in zip(snapshot.assets, chosen.weights, strict=True) if w]
    return finite_risk(model(snapshot.select(held)), f"on {snapshot.sessions[-1]}")


def _of_held(chosen: Allocation, covariance: AnyCovariance) -> AnyCovariance:
    """The covariance of what is held alone."""
    held = {a for a, w in zip(chosen.assets, chosen.weights.tolist(), strict=True) if w}
    among = [asset in held for asset in covariance.assets]
    return covariance.select(np.array(among, dtype=np.bool_))


def decision_rows(sessions: int, anchor: int, every: int, before: int) -> list[int]:
    """Rows `every` sessions apart, through `anchor`: from at most `before` rows earlier on."""
    earlier = min(before, anchor) // every
    return list(range(anchor - earlier * every, sessions, every))
