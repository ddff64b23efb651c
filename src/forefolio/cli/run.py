"""`forefolio run`: the main job, from prices to weights with their evidence."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from forefolio.cli.options import (
    AsJson,
    End,
    NoML,
    Out,
    Source,
    Start,
    StudyFile,
    Tickers,
    overrides,
    say_quality,
    seen_through,
    study_of,
)

if TYPE_CHECKING:
    from forefolio.outcome import Outcome


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
    from forefolio.cli.show import show
    from forefolio.core.settings import Settings, writable
    from forefolio.views.terminal.console import Terminal

    Settings.read().prepare()
    changes = overrides(source, tickers, start, end)
    chosen = study_of(study, changes | ({"machine_learning": False} if no_ml else {}))
    out = writable(out, "--out")
    outcome = seen_through("strategy", chosen, silent=as_json)
    document = _save(outcome, out)
    if as_json:
        typer.echo(json.dumps(document, indent=1, allow_nan=False))
        return
    console = Terminal()
    show(document, console)
    say_quality(document, console)
    console.print(f"Report: {document['report']}", highlight=False, soft_wrap=True)


def _save(outcome: "Outcome", out: Path) -> dict[str, Any]:
    from forefolio.core.writing import write_whole

    paths = {}
    for name, content in outcome.files.items():
        path = out / name
        if not (path.exists() and path.read_bytes() == content):
            write_whole(path, content)
        paths[name] = str(path.resolve())
    report = paths.pop("report.html")
    return {**outcome.document, "report": report, "figures": paths}
