"""A paper account: a strategy followed day by day with no money, before any money does.

1. The first question opens it; each later one brings it forward to the newest session.
2. Whatever happens is an entry: decisions, trades with costs, closes, dividends, sessions on which
   nobody looked, prices that came late or were revised. An entry never changes.
3. It trades by the rules of a backtest, and is the backtest to the bit where no price was revised.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from forefolio.backtest import AccountDay, Trading, backtest, follow_days
from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.events import Job
from forefolio.core.failpoints import failpoint
from forefolio.core.units import Money
from forefolio.core.wording import listed
from forefolio.market import Market
from forefolio.optimize import AnyOptimizer
from forefolio.store.paper_records import BroughtForward, Entry
from forefolio.store.paper_shelf import PaperShelf
from forefolio.strategy import (
    AnyStrategy,
    EqualWeight,
    RiskOnTarget,
    Strategy,
    Tilted,
    needs_of,
)
from forefolio.studies.base import Number, Place, Result, StudyDocument
from forefolio.studies.cost import ComputingCost
from forefolio.studies.data import Data, repairs, rooted
from forefolio.studies.paper_book import Book, numbered
from forefolio.studies.paper_entries import entries_of, opening
from forefolio.studies.portfolio import Stated
from forefolio.studies.strategy import StrategyStudy

if TYPE_CHECKING:
    from forefolio.store.papers import Papers

TOGETHER = 100  # sessions whose entries are written in one transaction
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
    "late_price",
    "late_session",
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
    value: float = Field(description="Money: what it is worth.")
    cash: float = Field(description="Money of that in cash.")
    total_return: float = Field(description="Since it was opened, fraction.")
    equal_weight_return: Number = Field(description="The same of equal weights in all assets.")
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


class PaperStudy(StudyDocument):
    """Follow a strategy on paper, day by day, before any money does.

    The first call opens the account, with a capital and a strategy; each later one enters every
    session up to the newest, and needs the account's name alone. What was entered never changes.
    A changed strategy is another account.
    """

    path: ClassVar[str] = "paper"
    command: ClassVar[str] = "paper"
    result: ClassVar[type[PaperAccount]] = PaperAccount
    stages: ClassVar[Mapping[str, float]] = {
        "data": 5,
        "forecast": 75,
        "account": 15,
        "backtest": 5,
    }

    kind: Literal["paper"] = "paper"
    account: str = Field("paper", description="Its name.")
    capital: Money | None = Field(
        None, description="What it is opened with, such as 25,000; later ones need none."
    )
    since: date | None = Field(
        None, description="Its first session, where that is an earlier one than the newest."
    )
    machine_learning: bool = Field(
        True, description="Whether forecasts are learnt; if not, the classical method alone."
    )
    strategy: AnyStrategy = Field(
        RiskOnTarget(strategy=Tilted()),
        description="The rule that is followed, such as classical.",
    )
    objective: AnyOptimizer | None = Field(
        None,
        description="Of the strategy's optimiser instead of its own, such as minimum_variance.",
        json_schema_extra={"in_words": True},
    )
    constraints: Stated = Field(
        (),
        description='In words, such as "w <= 10%", added to fully invested and long only.',
        json_schema_extra={"several": True},
    )
    trading: Trading = Field(
        Trading(),
        description="When decisions are made, what trading costs and what cash earns.",
        json_schema_extra={"advanced": True},
    )
    data: Data = Field(Data(), description="Which prices, of which assets.")
    after: int = Field(
        0,
        ge=0,
        description="Entries that were there when it was asked; the account says how many.",
        json_schema_extra={"advanced": True},
    )

    @classmethod
    def part_of(cls, strategy: Any) -> dict[str, Any]:
        """All that says how a strategy is followed."""
        return {name: getattr(strategy, name) for name in FOLLOWED}

    def on_papers(self, papers: PaperShelf) -> Self:
        """The question as the account was opened with, and how many entries it has by now.

        Raises:
            InputError: there is no such account and no capital to open one with, or it follows
                something else.
        """
        held = papers.kept(lambda accounts: accounts.find(self.account))
        if (held is None or not held.entries) and self.capital is not None:
            held = papers.kept(lambda accounts: accounts.hold(self.account, self._document()))
        if held is None:
            raise InputError(
                f"there is no paper account {self.account!r} yet; say with what it is opened, such "
                "as --capital 25,000"
            )
        own = type(self).model_validate(dict(held.study))
        if differ := self._differences(own):
            raise InputError(
                f"the paper account {self.account} was opened with another "
                f"{listed(differ)}: what it follows never changes; open one of another name, such "
                f"as --account {self.account}-2"
            )
        data = own.data.model_copy(update={"end": self.data.end})
        return own.model_copy(update={"data": data, "after": held.entries})

    def _document(self) -> dict[str, Any]:
        """What is kept: it is asked again from other folders, and up to later sessions."""
        document = self.model_dump(mode="json", exclude={"after"})
        document["data"]["end"] = None
        return rooted(document)

    def _is_same(self, study: Mapping[str, Any]) -> bool:
        """Whether a study that is kept is this one; its data may be of a version here."""
        own = type(self).model_validate(dict(study))._document()
        return {**own, "data": None} == {**self._document(), "data": None}

    def _differences(self, own: Self) -> list[str]:
        """The settings of this question that are others in the account; a default states nothing.

        A question that was stored, as that of a schedule, has all its defaults written out.
        """
        here, there, usual = (one._document() for one in (self, own, type(self)()))
        return [
            *_stated(here, there, usual),
            *_stated(*(one["data"] for one in (here, there, usual))),
        ]

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """That of the strategy where it learns."""
        return super().cost(sizes) if needs_of(self.strategy) is None else self._study.cost(sizes)

    def sizes(self) -> Mapping[str, int]:
        """Those of the strategy where it learns."""
        return super().sizes() if needs_of(self.strategy) is None else self._study.sizes()

    @property
    def _study(self) -> StrategyStudy:
        """The strategy as a backtest follows it."""
        same = {name: getattr(self, name) for name in FOLLOWED}
        return StrategyStudy(**same, baselines=())

    def job(self, place: Place) -> Job[PaperAccount]:
        """Enter every session up to the newest, and say where the account stands.

        Raises:
            InputError: it is not opened, or the first session is not in the data.
        """
        loaded = yield from self.data.load()
        shelf = place.accounts()
        book = self._read(shelf)
        opened = date.fromisoformat(book.closed[0].session) if book.closed else self.since
        trading = self._trading(loaded.market, opened)
        market = loaded.market.with_series(cash=trading.cash_returns(loaded.market))
        if book.entries:
            book = self._appended(shelf, book, list(book.changes(market)))
        else:
            first = opening(market, trading.warmup - 1, trading.capital)
            book = self._appended(shelf, book, [first])
        strategy = self._study.model_copy(update={"trading": trading}).followed
        followed = place.arrays.market(market) if needs_of(strategy) is not None else market
        days = yield from follow_days(strategy, trading, followed, place.executor, book.state)
        book = self._entered(shelf, book, days, market)
        plain = yield from _equal_weight(trading, market, place)
        return PaperAccount(
            as_of=date.fromisoformat(book.closed[-1].session),  # prices may end before it
            data=self.data.facts(loaded),
            remarks=tuple(repairs(loaded.report)),
            account=self.account,
            strategy=strategy.name,
            **_standing(book, plain, trading.capital),
        )

    def _read(self, shelf: PaperShelf) -> Book:
        """All that is entered.

        Raises:
            InputError: somebody opened it otherwise since this was asked.
        """

        async def read(accounts: "Papers") -> Book:
            entries = await accounts.entries(self.account)
            held = await accounts.find(self.account)
            if entries and (held is None or not self._is_same(held.study)):
                raise BroughtForward(self.account)
            return Book(entries=tuple(entries))

        return shelf.kept(read)

    def _trading(self, market: Market, opened: date | None) -> Trading:
        """The account of a backtest that begins where this one was opened."""
        row = len(market) - 1
        if opened is not None:
            row = int(np.searchsorted(market.sessions, np.datetime64(opened)))
        if row >= len(market):
            raise InputError(
                f"there is no session since {opened}: the last of these prices is "
                f"{market.sessions[-1]}"
            )
        own = {"warmup": row + 1, "capital": self.capital or self.trading.capital}
        return self.trading.model_copy(update=own)

    def _appended(self, shelf: PaperShelf, book: Book, entries: Sequence[Entry]) -> Book:
        """The book with more entries, written down."""
        if not entries:
            return book
        name, after = self.account, len(book.entries)
        shelf.kept(lambda accounts: accounts.append(name, after, entries, self._is_same))
        failpoint("paper.appended")
        return Book(entries=(*book.entries, *numbered(entries, after)))

    def _entered(
        self, shelf: PaperShelf, book: Book, days: Sequence[AccountDay], market: Market
    ) -> Book:
        """The book with the entries of these days, written down some days at a time."""
        first = len(market) - len(days)
        held: Mapping[str, Any] = book.closed[-1].amounts if book.closed else {}
        for start in range(0, len(days), TOGETHER):
            entries: list[Entry] = []
            for n, day in enumerate(days[start : start + TOGETHER], start):
                entries += entries_of(day, first + n, market, held, book.newest)
                held = next(one.amounts for one in reversed(entries) if one.kind == "closed")
            book = self._appended(shelf, book, entries)
        return self._read(shelf)


FOLLOWED = ("data", "machine_learning", "strategy", "objective", "constraints", "trading")
"""What a paper account shares with a backtest of the same strategy."""


def _stated(
    here: Mapping[str, Any], there: Mapping[str, Any], usual: Mapping[str, Any]
) -> list[str]:
    """The settings that are neither those of the account nor the usual ones."""
    return [
        name
        for name, value in here.items()
        if name != "data" and value != there[name] and value != usual[name]
    ]


def _equal_weight(trading: Trading, market: Market, place: Place) -> Job[dict[str, float]]:
    """What equal weights in all assets are worth, by session."""
    first = trading.warmup - 1
    if first == len(market) - 1:
        return {str(market.sessions[-1]): trading.capital}
    plain: Strategy = EqualWeight()
    result = yield from backtest(plain, trading, market, place.executor)
    return dict(zip(map(str, result.sessions), result.equity.tolist(), strict=True))


def _standing(book: Book, plain: Mapping[str, float], capital: float) -> dict[str, Any]:
    """Where an account stands by its entries, beside equal weights by session."""
    costs = {one.session: one.money or 0.0 for one in book.entries if one.kind == "traded"}
    states = [one.state or {} for one in book.closed]
    days = tuple(
        PaperDay(
            session=date.fromisoformat(one.session),
            value=one.money or 0.0,
            cash=state["cash"],
            cost=costs.get(one.session, 0.0),
            equal_weight=plain.get(one.session),
            late=one.late,
        )
        for one, state in zip(book.closed, states, strict=True)
    )
    last, beside = days[-1], days[-1].equal_weight
    held = book.closed[-1].amounts
    weights = {ticker: (money or 0.0) / last.value for ticker, money in held.items() if last.value}
    return {
        "capital": capital,
        "opened": days[0].session,
        "value": last.value,
        "cash": last.cash,
        "total_return": last.value / capital - 1.0,
        "equal_weight_return": None if beside is None else beside / capital - 1.0,
        "costs": sum(costs.values()),
        "revised": sum(one.money or 0.0 for one in book.entries if one.kind == "revised"),
        "missed": sum(one.kind == "missed" for one in book.entries),
        "weights": dict(sorted(weights.items(), key=lambda one: -abs(one[1]))),
        "orders": _orders(states[-1], weights, last.value),
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


def _shown(one: Entry) -> PaperEntry:
    return PaperEntry(
        number=one.number,
        session=date.fromisoformat(one.session),
        kind=one.kind,
        entered=datetime.fromtimestamp(one.entered_at, UTC),
        late=one.late,
        sentence=one.sentence,
        amounts=one.amounts,
        money=one.money,
    )
