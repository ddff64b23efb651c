"""What trading costs: one formula for the plan (`expression`) and for the bill (`charge`)."""

from typing import Annotated, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import InputError
from forefolio.core.units import Array, Bps
from forefolio.optimize.liquidity import TradingContext
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Program

BPS = 1e-4


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
    bps: Bps = Field(10.0, description="Cost of what is traded; 10 is 0.1 % of it.")

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
    coefficient: Annotated[float, Field(ge=0)] = Field(
        1.0,
        description=(
            "Price move, in session volatilities, of an order as large as a session's volume."
        ),
    )

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


COSTS = (Proportional, SquareRootImpact)
AnyCost: TypeAlias = Annotated[Cost, OneOf(*COSTS)]
