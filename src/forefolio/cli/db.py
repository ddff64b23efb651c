"""`forefolio db`: the state of the databases, backups, and migration."""

import asyncio
from dataclasses import asdict
from pathlib import Path

import click

from forefolio.cli.envelope import print_envelope
from forefolio.core.settings import Settings
from forefolio.core.wording import counted
from forefolio.runs.limits import keeping
from forefolio.runs.owner import at_work
from forefolio.runs.tidying import tidy
from forefolio.store.backup import back_up, put_back
from forefolio.store.database import Database
from forefolio.store.doctor import DatabaseFacts, StoreHealth, health
from forefolio.store.store import Store
from forefolio.store.sweeping import Swept
from forefolio.views.page import Column, Lines, Row, Table
from forefolio.views.terminal.console import Terminal
from forefolio.views.terminal.printing import print_blocks

AS_JSON = click.option("--json", "json_", is_flag=True, help="Print one JSON document.")


@click.group()
def db() -> None:
    """Look after the database: its state, backups, migration."""


@db.command()
@AS_JSON
def status(json_: bool) -> None:
    """Say in what state everything is that is kept; nothing is changed."""
    settings = Settings.read()
    report = asyncio.run(health(settings, at_work(settings.home)))
    if json_:
        print_envelope("health", report.model_dump(mode="json"))
    else:
        print_blocks(
            [_facts(report), *map(_database, report.databases), _advice(report)], Terminal()
        )


db.add_command(status, "doctor")  # as other programs call it


@db.command()
@click.argument("file")
def backup(file: str) -> None:
    """Copy the databases to FILE and beside it what they name, also while others work."""
    for path in back_up(Settings.read(), Path(file).expanduser().absolute()):
        click.echo(str(path))


@db.command()
@click.argument("file")
def restore(file: str) -> None:
    """Put the backup FILE in place; what it replaces is kept beside it."""
    settings = Settings.read().prepare()
    backup_file = Path(file).expanduser().absolute()
    for path in put_back(settings, backup_file, at_work(settings.home)):
        click.echo(str(path))


@db.command()
def upgrade() -> None:
    """Migrate the databases to the schema of this version; SQLite files are copied before."""
    settings = Settings.read().prepare()

    async def opened() -> None:
        for url in dict.fromkeys((settings.database_url, settings.prices_url)):
            async with Database.open(url, settings.database_patience_s):
                pass

    asyncio.run(opened())
    click.echo("the databases are at the schema of this version")


@db.command()
@AS_JSON
def clean(json_: bool) -> None:
    """Delete what no run names and nobody used for long; it is computed again if it is wanted."""
    settings = Settings.read().prepare()

    async def cleaned() -> Swept:
        async with Store.open(settings.database_url) as store:
            return await tidy(store, settings.home, keeping(settings))

    swept = asyncio.run(cleaned())
    if json_:
        print_envelope("cleaning", asdict(swept))
        return
    click.echo(
        f"deleted {counted(swept.files, 'file')}, {_bytes(swept.deleted_bytes)}; "
        f"{_bytes(swept.kept_bytes)} are kept"
    )


def _facts(report: StoreHealth) -> Table:
    rows = (
        ("home", report.home),
        ("free on its disk", _bytes(report.free_bytes)),
        ("processes at work", str(report.at_work)),
        ("SQLite", report.sqlite),
        ("journal", f"{report.journal}: {report.journal_reason}"),
        ("schema of this version", report.code_schema),
        *((f"FOREFOLIO_{name.upper()}", state) for name, state in report.keys.items()),
        ("port", report.port),
        ("clock, UTC", report.clock.strftime("%Y-%m-%d %H:%M:%S")),
    )
    columns = (Column("what", "left"), Column("is", "left"))
    return Table(title="Here", columns=columns, rows=tuple(map(Row, rows)))


def _database(one: DatabaseFacts) -> Table:
    rows = [("where", one.where), ("size", _bytes(one.size_bytes))]
    if not one.there:
        rows = [("where", one.where), ("size", "not there yet")]
    else:
        rows += [("schema", one.database_schema or "none"), ("trouble", one.trouble or "none")]
    rows += [(f"rows of {name}", f"{count:,}") for name, count in one.rows.items()]
    columns = (Column("what", "left"), Column("is", "left"))
    return Table(title=one.what.capitalize(), columns=columns, rows=tuple(map(Row, rows)))


def _advice(report: StoreHealth) -> Lines:
    return Lines(lines=report.advice or ("Nothing needs to be done.",), listed=bool(report.advice))


def _bytes(size: int | None) -> str:
    return "unknown" if size is None else f"{size / 1024**2:,.1f} MB"
