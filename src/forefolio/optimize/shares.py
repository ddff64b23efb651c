"""From weights to whole shares: what to buy and sell with a given capital.

1. Each target is rounded down to whole shares, which the capital always pays for.
2. Which of them to round up, and where a share less pays for that, is a problem in whole numbers:
   of all orders that can be paid, those after which positions and cash together are nearest to
   their targets (`rounding`).
3. What is left stays in cash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.units import WHOLE_BPS, Array, Flags, read_only
from forefolio.optimize.exact.rounding import Rounding

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

WHOLE = 1e-9  # of a share: 3.9999999999 are four


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Orders:
    """Whole shares to hold of N assets, and the trades that lead there."""

    assets: tuple[str, ...]
    prices: Array  # (N,) money per share
    targets: Array  # (N,) weights asked for
    held: Array  # (N,) shares before
    shares: Array  # (N,) whole shares after
    capital: float  # money: cash and holdings before
    cost: float  # money that trading takes

    def __post_init__(self) -> None:
        read_only(self.prices, self.targets, self.held, self.shares)

    @property
    def trades(self) -> Array:
        """Shares (N,) to buy (+) or sell (-)."""
        return self.shares - self.held

    @property
    def weights(self) -> Array:
        """What the shares come to, as fractions (N,) of the capital."""
        return self.shares * self.prices / self.capital

    @property
    def cash(self) -> float:
        """Money left when all is done."""
        return self.capital - float(self.shares @ self.prices) - self.cost

    @property
    def error(self) -> float:
        """Sum of the distances between weights and targets."""
        return float(np.abs(self.weights - self.targets).sum())

    def to_frame(self) -> pd.DataFrame:
        """A row for each asset that is held, wanted or traded."""
        columns = {
            "price": self.prices,
            "target": self.targets,
            "held": self.held,
            "trade": self.trades,
            "shares": self.shares,
            "value": self.shares * self.prices,
            "weight": self.weights,
        }
        frame: pd.DataFrame = pandas.DataFrame(columns, index=list(self.assets))
        shown = (self.held != 0) | (self.targets != 0) | (self.shares != 0)
        rows: pd.DataFrame = frame[shown]
        return rows

    def to_dict(self) -> dict[str, Any]:
        """As a JSON document."""
        rows = self.to_frame().rename_axis("ticker").reset_index().to_dict(orient="records")
        totals = {"capital": self.capital, "cash": self.cash, "cost": self.cost}
        return {"orders": rows, **totals, "error": self.error}


def whole_shares(
    weights: Mapping[str, float],
    prices: Mapping[str, float],
    capital: float,
    held: Mapping[str, float] | None = None,
    cost_bps: float = 0.0,
    smallest: float = 0.0,
    band: float = 0.0,
) -> Orders:
    """Whole shares that come nearest to target weights.

    Args:
        weights: targets by ticker, fractions of the capital; what they leave is cash.
        prices: money per share, of every ticker with a weight or a holding.
        capital: money: the value of what is held, and cash.
        held: shares held now; what has no weight is sold.
        cost_bps: what trading costs, basis points of the money traded.
        smallest: money; an asset that would trade less is left as it is held.
        band: fraction of the capital; what is held and still wanted, and no further than that from
            its target, is left as it is held.

    Raises:
        InputError: a price is missing or not positive, the capital is not positive, the weights
            need more than the capital, a weight or a holding is not a number, or a cost, the
            smallest trade or the band is none.

    Example:
        >>> orders = whole_shares({"A": 0.6, "B": 0.4}, {"A": 101.0, "B": 49.0}, capital=1_000.0)
        >>> dict(zip(orders.assets, orders.shares.tolist(), strict=True)), round(orders.cash, 2)
        ({'A': 6.0, 'B': 8.0}, 2.0)
    """
    held = held or {}
    assets = tuple(dict.fromkeys([*weights, *held]))
    price = _prices(assets, prices)
    target = as_typed(np.array([weights.get(a, 0.0) for a in assets], dtype=np.float64))
    before = np.array([held.get(a, 0.0) for a in assets], dtype=np.float64)
    _check(target, before, capital)
    _check_trading(cost_bps, smallest, band)
    shares, rate = before, cost_bps * 1e-4
    free = ~within_band(before * price / capital, target, band)
    while free.any() and (rest := capital - float((before * price)[~free].sum())) > 0.0:
        part = target[free] * (capital / rest)
        part = part / max(part.sum(), 1.0) if not free.all() else part
        shares = before.copy()
        shares[free] = _nearest(part, price[free], before[free], rest, rate)
        small = (shares != before) & (np.abs(shares - before) * price < smallest)
        if not small.any():
            break
        free &= ~small
        shares = before
    return Orders(
        assets=assets,
        prices=price,
        targets=target,
        held=before,
        shares=shares,
        capital=float(capital),
        cost=rate * float(np.abs(shares - before) @ price),
    )


def within_band(now: Array, target: Array, band: float) -> Flags:
    """Which weights (N,) are held and still wanted, and no further than `band` from the targets."""
    near: Flags = np.abs(now - target) <= (band or -1.0)  # without a band nothing is inside
    return near & (now > 0.0) & (target > 0.0)


def _nearest(target: Array, price: Array, before: Array, capital: float, rate: float) -> Array:
    """Whole shares (N,) that come nearest to the targets, at a `rate` of the money traded."""
    expected = rate * float(np.abs(target * capital - before * price).sum())
    wanted = (capital - expected) * target / price
    down = np.floor(wanted + WHOLE)
    traded, share = np.abs(down - before), price / capital
    rest = Rounding(
        part=np.maximum(wanted - down, 0.0),
        price=share,
        buying=share * (1.0 + rate * (np.abs(down + 1 - before) - traded)),
        selling=share * (1.0 + np.where(down > before, rate, -rate)),
        room=1.0 - float((down + rate * traded) @ share),
    )
    bought_less = np.where(down > before, np.floor(down - before), down)
    nearest: Array = down + rest.steps(np.maximum(bought_less, 0.0))
    return nearest


def _prices(assets: tuple[str, ...], prices: Mapping[str, float]) -> Array:
    missing = [a for a in assets if not prices.get(a, 0.0) > 0.0 or np.isinf(prices[a])]
    if missing:
        listed = ", ".join(f"{a}: {prices.get(a, 'none')}" for a in missing)
        raise InputError(f"every asset needs a price above zero; {listed}")
    return np.array([prices[a] for a in assets], dtype=np.float64)


def _check(target: Array, before: Array, capital: float) -> None:
    if not 0.0 < capital < np.inf:
        raise InputError(f"capital must be money above zero, not {capital}")
    if not np.isfinite(target).all():
        raise InputError("a weight is not a number; give fractions such as 0.25")
    if not np.isfinite(before).all():
        raise InputError("a holding is not a number of shares; leave out what is not held")
    if target.sum() > 1.0 + 1e-9:
        raise InputError(f"the weights sum to {target.sum():.6g}: more than the capital pays for")


def _check_trading(cost_bps: float, smallest: float, band: float) -> None:
    if not 0.0 <= cost_bps <= WHOLE_BPS:
        raise InputError(
            f"cost_bps is {cost_bps:g}, from 0 to {WHOLE_BPS:,} basis points of what is traded: "
            "10 is 0.1 % of it"
        )
    if not smallest >= 0.0:
        raise InputError(f"smallest must be money of at least zero, not {smallest:g}")
    if not 0.0 <= band <= 1.0:
        raise InputError(f"band must be a fraction of the capital, such as 0.01, not {band:g}")


def as_typed(weights: Array) -> Array:
    """Weights (N,) that exceed 1 by what rounding them to their own digits can do, brought to 1.

    0.17 six times is a sixth each; of 0.4 and 0.7 nothing is rounding.
    """
    excess = float(weights.sum()) - 1.0
    if not 0.0 < excess < np.inf:
        return weights
    digits = max(-int(Decimal(repr(float(w))).as_tuple().exponent) for w in weights)
    room = 0.5 * 10.0**-digits * np.count_nonzero(weights)
    return weights / weights.sum() if digits > 1 and excess <= room * (1 + 1e-9) else weights
