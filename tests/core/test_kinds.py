"""A kind is understood however it is written, and what is none says which was probably meant."""

from typing import Annotated, Any, Literal, Protocol, runtime_checkable

import pytest
from pydantic import ConfigDict, TypeAdapter

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import BadSettings, InputError
from forefolio.core.kinds import in_words, kind_named, kind_of, model_in_words, named, title_of


@runtime_checkable
class Shape(Protocol):
    def area(self) -> float: ...


class UnitSquare(Component):
    kind: Literal["unit_square"] = "unit_square"
    side: float = 1.0

    def area(self) -> float:
        return self.side**2


class Disc(Component):
    kind: Literal["disc"] = "disc"
    radius: float

    def area(self) -> float:
        return 3.0 * self.radius**2


def stretched(text: str) -> Shape:
    if not text.startswith("side "):
        raise InputError(f"{text!r}: write side 2")
    return UnitSquare(side=float(text.removeprefix("side ")))


class Drawing(Component):
    shape: Annotated[Shape, OneOf(UnitSquare, Disc)] = UnitSquare()
    more: tuple[Annotated[Shape, OneOf(UnitSquare, Disc, words=stretched)], ...] = ()


@pytest.mark.parametrize("word", ["unit_square", "Unit-Square", "unit square", "UnitSquare"])
def test_a_bare_word_is_a_kind_with_its_defaults(word: str) -> None:
    assert Drawing(shape=word).shape == UnitSquare()
    assert Drawing.model_validate_json(f'{{"shape": "{word}"}}') == Drawing()
    assert Drawing.model_validate({"shape": {"kind": word, "side": 2}}).shape.area() == 4.0
    assert kind_named(word, (Disc, UnitSquare)) is UnitSquare


def test_a_class_stands_for_its_defaults() -> None:
    assert Drawing(shape=UnitSquare).shape == UnitSquare()

    class Point:
        def area(self) -> float:
            return 0.0

    assert Drawing(shape=Point).shape.area() == 0.0


def test_words_are_read_where_they_are_no_kind() -> None:
    drawing = Drawing(more=("Unit Square", "side 3"))
    assert drawing.more == (UnitSquare(), UnitSquare(side=3))
    with pytest.raises(BadSettings, match=r"more\.0: 'size 3': write side 2"):
        Drawing(more=("size 3",))


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ("unit_sqare", "there is no kind 'unit_sqare'; did you mean 'unit_square'? There are unit"),
        ({"kind": "disk"}, "shape: there is no kind 'disk'; did you mean 'disc'? There are"),
        ("zzz", "shape: there is no kind 'zzz'; there are unit_square and disc"),
        ("disc", "shape.disc.radius: must be given"),
        (Disc, "shape: Disc: radius: must be given"),
        ({"side": 1}, "shape: must say its kind, such as {kind: unit_square}"),
        (
            7,
            "shape: int will not do: name a kind, such as 'unit_square', or pass an object with",
        ),
        ({"kind": "disc", "radus": 1}, "no such setting; did you mean 'radius'? There is only"),
    ],
)
def test_what_is_no_kind_says_what_there_is(shape: Any, told: str) -> None:
    with pytest.raises(BadSettings) as refused:
        Drawing(shape=shape)
    assert told in str(refused.value)
    assert "pydantic" not in str(refused.value)


def test_the_schema_says_that_a_name_will_do() -> None:
    schema = TypeAdapter(Drawing).json_schema()["properties"]
    union, name = schema["shape"]["anyOf"]
    assert set(union["discriminator"]["mapping"]) == {"unit_square", "disc"}
    assert name == {"type": "string", "title": "by name", "enum": ["unit_square", "disc"]}
    assert schema["more"]["items"]["anyOf"][1] == {"type": "string", "title": "in words"}


def test_a_title_has_the_words_of_the_kind_and_the_capitals_of_the_class() -> None:
    class MinimumCVaR(Component):
        kind: Literal["minimum_cvar"] = "minimum_cvar"

    class XGBoost(Component):
        kind: Literal["xgboost"] = "xgboost"

    class Files(Component):
        model_config = ConfigDict(title="CSV and Parquet files")
        kind: Literal["files"] = "files"

    class Fast(Component):
        kind: Literal["very_fast"] = "very_fast"

    told = [title_of(cls) for cls in (UnitSquare, MinimumCVaR, XGBoost, Files, Fast, Drawing)]
    assert told == [
        "Unit Square",
        "Minimum CVaR",
        "XGBoost",
        "CSV and Parquet files",
        "Very Fast",
        "Drawing",
    ]
    assert UnitSquare.model_json_schema()["title"] == "Unit Square"
    assert Files.model_json_schema()["title"] == "CSV and Parquet files"


def test_names_are_spelt_as_their_field_spells_them() -> None:
    class Worst(Component):
        kind: Literal["robust_cvar"] = "robust_cvar"

    class BlackLitterman(Component):
        kind: Literal["black_litterman"] = "black_litterman"

    class Asked(Component):
        kind: str

    assert [title_of(one) for one in (Worst, BlackLitterman)] == ["Robust CVaR", "Black-Litterman"]
    assert in_words("robust_cvar") == "robust CVaR"
    assert in_words("maximum_sharpe") == "maximum Sharpe"
    assert in_words("variance_ratio") == "variance ratio"  # a part of a word is none
    assert kind_of(Asked) == "Asked"  # its kind is not known before there is one


def test_a_model_is_called_by_words_and_by_no_name_of_a_class() -> None:
    assert model_in_words("BayesianRidge") == "Bayesian ridge"
    assert model_in_words("RandomForest volatility") == "random forest volatility"
    assert model_in_words("LinearSVR 2") == "linear SVR 2"
    said = "XGBoostRanks is better than HAR-X"
    assert model_in_words(said) == "XGBoost ranks is better than HAR-X"
    for words in ("pooled mean", "GARCH(1,1)", "XGBoost", "GJR-GARCH", "LSTM"):
        assert model_in_words(words) == words


def test_things_are_found_by_their_names_and_aliases() -> None:
    things = {"one": 1, "two": 2}
    assert named(" ONE ", things) == named("first", things, aliases={"first": 1}) == 1
    with pytest.raises(InputError, match=r"no number 'tow'; did you mean 'two'\? There are one"):
        named("tow", things, "number", aliases={"first": 1})
    assert kind_of(Disc) == kind_of(Disc(radius=1)) == "disc" and kind_of(Drawing) == "Drawing"
