"""Series of the Federal Reserve: fetched, stored, and known in studies from the day they were."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import stamina
from tests.market.online.server import Asked, Reply, Served, serving
from tests.market.online.stooq import DAYS, TODAY
from tests.market.online.stooq import answer as stooq_answer

import forefolio as ff
from forefolio.core.settings import Settings
from forefolio.market import Market, StoredPrices, load_market
from forefolio.market.online.supply import Supply
from forefolio.market.sources.fred_series import known_series
from forefolio.market.sources.stored import reading_from
from forefolio.runs.asking import ask
from forefolio.store.price_rows import PriceSeries
from forefolio.studies.portfolio import PortfolioStudy
from forefolio.studies.refresh import RefreshStudy

MONTHS = [date(TODAY.year - 1 + (k // 12), 1 + k % 12, 1) for k in range(12 + TODAY.month - 1)]
SERIES = ("DGS3MO", "VIXCLS", "CPILFESL", "AAA")


def answer(asked: Asked) -> Reply:
    """Stooq, and FRED beside it: days and months counted from 1, in its units."""
    if asked.path != "/graph/fredgraph.csv":
        return stooq_answer(asked)
    code = asked.query["id"]
    days = DAYS if code in ("DGS3MO", "VIXCLS") else MONTHS
    level = {"DGS3MO": 4.0, "VIXCLS": 15.0, "CPILFESL": 300.0, "AAA": 5.0}[code]
    rows = [f"{d},{level + k / 1000}" for k, d in enumerate(days) if str(d) >= asked.query["cosd"]]
    return Reply(body="\n".join([f"observation_date,{code}", *rows, ""]).encode())


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with stamina.set_testing(True, attempts=1), serving(answer) as one:
        yield one


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, served: Served) -> Settings:
    settings = Settings(
        home=tmp_path_factory.mktemp("fred"),
        executor="inline:",
        source_urls={"stooq": served.url, "fred": served.url},
        source_limits={"stooq": "1000/second", "fred": "1000/second"},
    )
    ask(RefreshStudy(tickers=("BBB", "CCC"), providers=("stooq",)), settings)
    ask(RefreshStudy(tickers=SERIES, providers=("fred",)), settings)
    return settings


@pytest.fixture(scope="module")
def market(settings: Settings) -> Market:
    with reading_from(Supply(settings=settings).prices):
        return load_market(StoredPrices(sources=("stooq",)), minimum_sessions=60).market


def test_stored_prices_bring_the_series_that_are_stored(market: Market) -> None:
    assert market.assets == ("BBB", "CCC")
    assert {"risk_free", "vix", "core_cpi", "aaa", "bond"} <= set(market.series)


def test_a_daily_value_is_known_at_its_close_or_the_day_after(market: Market) -> None:
    for row in (30, 100, 200):
        day = market.sessions[row].astype(object)
        assert market.series["vix"][row] == pytest.approx(15 + DAYS.index(day) / 1000)
        before = max(k for k, other in enumerate(DAYS) if other < day)
        yearly = (4 + before / 1000) / 100
        assert (1 + market.series["risk_free"][row]) ** 252 == pytest.approx((1 + yearly / 4) ** 4)


def test_a_monthly_value_is_known_when_it_had_been_published(market: Market) -> None:
    for row in (100, 150, 200):
        day = market.sessions[row].astype("datetime64[M]")
        cpi, aaa = (MONTHS.index((day - lag).astype(object)) for lag in (2, 1))
        assert market.series["core_cpi"][row] == pytest.approx(300 + cpi / 1000)
        assert market.series["aaa"][row] == pytest.approx((5 + aaa / 1000) / 100)


def test_cash_earns_the_stored_rate(settings: Settings) -> None:
    document = {
        "source": "stored",
        "tickers": "BBB,CCC",
        "minimum_sessions": 60,
        "objective": "minimum variance",
        "cash_rate": "risk_free",
    }
    result = ask(PortfolioStudy.model_validate(document), settings)
    assert result.data.name == "prices of stooq and fred"
    assert set(result.data.tickers) == {"BBB", "CCC"}
    assert result.cash_return == pytest.approx(0.0425, abs=0.001)


def test_a_study_is_about_the_version_of_the_series_it_was_asked_about(settings: Settings) -> None:
    prices = Supply(settings=settings).prices
    study = PortfolioStudy.model_validate(
        {"source": "stored", "tickers": "BBB,CCC", "minimum_sessions": 60, "cash_rate": "risk_free"}
    )
    before = ask(study, settings)
    days = np.array(DAYS[-20:], dtype="datetime64[D]")
    prices.upsert("fred", {"DGS3MO": PriceSeries(dates=days, columns={"value": np.full(20, 9.0)})})
    after = ask(study, settings)
    assert after.cash_return > before.cash_return + 0.03
    as_before = study.model_copy(update={"data": ff.Data.of(before.data)})
    assert ask(as_before, settings).cash_return == before.cash_return


def test_treasury_bills_are_read_as_a_discount_where_there_is_no_daily_rate() -> None:
    months = np.array(["2023-01-01", "2023-02-01"], dtype="datetime64[D]")
    bills = PriceSeries(dates=months, columns={"value": np.array([5.0, 6.0])})
    sessions = np.arange("2023-01-02", "2023-03-25", dtype="datetime64[D]")
    sessions = sessions[np.is_busday(sessions)]
    known = known_series({"TB3MS": bills}, sessions)["risk_free"].at(sessions)
    january, march = sessions < np.datetime64("2023-02-01"), sessions >= np.datetime64("2023-03-01")
    assert np.isnan(known[january]).all()
    price = 1 - 0.06 * 91 / 360
    assert (1 + known[march]) ** 252 == pytest.approx(price ** (-365 / 91))


def test_an_asset_of_the_same_name_is_not_the_yield(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, executor="inline:")
    prices = Supply(settings=settings).prices
    days = np.array([TODAY - timedelta(days=k) for k in range(90, 0, -1)], dtype="datetime64[D]")
    closes = PriceSeries(dates=days, columns={"close": np.linspace(10, 20, 90)})
    yields = PriceSeries(dates=days[:1], columns={"value": np.array([5.0])})
    prices.upsert("fred", {"AAA": yields})
    prices.upsert("own", {"AAA": closes})
    with reading_from(prices):
        market = load_market(StoredPrices(), ["AAA"], minimum_sessions=30).market
    assert market.close[-1, 0] == 20.0 and "aaa" in market.series
