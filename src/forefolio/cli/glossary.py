"""`forefolio glossary`: what the words mean."""

import textwrap

import click

from forefolio.views.glossary import GLOSSARY, defined


@click.command()
@click.argument("word", nargs=-1)
def glossary(word: tuple[str, ...]) -> None:
    """Say what a word means, in which unit and with which sign; without a word, all of them."""
    terms = defined(" ".join(word)) if word else GLOSSARY
    for name, term in terms.items():
        written = f" Written: {term.written}." if term.written else ""
        click.echo(textwrap.fill(f"{name}: {term.meaning}{written}", 79, subsequent_indent="  "))
