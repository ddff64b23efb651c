"""A paper account: a strategy followed day by day with no money, before any money does.

1. The first question opens it; each later one brings it forward to the newest session.
2. Whatever happens is an entry: decisions, trades with costs, closes, dividends, sessions on which
   nobody looked, prices that came late or were revised. An entry never changes. After the one that
   closes the account nothing is entered, and what was is still shown.
3. It trades by the rules of a backtest, and is the backtest to the bit where no price was revised.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from forefolio.backtest import BacktestResult, Trading, backtest, follow_days
from forefolio.core.errors import InputError
from forefolio.core.events import Job
from forefolio.core.failpoints import failpoint
from forefolio.core.units import Money
from forefolio.core.wording import listed
from forefolio.market import Market
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
from forefolio.studies.base import StudyDocument
from forefolio.studies.cost import ComputingCost
from forefolio.studies.data import Data, repairs, rooted
from forefolio.studies.paper_account import PaperAccount, standing
from forefolio.studies.paper_backtest import beside_backtest
from forefolio.studies.paper_book import Book, numbered
from forefolio.studies.paper_entries import sessions_of
from forefolio.studies.place import Place
from forefolio.studies.strategy import (
    Learning,
    OwnLimits,
    OwnObjective,
    StrategyStudy,
    TradingRules,
)

if TYPE_CHECKING:
    from forefolio.store.papers import Papers

TOGETHER = 100  # sessions whose entries are written in one transaction


class PaperStudy(StudyDocument):
    """Follow a strategy on paper, day by day, before any money does.

    The first call opens the account, with a capital and a strategy; each later one enters every
    session up to the newest, and needs the account's name alone. What was entered never changes.
    A changed strategy is another account.

    >>> import forefolio as ff
    >>> study = ff.PaperStudy(capital="$25,000", strategy="classical", since="2021-06-01")
    >>> study.account, study.capital, study.strategy.kind  # ff.ask(study) opens it, or goes on
    ('paper', 25000.0, 'classical')
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
    machine_learning: Learning = True
    strategy: AnyStrategy = Field(
        RiskOnTarget(strategy=Tilted()),
        description="The rule that is followed, such as classical.",
    )
    objective: OwnObjective = None
    constraints: OwnLimits = ()
    trading: TradingRules = Trading()
    data: Data = Field(Data(), description="Which prices, of which assets.")
    backtest: bool = Field(
        False,
        description="Show the backtest of the same strategy over the same sessions beside it; it "
        "makes all decisions anew.",
    )
    after: int = Field(
        0,
        ge=0,
        description="Entries that were there when it was asked; the account says how many.",
        json_schema_extra={"advanced": True},
    )
    opened_at: float = Field(
        0.0,
        ge=0.0,
        description="When the account was opened, in seconds since 1970: one that was deleted and "
        "opened again is another one.",
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
        if held is None or not held.entries:
            if self.capital is None:
                raise InputError(
                    f"there is no paper account {self.account!r} yet; say with what it is opened, "
                    "such as --capital 25,000"
                )
            held = papers.kept(lambda accounts: accounts.hold(self.account, self._document()))
        own = type(self).model_validate(dict(held.study))
        if differ := self._differences(own):
            raise InputError(
                f"the paper account {self.account} was opened with other settings "
                f"({listed(differ)}): what it follows never changes; open one of another name, "
                f"such as --account {self.account}-2"
            )
        end = date.fromisoformat(held.closed_after) if held.closed_after else self.data.end
        data = own.data.model_copy(update={"end": end})
        asked = {
            "data": data,
            "after": held.entries,
            "opened_at": held.opened_at,
            "backtest": self.backtest,
        }
        return own.model_copy(update=asked)

    def _document(self) -> dict[str, Any]:
        """What is kept: it is asked again from other folders, and up to later sessions."""
        document = self.model_dump(mode="json", exclude={"after", "opened_at", "backtest"})
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
        return StrategyStudy(**self.part_of(self), baselines=())

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
        strategy = self._study.model_copy(update={"trading": trading}).followed
        if book.closing is None:
            book = self._appended(shelf, book, list(book.changes(market)))
            given = _given(market, strategy, place)
            days = yield from follow_days(strategy, trading, given, place.executor, book.state)
            sessions = sessions_of(days, market, book, trading.capital)
            book = self._entered(shelf, book, sessions)
        beside = {"equal_weight": (yield from _followed(EqualWeight(), trading, market, place))}
        if self.backtest:
            beside["backtest"] = yield from _followed(strategy, trading, market, place)
        return PaperAccount(
            as_of=date.fromisoformat(book.closed[-1].session),  # prices may end before it
            data=self.data.facts(loaded),
            remarks=tuple(repairs(loaded.report)),
            account=self.account,
            strategy=strategy.name,
            backtest=beside_backtest(book, beside.get("backtest")),
            **standing(book, beside, trading.capital),
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

    def _entered(self, shelf: PaperShelf, book: Book, sessions: Iterator[list[Entry]]) -> Book:
        """The book with the entries of these sessions, written down some sessions at a time.

        The first of all is written with the sessions that follow: what fails opens nothing.
        """
        while entries := [one for each in islice(sessions, TOGETHER) for one in each]:
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


def _followed(
    strategy: Strategy, trading: Trading, market: Market, place: Place
) -> Job[BacktestResult | None]:
    """What a strategy comes to since the account was opened; None on its first session."""
    if trading.warmup >= len(market):
        return None
    given = _given(market, strategy, place)
    return (yield from backtest(strategy, trading, given, place.executor))


def _given(market: Market, strategy: Strategy, place: Place) -> Market:
    """The market as a strategy is best given it: saved, where workers forecast for it."""
    return place.arrays.market(market) if needs_of(strategy) is not None else market
