"""Schedules: once in every period, on SQLite and on PostgreSQL, whatever clocks and servers do."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runs.toy_jobs import KINDS, Toy
from tests.store.conftest import Clock

from forefolio.core.errors import InputError, ScheduleExists, UnknownSchedule
from forefolio.runs.host import Host, hosting
from forefolio.runs.periods import rule_of
from forefolio.runs.schedules import ASKER, ask_now, ask_what_is_due, resumed, scheduled
from forefolio.store import Store
from forefolio.store.schedules import Schedules

pytestmark = pytest.mark.anyio
RULES = (
    "every session after close",
    "daily 18:00",
    "weekly",
    "weekly friday 22:30",
    "monthly 28 06:00",
)


@asynccontextmanager
async def server(url: str, home: Path, clock: Clock) -> AsyncIterator[Host]:
    async with hosting(home=home, database_url=url, executor_url="inline:", kinds=KINDS) as host:
        yield replace(host, store=Store(host.store._database, clock))


def at(words: str) -> float:
    return datetime.fromisoformat(words).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("rule", "following"),
    [
        ("every session after close", "2026-01-05 22:30"),  # 2026-01-03 is a Saturday
        ("Daily", "2026-01-03 22:30"),
        ("daily at 09:15", "2026-01-04 09:15"),
        ("weekly", "2026-01-03 22:30"),
        ("weekly on friday 22:30", "2026-01-09 22:30"),
        ("monthly", "2026-02-01 22:30"),
        ("monthly 3 12:00", "2026-02-03 12:00"),
    ],
)
def test_rules_are_words(rule: str, following: str) -> None:
    noon = datetime(2026, 1, 3, 12, tzinfo=UTC)
    assert f"{rule_of(rule).next(noon):%Y-%m-%d %H:%M}" == following


@pytest.mark.parametrize(
    "words",
    [
        *("", "hourly", "daily 24:00", "daily 9", "daily friday", "monthly 31", "monthly friday"),
        *("weekly 3", "weekly after close", "every session friday", "daily 22:300"),
    ],
)
def test_what_is_no_rule_is_said_with_those_that_are(words: str) -> None:
    with pytest.raises(InputError, match="every session after close"):
        rule_of(words)


@given(st.sampled_from(RULES), st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))
def test_the_next_time_is_the_latest_once_it_has_come(words: str, moment: datetime) -> None:
    rule, now = rule_of(words), moment.replace(tzinfo=UTC)
    coming, last = rule.next(now), rule.latest(now)
    assert last <= now < coming and rule.latest(coming) == coming
    assert rule.next(last) == coming and rule.latest(coming - timedelta(seconds=1)) == last


async def test_each_period_is_asked_for_once_and_missed_ones_are_one(
    url: str, tmp_path: Path, clock: Clock
) -> None:
    clock.now = at("2026-01-01 12:00")
    async with server(url, tmp_path, clock) as host:
        await host.store.schedules.add(scheduled("nightly", "daily 18:00", "toy", Toy(), clock.now))
        assert await ask_what_is_due(host) == []
        clock.now = at("2026-01-01 18:00")
        (first,) = await ask_what_is_due(host)
        assert await ask_what_is_due(host) == []
        clock.now = at("2026-01-05 19:00")  # nobody was there for three days
        (second,) = await ask_what_is_due(host)
        assert (first.idempotency_key, second.idempotency_key) == (
            "nightly@2026-01-01T18:00Z",
            "nightly@2026-01-05T18:00Z",
        )
        seen = await host.store.schedules.get("nightly")
        assert (seen.next_at, seen.asked_at) == (at("2026-01-06 18:00"), clock.now)
        assert seen.run == second.run.id and second.principal == ASKER
        assert (await ask_now(host, seen)).idempotency_key is None


async def test_a_paused_schedule_asks_nothing_and_makes_up_for_nothing(
    url: str, tmp_path: Path, clock: Clock
) -> None:
    clock.now = at("2026-01-01 12:00")
    async with server(url, tmp_path, clock) as host:
        schedules = host.store.schedules
        await schedules.add(scheduled("n", "daily 18:00", "toy", Toy(), clock.now))
        assert (await schedules.pause("n")).paused_at == clock.now
        clock.now = at("2026-01-03 19:00")
        assert await ask_what_is_due(host) == []
        again = await resumed(schedules, "n")
        assert (again.paused_at, again.next_at) == (None, at("2026-01-04 18:00"))
        assert await ask_what_is_due(host) == []
        clock.now = at("2026-01-04 18:00")
        assert len(await ask_what_is_due(host)) == 1


async def test_asked_and_killed_before_it_is_moved_on_it_is_the_same_ask(
    url: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now = at("2026-01-01 12:00")
    async with server(url, tmp_path, clock) as host:
        await host.store.schedules.add(scheduled("n", "daily 18:00", "toy", Toy(), clock.now))
        clock.now = at("2026-01-01 18:00")
        with monkeypatch.context() as patch:

            async def killed(*_: object, **__: object) -> bool:
                raise RuntimeError("killed")

            patch.setattr(Schedules, "move", killed)
            with pytest.raises(RuntimeError):
                await ask_what_is_due(host)
        (again,) = await ask_what_is_due(host)
        assert [one.id for one in await host.store.asks(principal=ASKER)] == [again.id]


async def test_three_servers_whose_clocks_jump_ask_once_in_every_period(
    url: str, tmp_path: Path, clock: Clock
) -> None:
    dice, begin = random.Random(5), at("2026-01-01 00:00")
    clock.now = begin
    async with (
        server(url, tmp_path, clock) as one,
        server(url, tmp_path, clock) as two,
        server(url, tmp_path, clock) as three,
    ):
        await one.store.schedules.add(scheduled("n", "daily 18:00", "toy", Toy(), begin))
        for hour in range(0, 24 * 5, 3):
            clock.now = begin + 3600 * (hour + dice.choice([0, 0, 0, -30, -3, 26]))
            servers = dice.sample([one, two, three], 2)
            await asyncio.gather(*(ask_what_is_due(each) for each in servers))
        asks = await one.store.asks(principal=ASKER, limit=1000)
    keys = Counter(ask.idempotency_key for ask in asks)
    assert set(keys.values()) == {1}
    assert {f"n@2026-01-{day:02}T18:00Z" for day in range(1, 5)} <= set(keys)


async def test_what_cannot_be_asked_is_kept_with_the_schedule(
    url: str, tmp_path: Path, clock: Clock
) -> None:
    clock.now = at("2026-01-01 12:00")
    async with server(url, tmp_path, clock) as host:
        schedules = host.store.schedules
        odd = replace(scheduled("odd", "daily 18:00", "toy", Toy(), clock.now), kind="gone")
        await schedules.add(odd)
        with pytest.raises(ScheduleExists, match="remove it first"):
            await schedules.add(odd)
        with pytest.raises(InputError, match="is no name"):
            await schedules.add(replace(odd, name="a\x00b"))
        clock.now = at("2026-01-01 18:01")
        assert await ask_what_is_due(host) == []
        (kept,) = await schedules.all()
        assert "which this version has not" in kept.problem
        assert kept.next_at == at("2026-01-02 18:00")
        with pytest.raises(UnknownSchedule, match="did you mean 'odd'"):
            await schedules.remove("oddd")
        await schedules.remove("odd")
        assert await schedules.all() == []


async def test_a_server_asks_for_what_is_due_and_does_it(
    url: str, tmp_path: Path, clock: Clock
) -> None:
    clock.now = at("2026-01-01 12:00")
    async with server(url, tmp_path, clock) as host:
        await host.store.schedules.add(scheduled("n", "daily 18:00", "toy", Toy(), clock.now))
        clock.now = at("2026-01-01 18:00")
        serving = asyncio.create_task(host.serve())
        async with asyncio.timeout(120):
            while not [run for run in await host.store.runs() if run.state == "done"]:
                await asyncio.sleep(0.02)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
