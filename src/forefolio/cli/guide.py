"""`forefolio guide`: everything that can be asked, as one text."""

import click

from forefolio.views.guide import guide as whole


@click.command()
def guide() -> None:
    """Print everything that can be asked, for an agent or a curious person."""
    click.echo(whole(), nl=False)
