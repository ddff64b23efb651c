"""Prices of providers brought up to date: which tickers were refreshed, from where, and which not.

A refresh asked for within the same minute is the same one; afterwards only what is missing is asked
for. What it came to names the version that other questions are then about.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from forefolio.core.events import Job
from forefolio.market import StoredPrices
from forefolio.market.online.offers import ProviderNames
from forefolio.market.online.refreshing import (
    EARLIEST,
    TickerRefresh,
    Wish,
    refreshed,
    sentence,
)
from forefolio.market.sources.online_source import all_stored, stored_after
from forefolio.market.sources.symbols import Tickers
from forefolio.studies.base import StudyDocument
from forefolio.studies.cost import ComputingCost
from forefolio.studies.place import Place, Recall
from forefolio.studies.result import DataFacts, Remark, Result

_UNKNOWN = 100  # tickers, where nobody says how many are stored


class PriceRefresh(Result):
    """What a refresh of stored prices came to, ticker by ticker."""

    kind: Literal["refresh"] = "refresh"
    tickers: tuple[TickerRefresh, ...] = Field(description="One for each ticker asked for.")
    stored: StoredPrices = Field(description="The prices as a source, fixed at their version now.")
    added: int = Field(description="How many days are new.")
    changed: int = Field(description="How many days have other values than before.")
    rejected: int = Field(description="How many rows of the answers are no prices.")


class RefreshStudy(StudyDocument):
    """Fetch daily prices, dividends and splits from a provider, and keep them.

    Only the days that are missing are asked for. A provider that adjusts its series again has all
    of it loaded anew. Who does not answer is reported ticker by ticker; what is stored stays.

    >>> import forefolio as ff
    >>> study = ff.RefreshStudy(tickers="aapl,ko", providers="yahoo")  # ff.ask(study) fetches
    >>> study.tickers, study.providers
    (('AAPL', 'KO'), ('yahoo',))
    """

    path: ClassVar[str] = "data/refresh"
    command: ClassVar[str] = "data fetch"
    result: ClassVar[type[PriceRefresh]] = PriceRefresh
    stages: ClassVar[Mapping[str, float]] = {"refresh": 100}

    kind: Literal["refresh"] = "refresh"
    tickers: Tickers = Field(
        (),
        description="Which, such as AAPL MSFT; none: all that are stored.",
        json_schema_extra={"positional": True},
    )
    providers: ProviderNames = Field(
        (),
        description="Which providers, in the order in which they are asked, such as yahoo,stooq; "
        "none: those of FOREFOLIO_SOURCES.",
    )
    start: date = Field(EARLIEST, description="The first day that is wanted.")
    end: date | None = Field(None, description="The last day that is wanted; none: today.")
    asked: str = Field(
        "",
        description="When it was asked, to the minute; empty: now.",
        json_schema_extra={"advanced": True},
    )

    @classmethod
    def part_of(cls, strategy: Any) -> dict[str, Any]:
        """The tickers and days that a strategy study is about."""
        data = strategy.data
        return {"tickers": data.tickers, "end": data.end} | (
            {"start": data.start} if data.start else {}
        )

    def settled(self, recall: Recall) -> Self:  # noqa: ARG002 (nothing earlier is needed)
        """The same question, of this minute."""
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M}Z"
        return self if self.asked else self.model_copy(update={"asked": now})

    def sizes(self) -> Mapping[str, int]:
        """How many tickers are asked for."""
        return {"tickers": len(self.tickers)}

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """Mostly waiting: a second for each ticker."""
        asked = (self.sizes() if sizes is None else sizes)["tickers"] or _UNKNOWN
        return ComputingCost(cpu_s=1.0 * asked, bytes=1e5 * asked)

    def job(self, place: Place) -> Job[PriceRefresh]:
        """Ask for what is missing, ticker by ticker."""
        supply = place.supplied()
        wish = Wish(
            tickers=self.tickers or all_stored(supply.prices, self.providers),
            sources=self.providers,
            start=self.start,
            end=self.end,
        )
        rows = yield from refreshed(supply, wish)
        stored = stored_after(supply.prices, rows)
        return PriceRefresh(
            as_of=max(row.last for row in rows if row.last),
            data=_facts(rows, stored, wish),
            remarks=tuple(_remarks(rows)),
            tickers=rows,
            stored=stored,
            added=sum(row.added for row in rows),
            changed=sum(row.changed for row in rows),
            rejected=sum(row.rejected for row in rows),
        )


def _facts(rows: tuple[TickerRefresh, ...], stored: StoredPrices, wish: Wish) -> DataFacts:
    there = [row for row in rows if row.first and row.last]
    return DataFacts(
        name=f"prices of {', '.join(dict.fromkeys(row.source for row in there))}",
        source=stored.model_dump(mode="json"),
        version=stored.version(),
        tickers=tuple(row.ticker for row in there),
        sessions=max(row.rows for row in there),
        first=min(row.first for row in there if row.first),
        last=max(row.last for row in there if row.last),
        start=wish.start,
        end=wish.end,
        refused=dict(stored.missing),
    )


def _remarks(rows: tuple[TickerRefresh, ...]) -> list[Remark]:
    remarks = []
    for row in rows:
        about = {"stage": "refresh", "about": row.ticker}
        if row.state == "failed":
            remarks.append(Remark(reason="left_out", message=sentence(row), **about))
        elif row.refusals:
            remarks.append(Remark(reason="fell_back", message=sentence(row), **about))
        remarks += [
            Remark(reason="noted", message=f"{row.ticker}: {note}", detail=True, **about)
            for note in row.notes
        ]
    return remarks
