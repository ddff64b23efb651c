"""`cached`: results remembered in memory and on disk, computed once for all who ask."""

import asyncio
import functools
import inspect
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, ParamSpec, TypeVar, cast

from forefolio.core.component import content_digest
from forefolio.core.logs import facts
from forefolio.core.settings import Settings
from forefolio.runs.memo import code_digest
from forefolio.store.cache import Counts, Disk, Memory, packed
from forefolio.store.claims import Claims
from forefolio.store.values import pack, unpacked

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_LOOK_AGAIN_S = 0.02

_memory = Memory()
_flights: dict[str, Future[Any]] = {}
_boarding = Lock()
COUNTS: dict[str, Counts] = {}
"""How often each cached function's results were where, by its name."""


def cached(l1_ttl: float, l2_ttl: float) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Remember what a function returns: `l1_ttl` seconds in memory, `l2_ttl` on disk.

    Equal arguments, under the same version of the code, have one result; while it is computed,
    in any thread or process, whoever else asks waits for it. A call that raises is remembered by
    nobody. An argument counts by its value, or by its `digest` if it has one; a result that cannot
    be stored is computed every time. A coroutine function's results are remembered like others.
    An argument called `settings` says where to remember, and has no part in the question.

    Args:
        l1_ttl: seconds for which a result stays in this process.
        l2_ttl: seconds for which it stays on disk, under FOREFOLIO_HOME.

    Raises:
        ValueError: a time is not above zero.
        TypeError: when called, an argument has neither a value that can be written down nor a
            digest.

    >>> @cached(l1_ttl=60, l2_ttl=HOUR)
    ... def square(number: int) -> int:
    ...     return number * number
    >>> square(3)
    9
    """

    for what, seconds in (("l1_ttl", l1_ttl), ("l2_ttl", l2_ttl)):
        if not seconds > 0:
            raise ValueError(f"{what} is {seconds!r} seconds; a result is kept for more than none")

    def decorated(function: Callable[P, T]) -> Callable[P, T]:
        name = f"{function.__module__}.{function.__qualname__}"
        counts = COUNTS.setdefault(name, Counts())
        call = _Call(function, name, (l1_ttl, l2_ttl), counts)

        @functools.wraps(function)
        def here(*args: Any, **kwargs: Any) -> Any:
            return call.here(args, kwargs)

        @functools.wraps(function)
        async def in_loop(*args: Any, **kwargs: Any) -> Any:
            return await call.in_loop(args, kwargs)

        wrapped = in_loop if inspect.iscoroutinefunction(function) else here
        return cast("Callable[P, T]", wrapped)

    return decorated


def counts_of(function: Callable[..., Any]) -> Counts:
    """How often a cached function's results were in memory, on disk, or computed."""
    return COUNTS[f"{function.__module__}.{function.__qualname__}"]


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a result belongs: the name of the question, and the home that remembers it."""

    key: str
    home: Path


class _Call:
    """One cached function."""

    def __init__(
        self, function: Callable[..., Any], name: str, ttl: tuple[float, float], counts: Counts
    ) -> None:
        self._function, self._name, self._ttl, self._counts = function, name, ttl, counts
        self._signature = inspect.signature(function)

    def here(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """What the function returns, in the caller's thread."""
        return self._once(self._slot(args, kwargs), lambda: self._function(*args, **kwargs))

    async def in_loop(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The same from an event loop, which goes on meanwhile; the coroutine runs in it."""
        slot, loop = self._slot(args, kwargs), asyncio.get_running_loop()
        for value in self._remembered(slot):
            return value

        def compute() -> Any:
            made: Coroutine[Any, Any, Any] = self._function(*args, **kwargs)
            return asyncio.run_coroutine_threadsafe(made, loop).result()

        return await asyncio.shield(asyncio.to_thread(self._once, slot, compute))

    def _slot(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> "_Slot":
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        asked = dict(bound.arguments)
        settings = asked.pop("settings", None) or Settings.read()
        given = pack(_canonical(asked))
        key = content_digest("cached", str(settings.home), self._name, code_digest(), given)
        return _Slot(key, settings.home)

    def _once(self, slot: _Slot, compute: Callable[[], Any]) -> Any:
        """What is remembered, or what the first of all who ask computes."""
        for value in self._remembered(slot):
            return value
        with _boarding:
            flight = _flights.get(slot.key)
            first = flight is None
            if flight is None:
                flight = _flights[slot.key] = Future()
        if not first:
            return self._waited(flight, slot)
        try:
            flight.set_result(self._claimed(slot, compute))
        except BaseException as error:
            flight.set_exception(error)
            raise
        finally:
            del _flights[slot.key]
        return flight.result()

    def _waited(self, flight: Future[Any], slot: _Slot) -> Any:
        began = time.perf_counter()
        value = flight.result()
        self._counts.wait_s += time.perf_counter() - began
        for remembered in self._remembered(slot):  # a value of one's own, if it can be changed
            return remembered
        return value

    def _claimed(self, slot: _Slot, compute: Callable[[], Any]) -> Any:
        """Compute, unless another process does: then wait for its result or its end."""
        claims, began = Claims(slot.home), time.perf_counter()
        while not claims.take(slot.key):
            time.sleep(_LOOK_AGAIN_S)
            for value in self._remembered(slot):
                self._counts.wait_s += time.perf_counter() - began
                return value
        try:
            for value in self._remembered(slot):
                return value
            return self._computed(slot, compute)
        finally:
            claims.drop(slot.key)

    def _computed(self, slot: _Slot, compute: Callable[[], Any]) -> Any:
        self._counts.misses += 1
        began = time.perf_counter()
        value = compute()
        seconds = time.perf_counter() - began
        self._counts.compute_s += seconds
        rate = facts(function=self._name, seconds=seconds, hit_rate=self._counts.hit_rate)
        logger.info("computed, not cached yet", extra=rate)
        raw = packed(value)
        if raw is None:
            return value
        (own,) = unpacked(raw)
        memory_s, disk_s = self._ttl
        _memory.put(slot.key, own, raw, memory_s)
        _disk_at(slot.home).put(slot.key, raw, disk_s)
        return own

    def _remembered(self, slot: _Slot) -> tuple[Any, ...]:
        """The value alone in a tuple; empty if it must be computed."""
        if held := _memory.get(slot.key):
            self._counts.hits_memory += 1
            return held
        raw = _disk_at(slot.home).get(slot.key, self._counts)
        for value in unpacked(raw):
            self._counts.hits_disk += 1
            _memory.put(slot.key, value, raw or b"", self._ttl[0])
            return (value,)
        return ()


@functools.cache
def _disk_at(home: Path) -> Disk:
    return Disk(home / "cache.db")


def _canonical(value: Any) -> Any:
    """A value as its digest if it has one; mappings in the order of their keys."""
    digest = getattr(value, "digest", None)
    if isinstance(digest, str):
        return type(value).__qualname__, digest
    match value:
        case Mapping():
            pairs = [(_canonical(k), _canonical(v)) for k, v in value.items()]
            return "mapping", tuple(sorted(pairs, key=lambda pair: pack(pair[0])))
        case list() | tuple():
            return type(value).__name__, tuple(map(_canonical, value))
        case _:
            return value
