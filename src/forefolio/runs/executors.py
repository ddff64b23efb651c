"""Where tasks run: here, in threads, or in worker processes that may die without harm to others.

A task is `submit(top_level_function, one_frozen_argument)`; its linear algebra has one thread, so
that the answer is the same wherever it runs.
"""

import logging
import multiprocessing
import os
import pickle
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from forefolio.core.errors import InputError, TaskTimeout, WorkerDied
from forefolio.core.lazy import lazy
from forefolio.core.numerics import one_thread
from forefolio.runs.travelling import packed, script_hidden
from forefolio.runs.worker import work

logger = logging.getLogger(__name__)

cluster: Any = lazy("forefolio.runs.cluster")

P = ParamSpec("P")
T = TypeVar("T")

_ATTEMPTS = 2  # the second in a fresh process
_SPAWN = multiprocessing.get_context("spawn")
_THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def executor(url: str, task_timeout_s: float | None = None, memory: int | None = None) -> Executor:
    """Open `inline:`, `threads:N`, `processes:N`, or the Dask cluster at `tcp://host:port`.

    Only a process can be stopped: there, a task that takes longer than `task_timeout_s` fails, and
    one that takes more than `memory` bytes.

    Raises:
        InputError: `url` is none of these.
    """
    if url.startswith(("tcp://", "tls://")):
        opened: Executor = cluster.Cluster(url, timeout_s=task_timeout_s)
        return opened
    kind, _, number = url.partition(":")
    match kind, int(number) if number.isascii() and number.isdecimal() else 0:
        case "inline", 0 if not number:
            return Inline()
        case "threads", workers if workers:
            return Threads(workers)
        case "processes", workers if workers:
            return ProcessPool(workers, timeout_s=task_timeout_s, memory=memory)
    raise InputError(
        f"executor {url!r} is not one; say inline:, threads:N or processes:N, as in processes:2, "
        "or where a Dask scheduler is, as in tcp://127.0.0.1:8786"
    )


