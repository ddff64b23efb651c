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
    """Everything needed to go on from here.

    `made_from` names what the stage is computed from: with another one the state is of no use.
    """

    kind: Literal["checkpoint"] = "checkpoint"
    stage: str
    state: dict[str, Any]
    made_from: str = ""


class Spot(Component):
    """A place in a picture of risk and return; None is not known."""

    name: str = Field("", description="The asset or the portfolio, if it has a name.")
    risk: float | None = Field(description="In the unit of the frontier's risk measure.")
    expected_return: float | None = Field(description="Fraction per year.")


class FrontierBounds(Component):
    """What a frontier will be drawn within, before any of its points."""

    kind: Literal["frontier_bounds"] = "frontier_bounds"
    risk_measure: str = Field(description="Such as volatility.")
    assets: tuple[Spot, ...] = Field(description="Each asset by itself.")
    lowest: Spot = Field(description="The portfolio of the least risk.")
    highest: Spot = Field(description="The portfolio of the greatest return.")
    best: Spot = Field(description="The portfolio of the greatest ratio of return to risk.")


class FrontierSpot(Component):
    """One point of a frontier, as soon as it is calculated."""

    kind: Literal["frontier_point"] = "frontier_point"
    place: int = Field(description="From 1, by rising return.")
    spot: Spot = Field(description="Where it is.")
    weights: dict[str, float] = Field(
        default_factory=dict, description="What it holds, by ticker, the largest first."
    )


class FanSlice(Component):
    """The values of a simulation after some sessions, of the paths so far."""

    kind: Literal["fan"] = "fan"
    session: int = Field(description="Sessions from now.")
    levels: tuple[float, ...] = Field(description="Shares of paths that end below.")
    values: tuple[float, ...] = Field(description="Multiples of the value at the beginning.")


class EpochLoss(Component):
    """How far a model in training was off after one pass over its data."""

    epoch: int = Field(description="From 1.")
    training: float = Field(
        description="Mean squared error of all horizons on the training sessions, in squared "
        "units of volatility."
    )
    validation: float = Field(
        description="The same at this horizon on the validation sessions, which choose the epoch."
    )


class LearningCurve(Component):
    """The losses of a training, as soon as the model is fitted."""

    kind: Literal["learning_curve"] = "learning_curve"
    model: str = Field(description="The model's name.")
    horizon: int = Field(description="Sessions ahead.")
    losses: tuple[EpochLoss, ...] = Field(description="By epoch; of many, some evenly spaced.")


class Part(Component):
    """A part of the result in the making, for whoever draws it live."""

    kind: Literal["part"] = "part"
    stage: str
    part: Annotated[
        FrontierBounds | FrontierSpot | FanSlice | LearningCurve, Field(discriminator="kind")
    ]


AnyEvent: TypeAlias = Started | Progress | Note | Checkpoint | Part
Event: TypeAlias = Annotated[AnyEvent, Field(discriminator="kind")]
Job: TypeAlias = Generator[AnyEvent, None, T]


def marked(job: "Job[T]", made_from: str) -> "Job[T]":
    """The same job, whose checkpoints name what they were computed from."""
    try:
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(event, Checkpoint):
                event = event.model_copy(update={"made_from": made_from})
            yield event
    finally:
        job.close()


def finish(job: "Job[T]") -> T:
    """Run a job to its end, ignoring what it says.

    >>> import forefolio as ff
    >>> from forefolio.core.events import Started
    >>> def count():
    ...     yield Started(stage="count", total=3)
    ...     return 3
    ...
    >>> ff.finish(count())
    3
    """
    while True:
        try:
            next(job)
        except StopIteration as stop:
            result: T = stop.value
            return result
