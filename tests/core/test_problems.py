"""What is wrong is said in plain words, all of it, with its path, and without pydantic's links."""

import json
from typing import Annotated, Self

import numpy as np
import pytest
from pydantic import Field, ValidationError, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import BadSettings, ForefolioError
from forefolio.core.problems import problems


class Leg(Component):
    length: Annotated[float, Field(gt=0)] = 1.0


class Table(Component):
    legs: tuple[Leg, ...] = ()
    name: str = "table"
    wobbly: bool = False

    @model_validator(mode="after")
    def _stands(self) -> Self:
        if len(self.legs) == 1:
            raise ValueError("one leg will not do")
        return self


WRONG = {"legs": [{"length": -1}, {"lenght": 2}], "name": 7, "colour": "red"}
TOLD = [
    ("legs.0.length", "must be greater than 0, not -1"),
    ("legs.1.lenght", "there is no such setting; did you mean 'length'? There is only length"),
    ("name", "must be a text, not 7"),
    ("colour", "there is no such setting; there are legs, name and wobbly"),
]


def test_python_is_told_all_of_it_in_one_error_of_ours() -> None:
    with pytest.raises(ForefolioError) as refused:
        Table(**WRONG)
    assert isinstance(refused.value, BadSettings) and list(refused.value.problems) == TOLD
    assert str(refused.value).startswith("Table: legs.0.length: must be greater than 0, not -1; ")


def test_a_document_has_the_same_problems() -> None:
    for written in (True, False):
        with pytest.raises(ValidationError) as refused:
            if written:
                Table.model_validate_json(json.dumps(WRONG))
            else:
                Table.model_validate(WRONG)
        assert problems(refused.value) == TOLD
        assert "https" not in str(refused.value)
        assert ("name", "must be a text") in problems(refused.value, values=False)


def test_a_component_made_while_another_is_validated_is_one_of_its_problems() -> None:
    class Set(Component):
        table: Table = Table()
        chairs: int = 4

        @model_validator(mode="before")
        @classmethod
        def _of_length(cls, given: dict[str, object]) -> dict[str, object]:
            if isinstance(given.get("table"), float):
                return given | {"table": Table(legs=(Leg(length=given["table"]),) * 4)}
            return given

    with pytest.raises(BadSettings, match="Set: Leg: length: must be greater than 0, not -1"):
        Set(table=-1.0)
    with pytest.raises(BadSettings) as refused:
        Set(table={"legs": [{}]}, chairs="many")
    assert refused.value.problems == (
        ("table", "one leg will not do"),
        ("chairs", "must be a whole number, not 'many'"),
    )


@pytest.mark.parametrize(
    ("given", "path", "reason"),
    [
        ({"legs": [{"length": True}]}, "legs.0.length", "must be a number, not True"),
        ({"wobbly": 1}, "wobbly", "must be true or false, not 1"),
        ({"wobbly": "yes"}, "wobbly", "must be true or false, not 'yes'"),
        ({"seats": "4"}, "seats", "must be a whole number, not '4'"),
        ({"rows": [1, "2", True]}, "rows.1", "must be a whole number, not '2'"),
    ],
)
def test_what_would_be_read_as_something_else_is_refused(
    given: dict[str, object], path: str, reason: str
) -> None:
    class Hall(Table):
        seats: int = 1
        rows: tuple[int, ...] = ()

    with pytest.raises(BadSettings) as refused:
        Hall(**given)
    assert refused.value.problems[0] == (path, reason)
    assert Hall(seats=np.int64(4), legs=({"length": np.float32(2)},) * 2).seats == 4


def test_yaml_is_told_what_wants_quotes() -> None:
    for value, told in [(True, "ON, NO or YES"), (None, "NULL"), (432, 'write "432" in quotes')]:
        with pytest.raises(ValidationError) as refused:
            Table.model_validate({"name": value})
        ((path, reason),) = problems(refused.value, {"name": value})
        assert path == "name" and told in reason
