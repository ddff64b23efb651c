"""A problem in units of its own: where one unknown moves what is measured a million times less.

Solvers have one tolerance for all unknowns. Where an asset is a millionth as volatile as the rest,
weights of a millionth decide which has which part of the risk, and are nothing beside a tolerance.
Each unknown is then counted in a unit in which it moves as much as any other, and each row in one
in which its largest number is one; the answer is in the units of the problem again.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from forefolio.core.units import Array
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.solvers import Answer, Conic, polished

UNLIKE = 100.0  # times as much: units are then worth their while


def even_units(formulas: Sequence[Affine], width: int) -> Array | None:
    """The unit (V,) of each of `width` unknowns; None where they move `formulas` about alike.

    The unknown that moves them least has a unit of one, and what moves nothing as well.
    """
    moved = np.abs(np.vstack([formula.wide(width) for formula in formulas])).max(axis=0)
    felt = moved[moved > 0]
    if not felt.size or felt.max() < UNLIKE * felt.min():
        return None
    units = np.ones(width)
    units[moved > 0] = felt.min() / felt
    return units


def solved_in(
    units: Array, problem: Conic, answered: Callable[[Conic], Answer | None]
) -> Answer | None:
    """What `answered` says of the problem in `units` (V,), in those of the problem.

    Unknowns that came after the units were chosen keep their own.
    """
    units = np.append(units, np.ones(len(problem.linear) - len(units)))
    quadratic, linear = problem.quadratic * np.outer(units, units), problem.linear * units
    rows = problem.rows * units
    per_row = _row_units(problem, rows)
    unit = float(max(np.abs(quadratic).max(initial=0), np.abs(linear).max(initial=0))) or 1.0
    counted = replace(
        problem,
        quadratic=quadratic / unit,
        linear=linear / unit,
        rows=rows / per_row[:, None],
        limits=problem.limits / per_row,
    )
    answer = answered(counted)
    if answer is None or answer.status != "solved":
        return answer
    prices = answer.prices * unit / per_row[: len(answer.prices)]
    exactly = polished(counted, answer) * units
    return replace(answer, bound=answer.bound * unit, unknowns=exactly, prices=prices)


def _row_units(problem: Conic, rows: Array) -> Array:
    """The unit (M,) of each row; those of one cone have one together."""
    largest = np.abs(rows).max(axis=1, initial=0.0)
    begin = len(problem.exact)
    for cone in problem.cones:
        largest[begin : begin + cone.size] = largest[begin : begin + cone.size].max(initial=0.0)
        begin += cone.size
    return np.where(largest > 0, largest, 1.0)
