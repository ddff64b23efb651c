"""Every provider against a server that behaves like it: good answers, and every bad one."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.market.online.conftest import CANARY
from tests.market.online.server import (
    Asked,
    Reply,
    Served,
    alpha_vantage_daily,
    bomb,
    finnhub_candles,
    json_reply,
    serving,
    stooq_csv,
    weekdays,
    yahoo_chart,
)

from forefolio.core.errors import (
    BadAnswer,
    DataError,
    SourceLimited,
    SourceRefused,
    SourceUnavailable,
    UnknownTicker,
)
from forefolio.market.online import alpha_vantage, finnhub, offers, tables, yahoo
from forefolio.market.online.base import Daily, Provider
from forefolio.market.online.checking import checked
from forefolio.market.online.request import Requests
from forefolio.market.online.tables import stooq_symbol

PAYLOADS = Path(__file__).parents[3].parent / "shared" / "payloads"
needs_payloads = pytest.mark.skipif(
    not PAYLOADS.exists(), reason="the development data is not here"
)
START, END = date(2024, 1, 1), date(2024, 1, 31)
DAYS = weekdays(date(2024, 1, 2), 5)
CLOSES = [10.0, 11.0, 12.0, 11.5, 11.25]
NOW = datetime(2026, 11, 1, tzinfo=UTC)

Make = Callable[[Requests, str, Path], Provider]

PROVIDERS: dict[str, Make] = {
    "yahoo": lambda requests, url, home: yahoo.Yahoo(
        requests=requests, home=home, offer=replace(offers.YAHOO, url=url, limits=())
    ),
    "alpha_vantage": lambda requests, url, _: alpha_vantage.AlphaVantage(
        requests=requests, key=CANARY, offer=replace(offers.ALPHA_VANTAGE, url=url, limits=())
    ),
    "finnhub": lambda requests, url, _: finnhub.Finnhub(
        requests=requests, key=CANARY, offer=replace(offers.FINNHUB, url=url, limits=())
    ),
    "stooq": lambda requests, url, _: tables.Stooq(
        requests=requests, offer=replace(offers.STOOQ, url=url, limits=())
    ),
    "fred": lambda requests, url, _: tables.Fred(
        requests=requests, offer=replace(offers.FRED, url=url, limits=())
    ),
}
each = pytest.mark.parametrize("name", PROVIDERS)

GOOD: dict[str, Reply] = {
    "yahoo": json_reply(yahoo_chart(DAYS, list(CLOSES))),
    "alpha_vantage": json_reply(alpha_vantage_daily(DAYS, CLOSES)),
    "finnhub": json_reply(finnhub_candles(DAYS, CLOSES)),
    "stooq": Reply(body=stooq_csv(DAYS, CLOSES).encode()),
    "fred": Reply(
        body="\n".join(
            ["observation_date,AAA", *(f"{d},{c}" for d, c in zip(DAYS, CLOSES, strict=True))]
        ).encode()
    ),
}


class Asking:
    """Asks a provider whose server answers as it is told."""

    def __init__(self, requests: Requests, home: Path) -> None:
        self.requests, self.home = requests, home
        self.served: Served | None = None

    def __call__(
        self, name: str, reply: Reply | Callable[[Asked], Reply], ticker: str = "AAA"
    ) -> Daily:
        answer = reply if callable(reply) else lambda _: reply
        with serving(answer) as self.served:
            provider = PROVIDERS[name](self.requests, self.served.url, self.home)
            return provider.daily(ticker, START, END)


@pytest.fixture
def asking(requests: Requests, tmp_path_factory: pytest.TempPathFactory) -> Asking:
    return Asking(requests, tmp_path_factory.getbasetemp() / "yahoo-home")


@each
def test_a_good_answer(asking: Asking, name: str) -> None:
    daily = asking(name, GOOD[name])
    good = checked(daily, START, END, NOW)
    assert not good.rejected and daily.source == name
    bars = good.daily.bars.at(np.argsort(good.daily.bars.dates))
    assert bars.dates.tolist() == DAYS
    assert bars.close == pytest.approx(CLOSES)
    if name != "fred":
        assert bars.columns["high"] == pytest.approx(np.array(CLOSES) * 1.01)
        assert (bars.columns["volume"] == 1000).all()


HTML = Reply(body=b"<!DOCTYPE html><html>are you a robot?</html>")
BROKEN: dict[str, tuple[Reply, type[DataError]]] = {
    "page": (HTML, BadAnswer),
    "empty": (Reply(), BadAnswer),
    "bomb": (bomb(25_000_000), BadAnswer),
    "list": (Reply(body=b"[1, 2]"), BadAnswer),
    "storm": (Reply(status=429, body=b"Edge: Too Many Requests"), SourceLimited),
    "down": (Reply(status=503), SourceUnavailable),
    "reset": (Reply(reset=True), SourceUnavailable),
    "teapot": (Reply(status=418, body=b"{}"), BadAnswer),
}


@each
@pytest.mark.parametrize("what", BROKEN)
def test_a_bad_answer_is_a_typed_error(asking: Asking, name: str, what: str) -> None:
    reply, error = BROKEN[what]
    if (name, what) == ("yahoo", "bomb"):
        error = SourceUnavailable  # its client may end the connection first
    with pytest.raises(DataError) as failed:
        asking(name, reply)
    assert isinstance(failed.value, error), failed.value
    assert str(failed.value).startswith(f"{name}: ") and "\n" not in str(failed.value)
    assert CANARY not in str(failed.value)


@each
def test_an_answer_that_breaks_off_is_no_answer(asking: Asking, name: str) -> None:
    whole = GOOD[name].body
    for share in (0.3, 0.7, 0.97):
        cut = whole[: int(len(whole) * share)]
        try:
            daily = asking(name, Reply(body=cut))
        except BadAnswer:
            continue
        assert name in ("stooq", "fred")  # a table may end anywhere, and its rows are right
        good = checked(daily, START, END, NOW).daily.bars
        kept = dict(zip(DAYS, CLOSES, strict=True))
        for day, close in list(zip(good.dates.tolist(), good.close, strict=True))[:-1]:
            assert close == pytest.approx(kept[day])


@each
@pytest.mark.parametrize("status", [401, 403])
def test_a_bad_key_is_not_tried_again(asking: Asking, name: str, status: int) -> None:
    with pytest.raises(DataError) as failed:
        asking(name, Reply(status=status, body=b'{"error":"Invalid API key."}'))
    assert asking.served is not None
    if name != "yahoo":  # its client gets another cookie, and asks once more
        assert isinstance(failed.value, SourceRefused) and len(asking.served.asked) == 1
    assert CANARY not in str(failed.value)


def test_keys_travel_where_they_must(asking: Asking) -> None:
    asking("alpha_vantage", GOOD["alpha_vantage"])
    assert asking.served and asking.served.asked[0].query["apikey"] == CANARY
    asking("finnhub", GOOD["finnhub"])
    assert asking.served.asked[0].headers["X-Finnhub-Token"] == CANARY
    assert CANARY not in str(asking.served.asked[0].query)


def test_without_a_key_nothing_is_asked(requests: Requests) -> None:
    for provider in (
        alpha_vantage.AlphaVantage(requests=requests, key=""),
        finnhub.Finnhub(requests=requests, key=""),
    ):
        with pytest.raises(SourceRefused, match="set FOREFOLIO_"):
            provider.daily("AAA", START, END)


# -- what each provider has of its own -------------------------------------------------------------


INFORMATION = "Information"


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"Error Message": "Invalid API call. Please retry or visit ..."}, UnknownTicker),
        ({"Error Message": "the parameter apikey is invalid or missing."}, SourceRefused),
        ({"Note": "Our standard API call frequency is 5 calls per minute and 500 calls per day."},
         SourceLimited),
        ({INFORMATION: f"We have detected your API key as {CANARY} and our standard API rate "
          "limit is 25 requests per day."}, SourceLimited),
        ({INFORMATION: "Please consider spreading out your free API requests more sparingly "
          "(1 request per second)."}, SourceLimited),
        ({INFORMATION: "Thank you! This is a premium endpoint."}, SourceRefused),
        ({INFORMATION: "Something new."}, BadAnswer),
        ({"Time Series (1min)": {"2024-01-02 09:31:00": {"4. close": "1"}}}, BadAnswer),
        ({"Time Series (Daily)": {}}, UnknownTicker),
        ({"Time Series (Daily)": {"2024-01-02": "10"}}, BadAnswer),
    ],
)  # fmt: skip
def test_alpha_vantage_refuses_with_200(
    asking: Asking, document: dict[str, Any], error: type[DataError]
) -> None:
    with pytest.raises(error) as failed:
        asking("alpha_vantage", json_reply(document))
    assert CANARY not in repr(failed.value)


def test_alpha_vantage_used_up_for_the_day_is_left_for_hours(asking: Asking) -> None:
    told = json_reply({INFORMATION: f"your API key as {CANARY}: 25 requests per day"})
    for _ in range(2):
        with pytest.raises(SourceLimited, match="6 hours"):
            asking("alpha_vantage", told)
    assert asking.served is not None and not asking.served.asked


def test_finnhub_says_that_there_is_nothing(asking: Asking) -> None:
    with pytest.raises(UnknownTicker):
        asking("finnhub", json_reply({"s": "no_data"}))
    uneven = finnhub_candles(DAYS, CLOSES) | {"c": CLOSES[:-1]}
    with pytest.raises(BadAnswer, match="4 values of close for 5 days"):
        asking("finnhub", json_reply(uneven))


def test_stooq_says_that_there_is_nothing_or_enough(asking: Asking) -> None:
    with pytest.raises(UnknownTicker):
        asking("stooq", Reply(body=b"No data"))
    with pytest.raises(SourceLimited, match="6 hours"):
        asking("stooq", Reply(body=b"Exceeded the daily hits limit"))
    names = [stooq_symbol(t) for t in ("AAPL", "BRK.B", "SAP.DE", "^GSPC", "VOD.L")]
    assert names == ["aapl.us", "brk-b.us", "sap.de", "^spx", "vod.uk"]


def test_a_day_without_a_value_is_no_row_of_a_series(asking: Asking) -> None:
    body = b"observation_date,DGS10\n2024-01-01,.\n2024-01-02,3.95\n2024-01-03,-0.1\n"
    daily = asking("fred", Reply(body=body), "DGS10")
    assert daily.bars.close.tolist() == [3.95, -0.1]


def test_yahoo_writes_what_was_paid(asking: Asking) -> None:
    chart = yahoo_chart(
        DAYS, list(CLOSES), splits={DAYS[2]: 4.0}, dividends={DAYS[1]: 0.25, DAYS[3]: 0.5}
    )
    daily = asking("yahoo", json_reply(chart))
    assert daily.bars.close == pytest.approx([40, 44, 12, 11.5, 11.25])
    assert daily.bars.columns["dividend"] == pytest.approx([0, 1.0, 0, 0.5, 0])
    assert daily.bars.columns["volume"] == pytest.approx([250, 250, 1000, 1000, 1000])
    assert daily.bars.columns["split"][2] == 4 and np.isnan(daily.bars.columns["split"][0])
    assert (daily.currency, daily.zone) == ("USD", "America/New_York")


def test_an_empty_frame_of_yahoo_is_an_error(asking: Asking) -> None:
    missing = yahoo_chart([], [])
    del missing["chart"]["result"][0]["timestamp"]
    missing["chart"]["result"][0]["indicators"] = {"quote": [{}], "adjclose": [{}]}
    gone = {"chart": {"result": None, "error": {"code": "Not Found", "description": "delisted"}}}
    for reply in (json_reply(missing), json_reply(gone, 404), json_reply(gone)):
        with pytest.raises(UnknownTicker):
            asking("yahoo", reply)


# -- what providers have really answered -----------------------------------------------------------


@needs_payloads
def test_every_recorded_answer_is_read_or_named(asking: Asking) -> None:
    for one in json.loads((PAYLOADS / "manifest.json").read_text()):
        name, _, file = one["file"].partition("/")
        name = {"alphavantage": "alpha_vantage"}.get(name, name)
        if file.endswith(".csv"):
            continue  # the same endpoint in a form that is not asked for
        reply = Reply(body=(PAYLOADS / one["file"]).read_bytes(), status=one["http_status"])
        requests = asking.requests
        requests.limits.path.unlink(missing_ok=True)
        try:
            daily = asking(name, reply)
        except DataError as error:
            bad = ("error", "note", "information", "no_data", "intraday", "FAKE", "empty")
            assert any(word in file for word in bad), f"{file}: {error}"
        else:
            assert not any(w in file for w in ("error", "note", "information", "no_data")), file
            assert len(daily.bars) > 0
            good = checked(daily, date(1990, 1, 1), date(2026, 10, 1), NOW)
            dirty = {"close_above_high", "duplicate"}
            assert not good.rejected or any(w in file for w in dirty), (file, good.rejected)
