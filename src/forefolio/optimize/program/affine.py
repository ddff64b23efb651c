"""Formulas in the unknowns of a convex problem, with the operators that a formula needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.units import Array, Flags

Number: TypeAlias = float | Array


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """K values that depend linearly on the unknowns: `matrix @ unknowns + constant`.

    It may have been written when fewer unknowns existed: missing columns are zeros.
    """

    matrix: Array  # (K, V)
    constant: Array  # (K,)
    __array_ufunc__: ClassVar[None] = None  # numpy leaves `array @ affine` to us

    def __len__(self) -> int:
        return len(self.constant)

    def __add__(self, other: Affine | Number) -> Affine:
        if not isinstance(other, Affine):
            constant = self.constant + other
            return Affine(np.broadcast_to(self.matrix, (len(constant), self.width)), constant)
        width = max(self.width, other.width)
        return Affine(self.wide(width) + other.wide(width), self.constant + other.constant)

    def __mul__(self, factor: Number) -> Affine:
        if isinstance(factor, float | int):
            return Affine(self.matrix * factor, self.constant * factor)
        column = np.reshape(factor, (-1, 1))
        return Affine(self.matrix * column, self.constant * column[:, 0])

    def __rmatmul__(self, rows: Array) -> Affine:
        rows = np.atleast_2d(rows)
        return Affine(rows @ self.matrix, rows @ self.constant)

    def __getitem__(self, which: slice | list[int] | Flags) -> Affine:
        return Affine(self.matrix[which], self.constant[which])

    def __neg__(self) -> Affine:
        return self * -1.0

    def __sub__(self, other: Affine | Number) -> Affine:
        return self + -other

    def __rsub__(self, other: Number) -> Affine:
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__

    @property
    def width(self) -> int:
        """How many unknowns there were when this was written."""
        return int(self.matrix.shape[1])

    @property
    def is_sure(self) -> bool:
        """Whether no unknown has a part in any of the values."""
        return not self.matrix.any()

    def wide(self, width: int) -> Array:
        """The matrix (K, width), zeros for unknowns that came later."""
        if width == self.width:
            return self.matrix
        matrix = np.zeros((len(self), width))
        matrix[:, : self.width] = self.matrix
        return matrix

    def sum(self) -> Affine:
        """The one value that is their sum."""
        return np.ones(len(self)) @ self


class Picked(Affine):
    """K values, each a multiple of one unknown and a constant: weights, and bounds on them.

    What is done to each value by itself leaves it so; anything else is a full matrix, as is
    `matrix`. So the bounds of ten thousand weights take no ten thousand squared numbers.
    """

    __slots__ = ("factor", "index", "size")
    index: NDArray[np.intp]  # (K,) the unknowns
    factor: Array  # (K,)
    size: int  # V

    def __init__(self, index: NDArray[np.intp], factor: Array, constant: Array, size: int) -> None:
        put = object.__setattr__
        put(self, "index", index)
        put(self, "factor", factor)
        put(self, "constant", constant)
        put(self, "size", size)

    @property
    def matrix(self) -> Array:
        """The coefficients (K, V), written down whole."""
        matrix = np.zeros((len(self), self.size))
        matrix[np.arange(len(self)), self.index] = self.factor
        return matrix

    @property
    def width(self) -> int:
        """How many unknowns there were when this was written."""
        return self.size

    @property
    def is_sure(self) -> bool:
        """Whether no unknown has a part in any of the values."""
        return not self.factor.any()

    @property
    def whole(self) -> bool:
        """Whether each value is one of the first K unknowns, in their order, and a constant."""
        return bool((self.factor == 1).all() and (self.index == np.arange(len(self))).all())

    def __add__(self, other: Affine | Number) -> Affine:
        if isinstance(other, Affine) and other.width:
            return super().__add__(other)
        constant = self.constant + (other.constant if isinstance(other, Affine) else other)
        if len(constant) != len(self):
            return super().__add__(other)
        return Picked(self.index, self.factor, constant, self.size)

    def __mul__(self, factor: Number) -> Affine:
        return Picked(self.index, self.factor * factor, self.constant * factor, self.size)

    def __rmatmul__(self, rows: Array) -> Affine:
        rows = np.atleast_2d(rows)
        matrix = np.zeros((len(rows), self.size))
        np.add.at(matrix.T, self.index, (rows * self.factor).T)
        return Affine(matrix, rows @ self.constant)

    def sum(self) -> Affine:
        """The one value that is their sum."""
        total: Array = np.bincount(self.index, self.factor, self.size).astype(np.float64)
        return Affine(total[None], self.constant.sum(keepdims=True))

    def __getitem__(self, which: slice | list[int] | Flags) -> Affine:
        return Picked(self.index[which], self.factor[which], self.constant[which], self.size)

    def __rsub__(self, other: Affine | Number) -> Affine:
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__


@dataclass(frozen=True, slots=True, eq=False)
class Squares:
    """`factor` times the sum of squares of `of`."""

    of: Affine
    factor: float = 1.0

    def __mul__(self, factor: float) -> Squares:
        return Squares(self.of, self.factor * factor)

    def __neg__(self) -> Squares:
        return self * -1.0

    __rmul__ = __mul__
