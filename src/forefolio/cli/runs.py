"""`forefolio runs`: what was asked for, how far it is, and how to stop it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from forefolio.store import Run, Store

runs = typer.Typer(help="List the runs, newest first; follow or cancel one.")


@runs.callback(invoke_without_command=True)
def listed(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the runs, newest first."""
    if context.invoked_subcommand is not None:
        return
    found = _ask(lambda store: store.runs(limit))
    if as_json:
        typer.echo(json.dumps([_public(run) for run in found], indent=2))
        return
    _table(found)


@runs.command()
def follow(run_id: Annotated[str, typer.Argument(help="As `forefolio runs` shows it.")]) -> None:
    """Show how a run goes on until it ends; leaving does not stop it."""
    asyncio.run(_followed(run_id))


@runs.command()
def cancel(run_id: Annotated[str, typer.Argument(help="As `forefolio runs` shows it.")]) -> None:
    """Stop a run before its next step."""
    run = _ask(lambda store: store.cancel(run_id))
    typer.echo(f"{run.id} is {run.state}")


def _ask(question: Any) -> Any:
    async def answer() -> Any:
        async with _store() as store:
            return await question(store)

    return asyncio.run(answer())


def _store() -> Any:
    from forefolio.settings import Settings
    from forefolio.store import Store

    return Store.open(Settings.read().prepare().database_url)


def _public(run: "Run") -> dict[str, Any]:
    shown = ("id", "kind", "state", "digest", "seq", "created_at", "changed_at", "code", "message")
    fields = asdict(run)
    return {name: fields[name] for name in shown}


def _table(found: "list[Run]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("run", "kind", "state", "asked for", "took", "said", box=None)
    for run in found:
        took = f"{run.changed_at - run.created_at:.0f} s"
        when = datetime.fromtimestamp(run.created_at, UTC).strftime("%Y-%m-%d %H:%M")
        table.add_row(run.id, run.kind, run.state, when, took, run.message)
    Console().print(table if found else "no runs yet; `forefolio run` makes one")


async def _followed(run_id: str) -> None:
    from rich.console import Console
    from rich.progress import Progress

    async with _store() as store:
        with Progress(console=Console(stderr=True)) as bar:
            async for line in _lines(store, run_id, bar):
                bar.console.print(line, markup=False)
        typer.echo(f"{run_id} is {(await store.get(run_id)).state}")


async def _lines(store: "Store", run_id: str, bar: Any) -> AsyncIterator[str]:
    """Move the bars as the run says, and yield what is to be printed."""
    from forefolio.events import Note, Progress, Started
    from forefolio.store import Finished

    stages: dict[str, Any] = {}
    async for row in store.follow(run_id):
        match row.event:
            case Started(stage=stage, total=total):
                if stage not in stages:
                    stages[stage] = bar.add_task(stage)
                bar.update(stages[stage], completed=0, total=total)
            case Progress(stage=stage, done=done) if stage in stages:
                bar.update(stages[stage], completed=done)
            case Note(message=message) | Finished(message=message) if message:
                yield message
