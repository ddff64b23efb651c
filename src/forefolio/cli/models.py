"""`forefolio models`: trained models, where each comes from, and which one an alias names."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from forefolio.cli.envelope import print_envelope
from forefolio.core.settings import Settings
from forefolio.store.model_records import Promotion
from forefolio.store.model_shelf import model_shelf
from forefolio.views.terminal.console import Terminal
from forefolio.views.terminal.printing import print_blocks
from forefolio.views.trained import (
    ID,
    history_table,
    model_blocks,
    models_table,
    promotion_line,
)

if TYPE_CHECKING:
    from forefolio.store.models import Models

T = TypeVar("T")

AS_JSON = click.option("--json", "json_", is_flag=True, help="Print one JSON document.")
REASON = click.option("--reason", default="by hand", help="Why, for the history.")


@click.group()
def models() -> None:
    """Look at trained models; promote one under an alias, or roll that back.

    `forefolio train` adds them. An alias, such as production, names one model for each horizon, and
    `forefolio forecast --trained production` asks it.
    """


@models.command(name="list")
@click.option("--name", default="", help="Only those of this name, such as XGBoostRanks.")
@click.option("--alias", default="", help="Only those that are called so, such as production.")
@AS_JSON
def list_all(name: str, alias: str, json_: bool) -> None:
    """List the trained models, the newest first."""
    found = _registered(lambda kept: kept.all(name=name, alias=alias))
    if json_:
        print_envelope("models", {"models": [one.model_dump(mode="json") for one in found]})
    elif found:
        print_blocks([models_table(found)], Terminal())
    else:
        click.echo("no such models yet; `forefolio train` fits some")


@models.command()
@click.argument("model", metavar="ID")
@AS_JSON
def show(model: str, json_: bool) -> None:
    """Print all that is known of a model: data, settings, scores, run, code, aliases."""
    one = _registered(lambda kept: kept.get(model))
    every = _registered(lambda kept: kept.history())
    if json_:
        print_envelope("model", one.model_dump(mode="json", exclude={"run"}), run=one.run or None)
    else:
        print_blocks(model_blocks(one, [c for c in every if c.model == one.id]), Terminal())


@models.command()
@click.argument("alias", default="")
@AS_JSON
def history(alias: str, json_: bool) -> None:
    """List what was done to the aliases, or to one, newest first."""
    changes = _registered(lambda kept: kept.history(alias))
    if json_:
        print_envelope("changes", {"changes": [one.model_dump(mode="json") for one in changes]})
    elif changes:
        print_blocks([history_table(changes)], Terminal())
    else:
        click.echo("nothing was promoted yet; `forefolio models promote ID production` does so")


@models.command()
@click.argument("model", metavar="ID")
@click.argument("alias", default="production")
@click.option(
    "--if-as-good",
    is_flag=True,
    help="Only if its walk-forward skill is no worse than that of the model that has the alias.",
)
@REASON
@AS_JSON
def promote(model: str, alias: str, if_as_good: bool, reason: str, json_: bool) -> None:
    """Give a model an alias, such as production, at its horizon."""

    def work(kept: "Models") -> Awaitable[Promotion]:
        return (
            kept.promote_if_as_good(model, alias)
            if if_as_good
            else kept.promote(model, alias, reason)
        )

    one = _registered(work)
    _done("promotion", one, promotion_line(one), json_=json_)


@models.command()
@click.argument("alias")
@click.option("--horizon", type=int, required=True, metavar="SESSIONS", help="At which horizon.")
@REASON
@AS_JSON
def rollback(alias: str, horizon: int, reason: str, json_: bool) -> None:
    """Give an alias back to the model that had it before."""
    one = _registered(lambda kept: kept.roll_back(alias, horizon, reason))
    told = f"{one.model[:ID]} is {alias} again at {horizon} ahead"
    _done("rollback", one, told, json_=json_)


def _registered(work: "Callable[[Models], Awaitable[T]]") -> T:
    return model_shelf(Settings.read().prepare()).registered(work)


def _done(kind: str, what: Any, told: str, *, json_: bool) -> None:
    if json_:
        print_envelope(kind, what.model_dump(mode="json"))
    else:
        click.echo(told)
