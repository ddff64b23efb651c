"""What a long computation says while it runs.

A `Job` is a generator: it yields events and returns its result, so stages compose with
`yield from`, a caller cancels by closing it, and nobody passes callbacks around.
"""

from collections.abc import Generator
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import Field

from forefolio.core.component import Component

T = TypeVar("T")


class Started(Component):
    """A stage begins; it has `total` steps."""

    kind: Literal["started"] = "started"
    stage: str
    total: int


class Progress(Component):
    """`done` of `total` steps of `stage` are finished."""

    kind: Literal["progress"] = "progress"
    stage: str
    done: int
    total: int
    message: str = ""


class Note(Component):
    """Something a person should know: what fell back, what was repaired, what was left out."""

    kind: Literal["note"] = "note"
    code: str
    message: str
    about: str = ""


class Checkpoint(Component):
    """Everything needed to go on from here."""

    kind: Literal["checkpoint"] = "checkpoint"
    stage: str
    state: dict[str, Any]


Event: TypeAlias = Annotated[Started | Progress | Note | Checkpoint, Field(discriminator="kind")]
Job: TypeAlias = Generator[Started | Progress | Note | Checkpoint, None, T]


def finish(job: "Job[T]") -> T:
    """Run a job to its end, ignoring what it says."""
    while True:
        try:
            next(job)
        except StopIteration as stop:
            result: T = stop.value
            return result
