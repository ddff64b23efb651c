"""Numbers that no setting may have: what computes with them overflows, late and in riddles."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from pydantic import BaseModel
from pydantic_core import InitErrorDetails, PydanticCustomError

MOST_COUNT = 2**31 - 1  # sessions, paths, seeds: what every library takes
MOST_AMOUNT = 1e15  # money, prices, aversions: its square is still exact enough to compare

Place: TypeAlias = tuple[str | int, ...]


def too_large(document: BaseModel) -> list[InitErrorDetails]:
    """The settings of a document, however deep, whose number is larger than any may be."""
    return [
        InitErrorDetails(
            type=PydanticCustomError(
                "too_large", "must lie between -{most} and {most}", {"most": f"{most:,.0f}"}
            ),
            loc=place,
            input=None,  # it may have hundreds of digits
        )
        for place, most in _too_large(document, ())
    ]


def _too_large(value: object, place: Place) -> Iterator[tuple[Place, float]]:
    match value:
        case int() if abs(value) > MOST_COUNT:
            yield place, MOST_COUNT
        case float() if abs(value) > MOST_AMOUNT:
            yield place, MOST_AMOUNT
        case BaseModel():
            for name in type(value).model_fields:
                yield from _too_large(getattr(value, name), (*place, name))
        case Mapping():
            for name, held in value.items():
                yield from _too_large(held, (*place, str(name)))
        case tuple() | list():
            for index, held in enumerate(value):
                yield from _too_large(held, (*place, index))