class Inline(Executor):
    """Runs each task at once, in the caller's thread."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run `fn` now; its future is already finished."""
        future: Future[T] = Future()
        try:
            with one_thread():
                future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 (it is the future's to raise)
            future.set_exception(error)
        return future


class Threads(ThreadPoolExecutor):
    """Runs tasks in threads; while it is open, linear algebra anywhere has one thread."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers, thread_name_prefix="forefolio")
        self._limit = one_thread()
        self._limit.__enter__()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue `fn`; OpenMP counts threads for each caller's thread, so it is limited there."""
        return super().submit(_limited, fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Finish, and give the threads of linear algebra back."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        self._limit.__exit__(None, None, None)


def _limited(fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    with one_thread():
        return fn(*args, **kwargs)


class Abandoning(Executor):
    """An executor that drops what it was asked for when its block is left by an error."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown(cancel_futures=error is not None)


class ProcessPool(Abandoning):
    """Runs tasks in `workers` long-lived processes, started when they are first needed.

    Each worker has one thread here that hands it one task at a time. A worker that dies therefore
    takes only its own task with it; that task is tried once more in a fresh process, then fails
    with `WorkerDied`. A task that takes longer than `timeout_s` fails with `TaskTimeout`, one that
    takes more than `memory` bytes with `MemoryError`. Workers end with their parent, even if it is
    killed.
    """

    def __init__(
        self, workers: int, *, timeout_s: float | None = None, memory: int | None = None
    ) -> None:
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._closed = False
        self._workers = [_Worker(timeout_s, memory) for _ in range(workers)]
        self._keepers = [
            threading.Thread(target=_keep, args=(self._tasks, worker), daemon=True)
            for worker in self._workers
        ]
        for keeper in self._keepers:
            keeper.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue `fn(*args)`; both travel by pickle.

        Raises:
            RuntimeError: the pool is closed.
            InputError: the task holds what another process cannot import.
        """
        if self._closed:
            raise RuntimeError("this pool is closed; it takes no more tasks")
        task = _Task(fn, args, kwargs)
        self._tasks.put(task)
        return task.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Finish the queued tasks; or drop them, and stop the running ones as well."""
        if cancel_futures:
            for worker in self._workers:
                worker.abandon()
        if not self._closed:
            self._closed = True
            for _ in self._keepers:
                self._tasks.put(None)
        if wait:
            for keeper in self._keepers:
                keeper.join()


class _Task:
    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.call = (function, args, kwargs)
        self.packed: bytes | None = None
        with suppress(pickle.PicklingError, TypeError, AttributeError):  # the future's to raise
            self.packed = packed(self.call)
        self.future: Future[Any] = Future()

    def __str__(self) -> str:
        function, args, _ = self.call
        return f"{function.__qualname__}({', '.join(_shown(a) for a in args)})"


def _shown(argument: Any) -> str:
    if isinstance(argument, bytes):
        return f"{len(argument):,} bytes"
    return str(getattr(argument, "digest", None) or repr(argument))[:80]


def _keep(tasks: "queue.SimpleQueue[_Task | None]", worker: "_Worker") -> None:
    """Hand tasks to one worker, until there are no more."""
    while (task := tasks.get()) is not None:
        if worker.abandoned:
            task.future.cancel()
        if task.future.set_running_or_notify_cancel():
            _settle(task, worker)
    worker.stop()


def _settle(task: _Task, worker: "_Worker") -> None:
    try:
        succeeded, result = pickle.loads(_ask(worker, task))
    except Exception as error:  # noqa: BLE001 (it is the future's to raise)
        succeeded, result = False, error
    if succeeded:
        task.future.set_result(result)
    else:
        task.future.set_exception(result)


def _ask(worker: "_Worker", task: _Task) -> bytes:
    call = task.packed or packed(task.call)
    for attempt in range(1, _ATTEMPTS):
        try:
            return worker.ask(call, str(task))
        except WorkerDied as death:
            logger.warning("%s; attempt %d, trying again", death, attempt)
    return worker.ask(call, str(task))


class _Worker:
    """One process, started when it is first asked, and again after it died."""

    def __init__(self, timeout_s: float | None, memory: int | None) -> None:
        self._timeout_s, self._memory = timeout_s, memory
        self._process: SpawnProcess | None = None
        self._calls: Connection | None = None
        self._lock = threading.Lock()
        self._ready = False
        self.abandoned = False

    def ask(self, call: bytes, name: str) -> bytes:
        """Send one call and wait for the answer.

        Raises:
            WorkerDied: the process ended without answering.
            TaskTimeout: it did not answer in time, and was stopped.
            CancelledError: nobody wants the answer any more.
        """
        calls, process = self._started()
        try:
            calls.send_bytes(call)
            if not self._ready:
                calls.recv_bytes()  # its start is nobody's time
                self._ready = True
            if not wait([calls, process.sentinel], self._timeout_s):
                process.kill()
                self.stop()
                raise TaskTimeout(name, self._timeout_s or 0)
            return calls.recv_bytes()
        except (EOFError, OSError) as loss:
            code = self.stop()
            if self.abandoned:
                raise CancelledError(name) from loss
            raise WorkerDied(name, code) from loss

    def _started(self) -> tuple[Connection, SpawnProcess]:
        with self._lock:
            if self.abandoned:
                raise CancelledError
            if self._calls is None or self._process is None:
                self._calls, theirs = _SPAWN.Pipe()
                with script_hidden:
                    self._process = _spawned(theirs, self._memory)
                theirs.close()  # so that the end of the process is the end of the pipe
                self._ready = False
            return self._calls, self._process

    def stop(self) -> int | None:
        """End the process, and return its exit code."""
        with self._lock:
            if self._calls is None or self._process is None:
                return None
            self._calls.close()  # an idle worker leaves at this
            self._process.join()
            code = self._process.exitcode
            self._process.close()
            self._calls = self._process = None
            return code

    def abandon(self) -> None:
        """Stop at once whatever is running, and start nothing again."""
        with self._lock:
            self.abandoned = True
            if self._process is not None:
                self._process.kill()


def _spawned(calls: Connection, memory: int | None) -> SpawnProcess:
    script = getattr(sys.modules["__main__"], "__file__", None)
    process = _SPAWN.Process(target=work, args=(calls, script, memory), daemon=True)
    with _one_thread_inherited(), _script_hidden():
        process.start()
    return process


@contextmanager
def _script_hidden() -> Iterator[None]:
    """Let a process start without running the caller's script again, guarded or not.

    A worker runs it after all if it is sent something that is defined there.
    """
    main: dict[str, Any] = vars(sys.modules["__main__"])
    hidden: dict[str, Any] = {
        name: main.pop(name) for name in ("__file__", "__spec__") if name in main
    }
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update(hidden)


@contextmanager
def _one_thread_inherited() -> Iterator[None]:
    """Let a process that starts now load its linear algebra with one thread."""
    before = {name: os.environ.get(name) for name in _THREAD_LIMITS}
    os.environ.update(dict.fromkeys(_THREAD_LIMITS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
