"""A command for every study: its options are the settings, its answer is a page or a document.

A command adds words and a view to a study, never a second meaning: what an option says is put into
the study's document as it is, and read there.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from forefolio.cli.progress import watched
from forefolio.cli.project import over, project_here, settings_for
from forefolio.core.errors import BadSettings, InputError
from forefolio.core.settings import writable
from forefolio.core.writing import write_whole
from forefolio.runs.asking import asking
from forefolio.studies.base import DataFacts, Result, StudyDocument
from forefolio.studies.data import Data
from forefolio.studies.reading import load_document, read_study
from forefolio.studies.settings import Setting, flag_of, settings_of
from forefolio.studies.strategy import StrategyStudy
from forefolio.views.catalog import page_of
from forefolio.views.page import Page

OLD = 7  # days after which prices are said to be old

INSIDE: Mapping[str, str] = {"annual_return": "--target", "annual_volatility": "--target"}
"""Options whose value ends inside another setting."""


def command_of(study: type[StudyDocument]) -> click.Command:
    """The command that asks a kind of study."""
    settings = [one for one in settings_of(study) if one.in_a_word]
    options = [click.Option(["--study"], metavar="FILE", help="A study in YAML or JSON.")]
    options += [_option(one) for one in settings]
    options += [
        click.Option(["--out"], metavar="DIR", help="Folder for the pictures."),
        click.Option(["--verbose", "-v"], is_flag=True, help="Print the evidence as well."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document instead."),
    ]

    def call(**given: Any) -> None:
        out, verbose, as_json = given.pop("out"), given.pop("verbose"), given.pop("as_json")
        asked = _study(study, given.pop("study"), _said(settings, given))
        silent = as_json or not sys.stderr.isatty()
        result = watched(asking(asked), study.stages, silent=silent)
        if as_json and out is None:
            click.echo(result.model_dump_json(indent=1))
            return
        answer(result, out, verbose=verbose, as_json=as_json)

    return click.Command(study.command, callback=call, params=[*options], help=study.__doc__)


def answer(result: Result, out: str | None, *, verbose: bool, as_json: bool) -> None:
    """Print a result, and draw its pictures into a folder if one is named."""
    from forefolio.views.terminal.console import Terminal
    from forefolio.views.terminal.printing import print_page

    page = page_of(result)
    drawn = () if out is None else tuple(_drawn(page, Path(out)))
    if as_json:
        document = result.model_dump(mode="json")
        click.echo(json.dumps({**document, "figures": list(drawn)}, indent=1, allow_nan=False))
        return
    console = Terminal()
    for line in _of_the_data(result.data):
        console.print(line, highlight=False, style="dim")
    print_page(page, console, verbose=verbose)
    for path in drawn:
        console.print(f"Figure: {path}", highlight=False, soft_wrap=True)


def _of_the_data(data: DataFacts) -> Iterator[str]:
    """What a reader should know of the prices before anything else."""
    if data.source.get("kind") == "sample":
        yield f"The bundled sample, which ends on {data.last}; name your prices by --source."
    elif (age := (datetime.now(UTC).date() - data.last).days) > OLD:
        yield f"The prices end on {data.last}, {age:,} days ago."


def _option(setting: Setting) -> click.Option:
    extra: dict[str, Any] = {"is_flag": True} if setting.switch else {"metavar": _metavar(setting)}
    if setting.several:
        extra["multiple"] = True
    return click.Option(
        [flag_of(setting), setting.name], help=setting.description, hidden=setting.advanced, **extra
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
    """What an option says: a whole number where one is asked for, else the text as it is."""
    plain = isinstance(text, str) and text.strip().lstrip("+-").isdecimal()
    return int(text) if plain and setting.whole else text


def _study(study: type[StudyDocument], path: str | None, said: dict[str, Any]) -> Any:
    """The study of a file, if one is named, with what the project and the options say."""
    project = project_here(Path.cwd())
    whole = settings_for(study, project)
    if path is not None:
        document = load_document(Path(path))
        kind, own = document.get("kind", "strategy"), study.model_fields["kind"].default
        if kind == own:
            whole = over(whole, document)
        elif kind == "strategy":
            inherited = settings_for(StrategyStudy, project)
            part = study.part_of(read_study(over(inherited, document), path))
            whole = {k: v for k, v in whole.items() if k not in Data.model_fields} | part
        else:
            raise InputError(
                f"{path} is a study of kind {kind!r}; ask it by `forefolio {kind} --study {path}`"
            )
    try:
        return study(**_over(study, whole, said))
    except BadSettings as error:
        raise _spelt(study, error) from None


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


def _drawn(page: Page, out: Path) -> Iterator[str]:
    from forefolio.views.figures import encoded

    for name, draw in page.pictures.items():
        path = write_whole(writable(out, "--out") / f"{name}.png", encoded(draw()))
        yield str(path.resolve())
