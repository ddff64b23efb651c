"""A project folder: `forefolio.yaml` says once which prices, which benchmark and how much money."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from forefolio.core.component import Component
from forefolio.core.errors import BadStudy
from forefolio.core.problems import problems
from forefolio.core.units import Money
from forefolio.studies.base import StudyDocument, nouns
from forefolio.studies.data import Data
from forefolio.studies.reading import load_document

FILE = "forefolio.yaml"


class Project(Component):
    """What a folder's commands have in common; options and study files override it.

    The settings of `data` stand at the top of the file: `source`, `tickers` and so on.
    """

    data: Data = Field(Data(), description="Which prices.")
    capital: Money | None = Field(None, description="What is held, and cash, in money.")


def nearest_project(folder: Path) -> dict[str, Any]:
    """The settings of the project file in a folder, or of the nearest folder above; else none.

    Raises:
        BadStudy: the file cannot be read, or something in it is wrong.
    """
    for place in (folder, *folder.parents):
        if (path := place / FILE).is_file():
            return _read(path)
    return {}


def settings_for(study: type[StudyDocument], project: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a project that a study has, at the top of a document."""
    inside = {name for noun in nouns(study).values() for name in noun.model_fields}
    return {k: v for k, v in project.items() if k in inside or k in study.model_fields}


def over(base: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """A document with settings of `base` where it says nothing itself."""
    inner = document.get("data")
    taken = {*document, *(inner if isinstance(inner, Mapping) else ())}
    return {**{k: v for k, v in base.items() if k not in taken}, **document}


def _read(path: Path) -> dict[str, Any]:
    document = load_document(path)
    data = {k: v for k, v in document.items() if k in Data.model_fields}
    rest = {k: v for k, v in document.items() if k not in data}
    try:
        Project.model_validate({**rest, "data": data})
    except ValidationError as error:
        raise BadStudy(problems(error, document), str(path)) from None
    return document
