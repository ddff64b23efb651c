"""Works schedules off: what is due is asked for, once in every period.

Once, whatever happens: the ask of a period has a name of its own (`schedule@period`), so that
asking twice, after a crash or from several servers, is the same ask; then the schedule is moved
on. Periods that were missed are one. A clock that went wrong and was set right changes nothing.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forefolio.core.errors import ComeAgain, ForefolioError, InputError, KeyReused
from forefolio.runs.periods import rule_of
from forefolio.store.run import Ask
from forefolio.store.schedules import Schedule, Schedules

if TYPE_CHECKING:
    from forefolio.runs.host import Host

logger = logging.getLogger(__name__)

ASKER = "schedule"  # the principal of what schedules ask for
_LOOK_AGAIN_S = 5.0


def scheduled(name: str, rule: str, kind: str, study: Any, now: float) -> Schedule:
    """A new schedule, due at the next time that its rule says.

    Raises:
        InputError: the words are no rule.
    """
    when = rule_of(rule)
    return Schedule(
        name=name,
        rule=when.words,
        kind=kind,
        study=study.model_dump_json(),
        made_at=now,
        next_at=when.next(_utc(now)).timestamp(),
    )


async def resumed(schedules: Schedules, name: str) -> Schedule:
    """A schedule that is asked again, from the next time on that its rule says.

    Raises:
        UnknownSchedule: there is none of that name.
    """
    rule = rule_of((await schedules.get(name)).rule)
    return await schedules.resume(name, rule.next(_utc(schedules.now())).timestamp())


async def keep_asking(host: "Host") -> None:
    """Ask for what is due, whenever it is, until cancelled."""
    while True:
        try:
            await ask_what_is_due(host)
        except ForefolioError as problem:
            logger.warning("%s", problem)
        except Exception:
            logger.exception("schedules could not be worked off")
        await asyncio.sleep(_LOOK_AGAIN_S)


async def ask_what_is_due(host: "Host") -> list[Ask]:
    """Ask once for each schedule whose time has come."""
    schedules = host.store.schedules
    asks = []
    for one in await schedules.all():
        if one.paused_at is not None:
            continue
        now = schedules.now()
        coming = rule_of(one.rule).next(_utc(now)).timestamp()
        if one.next_at <= now:
            asks += await _asked(host, one, coming)
        elif one.next_at > coming:  # a clock was ahead when it was moved on
            await schedules.move(one, next_at=coming)
    return asks


async def ask_now(host: "Host", one: Schedule) -> Ask:
    """Ask what a schedule asks, beside its periods.

    Raises:
        InputError: this version has no such kind of run.
    """
    return await host.ask(one.kind, _study(host, one), session=one.name, principal=ASKER)


async def _asked(host: "Host", one: Schedule, coming: float) -> list[Ask]:
    schedules, asks, problem = host.store.schedules, [], ""
    period = rule_of(one.rule).latest(_utc(schedules.now()))
    key = f"{one.name}@{period:%Y-%m-%dT%H:%MZ}"
    try:
        with suppress(KeyReused):  # a schedule of that name had its turn in this period
            asks = [
                await host.ask(
                    one.kind,
                    _study(host, one),
                    session=one.name,
                    principal=ASKER,
                    idempotency_key=key,
                )
            ]
    except ComeAgain as full:
        logger.warning("schedule %s waits: %s", one.name, full)
        return []
    except ForefolioError as error:
        problem = str(error)
        logger.warning("schedule %s could not be asked: %s", one.name, problem)
    run = asks[0].run.id if asks else one.run
    await schedules.move(one, next_at=coming, asked_at=schedules.now(), run=run, problem=problem)
    return asks


def _study(host: "Host", one: Schedule) -> Any:
    if one.kind not in host.kinds:
        raise InputError(f"schedule {one.name} asks for {one.kind!r}, which this version has not")
    return host.kinds[one.kind].study.model_validate_json(one.study)


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
