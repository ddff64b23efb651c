"""What can be asked, in as few words as do: all kinds, one kind, one setting, one word."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from forefolio.agents.asking import KINDS, study_named
from forefolio.agents.texts import clean_text
from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.kinds import no_such
from forefolio.studies.base import StudyDocument, summary_of
from forefolio.studies.result import Result
from forefolio.studies.settings import Setting, settings_of
from forefolio.views.glossary import defined

EXAMPLES = {
    "portfolio": {
        "tickers": "AAPL,MSFT,KO",
        "objective": "minimum_variance",
        "constraints": ["w <= 25%", "tech <= 30%", "AAPL + MSFT <= 20%", "turnover <= 20%"],
    },
    "risk": {"tickers": "AAPL,KO", "weights": "AAPL=60%,KO=40%"},
    "orders": {"run": "last", "capital": 10_000},
    "comparison": {"models": "bayesian_ridge,xgboost"},
    "stress": {"weights": "equal", "market": "-30%"},
}


def every_kind() -> dict[str, Any]:
    """All kinds, a line each."""
    return {
        "kinds": {kind: summary_of(study) for kind, study in KINDS.items()},
        "examples": EXAMPLES,
        "prices": "by `source`: sample (the default), or what `data` answers; `tickers`, `start`, "
        "`end` narrow them",
    }


def one_kind(kind: str) -> dict[str, Any]:
    """The settings of a kind, and the fields of its result."""
    study = study_named(kind)
    settings = settings_of(study)
    return {
        "kind": kind,
        "about": summary_of(study),
        "settings": {one.name: _line(one) for one in settings if not one.advanced},
        "rarely_changed": [one.name for one in settings if one.advanced],
        "result": {name: text for name, text in _fields(study.result)},
        **({"example": EXAMPLES[kind]} if kind in EXAMPLES else {}),
    }


def _line(setting: Setting) -> str:
    unit = f" ({setting.unit})" if setting.unit else ""
    choices = f" One of: {', '.join(setting.choices)}." if setting.choices else ""
    kinds = setting.kinds
    more = f" One of: {', '.join(kinds)}." if kinds else ""
    return f"{setting.description}{unit}{choices}{more}"


def _fields(result: type[Result]) -> Iterator[tuple[str, str]]:
    for name, field in result.model_fields.items():
        if name not in Result.model_fields and name != "kind":
            yield name, field.description or ""


def one_setting(kind: str, name: str) -> dict[str, Any]:
    """What a setting may be: its kinds with their settings, or its JSON schema.

    Raises:
        InputError: there is no such setting.
    """
    study = study_named(kind)
    named = {one.name: one for one in settings_of(study)}
    if name not in named:
        raise InputError(no_such(clean_text(name, 40), list(named), "setting"))
    kinds = named[name].kinds
    about = {"kind": kind, "setting": name, "about": _line(named[name])}
    if kinds:
        return {**about, "kinds": {one: _component(cls) for one, cls in kinds.items()}}
    return {**about, "schema": _schema(study, named[name])}


def _component(cls: type[Component]) -> dict[str, Any]:
    own = {name: one for name, one in cls.model_fields.items() if name != "kind"}
    return {
        "about": summary_of(cls),
        "settings": {name: one.description or "" for name, one in own.items()},
    }


def _schema(study: type[StudyDocument], setting: Setting) -> Any:
    """The schema of one setting, without the definitions that it names."""
    holder: Any = study.model_fields[setting.within].annotation if setting.within else study
    return _whole_schema(holder)["properties"][setting.name]


@cache
def _whole_schema(holder: type[Component]) -> dict[str, Any]:
    return holder.model_json_schema()


def one_word(word: str) -> dict[str, Any]:
    """What a word of the field means, and how it is written.

    Raises:
        InputError: the glossary has none like it.
    """
    return {
        "words": {
            name: {"means": term.meaning, "written": term.written}
            for name, term in defined(word).items()
        }
    }
