"""Stored prices brought up to date: what is missing is asked for, and nothing is mixed or lost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.market.online.server import weekdays

from forefolio.core.errors import DataError, SourceUnavailable, UnknownTicker
from forefolio.core.events import finish
from forefolio.core.logs import subject
from forefolio.core.settings import Settings
from forefolio.market import StoredPrices, load_market
from forefolio.market.online.base import Daily, Offer
from forefolio.market.online.catalog import Providers
from forefolio.market.online.limits import FILE, Limits
from forefolio.market.online.refreshing import TickerRefresh, Wish, refreshed
from forefolio.market.online.supply import Supply
from forefolio.market.sources.base import Bars
from forefolio.market.sources.online_source import stored_after
from forefolio.market.sources.stored import reading_from

DAYS = weekdays(date(2024, 1, 2), 160)
START = DAYS[0]


@dataclass
class Fake:
    """A provider with a made-up series, which may fail, and may adjust it anew."""

    name: str
    asked: list[tuple[str, date, date]] = field(default_factory=list)
    scale: float = 1.0
    error: DataError | None = None
    currency: str = "USD"
    without: frozenset[date] = frozenset()
    change: Callable[[Bars], Bars] | None = None

    @property
    def offer(self) -> Offer:
        return Offer(name=self.name, title=self.name, url="", adjusted="no", limits=())

    def daily(self, ticker: str, start: date, end: date) -> Daily:
        self.asked.append((ticker, start, end))
        if self.error:
            raise self.error
        own = [d for d in DAYS if start <= d <= end and d not in self.without]
        if not own or ticker == "NOPE":
            raise UnknownTicker([ticker], (), self.name)
        close = np.array([self.scale * (100 + (d - START).days % 17) for d in own])
        bars = Bars(
            dates=np.array(own, dtype="datetime64[D]"),
            columns={"close": close, "high": close, "low": close, "open": close},
        )
        return Daily(
            ticker=ticker,
            source=self.name,
            bars=self.change(bars) if self.change else bars,
            currency=self.currency,
            zone="America/New_York",
        )


@dataclass(frozen=True, kw_only=True)
class Local(Supply):
    """A supply whose providers are fakes, on a day that a test chooses."""

    fakes: tuple[Fake, ...]
    day: list[date]

    def providers(self) -> Providers:
        now = datetime(*self.day[-1].timetuple()[:3], 23, 30, tzinfo=UTC)  # 18:30 in New York
        return Providers(
            providers={fake.name: fake for fake in self.fakes},
            order=tuple(fake.name for fake in self.fakes),
            limits=Limits(path=self.settings.home / FILE),
            now=lambda: now,
        )

    def on(self, day: date, *tickers: str, start: date = START) -> tuple[TickerRefresh, ...]:
        self.day.append(day)
        wish = Wish(tickers=tickers, sources=tuple(f.name for f in self.fakes), start=start)
        return finish(refreshed(self, wish))


@pytest.fixture
def yahoo() -> Fake:
    return Fake("yahoo")


@pytest.fixture
def stooq() -> Fake:
    return Fake("stooq", scale=0.5)


@pytest.fixture
def supply(tmp_path: Path, yahoo: Fake, stooq: Fake) -> Local:
    settings = Settings(home=tmp_path, executor="inline:")
    return Local(settings=settings, fakes=(yahoo, stooq), day=[])


def closes(supply: Local, source: str, ticker: str = "AAA") -> list[float]:
    found: list[float] = supply.prices.series(source, [ticker])[ticker].column("close").tolist()
    return found


def test_the_second_time_only_missing_days_are_asked_for(supply: Local, yahoo: Fake) -> None:
    (first,) = supply.on(DAYS[100], "AAA")
    assert (first.state, first.source, first.rows, first.added) == ("new", "yahoo", 101, 101)
    assert (first.first, first.last, first.currency) == (START, DAYS[100], "USD")
    (again,) = supply.on(DAYS[100], "AAA")
    assert (again.state, again.rows, len(yahoo.asked)) == ("current", 101, 1)
    (weekend,) = (
        supply.on(DAYS[100] + timedelta(days=1), "AAA") if (DAYS[100].weekday() == 4) else (again,)
    )
    assert weekend.state == "current"
    (later,) = supply.on(DAYS[105], "AAA")
    assert (later.state, later.added, later.changed, later.rows) == ("added", 5, 0, 106)
    ((_, since, _),) = yahoo.asked[1:]
    assert since == later.asked_from == DAYS[100] - timedelta(days=21)


def test_the_log_is_about_the_ticker_that_is_asked_for(
    supply: Local, yahoo: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []
    daily = yahoo.daily

    def noting(ticker: str, start: date, end: date) -> Daily:
        seen.append(subject())
        return daily(ticker, start, end)

    monkeypatch.setattr(yahoo, "daily", noting)
    supply.on(DAYS[100], "AAA", "BBB")
    assert seen == [{"ticker": "AAA"}, {"ticker": "BBB"}] and subject() == {}


def test_a_holiday_is_asked_about_once(supply: Local, yahoo: Fake) -> None:
    yahoo.without = frozenset({DAYS[100]})
    supply.on(DAYS[100], "AAA")
    (again,) = supply.on(DAYS[100], "AAA")
    assert again.state == "current" and again.last == DAYS[99]


def test_an_earlier_beginning_is_asked_for(supply: Local, yahoo: Fake) -> None:
    supply.on(DAYS[100], "AAA", start=DAYS[50])
    (row,) = supply.on(DAYS[100], "AAA", start=DAYS[10])
    assert (row.first, row.rows, yahoo.asked[-1][1]) == (DAYS[10], 91, DAYS[10])
    (again,) = supply.on(DAYS[100], "AAA", start=DAYS[20])
    assert again.state == "current"


def test_a_series_that_was_adjusted_anew_is_loaded_whole_and_the_old_one_stays_readable(
    supply: Local, yahoo: Fake
) -> None:
    before = stored_after(supply.prices, supply.on(DAYS[100], "AAA"))
    yahoo.scale = 0.25
    (row,) = supply.on(DAYS[105], "AAA")
    assert (row.state, row.added, row.changed) == ("reloaded", 5, 101)
    assert row.asked_from == START and max(closes(supply, "yahoo")) < 50
    with reading_from(supply.prices):
        old = load_market(before, minimum_sessions=20).market
        new = load_market(StoredPrices(), minimum_sessions=20).market
    assert len(old) == 101 and old.close[-1, 0] == 4 * new.close[100, 0]


def test_one_provider_after_the_other_and_never_two_in_a_series(
    supply: Local, yahoo: Fake, stooq: Fake
) -> None:
    yahoo.error = SourceUnavailable("yahoo: it does not answer")
    (row,) = supply.on(DAYS[100], "AAA")
    assert (row.source, row.state) == ("stooq", "new")
    assert [one.message for one in row.refusals] == ["yahoo: it does not answer"]
    yahoo.error = None
    (row,) = supply.on(DAYS[105], "AAA")  # it stays where its series came from
    assert (row.source, row.added, len(yahoo.asked)) == ("stooq", 5, 1)
    stooq.error = SourceUnavailable("stooq: it does not answer")
    (row,) = supply.on(DAYS[110], "AAA")
    assert (row.source, row.state, row.rows) == ("yahoo", "new", 111)
    assert max(closes(supply, "stooq")) < 60 < min(closes(supply, "yahoo"))
    stored = stored_after(supply.prices, (row,))
    assert [(part.source, part.tickers) for part in stored.parts] == [("yahoo", ("AAA",))]


def test_nobody_answers_and_what_is_stored_is_used_and_said_to_be_old(
    supply: Local, yahoo: Fake, stooq: Fake
) -> None:
    supply.on(DAYS[100], "AAA")
    yahoo.error = stooq.error = SourceUnavailable("x: it does not answer")
    rows = supply.on(DAYS[110], "AAA", "BBB")
    assert [(row.ticker, row.state, row.last) for row in rows] == [
        ("AAA", "old", DAYS[100]),
        ("BBB", "failed", None),
    ]
    stored = stored_after(supply.prices, rows)
    assert stored.missing == {"BBB": "x: it does not answer; x: it does not answer"}
    with reading_from(supply.prices):
        loaded = load_market(stored, ["AAA", "BBB"], minimum_sessions=20)
    assert loaded.market.assets == ("AAA",) and "BBB" in loaded.report.refused
    with pytest.raises(SourceUnavailable, match="no prices could be had: x: it does not"):
        stored_after(supply.prices, supply.on(DAYS[110], "BBB"))


def test_one_ticker_that_fails_stops_no_other(supply: Local) -> None:
    rows = supply.on(DAYS[100], "AAA", "NOPE", "BBB")
    assert [row.state for row in rows] == ["new", "failed", "new"]
    assert rows[1].reason.startswith("yahoo has no prices of NOPE since 2024-01-02; stooq has")


def test_another_currency_is_another_security(supply: Local, yahoo: Fake, stooq: Fake) -> None:
    stooq.error = SourceUnavailable("stooq: it does not answer")
    supply.on(DAYS[100], "AAA")
    yahoo.currency = "GBp"
    (row,) = supply.on(DAYS[110], "AAA")
    assert (row.state, row.rows) == ("old", 101)
    assert "the currency of AAA was USD and is GBp now" in row.reason


def test_rows_that_are_no_prices_are_kept_apart(supply: Local, yahoo: Fake) -> None:
    def spoilt(bars: Bars) -> Bars:
        close = bars.close.copy()
        close[3], close[4] = -1.0, 1e300
        high = bars.columns["high"].copy()
        high[5] = close[5] / 2
        return bars.having(close=close, high=high)

    yahoo.change = spoilt
    (row,) = supply.on(DAYS[100], "AAA")
    assert (row.rows, row.rejected) == (98, 3)
    assert {one.reason for one in row.rejected_rows} == {
        "the close is not a finite positive number",
        "the high is below the low",
    }
    kept = supply.prices.refused("yahoo")
    assert [one.date for one in kept] == [str(day) for day in DAYS[3:6]]
    yahoo.change = lambda bars: bars.having(close=-bars.close)
    supply_b = replace(supply, fakes=(yahoo,))
    (row,) = supply_b.on(DAYS[100], "BBB")
    assert row.state == "failed" and "no row of BBB is a price" in row.reason


def test_a_question_is_about_the_content_that_it_names(supply: Local, tmp_path: Path) -> None:
    stored = stored_after(supply.prices, supply.on(DAYS[100], "AAA"))
    other = Local(
        settings=Settings(home=tmp_path / "other"), fakes=(Fake("yahoo", scale=3.0),), day=[]
    )
    other.on(DAYS[100], "AAA")
    with reading_from(other.prices), pytest.raises(DataError, match="are not those"):
        load_market(stored, minimum_sessions=20)
    nothing = pytest.raises(DataError, match="no prices of ZZZ are stored")
    with reading_from(supply.prices), nothing:
        StoredPrices().read(("ZZZ",), np.datetime64("2000"), np.datetime64("2030"))
