"""Why an order is what it is: a sentence for every trade, and for every one that is left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from forefolio.core.units import Array
from forefolio.core.wording import listed, number, percent
from forefolio.optimize.lots import SoldLot
from forefolio.optimize.shares import Orders, within_band


@dataclass(frozen=True, slots=True)
class NoTrade:
    """What is left as it is: trades below `smallest`, money; weights within `band` of theirs."""

    smallest: float = 0.0
    band: float = 0.0


def reasons(orders: Orders, left: NoTrade) -> tuple[str, ...]:
    """A sentence for each asset (N,)."""
    now = orders.held * orders.prices / orders.capital
    inside = within_band(now, orders.targets, left.band).tolist()
    return tuple(
        _traded(orders, now, k) if orders.trades[k] else _left(orders, now, k, left, inside[k])
        for k in range(len(orders.assets))
    )


def lots_taken(sold: Sequence[SoldLot]) -> str:
    """Which lots a sale takes, and what is gained: the end of its sentence; empty without lots."""
    if not sold:
        return ""
    taken = [
        f"{one.shares:g} at {number(one.cost)}" + (f" of {one.bought}" if one.bought else "")
        for one in sold
    ]
    gain = sum(one.gain for one in sold)
    word = "loss" if gain < 0 else "gain"
    return f"; takes {listed(taken)}, a {word} of {number(abs(gain))}"


def _traded(orders: Orders, now: Array, k: int) -> str:
    target = percent(orders.targets[k])
    if not orders.held[k]:
        return f"new: {target} is wanted"
    if not orders.targets[k]:
        return f"sold whole: it has no weight any more, and is {percent(now[k])} now"
    return f"{percent(now[k])} now, {target} wanted"


def _left(orders: Orders, now: Array, k: int, left: NoTrade, inside: bool) -> str:
    target, price = percent(orders.targets[k]), orders.prices[k]
    if not orders.held[k] and not orders.targets[k]:
        return "neither held nor wanted"
    if inside:
        return f"kept: {percent(now[k])} is within {percent(left.band)} of {target}"
    missing = abs(orders.targets[k] - now[k]) * orders.capital
    if missing < left.smallest:
        return f"kept: a trade of {number(missing)} is below the smallest, {number(left.smallest)}"
    if orders.held[k]:
        return f"kept: no whole number of shares comes nearer to {target}"
    if price > missing:
        return f"not bought: a share costs {number(price)}, and {target} is {number(missing)}"
    return f"not bought: the money goes further elsewhere, and {target} is {number(missing)}"
