"""What can be asked, as a form needs it: every study with its settings, limits, units and help."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from forefolio.core.kinds import kind_named, kind_of
from forefolio.studies.base import StudyDocument, nouns, summary_of
from forefolio.studies.catalog import STUDIES
from forefolio.studies.settings import Setting, flag_of, settings_of

router = APIRouter(prefix="/api/studies", tags=["studies"])
_REFERENCE = "#/$defs/"


class StudyLine(BaseModel):
    """A kind of question in one line."""

    kind: str = Field(description="Its name, as that of a run.")
    name: str = Field(description="The class that asks it in Python.")
    path: str = Field(description="Where it is posted, after /api/.")
    command: str = Field(description="The words that ask it in a shell.")
    about: str = Field(description="What it answers, in one sentence.")
    stored: bool = Field(description="Whether it is a run; otherwise it is answered at once.")


class FormSetting(BaseModel):
    """One setting of a study, which may stand at the top of its document."""

    name: str = Field(description="As it is called in the document.")
    within: str = Field(description="The shared part that it belongs to, such as data; or nothing.")
    flag: str = Field(description="As it is spelt in a shell.")
    about: str = Field(description="One sentence.")
    unit: str = Field(description="Of its number, if it is one.")
    rare: bool = Field(description="Whether it is rarely changed.")
    positional: bool = Field(description="Whether a shell takes it without its flag.")
    several: bool = Field(description="Whether a shell takes it several times.")
    in_words: bool = Field(description="Whether a text can say it, such as AAPL=30%,KO=0.2.")
    spec: dict[str, Any] = Field(description="What it may be, as JSON Schema.")


class StudyForm(StudyLine):
    """A kind of question with all its settings."""

    settings: list[FormSetting] = Field(description="In their order.")
    defs: dict[str, Any] = Field(description="What the schemas of the settings refer to.")


@router.get("")
async def studies() -> list[StudyLine]:
    """Everything that can be asked."""
    return [_line(study) for study in STUDIES]


@router.get("/{kind}")
async def form(kind: str = Path(max_length=40)) -> StudyForm:
    """One kind of question, with all its settings."""
    study = kind_named(kind, STUDIES, "study")
    schema = study.model_json_schema(ref_template=_REFERENCE + "{model}")
    defs: Mapping[str, Any] = schema.get("$defs", {})
    settings = [_setting(one, _spec(study, one, schema)) for one in settings_of(study)]
    return StudyForm(
        **_line(study).model_dump(), settings=settings, defs=_reachable(settings, defs)
    )


def _line(study: type[StudyDocument]) -> StudyLine:
    return StudyLine(
        kind=kind_of(study),
        name=study.__name__,
        path=study.path,
        command=study.command,
        about=summary_of(study),
        stored=study.stored,
    )


def _spec(study: type[StudyDocument], setting: Setting, schema: Mapping[str, Any]) -> Any:
    """The schema of one setting, wherever in the document it stands."""
    if not setting.within:
        return schema["properties"][setting.name]
    noun = nouns(study)[setting.within]
    return schema["$defs"][noun.__name__]["properties"][setting.name]


def _setting(setting: Setting, spec: Mapping[str, Any]) -> FormSetting:
    worded = "in_words" in spec
    plain = setting.in_a_word or setting.kinds or worded
    return FormSetting(
        name=setting.name,
        within=setting.within,
        flag=flag_of(setting),
        about=setting.description,
        unit=setting.unit,
        rare=setting.advanced or not plain,
        positional=setting.positional,
        several=setting.several,
        in_words=worded,
        spec=dict(spec),
    )


def _reachable(settings: list[FormSetting], defs: Mapping[str, Any]) -> dict[str, Any]:
    """The definitions that the settings refer to, and those that these refer to."""
    reached: dict[str, Any] = {}
    waiting = [name for one in settings for name in _names(one.spec)]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = defs[name]
            waiting += _names(defs[name])
    return reached


def _names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix(_REFERENCE)
        for one in schema.values():
            yield from _names(one)
    elif isinstance(schema, list):
        for one in schema:
            yield from _names(one)
