"""`forefolio glossary`: what the words mean."""

import textwrap
from dataclasses import asdict

import click

from forefolio.cli.envelope import print_envelope
from forefolio.views.glossary import GLOSSARY, defined


@click.command()
@click.argument("word", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def glossary(word: tuple[str, ...], as_json: bool) -> None:
    """Say what a word means, in which unit and with which sign; without a word, all of them."""
    terms = defined(" ".join(word)) if word else GLOSSARY
    if as_json:
        print_envelope("glossary", {"terms": {name: asdict(term) for name, term in terms.items()}})
        return
    for name, term in terms.items():
        written = f" Written: {term.written}." if term.written else ""
        click.echo(textwrap.fill(f"{name}: {term.meaning}{written}", 79, subsequent_indent="  "))
