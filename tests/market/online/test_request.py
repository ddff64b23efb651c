"""The one function that asks: bounded in tries, time and size, and silent about keys."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks
from tests.market.online.conftest import CANARY, Time
from tests.market.online.server import Asked, Reply, bomb, serving

from forefolio.core.errors import (
    BadAnswer,
    SourceLimited,
    SourceResting,
    SourceUnavailable,
)
from forefolio.market.online import request as module
from forefolio.market.online.base import Offer
from forefolio.market.online.request import Requests, Response, retry_after


def offer(url: str) -> Offer:
    return Offer(name="p", title="P", url=url, adjusted="no", limits=())


def ask(requests: Requests, url: str) -> Response:
    return requests.get(offer(url), "/x", {"apikey": CANARY}, lambda answer: answer)


@pytest.fixture
def waits() -> Iterator[list[float]]:
    waited: list[float] = []

    def hook(details: RetryDetails) -> None:
        waited.append(details.wait_for)

    set_on_retry_hooks([hook])
    yield waited
    set_on_retry_hooks(None)


def scripted(*replies: Reply) -> Any:
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


OK = Reply(body=b"fine")


def test_what_passes_is_tried_again(requests: Requests) -> None:
    with serving(scripted(Reply(status=503), Reply(reset=True), Reply(status=500), OK)) as served:
        assert ask(requests, served.url).body == b"fine"
        assert len(served.asked) == 4


def test_what_does_not_pass_is_given_up_after_five_tries(requests: Requests) -> None:
    with serving(lambda _: Reply(status=502)) as served:
        with pytest.raises(SourceUnavailable, match="p: it answers with error 502"):
            ask(requests, served.url)
        assert len(served.asked) == 5
        with pytest.raises(SourceResting, match="is left alone"):
            ask(requests, served.url)
        assert len(served.asked) == 5


def test_nobody_there(requests: Requests) -> None:
    with serving(lambda _: OK) as served:
        url = served.url
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        ask(requests, url)


def test_an_answer_that_never_comes(requests: Requests, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_S", 0.05)
    monkeypatch.setattr(module, "TRIES", 1)
    with (
        stamina.set_testing(True, attempts=1),
        serving(lambda _: Reply(body=b"x", pause_s=0.5)) as served,
        pytest.raises(SourceUnavailable, match="in time"),
    ):
        ask(requests, served.url)


def test_a_body_that_drips_for_ever_is_left(requests: Requests) -> None:
    class Passing(Time):
        def __call__(self) -> float:
            self.now += 7.0
            return self.now

    slow = Requests(limits=requests.limits, clock=Passing())
    with (
        serving(lambda _: Reply(body=b"x" * 50, pause_s=0.005)) as served,
        pytest.raises(SourceUnavailable, match="does not end in time"),
    ):
        ask(slow, served.url)


@pytest.mark.parametrize("header", ["7", "Fri, 15 Jan 2027 08:00:07 GMT"])
def test_it_waits_as_long_as_it_is_told(
    requests: Requests, waits: list[float], header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    told = Reply(status=429, headers={"Retry-After": header})
    with stamina.set_testing(False), serving(scripted(told, told, OK)) as served:
        assert ask(requests, served.url).body == b"fine"
        assert len(served.asked) == 3
    assert waits == [7.0, 7.0]


def test_the_wait_that_is_asked_for_is_read() -> None:
    now = 1_800_000_000.0  # 2027-01-15 08:00:00
    assert retry_after("7", now) == 7
    assert retry_after("Fri, 15 Jan 2027 08:00:07 GMT", now) == 7
    assert retry_after("Thu, 14 Jan 2027 08:00:07 GMT", now) == 0
    assert retry_after("99999999999", now) == 86_400
    assert retry_after("soon", now) is None and retry_after(None, now) is None


def test_who_asks_us_to_come_back_later_is_not_asked_before(requests: Requests) -> None:
    told = Reply(status=429, headers={"Retry-After": "3600"}, body=b"Edge: Too Many Requests")
    with serving(lambda _: told) as served:
        with pytest.raises(SourceLimited, match="60 minutes"):
            ask(requests, served.url)
        with pytest.raises(SourceLimited, match="60 minutes"):
            ask(requests, served.url)
        assert len(served.asked) == 1


def test_a_bomb_is_not_unpacked(requests: Requests) -> None:
    with (
        serving(lambda _: bomb()) as served,
        pytest.raises(BadAnswer, match="larger than 20,000,000 bytes"),
    ):
        ask(requests, served.url)
    with (
        serving(lambda _: Reply(body=b"x" * 20_000_001)) as served,
        pytest.raises(BadAnswer, match="larger"),
    ):
        ask(requests, served.url)


def test_a_packed_body_that_is_damaged(requests: Requests) -> None:
    damaged = Reply(body=b"\x1f\x8b\x08garbage", headers={"Content-Encoding": "gzip"})
    odd = Reply(body=b"x", headers={"Content-Encoding": "zstd"})
    for reply, told in ((damaged, "damaged"), (odd, "packed in a way")):
        with serving(scripted(reply)) as served, pytest.raises(BadAnswer, match=told):
            ask(requests, served.url)


def test_a_body_that_breaks_off(requests: Requests) -> None:
    with serving(scripted(Reply(body=b"half", length=100), OK)) as served:
        assert ask(requests, served.url).body == b"fine"


def test_only_redirects_on_the_same_host_are_followed(requests: Requests) -> None:
    def answer(asked: Asked) -> Reply:
        return OK if asked.path == "/y" else Reply(status=302, headers={"Location": "/y"})

    with serving(answer) as served:
        assert ask(requests, served.url).body == b"fine"
        away = Reply(status=302, headers={"Location": f"{served.url}/y"})
        with serving(lambda _: away) as other, pytest.raises(BadAnswer, match="another host"):
            ask(requests, other.url)
    around = Reply(status=302, headers={"Location": "/x"})
    with serving(lambda _: around) as served, pytest.raises(BadAnswer, match="on and on"):
        ask(requests, served.url)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=429, headers={"Retry-After": "3600"}),
        Reply(status=500),
        Reply(reset=True),
        Reply(status=302, headers={"Location": "http://elsewhere.invalid/"}),
        bomb(25_000_000),
    ],
)
def test_the_key_is_nowhere(
    requests: Requests,
    reply: Reply,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(lambda _: reply) as served, pytest.raises(SourceUnavailable) as failed:
        ask(requests, served.url)
    assert served.asked[0].query["apikey"] == CANARY
    chain = [failed.value, failed.value.__cause__, failed.value.__context__]
    shown = "".join(map(repr, chain)) + str(failed.value) + repr(requests) + caplog.text
    assert CANARY not in shown + "".join(capfd.readouterr())


def test_a_text_of_the_provider_loses_the_key(requests: Requests) -> None:
    def read(_: Response) -> None:
        raise BadAnswer(f"p: we have detected your API key as {CANARY}")

    with serving(lambda _: OK) as served, pytest.raises(BadAnswer, match=r"as \*\*\*$"):
        requests.get(offer(served.url), "/x", {}, read)
