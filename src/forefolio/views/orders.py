"""Orders as a page."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from forefolio.core.wording import counted, listed, number, percent
from forefolio.studies.orders import Order, PortfolioOrders
from forefolio.views.page import Column, Page, Sheet, Table, table
from forefolio.views.remarks import in_full, in_short

LARGEST = 3  # trades named in the summary


def orders_page(result: PortfolioOrders) -> Page:
    """What to buy and sell, the largest positions first, and what is left."""
    warnings = [_sentence(one.message) for one in result.remarks if one.stage == "prices"]
    rest = tuple(one for one in result.remarks if one.stage != "prices")
    return Page(
        headline=f"Orders from {result.portfolio.words}",
        summary=(to_do(result.orders), _money(result), *warnings[:2], *in_short(rest)),
        main=(order_table(result.orders, result.cash, result.capital, result.portfolio.made),),
        evidence=(reason_table(result.orders), *in_full(result.remarks)),
        sheet=order_sheet(result.orders),
    )


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}."


def order_sheet(orders: Iterable[Order]) -> Sheet:
    """Orders as plain values."""
    return Sheet(columns=_COLUMNS, rows=tuple(map(_row, orders)))


def to_do(orders: Iterable[Order]) -> str:
    """How many orders there are, and the largest of them."""
    trades = sorted(
        (one for one in orders if one.trade), key=lambda one: -abs(one.trade * one.price)
    )
    if not trades:
        return "Nothing to do: what is held comes nearest to the weights."
    count = Counter(one.action for one in trades)
    first = [
        f"{one.action.lower()} {_shares(abs(one.trade))} {one.ticker}" for one in trades[:LARGEST]
    ]
    more = f"; {counted(len(trades) - LARGEST, 'more order')}" if len(trades) > LARGEST else ""
    sides = [f"{count[one]} to {one.lower()}" for one in ("Buy", "Sell") if count[one]]
    return f"{', '.join(sides)}. The largest: {listed(first)}{more}."


def bought_and_sold(orders: Iterable[Order]) -> str:
    """The largest orders in a line: "42 JNJ, 12 UNH and 7 more; sell 3 KO"."""
    trades = sorted(orders, key=lambda one: -abs(one.trade * one.price))
    bought = _largest(one for one in trades if one.trade > 0) or "nothing"
    sold = _largest(one for one in trades if one.trade < 0)
    return f"{bought}; sell {sold}" if sold else bought


def _largest(trades: Iterable[Order]) -> str:
    named = [f"{_shares(abs(one.trade))} {one.ticker}" for one in trades]
    more = [f"{len(named) - LARGEST} more"] if len(named) > LARGEST else []
    return listed([*named[:LARGEST], *more])


def _money(result: PortfolioOrders) -> str:
    gain = f" {_gained(result)}" if result.realised_gain is not None else ""
    return (
        f"Capital {number(result.capital)}, costs {number(result.cost)}, cash left "
        f"{number(result.cash)}. Weights miss their targets by {percent(result.error, 2)} in all."
        f"{gain}"
    )


def _gained(result: PortfolioOrders) -> str:
    """What sales gain on their lots: how much of it short-term, and where that is not known."""
    if not result.sold:
        return "Nothing is sold, so nothing is gained on lots."
    parts = [f"Sales gain {number(result.realised_gain)} on their lots"]
    undated = [one.gain for one in result.sold if one.long_term is None]
    if len(undated) < len(result.sold):
        parts.append(f"{number(result.short_term_gain)} of it short-term")
    if undated:
        parts.append(f"{number(sum(undated))} on lots whose day is not known")
    return f"{', '.join(parts)}."


def order_table(orders: Iterable[Order], cash: float, capital: float, made: date | None) -> Table:
    """Orders by row, and what is left in cash; `made` is when the weights were chosen."""
    rows = [
        (
            one.ticker,
            one.action if one.trade else "",
            _shares(abs(one.trade)) if one.trade else "",
            _shares(one.shares),
            number(one.price),
            number(one.value, 0),
            percent(one.weight),
            percent(one.target),
        )
        for one in orders
    ]
    rows.append(("cash", "", "", "", "", number(cash, 0), percent(cash / capital), ""))
    return table(
        f"Orders, weights made after the close of {made}" if made else "Orders",
        (Column("", "left"), "shares", "to hold", "price", "value", "weight", "target"),
        rows,
    )


def reason_table(orders: Iterable[Order]) -> Table:
    """Why each asset is traded, or left as it is."""
    rows = [(one.ticker, one.action, one.reason) for one in orders]
    return table("Why", (Column("order", "left"), Column("why", "left")), rows)


def _shares(count: float) -> str:
    return number(count, 0 if count == round(count) else 2)  # a holding may be a fraction


_COLUMNS = (
    "ticker", "action", "trade", "shares", "held", "price", "priced", "value", "weight", "target",
    "reason",
)  # fmt: skip


def _row(one: Order) -> tuple[str | float | None, ...]:
    priced = "given" if one.priced is None else str(one.priced)
    return (
        *(one.ticker, one.action),
        *_rounded((one.trade, one.shares, one.held, one.price), 4),
        priced,
        *_rounded((one.value,), 2),
        *_rounded((one.weight, one.target), 6),
        one.reason,
    )


def _rounded(numbers: Iterable[float], places: int) -> list[float]:
    """With the digits that somebody acts on, and whole numbers without a point."""
    short = (round(one, places) for one in numbers)
    return [int(one) if one == int(one) else one for one in short]
