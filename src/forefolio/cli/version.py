"""`forefolio version`."""

import click

from forefolio import __version__
from forefolio.cli.envelope import print_envelope


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def version(as_json: bool) -> None:
    """Print the version."""
    if as_json:
        print_envelope("version", {"version": __version__})
    else:
        click.echo(__version__)
