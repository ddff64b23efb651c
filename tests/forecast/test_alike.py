"""What is equal to the bit is computed once."""

import numpy as np

from forefolio.core.units import Array
from forefolio.forecast.alike import Alike, Once


def test_equal_arrays_are_one_and_a_bit_makes_them_two() -> None:
    alike, first = Alike(), np.array([[1.0, np.nan], [2.0, 3.0]])
    assert alike.one_of(first) is first
    assert alike.one_of(first.copy()) is first
    other = first.copy()
    other[0, 0] = np.nextafter(1.0, 2.0)
    assert alike.one_of(other) is other


def test_a_function_is_computed_once_for_equal_arrays() -> None:
    asked: list[float] = []

    def total(array: Array) -> float:
        asked.append(float(array.sum()))
        return asked[-1]

    once = Once[float]()
    ones, twos = np.ones((3, 2)), np.full((3, 2), 2.0)
    assert [once.of(each, total) for each in (ones, twos, ones.copy(), twos.copy())] == [
        6.0,
        12.0,
    ] * 2
    assert asked == [6.0, 12.0]
