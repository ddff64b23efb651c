"""A run in one line, and what it came to, as documents."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel, Field

from forefolio.core.errors import StoreError
from forefolio.runs.listing import message_of
from forefolio.store import Run, State
from forefolio.studies.result import Result


class Links(BaseModel):
    """Where to go on."""

    self: str
    result: str
    report: str
    events: str


class Summary(BaseModel):
    """A run in one line. Times are seconds since 1970."""

    id: str
    kind: str
    status: State
    digest: str
    seq: int
    created_at: float
    changed_at: float
    code: str = Field("", description="Of the error, if it failed.")
    message: str = Field("", description="Why it failed, or why nobody works on it.")
    links: Links


class NotDone(StoreError):
    """The result of a run that is not done was asked for."""

    code = "not_done"

    def __init__(self, run: Run) -> None:
        super().__init__(f"the run is {run.state}; its result is there once it is done")


class NoReport(StoreError):
    """The report of a run of a kind that makes none was asked for."""

    code = "no_report"

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} has no report; its result is all there is")


def summary(run: Run) -> Summary:
    """A run in one line."""
    return Summary(**summary_fields(run))


def summary_fields(run: Run) -> dict[str, Any]:
    """What a summary of a run holds."""
    address = f"/api/runs/{run.id}"
    return {
        "id": run.id,
        "kind": run.kind,
        "status": run.state,
        "digest": run.digest,
        "seq": run.seq,
        "created_at": run.created_at,
        "changed_at": run.changed_at,
        "code": run.code,
        "message": message_of(run),
        "links": {"self": address} | {n: f"{address}/{n}" for n in ("result", "report", "events")},
    }


def plain(value: Any) -> Any:
    """A result as JSON: its document if it has one; null for a number that is not finite."""
    match getattr(value, "document", value):
        case Result() as result:
            return result.model_dump(mode="json")
        case float(number) if not math.isfinite(number):
            return None
        case str() | bool() | int() | float() | None as leaf:
            return leaf
        case Mapping() as held:
            return {str(key): plain(item) for key, item in held.items()}
        case np.ndarray() | np.generic() as array:
            return plain(array.tolist())
        case list() | tuple() as items:
            return [plain(item) for item in items]
        case other:
            return str(other)


_WORDS: Mapping[str, str] = {
    "data": "Reading prices",
    "forecast": "Training models",
    "training": "Training models",
    "evidence": "Checking forecasts",
    "portfolio": "Calculating portfolio",
    "frontier": "Calculating portfolio",
    "risk": "Measuring risk",
    "simulation": "Simulating paths",
    "stress": "Stressing",
    "orders": "Counting shares",
    "backtest": "Following the strategy",
    "record": "Judging the record",
}


class Tick(BaseModel):
    """How far a run is: step `current` of `total`, in words as well."""

    current: int
    total: int
    message: str

    @classmethod
    def of(cls, stage: str, done: int, total: int) -> "Tick":
        """A place in a stage: "Calculating portfolio 15/25"."""
        words = _WORDS.get(stage, stage.replace("_", " ").capitalize())
        return cls(current=done, total=total, message=f"{words} {done}/{total}")

    def ended(self, state: State, message: str) -> "Tick":
        """The last place: done, or why not."""
        if state == "done":
            return Tick(current=self.total, total=self.total, message="Done")
        return Tick(current=self.current, total=self.total, message=message or state.capitalize())
