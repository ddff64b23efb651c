"""What can go wrong, as one tree.

ForefolioError
├── InputError              what was asked for is not well formed
│   ├── BadSettings         a component's settings do not validate
│   ├── BadStudy            a study's document does not validate
│   ├── BadTicker           a symbol is not one
│   ├── UnknownModel        no trained model has that id or alias
│   ├── BadConstraint       a constraint in words cannot be read
│   ├── TooMuchWork         it would take more time or memory than there is
│   └── UnclearName         a limit names what the market does not have, or two things at once
├── DataError               the market data cannot support what was asked
│   ├── BadFile             a file holds no prices that can be read
│   ├── DataChanged         the prices changed between the question and the work
│   ├── UnknownTicker       the source has no such asset
│   ├── SourceUnavailable   the source does not answer
│   │   ├── SourceRefused   its key is missing or wrong, or does not cover what was asked
│   │   ├── SourceLimited   as much was asked of it as may be, for now
│   │   ├── SourceResting   it failed several times, and is left alone for a minute
│   │   └── BadAnswer       what it answered is no table of prices
│   └── NotEnoughHistory    a window reaches further back than the data
├── OptimizationError       no portfolio came out of the optimiser
│   ├── Infeasible          no portfolio satisfies the constraints together
│   └── SolverFailed        the solver stopped without an answer
├── UnknownWeights          a strategy decided, and left out what to hold of something
├── LookAhead               a component used what was not yet known
├── NotTradable             a label starts before any order could trade
├── TaskFailed              a worker process did not finish a task
│   ├── WorkerDied          the process ended, twice, without an answer
│   ├── TaskTimeout         it took longer than it may
│   └── ClusterUnavailable  the Dask cluster is away, or computes with other code
├── StoreError              the database or an artefact cannot be used
│   ├── StoreUnavailable    it does not answer, or is not a database of ours
│   ├── StoreBusy           another process holds it for too long
│   ├── StoreDamaged        the file of the database is damaged
│   ├── LeaseLost           the run belongs to somebody else by now, or was cancelled
│   ├── UnknownRun          there is no such run
│   ├── UnknownPortfolio    none is saved under that name
│   ├── UnknownAsk          nobody asked so
│   ├── UnknownSchedule     there is no schedule of that name
│   ├── ScheduleExists      there is one of that name already
│   ├── ResultGone          the result of a run was lost, or is of another version
│   ├── KeyReused           an idempotency key came with something else before
│   ├── OlderCode           a run waits for another version of this package
│   └── QueueFull           as many runs wait as may
│       ├── SessionFull     as many runs of one session wait as may
│       └── VerifyingAlready  another report is being verified
├── RunTimeout              a run took longer than it may
├── OutOfMemory             a run took more memory than it may
├── RunFailed               a run ended with an error, here or elsewhere
└── RunCancelled            somebody asked for the run to stop

Every error carries its data as attributes and a stable `code`. None of them knows HTTP.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from forefolio.core.mends import Mend


class ForefolioError(Exception):
    """Base of every error this package raises on purpose; its text says what to do.

    >>> import forefolio as ff
    >>> try:
    ...     ff.load_market(ff.Sample(), "NOPE")
    ... except ff.ForefolioError as error:
    ...     print(error.code)
    unknown_ticker
    """

    code = "error"

    @property
    def facts(self) -> dict[str, Any]:
        """What a program can use beside the text, as a JSON document; nothing for most errors."""
        return {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes whole, whatever the constructor of the subclass asks for."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(cls: type[ForefolioError], args: Any, state: dict[str, Any]) -> ForefolioError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class InputError(ForefolioError):
    """What was asked for is not well formed."""

    code = "input"


class BadSettings(InputError, ValueError):
    """A component's settings do not validate; `problems` are (path, reason) pairs.

    It is a ValueError as well, so that a component made while another is validated is one of that
    other's problems.
    """

    code = "bad_settings"

    def __init__(self, problems: Sequence[tuple[str, str]], component: str) -> None:
        super().__init__(f"{component}: {_listed(problems)}")
        self.problems, self.component = tuple(problems), component


class BadStudy(InputError):
    """A study's document does not validate; `problems` are (path, reason) pairs."""

    code = "bad_study"

    def __init__(self, problems: Sequence[tuple[str, str]], where: str = "study") -> None:
        super().__init__(f"{where}: {_listed(problems)}")
        self.problems, self.where = tuple(problems), where


