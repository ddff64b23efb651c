"""Commands that are not studies yet."""

import typer

from forefolio.cli.options import detailed
from forefolio.cli.orders import orders
from forefolio.cli.risk import risk, simulate, stress

app = typer.Typer(
    name="forefolio",
    help="From market prices to tomorrow's portfolio weights, with the evidence for them.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    orders,
    risk,
    simulate,
    stress,
):
    app.command()(detailed(command))
