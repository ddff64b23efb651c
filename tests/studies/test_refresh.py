"""Prices of a provider in every face: asked for by a word, kept, and pinned when it is asked."""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import stamina
from starlette.testclient import TestClient
from tests.market.online.server import Served, serving
from tests.market.online.stooq import DAYS, TODAY, answer

import forefolio as ff
from forefolio.api.app import create_app
from forefolio.core.errors import InputError, SourceUnavailable
from forefolio.core.settings import Settings
from forefolio.market import get_stock_data
from forefolio.runs.opening import opening
from forefolio.studies.portfolio import PortfolioStudy
from forefolio.studies.quality import QualityStudy
from forefolio.studies.refresh import RefreshStudy


@pytest.fixture
def stooq() -> Iterator[Served]:
    with stamina.set_testing(True, attempts=1), serving(answer) as served:
        yield served


@pytest.fixture
def settings(tmp_path: Path, stooq: Served) -> Settings:
    return Settings(
        home=tmp_path,
        executor="inline:",
        sources=("stooq",),
        source_urls={"stooq": stooq.url},
        source_limits={"stooq": "1000/second"},
    )


def study(tickers: str = "AAA,BBB", source: str = "stooq") -> PortfolioStudy:
    return PortfolioStudy.model_validate(
        {
            "source": source,
            "tickers": tickers,
            "minimum_sessions": 60,
            "objective": "minimum variance",
        }
    )


def test_a_provider_in_a_word_works_like_the_sample(settings: Settings, stooq: Served) -> None:
    result = ff.ask(study("AAA,BBB,NOPE"), settings)
    assert set(result.weights) <= {"AAA", "BBB"} and result.data.source["kind"] == "stored"
    assert result.data.name == "prices of stooq"
    assert result.data.refused == {"NOPE": "stooq has no prices of NOPE since 1990-01-01"}
    asked = len(stooq.asked)
    again = ff.ask(study("AAA,BBB"), settings)
    assert len(stooq.asked) == asked  # nothing is missing
    stored = ff.ask(study("AAA,BBB", "stored"), settings)
    assert stored.run and again.run and stored.run.id == again.run.id
    assert ff.ask(PortfolioStudy(data=ff.Data.of(again.data), objective="minimum_variance"),
                  settings).data.version == again.data.version  # fmt: skip


def test_offline_what_is_stored_is_used_and_said_to_be_old(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    before = ff.ask(study(), settings)
    gone = settings.model_copy(update={"source_urls": {"stooq": "http://127.0.0.1:1"}})
    later = study().model_copy(
        update={"data": study().data.model_copy(update={"start": date(1980, 1, 1)})}
    )
    caplog.clear()
    result = ff.ask(later, gone)
    assert result.data.version == before.data.version
    told = [one.getMessage() for one in caplog.records if "are used, since" in one.getMessage()]
    assert told[0].startswith(f"AAA: prices until {before.as_of} are used, since stooq: it cannot")
    with pytest.raises(ff.ForefolioError, match="no prices could be had: stooq: it"):
        ff.ask(study("CCC"), gone)


def test_a_refresh_is_a_study_with_facts_by_ticker(settings: Settings) -> None:
    result = ff.ask(RefreshStudy(tickers=("AAA", "NOPE")), settings)
    states = {row.ticker: (row.state, row.source) for row in result.tickers}
    assert states == {"AAA": ("new", "stooq"), "NOPE": ("failed", "")}
    assert result.added == result.tickers[0].rows == len(DAYS) - (DAYS[-1] == TODAY)
    assert [(one.reason, one.about) for one in result.remarks] == [("left_out", "NOPE")]
    assert "AAA" in str(result.to_frame()) and "1 new and 1 not to be had" in repr(result)
    all_again = ff.ask(RefreshStudy(start=date(1990, 1, 2)), settings)
    assert [(row.ticker, row.state) for row in all_again.tickers] == [("AAA", "current")]
    with pytest.raises(ff.ForefolioError, match="say which tickers"):
        ff.ask(RefreshStudy(), settings.model_copy(update={"home": settings.home / "other",
               "database_url": f"sqlite:///{settings.home}/none.db"}))  # fmt: skip
    with pytest.raises(InputError, match="did you mean 'yahoo'"):
        RefreshStudy(tickers=("AAA",), providers=("yaho",))


def test_over_http(settings: Settings) -> None:
    with TestClient(create_app(opening(settings)), "http://localhost") as client:
        document = {
            "source": "stooq",
            "tickers": "AAA,BBB",
            "minimum_sessions": 60,
            "objective": "minimum variance",
        }
        answered = client.post("/api/optimize/portfolio", json=document)
        for _ in range(300):
            if answered.status_code == 200:
                break
            assert answered.status_code == 202, answered.text
            time.sleep(0.05)
            answered = client.post("/api/optimize/portfolio", json=document)
        assert answered.json()["data"]["source"]["parts"][0]["source"] == "stooq"
        refreshed = client.post("/api/data/refresh", json={"tickers": ["AAA"]})
        assert refreshed.status_code in (200, 202)


def test_prices_in_a_call(
    settings: Settings, stooq: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREFOLIO_HOME", str(settings.home))
    monkeypatch.setenv("FOREFOLIO_SOURCE_URLS", f"stooq={stooq.url}")
    loaded = get_stock_data("aaa, nope", start=DAYS[100], source="stooq")
    frame = loaded.to_frame()
    assert list(frame) == ["AAA"] and frame.index[0].date() == DAYS[100]
    assert list(frame.attrs["refused"]) == ["NOPE"]
    asked = len(stooq.asked)
    get_stock_data("AAA", start=DAYS[120], source="stooq")
    assert len(stooq.asked) == asked
    with pytest.raises(SourceUnavailable, match="no prices could be had"):
        get_stock_data("NOPE", source="stooq")
    quality = ff.ask(QualityStudy.model_validate({"source": "stored", "minimum_sessions": 60}))
    assert quality.rows_read == quality.rows_kept == len(frame) and not quality.data.refused
