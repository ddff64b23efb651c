"""Errors of what is kept: the database, runs, portfolios, schedules."""

from forefolio.core.errors.base import ForefolioError


class StoreError(ForefolioError):
    """The database or an artefact cannot be used."""

    code = "store"


class StoreUnavailable(StoreError):
    """The database does not answer, or is not one of ours."""

    code = "store_unavailable"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the database cannot be used: {reason}; see FOREFOLIO_DATABASE_URL")
        self.reason = reason


class DiskFull(StoreError):
    """Nothing more can be written: waiting does not help, and what was written is whole."""

    code = "disk_full"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"nothing more can be written ({reason}); is the disk full? Make room, and ask again: "
            "what was finished is kept"
        )
        self.reason = reason


class StoreBusy(StoreError):
    """Another process holds the database for too long."""

    code = "store_busy"

    def __init__(self) -> None:
        super().__init__("another process has locked the database; try again in a moment")


class StoreDamaged(StoreError):
    """The file of the database is damaged; it is left as it is."""

    code = "store_damaged"

    def __init__(self, file: object, reason: str) -> None:
        super().__init__(
            f"the database {file} is damaged ({reason}); it is left as it is: "
            "`forefolio db restore FILE` puts a backup in its place"
        )
        self.file, self.reason = str(file), reason


class LeaseLost(StoreError):
    """The run belongs to somebody else by now, or was cancelled."""

    code = "lease_lost"

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} was cancelled, or another process goes on with it")
        self.run_id = run_id


class UnknownRun(StoreError):
    """There is no such run."""

    code = "unknown_run"

    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is no run {run_id[:40]!r}; `forefolio runs` lists those there are")
        self.run_id = run_id


class UnknownPortfolio(StoreError):
    """No portfolio is saved under that name, or not in that state."""

    code = "unknown_portfolio"

    def __init__(self, name: str, number: int | None) -> None:
        which = "" if number is None else f" with number {number}"
        super().__init__(
            f"no portfolio {name[:80]!r}{which} is saved; `forefolio portfolio list` names all"
        )
        self.name, self.number = name, number


class UnknownAsk(StoreError):
    """Nobody asked so."""

    code = "unknown_ask"

    def __init__(self, ask_id: str) -> None:
        super().__init__(f"there is no ask {ask_id[:40]!r}")
        self.ask_id = ask_id


class UnknownSchedule(StoreError):
    """There is no schedule of that name."""

    code = "unknown_schedule"

    def __init__(self, name: str, near: str = "") -> None:
        advice = near or "; `forefolio schedule list` lists them"
        super().__init__(f"there is no schedule {name[:80]!r}{advice}")
        self.name = name


class ScheduleExists(StoreError):
    """There is a schedule of that name already."""

    code = "schedule_exists"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is a schedule {name!r} already; remove it first: "
            f"`forefolio schedule remove {name}`"
        )
        self.name = name


class ResultGone(StoreError):
    """The result of a run was lost, or is of another version; its events are still there."""

    code = "result_gone"

    def __init__(self, run_id: str, reason: str) -> None:
        super().__init__(f"the result of run {run_id} {reason}; ask for it again")
        self.run_id = run_id


class KeyReused(StoreError):
    """An idempotency key came with something else before."""

    code = "key_reused"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"the idempotency key {key[:40]!r} came with another request before; a new request "
            "takes a new key"
        )
        self.key = key


class OlderCode(StoreError):
    """A run waits for another version of this package, or of a library behind its numbers."""

    code = "older_code"
    what = (
        "waits for the version of forefolio that it was asked of; ask again for the answer of this "
        "one"
    )

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} {self.what}")
        self.run_id = run_id
