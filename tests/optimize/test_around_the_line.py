"""What runs in kernels around the line: each beside its slow twin, and where it has to refuse."""

import numpy as np
import pytest

from forefolio.core.errors import DataError
from forefolio.optimize import Polyhedron, exact_frontier
from forefolio.optimize.exact.critical_line import SMALL
from forefolio.optimize.exact.interior_kernel import longest, solve_few
from forefolio.optimize.exact.price_kernel import marginal

RNG = np.random.default_rng(5)
SIZES = pytest.mark.parametrize("count", [3, SMALL, SMALL + 1])


@SIZES
@pytest.mark.parametrize("wrong", ["not known", "not symmetric", "not positive semi-definite"])
def test_what_is_no_covariance_is_refused_at_every_size(count: int, wrong: str) -> None:
    root = RNG.normal(size=(count, 2 * count))
    covariance, mean = root @ root.T, RNG.normal(size=count)
    exact_frontier(mean, covariance)
    if wrong == "not known":
        covariance[1, 0] = covariance[0, 1] = np.nan
    elif wrong == "not symmetric":
        covariance[1, 0] += 0.1 * covariance[0, 0]
    else:
        covariance -= 1.001 * np.linalg.eigvalsh(covariance)[0] * np.eye(count)
    with pytest.raises(DataError, match=wrong):
        exact_frontier(mean, covariance)


@SIZES
def test_copies_of_an_asset_are_a_covariance(count: int) -> None:
    exact_frontier(np.ones(count), np.full((count, count), 0.04))


def test_how_far_limits_are_missed_is_that_of_plain_numpy() -> None:
    rows, lower = RNG.normal(size=(4, 7)), RNG.normal(size=7)
    upper, low = lower + RNG.random(7), RNG.normal(size=4)
    high = low + RNG.random(4)
    within = Polyhedron(lower=lower, upper=upper, rows=rows, low=low, high=high)
    weights = RNG.normal(size=(50, 7))
    does = weights @ rows.T
    parts = lower - weights, weights - upper, low - does, does - high
    expected = np.maximum(np.hstack(parts).max(axis=1), 0.0)
    np.testing.assert_allclose(within.miss(weights), expected, rtol=1e-13)
    weights[3, 2] = np.nan
    assert within.miss(weights)[3] == np.inf


def test_few_equations_are_solved_or_said_not_to_be() -> None:
    for count in (1, 2, 5):
        matrix, right = RNG.normal(size=(count, count)), RNG.normal(size=count)
        matrix[0, 0] = 0.0 if count > 1 else 2.0  # it has to pivot
        found = np.empty(count)
        assert solve_few(matrix, right, found)
        np.testing.assert_allclose(matrix @ found, right, rtol=1e-10)
    assert not solve_few(np.zeros((2, 2)), np.ones(2), np.empty(2))
    assert not solve_few(np.ones((2, 2)), np.array([1.0, 2.0]), np.empty(2))


def test_a_step_ends_where_the_first_value_would_be_zero() -> None:
    assert longest(np.array([1.0, 2.0]), np.array([-4.0, -1.0])) == 0.25
    assert longest(np.array([1.0, 2.0]), np.array([-0.5, 3.0])) == 1.0


def test_a_budget_gains_what_a_free_asset_would() -> None:
    slope, low, high = np.array([1.0, 3.0, 8.0]), np.zeros(3), np.ones(3)
    assert marginal(slope, np.array([0.5, 0.5, 0.0]), low, high, 1e-9) == 2.0
    assert marginal(slope, np.array([1.0, 0.0, 0.0]), low, high, 1e-9) == 2.0  # of 1 and of 3
    assert marginal(slope, np.array([0.0, 0.0, 0.0]), low, high, 1e-9) == 1.0
