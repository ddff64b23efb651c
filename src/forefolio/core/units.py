"""Units, in names and in types.

A bare number is a fraction (0.01 is one percent) per trading session; everything else says so. A
setting of one of these types may be written as people write it: a fraction as "12%", money as
"$25,000", several words as "AAPL, MSFT". That holds in Python, in a file and in a JSON body.
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field

from forefolio.core import quantities
from forefolio.core.errors import InputError
from forefolio.core.wording import in_doubt

T = TypeVar("T")

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Dates: TypeAlias = NDArray[np.datetime64]


def _written(read: Callable[[str], object]) -> BeforeValidator:
    """Where a text stands for the value, `read` reads it; anything else is left as it is."""
    return BeforeValidator(lambda given: read(given) if isinstance(given, str) else given)


def no_more_than(most: float, of: str) -> AfterValidator:
    """Refuses a fraction `of` something that nobody means, such as 30 for 30%."""

    def checked(value: float) -> float:
        if most < abs(value) < float("inf"):
            raise ValueError("; ".join(in_doubt(value, of)))
        return value

    return AfterValidator(checked)


PER_CENT = _written(quantities.fraction)
"""Marks a number that may be written as "12%"; in an `Annotated` after its bounds."""

FAR_TOO_VOLATILE = 1.5  # a year: no portfolio is limited to more, nor aims at it
MOST_DAYS = 1_000_000_000  # more of them are no count: what adds to it overflows somewhere
MOST_AHEAD = 100_000  # four centuries; a forecast of a typing error's days would not end
WHOLE_BPS = 10_000  # basis points of all that is traded: more would cost than it is worth
Days = Annotated[int, Field(ge=1, le=MOST_DAYS, json_schema_extra={"unit": "trading days"})]
DaysAhead = Annotated[int, Field(ge=1, le=MOST_AHEAD, json_schema_extra={"unit": "trading days"})]
Fraction = Annotated[float, Field(json_schema_extra={"unit": "fraction"}), PER_CENT]
Share = Annotated[float, Field(ge=0, le=1, json_schema_extra={"unit": "fraction"}), PER_CENT]
PositiveShare = Annotated[
    float, Field(gt=0, le=1, json_schema_extra={"unit": "fraction"}), PER_CENT
]
PositiveFraction = Annotated[float, Field(gt=0, json_schema_extra={"unit": "fraction"}), PER_CENT]
Probability = Annotated[
    float, Field(gt=0, lt=1, json_schema_extra={"unit": "probability"}), PER_CENT
]
Confidence = Annotated[
    float, Field(ge=0.5, lt=1, json_schema_extra={"unit": "probability"}), PER_CENT
]
AnnualRate = Annotated[
    float, Field(gt=-1, le=1, json_schema_extra={"unit": "fraction per year"}), PER_CENT
]
AnnualVolatility = Annotated[
    float,
    Field(gt=0, json_schema_extra={"unit": "fraction per year"}),
    PER_CENT,
    no_more_than(FAR_TOO_VOLATILE, "a year"),
]
Bps = Annotated[
    float,
    Field(ge=0, le=WHOLE_BPS, json_schema_extra={"unit": "basis points"}),
    _written(quantities.basis_points),
]
Money = Annotated[
    float, Field(gt=0, json_schema_extra={"unit": "currency"}), _written(quantities.money)
]
Balance = Annotated[
    float, Field(ge=0, json_schema_extra={"unit": "currency"}), _written(quantities.money)
]
Multiple = Annotated[
    float,
    Field(gt=0, json_schema_extra={"unit": "multiple of the beginning"}),
    _written(quantities.multiple),
]
IN_WORDS = _written(quantities.words)
"""Marks a list of words that may be written as "AAPL, MSFT"; after its bounds."""

Words = Annotated[tuple[str, ...], IN_WORDS]
"""Several words, such as tickers: a list, or one text with commas or spaces between."""


def setting_check(check: Callable[[T], T]) -> AfterValidator:
    """A check of a setting: what it refuses is a problem of the document."""

    def checked(value: T) -> T:
        try:
            return check(value)
        except InputError as error:
            raise ValueError(str(error)) from None

    return AfterValidator(checked)


def read_only(*arrays: NDArray[Any] | None) -> None:
    """Make a value's arrays as frozen as the value that holds them."""
    for array in arrays:
        if array is not None:
            array.setflags(write=False)
