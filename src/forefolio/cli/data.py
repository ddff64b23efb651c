"""`forefolio data`: fetch and import prices, list what is stored, and say what is wrong with it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from forefolio.cli.commands import command_named
from forefolio.cli.envelope import print_envelope
from forefolio.core.settings import Settings
from forefolio.core.wording import counted
from forefolio.market.online.base import RateLimit
from forefolio.market.online.supply import Supply
from forefolio.market.sources.importing import NAME, FileImport, import_prices
from forefolio.views.page import Column, Row, Table
from forefolio.views.terminal.console import Terminal
from forefolio.views.terminal.printing import print_blocks

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
MOST = 20  # refused rows that are printed


@click.group(invoke_without_command=True)
@AS_JSON
@click.pass_context
def data(context: click.Context, as_json: bool) -> None:
    """Fetch, import, list or check prices; alone, it lists those that are stored."""
    if context.invoked_subcommand is None:
        _list("", as_json=as_json)


@data.command(name="list")
@click.option("--source", default="", help="Only what came from this one, such as yahoo.")
@AS_JSON
def listing(source: str, as_json: bool) -> None:
    """List the prices that are stored: source, days, version."""
    _list(source, as_json=as_json)


@data.command(name="import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", default=NAME, help="The name under which they are stored.")
@AS_JSON
def importing(path: Path, name: str, as_json: bool) -> None:
    """Store the prices of a file or a folder; each row is stored, or refused with a reason."""
    done = import_prices(path, _supply().prices, name)
    if as_json:
        print_envelope("import", _document(done))
        return
    count = {n: sum(getattr(one, n) for one in done.tickers) for n in ("rows", "stored", "refused")}
    repeated = sum(one.repeated for one in done.tickers)
    more = f", {repeated:,} repeated" if repeated else ""
    click.echo(
        f"{counted(count['rows'], 'row')} of {counted(len(done.tickers), 'ticker')}: "
        f"{count['stored']:,} stored under {done.source} ({done.added:,} new, {done.changed:,} "
        f"changed), {count['refused']:,} refused{more}"
    )
    for one in done.refused[:MOST]:
        click.echo(f"  {one.ticker} {one.date or '(no date)'}: {one.reason}: {one.row}")
    for ticker, reason in done.unread.items():
        click.echo(f"  {ticker}: {reason}")
    click.echo("Use them by --source stored.")


@data.command()
@AS_JSON
def sources(as_json: bool) -> None:
    """List the providers: whether their key is set, and how often they may be asked."""
    providers, settings = _supply().providers(), Settings.read()
    rows = [
        {
            "source": name,
            "title": one.offer.title,
            "key": ("set" if getattr(settings, one.offer.key) else "not set")
            if one.offer.key
            else "none needed",
            "limits": ", ".join(map(_limit, one.offer.limits)),
            "turn": providers.order.index(name) + 1 if name in providers.order else None,
        }
        for name, one in providers.providers.items()
    ]
    if as_json:
        print_envelope("sources", {"sources": rows})
        return
    columns = tuple(Column(name, "left") for name in rows[0])
    cells = tuple(Row(tuple(str(v or "-") for v in row.values())) for row in rows)
    print_blocks([Table(title="Providers", columns=columns, rows=cells)], Terminal())


data.add_command(command_named("data fetch"), "fetch")
data.add_command(command_named("data quality"), "quality")


def _limit(limit: RateLimit) -> str:
    return f"{limit.times} in {limit.seconds:g} s"


def _supply() -> Supply:
    return Supply(settings=Settings.read().prepare())


def _document(done: FileImport) -> dict[str, Any]:
    return {
        "source": done.source,
        "tickers": [asdict(one) for one in done.tickers],
        "added": done.added,
        "changed": done.changed,
        "refused": [asdict(one) for one in done.refused],
        "unread": dict(done.unread),
    }


def _list(source: str, *, as_json: bool) -> None:
    prices = _supply().prices
    coverage = prices.coverage([source] if source else prices.sources())
    rows = [
        {
            "ticker": ticker,
            "source": own,
            "first": str(one.first),
            "last": str(one.last),
            "days": one.rows,
            "version": one.version,
        }
        for (own, ticker), one in sorted(coverage.items(), key=lambda pair: pair[0][::-1])
    ]
    if as_json:
        print_envelope("prices", {"prices": rows})
    elif rows:
        print_blocks([_table(rows)], Terminal())
    else:
        click.echo("no prices are stored; fetch some: forefolio data fetch AAPL MSFT")


def _table(rows: list[dict[str, Any]]) -> Table:
    columns = (
        *(Column(name, "left") for name in ("ticker", "source", "first", "last")),
        *(Column(name) for name in ("days", "version")),
    )
    cells = tuple(Row(tuple(f"{v:,}" if isinstance(v, int) else v for v in row.values()))
                  for row in rows)  # fmt: skip
    return Table(title="Stored prices", columns=columns, rows=cells)
