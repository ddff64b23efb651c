"""Arrays that are equal to the bit are kept, or looked at, once."""

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

from forefolio.core.units import Array

T = TypeVar("T")


class Alike:
    """Arrays given to `one_of` come back as the first that had the same bits."""

    def __init__(self) -> None:
        self._arrays: dict[tuple[bytes, tuple[int, ...]], list[Array]] = {}

    def one_of(self, array: Array) -> Array:
        """The first array of the same bits, missing values included."""
        alike = self._arrays.setdefault((array[-1:].tobytes(), array.shape), [])
        for other in alike:
            if other is array or _bits(other, array):
                return other
        alike.append(array)
        return array


class Once(Generic[T]):
    """A function of an array that is computed once for all that have the same bits."""

    def __init__(self, function: Callable[[Array], T]) -> None:
        self._function = function
        self._alike = Alike()
        self._results: dict[int, T] = {}  # `_alike` keeps the arrays where they are

    def __call__(self, array: Array) -> T:
        """The result for `array`, or for one that is equal."""
        array = self._alike.one_of(array)
        if id(array) not in self._results:
            self._results[id(array)] = self._function(array)
        return self._results[id(array)]


def _bits(one: Array, other: Array) -> bool:
    return bool((one.view(np.int64) == other.view(np.int64)).all())
