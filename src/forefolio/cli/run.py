"""`forefolio run`: the main job, from prices to weights with their evidence."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from forefolio.outcome import Outcome
    from forefolio.study import Study

StudyFile = Annotated[Path | None, typer.Option(help="A study in YAML or JSON; see docs/study.md.")]
Source = Annotated[
    str | None, typer.Option(help="`sample`, or a CSV or Parquet file, or a folder of them.")
]
Tickers = Annotated[str | None, typer.Option(help="Only these, such as AAPL,MSFT.")]
Start = Annotated[str | None, typer.Option(help="First session, such as 2005-01-31.")]
End = Annotated[str | None, typer.Option(help="Last session.")]
NoML = Annotated[bool, typer.Option("--no-ml", help="The classical method alone.")]
Out = Annotated[Path, typer.Option(help="Folder for the report and the figures.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


def run(
    study: StudyFile = None,
    source: Source = None,
    tickers: Tickers = None,
    start: Start = None,
    end: End = None,
    no_ml: NoML = False,
    out: Out = Path("forefolio-out"),
    as_json: AsJson = False,
) -> None:
    """Turn prices into tomorrow's weights: data, forecasts, backtest, report.

    Without options it runs on the bundled sample. What was computed before is read, not computed
    again; a run that was stopped goes on where it was.
    """
    from rich.console import Console

    from forefolio.cli.progress import watched
    from forefolio.cli.show import show
    from forefolio.runs.here import run_here
    from forefolio.runs.opening import opening
    from forefolio.settings import Settings, writable

    settings = Settings.read().prepare()
    chosen = _study(study, _overrides(source, tickers, start, end, no_ml))
    out = writable(out, "--out")
    job = run_here(opening(settings), "study", chosen)
    outcome = watched(job, silent=as_json or not sys.stderr.isatty())
    document = _save(outcome, out)
    if as_json:
        typer.echo(json.dumps(document, indent=1, allow_nan=False))
        return
    console = Console()
    show(document, console)
    console.print(f"Report: {document['report']}", highlight=False, soft_wrap=True)


def _overrides(
    source: str | None, tickers: str | None, start: str | None, end: str | None, no_ml: bool
) -> dict[str, Any]:
    changes: dict[str, Any] = {"start": start, "end": end}
    if source is not None:
        changes["source"] = (
            {"kind": "sample"} if source == "sample" else {"kind": "files", "path": source}
        )
    if tickers is not None:
        from forefolio.errors import InputError
        from forefolio.market import sanitize_tickers

        changes["tickers"] = list(sanitize_tickers(tickers))
        if not changes["tickers"]:
            raise InputError("--tickers names none; say for example --tickers AAPL,MSFT")
    if no_ml:
        changes["machine_learning"] = False
    return {name: value for name, value in changes.items() if value is not None}


def _study(path: Path | None, changes: dict[str, Any]) -> "Study":
    from forefolio.study import load_document, read_study

    document = load_document(path) if path else {}
    return read_study({**document, **changes}, str(path) if path else "study")


def _save(outcome: "Outcome", out: Path) -> dict[str, Any]:
    paths = {}
    for name, content in outcome.files.items():
        path = out / name
        if not (path.exists() and path.read_bytes() == content):
            path.write_bytes(content)
        paths[name] = str(path.resolve())
    report = paths.pop("report.html")
    return {**outcome.document, "report": report, "figures": paths}
