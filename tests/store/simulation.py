"""Hosts, users and a clock that a seed drives, over the real store in a real SQLite in memory.

Whoever acts is a coroutine that stops before and after each of his transactions; a seed says who
goes on, who dies there, who stalls and how the clock moves. After every transaction the invariants
are checked. What goes wrong once goes wrong again from the same seed:

    python -m tests.store.simulation 10000      # so many seeds
    python -m tests.store.simulation 1 4711     # that one, with what happened
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import StaticPool

from forefolio.core.errors import LeaseLost
from forefolio.core.events import Note
from forefolio.store import Asker, Finished, Run, Store, Wanted, schema
from forefolio.store.database import Database
from forefolio.store.run import ENDED

T = TypeVar("T")

LEASE_S = 30.0
_STEPS = 220
_DRAIN = 4000
_QUESTIONS = 2


class Violation(AssertionError):
    """Something happened that must never happen."""


class Turn:
    """A point at which somebody else may go first, or the process may die."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class Direct:
    """A connection whose statements are done at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, *statement: Any) -> Any:
        return self._connection.execute(*statement)


class Simulated(Database):
    """The database, with a turn before and after each transaction."""

    def __init__(self, made: Engine, committed: Callable[[Connection], None]) -> None:
        self._made, self._committed, self._bell = made, committed, asyncio.Event()

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        await Turn()
        with self._made.connect() as connection:
            return await work(cast("AsyncConnection", Direct(connection)))

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        await Turn()
        with self._made.begin() as connection:
            result = await work(cast("AsyncConnection", Direct(connection)))
        with self._made.connect() as connection:
            self._committed(connection)
        await Turn()  # it is committed, and whoever asked may die before he hears it
        return result


@cache
def database() -> Engine:
    """One for all seeds of a process, brought to the current schema by the real migrations."""
    made = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(made, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys = ON"))
    with made.begin() as connection:
        schema.upgrade(connection)
    return made


@dataclass
class Known:
    """What the events of a run were when they were last looked at."""

    state: str = "waiting"
    rounds: int = 0  # how often it was asked for again after its end
    said: tuple[tuple[int, str, str], ...] = ()  # number, kind, words


@dataclass
class World:
    """Everything that one seed drives."""

    seed: int
    now: float = 1_000_000.0
    dead: set[str] = field(default_factory=set)
    story: list[str] = field(default_factory=list)
    known: dict[str, Known] = field(default_factory=dict)
    heard: dict[tuple[str, int], str] = field(default_factory=dict)  # run, number: acknowledged
    ended: set[tuple[str, int]] = field(default_factory=set)  # run, attempt: acknowledged end
    keys: dict[str, str] = field(default_factory=dict)  # idempotency key: ask
    names: dict[str, str] = field(default_factory=dict)  # run: its question

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        made = database()
        with made.begin() as connection:
            for table in ("event", "ask", "run"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
        self.store = Store(Simulated(made, self.check), lambda: self.now)

    def tell(self, what: str) -> None:
        self.story.append(what)

    # -- what must always hold -------------------------------------------------------------------

    def check(self, connection: Connection) -> None:
        """Compare what is stored with what must hold, and with what was acknowledged."""
        runs = connection.exec_driver_sql("SELECT id, state, seq, attempt, digest FROM run").all()
        rows = connection.exec_driver_sql(
            "SELECT run_id, seq, kind, body FROM event ORDER BY run_id, seq"
        ).all()
        asks = Counter(
            row[0]
            for row in connection.exec_driver_sql(
                "SELECT run_id FROM ask WHERE cancelled_at IS NULL AND answered_at IS NULL"
            )
        )
        said: dict[str, list[tuple[int, str, str]]] = {}
        for run_id, seq, kind, body in rows:
            said.setdefault(run_id, []).append((seq, kind, body))
        for run_id, state, seq, attempt, digest in runs:
            self.names[run_id] = digest
            self._check(run_id, (state, seq, attempt), tuple(said.get(run_id, ())), asks[run_id])

    def _check(
        self,
        run_id: str,
        row: tuple[str, int, int],
        said: tuple[tuple[int, str, str], ...],
        open_asks: int,
    ) -> None:
        (state, last, attempt), name = row, self.names[run_id]
        known = self.known.setdefault(run_id, Known())
        if known.state in ENDED and state not in ENDED:
            known.rounds += 1
        must([seq for seq, _, _ in said] == list(range(1, last + 1)), f"{name}: numbers with gaps")
        must(said[: len(known.said)] == known.said, f"{name}: what was said has changed")
        must((state in ENDED) == (open_asks == 0), f"{name} is {state} with {open_asks} open asks")
        ends = sum(kind == "finished" for _, kind, _ in said)
        must(ends == known.rounds + (state in ENDED), f"{name} ended {ends} times")
        spoken = [json.loads(body)["message"] for _, kind, body in said if kind == "note"]
        turns = [tuple(map(int, words.split("."))) for words in spoken]
        must(turns == sorted(set(turns)), f"{name}: an attempt that was over spoke: {turns}")
        must(all(turn[0] <= attempt for turn in turns), f"{name}: an attempt that is to come spoke")
        for (of, seq), words in self.heard.items():
            must(of != run_id or words in said[seq - 1][2], f"{name}: event {seq} was lost")
        known.state, known.said = state, said

    # -- who acts --------------------------------------------------------------------------------

    async def user(self, name: str) -> None:
        """Asks, asks again, and leaves."""
        mine: list[str] = []
        for number in range(100):
            if mine and self.dice.random() < 0.45:
                gone = mine.pop(self.dice.randrange(len(mine)))
                await self.store.cancel_ask(gone)
                self.tell(f"{name} left")
            else:
                await self._ask(name, number, mine)
            await Turn()

    async def _ask(self, name: str, number: int, mine: list[str]) -> None:
        digest = f"question {self.dice.randrange(_QUESTIONS)}"
        key = f"{name} {digest} {number // 3}" if self.dice.random() < 0.5 else None
        wanted = Wanted(kind="toy", study="{}", digest=digest)
        asked = await self.store.ask(wanted, Asker(idempotency_key=key, body=digest))
        self.tell(f"{name} asked for {digest}")
        if key is not None:
            must(self.keys.setdefault(key, asked.id) == asked.id, f"{key} was asked twice")
        mine.append(asked.id)

    async def host(self, owner: str) -> None:
        """Recovers, claims and works, as a host does."""
        while True:
            await self.store.recover(lambda name: name in self.dead, deaths=3)
            run = await self.store.claim(owner, LEASE_S)
            if run is None:
                await Turn()
                continue
            self.tell(f"{owner} claimed {run.digest}, attempt {run.attempt}")
            try:
                await self._work(run, owner)
            except LeaseLost:
                self.tell(f"{owner} lost {run.digest}")

    async def _work(self, run: Run, owner: str) -> None:
        for step in range(self.dice.randint(1, 3)):
            if self.dice.random() < 0.3:
                await self.store.heartbeat(run, LEASE_S)
            words = f"{run.attempt}.{step}"
            seq = await self.store.append(run, Note(code="step", message=words))
            self.tell(f"{owner} said {words} of {run.digest} as {seq}")
            self.heard[run.id, seq] = f'"{words}"'
        if self.dice.random() < 0.15:
            await self.store.release(run)
            self.tell(f"{owner} gave {run.digest} back")
            return
        failed = self.dice.random() < 0.3
        end = Finished(state="failed" if failed else "done", code="toy" if failed else "")
        await self.store.finish(run, end, None if failed else "a" * 64)
        self.tell(f"{owner} ended {run.digest}, attempt {run.attempt}")
        must((run.id, run.attempt) not in self.ended, f"{run.digest} was ended twice")
        self.ended.add((run.id, run.attempt))

    # -- what happens ----------------------------------------------------------------------------

    def play(self) -> None:
        """Let everything happen that the seed says, and see whatever was asked for through.

        Raises:
            Violation: something happened that must never happen.
        """
        actors: dict[str, list[Coroutine[Any, Any, None]]] = {}
        for number in range(2):
            actors[f"user {number}"] = [self.user(f"user {number}")]
            actors[f"host {number}"] = self._started(f"host {number}")
        try:
            self._happen(actors)
            self._drain(actors)
        finally:
            for several in actors.values():
                for actor in several:
                    actor.close()

    def _started(self, owner: str) -> list[Coroutine[Any, Any, None]]:
        """A host with two lanes: one name, two runs at a time."""
        return [self.host(owner), self.host(owner)]

    def _happen(self, actors: dict[str, list[Coroutine[Any, Any, None]]]) -> None:
        for step in range(_STEPS):
            luck = self.dice.random()
            if luck < 0.03:
                self.now += LEASE_S + 1  # whoever does not go on now has stalled past his lease
                self.tell("a lease went by")
            elif luck < 0.08:
                self.now += 5
            elif luck < 0.10:
                self._die(actors, step)
            else:
                self._go_on(actors, self.dice.choice(sorted(actors)))

    def _die(self, actors: dict[str, list[Coroutine[Any, Any, None]]], step: int) -> None:
        gone = self.dice.choice(sorted(name for name in actors if name.startswith("host")))
        for actor in actors.pop(gone):
            actor.close()
        if self.dice.random() < 0.5:
            self.dead.add(gone)  # else on another machine: only its lease tells
        self.tell(f"{gone} died")
        actors[f"host from {step}"] = self._started(f"host from {step}")

    def _go_on(self, actors: dict[str, list[Coroutine[Any, Any, None]]], name: str) -> None:
        actor = self.dice.choice(actors[name])
        try:
            actor.send(None)
        except StopIteration:
            actors[name].remove(actor)
            if not actors[name]:
                del actors[name]

    def _drain(self, actors: dict[str, list[Coroutine[Any, Any, None]]]) -> None:
        """Nobody asks or dies any more: everything that was asked for comes to its end."""
        hosts = {name: several for name, several in actors.items() if name.startswith("host")}
        for step in range(_DRAIN):
            if all(known.state in ENDED for known in self.known.values()):
                return
            if step % 40 == 0:
                self.now += LEASE_S + 1
            self._go_on(hosts, self.dice.choice(sorted(hosts)))
        raise Violation(f"never ended: {[known.state for known in self.known.values()]}")


def must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Violation(otherwise)


def wrong(seed: int) -> str | None:
    """What goes wrong from a seed, if anything does."""
    try:
        World(seed).play()
    except Violation as violation:
        return str(violation)
    except IntegrityError as refused:
        return str(refused.orig)
    return None


def story(seed: int) -> list[str]:
    """What happens from a seed, as far as nothing goes wrong."""
    world = World(seed)
    with suppress(Violation, IntegrityError):
        world.play()
    return world.story


def main(seeds: int, first: int = 0) -> int:
    began, bad = time.perf_counter(), 0
    for seed in range(first, first + seeds):
        if (violation := wrong(seed)) is not None:
            bad += 1
            sys.stdout.write(f"seed {seed}: {violation}\n")
    if seeds == 1:
        sys.stdout.write("\n".join(story(first)) + "\n")
    spent = time.perf_counter() - began
    sys.stdout.write(f"{seeds} seeds, {bad} of them wrong, {spent:.0f} s\n")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
