"""Tasks on a Dask cluster, behind the interface of every other executor.

1. A task and its result travel as bytes; arrays travel by name, and once to each worker process.
   Workers need no folder of ours.
2. Dask is handed as many tasks as it has threads, so that what has not begun can be cancelled.
   What has begun cannot be: Dask would say that it is, and go on.
3. A worker that dies takes nothing with it: Dask gives its task to another, and gives up on one
   that killed several. A worker with other code is given nothing.

A task that lasts less than some 10 ms is better done in processes: so long is Dask's part of it.
"""

import logging
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, InvalidStateError
from concurrent.futures import wait as all_ended
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from forefolio.core.errors import ClusterUnavailable, InputError, TaskTimeout, WorkerDied
from forefolio.core.lazy import lazy
from forefolio.runs.carried import packed, pieces
from forefolio.runs.cluster_task import (
    Outcome,
    code_here,
    complete,
    new_draft,
    perform,
    receive,
)
from forefolio.runs.executors import Abandoning
from forefolio.runs.memo import code_digest

distributed: Any = lazy("distributed")

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_CONNECT_S = 10
_COUNT_AGAIN_S = 5.0  # how old the number of workers may be
_PATIENCE = 4  # times the limit of a task that may pass with what waits before it on its worker
_SENT_AT_MOST = 5  # how often a task's arrays are sent before it fails


class _Task:
    def __init__(self, call: tuple[Any, ...], name: str) -> None:
        self.name = name
        self.raw, self.folders = packed(call)
        self.sent = 0
        self.ended = False
        self.future: Future[Any] = Future()
        self.remote: Any = None
        self.alarm: threading.Timer | None = None


