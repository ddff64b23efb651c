"""Every study: named once, described whole, written and read again, and shown."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic.json_schema import JsonSchemaMode

from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.studies.base import StudyDocument, nouns
from forefolio.studies.catalog import STUDIES
from forefolio.studies.result import Result
from forefolio.studies.settings import settings_of
from forefolio.views.catalog import PAGES

each_study = pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.__name__)


def test_kinds_paths_and_commands_are_given_once() -> None:
    for names in (
        [study.model_fields["kind"].default for study in STUDIES],
        [study.path for study in STUDIES],
        [study.command for study in STUDIES],
    ):
        assert len(set(names)) == len(names)


@each_study
def test_every_setting_says_what_it_is(study: type[StudyDocument]) -> None:
    names = [one.name for one in settings_of(study)]
    assert len(set(names)) == len(names)
    assert not [one.name for one in settings_of(study) if not one.description.strip()]
    assert study.__doc__ and "\n" not in study.__doc__.strip().split(".")[0]


@each_study
def test_every_setting_inside_a_setting_says_what_it_is(study: type[StudyDocument]) -> None:
    assert not list(undescribed(study, "validation"))


@each_study
def test_every_number_of_a_result_says_what_it_is(study: type[StudyDocument]) -> None:
    assert not list(undescribed(study.result, "serialization"))


@each_study
def test_what_does_not_fit_a_setting_is_refused_in_words(study: type[StudyDocument]) -> None:
    unfitting: tuple[Any, ...] = (
        3,
        None,
        [],
        {},
        "x",
        True,
        -1,
        1e308,
        [None],
        [[["a"]]],
        {"kind": 3},
        {"a": {}},
    )
    for name in {*study.model_fields, *study.setting_names(), "model", "models", "recipe"}:
        for value in unfitting:
            with suppress(ValidationError, InputError):
                study.model_validate_json(json.dumps({name: value}))


def undescribed(model: type[Component], mode: JsonSchemaMode) -> Iterator[str]:
    schema: dict[str, Any] = model.model_json_schema(mode=mode)
    for name, part in {model.__name__: schema, **schema.get("$defs", {})}.items():
        for field, one in part.get("properties", {}).items():
            if field != "kind" and not one.get("description", "").strip():
                yield f"{name}.{field}"


@each_study
def test_a_study_is_the_same_after_writing_and_reading(study: type[StudyDocument]) -> None:
    question = example(study)
    again = study.model_validate_json(question.model_dump_json())
    assert again == question and again.digest == question.digest


def example(study: type[StudyDocument]) -> Any:
    """The question with as little said as it allows."""
    some = {"capital": 10_000.0, "report": "<html></html>"}
    needed = {name: value for name, value in some.items() if name in study.model_fields}
    return study(**needed)


@each_study
def test_settings_of_a_noun_may_stand_at_the_top(study: type[StudyDocument]) -> None:
    if "data" not in nouns(study):
        pytest.skip("it is about no prices of its own")
    document = {**example(study).model_dump(mode="json"), "data": {}}
    top = study.model_validate({**document, "tickers": "AAPL, KO"})
    assert top == study.model_validate({**document, "data": {"tickers": ["AAPL", "KO"]}})
    with pytest.raises(ValueError, match="say it once"):
        study.model_validate({**document, "tickers": "KO", "data": {"tickers": ["KO"]}})


@each_study
def test_every_result_has_a_page(study: type[StudyDocument]) -> None:
    assert issubclass(study.result, Result) and study.result in PAGES


@each_study
def test_the_shares_of_the_bar_are_a_whole(study: type[StudyDocument]) -> None:
    assert sum(study.stages.values()) == pytest.approx(100)
