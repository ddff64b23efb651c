"""An executor that does no task twice, not even in another run."""

import hashlib
import logging
import re
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from forefolio.core.component import content_digest
from forefolio.runs.executors import Abandoning
from forefolio.runs.waiting import Waiting
from forefolio.store.artifacts import Artifacts
from forefolio.store.claims import Claims
from forefolio.store.values import pack, unpacked

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_REQUIRED = re.compile(rb"^Requires-Dist: ([\w.-]+)(.*)$", re.ASCII | re.MULTILINE)
_COMPUTE_NOTHING = {"cli", "api", "web", "views", "store", "runs", "causality"}  # rooms
_LOADED = (  # by the numerical ones, if they are installed
    "xgboost",
    *(f"jax-cuda{version}-{part}" for version in (12, 13) for part in ("plugin", "pjrt")),
)


@cache
def code_digest() -> str:
    """Name the code that computes: this package's sources and the libraries behind its numbers."""
    return digest_of(Path(__file__).parents[1])


def digest_of(package: Path) -> str:
    """Name the code in a folder that computes, and the libraries that are installed.

    What only shows, stores or runs has no part in it: a change of style computes nothing again.
    """
    digest = hashlib.sha256(sys.version.encode())
    for name, version in _libraries():
        digest.update(f"{name} {version}\n".encode())
    for source in sorted(package.rglob("*.py")):
        within = source.relative_to(package)
        if within.parts[0] not in _COMPUTE_NOTHING:
            digest.update(f"{within}\n".encode())
            digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _libraries() -> list[tuple[str, str]]:
    """Name and version of everything installed that this package rests on, directly or not.

    Extras of this package count where they are installed, and so do the libraries that the
    numerical ones load if they are there. Where this package is no distribution, as in a folder of
    sources, everything that is installed counts.
    """
    installed = _installed()
    if "forefolio" not in installed:
        return sorted((name, folder[0]) for name, folder in installed.items())
    wanted, ahead = {*_LOADED} & {*installed}, ["forefolio", *({*_LOADED} & {*installed})]
    while ahead:
        name = ahead.pop()
        beneath = {*_required(*installed[name], extras=name == "forefolio")} & {*installed}
        ahead += [one for one in beneath if one not in wanted]
        wanted |= beneath
    return sorted(
        (name, installed[name][0]) for name in wanted - {"forefolio"} if name in installed
    )


@cache
def _required(_: str, folder: Path, *, extras: bool) -> tuple[str, ...]:
    """What a distribution requires, whatever the platform."""
    try:
        head = (folder / "METADATA").read_bytes().partition(b"\n\n")[0]
    except OSError:
        return ()
    named = _REQUIRED.findall(head)
    return tuple(_plain(name.decode()) for name, when in named if extras or b"extra ==" not in when)


def _installed() -> dict[str, tuple[str, Path]]:
    """Version and folder of each installed distribution, the first on the path."""
    folders = [info for entry in sys.path for info in Path(entry or ".").glob("*.dist-info")]
    named = [(info.name.removesuffix(".dist-info").partition("-"), info) for info in folders[::-1]]
    return {_plain(name): (version, info) for (name, _, version), info in named}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


class Remembering(Abandoning):
    """Hands tasks to `executor` and keeps their results; what it has seen before it only reads.

    A task `submit(function, argument)` is named by the function, `argument.digest` and the code.
    A task that is being computed already, here or in another process of this home, is waited for.
    A task whose argument has no digest or says that it is not `remembered`, or whose result `pack`
    refuses, is run every time.
    `hits` were read, `misses` computed, and `lost` ended without a result.
    """

    def __init__(self, executor: Executor, artifacts: Artifacts) -> None:
        self._executor, self._artifacts = executor, artifacts
        self._claims = Claims(artifacts.home)
        self._waiting = Waiting()
        self.hits = self.misses = self.lost = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the remembered result of `fn(argument)` as a finished future, or compute it."""
        key = _key(fn, args) if not kwargs else None
        if key is None:
            return self._executor.submit(fn, *args, **kwargs)

        def attempt() -> Future[T] | None:
            return self._recalled(key) or self._computed(key, fn, args)

        return attempt() or self._waiting.until(attempt)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the executor behind this one."""
        self._waiting.stop(cancel=cancel_futures)
        self._executor.shutdown(wait, cancel_futures=cancel_futures)

    def _computed(self, key: str, fn: Callable[..., Any], args: Any) -> Future[Any] | None:
        """The result that is being computed here; None while somebody else computes it."""
        if not self._claims.take(key):
            return None
        recalled = self._recalled(key)
        if recalled is not None:  # it was computed between the two looks
            self._claims.drop(key)
            return recalled
        self.misses += 1
        try:
            future = self._executor.submit(fn, *args)
        except BaseException:
            self._claims.drop(key)
            raise
        future.add_done_callback(lambda done: self._remember(key, done))
        return future

    def _recalled(self, key: str) -> Future[Any] | None:
        raw = self._artifacts.recall(key)
        if raw is None:
            return None
        for result in unpacked(raw):
            self.hits += 1
            future: Future[Any] = Future()
            future.set_result(result)
            return future
        logger.info("what was remembered as %s cannot be read; computing it again", key)
        return None

    def _remember(self, key: str, done: Future[Any]) -> None:
        try:
            if done.cancelled() or done.exception() is not None:
                self.lost += 1
                return
            self._artifacts.remember(key, pack(done.result()))
        except (TypeError, OSError) as problem:
            logger.warning("the result of %s is not remembered: %s", key, problem)
        finally:
            self._claims.drop(key)


def _key(function: Callable[..., Any], args: tuple[Any, ...]) -> str | None:
    digest = getattr(args[0], "digest", None) if len(args) == 1 else None
    if not isinstance(digest, str) or not getattr(args[0], "remembered", True):
        return None
    return content_digest("task", function.__module__, function.__qualname__, digest, code_digest())
