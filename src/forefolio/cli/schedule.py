"""`forefolio schedule`: what is asked for again and again, by the service or by hand."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from forefolio.cli.envelope import print_envelope
from forefolio.core.errors import InputError
from forefolio.core.settings import Settings
from forefolio.runs.schedule_facts import ScheduleFacts
from forefolio.runs.schedules import resumed, scheduled
from forefolio.store.schedules import Schedule, Schedules
from forefolio.store.store import Store
from forefolio.views.page import Column, Row, Table
from forefolio.views.terminal.console import Terminal
from forefolio.views.terminal.printing import print_blocks

T = TypeVar("T")

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def schedule() -> None:
    """Ask for something once in every period: add, list, pause, resume, remove and run schedules.

    A running `forefolio serve` asks for what is due. Rules are words, times are UTC:
    "every session after close", "daily 22:30", "weekly friday 22:30", "monthly 15 06:00".
    """


@schedule.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("rule")
@click.argument("command", metavar="COMMAND [OPTIONS]", nargs=-1, type=click.UNPROCESSED)
def add(name: str, rule: str, command: tuple[str, ...]) -> None:
    """Ask a command's question in every period: add nightly "daily 22:30" signals --horizon 21."""
    kind, study = _question(list(command))

    async def keep(schedules: Schedules) -> Schedule:
        new = scheduled(name, rule, kind, study, schedules.now())
        await schedules.add(new)
        return new

    new = ScheduleFacts.of(_with(keep))
    click.echo(f"{name}: {kind}, {new.rule}; next {_when(new.next)} UTC")


@schedule.command(name="list")
@AS_JSON
def list_all(as_json: bool) -> None:
    """List the schedules, the one that is due first at the beginning."""
    stored = _with(lambda schedules: schedules.all())
    every = [ScheduleFacts.of(one) for one in stored]
    if as_json:
        documents = [one.model_dump(mode="json") for one in every]
        print_envelope("schedules", {"schedules": documents})
    elif every:
        print_blocks([_table(every)], Terminal())
    else:
        click.echo('no schedules yet; `forefolio schedule add NAME "daily 22:30" run` makes one')


@schedule.command()
@click.argument("name")
def pause(name: str) -> None:
    """Ask nothing for a schedule until it is resumed."""
    _with(lambda schedules: schedules.pause(name))
    click.echo(f"paused {name}; `forefolio schedule resume {name}` goes on")


@schedule.command()
@click.argument("name")
def resume(name: str) -> None:
    """Ask for a paused schedule again, from its next time on; what was missed stays so."""
    again = ScheduleFacts.of(_with(lambda schedules: resumed(schedules, name)))
    click.echo(f"{name}: {again.kind}, {again.rule}; next {_when(again.next)} UTC")


@schedule.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget a schedule; what it asked for stays."""
    _with(lambda schedules: schedules.remove(name))
    click.echo(f"removed {name}")


@schedule.command()
@click.argument("name", required=False)
def run(name: str | None) -> None:
    """Ask for what is due now, or for one schedule whenever it is due, and see it through."""
    from forefolio.runs.opening import opening
    from forefolio.runs.schedules import ask_now, ask_what_is_due

    async def work() -> list[str]:
        lines = []
        async with opening(Settings.read().prepare())() as host:
            if name is None:
                asks = await ask_what_is_due(host)
            else:
                asks = [await ask_now(host, await host.store.schedules.get(name))]
            for ask in asks:
                await host.see_through(ask.run.id)
                ended = await host.store.get(ask.run.id)
                reason = f": {ended.message}" if ended.message else ""
                lines.append(f"{ask.session}: {ended.kind} {ended.id} is {ended.state}{reason}")
        return lines

    for line in asyncio.run(work()) or ["nothing is due"]:
        click.echo(line)


def _question(words: list[str]) -> tuple[str, Any]:
    """The kind of run and the study that a command with its options asks."""
    from forefolio.cli.commands import command_of
    from forefolio.cli.documents import is_option, stated, study_of
    from forefolio.core.kinds import kind_of
    from forefolio.studies.catalog import STUDIES
    from forefolio.studies.data import rooted
    from forefolio.studies.settings import settings_of

    stored = {study.command: study for study in STUDIES if study.stored}
    called = next((one for one in (" ".join(words[:2]), *words[:1]) if one in stored), None)
    if called is None:
        raise InputError(
            f"say which command is asked, of {', '.join(stored)}; "
            'such as `forefolio schedule add nightly "daily 22:30" signals`'
        )
    study = stored[called]
    context = command_of(study).make_context(called, words[len(called.split()) :])
    options = [one for one in settings_of(study) if is_option(one)]
    asked = study_of(study, context.params["study"], stated(options, context.params))
    return kind_of(study), study.model_validate(rooted(asked.model_dump(mode="json")))


def _with(work: Callable[[Schedules], Awaitable[T]]) -> T:
    settings = Settings.read().prepare()

    async def done() -> T:
        async with Store.open(settings.database_url) as store:
            return await work(store.schedules)

    return asyncio.run(done())


def _table(every: list[ScheduleFacts]) -> Table:
    names = ("rule, UTC", "asks", "next, UTC", "last, UTC", "run", "problem")
    rows = tuple(
        Row(
            (
                one.name,
                one.rule,
                one.kind,
                "paused" if one.paused else _when(one.next),
                _when(one.asked),
                (one.run or "")[:8],
                one.problem,
            )
        )
        for one in every
    )
    columns = (Column("schedule", "left"), *(Column(name, "left") for name in names))
    return Table(title="Schedules", columns=columns, rows=rows)


def _when(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
