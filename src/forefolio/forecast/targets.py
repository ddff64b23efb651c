"""Forecast targets: returns and volatility from the next trade to the one `horizon` sessions on.

1. A decision at the close of row t trades at `market.trade_price[t + 1]`; a label covers the time
   from there to `trade_price[t + 1 + horizon]`, so the last `horizon + 1` labels are unknown.
2. An asset that does not trade at t + 1 is entered at its next own session; where there is none
   before the end, its label is NaN.
3. An asset that does not trade at the end is valued at its last close, and one that delists on
   the way keeps its label up to its last close: leaving it out would be survivorship bias.
"""

from math import sqrt
from typing import Annotated, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import DataError
from forefolio.core.market_argument import takes_market
from forefolio.core.units import Array, DaysAhead
from forefolio.features import FeaturePanel, Volatility
from forefolio.forecast.base import Dataset
from forefolio.forecast.holding_kernel import realised_volatility
from forefolio.market import Market
from forefolio.market.own_sessions import carried_forward


@runtime_checkable
class Target(Protocol):
    """Turns a market into labels, NaN where a label is not known yet."""

    @property
    def horizon(self) -> int:
        """How many sessions a label covers."""
        ...

    def __call__(self, market: Market) -> Array:
        """Labels (T, N)."""
        ...


class ForwardReturn(Component):
    """Simple return from the next trade to the one `horizon` sessions later.

    y[t] = price[t + 1 + horizon] / price[t + 1] - 1, at trade prices.

    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=0, sessions=30, assets=2)
    >>> ForwardReturn(horizon=5)(market).shape  # the last 6 rows are NaN
    (30, 2)
    """

    kind: Literal["forward_return"] = "forward_return"
    horizon: DaysAhead = Field(
        21, description="Sessions that the label covers, from the next trade on."
    )

    def __call__(self, market: Market) -> Array:
        """Fractions (T, N) over the horizon."""
        value = _value(market)
        out = np.full(value.shape, np.nan)
        entry = _entry(market, self.horizon)
        out[: -self.horizon - 1] = value[1 + self.horizon :] / entry[: -self.horizon - 1] - 1
        return out


class RiskAdjustedReturn(Component):
    """Forward return in units of the volatility of the 63 sessions before it.

    >>> RiskAdjustedReturn(horizon=5).horizon
    5
    """

    kind: Literal["risk_adjusted_return"] = "risk_adjusted_return"
    horizon: DaysAhead = Field(
        21, description="Sessions that the label covers, from the next trade on."
    )

    def __call__(self, market: Market) -> Array:
        """Standard deviations (T, N) over the horizon; NaN where the price had not moved."""
        volatility = Volatility(window=63)(market)
        volatility[volatility == 0] = np.nan
        return ForwardReturn(horizon=self.horizon)(market) / (volatility * sqrt(self.horizon))


class SignificantMove(Component):
    """The sign of a forward return beyond `threshold` standard deviations, else 0.

    The standard deviation is the volatility of the last 63 sessions, scaled to the horizon.

    >>> SignificantMove(threshold=2.0).threshold
    2.0
    """

    kind: Literal["significant_move"] = "significant_move"
    horizon: DaysAhead = Field(
        21, description="Sessions that the label covers, from the next trade on."
    )
    threshold: float = Field(
        1.0,
        gt=0,
        json_schema_extra={"unit": "standard deviations"},
        description="Standard deviations over the horizon beyond which a move is significant.",
    )

    def __call__(self, market: Market) -> Array:
        """-1, 0 or 1 (T, N)."""
        moves = RiskAdjustedReturn(horizon=self.horizon)(market)
        return np.where(np.abs(moves) > self.threshold, np.sign(moves), 0 * moves)


class ForwardVolatility(Component):
    """Realised volatility of the holding period: root mean square of its returns, per session.

    Sessions without a trade are left out; the return after them covers the gap.

    >>> ForwardVolatility(horizon=5).horizon
    5
    """

    kind: Literal["forward_volatility"] = "forward_volatility"
    horizon: DaysAhead = Field(
        21, description="Sessions that the label covers, from the next trade on."
    )

    def __call__(self, market: Market) -> Array:
        """Fractions per session (T, N)."""
        out = np.empty(market.close.shape)
        price, close = (np.ascontiguousarray(p) for p in (market.trade_price, market.close))
        realised_volatility(price, close, self.horizon, out)
        return out


AnyTarget: TypeAlias = Annotated[
    Target, OneOf(ForwardReturn, RiskAdjustedReturn, SignificantMove, ForwardVolatility)
]
TARGETS = (ForwardReturn, RiskAdjustedReturn, SignificantMove, ForwardVolatility)


@takes_market
def build_dataset(market: Market, panel: FeaturePanel, target: Target) -> Dataset:
    """Join the features of `market` with the labels that it knows.

    Raises:
        DataError: if `panel` was computed on other sessions or assets.
    """
    if panel.x.shape[:2] != market.close.shape:
        raise DataError(
            f"the features cover {panel.x.shape[:2]} sessions and assets, the market "
            f"{market.close.shape}; compute them on this market"
        )
    return Dataset(
        market=market, x=panel.x, names=panel.names, y=target(market), horizon=target.horizon
    )


def _value(market: Market) -> Array:
    """What one share is worth at each session's trade: its price, else its last close before."""
    price = market.trade_price
    return np.where(np.isfinite(price), price, carried_forward(market.close))


def _entry(market: Market, horizon: int) -> Array:
    """Price (T, N) at which what is decided at each close is bought: that of the next own session.

    NaN where there is none within the horizon.
    """
    price, rows = market.trade_price, len(market)
    out = np.full(price.shape, np.nan)
    out[:-1] = price[1:]
    if np.isfinite(out[:-1]).all():
        return out
    following = _following(price)
    near = following <= np.arange(rows)[:, None] + horizon
    next_price = np.take_along_axis(price, np.minimum(following, rows - 1), axis=0)
    return np.where(near, next_price, np.nan)


def _following(price: Array) -> NDArray[np.intp]:
    """The row (T, N) of each asset's next own session; T where there is none."""
    rows = len(price)
    at = np.where(np.isfinite(price), np.arange(rows)[:, None], rows)
    following = np.minimum.accumulate(at[::-1], axis=0)[::-1]  # at or after each row
    return np.vstack([following[1:], np.full((1, price.shape[1]), rows)])
