from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import SolverFailed
from forefolio.core.units import Array
from forefolio.optimize import Budget, LongOnly, Outlook
from forefolio.optimize.constraints.conflicts import conflict
from forefolio.optimize.program.affine import Affine, Squares
from forefolio.optimize.program.problem import Program, Rows, Solution
from forefolio.optimize.program.solvers import (
    SOLVERS,
    Answer,
    Conic,
    Solver,
    SolverControl,
    clarabel_loose,
    highs,
)

OutlookOf = Callable[..., Outlook]


def stuck(problem: Conic, control: SolverControl) -> Answer:
    assert problem.rows.size and control.fallback
    return Answer(status="stopped")


def nearest(point: Array, *, solvers: tuple[Solver, ...] = SOLVERS) -> tuple[Array, Solution]:
    program = Program(solvers)
    x = program.unknown(len(point))
    rows = [
        Rows(name="sum", excess=x.sum() - 1.0, exact=True),
        Rows(name="floor", excess=-x, labels=tuple("abcd")),
    ]
    solution = program.minimise([Squares(x - point)], rows)
    assert solution is not None
    return solution.value(x), solution


def projected(point: Array) -> Array:
    ordered = np.sort(point)[::-1]
    levels = (np.cumsum(ordered) - 1) / np.arange(1, len(point) + 1)
    water = levels[np.flatnonzero(ordered > levels)[-1]]
    return np.asarray(np.maximum(point - water, 0.0))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=4, max_size=4))
def test_the_nearest_point_of_the_simplex_to_the_last_digits(values: list[float]) -> None:
    point = np.array(values)
    np.testing.assert_allclose(nearest(point)[0], projected(point), atol=1e-10)


@pytest.mark.parametrize("little", [1e-3, 1e-5, 1.13e-6, 1e-7, 1e-9])
def test_a_small_weight_is_one_and_not_nothing(little: float) -> None:
    point = np.array([0.0, 0.0, 1.0, little])
    np.testing.assert_allclose(nearest(point)[0], projected(point), atol=1e-14)


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_gives_the_same_point_and_prices(solver: Solver) -> None:
    point = np.array([0.9, 0.4, -0.3, 0.1])
    expected, reference = nearest(point)
    got, solution = nearest(point, solvers=(solver,))
    digits = 1e-4 if solver is clarabel_loose else 1e-9
    np.testing.assert_allclose(got, expected, atol=digits)
    for mine, theirs in zip(solution.prices, reference.prices, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=max(digits, 1e-5))


def test_another_solver_is_asked_where_the_first_has_no_answer() -> None:
    point = np.array([0.9, 0.4, -0.3, 0.1])
    found, _ = nearest(point, solvers=(stuck, highs))
    np.testing.assert_allclose(found, projected(point), atol=1e-12)
    with pytest.raises(SolverFailed, match="none of 1 solvers has an answer"):
        nearest(point, solvers=(stuck,))


@pytest.mark.parametrize("solver", SOLVERS)
def test_infeasible_and_unbounded_are_told_apart(solver: Solver) -> None:
    program = Program((solver,))
    x = program.unknown(2)
    contradiction = [Rows(name="a", excess=x - 1.0), Rows(name="b", excess=2.0 - x)]
    assert program.minimise([x.sum()], contradiction) is None
    with pytest.raises(SolverFailed, match="nothing limits"):
        program.minimise([x.sum()], contradiction[:1])


def test_formulas_read_as_they_are_written() -> None:
    program = Program()
    x = program.unknown(3)
    later = program.unknown()
    table = np.arange(6.0).reshape(2, 3)
    formula = 2.0 * (table @ x) - np.array([1.0, 2.0]) * later + 3.0
    value = Solution(np.array([1.0, 2.0, 3.0, 10.0]), ()).value(formula)
    np.testing.assert_allclose(value, 2 * table @ [1, 2, 3] - np.array([10.0, 20.0]) + 3)
    constant = Affine(np.zeros((2, 0)), np.array([1.0, 2.0])) + x[:2]
    assert Solution(np.ones(4), ()).value(constant).tolist() == [2.0, 3.0]


def test_the_row_names_say_which_asset() -> None:
    x = Program().unknown(2)
    assert Rows(name="low", excess=x, labels=("A", "B")).row_names == ("A: low", "B: low")
    assert Rows(name="low", excess=x).row_names == ("low", "low")


def test_highs_knows_no_power_cones() -> None:
    program = Program((stuck, highs))
    x = program.unknown(2)
    size = program.three_halves(x, Affine(np.zeros((1, 0)), np.ones(1)))
    with pytest.raises(SolverFailed, match="none of 2 solvers"):
        program.minimise([size.sum()], [Rows(name="fixed", excess=x - 0.5, exact=True)])


def test_a_solver_that_is_wrong_about_feasibility_is_found_out(outlook_of: OutlookOf) -> None:
    with pytest.raises(SolverFailed, match="yet the constraints allow some"):
        conflict(outlook_of(), (Budget(), LongOnly()))
