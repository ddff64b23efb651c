"""Objectives that are formulas of return, costs of trading and one variance, read off the formulas.

A formula is written down by a program that records what it is asked for (`recording.py`): what it
is made of decides, never its name. So objectives and terms of somebody's own are as fast as ours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from forefolio.core.units import Array, read_only
from forefolio.optimize.base import Outlook
from forefolio.optimize.exact.polyhedron import Distance
from forefolio.optimize.exact.recording import (
    NotLinear,
    Recorder,
    Risk,
    centre_of,
    recorded_symbols,
)
from forefolio.optimize.program.affine import Affine, Squares
from forefolio.optimize.program.problem import Piece
from forefolio.optimize.program.symbols import Symbols


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Formula:
    """Risk / 2 x the variance of (w - centre) less gain'w, and what distances cost; less `sure`."""

    risk: float
    centre: Array  # (N,)
    gain: Array  # (N,)
    costs: tuple[Distance, ...]
    sure: float  # what is gained whatever the weights are

    def __post_init__(self) -> None:
        read_only(self.centre, self.gain)

    @classmethod
    def gaining(cls, gain: Array) -> Self:
        """A gain (N,) and nothing beside it."""
        return cls(risk=0.0, centre=np.zeros(len(gain)), gain=gain, costs=(), sure=0.0)

    @property
    def is_risk_alone(self) -> bool:
        """Whether nothing is gained and nothing costs."""
        return not self.gain.any() and not self.costs


def read_formula(losses: Callable[[Symbols], Sequence[Piece]], outlook: Outlook) -> Formula | None:
    """What the sum of `losses` comes to; None where it is more than a `Formula`."""
    count, recorder = len(outlook.assets), Recorder()
    s = recorded_symbols(outlook, recorder)
    linear, sure, risk, centre = np.zeros(count), 0.0, 0.0, np.zeros(count)
    try:
        pieces = losses(s)
        for piece in pieces:
            if isinstance(piece, Squares):
                weight = _risk_of(piece)
                risk, centre = risk + weight, centre + weight * _centre(piece, count)
            else:
                width = max(len(linear), piece.width)
                linear = _wide(linear, width) + piece.wide(width).sum(axis=0)
                sure -= float(piece.constant.sum())
        costs = _costs(linear, recorder, count)
    except NotLinear:
        return None
    return Formula(
        risk=risk,
        centre=centre / risk if risk else centre,
        gain=-linear[:count],
        costs=costs,
        sure=sure,
    )


def _risk_of(piece: Squares) -> float:
    if piece.factor < 0:
        raise NotLinear  # it is not convex
    return 2.0 * piece.factor


def _centre(piece: Squares, count: int) -> Array:
    if not isinstance(piece.of, Risk):
        raise NotLinear
    return centre_of(piece.of.inside, count)


def _wide(numbers: Array, width: int) -> Array:
    return np.concatenate([numbers, np.zeros(width - len(numbers))])


def _costs(linear: Array, recorder: Recorder, count: int) -> tuple[Distance, ...]:
    """What sizes cost; volatilities, and sizes that are gained, have no place here."""
    costs, accounted = [], np.arange(len(linear)) < count
    for first, of in recorder.sizes:
        rate = _wide(linear, first + len(of))[first : first + len(of)] + 0.0
        if (rate < 0).any():
            raise NotLinear
        if rate.any():
            costs.append(Distance(centre=centre_of(of, count), rate=rate))
        accounted[first : first + len(of)] = True
    if linear[~accounted].any():
        raise NotLinear
    return tuple(costs)


def minus(gain: Callable[[Symbols], Affine]) -> Callable[[Symbols], Sequence[Piece]]:
    """A gain as a loss."""
    return lambda s: [-gain(s)]
