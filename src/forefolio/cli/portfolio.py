"""`forefolio portfolio`: weights saved under a name, their history, comparison and export."""

from pathlib import Path
from typing import Any

import click

from forefolio.cli.envelope import print_envelope
from forefolio.core.errors import InputError
from forefolio.core.settings import Settings
from forefolio.core.writing import write_whole
from forefolio.store.portfolio_export import as_csv, as_json
from forefolio.store.portfolio_records import SavedPortfolio
from forefolio.store.portfolios import Portfolios, with_portfolios
from forefolio.studies.holding import amounts_by_ticker, read_setting, weights_by_ticker
from forefolio.views.page import Table
from forefolio.views.saved import comparison_table, list_table, named, weights_table
from forefolio.views.terminal.console import Terminal
from forefolio.views.terminal.printing import print_blocks

AS_JSON = click.option("--json", "json_", is_flag=True, help="Print one JSON document.")
STATE = "NAME[@NUMBER]"


@click.group()
def portfolio() -> None:
    """Save weights under a name; list, show, compare, export and delete them."""


@portfolio.command()
@click.argument("name")
@click.option("--run", "run_id", help="Weights of this run; `last` is the latest that has some.")
@click.option("--weights", help="Or these, such as AAPL=30%,KO=0.2; the rest is cash.")
@click.option("--shares", help="Shares held, such as AAPL=10,KO=5.")
@click.option("--note", help="What it is for.")
@AS_JSON
def save(
    name: str,
    run_id: str | None,
    weights: str | None,
    shares: str | None,
    note: str | None,
    json_: bool,
) -> None:
    """Save weights, as the newest state of that name; earlier ones stay."""
    from forefolio.runs.portfolios import save_run

    settings = Settings.read().prepare()
    held = None if shares is None else read_setting(amounts_by_ticker, shares, "--shares")
    if (run_id is None) == (weights is None):
        raise InputError("say either --run ID, such as --run last, or --weights AAPL=60%,KO=0.4")
    if run_id is not None:
        saved = save_run(name, run_id, settings, note=note, shares=held)
    else:
        given = read_setting(weights_by_ticker, weights or "", "--weights")
        saved = with_portfolios(
            settings, lambda portfolios: portfolios.save(name, given, shares=held, note=note)
        )
    if json_:
        _print_one(saved)
    else:
        click.echo(f"saved as {named(saved)}")


@portfolio.command(name="list")
@AS_JSON
def list_all(json_: bool) -> None:
    """List the portfolios, the one saved last first."""
    saved = with_portfolios(_settings(), lambda portfolios: portfolios.all())
    _print(saved, list_table(saved) if saved else None, json_=json_)


@portfolio.command()
@click.argument("state", metavar=STATE)
@AS_JSON
def show(state: str, json_: bool) -> None:
    """Print what a portfolio holds, now or in an earlier state."""
    one = with_portfolios(_settings(), lambda portfolios: portfolios.get(*_state(state)))
    if json_:
        _print_one(one)
    else:
        print_blocks([weights_table(one)], Terminal())


@portfolio.command()
@click.argument("name")
@AS_JSON
def history(name: str, json_: bool) -> None:
    """List the states of a portfolio, newest first."""
    states = with_portfolios(_settings(), lambda portfolios: portfolios.history(name))
    _print(states, list_table(states, f"States of {name}"), json_=json_)


@portfolio.command()
@click.argument("first", metavar=STATE)
@click.argument("second", metavar=STATE)
@AS_JSON
def compare(first: str, second: str, json_: bool) -> None:
    """Compare two portfolios, or two states of one."""
    (one, i), (other, j) = _state(first), _state(second)
    compared = with_portfolios(
        _settings(), lambda portfolios: portfolios.compare(one, other, (i, j))
    )
    if json_:
        print_envelope("portfolio_comparison", compared.model_dump(mode="json"))
    else:
        print_blocks([comparison_table(compared)], Terminal())


@portfolio.command()
@click.argument("states", metavar=f"{STATE}...", nargs=-1)
@click.option("--format", "as_", type=click.Choice(["json", "csv"]), help="Else by --out, or JSON.")
@click.option("--out", metavar="FILE", help="Write there instead of printing.")
def export(states: tuple[str, ...], as_: str | None, out: str | None) -> None:
    """Write portfolios as JSON or CSV; without names, all of them."""

    async def chosen(portfolios: Portfolios) -> list[SavedPortfolio]:
        named = [await portfolios.get(*_state(state)) for state in states]
        return named or await portfolios.all()

    exported = with_portfolios(_settings(), chosen)
    is_csv = as_ == "csv" or (as_ is None and (out or "").lower().endswith(".csv"))
    written = as_csv(exported) if is_csv else as_json(exported)
    if out is None:
        click.echo(written, nl=False)
    else:
        click.echo(str(write_whole(Path(out), written.encode()).resolve()))


@portfolio.command()
@click.argument("states", metavar=f"{STATE}...", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write report, charts and table.")
@click.option("--verbose", "-v", is_flag=True, help="With all that it rests on.")
@AS_JSON
def backtest(states: tuple[str, ...], out: Path | None, verbose: bool, json_: bool) -> None:
    """Backtest up to five portfolios together, each gone back to at every decision.

    The first is followed, the others and equal weights stand beside it, over the same sessions and
    after the same costs. The prices are those that they were made of.
    """
    from forefolio.cli.answering import answer, destination
    from forefolio.cli.progress import watched
    from forefolio.runs.asking import asking
    from forefolio.studies.saved_backtest import backtest_of_saved
    from forefolio.views.backtest import backtest_page

    settings = _settings()
    folder = None if out is None else destination(out)

    async def read(portfolios: Portfolios) -> list[SavedPortfolio]:
        return [await portfolios.get(*_state(one)) for one in states]

    study = backtest_of_saved(with_portfolios(settings, read))
    result = watched(asking(study, settings), study.stages, silent=json_)
    answer(result, folder, backtest_page, verbose=verbose, as_json=json_)


@portfolio.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete a portfolio with all its states."""
    with_portfolios(_settings(), lambda portfolios: portfolios.delete(name))
    click.echo(f"deleted {name}")


def _settings() -> Settings:
    return Settings.read().prepare()


def _state(given: str) -> tuple[str, int | None]:
    """A name, and the number behind its last @ if there is one."""
    name, mark, behind = given.rpartition("@")
    return (name, int(behind)) if mark and behind.isascii() and behind.isdigit() else (given, None)


def _print_one(one: SavedPortfolio) -> None:
    data = one.model_dump(mode="json", exclude={"run"})
    print_envelope("saved_portfolio", data, run=one.run)


def _print(portfolios: list[SavedPortfolio], table: Table | None, *, json_: bool) -> None:
    if json_:
        data: dict[str, Any] = {"portfolios": [one.model_dump(mode="json") for one in portfolios]}
        print_envelope("saved_portfolios", data)
    elif table is not None:
        print_blocks([table], Terminal())
    else:
        click.echo("no portfolios yet; `forefolio portfolio save NAME --run last` saves one")
