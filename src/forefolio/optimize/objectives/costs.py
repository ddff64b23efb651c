"""What trading costs: one formula for the plan (`expression`) and for the bill (`charge`)."""

from dataclasses import dataclass
from typing import Annotated, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import InputError
from forefolio.core.units import Array, Bps, read_only
from forefolio.market import Market
from forefolio.market.cleaning.alignment import last_own
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Program

BPS = 1e-4
VOLATILITY_WINDOW = 63  # sessions; what impact is measured against
RECENT = 4 * VOLATILITY_WINDOW  # rows among which so many own sessions are looked for


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TradingContext:
    """What the cost of trading N assets depends on, besides the trades."""

    volatility: Array  # (N,) per session
    dollar_volume: Array  # (N,) money traded per session, NaN where unknown
    capital: float  # money the portfolio is worth

    def __post_init__(self) -> None:
        read_only(self.volatility, self.dollar_volume)


def trading_context(known: Market, capital: float) -> TradingContext:
    """What trading costs depend on, from what is known at the decision.

    An asset listed too lately to have a volatility is taken to have the mean of the others.
    """
    close = last_own(known.close, VOLATILITY_WINDOW + 1)
    volatility = _mean_where_known((close[1:] / close[:-1] - 1) ** 2) ** 0.5  # of an own session
    seen = np.isfinite(volatility)
    usual = float(volatility[seen].mean()) if seen.any() else 0.0
    return TradingContext(
        volatility=np.where(seen, volatility, usual),
        dollar_volume=_mean_where_known(
            last_own(known.dollar_volume(slice(-RECENT, None)), VOLATILITY_WINDOW)
        ),
        capital=capital,
    )


@runtime_checkable
class Cost(Protocol):
    """A cost of trading, convex in the trades."""

    def charge(self, trades: Array, context: TradingContext) -> Array:
        """The cost (N,) of `trades` (N,), both as fractions of the portfolio's value."""
        ...

    def expression(
        self, trades: Affine, scale: Affine, program: Program, context: TradingContext | None
    ) -> Affine:
        """The sum of the same costs for an optimiser, homogeneous in (trades, scale)."""
        ...


class Proportional(Component):
    """Commission and half the spread: so many basis points of what is traded."""

    kind: Literal["proportional"] = "proportional"
    bps: Bps = 10.0

    def charge(self, trades: Array, context: TradingContext) -> Array:  # noqa: ARG002
        """The cost (N,) of `trades` (N,), both as fractions of the portfolio's value."""
        return self.bps * BPS * np.abs(trades)

    def expression(
        self,
        trades: Affine,
        scale: Affine,  # noqa: ARG002
        program: Program,
        context: TradingContext | None,  # noqa: ARG002
    ) -> Affine:
        """The sum of the same costs for an optimiser, homogeneous in (trades, scale)."""
        return self.bps * BPS * program.absolute(trades).sum()


class SquareRootImpact(Component):
    """Market impact: `coefficient` x volatility x sqrt(traded money / daily traded money).

    An order that is a whole session's volume moves the price by `coefficient` of a session's
    volatility, and pays that on all it trades (Toth et al. 2011, "Anomalous price impact and the
    critical nature of liquidity", eq. 1). Where the traded money is unknown the impact is zero:
    whoever builds the `TradingContext` says so in a note.
    """

    kind: Literal["square_root_impact"] = "square_root_impact"
    coefficient: Annotated[float, Field(ge=0)] = 1.0

    def charge(self, trades: Array, context: TradingContext) -> Array:
        """The cost (N,) of `trades` (N,), both as fractions of the portfolio's value."""
        return self._rate(context) * np.abs(trades) ** 1.5

    def expression(
        self, trades: Affine, scale: Affine, program: Program, context: TradingContext | None
    ) -> Affine:
        """The sum of the same costs for an optimiser, homogeneous in (trades, scale).

        Raises:
            InputError: nothing is known of volumes and capital.
        """
        if context is None:
            raise InputError(
                "market impact needs to know the capital and volumes: give the strategy or "
                "optimize_portfolio a capital, or Outlook(trading=TradingContext(...))"
            )
        return self._rate(context) @ program.three_halves(trades, scale)

    def _rate(self, context: TradingContext) -> Array:
        size = np.zeros(len(context.volatility))  # capital in sessions' volumes, 0 where unknown
        traded = context.dollar_volume
        np.divide(context.capital, traded, out=size, where=traded > 0)
        rate: Array = self.coefficient * context.volatility * np.sqrt(size)
        return rate


def _mean_where_known(values: Array) -> Array:
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean = np.full(values.shape[1], np.nan)
    np.divide(total, known.sum(axis=0), out=mean, where=known.any(axis=0))
    return mean


COSTS = (Proportional, SquareRootImpact)
AnyCost: TypeAlias = Annotated[Cost, OneOf(*COSTS)]
