"""A command for every study: its options are the settings, its answer is a page or a document.

A command adds words and a view to a study, never a second meaning: what an option says is put into
the study's document as it is, and read there.
"""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from forefolio.cli.progress import watched
from forefolio.cli.project import over, project_here, settings_for
from forefolio.cli.quantities import number_pairs
from forefolio.core.errors import BadSettings, BadStudy, InputError
from forefolio.core.settings import writable
from forefolio.core.writing import write_whole
from forefolio.risk.stress.catalog import load_stresses
from forefolio.runs.asking import asking
from forefolio.studies.base import DataFacts, Result, StudyDocument
from forefolio.studies.catalog import STUDIES
from forefolio.studies.data import Data
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.holding import Holding
from forefolio.studies.orders import OrdersStudy
from forefolio.studies.reading import load_document, read_as, read_study
from forefolio.studies.settings import Setting, flag_of, settings_of
from forefolio.studies.signal_history import SignalHistoryStudy
from forefolio.studies.strategy import StrategyStudy
from forefolio.views.catalog import page_of
from forefolio.views.leaderboard import leaderboard_page
from forefolio.views.page import Lines, Page

OLD = 7  # days after which prices are said to be old

OUT: Mapping[str, str] = {"run": "forefolio-out"}
"""Folders that files are written into where no other is named."""

KINDS_OF_FILE: Mapping[str, str] = {".html": "report", ".csv": "tables", ".png": "figures"}
"""What a document calls the files of a result."""

INSTEAD: Mapping[str, tuple[str, type[StudyDocument]]] = {
    "signals": ("--history", SignalHistoryStudy),
}
"""Options of a command that ask another study instead, by the settings that it shares."""
FILES: Mapping[str, Callable[[Path], Any]] = {
    "weights": number_pairs,
    "holdings": number_pairs,
    "prices": number_pairs,
    "stresses": load_stresses,
}
"""Options that may name a file, and what reads it: a file is read here, never by a study."""

