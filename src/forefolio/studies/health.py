"""What forecasts promise, whether they keep it, and what is done about it if they do not.

Four promises are watched over the whole record of a run. An alarm is evidence that a healthy model
gives once in a hundred years at most, all promises together (`forefolio.evidence.alarms`); it ends
with evidence that the promise is kept again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array
from forefolio.core.wording import percent
from forefolio.evidence.alarms import Watched, usual_sizes, watch
from forefolio.studies.forecast_record import ForecastRecord
from forefolio.studies.result import Number

YEARS = 100.0  # that one waits for a false alarm
YEARS_TO_END = 20.0  # that one waits until an alarm ends although nothing is better
HALF = 0.5  # of every position is left where positions shrink
RECENT = 60  # sessions that count as recent where no other number is asked for
DOUBTFUL = 10.0  # years from which on a promise is called doubtful; nothing is done yet

Action: TypeAlias = Literal["none", "retrain", "fetch", "shrink", "fall_back", "stop"]
"""What a finding does, from the mildest to the hardest."""

SEVERITY: Mapping[Action, int] = {
    "none": 0,
    "retrain": 1,
    "fetch": 2,
    "shrink": 3,
    "fall_back": 4,
    "stop": 5,
}
State: TypeAlias = Literal["kept", "doubtful", "broken", "not_watched"]


class PastAlarm(Component):
    """A time in which a promise was broken."""

    since: date = Field(description="The session from which on the evidence is strongest.")
    raised: date = Field(description="The forecast whose outcome raised the alarm.")
    ended: date | None = Field(description="The forecast whose outcome ended it; none: not yet.")


class ForecastPromise(Component):
    """Something that the forecasts promise, and whether they keep it."""

    code: str = Field(description="A stable name for programs, such as interval_narrow.")
    promised: str = Field(description="The promise, in words.")
    state: State = Field(description="Whether it is kept; doubtful is shown only, broken acts.")
    action: Action = Field(description="What is done while it is broken.")
    promised_value: float = Field(description="The number that is promised.")
    value: Number = Field(description="The same number over the whole record.")
    recent: Number = Field(description="The same number over the latest sessions.")
    evidence: Number = Field(
        description="Years one waits for so much evidence if all is well; while it is broken, for "
        "so much that it is kept again; none: not watched."
    )
    since: date | None = Field(
        None, description="The session from which on it is broken; none: it is not."
    )
    alarms: tuple[PastAlarm, ...] = Field((), description="Every alarm of the record.")


class RollingHealth(Component):
    """How forecasts came true over the latest sessions before the end of a month."""

    session: date = Field(description="The last forecast of the month whose outcome is known.")
    right: Number = Field(description="Share of signs that were right.")
    inside: Number = Field(description="Share of returns that were inside their intervals.")
    volatility_loss: Number = Field(
        description="QLIKE loss of the volatility less that of the reference."
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bets:
    """A promise as bets: what is measured, and gains of betting against it and for it.

    Arrays are (T, ...): outcome by outcome, of one model or of several.
    """

    code: str
    promised: str
    action: Action
    threshold: float
    values: Array
    breaks: Array
    mends: Array


def bets_on(
    right: Array, held: Array, losses: Array, level: float, reference: str
) -> tuple[Bets, ...]:
    """The bets on shares of right signs, on shares inside intervals and on losses, (T, ...) each.

    `losses` are those of the volatility less those of the `reference`.
    """
    return (_direction(right), *_intervals(held, level), _volatility(losses, reference))


def forecast_promises(
    record: ForecastRecord, periods_per_year: float, recent: int
) -> tuple[ForecastPromise, ...]:
    """Whether each promise is kept after the last outcome, and every alarm there was.

    Outcomes of `h` sessions overlap, so that every h-th is bet on. `recent` counts sessions.
    """
    right, held, losses = (
        np.array(values, dtype=np.float64)
        for values in (record.right, record.inside, record.volatility_loss)
    )
    bets = bets_on(right, held, losses, record.level, record.reference)
    return tuple(_judged(one, record, periods_per_year, recent, len(bets)) for one in bets)


def _judged(
    bets: Bets, record: ForecastRecord, periods_per_year: float, recent: int, promises: int
) -> ForecastPromise:
    step = record.horizon
    known = np.isfinite(bets.breaks)
    a_year = periods_per_year / step * promises  # outcomes of all promises together
    found = watch(
        bets.breaks[::step],
        bets.mends[::step],
        raise_at=YEARS * a_year,
        end_at=YEARS_TO_END * a_year / promises,
    )
    watched = bool(known.any())
    alarm = found.open
    height = None if not watched else float(found.evidence[-1]) / a_year
    if height is not None and alarm is not None:
        height *= promises
    days = record.sessions[::step]
    return ForecastPromise(
        code=bets.code,
        promised=bets.promised,
        state=_state(found, height),
        action=bets.action,
        promised_value=bets.threshold,
        value=known_mean(bets.values),
        recent=known_mean(bets.values[-recent:]),
        evidence=height,
        since=None if alarm is None else days[alarm.since],
        alarms=tuple(
            PastAlarm(
                since=days[one.since],
                raised=days[one.raised],
                ended=None if one.ended is None else days[one.ended],
            )
            for one in found.alarms
        ),
    )


def _state(found: Watched, height: float | None) -> State:
    if height is None:
        return "not_watched"
    if found.open is not None:
        return "broken"
    return "doubtful" if height >= DOUBTFUL else "kept"


def rolling_health(record: ForecastRecord, recent: int) -> tuple[RollingHealth, ...]:
    """The means over so many sessions before each month's end, once there are as many."""
    months = np.array(record.sessions, dtype="datetime64[M]")
    ends = np.flatnonzero(months[1:] != months[:-1]).tolist()
    series = {name: getattr(record, name) for name in ("right", "inside", "volatility_loss")}
    values = {name: np.array(each, dtype=np.float64) for name, each in series.items()}
    return tuple(
        RollingHealth(
            session=record.sessions[row],
            **{name: known_mean(each[row + 1 - recent : row + 1]) for name, each in values.items()},
        )
        for row in [*ends, len(months) - 1]
        if row + 1 >= recent
    )


