"""From options to the document of a study: what a file, a project and the options say, in turn."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from forefolio.cli.project import nearest_project, over, settings_for
from forefolio.cli.quantities import holdings_in, number_columns, prices_in, weights_in
from forefolio.core.errors import BadSettings, BadStudy, InputError
from forefolio.core.kinds import kind_of
from forefolio.risk.stress.catalog import load_stresses
from forefolio.studies.base import StudyDocument
from forefolio.studies.data import Data
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.reading import document_in, load_document, read_as
from forefolio.studies.recipe import RecipeStudy
from forefolio.studies.settings import Setting, flag_of, settings_of
from forefolio.studies.strategy import StrategyStudy

FILES: Mapping[str, Callable[[Path], Any]] = {
    "weights": weights_in,
    "holdings": holdings_in,
    "prices": prices_in,
    "scores": number_columns,
    "stresses": load_stresses,
    "report": lambda path: path.read_text(encoding="utf-8"),
}
"""Options that may name a file, and what reads it: a file is read here, never by a study."""

ONLY_FILES = frozenset({"report"})
"""Those of them that nobody writes on a command line."""

INSIDE: Mapping[str, str] = {"annual_return": "--target", "annual_volatility": "--target"}
"""Options whose value ends inside another setting."""


def is_option(setting: Setting) -> bool:
    """Whether a command takes it as an option."""
    return setting.in_a_word or setting.name in FILES


def stated(settings: list[Setting], given: Mapping[str, Any]) -> dict[str, Any]:
    """The document of the options that were given."""
    document: dict[str, Any] = {}
    for one in settings:
        value = given[one.name]
        if one.switch:
            if value:
                document[one.name] = not one.field.default
        elif value not in (None, ()):
            document[one.name] = _value(one, value)
    return document


def _value(setting: Setting, text: Any) -> Any:
    """What an option says: a whole number where one is asked for, else the text as it is.

    Of an option that may name a file, what stands in the file; of a kind with its settings in
    braces, the document of it.
    """
    if isinstance(text, str) and setting.kinds and text.lstrip().startswith("{"):
        return _inside(flag_of(setting), text)
    if setting.name in FILES and (not setting.in_a_word or Path(text).is_file()):
        return FILES[setting.name](Path(text))
    if setting.name in ONLY_FILES:
        raise InputError(f"{text}: there is no such file")
    plain = isinstance(text, str) and text.strip().lstrip("+-").isdecimal()
    return int(text) if plain and setting.whole else text


def _inside(flag: str, text: str) -> dict[str, Any]:
    try:
        return document_in(text)
    except InputError as error:
        raise InputError(f"{flag}: {error}") from None


def study_of(study: type[StudyDocument], path: str | None, options: dict[str, Any]) -> Any:
    """The study of a file, if one is named, with what the project and the options say."""
    project = nearest_project(Path.cwd())
    whole, wrong = settings_for(study, project), None
    if path is not None:
        document = load_document(Path(path))
        kind, own = document.get("kind", "strategy"), kind_of(study)
        if kind == own:
            whole = over(whole, document)
            wrong = _wrong(study, whole, path)
        elif kind == "strategy" or (kind == "forecast" and issubclass(study, RecipeStudy)):
            asked = ForecastStudy if kind == "forecast" else StrategyStudy
            inherited = settings_for(asked, project)
            part = study.part_of(read_as(asked, over(inherited, document), path))
            whole = {k: v for k, v in whole.items() if k not in Data.model_fields} | part
        else:
            raise InputError(
                f"{path} is a study of kind {kind!r}; ask it by `forefolio {kind} --study {path}`"
            )
    if wrong and not options:
        raise wrong
    try:
        return study(**_over(study, whole, options))
    except BadSettings as error:
        raise wrong or under_its_option(study, error) from None


def _wrong(study: type[StudyDocument], document: dict[str, Any], path: str) -> BadStudy | None:
    """What is wrong with the document of a file, by its places; options may yet mend it."""
    try:
        read_as(study, document, path)
    except BadStudy as error:
        return error
    return None


def _over(
    study: type[StudyDocument], whole: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, Any]:
    """A document with some of its settings said otherwise."""
    document = dict(whole)
    for one in settings_of(study):
        if one.name not in options:
            continue
        if not one.within or one.within not in document:
            document[one.name] = options[one.name]
        else:
            inside = document[one.within]
            document[one.within] = {**dict(inside), one.name: options[one.name]}
    return document


def under_its_option(study: type[StudyDocument], error: BadSettings) -> InputError:
    """What is wrong with a setting, under the name of its option."""
    flags = {**{one.name: flag_of(one) for one in settings_of(study)}, **INSIDE}
    message = "; ".join(_lines(flags, error.problems))
    return InputError(message)


def _lines(flags: Mapping[str, str], problems: Any) -> Iterator[str]:
    for path, reason in problems:
        parts = str(path).split(".")
        named = [n for n, part in enumerate(parts) if part in flags]
        inside = [p for p in parts[named[-1] + 1 :] if not p.isdecimal()] if named else []
        where = ", ".join([flags[parts[named[-1]]], *inside[-1:]]) if named else path
        yield f"{where}: {reason}" if where else reason
