"""`forefolio runs`: what was asked for, how far it is, what it came to, and how to stop it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from forefolio.cli.answering import answer, destination
from forefolio.cli.envelope import iso, print_envelope
from forefolio.cli.progress import drawing
from forefolio.core.errors import InputError, RunCancelled
from forefolio.core.settings import Settings
from forefolio.runs.catalog import KINDS
from forefolio.runs.glance import Glances, RunGlance
from forefolio.runs.glance_words import about_of, sharpe_of, small_line, universe_of
from forefolio.runs.history import result_of
from forefolio.runs.listing import message_of, refuse_forsaken
from forefolio.store.artifacts import Artifacts
from forefolio.store.run import Finished, Run
from forefolio.store.store import Store
from forefolio.views.page import Column, Row, Table
from forefolio.views.terminal.console import Terminal
from forefolio.views.terminal.printing import print_blocks

T = TypeVar("T")

SHORT = 8  # characters of an id that are enough to name a run
MANY = 500  # runs among which an id is looked for by its beginning
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group(invoke_without_command=True)
@click.option("--limit", type=click.IntRange(1, MANY), default=20, help="How many.")
@AS_JSON
@click.pass_context
def runs(context: click.Context, limit: int, as_json: bool) -> None:
    """List the runs, newest first; show, follow or cancel one."""
    if context.invoked_subcommand is not None:
        return
    latest = _asked(lambda store: store.runs(limit))
    if as_json:
        print_envelope("runs", {"runs": [_public(run) for run in latest]})
    elif latest:
        print_blocks([_table(latest)], Terminal())
    else:
        click.echo("no runs yet; `forefolio run` makes one")


@runs.command()
@click.argument("run_id")
@click.option(
    "--out",
    metavar="DIR|FILE.html|FILE.csv",
    help="An HTML file for the report, a CSV file for the main table, or a folder for pictures.",
)
@click.option("--verbose", "-v", is_flag=True, help="Print the evidence as well.")
@AS_JSON
def show(run_id: str, out: str | None, verbose: bool, as_json: bool) -> None:
    """Print what a run came to."""
    result = result_of(tuple(KINDS), run_id, Settings.read().prepare())
    folder = None if out is None else destination(Path(out))
    answer(result, folder, verbose=verbose, as_json=as_json)


@runs.command()
@click.argument("run_id")
@AS_JSON
def follow(run_id: str, as_json: bool) -> None:
    """Show how a run goes on until it ends; leaving does not stop it.

    The exit code is that of `forefolio run`: 0 only if the run is done.
    """
    run = _asked(lambda store: _followed(store, run_id))
    _print_state(run, as_json=as_json)
    match run.state:
        case "failed":
            raise _asked(lambda store: store.failure(run))
        case "cancelled":
            raise RunCancelled(f"run {run.id} was cancelled; ask for it again to go on")


@runs.command()
@click.argument("run_id")
@AS_JSON
def cancel(run_id: str, as_json: bool) -> None:
    """Stop a run before its next step."""

    async def cancelled(store: Store) -> Run:
        return await store.cancel(await _whole(store, run_id))

    _print_state(_asked(cancelled), as_json=as_json)


def _asked(question: Callable[[Store], Awaitable[T]]) -> T:
    settings = Settings.read().prepare()

    async def ask() -> T:
        opened = Store.open(settings.database_url, patience_s=settings.database_patience_s)
        async with opened as store:
            return await question(store)

    return asyncio.run(ask())


async def _whole(store: Store, begun: str) -> str:
    """The id that begins so, if it is the only one."""
    ids = [run.id for run in await store.runs(MANY) if run.id.startswith(begun)]
    if len(ids) > 1:
        raise InputError(f"{len(ids)} runs begin with {begun!r}; say more of it")
    return ids[0] if ids else begun


async def _followed(store: Store, begun: str) -> Run:
    run = await store.get(await _whole(store, begun))
    kind = KINDS.get(run.kind)
    shares: Mapping[str, float] = getattr(kind.study, "stages", {}) if kind else {}
    with drawing(shares, notes=True) as draw:
        async for row in store.follow(run.id, check=refuse_forsaken):
            if not isinstance(row.event, Finished):
                draw(row.event)
    return await store.get(run.id)


def _print_state(run: Run, *, as_json: bool) -> None:
    if as_json:
        print_envelope("run_state", _public(run), run=run.id, created=_moment(run.created_at))
    else:
        click.echo(f"{run.id} is {run.state}")


def _public(run: Run) -> dict[str, Any]:
    times = {"created": iso(_moment(run.created_at)), "changed": iso(_moment(run.changed_at))}
    fields = (
        asdict(run)
        | {"status": run.state, "data": _data(run)}
        | times
        | {"message": message_of(run)}
    )
    names = (
        *("id", "kind", "status", "data", "digest", "seq", "created", "changed"),
        *("code", "message"),
    )
    return {name: fields[name] for name in names}


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _data(run: Run) -> dict[str, Any]:
    """Which prices a run is about: the source and the tickers of its study."""
    study = json.loads(run.study)
    data = study.get("data", study)
    source = data.get("source") or {}
    return {
        "source": source.get("path") or source.get("kind", ""),
        "tickers": list(data.get("tickers") or ()),
    }


def _table(latest: list[Run]) -> Table:
    glances = Glances(Artifacts(Settings.read().prepare().home)).of(latest)
    names = ("question", "status", "asked for, UTC", "took", "universe", "Sharpe ratio", "value")
    numbers = ("took", "Sharpe ratio")
    columns = [Column(one, "right" if one in numbers else "left") for one in names]
    rows = tuple(Row(_cells(run, glances[run.id])) for run in latest)
    return Table(
        title="Runs",
        columns=(Column("run", "left"), *columns, Column("message", "left")),
        rows=rows,
    )


def _cells(run: Run, glance: RunGlance) -> tuple[str, ...]:
    tickers = _data(run)["tickers"]
    some = ", ".join(tickers[:3]) + (f" and {len(tickers) - 3} more" if len(tickers) > 3 else "")
    about = about_of(glance)
    return (
        run.id[:SHORT],
        run.kind if not about else f"{run.kind}: {about}",
        run.state,
        _moment(run.created_at).strftime("%Y-%m-%d %H:%M"),
        f"{run.changed_at - run.created_at:.0f} s",
        " ".join(filter(None, [universe_of(glance), f"({some})" if some else ""])),
        sharpe_of(glance),
        small_line(glance.line),
        message_of(run),
    )
