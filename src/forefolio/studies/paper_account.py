"""A paper account as its entries have it: what it is worth, holds, and trades next."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

from pydantic import Field

from forefolio.backtest import BacktestResult
from forefolio.core.component import Component
from forefolio.store.paper_records import Entry
from forefolio.studies.paper_backtest import PaperBacktest, worth_by_session
from forefolio.studies.paper_book import Book
from forefolio.studies.result import Number, Result

SHOWN = 250  # entries of a result, the latest

EntryKind = Literal[
    "opened",
    "missed",
    "traded",
    "dividend",
    "noted",
    "closed",
    "decided",
    "failed",
    "revised",
    "adjusted",
    "late_adjusted",
    "late_price",
    "late_session",
    "ended",
]


class PaperEntry(Component):
    """One thing that was entered; it never changes."""

    number: int = Field(description="1, 2, ... as they were entered.")
    session: date = Field(description="The session that it is about.")
    kind: EntryKind = Field(description="What happened.")
    entered: datetime = Field(description="When it was written, UTC.")
    late: bool = Field(description="Whether a later session was known by then.")
    sentence: str = Field(description="In words.")
    amounts: Mapping[str, float | None] = Field(
        description="By ticker: money held, bought (+), sold (-) or paid; target weights of a "
        "decision; the new price of a revision; the factor of an adjustment."
    )
    money: float | None = Field(
        description="Worth at a close; costs of trades; dividends; what a revision comes to."
    )


class PaperDay(Component):
    """The account at the close of one session."""

    session: date = Field(description="The session.")
    value: float = Field(description="Money: what it was worth.")
    cash: float = Field(description="Money of that in cash.")
    cost: float = Field(description="Money that trading cost on that session.")
    equal_weight: Number = Field(description="The same of equal weights in all assets.")
    backtest: Number = Field(
        None, description="The same of the backtest of its strategy, where that was asked for."
    )
    late: bool = Field(description="Whether a later session was known when it was entered.")


class PaperOrder(Component):
    """What is to be traded of one asset in the next session, at the closes of this one."""

    ticker: str = Field(description="The asset.")
    weight: float = Field(description="Held now, fraction of the account.")
    target: float = Field(description="To be held.")
    money: float = Field(description="Money to buy (+) or sell (-), about.")


class PaperAccount(Result):
    """A paper account after the newest session."""

    kind: Literal["paper"] = "paper"
    account: str = Field(description="Its name.")
    strategy: str = Field(description="What it follows.")
    capital: float = Field(description="Money that it was opened with.")
    opened: date = Field(description="Its first session.")
    closed: date | None = Field(
        None, description="The day on which it was closed, UTC; none: it is followed."
    )
    value: float = Field(description="Money: what it is worth.")
    cash: float = Field(description="Money of that in cash.")
    total_return: float = Field(description="Since it was opened, fraction.")
    equal_weight_return: Number = Field(description="The same of equal weights in all assets.")
    backtest: PaperBacktest | None = Field(
        None,
        description="The backtest of the same strategy over the same sessions, where it was asked "
        "for and there is more than one session.",
    )
    costs: float = Field(description="Money that trading has cost.")
    revised: float = Field(
        description="Money that revised closes would have changed, each at its own close, in all."
    )
    missed: int = Field(description="Sessions since the opening on which nobody looked.")
    weights: Mapping[str, float] = Field(description="Held now by ticker, the largest first.")
    orders: tuple[PaperOrder, ...] = Field(description="For the next session, the largest first.")
    days: tuple[PaperDay, ...] = Field(description="Every session, the first one first.")
    entries: tuple[PaperEntry, ...] = Field(description=f"The latest {SHOWN}, the last one last.")
    entered: int = Field(description="How many entries there are.")

    @property
    def described(self) -> str:
        """What it is, in words: "paper account mine, classical"."""
        return f"paper account {self.account}, {self.strategy}"


def standing(
    book: Book, beside: Mapping[str, BacktestResult | None], capital: float
) -> dict[str, Any]:
    """Where an account stands by its entries, beside backtests since its opening, by their names.

    Of an account that was just opened there are none: all of them are its capital.
    """
    first = {book.closed[0].session: capital}
    worth = {
        name: first if result is None else worth_by_session(result)
        for name, result in beside.items()
    }
    costs = {one.session: one.money or 0.0 for one in book.entries if one.kind == "traded"}
    states = [one.state or {} for one in book.closed]
    days = tuple(
        PaperDay(
            session=date.fromisoformat(one.session),
            value=one.money or 0.0,
            cash=state["cash"],
            cost=costs.get(one.session, 0.0),
            **{name: by_session.get(one.session) for name, by_session in worth.items()},
            late=one.late,
        )
        for one, state in zip(book.closed, states, strict=True)
    )
    last, plain = days[-1], days[-1].equal_weight
    held = book.closed[-1].amounts
    weights = {ticker: (money or 0.0) / last.value for ticker, money in held.items() if last.value}
    return {
        "capital": capital,
        "opened": days[0].session,
        "closed": None if book.closing is None else _entered(book.closing).date(),
        "value": last.value,
        "cash": last.cash,
        "total_return": last.value / capital - 1.0,
        "equal_weight_return": None if plain is None else plain / capital - 1.0,
        "costs": sum(costs.values()),
        "revised": sum(one.money or 0.0 for one in book.entries if one.kind == "revised"),
        "missed": sum(one.kind == "missed" for one in book.entries),
        "weights": dict(sorted(weights.items(), key=lambda one: -abs(one[1]))),
        "orders": () if book.closing else _orders(states[-1], weights, last.value),
        "days": days,
        "entries": tuple(map(_shown, book.entries[-SHOWN:])),
        "entered": len(book.entries),
    }


def _orders(
    state: Mapping[str, Any], weights: Mapping[str, float], value: float
) -> tuple[PaperOrder, ...]:
    """What was decided and not traded yet."""
    waiting = {name: state["orders"][name] for name in state["waiting"] if name in state["orders"]}
    rows = [
        PaperOrder(
            ticker=ticker,
            weight=weights.get(ticker, 0.0),
            target=target,
            money=(target - weights.get(ticker, 0.0)) * value,
        )
        for ticker, target in waiting.items()
        if target or weights.get(ticker)
    ]
    return tuple(sorted(rows, key=lambda one: -abs(one.money)))


def _entered(one: Entry) -> datetime:
    return datetime.fromtimestamp(one.entered_at, UTC)


def _shown(one: Entry) -> PaperEntry:
    return PaperEntry(
        number=one.number,
        session=date.fromisoformat(one.session),
        kind=one.kind,
        entered=_entered(one),
        late=one.late,
        sentence=one.sentence,
        amounts=one.amounts,
        money=one.money,
    )
