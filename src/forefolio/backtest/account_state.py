"""An account after a close, as plain numbers that a later day goes on from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import Field

from forefolio.backtest.result import BacktestRemark
from forefolio.core.component import Component
from forefolio.core.units import Array, read_only
from forefolio.optimize import Allocation
from forefolio.strategy import RecordState


class AccountState(Component):
    """All that the next session of an account depends on, beside the market.

    Written as JSON and read again, the account goes on to the same bits.
    """

    session: date = Field(description="The session after whose close this is.")
    equity: float = Field(description="Money: what the account is worth.")
    cash: float = Field(description="Money in cash.")
    units: Mapping[str, float] = Field(description="Held of each asset, by ticker.")
    orders: Mapping[str, float] = Field({}, description="Target weights not reached yet.")
    waiting: tuple[str, ...] = Field((), description="Orders that have had no price yet.")
    borrowed: float = Field(0.0, description="The most they may borrow, fraction of the value.")
    fresh: bool = Field(False, description="Whether the orders were decided at this close.")
    noted: tuple[str, ...] = Field((), description="Codes of what was noted, and is not again.")
    record: RecordState | None = Field(
        None, description="The strategy's own record, if it goes by one."
    )

    @property
    def is_record_new(self) -> bool:
        """Whether the record has changed at this close."""
        return self.record is not None and self.record.session == self.session


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decision:
    """What a policy decided after a close: target weights (N,), NaN for no order.

    `made` is the decision with what it rests on; None where it failed.
    """

    target: Array
    made: Allocation | None = None
    notes: tuple[BacktestRemark, ...] = ()
    failures: tuple[BacktestRemark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AccountDay:
    """One session of an account: what was traded, what it is worth, and what was decided then."""

    state: AccountState
    held: Array  # (N,) money in each asset at the close
    traded: Array  # (N,) money bought (+) and sold (-)
    paid: float  # money that trading and fees cost
    decided: Decision | None  # at the close; None: no decision was due
    notes: tuple[BacktestRemark, ...] = ()  # what happened to the account, such as a delisting

    def __post_init__(self) -> None:
        read_only(self.held, self.traded)
