"""`forefolio runs`: what was asked for, how far it is, and how to stop it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from forefolio.store import Run, Store

T = TypeVar("T")

RunId = Annotated[str, typer.Argument(help="As `forefolio runs` shows it, or its beginning.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

runs = typer.Typer(help="List the runs, newest first; follow or cancel one.")


@runs.callback(invoke_without_command=True)
def listed(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the runs, newest first."""
    if context.invoked_subcommand is not None:
        return
    found = _asked(lambda store: store.runs(limit))
    if as_json:
        typer.echo(json.dumps([_public(run) for run in found], indent=1))
    else:
        _table(found)


@runs.command()
def follow(run_id: RunId, as_json: AsJson = False) -> None:
    """Show how a run goes on until it ends; leaving does not stop it.

    The exit code is that of `forefolio run`: 0 only if the run is done.
    """
    from forefolio.core.errors import RunCancelled, RunFailed

    run = _asked(lambda store: _followed(store, run_id))
    _say(run, as_json)
    match run.state:
        case "failed":
            raise RunFailed(run.code, run.message)
        case "cancelled":
            raise RunCancelled(f"run {run.id} was cancelled; ask for it again to go on")


@runs.command()
def cancel(run_id: RunId, as_json: AsJson = False) -> None:
    """Stop a run before its next step."""

    async def cancelled(store: "Store") -> "Run":
        return await store.cancel(await _whole(store, run_id))

    _say(_asked(cancelled), as_json)


def _asked(question: "Callable[[Store], Awaitable[T]]") -> T:
    from forefolio.core.settings import Settings
    from forefolio.store import Store

    url = Settings.read().prepare().database_url

    async def answer() -> T:
        async with Store.open(url) as store:
            return await question(store)

    return asyncio.run(answer())


async def _whole(store: "Store", begun: str) -> str:
    """The id that begins so, if it is the only one."""
    from forefolio.core.errors import InputError

    found = [run.id for run in await store.runs(500) if run.id.startswith(begun)]
    if len(found) > 1:
        raise InputError(f"{len(found)} runs begin with {begun!r}; say more of it")
    return found[0] if found else begun


def _say(run: "Run", as_json: bool) -> None:
    typer.echo(json.dumps(_public(run), indent=1) if as_json else f"{run.id} is {run.state}")


def _public(run: "Run") -> dict[str, Any]:
    fields = asdict(run) | {"status": run.state}
    shown = ("id", "kind", "status", "digest", "seq", "created_at", "changed_at", "code", "message")
    return {name: fields[name] for name in shown}


def _table(found: "list[Run]") -> None:
    from rich.markup import escape
    from rich.table import Column, Table

    from forefolio.views.terminal.console import Terminal

    table = Table(
        Column("run", no_wrap=True), "kind", "status", "asked for", "took", "said", box=None
    )
    for run in found:
        took = f"{run.changed_at - run.created_at:.0f} s"
        when = datetime.fromtimestamp(run.created_at, UTC).strftime("%Y-%m-%d %H:%M")
        table.add_row(run.id, run.kind, run.state, when, took, escape(run.message))
    Terminal().print(table if found else "no runs yet; `forefolio run` makes one")


async def _followed(store: "Store", begun: str) -> "Run":
    from rich.console import Console
    from rich.progress import Progress

    run = await store.get(await _whole(store, begun))
    with Progress(console=Console(stderr=True)) as bar:
        async for line in _lines(store, run.id, bar):
            bar.console.print(line, markup=False)
    return await store.get(run.id)


async def _lines(store: "Store", run_id: str, bar: Any) -> AsyncIterator[str]:
    """Move the bars as the run says, and yield what is to be printed."""
    from forefolio.core.events import Note, Progress, Started

    stages: dict[str, Any] = {}
    async for row in store.follow(run_id):
        match row.event:
            case Started(stage=stage, total=total):
                if stage not in stages:
                    stages[stage] = bar.add_task(stage)
                bar.update(stages[stage], completed=0, total=total)
            case Progress(stage=stage, done=done) if stage in stages:
                bar.update(stages[stage], completed=done)
            case Note(message=message):
                yield message
