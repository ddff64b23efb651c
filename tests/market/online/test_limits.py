"""How often a provider is asked: exactly, over restarts and processes."""

import sqlite3
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.market.online.conftest import Time

from forefolio.core.errors import InputError, SourceLimited, SourceResting
from forefolio.market.online.base import RateLimit, limits_in
from forefolio.market.online.limits import Limits, slot

MINUTE = (RateLimit(times=5, seconds=60),)


@given(
    st.lists(st.floats(0, 30), min_size=1, max_size=60),
    st.integers(1, 6),
    st.integers(1, 20),
)
def test_no_window_ever_holds_more_than_it_may(
    pauses: list[float], times: int, of_the_day: int
) -> None:
    limits = (RateLimit(times=times, seconds=60), RateLimit(times=of_the_day, seconds=300))
    asked: list[float] = []
    now = 1000.0
    for pause in pauses:
        now += pause
        asked.append(slot(asked, limits, now))
        assert asked[-1] >= now
    for limit in limits:
        for at in asked:
            assert sum(at <= one < at + limit.seconds for one in asked) <= limit.times


def test_the_record_is_kept_over_restarts(limits: Limits, clock: Time) -> None:
    sent = []
    for _ in range(12):
        again = Limits(path=limits.path, clock=clock, sleep=clock.sleep)  # another process
        again.wait_for_slot("p", MINUTE, 1000)
        sent.append(clock.now)
    assert all(sum(at <= one < at + 60 for one in sent) <= 5 for at in sent)


def test_a_quota_of_the_day_is_said_not_waited_for(limits: Limits, clock: Time) -> None:
    day = (RateLimit(times=2, seconds=86_400),)
    for _ in range(2):
        limits.wait_for_slot("p", day, 60)
    with pytest.raises(SourceLimited, match="ask again in 24 hours") as refused:
        limits.wait_for_slot("p", day, 60)
    clock.now += refused.value.wait_s
    limits.wait_for_slot("p", day, 60)
    limits.wait_for_slot("other", day, 60)


def _take(path: Path) -> None:
    limits = Limits(path=path, clock=lambda: 1_800_000_000.0, sleep=lambda _: None)
    for _ in range(5):
        limits.wait_for_slot("p", MINUTE, 10_000)


@pytest.mark.slow
def test_four_processes_take_no_slot_twice(tmp_path: Path) -> None:
    path = tmp_path / "sources.db"
    workers = [get_context("spawn").Process(target=_take, args=(path,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with sqlite3.connect(path) as rows:
        at = [one for (one,) in rows.execute("SELECT at FROM asked ORDER BY at")]
    rows.close()
    assert len(at) == 20
    assert all(sum(a <= one < a + 60 for one in at) <= 5 for a in at)


def test_five_failures_and_it_is_left_alone_for_a_minute_then_one_may_try(
    limits: Limits, clock: Time
) -> None:
    for _ in range(4):
        limits.failed("p")
    limits.wait_for_slot("p", (), 60)
    limits.failed("p")
    with pytest.raises(SourceResting, match="60 more seconds"):
        limits.wait_for_slot("p", (), 600)
    clock.now += 61
    limits.wait_for_slot("p", (), 60)  # the one who tries it
    with pytest.raises(SourceResting):
        limits.wait_for_slot("p", (), 60)
    limits.answered("p")
    limits.wait_for_slot("p", (), 60)
    limits.failed("p")
    limits.wait_for_slot("p", (), 60)


def test_it_is_not_asked_before_it_wants_to_be(limits: Limits, clock: Time) -> None:
    limits.come_back("p", 3600, "it said so")
    with pytest.raises(SourceLimited, match="p: it said so; ask again in 60 minutes"):
        limits.wait_for_slot("p", (), 60)
    clock.now += 3601
    limits.wait_for_slot("p", (), 60)


def test_a_clock_that_was_set_back_blocks_nothing(limits: Limits, clock: Time) -> None:
    for _ in range(5):
        limits.wait_for_slot("p", MINUTE, 60)
    clock.now -= 86_400
    limits.wait_for_slot("p", MINUTE, 60)
    assert not clock.slept


def test_limits_are_read_as_people_write_them() -> None:
    assert limits_in("5/minute 25/day") == (
        RateLimit(times=5, seconds=60),
        RateLimit(times=25, seconds=86_400),
    )
    with pytest.raises(InputError, match="'5/week' is no limit"):
        limits_in("5/week")
