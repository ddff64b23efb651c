"""The damped search finds minima, and says when it did not."""

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.forecast.newton import Local, minimise


def rosenbrock(at: Array) -> Local:
    x, y = at
    errors = np.array([10 * (y - x**2), 1 - x])
    jacobian = np.array([[-20 * x, 10.0], [-1.0, 0.0]])
    return 0.5 * float(errors @ errors), jacobian.T @ errors, jacobian.T @ jacobian


def test_follows_a_curved_valley_to_its_end() -> None:
    found = minimise(rosenbrock, np.array([-1.2, 1.0]))
    assert found.converged
    np.testing.assert_allclose(found.at, (1, 1), atol=1e-3)


def test_stays_inside_the_domain() -> None:
    def fenced(at: Array) -> Local:
        value, slope, curvature = rosenbrock(at)
        return (value if at[0] < 0.5 else np.inf), slope, curvature

    found = minimise(fenced, np.array([-1.2, 1.0]))
    assert found.at[0] < 0.5
    assert found.value < rosenbrock(np.array([0.4, 0.1]))[0]


def test_a_direction_without_curvature_is_no_obstacle() -> None:
    def trough(at: Array) -> Local:
        slope = np.array([at[0] - 3.0, 0.0])
        return 0.5 * slope[0] ** 2, slope, np.diag([1.0, 0.0])

    found = minimise(trough, np.array([0.0, 7.0]))
    assert found.converged
    assert found.at == pytest.approx([3, 7], abs=1e-3)


def test_no_minimum_is_not_called_one() -> None:
    def cliff(at: Array) -> Local:
        return -float(at[0]), np.array([-1.0]), np.array([[1e-3]])

    assert not minimise(cliff, np.array([0.0])).converged
