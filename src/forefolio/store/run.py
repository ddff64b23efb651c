"""A run, and what it says, as they are stored."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from forefolio.core.component import Component
from forefolio.core.events import Checkpoint, Note, Part, Progress, Started

if TYPE_CHECKING:
    from sqlalchemy import Row

HEAD = "0001"  # the migration whose columns these are

State: TypeAlias = Literal["waiting", "running", "done", "failed", "cancelled"]
ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})


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
class Run:
    """A job somebody asked for. Times are seconds since 1970."""

    id: str
    kind: str
    study: str  # JSON
    digest: str
    state: State
    seq: int  # of the last event
    attempt: int
    owner: str
    lease_until: float
    created_at: float
    changed_at: float
    result: str | None  # name of an artefact
    code: str
    message: str

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen, unless somebody asks for it again."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One event, as it was stored."""

    seq: int
    at: float  # seconds since 1970
    event: Said


def run_of(row: "Row[Any]") -> Run:
    """The run in a row of the run table."""
    return Run(**row._mapping)


def stored_of(row: "Row[Any]") -> Stored:
    """The event in a row of the event table."""
    return Stored(seq=row.seq, at=row.at, event=_SAID.validate_json(row.body))


def event_row(run_id: str, seq: int, at: float, said: Said) -> dict[str, Any]:
    """The row of the event table for what was said."""
    stage = "" if isinstance(said, Note | Finished) else said.stage
    body = said.model_dump_json()
    return {"run_id": run_id, "seq": seq, "at": at, "kind": said.kind, "stage": stage, "body": body}
