"""A program that only writes down what formulas ask it for, so that their structure can be read.

Weights, their sizes |w - centre|, and volatilities of w - centre are written down; whatever asks
for more (a norm of something else, few names) raises `NotLinear`, and goes the general way.
"""

from typing import Any, NoReturn

import numpy as np

from forefolio.core.units import Array
from forefolio.optimize.base import Outlook
from forefolio.optimize.program.affine import Affine, Picked
from forefolio.optimize.program.problem import Program
from forefolio.optimize.program.solvers import SolverControl
from forefolio.optimize.program.symbols import Symbols

ANY_CONTROL = SolverControl()  # nothing is solved


class NotLinear(Exception):
    """Something was asked for that has no place on an exact line."""


class Risk(Affine):
    """A root of the covariance times a formula, whose length is a volatility.

    It is not written down: for that the root, which takes N^3 steps, would have to be known.
    """

    __slots__ = ("inside",)
    inside: Affine  # (N,)

    def __init__(self, inside: Affine) -> None:
        object.__setattr__(self, "inside", inside)

    @property
    def matrix(self) -> Array:
        """Not known."""
        raise NotLinear

    @property
    def constant(self) -> Array:
        """Not known."""
        raise NotLinear


class _Root:
    """The root of the covariance, of which only the product with a formula is known."""

    def __matmul__(self, of: Affine) -> Risk:
        return Risk(of)

    def _unknown(self, *_: object, **__: object) -> NoReturn:
        raise NotLinear

    __array__ = __getattr__ = __getitem__ = __mul__ = __rmul__ = __rmatmul__ = __neg__ = _unknown


class Recorder(Program):
    """Writes down whose sizes and volatilities are asked for, with the place of the first."""

    def __init__(self) -> None:
        super().__init__(control=ANY_CONTROL)
        self.sizes: list[tuple[int, Affine]] = []
        self.volatilities: list[tuple[int, Affine]] = []

    def unknown(self, count: int = 1) -> Affine:
        """New unknowns (count,), of which no matrix is written down."""
        index = np.arange(self._size, self._size + count)
        self._size += count
        return Picked(index, np.ones(count), np.zeros(count), self._size)

    def absolute(self, of: Affine) -> Affine:
        """Sizes (K,), written down."""
        size = self.unknown(len(of))
        self.sizes.append((size.width - len(of), of))
        return size

    def norm(self, of: Affine) -> Affine:
        """A volatility (1,), written down; the length of anything else is refused."""
        if not isinstance(of, Risk):
            raise NotLinear
        size = self.unknown()
        self.volatilities.append((size.width - 1, of.inside))
        return size

    def _refused(self, *_: object, **__: object) -> NoReturn:
        raise NotLinear

    positive_part = square = at_least = three_halves = logarithm = few = shorter = _refused


class _RecordedSymbols(Symbols):
    """Symbols whose covariance has a root that is only named."""

    __slots__ = ()

    @property
    def risk_root(self) -> Any:
        """What stands for it."""
        return _Root()


def recorded_symbols(outlook: Outlook, recorder: Recorder) -> Symbols:
    """Weights of the assets of `outlook`, of which `recorder` writes down what is asked."""
    x = recorder.unknown(len(outlook.assets))
    return _RecordedSymbols(outlook, recorder, x, Affine(np.zeros((1, 0)), np.ones(1)))


def centre_of(of: Affine, count: int) -> Array:
    """The centre (N,) of a formula that is all `count` weights, each less a number.

    Raises:
        NotLinear: it is another formula.
    """
    if isinstance(of, Picked):
        whole = len(of) == count and of.whole
    else:
        whole = len(of) == count and np.array_equal(of.wide(max(count, of.width)), np.eye(count))
    if not whole:
        raise NotLinear
    centre: Array = -of.constant
    return centre
