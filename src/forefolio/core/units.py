"""Units, in names and in types.

A bare number is a fraction (0.01 is one percent) per trading session; everything else says so.
"""

from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Dates: TypeAlias = NDArray[np.datetime64]

Days = Annotated[int, Field(ge=1, json_schema_extra={"unit": "trading days"})]
Fraction = Annotated[float, Field(json_schema_extra={"unit": "fraction"})]
Share = Annotated[float, Field(ge=0, le=1, json_schema_extra={"unit": "fraction"})]
AnnualRate = Annotated[float, Field(gt=-1, le=1, json_schema_extra={"unit": "fraction per year"})]
Bps = Annotated[float, Field(ge=0, json_schema_extra={"unit": "basis points"})]
Money = Annotated[float, Field(gt=0, json_schema_extra={"unit": "currency"})]


def read_only(*arrays: NDArray[Any] | None) -> None:
    """Make a value's arrays as frozen as the value that holds them."""
    for array in arrays:
        if array is not None:
            array.setflags(write=False)
