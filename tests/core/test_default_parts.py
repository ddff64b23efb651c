"""A component made of choices is what a validator would make, and needs none to be built."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

import pytest
from pydantic import Field, field_validator

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import BadSettings


@runtime_checkable
class Rule(Protocol):
    def size(self) -> int: ...


class Even(Component):
    kind: Literal["even"] = "even"
    by: int = 2

    def size(self) -> int:
        return self.by


class Odd(Component):
    kind: Literal["odd"] = "odd"

    def size(self) -> int:
        return 1


class Stranger(Component):
    kind: Literal["stranger"] = "stranger"


AnyRule = Annotated[Rule, OneOf(Even, Odd)]


def fresh() -> Any:
    """A class whose validator was never needed."""

    class Whole(Component):
        rule: AnyRule = Even()
        rules: tuple[AnyRule, ...] = ()
        some: Annotated[tuple[AnyRule, ...], Field(min_length=1)] = (Odd(),)
        most: Annotated[int, Field(ge=1)] = 3

    return Whole


def is_built(kind: Any) -> bool:
    return bool(kind.__pydantic_complete__)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"rule": Odd()},
        {"rules": (Even(by=4), Odd())},
        {"rule": Even(by=6), "rules": ()},
    ],
)
def test_it_is_what_its_validator_makes(settings: dict[str, Any]) -> None:
    whole = fresh()
    made = whole(**settings)
    assert not is_built(whole)
    checked = whole.model_validate(settings)
    assert is_built(whole) and made == checked == whole(**settings)
    assert made.model_fields_set == checked.model_fields_set == set(settings)
    assert made.model_dump_json() == checked.model_dump_json() and made.digest == checked.digest


@pytest.mark.parametrize(
    "settings",
    [
        {"most": 0},
        {"rule": Stranger()},
        {"rules": (Odd(), Stranger())},
        {"rules": Stranger()},
        {"some": ()},
        {"ruel": Odd()},
        {"most": Even()},
    ],
)
def test_what_must_be_checked_is(settings: dict[str, Any]) -> None:
    with pytest.raises(BadSettings):
        fresh()(**settings)


def test_words_classes_and_lists_are_read() -> None:
    made = fresh()(rule="odd", rules=[Even, {"kind": "even", "by": 8}])
    assert made.rule == Odd() and made.rules == (Even(), Even(by=8))


@pytest.mark.parametrize("refused", [lambda value: value.by < 9, lambda _: False])
def test_a_check_of_its_own_is_made(refused: Callable[[Any], bool]) -> None:
    class Checked(Component):
        rule: AnyRule = Odd()

        @field_validator("rule")
        @classmethod
        def _small(cls, rule: Any) -> Any:
            if not refused(rule):
                raise ValueError("it is too large")
            return rule

    with pytest.raises(BadSettings, match="too large"):
        Checked(rule=Even(by=10))