def _listed(problems: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{path}: {reason}" if path else reason for path, reason in problems)


class BadTicker(InputError):
    """A symbol is not one."""

    code = "bad_ticker"

    def __init__(self, symbols: Sequence[str]) -> None:
        refused = ", ".join(repr(s) for s in symbols)
        super().__init__(
            f"not a ticker: {refused}; a ticker has 1 to 32 letters and digits of any script, '.', "
            "'-', '=', '^' or '&', such as AAPL, BRK.B or ^GSPC"
        )
        self.symbols = tuple(symbols)


class UnknownModel(InputError):
    """No trained model has that id or alias, or is kept here."""

    code = "unknown_model"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no trained model {name[:80]!r} here; `forefolio models list` names all"
        )
        self.name = name


class BadConstraint(InputError):
    """A constraint in words cannot be read: `expected` was expected `at` a place in `text`."""

    code = "bad_constraint"

    def __init__(self, text: str, at: int, expected: str, example: str = "tech <= 30%") -> None:
        where = f"at {text[at:]!r}" if text[at:].strip() else "at its end"
        super().__init__(f"{text!r} {where}: expected {expected}, such as {example!r}")
        self.text, self.at, self.expected = text, at, expected


class TooMuchWork(InputError):
    """What was asked for would take more time or memory than there is.

    `facts` are the `setting` and its `value`, and `most`, the largest value that fits (0: none
    does), where the settings `beside` it have the values that are given there.
    """

    code = "too_much_work"

    def __init__(self, facts: Mapping[str, Any], *, cpu_s: float, memory: float) -> None:
        beside = "".join(f", with {most:,} {name}" for name, most in facts["beside"].items())
        fits = f"at most {facts['most']:,} fit{beside}" if facts["most"] else "nothing like it fits"
        super().__init__(
            f"{facts['setting']}: {facts['value']:,} is too large: the answer would take at least "
            f"{cpu_s:,.0f} s of CPU and {memory / 2**20:,.0f} MB of memory; {fits} "
            "(FOREFOLIO_RUN_TIMEOUT_S, FOREFOLIO_MEMORY_MB)"
        )
        self._facts = dict(facts)

    @property
    def facts(self) -> dict[str, Any]:
        """The setting, and its largest value that fits."""
        return self._facts


class UnclearName(InputError):
    """What limits, views or benchmarks are `about` is not in the market, or two things at once."""

    code = "unclear_name"

    def __init__(self, about: object, trouble: str, remedy: str) -> None:
        super().__init__(f"{about}: {trouble}; {remedy}")
        self.about, self.trouble, self.remedy = str(about), trouble, remedy


class DataError(ForefolioError):
    """The market data cannot support what was asked."""

    code = "data"


class BadFile(DataError):
    """A file holds no prices that can be read."""

    code = "bad_file"

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = str(path), reason


class DataChanged(DataError):
    """The prices changed between the question and the work."""

    code = "data_changed"

    def __init__(self, source: str) -> None:
        super().__init__(
            f"{source} changed after the run was asked for; ask again for the answer of what is "
            "there now"
        )
        self.source = source


class UnknownTicker(DataError):
    """The source has no such asset."""

    code = "unknown_ticker"

    def __init__(self, tickers: Sequence[str], available: Sequence[str], source: str) -> None:
        shown = ", ".join(available[:30]) + (", ..." if len(available) > 30 else "")
        super().__init__(f"{source} has no {', '.join(tickers)}; it has {shown}")
        self.tickers, self.available = tuple(tickers), tuple(available)


class SourceUnavailable(DataError):
    """The source does not answer."""

    code = "source_unavailable"


class SourceRefused(SourceUnavailable):
    """A provider wants a key, another key, or a paid plan: asking again changes nothing."""

    code = "source_refused"


class SourceLimited(SourceUnavailable):
    """As much was asked of a provider as may be; `wait_s` seconds until it may be asked again."""

    code = "source_limited"

    def __init__(self, provider: str, wait_s: float, reason: str) -> None:
        super().__init__(f"{provider}: {reason}; ask again {_in(wait_s)}")
        self.provider, self.wait_s = provider, wait_s


def _in(seconds: float) -> str:
    if seconds < 120:
        return f"in {max(seconds, 1):.0f} seconds"
    return f"in {seconds / 60:.0f} minutes" if seconds < 7200 else f"in {seconds / 3600:.0f} hours"


class SourceResting(SourceUnavailable):
    """A provider failed several times in a row, and is left alone for a while."""

    code = "source_resting"


class BadAnswer(SourceUnavailable):
    """What a provider answered is no table of prices; nothing of it is used."""

    code = "bad_answer"


class NotEnoughHistory(DataError):
    """A window reaches further back than the data does."""

    code = "not_enough_history"

    def __init__(
        self,
        needed: int,
        available: int,
        what: str = "this",
        remedy: str = "start earlier, or shorten the window",
    ) -> None:
        are = "1 is" if available == 1 else f"{available} are"
        sessions = "1 session" if needed == 1 else f"{needed} sessions"
        super().__init__(f"{what} needs {sessions} of history, {are} available; {remedy}")
        self.needed, self.available, self.what = needed, available, what


