"""Errors of doing the work: tasks, workers, queues and runs."""

from collections.abc import Mapping
from typing import Any, Self

from forefolio.core.errors.base import ForefolioError
from forefolio.core.errors.store import StoreError


class TaskFailed(ForefolioError):
    """A worker process did not finish a task."""

    code = "task_failed"


class WorkerDied(TaskFailed):
    """The process ended without an answer; a negative exit code is the signal that killed it."""

    code = "worker_died"

    def __init__(self, task: str, exit_code: int | None) -> None:
        super().__init__(
            f"a worker process ended (exit code {exit_code}) while it ran {task}; "
            "if the machine was short of memory, use fewer processes"
        )
        self.task, self.exit_code = task, exit_code


class TaskTimeout(TaskFailed):
    """A task took longer than it may."""

    code = "task_timeout"

    def __init__(self, task: str, limit_s: float) -> None:
        super().__init__(f"{task} took longer than {limit_s:g} s and was stopped")
        self.task, self.limit_s = task, limit_s


class ClusterUnavailable(TaskFailed):
    """The Dask cluster cannot be used: it is away, empty, or computes with other code."""

    code = "cluster_unavailable"


class ComeAgain(StoreError):
    """There is no room for this just now; `retry_after_s` says when to ask again."""

    code = "come_again"

    def __init__(self, reason: str, retry_after_s: float, otherwise: str = "") -> None:
        super().__init__(f"{reason}; ask again in {retry_after_s:g} s{otherwise}")
        self.retry_after_s = retry_after_s

    @property
    def facts(self) -> dict[str, Any]:
        """When to ask again."""
        return {"retry_after_s": self.retry_after_s}


class QueueFull(ComeAgain):
    """As many runs wait as may."""

    code = "queue_full"

    def __init__(self, limit: int, retry_after_s: float = 30.0) -> None:
        super().__init__(
            f"{limit} runs wait already, which is the most that may (FOREFOLIO_QUEUE_LIMIT)",
            retry_after_s,
        )
        self.limit = limit


class SessionFull(ComeAgain):
    """As many runs of one session wait as may; those of others are still taken."""

    code = "session_full"

    def __init__(self, limit: int, retry_after_s: float = 30.0) -> None:
        super().__init__(
            f"{limit} runs of this session wait already, which is the most that may of one "
            "(FOREFOLIO_SESSION_LIMIT)",
            retry_after_s,
            ", or cancel one",
        )
        self.limit = limit


class VerifyingAlready(ComeAgain):
    """Another report is being verified: its whole question is computed anew, one at a time."""

    code = "verifying_already"

    def __init__(self, retry_after_s: float = 30.0) -> None:
        super().__init__("another report is being verified, which may take minutes", retry_after_s)


class RunTimeout(ForefolioError):
    """A run took longer than it may."""

    code = "timeout"

    def __init__(self, limit_s: float) -> None:
        super().__init__(
            f"the run took longer than {limit_s:g} s, which is the most that one may "
            "(FOREFOLIO_RUN_TIMEOUT_S); ask for less, or raise it"
        )
        self.limit_s = limit_s


class OutOfMemory(ForefolioError):
    """A run took more memory than it may."""

    code = "memory"

    def __init__(self, limit: int | None = None) -> None:
        most = "" if limit is None else f" than the {limit // 2**20:,} MB that one may have"
        super().__init__(
            f"the run took more memory{most or ' than there is'} (FOREFOLIO_MEMORY_MB); ask for "
            "fewer tickers or sessions, or use fewer processes"
        )
        self.limit = limit


class MissingPackage(ForefolioError):
    """A library cannot be imported where something that needs it is computed."""

    code = "missing_package"

    def __init__(self, package: str, reason: str) -> None:
        super().__init__(
            f"{package} cannot be imported where this is computed ({reason}); install it there, on "
            "every machine that works, and ask again"
        )
        self.package = package

    @classmethod
    def of(cls, error: ImportError) -> Self:
        """What an import that failed says."""
        return cls(error.name or "a library", str(error))

    @property
    def facts(self) -> dict[str, Any]:
        """What is missing."""
        return {"package": self.package}


class RunFailed(ForefolioError):
    """A run ended with an error, here or elsewhere; `code` and `facts` are that error's."""

    code = "run_failed"

    def __init__(self, code: str, message: str, facts: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.code, self._facts = code, dict(facts)

    @property
    def facts(self) -> dict[str, Any]:
        """Those of the error that the run ended with."""
        return self._facts


class RunCancelled(ForefolioError):
    """Somebody asked for the run to stop."""

    code = "run_cancelled"
