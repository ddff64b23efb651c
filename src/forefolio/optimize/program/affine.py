"""Formulas in the unknowns of a convex problem, with the operators that a formula needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

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
