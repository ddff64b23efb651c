"""A schedule as every face shows it."""

import json
from datetime import UTC, datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from forefolio.store.schedules import Schedule


class ScheduleFacts(BaseModel):
    """A study that is asked once in every period. Times are UTC."""

    name: str = Field(description="What it is called.")
    rule: str = Field(description="When it is due, in words, such as `daily 22:30`.")
    kind: str = Field(description="The kind of run that it asks for, such as `signals`.")
    study: dict[str, Any] = Field(description="The settings that it asks with.")
    made: datetime = Field(description="When it was made.")
    next: datetime | None = Field(description="When it is next due; none while it is paused.")
    asked: datetime | None = Field(description="When it was asked last.")
    paused: datetime | None = Field(description="Since when it asks nothing; none: it does.")
    run: str | None = Field(description="The run that it asked for last.")
    problem: str = Field(description="Why it could not be asked; empty: it could.")

    @classmethod
    def of(cls, one: Schedule) -> Self:
        """What there is to say of a stored schedule."""
        return cls(
            name=one.name,
            rule=one.rule,
            kind=one.kind,
            study=json.loads(one.study),
            made=datetime.fromtimestamp(one.made_at, UTC),
            next=None if one.paused_at is not None else _moment(one.next_at),
            asked=_moment(one.asked_at),
            paused=_moment(one.paused_at),
            run=one.run,
            problem=one.problem,
        )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
