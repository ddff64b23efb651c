"""`cached`: results remembered in memory and on disk, computed once for all who ask."""

import asyncio
import functools
import inspect
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from threading import Lock
from typing import Any, ParamSpec, TypeVar, cast

from forefolio.core.component import content_digest
from forefolio.core.settings import Settings
from forefolio.runs.memo import code_digest
from forefolio.store.cache import Counts, Disk, Memory, packed
from forefolio.store.claims import Claims
from forefolio.store.values import pack, unpacked

P = ParamSpec("P")
T = TypeVar("T")

HOUR = 3600.0
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

    Args:
        l1_ttl: seconds for which a result stays in this process.
        l2_ttl: seconds for which it stays on disk, under FOREFOLIO_HOME.

    Raises:
        TypeError: when called, an argument has neither a value that can be written down nor a
            digest.

    >>> @cached(l1_ttl=60, l2_ttl=HOUR)
    ... def square(number: int) -> int:
    ...     return number * number
    >>> square(3)
    9
    """

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


class _Call:
    """One cached function."""

    def __init__(
        self, function: Callable[..., Any], name: str, ttl: tuple[float, float], counts: Counts
    ) -> None:
        self._function, self._name, self._ttl, self._counts = function, name, ttl, counts
        self._signature = inspect.signature(function)

    def here(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        return self._once(self._key(args, kwargs), lambda: self._function(*args, **kwargs))

    async def in_loop(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The same from an event loop, which goes on meanwhile; the coroutine runs in it."""
        key, loop = self._key(args, kwargs), asyncio.get_running_loop()
        for value in self._remembered(key):
            return value

        def compute() -> Any:
            made: Coroutine[Any, Any, Any] = self._function(*args, **kwargs)
            return asyncio.run_coroutine_threadsafe(made, loop).result()

        return await asyncio.shield(asyncio.to_thread(self._once, key, compute))

    def _key(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        home, given = str(Settings.read().home), pack(_canonical(bound.arguments))
        return content_digest("cached", home, self._name, code_digest(), given)

    def _once(self, key: str, compute: Callable[[], Any]) -> Any:
        """What is remembered, or what the first of all who ask computes."""
        for value in self._remembered(key):
            return value
        with _boarding:
            flight = _flights.get(key)
            first = flight is None
            if flight is None:
                flight = _flights[key] = Future()
        if not first:
            return self._waited(flight, key)
        try:
            flight.set_result(self._claimed(key, compute))
        except BaseException as error:
            flight.set_exception(error)
            raise
        finally:
            del _flights[key]
        return flight.result()

    def _waited(self, flight: Future[Any], key: str) -> Any:
        began = time.perf_counter()
        value = flight.result()
        self._counts.wait_s += time.perf_counter() - began
        for remembered in self._remembered(key):  # a value of one's own, if it can be changed
            return remembered
        return value

    def _claimed(self, key: str, compute: Callable[[], Any]) -> Any:
        """Compute, unless another process does: then wait for its result or its end."""
        claims, began = Claims(Settings.read().home), time.perf_counter()
        while not claims.take(key):
            time.sleep(_LOOK_AGAIN_S)
            for value in self._remembered(key):
                self._counts.wait_s += time.perf_counter() - began
                return value
        try:
            for value in self._remembered(key):
                return value
            return self._computed(key, compute)
        finally:
            claims.drop(key)

    def _computed(self, key: str, compute: Callable[[], Any]) -> Any:
        self._counts.misses += 1
        began = time.perf_counter()
        value = compute()
        self._counts.compute_s += time.perf_counter() - began
        raw = packed(value)
        if raw is None:
            return value
        (own,) = unpacked(raw)
        memory_s, disk_s = self._ttl
        _memory.put(key, own, raw, memory_s)
        _disk().put(key, raw, disk_s)
        return own

    def _remembered(self, key: str) -> tuple[Any, ...]:
        """The value alone in a tuple; empty if it must be computed."""
        if held := _memory.get(key):
            self._counts.hits_memory += 1
            return held
        raw = _disk().get(key, self._counts)
        for value in unpacked(raw):
            self._counts.hits_disk += 1
            _memory.put(key, value, raw or b"", self._ttl[0])
            return (value,)
        return ()


def _disk() -> Disk:
    return _disk_at(Settings.read().home)


@functools.cache
def _disk_at(home: Any) -> Disk:
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