def _direction(right: Array) -> Bets:
    beyond = (right - 0.5) / 0.5
    return Bets(
        code="direction",
        promised="at least half of the signs are right",
        action="fall_back",
        threshold=0.5,
        values=right,
        breaks=-beyond,
        mends=beyond,
    )


def _intervals(held: Array, level: float) -> tuple[Bets, Bets]:
    """Both sides of the level; each is kept again where it is at least half way back."""
    missed = 1.0 - level
    fewer, more = 0.5 * missed, 1.5 * missed
    narrow = Bets(
        code="interval_narrow",
        promised=f"intervals hold no less than {percent(level, 0)}",
        action="shrink",
        threshold=level,
        values=held,
        breaks=(1.0 - held - missed) / missed,
        mends=(held - (1.0 - more)) / (1.0 - more),
    )
    wide = Bets(
        code="interval_wide",
        promised=f"intervals hold no more than {percent(level, 0)}",
        action="retrain",
        threshold=level,
        values=held,
        breaks=(held - level) / level,
        mends=(1.0 - held - fewer) / fewer,
    )
    return narrow, wide


def _volatility(losses: Array, reference: str) -> Bets:
    clipped = np.clip(losses / usual_sizes(losses), -1.0, 1.0)
    return Bets(
        code="volatility",
        promised=f"volatility is forecast no worse than by {reference}",
        action="retrain",
        threshold=0.0,
        values=losses,
        breaks=clipped,
        mends=-clipped,
    )


def known_mean(values: Array) -> float | None:
    """The mean of what is known; None if nothing is."""
    return float(np.nanmean(values)) if np.isfinite(values).any() else None


def exposure(promises: Iterable[ForecastPromise]) -> float:
    """The share of every position that broken promises leave."""
    broken = [one.action for one in promises if one.state == "broken"]
    return exposure_after(hardest(broken))


def exposure_after(action: Action) -> float:
    """The share of every position that an action leaves."""
    return 0.0 if action == "stop" else HALF if SEVERITY[action] >= SEVERITY["shrink"] else 1.0


def hardest(actions: Iterable[Action]) -> Action:
    """The hardest of the actions; none, if there is none."""
    return max(actions, key=SEVERITY.__getitem__, default="none")
