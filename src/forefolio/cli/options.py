"""What several commands take, and the study that it makes."""

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from forefolio.studies.strategy import StrategyStudy

DETAILS: ContextVar[bool] = ContextVar("details", default=False)  # whether all is to be told
REPAIRS = 5  # kinds of them that are told in short

StudyFile = Annotated[Path | None, typer.Option(help="A study in YAML or JSON; see docs/study.md.")]
Source = Annotated[
    str | None, typer.Option(help="`sample`, or a CSV or Parquet file, or a folder of them.")
]
Tickers = Annotated[str | None, typer.Option(help="Only these, such as AAPL,MSFT.")]
Start = Annotated[str | None, typer.Option(help="First session, such as 2005-01-31.")]
End = Annotated[str | None, typer.Option(help="Last session.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
Details = Annotated[bool, typer.Option("--details", help="Everything that was found in the data.")]


def study_of(path: Path | None, changes: dict[str, Any]) -> "StrategyStudy":
    """The study in the file at `path` (the default one, if none) with `changes`."""
    from forefolio.studies.reading import load_document, read_study

    document = load_document(path) if path else {}
    return read_study({**document, **changes}, str(path) if path else "study")


def overrides(
    source: str | None, tickers: str | None, start: str | None, end: str | None
) -> dict[str, Any]:
    """The settings of a study that the options name.

    Raises:
        InputError: `tickers` names none.
    """
    changes: dict[str, Any] = {"start": start, "end": end}
    if source is not None:
        changes["source"] = (
            {"kind": "sample"} if source == "sample" else {"kind": "files", "path": source}
        )
    if tickers is not None:
        from forefolio.core.errors import InputError
        from forefolio.market import sanitize_tickers

        changes["tickers"] = list(sanitize_tickers(tickers))
        if not changes["tickers"]:
            raise InputError("--tickers names none; say for example --tickers AAPL,MSFT")
    return {name: value for name, value in changes.items() if value is not None}


def answered(document: Any, show: "Callable[[Any, Console], None]", *, as_json: bool) -> None:
    """Print a document as it is, or as the tables that `show` makes of it.

    After the tables it is said what was repaired in the data: the one place where any command does.
    """
    if as_json:
        typer.echo(json.dumps(document, indent=1, allow_nan=False))
        return
    from forefolio.views.terminal.console import Terminal

    console = Terminal()
    show(document, console)
    if isinstance(document, Mapping):
        say_quality(document, console)


def say_quality(document: Mapping[str, Any], console: "Console") -> None:
    """Print what was repaired in the data of a document: in short, or all of it if asked for."""
    from forefolio.cli.tables import say_details, say_repairs

    quality = document.get("quality", {})
    if DETAILS.get():
        say_details(quality, console)
    else:
        say_repairs(quality, console, most=REPAIRS)


def detailed(command: "Callable[..., None]") -> "Callable[..., None]":
    """A command that loads data, with the option that tells all that was found in them."""

    @wraps(command)
    def told(*, details: bool = False, **options: Any) -> None:
        DETAILS.set(details)
        command(**options)

    given = signature(command)
    option = Parameter("details", Parameter.KEYWORD_ONLY, default=False, annotation=Details)
    told.__signature__ = given.replace(parameters=[*given.parameters.values(), option])  # type: ignore[attr-defined]
    told.__annotations__ = {**command.__annotations__, "details": Details}
    return told
