"""An executor that does no task twice, not even in another run."""

import hashlib
import logging
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from forefolio.core.component import content_digest
from forefolio.core.errors import StoreError
from forefolio.store.artifacts import Artifacts
from forefolio.store.values import pack, unpack

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_NUMBERS_COME_FROM = (
    "numpy",
    "scipy",
    "scikit-learn",
    "xgboost-cpu",
    "xgboost",
    "numba",
    "cvxpy-base",
)


@cache
def code_digest() -> str:
    """Name the code that computes: this package's sources and the libraries behind its numbers."""
    digest = hashlib.sha256(sys.version.encode())
    for name in _NUMBERS_COME_FROM:
        digest.update(f"{name} {_version(name)}\n".encode())
    package = Path(__file__).parents[1]
    for source in sorted(package.rglob("*.py")):
        digest.update(f"{source.relative_to(package)}\n".encode())
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


class Remembering(Executor):
    """Hands tasks to `executor` and keeps their results; what it has seen before it only reads.

    A task `submit(function, argument)` is named by the function, `argument.digest` and the code.
    A task whose argument has no digest, or whose result `pack` refuses, is run every time.
    `hits` were read, `misses` computed, and `lost` ended without a result.
    """

    def __init__(self, executor: Executor, artifacts: Artifacts) -> None:
        self._executor, self._artifacts = executor, artifacts
        self.hits = self.misses = self.lost = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the remembered result of `fn(argument)` as a finished future, or compute it."""
        key = _key(fn, args) if not kwargs else None
        if key is None:
            return self._executor.submit(fn, *args, **kwargs)
        known = self._recalled(key)
        if known is not None:
            self.hits += 1
            return known
        self.misses += 1
        future = self._executor.submit(fn, *args, **kwargs)
        future.add_done_callback(lambda done: self._remember(key, done))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the executor behind this one."""
        self._executor.shutdown(wait, cancel_futures=cancel_futures)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._executor.__exit__(kind, error, trace)

    def _recalled(self, key: str) -> Future[Any] | None:
        raw = self._artifacts.recall(key)
        if raw is None:
            return None
        future: Future[Any] = Future()
        try:
            future.set_result(unpack(raw))
        except StoreError:
            logger.warning("what was remembered as %s cannot be read; computing it again", key)
            return None
        return future

    def _remember(self, key: str, done: Future[Any]) -> None:
        if done.cancelled() or done.exception() is not None:
            self.lost += 1
            return
        try:
            self._artifacts.remember(key, pack(done.result()))
        except (TypeError, OSError) as problem:
            logger.warning("the result of %s is not remembered: %s", key, problem)


def _key(function: Callable[..., Any], args: tuple[Any, ...]) -> str | None:
    digest = getattr(args[0], "digest", None) if len(args) == 1 else None
    if not isinstance(digest, str):
        return None
    return content_digest("task", function.__module__, function.__qualname__, digest, code_digest())
