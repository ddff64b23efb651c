"""Steps of interior points in machine code, beside their equations written out."""

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.optimize.exact import growth_kernel
from forefolio.optimize.exact.interior import inverse_of_few
from forefolio.optimize.exact.limits_kernel import (
    limited,
    missing,
    spread_over,
    substitute,
)

SESSIONS, ASSETS, ROWS = 30, 5, 3


def root_of(matrix: Array) -> Array:
    return np.ascontiguousarray(np.linalg.cholesky(matrix).T)


def somewhere(seed: int, equalities: int) -> dict[str, Array]:
    """Returns, and a point inside its limits that misses its rows."""
    rng = np.random.default_rng(seed)
    return {
        "returns": rng.normal(0.001, 0.02, (SESSIONS, ASSETS)),
        "x": rng.uniform(0.1, 0.3, ASSETS),
        "limits": rng.uniform(0.01, 0.2, (2, 2 * ASSETS + ROWS)),
        "equal": rng.normal(size=equalities),
        "same": rng.normal(size=(equalities, ASSETS)),
        "level": rng.normal(size=equalities),
        "over": rng.normal(size=(ROWS, ASSETS)),
        "limit": rng.uniform(0.5, 1.0, ROWS),
    }


@pytest.mark.parametrize("equalities", [0, 1, 2])
def test_a_newton_step_is_that_of_the_whole_system(equalities: int) -> None:
    at = somewhere(equalities, equalities)
    x, limits, same, over = at["x"], at["limits"], at["same"], at["over"]
    wealth = 1.0 + at["returns"] @ x
    off, off_rows, off_equal = np.empty(ASSETS), np.empty(ROWS), np.empty(equalities)
    growth_kernel.slopes(at["returns"], wealth, limits, at["equal"], same, over, off)
    missing(x, limits, same, at["level"], over, at["limit"], off_rows, off_equal)

    scaled, matrix = at["returns"] / wealth[:, None], np.empty((ASSETS, ASSETS))
    curved = scaled.T @ scaled / SESSIONS
    limited(curved, over, limits[1] / limits[0], matrix)
    root, spread = root_of(matrix), np.empty((ASSETS, equalities))
    spread_over(root, same, spread)
    moved, prices, step = np.empty(ASSETS), np.empty(equalities), np.empty_like(limits)
    far = growth_kernel.newton_step(
        at["returns"],
        wealth,
        limits,
        off,
        off_rows,
        off_equal,
        same,
        over,
        root,
        spread,
        inverse_of_few(same @ spread),
        moved,
        prices,
        step,
    )
    expected, reach = _written_out(at, curved, off, off_rows, off_equal, wealth)
    found = np.concatenate([moved, prices, step[0], step[1]])
    np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())
    np.testing.assert_allclose(far, reach, rtol=1e-9)


def _written_out(
    at: dict[str, Array],
    curved: Array,
    off: Array,
    off_rows: Array,
    off_equal: Array,
    wealth: Array,
) -> tuple[Array, tuple[float, float]]:
    """Amounts, prices of equalities, what is left and its prices; and how far they may go."""
    few, count = len(at["same"]), at["limits"].shape[1]
    left, prices = at["limits"]
    sides = np.vstack([np.eye(ASSETS), -np.eye(ASSETS), -at["over"]])
    n, m = ASSETS, ASSETS + few
    system = np.zeros((m + 2 * count, m + 2 * count))
    system[:n, :n], system[:n, n:m], system[:n, m + count :] = curved, -at["same"].T, -sides.T
    system[n:m, :n] = at["same"]
    system[m : m + count, :n], system[m : m + count, m : m + count] = -sides, np.eye(count)
    system[m + count :, m : m + count] = np.diag(prices)
    system[m + count :, m + count :] = np.diag(left)
    rows = np.concatenate([np.zeros(2 * n), off_rows])

    def solved(products: Array) -> tuple[Array, float, float]:
        right = np.concatenate([-off, off_equal, rows, products - left * prices])
        step = np.linalg.solve(system, right)
        amounts = np.concatenate([left, wealth])
        changes = np.concatenate([step[m : m + count], at["returns"] @ step[:n] / 0.9])
        return step, _far(amounts, changes), _far(prices, step[m + count :])

    step, primal, dual = solved(np.zeros(count))
    by_left, by_price = step[m : m + count], step[m + count :]
    gap, ahead = left @ prices, (left + primal * by_left) @ (prices + dual * by_price)
    centre = min(1.0, ahead / gap) ** 3 * gap / count
    step, primal, dual = solved(centre - by_left * by_price)
    return step, (primal, dual)


def _far(values: Array, changes: Array) -> float:
    falling = changes < 0
    return float(min(1.0, (values[falling] / -changes[falling]).min(initial=1.0)))


def test_equations_are_solved_by_their_root() -> None:
    rng = np.random.default_rng(0)
    half = rng.normal(size=(9, 9))
    matrix, right = half @ half.T + np.eye(9), rng.normal(size=9)
    found = right.copy()
    substitute(root_of(matrix), found)
    np.testing.assert_allclose(found, np.linalg.solve(matrix, right), rtol=1e-9)


def test_of_equations_that_follow_from_others_the_least_solution_is_taken() -> None:
    twice = np.array([[2.0, 2.0], [2.0, 2.0]])
    np.testing.assert_allclose(inverse_of_few(twice), np.linalg.pinv(twice), atol=1e-12)
    with pytest.raises(np.linalg.LinAlgError):
        inverse_of_few(np.full((2, 2), np.nan))
