"""Results that somebody else computes: futures that wait until they are there, or ours to make."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any, TypeAlias

_LOOK_AGAIN_S = 0.05

Attempt: TypeAlias = Callable[[], Future[Any] | None]
"""A result, finished or on its way here; None while somebody else computes it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    attempt: Attempt
    future: Future[Any] = field(default_factory=Future)

    def had(self) -> bool:
        """Try once; whether there is no need to try again."""
        if self.future.cancelled():
            self.future.set_running_or_notify_cancel()
            return True
        try:
            result = self.attempt()
        except Exception as error:  # noqa: BLE001 (it is the future's to raise)
            result = Future()
            result.set_exception(error)
        if result is None:
            return False
        result.add_done_callback(self._follow)
        return True

    def _follow(self, done: Future[Any]) -> None:
        if done.cancelled():
            self.future.cancel()
        if not self.future.set_running_or_notify_cancel():
            return
        error = done.exception()
        if error is None:
            self.future.set_result(done.result())
        else:
            self.future.set_exception(error)


class Waiting:
    """Tries again, in a thread, what could not be had at once."""

    def __init__(self) -> None:
        self._wanted: list[_Wanted] = []
        self._changed = Condition()
        self._thread: Thread | None = None

    def until(self, attempt: Attempt) -> Future[Any]:
        """The future of a result that is tried for until it can be had, or is not wanted."""
        wanted = _Wanted(attempt)
        with self._changed:
            self._wanted.append(wanted)
            if self._thread is None:
                self._thread = Thread(target=self._try, daemon=True)
                self._thread.start()
        return wanted.future

    def stop(self, *, cancel: bool) -> None:
        """Return when nothing waits any more; with `cancel`, make it so."""
        with self._changed:
            if cancel:
                for wanted in self._wanted:
                    wanted.future.cancel()
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _try(self) -> None:
        while True:
            with self._changed:
                if not self._wanted:
                    self._thread = None
                    return
                waiting = list(self._wanted)
            had = {id(wanted) for wanted in waiting if wanted.had()}
            with self._changed:
                self._wanted = [wanted for wanted in self._wanted if id(wanted) not in had]
                if self._wanted:
                    self._changed.wait(_LOOK_AGAIN_S)