class OptimizationError(ForefolioError):
    """No portfolio came out of the optimiser."""

    code = "optimization"


class Infeasible(OptimizationError):
    """No portfolio satisfies the constraints together; each of `mends` says what must give.

    They are made together: when every one of them is followed, a portfolio is possible.
    """

    code = "infeasible"

    def __init__(self, mends: Sequence[Mend]) -> None:
        remedy = ", and ".join(mend.sentence for mend in mends)
        super().__init__(f"no portfolio satisfies the constraints together: {remedy}")
        self.mends = tuple(mends)

    @property
    def facts(self) -> dict[str, Any]:
        """The `mends` as documents."""
        return {"mends": [mend.to_dict() for mend in self.mends]}


class SolverFailed(OptimizationError):
    """The solver stopped without an answer."""

    code = "solver_failed"


class UnknownWeights(ForefolioError):
    """A strategy decided, and left out what to hold of some `assets` at `session`."""

    code = "unknown_weights"

    def __init__(self, strategy: str, session: str, assets: Sequence[str]) -> None:
        named = ", ".join(assets[:5]) + (f" and {len(assets) - 5} more" if len(assets) > 5 else "")
        super().__init__(
            f"{strategy} gave no weight for {named} on {session}; a strategy gives every asset a "
            "number, 0 for none, or says that it cannot decide by a ForefolioError"
        )
        self.strategy, self.session, self.assets = strategy, session, tuple(assets)


class LookAhead(ForefolioError):
    """A component used what was not yet known at the time.

    The output of `component` for `about` at `session` changes when sessions after the close of
    `cut` are added or changed: `change` is (output without them, output with them), `share` the
    number of values that change and of all. `message` replaces the message where none changed.
    """

    code = "look_ahead"

    def __init__(
        self,
        component: str,
        *,
        at: tuple[str, str],
        cut: str,
        how: str,
        change: tuple[float, float],
        share: tuple[int, int] = (1, 1),
        message: str = "",
    ) -> None:
        self.session, self.about = at
        message = message or (
            f"its output for {self.about} at {self.session} changes from {change[0]:.6g} to "
            f"{change[1]:.6g} when the sessions after {cut} {how}{_little(change)}; "
            f"{share[0]:,} of {share[1]:,} numbers change"
        )
        super().__init__(f"{component} looks ahead: {message}")
        self.component, self.cut, self.how, self.change = component, cut, how, change


def _little(change: tuple[float, float]) -> str:
    """By how much, where six digits do not show it."""
    before, after = (f"{value:.6g}" for value in change)
    return f" (by {change[1] - change[0]:.2g})" if before == after else ""


class NotTradable(ForefolioError):
    """A label starts at a price that was gone when the decision was made."""

    code = "not_tradable"


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


class StoreError(ForefolioError):
    """The database or an artefact cannot be used."""

    code = "store"


class StoreUnavailable(StoreError):
    """The database does not answer, or is not one of ours."""

    code = "store_unavailable"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the database cannot be used: {reason}; see FOREFOLIO_DATABASE_URL")
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


class QueueFull(StoreError):
    """As many runs wait as may."""

    code = "queue_full"

    def __init__(self, limit: int, retry_after_s: float = 30.0) -> None:
        super().__init__(
            f"{limit} runs wait already, which is the most that may (FOREFOLIO_QUEUE_LIMIT); ask "
            f"again in {retry_after_s:g} s"
        )
        self.limit, self.retry_after_s = limit, retry_after_s

    @property
    def facts(self) -> dict[str, Any]:
        """When to ask again."""
        return {"retry_after_s": self.retry_after_s}


class SessionFull(QueueFull):
    """As many runs of one session wait as may; those of others are still taken."""

    code = "session_full"

    def __init__(self, limit: int, retry_after_s: float = 30.0) -> None:
        super().__init__(limit, retry_after_s)
        self.args = (
            f"{limit} runs of this session wait already, which is the most that may of one "
            f"(FOREFOLIO_SESSION_LIMIT); ask again in {retry_after_s:g} s, or cancel one",
        )


class VerifyingAlready(QueueFull):
    """Another report is being verified: its whole question is computed anew, one at a time."""

    code = "verifying_already"

    def __init__(self, retry_after_s: float = 30.0) -> None:
        super().__init__(1, retry_after_s)
        self.args = (
            "another report is being verified, which may take minutes; ask again in "
            f"{retry_after_s:g} s",
        )


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
