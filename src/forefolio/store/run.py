"""A run, who asked for it, and what it says, as they are stored."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from forefolio.core.component import Component
from forefolio.core.events import Checkpoint, Note, Part, Progress, Started

if TYPE_CHECKING:
    from sqlalchemy import Row

HEAD = "0009"  # the migration whose columns these are

State: TypeAlias = Literal["waiting", "running", "done", "failed", "cancelled"]
ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})

Lane: TypeAlias = Literal["interactive", "batch"]
"""Short runs wait in one queue and long ones in another, so that none waits behind a training."""

LOCAL = "local"  # the principal of whoever asks on this machine, without the service


class Finished(Component):
    """The last thing a run says: how it ended.

    `facts` are those of the error that it failed with, such as the `mends` of a contradiction.
    """

    kind: Literal["finished"] = "finished"
    state: State
    code: str = ""
    message: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)


Said: TypeAlias = Started | Progress | Note | Checkpoint | Part | Finished
_SAID: TypeAdapter[Said] = TypeAdapter(Said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A run that is asked for: the question, and everything that its answer depends on.

    `digest` names question, code and data together; `code_digest` is the code that computes it,
    and only a process with the same code does; `data_version` names the content of the files or
    tables that the study points to; `result_schema` is the version of the result's document.
    """

    kind: str
    study: str  # JSON
    digest: str
    code_digest: str = ""
    data_version: str = ""
    result_schema: int = 0
    lane: Lane = "batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: a session (such as a window of a browser) of a principal (such as a token).

    Asking again with the same `idempotency_key` is the same ask, if `body` is the same as well.
    Of runs that wait, those of a greater `priority` are first. An ask with an `owner`, the name of
    a process, ends with that process.
    """

    session: str = ""
    principal: str = ""
    idempotency_key: str | None = None
    body: str = ""  # a digest of what was asked for with the key
    priority: int = 0
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many runs may wait: in all, and of one session; None: as many as there are."""

    queue: int | None = None
    session: int | None = None


UNLIMITED = Room()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A job somebody asked for. Times are seconds since 1970."""

    id: str
    kind: str
    study: str  # JSON
    digest: str
    state: State
    seq: int  # of the last event
    attempt: int  # how often it was started
    deaths: int  # how often its process died
    owner: str
    lease_until: float
    started_at: float  # the latest start; 0 before the first
    created_at: float
    changed_at: float
    result: str | None  # name of an artefact
    code: str  # of the error that it failed with
    message: str
    code_digest: str  # see `Wanted`
    data_version: str
    result_schema: int
    lane: Lane
    priority: int

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen, unless somebody asks for it again."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Somebody's asking for a run: several may ask for one, and it stops when the last one leaves.

    `answered_at` is when the run ended while the ask stood. Times are seconds since 1970.
    """

    id: str
    run: Run  # as it was when the ask was read
    session: str
    principal: str
    idempotency_key: str | None
    priority: int
    created_at: float
    cancelled_at: float | None
    answered_at: float | None
    owner: str  # the process that it ends with; empty: none

    @property
    def open(self) -> bool:
        """Whether somebody still waits for the run."""
        return self.cancelled_at is None and self.answered_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One event, as it was stored."""

    seq: int
    at: float  # seconds since 1970
    event: Said


def run_of(row: "Row[Any]") -> Run:
    """The run in a row of the run table."""
    return Run(**row._mapping)


def ask_of(row: "Row[Any]", asked: Run) -> Ask:
    """The ask in a row of the ask table, for a run."""
    return Ask(run=asked, **{name: row._mapping[name] for name in _ASK})


_ASK = {field.name for field in fields(Ask)} - {"run"}


def stored_of(row: "Row[Any]") -> Stored:
    """The event in a row of the event table."""
    return Stored(seq=row.seq, at=row.at, event=_SAID.validate_json(row.body))


def event_row(run_id: str, seq: int, at: float, new_event: Said) -> dict[str, Any]:
    """The row of the event table for what was said."""
    stage = "" if isinstance(new_event, Note | Finished) else new_event.stage
    body = new_event.model_dump_json()
    return {
        "run_id": run_id,
        "seq": seq,
        "at": at,
        "kind": new_event.kind,
        "stage": stage,
        "body": body,
    }
