"""What a result says of the volatility that a portfolio is expected to have, with its interval."""

import math

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import DataError
from forefolio.risk.rebalanced import Rebalanced
from forefolio.risk.volatility_interval import volatility_interval
from forefolio.studies.result import Number


class ExpectedVolatility(Component):
    """Volatility of the next sessions: what is expected, and between what; fractions per year.

    It rests on the portfolio's own past returns and on the record of such forecasts.
    """

    expected: float = Field(description="The forecast, right on average by its own record.")
    low: float = Field(description="Where the interval begins.")
    high: float = Field(description="Where the interval ends.")
    probability: float = Field(description="How often such intervals should hold.")
    horizon: int = Field(description="Sessions ahead that it covers.")
    held: Number = Field(
        description="Share of past intervals, each stated before its sessions, that held."
    )
    times: int = Field(description="How many such past intervals there are; none overlap.")


def expected_volatility(
    portfolio: Rebalanced,
) -> tuple[ExpectedVolatility | None, tuple[str, ...]]:
    """The expected volatility of a portfolio, or why there is none."""
    if not portfolio.held.any():
        return None, ()
    try:
        one = volatility_interval(portfolio.returns[portfolio.complete])
    except DataError as error:
        return None, (f"no volatility is expected: {error}",)
    years = float(np.sqrt(portfolio.market.periods_per_year))
    return ExpectedVolatility(
        expected=one.expected * years,
        low=one.low * years,
        high=one.high * years,
        probability=one.probability,
        horizon=one.horizon,
        held=None if math.isnan(one.held) else one.held,
        times=one.times,
    ), ()