class Cluster(Abandoning):
    """Runs tasks on the workers of a Dask scheduler; it is looked for when the first task comes.

    A task that takes longer than `timeout_s` fails with `TaskTimeout`, and its worker is started
    anew; one that kills its workers fails with `WorkerDied`. Where the cluster is away, or computes
    with other code, tasks fail with `ClusterUnavailable`.

    Raises:
        InputError: Dask is not installed.
    """

    def __init__(self, address: str, *, timeout_s: float | None = None) -> None:
        if find_spec("distributed") is None:
            raise InputError(
                f"executor {address} needs Dask, which is not installed; "
                "`pip install 'forefolio[dask]'` brings it, on every machine"
            )
        self._address, self._timeout_s = address, timeout_s
        self._lock = threading.RLock()
        self._client: Any = None
        self._closed = False
        self._slots, self._counted = 1, 0.0
        self._offered: set[str] = set()  # arrays that all workers were sent once
        self._waiting: deque[_Task] = deque()
        self._running: set[_Task] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue `fn(*args)`; both travel as bytes.

        Raises:
            RuntimeError: the cluster is closed.
            ClusterUnavailable: there is no scheduler, no worker, or one with other code.
        """
        if self._closed:
            raise RuntimeError("this cluster is closed; it takes no more tasks")
        with self._lock:
            client = self._connected()
            task = _Task((fn, args, kwargs), f"{fn.__qualname__}")
            for name in task.folders.keys() - self._offered:
                self._send(client, {name: task.folders[name]}, None)
                self._offered.add(name)
            self._waiting.append(task)
        self._fill()
        return task.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Finish the queued tasks; or drop them, and wait for none that has begun."""
        with self._lock:
            self._closed = True
            open_tasks = [*self._waiting, *self._running]
            if cancel_futures:
                self._waiting.clear()
        if cancel_futures:
            for task in open_tasks:
                self._end(task, error=CancelledError())
        if wait or cancel_futures:
            all_ended([task.future for task in open_tasks])
            with self._lock:
                client, self._client = self._client, None
            if client is not None:
                with suppress(Exception):  # it may have gone by itself
                    client.close(timeout=2)

    # -- the cluster -----------------------------------------------------------------------------

    def _connected(self) -> Any:
        """The client, whose workers have our code."""
        if self._client is not None and self._client.status == "running":
            return self._client
        if self._client is not None:
            self._client.close(timeout=2)
        self._client = None
        with _clear_errors(self._address):
            client = distributed.Client(
                self._address, timeout=_CONNECT_S, set_as_default=False, direct_to_workers=False
            )
        try:
            with _clear_errors(self._address):
                client.wait_for_workers(1, timeout=_CONNECT_S)
                _same_code(client.run(code_here, on_error="return"))
                self._count(client)
        except BaseException:
            client.close(timeout=2)
            raise
        self._offered.clear()
        self._client = client
        return client

    def _count(self, client: Any) -> None:
        self._slots = max(1, sum(client.nthreads().values()))
        self._counted = time.monotonic()

    def _send(self, client: Any, folders: Mapping[str, Path], worker: str | None) -> None:
        """Send arrays to one worker, or to all; who does not get them whole asks for them again."""
        workers = None if worker is None else [worker]
        for name, folder in folders.items():
            draft = new_draft()
            for file, piece in pieces(folder):
                client.run(receive, draft, file, piece, workers=workers, on_error="return")
            answers = client.run(complete, draft, name, workers=workers, on_error="return")
            for address, problem in answers.items():
                if isinstance(problem, Exception):
                    logger.warning("arrays did not reach worker %s: %s", address, problem)

    # -- tasks -----------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Hand out what waits, as far as there are threads for it."""
        while True:
            with self._lock:
                if not self._waiting or len(self._running) >= self._slots:
                    return
                task = self._waiting.popleft()
                if not task.future.set_running_or_notify_cancel():
                    continue
                self._running.add(task)
            if self._timeout_s is not None:
                task.alarm = threading.Timer(_PATIENCE * self._timeout_s, self._expired, (task,))
                task.alarm.daemon = True
                task.alarm.start()
            self._start(task)

    def _start(self, task: _Task) -> None:
        try:
            task.remote = self._client.submit(
                perform,
                task.raw,
                tuple(task.folders),
                code_digest(),
                self._timeout_s,
                pure=False,
            )
            task.remote.add_done_callback(lambda remote: self._settle(task, remote))
        except Exception as error:  # noqa: BLE001 (it is the future's to raise)
            self._end(task, error=_clear(self._address, error))

    def _settle(self, task: _Task, remote: Any) -> None:
        if task.ended:  # it took too long, or is not wanted
            return
        try:
            became, worker, raw = self._outcome(task, remote)
            if became == "other code":
                raise ClusterUnavailable(_other_code(worker))
            if became == "missing":
                self._again(task, worker)
                return
            if became == "late":
                self._late(task, worker)
                return
            succeeded, result = pickle.loads(raw)
        except Exception as error:  # noqa: BLE001 (it is the future's to raise)
            succeeded, result = False, error
        if succeeded:
            self._end(task, result=result)
        else:
            self._end(task, error=result)

    def _outcome(self, task: _Task, remote: Any) -> Outcome:
        try:
            outcome: Outcome = remote.result()
        except distributed.scheduler.KilledWorker as death:
            raise WorkerDied(task.name, None) from death
        except Exception as error:
            raise _clear(self._address, error) from error
        return outcome

    def _again(self, task: _Task, worker: str) -> None:
        """Send a worker the arrays that it lacks: it came later, or was started anew."""
        task.sent += 1
        if task.sent > _SENT_AT_MOST:
            raise ClusterUnavailable(
                f"worker {worker} could not be sent the arrays of a task; is its disk full?"
            )
        self._send(self._client, task.folders, worker)
        self._start(task)

    def _end(self, task: _Task, *, result: Any = None, error: BaseException | None = None) -> None:
        with self._lock:
            if task.ended:
                return
            task.ended = True
            self._running.discard(task)
        if task.alarm is not None:
            task.alarm.cancel()
        if isinstance(error, TaskTimeout | CancelledError) and task.remote is not None:
            with suppress(Exception):  # what has begun goes on, and nobody waits for it
                task.remote.cancel()
        task.remote = None
        if error is None:
            task.future.set_result(result)
        elif not (isinstance(error, CancelledError) and _never_ran(task.future)):
            task.future.set_exception(error)
        with suppress(Exception):  # it is asked for again at the next end
            if self._client is not None and time.monotonic() - self._counted > _COUNT_AGAIN_S:
                self._count(self._client)
        self._fill()

    def _expired(self, task: _Task) -> None:
        """Fail a task that Dask does not give an answer to, whatever became of it."""
        self._end(task, error=TaskTimeout(task.name, _PATIENCE * (self._timeout_s or 0)))

    def _late(self, task: _Task, worker: str) -> None:
        """Fail a task that takes too long, and free the worker that it holds."""
        client = self._client
        self._end(task, error=TaskTimeout(task.name, self._timeout_s or 0))
        with suppress(Exception):  # a worker without a nanny cannot be started anew
            client.restart_workers([worker], timeout=30, raise_for_error=False)


def _never_ran(future: Future[Any]) -> bool:
    """Cancel a future that has not begun; whether it had not."""
    if not future.cancel():
        return False
    with suppress(InvalidStateError):  # somebody was told already
        future.set_running_or_notify_cancel()
    return True


@contextmanager
def _clear_errors(address: str) -> Iterator[None]:
    try:
        yield
    except ClusterUnavailable:
        raise
    except Exception as error:
        raise _clear(address, error) from error


def _clear(address: str, error: BaseException) -> Exception:
    """What is wrong with the cluster, in one line."""
    if isinstance(error, ModuleNotFoundError):
        return ClusterUnavailable(
            f"a worker of {address} has no {error.name}; start it by `forefolio worker {address}`"
        )
    if isinstance(error, TimeoutError | OSError | distributed.client.CancelledError):
        return ClusterUnavailable(
            f"the Dask cluster at {address} does not answer or has no workers; start "
            f"`dask scheduler` there and `forefolio worker {address}` on each machine, then ask "
            "again: what was computed is kept"
        )
    return error if isinstance(error, Exception) else RuntimeError(str(error))


def _same_code(codes: Mapping[str, Any]) -> None:
    """Refuse a cluster in which somebody computes with other code than we do.

    Raises:
        ClusterUnavailable: somebody does.
    """
    for worker, code in codes.items():
        if isinstance(code, Exception):
            raise code
        if code != code_digest():
            raise ClusterUnavailable(_other_code(worker))


def _other_code(worker: str) -> str:
    return (
        f"worker {worker} computes with another version of forefolio or of its libraries; install "
        "the same on every machine and start it anew"
    )