INSIDE: Mapping[str, str] = {"annual_return": "--target", "annual_volatility": "--target"}
"""Options whose value ends inside another setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """A study that a command asks about the run it has just made, by options of its own.

    It is asked where one of the settings is said, by an option or by the project.
    """

    study: type[OrdersStudy]
    settings: tuple[str, ...]
    key: str  # of the JSON document; the file of its table is key.csv

    @property
    def options(self) -> list[Setting]:
        """The settings that the command takes for it."""
        return [one for one in settings_of(self.study) if one.name in self.settings]

    def asked(self, given: Mapping[str, Any]) -> OrdersStudy | None:
        """The study, of the last run until there is the new one; None where it is not wanted.

        Raises:
            InputError: a setting is wrong, or there are some and the one that is needed is not.
        """
        project = project_here(Path.cwd())
        said = {k: v for k, v in project.items() if k in self.settings}
        said |= _said(self.options, given)
        try:
            return self.study(**said) if said else None
        except BadSettings as error:
            raise _spelt(self.study, error) from None


AFTERWARDS: Mapping[str, After] = {
    "run": After(study=OrdersStudy, settings=("capital", "holdings"), key="orders"),
}
"""What a command asks about its own answer, where somebody wants it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A way to look at the answer of a study, with a command of its own."""

    command: str
    study: type[StudyDocument]
    page: Callable[[Any], Page]
    help: str


VIEWS = (
    View(
        command="leaderboard",
        study=ForecastStudy,
        page=leaderboard_page,
        help="Score every model out of sample, beside the naive forecasts it must beat.\n\n"
        "The same study as `forefolio forecast`: what one has computed, the other reads.",
    ),
)
"""Views of a study beside its own."""


def command_named(name: str) -> click.Command:
    """The command of that name: of a study, or of a view."""
    if (view := next((view for view in VIEWS if view.command == name), None)) is not None:
        return command_of(view.study, view)
    return command_of(next(study for study in STUDIES if study.command == name))


def command_of(study: type[StudyDocument], view: View | None = None) -> click.Command:
    """The command that asks a kind of study, and shows the answer by its page or by a view."""
    own = View(command=study.command, study=study, page=page_of, help=study.__doc__ or "")
    shown = view or own
    settings = [one for one in settings_of(study) if _an_option(one)]
    options: list[click.Parameter] = [
        click.Option(["--study"], metavar="FILE", help="A study in YAML or JSON.")
    ]
    options += [_parameter(one) for one in settings]
    options += [
        click.Option(
            ["--out"],
            metavar="DIR|FILE.csv",
            default=OUT.get(study.command),
            help="Folder for the pictures, and for a report and tables if there are any; or a CSV "
            "file for the main table.",
        ),
        click.Option(["--verbose", "-v"], is_flag=True, help="Print the evidence as well."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document instead."),
    ]

    flag, other = INSTEAD.get(study.command, ("", study))
    if flag:
        options.append(click.Option([flag, "instead"], is_flag=True, help=_first_line(other)))
    after = AFTERWARDS.get(shown.command)
    options += [_parameter(one) for one in (after.options if after else ())]

    def call(**given: Any) -> None:
        asked_for = other if given.pop("instead", False) else study
        out, verbose, as_json = given.pop("out"), given.pop("verbose"), given.pop("as_json")
        own = [one for one in settings_of(asked_for) if _an_option(one)]
        asked = _study(asked_for, given.pop("study"), _said(own, given))
        further = after.asked(given) if after else None
        folder = None if out is None else _place(Path(out))
        silent = as_json or not sys.stderr.isatty()
        result = watched(asking(asked), asked_for.stages, silent=silent)
        page = shown.page if asked_for is study else page_of
        more: dict[str, Result] = {}
        if after and further and result.run:
            of_it = further.model_copy(update={"holding": Holding(run=result.run.id)})
            more[after.key] = watched(asking(of_it), after.study.stages, silent=silent)
        answer(result, folder, page, more, verbose=verbose, as_json=as_json)

    return click.Command(shown.command, callback=call, params=options, help=shown.help)


def _first_line(study: type[StudyDocument]) -> str:
    return (study.__doc__ or "").strip().partition("\n")[0]


def _an_option(setting: Setting) -> bool:
    return setting.in_a_word or setting.name in FILES


def answer(
    result: Result,
    out: Path | None,
    page: Callable[[Any], Page] = page_of,
    more: Mapping[str, Result] | None = None,
    *,
    verbose: bool,
    as_json: bool,
) -> None:
    """Print a result and `more` that was asked about it; write its files if a folder is named."""
    from forefolio.views.terminal.console import Terminal
    from forefolio.views.terminal.printing import print_page

    further = more or {}
    written = {} if out is None else _files_written(result, further, out)
    if as_json and out is None and not further:
        click.echo(result.model_dump_json(indent=1))
        return
    if as_json:
        files = {k: paths[0] if k == "report" else paths for k, paths in written.items()}
        inner = {key: one.model_dump(mode="json") for key, one in further.items()}
        document = result.model_dump(mode="json") | inner | files
        click.echo(json.dumps(document, indent=1, allow_nan=False))
        return
    console = Terminal()
    for line in _of_the_data(result.data):
        console.print(line, highlight=False, style="dim")
    print_page(_joined(page(result), map(page_of, further.values())), console, verbose=verbose)
    console.print()
    shown = {"report": "Report"} if "report" in written else {"figures": "Figure"}
    for kind, word in ({**shown, "tables": "Table"}).items():
        for path in written.get(kind, ()):
            console.print(f"{word}: {path}", highlight=False, soft_wrap=True)


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


def _files_written(result: Result, more: Mapping[str, Result], out: Path) -> dict[str, list[str]]:
    """Write the files of a result, and a table of each that was asked about it; by kind."""
    if out.suffix.lower() == ".csv":
        return {"tables": [_table_written(result, out)]}
    written = _written(result, out)
    tables = [_table_written(one, out / f"{key}.csv") for key, one in more.items()]
    return {**written, "tables": [*written.get("tables", ()), *tables]} if tables else written


def _of_the_data(data: DataFacts) -> Iterator[str]:
    """What a reader should know of the prices before anything else."""
    if data.source.get("kind") == "sample":
        yield f"The bundled sample, which ends on {data.last}; name your prices by --source."
    elif (age := (datetime.now(UTC).date() - data.last).days) > OLD:
        yield f"The prices end on {data.last}, {age:,} days ago."


def _parameter(setting: Setting) -> click.Parameter:
    if setting.positional:
        return click.Argument([setting.name], nargs=-1)
    extra: dict[str, Any] = {"is_flag": True} if setting.switch else {"metavar": _metavar(setting)}
    if setting.several:
        extra["multiple"] = True
    more = " Or a CSV file." if FILES.get(setting.name) is number_pairs else ""
    return click.Option(
        [flag_of(setting), setting.name],
        help=setting.description + more,
        hidden=setting.advanced,
        **extra,
    )


def _metavar(setting: Setting) -> str:
    return "|".join(setting.choices) or (setting.unit or "TEXT").upper().replace(" ", "_")


def _said(settings: list[Setting], given: Mapping[str, Any]) -> dict[str, Any]:
    """The document of the options that were given."""
    said: dict[str, Any] = {}
    for one in settings:
        value = given[one.name]
        if one.switch:
            if value:
                said[one.name] = not one.field.default
        elif value not in (None, ()):
            said[one.name] = _value(one, value)
    return said


def _value(setting: Setting, text: Any) -> Any:
    """What an option says: a whole number where one is asked for, else the text as it is.

    Of an option that may name a file, what stands in the file.
    """
    if setting.name in FILES and (not setting.in_a_word or Path(text).is_file()):
        return FILES[setting.name](Path(text))
    plain = isinstance(text, str) and text.strip().lstrip("+-").isdecimal()
    return int(text) if plain and setting.whole else text


def _study(study: type[StudyDocument], path: str | None, said: dict[str, Any]) -> Any:
    """The study of a file, if one is named, with what the project and the options say."""
    project = project_here(Path.cwd())
    whole, wrong = settings_for(study, project), None
    if path is not None:
        document = load_document(Path(path))
        kind, own = document.get("kind", "strategy"), study.model_fields["kind"].default
        if kind == own:
            whole = over(whole, document)
            wrong = _wrong(study, whole, path)
        elif kind == "strategy":
            inherited = settings_for(StrategyStudy, project)
            part = study.part_of(read_study(over(inherited, document), path))
            whole = {k: v for k, v in whole.items() if k not in Data.model_fields} | part
        else:
            raise InputError(
                f"{path} is a study of kind {kind!r}; ask it by `forefolio {kind} --study {path}`"
            )
    if wrong and not said:
        raise wrong
    try:
        return study(**_over(study, whole, said))
    except BadSettings as error:
        raise wrong or _spelt(study, error) from None


def _wrong(study: type[StudyDocument], document: dict[str, Any], path: str) -> BadStudy | None:
    """What is wrong with the document of a file, by its places; options may yet mend it."""
    try:
        read_as(study, document, path)
    except BadStudy as error:
        return error
    return None


def _over(
    study: type[StudyDocument], whole: Mapping[str, Any], said: Mapping[str, Any]
) -> dict[str, Any]:
    """A document with some of its settings said otherwise."""
    document = dict(whole)
    for one in settings_of(study):
        if one.name not in said:
            continue
        if not one.within or one.within not in document:
            document[one.name] = said[one.name]
        else:
            inside = document[one.within]
            document[one.within] = {**dict(inside), one.name: said[one.name]}
    return document


def _spelt(study: type[StudyDocument], error: BadSettings) -> InputError:
    """What is wrong with a setting, under the name of its option."""
    flags = {**{one.name: flag_of(one) for one in settings_of(study)}, **INSIDE}
    told = "; ".join(_lines(flags, error.problems))
    return InputError(told)


def _lines(flags: Mapping[str, str], problems: Any) -> Iterator[str]:
    for path, reason in problems:
        named = [flags[part] for part in str(path).split(".") if part in flags]
        where = named[-1] if named else path
        yield f"{where}: {reason}" if where else reason


def _place(out: Path) -> Path:
    """Where files go: a folder that is there and can be written to, or a CSV file."""
    return out if out.suffix.lower() == ".csv" else writable(out, "--out")


def _table_written(result: Result, path: Path) -> str:
    """Write the main table as a CSV file; its path."""
    sheet = page_of(result).sheet
    if sheet is None:
        raise InputError(f"--out {path}: this command has no table for a file; name a folder")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((sheet.columns, *sheet.rows))
    return str(write_whole(path, text.getvalue().encode()).resolve())


def _written(result: Result, out: Path) -> dict[str, list[str]]:
    """Write the files of a result that are not there yet; their paths by kind."""
    from forefolio.core.settings import Settings
    from forefolio.runs.rendering import rendered
    from forefolio.store import Artifacts

    paths: dict[str, list[str]] = {}
    for name, content in rendered(result, Artifacts(Settings.read().home)).items():
        path = out / name
        if not (path.exists() and path.read_bytes() == content):
            write_whole(path, content)
        paths.setdefault(KINDS_OF_FILE[path.suffix], []).append(str(path.resolve()))
    return paths
