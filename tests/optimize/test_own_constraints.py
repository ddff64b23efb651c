"""A constraint of somebody's own, which has only `rows`, is as exact and as fast as ours."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from tests.optimize.conftest import random_outlook

from forefolio.core.errors import UnclearName
from forefolio.core.events import finish
from forefolio.forecast import Forecast
from forefolio.optimize import (
    Bounds,
    Budget,
    EfficientFrontier,
    Group,
    LongOnly,
    MaximumNames,
    MaximumSharpe,
    MinimumTailLoss,
    MinimumVariance,
    Outlook,
    TargetReturn,
    TargetVolatility,
    Utility,
)
from forefolio.optimize.program.affine import Affine, Picked
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import Symbols
from forefolio.risk import FactorCovariance

OBJECTIVES = [
    MaximumSharpe(),
    MinimumVariance(),
    Utility(),
    TargetReturn(annual_return=0.05),
    TargetVolatility(annual_volatility=0.2),
    MinimumTailLoss(),
]


def under(asked: Any, *constraints: Any) -> Any:
    """An objective or a frontier, within constraints of whatever class."""
    return asked.model_copy(update={"constraints": constraints})


def answer(asked: Any, outlook: Outlook) -> Any:
    """What it comes to."""
    frontier = isinstance(asked, EfficientFrontier)
    return finish(asked.trace(outlook)) if frontier else asked.allocate(outlook)


class Everything:
    """Fully invested."""

    def rows(self, s: Symbols) -> Iterator[Rows]:
        yield Rows(name="all", excess=2.0 * s.x.sum() - 2.0 * s.scale, exact=True)


class Between:
    """Each weight between two numbers, written in several ways."""

    def __init__(self, low: float, high: float, way: int) -> None:
        self.low, self.high, self.way = low, high, way

    def rows(self, s: Symbols) -> Iterator[Rows]:
        one = np.eye(len(s.assets))
        if self.way == 0:
            yield Rows(name="low", excess=self.low * s.scale - s.x)
            yield Rows(name="high", excess=s.x - self.high * s.scale)
        elif self.way == 1:
            yield Rows(name="low", excess=-(one @ s.x) + self.low * s.scale)
            yield Rows(name="high", excess=3.0 * (one @ s.x) - 3.0 * self.high * s.scale)
        else:
            for k in range(len(s.assets)):
                yield Rows(name="low", excess=self.low * s.scale - s.x[[k]])
                yield Rows(
                    name="high", excess=np.array([0.5]) * s.x[[k]] - 0.5 * self.high * s.scale
                )


class AtMost:
    """A weighted sum of weights."""

    def __init__(self, coefficients: Any, most: float) -> None:
        self.coefficients, self.most = np.asarray(coefficients, dtype=np.float64), most

    def rows(self, s: Symbols) -> Iterator[Rows]:
        yield Rows(name="sum", excess=self.coefficients @ s.x - self.most * s.scale)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("way", [0, 1, 2])
def test_an_own_box_reaches_the_exact_solver_with_the_same_answer(objective: Any, way: int) -> None:
    outlook = random_outlook(3)
    got = answer(under(objective, Everything(), Between(0.02, 0.3, way)), outlook)
    expected = answer(under(objective, Budget(), Bounds(lower=0.02, upper=0.3)), outlook)
    assert got.status == expected.status and got.status in ("critical line", "scenario selection")
    assert got.weights == pytest.approx(expected.weights, abs=1e-12)
    renamed = {"all": "invested", "low": "weight at least 2 %", "high": "weight at most 30 %"}
    assert len(got.binding) == len(expected.binding)
    for (name, price), (other, cost) in zip(got.binding, expected.binding, strict=True):
        assert price == pytest.approx(cost)
        assert name not in renamed or renamed[name] in other


@pytest.mark.parametrize("objective", OBJECTIVES[:5])
def test_own_linear_rows_reach_it_too(objective: Any) -> None:
    outlook = random_outlook(4)
    tech = np.array([sector == "Tech" for sector in outlook.sectors], dtype=np.float64)
    own = (Everything(), Between(0.0, 0.3, 1), AtMost(tech, 0.4))
    ours = (Budget(), LongOnly(), Bounds(upper=0.3), Group(sector="Tech", upper=0.4))
    got, expected = (
        answer(under(objective, *own), outlook),
        answer(under(objective, *ours), outlook),
    )
    assert got.status == expected.status == "critical line"
    assert got.weights == pytest.approx(expected.weights, abs=1e-10)


def test_a_frontier_within_them_is_exact() -> None:
    outlook = random_outlook(5)
    frontier = EfficientFrontier(points=9)
    curve = answer(under(frontier, Everything(), Between(0.0, 0.4, 2)), outlook)
    assert {point.by for point in curve.points} == {"critical line"}
    expected = answer(under(frontier, Budget(), LongOnly(), Bounds(upper=0.4)), outlook)
    for mine, other in zip(curve.points, expected.points, strict=True):
        assert mine.weights == pytest.approx(other.weights, abs=1e-10)


@pytest.mark.slow
def test_ten_thousand_assets_with_an_own_box_are_no_dense_problem() -> None:
    rng, count = np.random.default_rng(0), 10_000
    names = tuple(f"A{k}" for k in range(count))
    outlook = Outlook(
        forecast=Forecast(
            made=np.datetime64("2020-01-31"),
            horizon=21,
            assets=names,
            mean=0.006 + 0.005 * rng.normal(size=count),
            std=np.ones(count),
        ),
        covariance=FactorCovariance(
            assets=names,
            loadings=0.01 * rng.normal(size=(count, 3)),
            factors=np.eye(3),
            specific=rng.uniform(1e-4, 4e-4, count),
        ),
        current=np.zeros(count),
        periods_per_year=250.0,
    )
    got = answer(under(MaximumSharpe(), Everything(), Between(0.0, 0.01, 0)), outlook)
    assert got.status == "factor Newton"
    ours = answer(under(MaximumSharpe(), Budget(), LongOnly(), Bounds(upper=0.01)), outlook)
    assert got.weights == pytest.approx(ours.weights, abs=1e-12)


@pytest.mark.parametrize("assets", [1, 2])
def test_few_assets_are_a_box_as_well(assets: int) -> None:
    got = MaximumSharpe().allocate(random_outlook(1, assets))
    assert got.status == "critical line" and got.weights.sum() == pytest.approx(1.0)


def picked(rng: np.random.Generator, count: int) -> Picked:
    index = rng.permutation(6)[:count]
    return Picked(index, rng.normal(size=count), rng.normal(size=count), 6)


OPERATIONS: list[Callable[[Affine], Affine]] = [
    lambda a: -a,
    lambda a: 2.5 * a,
    lambda a: a * np.array([1.0, -2.0, 3.0, 0.5]),
    lambda a: a + 1.0,
    lambda a: np.array([1.0, 2.0, 3.0, 4.0]) - a,
    lambda a: a - np.array([1.0, 2.0, 3.0, 4.0]),
    lambda a: a[[2, 0]],
    lambda a: a[1:3],
    lambda a: a[np.array([True, False, True, True])],
    lambda a: a.sum(),
    lambda a: np.arange(8.0).reshape(2, 4) @ a,
    lambda a: Affine(np.zeros((1, 0)), np.array([0.3])) - a,
    lambda a: a - 0.3 * Affine(np.zeros((1, 0)), np.ones(1)),
    lambda a: a + Affine(np.ones((4, 7)), np.ones(4)),
    lambda a: Affine(np.ones((4, 7)), np.ones(4)) - a,
    lambda a: a[[1]] + np.array([1.0, 2.0]),
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_picked_values_are_what_full_matrices_are(operation: Callable[[Affine], Affine]) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        a = picked(rng, 4)
        got, expected = operation(a), operation(Affine(a.matrix, a.constant))
        width = max(got.width, expected.width)
        assert got.wide(width) == pytest.approx(expected.wide(width))
        assert got.constant == pytest.approx(expected.constant)
        assert len(got) == len(expected)


@pytest.mark.parametrize("asked", [*OBJECTIVES, EfficientFrontier(points=3)])
def test_names_are_checked_once(asked: Any) -> None:
    """Whichever solver answers; and always before anything is solved."""
    checked = []

    class Named(Bounds):
        def check_names(self, universe: Any) -> None:
            checked.append(universe)

    outlook = random_outlook(6)
    for few in ((), (MaximumNames(at_most=6),)):
        checked.clear()
        answer(under(asked, Budget(), LongOnly(), Named(upper=0.6), *few), outlook)
        assert len(checked) == 1
    nobody = Bounds(overrides=(("NOBODY", None, 0.1),))
    with pytest.raises(UnclearName):
        answer(under(asked, Budget(), LongOnly(), nobody), outlook)
