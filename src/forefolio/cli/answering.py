"""An answer printed, or written: its page in the terminal, one document, and its files."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from forefolio.cli.envelope import print_envelope
from forefolio.core.errors import InputError
from forefolio.core.kinds import kind_of
from forefolio.core.settings import Settings, writable
from forefolio.core.writing import write_whole
from forefolio.studies.follow_ups import Account
from forefolio.studies.result import DataFacts, Result
from forefolio.views.catalog import page_of
from forefolio.views.page import Lines, Page

OLD = 7  # days after which prices are said to be old

KINDS_OF_FILE: Mapping[str, str] = {
    "summary.html": "summary",
    ".html": "report",
    ".csv": "tables",
    ".png": "figures",
}
"""What a document calls the files of a result, by their name or by how that ends."""


def answer(
    result: Result,
    out: Path | None,
    page: Callable[[Any], Page] = page_of,
    more: Mapping[str, Result] | None = None,
    account: Account | None = None,
    question: Mapping[str, Any] | None = None,
    *,
    verbose: bool,
    as_json: bool,
) -> None:
    """Print a result and `more` that was asked about it; write its files if a place is named.

    The report among them counts in the money of the `account`, and names the `question`.
    """
    from forefolio.views.terminal.console import Terminal
    from forefolio.views.terminal.printing import print_page

    further = more or {}
    written = {} if out is None else _files_written(result, further, out, account, question)
    if as_json:
        _print_document(result, further, written)
        return
    console = Terminal()
    for line in _of_the_data(result.data):
        console.print(line, highlight=False, style="dim")
    print_page(_joined(page(result), map(page_of, further.values())), console, verbose=verbose)
    console.print()
    shown = (
        {"report": "Report", "summary": "On one page"}
        if "report" in written
        else {"figures": "Figure"}
    )
    for kind, word in ({**shown, "tables": "Table"}).items():
        for path in written.get(kind, ()):
            console.print(f"{word}: {path}", highlight=False, soft_wrap=True)


def _print_document(
    result: Result, further: Mapping[str, Result], written: Mapping[str, list[str]]
) -> None:
    """Print a result in its envelope; beside its fields what was asked about it, and its files."""
    data = result.model_dump(mode="json", exclude={"run"})
    if further:
        data["further"] = {
            key: one.model_dump(mode="json", exclude={"run"}) for key, one in further.items()
        }
    if written:
        data["files"] = written
    if (run := result.run) is None:
        print_envelope(kind_of(result), data)
    else:
        print_envelope(kind_of(result), data, run=run.id, created=run.created, version=run.version)


def _joined(page: Page, others: Iterable[Page]) -> Page:
    """One page: under the main table the other pages' own, each with its plain lines."""
    for other in others:
        lines = Lines(title=other.headline, lines=other.summary, listed=False)
        page = replace(
            page,
            main=(*page.main, *other.main, lines),
            evidence=(*page.evidence, *other.evidence),
        )
    return page


def _files_written(
    result: Result,
    more: Mapping[str, Result],
    out: Path,
    account: Account | None,
    question: Mapping[str, Any] | None,
) -> dict[str, list[str]]:
    """Write the files of a result, and a table of each that was asked about it; by kind."""
    if out.suffix.lower() == ".csv":
        return {"tables": [_table_written(result, out)]}
    if out.suffix.lower() == ".html":
        return {"report": [_report_written(result, out, account, question)]}
    written = _written(result, out, account)
    tables = [_table_written(one, out / f"{key}.csv") for key, one in more.items()]
    return {**written, "tables": [*written.get("tables", ()), *tables]} if tables else written


def _of_the_data(data: DataFacts) -> Iterator[str]:
    """What a reader should know of the prices before anything else."""
    if data.source.get("kind") == "sample":
        yield f"The bundled sample, which ends on {data.last}; name your prices by --source."
    elif data.last and (age := (datetime.now(UTC).date() - data.last).days) > OLD:
        yield f"The prices end on {data.last}, {age:,} days ago."


def destination(out: Path) -> Path:
    """Where files go: a folder that is there and can be written to, or one file."""
    return out if out.suffix.lower() in {".csv", ".html"} else writable(out, "--out")


def _report_written(
    result: Result, path: Path, account: Account | None, question: Mapping[str, Any] | None
) -> str:
    """Write the report of a result as one HTML file; its path.

    Of a stored run the question is the one that is stored, which leaves nothing open.
    """
    from forefolio.runs.history import question_of
    from forefolio.runs.rendering import report_file
    from forefolio.store import Artifacts

    settings = Settings.read()
    asked = question_of(result.run.id, settings) if result.run else question
    report = report_file(result, Artifacts(settings.home), account or Account(), asked)
    return str(write_whole(path, report).resolve())


def _table_written(result: Result, path: Path) -> str:
    """Write the main table as a CSV file; its path."""
    sheet = page_of(result).sheet
    if sheet is None:
        raise InputError(f"--out {path}: this command has no table for a file; name a folder")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((sheet.columns, *sheet.rows))
    return str(write_whole(path, text.getvalue().encode()).resolve())


def _written(result: Result, out: Path, account: Account | None) -> dict[str, list[str]]:
    """Write the files of a result that are not there yet; their paths by kind."""
    from forefolio.runs.rendering import rendered
    from forefolio.store import Artifacts

    paths: dict[str, list[str]] = {}
    artifacts = Artifacts(Settings.read().home)
    for name, content in rendered(result, artifacts, account).items():
        path = out / name
        if not (path.exists() and path.read_bytes() == content):
            write_whole(path, content)
        kind = KINDS_OF_FILE.get(name) or KINDS_OF_FILE[path.suffix]
        paths.setdefault(kind, []).append(str(path.resolve()))
    return paths
