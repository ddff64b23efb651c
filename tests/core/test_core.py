import json
import pickle
import sys
from collections import OrderedDict
from types import SimpleNamespace
from typing import Annotated, Literal, Protocol, runtime_checkable

import pytest
from pydantic import TypeAdapter, ValidationError

from forefolio.core.component import Component, OneOf, content_digest
from forefolio.core.errors import (
    BadSettings,
    BadTicker,
    ForefolioError,
    Infeasible,
    NotEnoughHistory,
)
from forefolio.core.events import Event, Job, Note, Progress, Started, finish
from forefolio.core.failpoints import failpoint
from forefolio.core.lazy import is_a, lazy
from forefolio.core.mends import mend_between


@runtime_checkable
class Animal(Protocol):
    def speak(self) -> str: ...


class Dog(Component):
    kind: Literal["dog"] = "dog"
    loud: bool = False

    def speak(self) -> str:
        return "WOOF" if self.loud else "woof"


class Cat(Component):
    kind: Literal["cat"] = "cat"

    def speak(self) -> str:
        return "meow"


class House(Component):
    pet: Annotated[Animal, OneOf(Dog, Cat)] = Cat()


def test_a_component_is_its_own_configuration() -> None:
    house = House(pet=Dog(loud=True))
    assert House.model_validate_json(house.model_dump_json()) == house
    assert pickle.loads(pickle.dumps(house)) == house
    assert hash(house) == hash(house.model_copy())
    assert house.digest == House.model_validate_json(house.model_dump_json()).digest
    assert house.digest != House(pet=Dog()).digest
    with pytest.raises(BadSettings, match="frozen"):
        house.pet = Cat()  # type: ignore[misc]


def test_python_may_pass_anything_that_fits_the_protocol() -> None:
    class Parrot:
        def speak(self) -> str:
            return "hello"

    assert House(pet=Parrot()).pet.speak() == "hello"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"pet": {"kind": "dog", "lound": True}}, "pet.dog.lound"),
        ({"pet": {"kind": "cow"}}, "pet"),
        ({"garden": 1}, "garden"),
    ],
)
def test_a_bad_document_is_refused_once_with_its_path(
    document: dict[str, object], told: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        House.model_validate_json(json.dumps(document))
    (problem,) = refused.value.errors()
    assert ".".join(map(str, problem["loc"])) == told


def test_a_digest_keeps_its_parts_apart() -> None:
    assert content_digest("ab", "c") != content_digest("a", "bc")
    assert content_digest("a") == content_digest(b"a")


def test_jobs_compose_and_can_be_closed() -> None:
    stopped = []

    def inner() -> Job[int]:
        try:
            yield Progress(stage="inner", done=1, total=2)
            yield Progress(stage="inner", done=2, total=2)
            return 7
        finally:
            stopped.append(True)

    def outer() -> Job[int]:
        yield Started(stage="outer", total=1)
        return (yield from inner()) + 1

    assert finish(outer()) == 8
    job = outer()
    next(job), next(job)
    job.close()
    assert stopped == [True, True]


def test_events_survive_json() -> None:
    note = Note(code="c", message="m", about="a")
    adapter: TypeAdapter[Event] = TypeAdapter(Event)
    assert adapter.validate_json(note.model_dump_json()) == note


@pytest.mark.parametrize(
    "error",
    [
        NotEnoughHistory(504, 310),
        BadTicker(["A B"]),
        Infeasible([mend_between("the limit on each weight", 0.05, 0.125)]),
    ],
)
def test_errors_carry_their_data_into_other_processes(error: ForefolioError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_every_error_has_its_own_code() -> None:
    codes = [cls.code for cls in _tree(ForefolioError)]
    assert len(codes) == len(set(codes))


def _tree(cls: type[ForefolioError]) -> list[type[ForefolioError]]:
    return [cls, *(each for below in cls.__subclasses__() for each in _tree(below))]


def test_a_failpoint_acts_at_the_pass_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    failpoint("here")
    monkeypatch.setenv("FOREFOLIO_FAIL", "here:2:raise")
    failpoint("here")
    failpoint("there")
    with pytest.raises(RuntimeError, match="failpoint here"):
        failpoint("here")
    failpoint("here")


def test_a_value_is_told_by_a_class_of_a_library_that_need_not_be_there() -> None:
    assert is_a(OrderedDict(), "collections", "Counter", "OrderedDict")
    assert not is_a({}, "collections", "Counter", "OrderedDict")
    assert not is_a(0.5, "no_such_library", "Series")


def test_a_lazy_module_is_imported_when_it_is_used() -> None:
    fractions = lazy("fractions")
    assert fractions.Fraction(1, 2) * 2 == 1


def test_a_lazy_module_is_the_one_that_is_there_now(monkeypatch: pytest.MonkeyPatch) -> None:
    fractions = lazy("fractions")
    assert fractions.Fraction(1) == 1
    monkeypatch.setitem(sys.modules, "fractions", SimpleNamespace(Fraction="another"))
    assert fractions.Fraction == "another"
