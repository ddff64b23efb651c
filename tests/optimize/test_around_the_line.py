"""What runs in kernels around the line: each beside its slow twin, and where it has to refuse."""

from collections.abc import Callable

import numpy as np
import pytest

from forefolio.core.errors import DataError, UnclearName
from forefolio.core.units import Array
from forefolio.optimize import (
    Bounds,
    Budget,
    Distance,
    Group,
    LongOnly,
    MaximumDiversification,
    MaximumSharpe,
    Outlook,
    Polyhedron,
    exact_frontier,
    row_frontier,
)
from forefolio.optimize.exact.critical_line import SMALL
from forefolio.optimize.exact.interior_kernel import longest, solve_few
from forefolio.optimize.exact.price_kernel import marginal
from forefolio.optimize.exact.reading import read_structure
from forefolio.optimize.exact.structure import FELT, TOUCHING, Structure
from forefolio.optimize.names import Universe, check_names

RNG = np.random.default_rng(5)
SIZES = pytest.mark.parametrize("count", [3, SMALL, SMALL + 1])


@SIZES
@pytest.mark.parametrize("wrong", ["not known", "not symmetric", "not positive semi-definite"])
def test_what_is_no_covariance_is_refused_at_every_size(count: int, wrong: str) -> None:
    root = RNG.normal(size=(count, 2 * count))
    covariance, mean = root @ root.T, RNG.normal(size=count)
    exact_frontier(mean, covariance)
    if wrong == "not known":
        covariance[-1, 0] = covariance[0, -1] = np.nan
    elif wrong == "not symmetric":
        covariance[-1, 0] += 0.1 * covariance[0, 0]
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


def test_a_portfolio_within_rows_has_the_numbers_of_plain_numpy() -> None:
    mean, root = RNG.normal(size=9) * 1e-3, RNG.normal(size=(9, 30)) * 0.01
    covariance, base = root @ root.T, np.full(9, 1 / 9)
    within = Polyhedron(
        lower=np.zeros(9),
        upper=np.full(9, 0.4),
        rows=np.vstack([np.ones(9), np.arange(9) % 3 == 0]),
        low=np.array([1.0, 0.1]),
        high=np.array([1.0, 0.3]),
        distances=[Distance(centre=base, limit=0.9, rate=1e-4)],
    )
    for point in row_frontier(mean, covariance, within, base=base).points(9):
        away, does = point.weights - base, within.rows @ point.weights
        assert point.mean == pytest.approx(point.weights @ mean, abs=1e-15)
        assert point.variance == pytest.approx(away @ covariance @ away, rel=1e-12)
        short = np.maximum(within.low - does, does - within.high).max()
        far = np.abs(away).sum() - 0.9
        assert point.miss == pytest.approx(max(short, far, 0.0), abs=1e-15)
        assert 0.0 <= point.gap <= 1e-12 * point.variance + 1e-18


@pytest.mark.parametrize("count", [3, SMALL + 1])
def test_the_line_ends_where_its_ratio_is_greatest(
    count: int, outlook_of: Callable[..., Outlook]
) -> None:
    outlook = outlook_of(assets=count)
    excess, risk = outlook.mean - outlook.risk_free, outlook.risk
    whole = exact_frontier(excess, risk).maximum_sharpe()
    found = MaximumSharpe().allocate(outlook)
    np.testing.assert_allclose(found.weights, whole.weights, atol=1e-12)
    assert found.gap <= 1e-9
    spread = exact_frontier(outlook.covariance.std, outlook.covariance.matrix).maximum_sharpe()
    found = MaximumDiversification().allocate(outlook)
    np.testing.assert_allclose(found.weights, spread.weights, atol=1e-12)
    assert found.gap <= 1e-9


def test_limits_cost_what_plain_numpy_says(outlook_of: Callable[..., Outlook]) -> None:
    outlook = outlook_of(assets=8)
    group = Group(name="half", assets=outlook.assets[:4], upper=0.5)
    limits = read_structure((Budget(), Bounds(lower=0.0, upper=0.3), group), outlook)
    assert limits is not None
    for _ in range(20):
        weights = RNG.choice([0.0, 0.3, 0.1], 8)
        slope, prices = RNG.normal(size=8), RNG.normal(size=2)
        got = limits.binding(weights, slope, prices)
        assert sorted(got) == sorted(_costs(limits, weights, slope, prices))
        sizes = [abs(price) for _, price in got]
        assert sizes == sorted(sizes, reverse=True)


def _costs(
    limits: Structure, weights: Array, slope: Array, prices: Array
) -> list[tuple[str, float]]:
    """The obvious twin, of limits that all have a name of their own."""
    beyond, edge = slope + prices @ limits.rows, FELT * np.abs(slope).max()
    costs = [s.priced(p) for s, p in zip(limits.sums, prices.tolist(), strict=True)]
    low, high = limits.bounds.low, limits.bounds.high
    for i, name in enumerate(limits.assets):
        if weights[i] <= low[i] + TOUCHING and beyond[i] > 0:
            costs.append((f"{name}: weight at least 0 %", float(beyond[i])))
        if weights[i] >= high[i] - TOUCHING and beyond[i] < 0:
            costs.append((f"{name}: weight at most 30 %", float(-beyond[i])))
    return [(name, price) for name, price in costs if name and abs(price) > edge]


def test_limits_that_were_read_are_read_anew_for_others(
    outlook_of: Callable[..., Outlook],
) -> None:
    few, many = outlook_of(assets=3), outlook_of(assets=5)
    limits = Budget(), LongOnly()
    first = read_structure(limits, few)
    assert first is not None and read_structure(limits, few) is first
    other = read_structure(limits, many)
    assert other is not None and len(other.lower) == 5
    again = read_structure(limits, few)
    assert again is not None and len(again.lower) == 3


def test_names_that_were_right_are_wrong_elsewhere() -> None:
    limits = (Budget(), Group(name="one", assets=("A",), upper=0.5))
    check_names(limits, Universe(("A", "B")))
    check_names(limits, Universe(("A", "B")))
    with pytest.raises(UnclearName, match="no asset A"):
        check_names(limits, Universe(("B", "C")))
