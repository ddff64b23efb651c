from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from forefolio.core.errors import DataError, Infeasible, InputError, SolverFailed
from forefolio.core.units import Array
from forefolio.market import Sample, load_market
from forefolio.optimize import (
    Bounds,
    Budget,
    ExpectedReturn,
    Frontier,
    FrontierPoint,
    LongOnly,
    MaximumSharpe,
    MinimumVariance,
    Optimizer,
    Outlook,
    TargetReturn,
    Utility,
    Variance,
    exact_frontier,
)
from forefolio.optimize.exact import critical_line
from forefolio.optimize.exact.corners import PlaceOnLine, mixed_at
from forefolio.optimize.exact.frontier import certified
from forefolio.optimize.exact.look_up_kernel import place_among
from forefolio.risk import LedoitWolf

OutlookOf = Callable[..., Outlook]
TIGHT = (Budget(), LongOnly(), Bounds(upper=0.25))


@dataclass(frozen=True, kw_only=True)
class Case:
    mean: Array
    covariance: Array
    lower: Array
    upper: Array
    invested: float = 1.0

    def frontier(self) -> Frontier:
        return exact_frontier(
            self.mean, self.covariance, self.lower, self.upper, invested=self.invested
        )

    @property
    def size(self) -> float:
        """A variance that no portfolio within the bounds is far above."""
        widest = np.maximum(np.abs(self.lower), np.minimum(np.abs(self.upper), 1.0)).max()
        return float(np.abs(self.covariance).max() * max(widest, 1.0) ** 2) or 1.0


def regular(seed: int, assets: int = 6) -> Case:
    rng = np.random.default_rng(seed)
    shocks = 0.01 * (rng.normal(size=(60, assets)) + rng.normal(size=(60, 1)))
    return Case(
        mean=1e-3 * rng.normal(size=assets),
        covariance=shocks.T @ shocks / 60,
        lower=np.zeros(assets),
        upper=np.ones(assets),
    )


def irregular(seed: int) -> Case:
    """Few observations, ties, copies, nothing that varies, bounds that divide the budget."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 30))
    shocks = 0.01 * rng.normal(size=(int(rng.integers(2, 60)), n))
    if rng.random() < 0.3:
        shocks *= 10 ** rng.uniform(-2, 2, n)
    covariance, mean = shocks.T @ shocks / len(shocks), 1e-3 * rng.normal(size=n)
    if rng.random() < 0.4:
        mean = np.round(mean, int(rng.choice([2, 3])))
    one, other = rng.integers(n, size=2)
    if rng.random() < 0.2:
        covariance[one], mean[one] = covariance[other], mean[other]
        covariance[:, one] = covariance[:, other]
    if rng.random() < 0.1:
        covariance[one], covariance[:, one] = 0.0, 0.0
    lower, upper, invested = BOXES[int(rng.integers(len(BOXES)))](n, rng)
    return Case(
        mean=mean, covariance=covariance, lower=lower + 0 * mean, upper=upper, invested=invested
    )


BOXES: list[Callable[[int, np.random.Generator], tuple[Any, Array, float]]] = [
    lambda n, _: (0.0, np.ones(n), 1.0),
    lambda n, rng: (0.0, np.full(n, 1 / rng.integers(1, n + 1)), 1.0),
    lambda n, rng: (0.0, np.maximum(rng.random(n), 1.01 / n), 1.0),
    lambda n, _: (-0.25, np.full(n, max(0.5, 1 / n)), 1.0),
    lambda n, rng: (0.0, np.maximum(np.round(rng.random(n), 1), 0.5 / n), 0.5),
    lambda n, _: (1 / n, np.ones(n), 1.0),
    lambda n, rng: (rng.random(n) / n, np.full(n, np.inf), 1.0),
    lambda n, _: (-1.0, np.ones(n), 0.0),
]


def anywhere(frontier: Frontier, seed: int = 0) -> tuple[FrontierPoint, ...]:
    """What every question about a frontier answers."""
    rng = np.random.default_rng(seed)
    variance = frontier.variance[-1] + rng.random() * np.ptp(frontier.variance)
    return (
        *frontier.points(7),
        frontier.minimum_variance(),
        frontier.maximum_sharpe(1e-3 * rng.normal()),
        frontier.at_aversion(rng.exponential(5.0)),
        frontier.at_volatility(float(np.sqrt(variance))),
    )


def tried(case: Case, tolerance: float) -> Array:
    """The best of all choices of which assets rest at which bound: slow, and obvious."""
    covariance, n = case.covariance, len(case.mean)
    candidates = []
    for choice in product((0, 1, 2), repeat=n):
        free = np.array(choice) == 2
        weights = np.where(np.array(choice) == 0, case.lower, case.upper)
        if free.any():
            k = int(free.sum())
            matrix = np.block([[covariance[np.ix_(free, free)], np.ones((k, 1))], [np.ones(k), 0]])
            resting = covariance[np.ix_(free, ~free)] @ weights[~free]
            wanted = [*(tolerance * case.mean[free] - resting), 1 - weights[~free].sum()]
            weights[free] = np.linalg.solve(matrix, wanted)[:k]
        inside = (weights >= case.lower - 1e-12) & (weights <= case.upper + 1e-12)
        if inside.all() and abs(weights.sum() - 1) < 1e-12:
            candidates.append(weights)
    losses = [w @ covariance @ w / 2 - tolerance * case.mean @ w for w in candidates]
    return candidates[int(np.argmin(losses))]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tolerance", [0.0, 0.003, 0.03, 0.3, 30.0])
def test_it_is_the_best_of_all_active_sets(seed: int, tolerance: float) -> None:
    case = regular(seed, assets=5)
    rng = np.random.default_rng(seed)
    case = replace(case, lower=0.1 * rng.random(5), upper=0.3 + 0.3 * rng.random(5))
    aversion = 1 / tolerance if tolerance else np.inf
    chosen = case.frontier().at_aversion(aversion)
    np.testing.assert_allclose(chosen.weights, tried(case, tolerance), atol=1e-11)


@pytest.mark.parametrize("block", range(8))
def test_every_answer_is_certified_whatever_is_asked(block: int) -> None:
    for seed in range(60 * block, 60 * (block + 1)):
        case = irregular(seed)
        frontier = case.frontier()
        for point in anywhere(frontier, seed):
            assert point.gap <= 1e-10 * case.size, seed
            assert point.miss <= 1e-11, seed
        assert (np.diff(frontier.tolerance) < 0).all() and frontier.tolerance[-1] == 0, seed
        assert (np.diff(frontier.mean) <= 1e-16).all(), seed
        assert (np.diff(frontier.variance) <= 1e-11 * case.size).all(), seed


@pytest.mark.parametrize("seed", range(5))
def test_no_portfolio_at_random_beats_the_optimum(seed: int) -> None:
    case = regular(seed)
    frontier = case.frontier()
    sharpest = frontier.maximum_sharpe(-1e-3)
    for weights in np.random.default_rng(seed).dirichlet(0.5 * np.ones(6), size=2000):
        variance = weights @ case.covariance @ weights
        assert variance >= frontier.minimum_variance().variance
        assert (weights @ case.mean + 1e-3) / np.sqrt(variance) <= sharpest.sharpe(-1e-3)
        if weights @ case.mean > frontier.mean[-1]:
            assert variance >= frontier.at_return(float(weights @ case.mean)).variance - 1e-18


@pytest.mark.parametrize("seed", range(20))
def test_the_certificate_is_what_a_linear_programme_says(seed: int) -> None:
    case = irregular(seed)
    n = len(case.mean)
    rng = np.random.default_rng(seed)
    room = np.minimum(case.upper, case.invested - case.lower.sum() + case.lower) - case.lower
    inside = case.lower + room * (case.invested - case.lower.sum()) / max(room.sum(), 1e-300)
    frontier = case.frontier()
    corners = replace(frontier.corners, weights=np.tile(inside, (len(frontier.mean), 1)))
    wrong = replace(frontier, corners=corners)
    point = wrong.at_aversion(rng.exponential())
    gradient = case.covariance @ inside - point.tolerance * case.mean
    best = linprog(
        gradient / (np.abs(gradient).max() or 1.0),
        A_eq=np.ones((1, n)),
        b_eq=[case.invested],
        bounds=list(zip(case.lower, case.upper, strict=True)),
    )
    expected = 2 * gradient @ (inside - best.x)
    assert point.gap == pytest.approx(expected, rel=1e-6, abs=1e-6 * case.size)
    true = frontier.at_aversion(1 / point.tolerance if point.tolerance else np.inf)
    lost = inside @ case.covariance @ inside - true.variance
    lost -= 2 * point.tolerance * float(case.mean @ (inside - true.weights))
    assert point.gap >= lost - 1e-12 * case.size


def test_the_optimisers_say_the_same(outlook_of: OutlookOf) -> None:
    for seed in range(12):
        outlook = outlook_of(seed)
        frontier = exact_frontier(outlook.mean, outlook.risk, upper=0.25)
        target = 12.0 * float(0.5 * (frontier.mean[0] + frontier.mean[-1]))
        utility = Utility(terms=(ExpectedReturn(), Variance(aversion=2.0)), constraints=TIGHT)
        pairs: list[tuple[Optimizer, FrontierPoint]] = [
            (MinimumVariance(constraints=TIGHT), frontier.minimum_variance()),
            (MaximumSharpe(constraints=TIGHT), frontier.maximum_sharpe(outlook.risk_free)),
            (
                TargetReturn(annual_return=target, constraints=TIGHT),
                frontier.at_return(target * 21 / 250),
            ),
            (utility, frontier.at_aversion(2.0)),
        ]
        for optimizer, point in pairs:
            if not isinstance(optimizer, TargetReturn) or -1 < target < 1:
                chosen = optimizer.allocate(outlook).weights
                np.testing.assert_allclose(point.weights, chosen, atol=1e-8)


def test_it_agrees_on_real_prices_too() -> None:
    market = load_market(Sample(), start="2018-01-01", end="2019-12-31").market
    risk = LedoitWolf()(market)
    mean = np.nanmean(market.returns, axis=0)
    frontier = exact_frontier(mean, risk.matrix, upper=0.15, assets=market.assets)
    for point in anywhere(frontier):
        assert point.gap <= 1e-14 * point.variance + 1e-20 and point.miss <= 1e-13
    assert frontier.maximum_sharpe().sharpe() >= max(p.sharpe() for p in frontier.points(200))
    assert list(frontier.to_frame().columns[4:]) == list(market.assets)


def test_the_frontier_is_convex_and_rises() -> None:
    for seed in range(10):
        points = regular(seed).frontier().points(50)
        mean, volatility = (np.array([getattr(p, n) for p in points]) for n in NAMES)
        assert (np.diff(mean) > 0).all() and (np.diff(volatility) > 0).all()
        np.testing.assert_allclose(np.diff(mean), np.ptp(mean) / 49)
        assert (np.diff(volatility, 2) > -1e-15).all()
        assert (np.diff(volatility**2, 2) > -1e-17).all()


NAMES = ("mean", "volatility")


def test_order_and_scale_of_assets_change_nothing() -> None:
    for seed in range(10):
        case = regular(seed, assets=12)
        order = np.random.default_rng(seed).permutation(12)
        there = case.frontier()
        other = exact_frontier(
            250 * case.mean[order] + 0.01, 250 * case.covariance[np.ix_(order, order)]
        )
        for point, moved in zip(there.points(9), other.points(9), strict=True):
            np.testing.assert_allclose(moved.weights, point.weights[order], atol=1e-12)
            assert moved.volatility == pytest.approx(np.sqrt(250) * point.volatility, rel=1e-12)


def test_each_question_gets_what_it_asks_for() -> None:
    frontier = regular(3).frontier()
    middle = float(frontier.mean.mean())
    at_return = frontier.at_return(middle)
    assert at_return.mean == pytest.approx(middle, rel=1e-12)
    at_volatility = frontier.at_volatility(at_return.volatility)
    np.testing.assert_allclose(at_volatility.weights, at_return.weights, atol=1e-11)
    at_aversion = frontier.at_aversion(1 / at_return.tolerance)
    np.testing.assert_allclose(at_aversion.weights, at_return.weights, atol=1e-11)
    least = frontier.minimum_variance().weights
    np.testing.assert_array_equal(frontier.at_return(-1.0).weights, least)
    np.testing.assert_array_equal(frontier.at_aversion(np.inf).weights, least)
    richest = frontier.weights[0]
    np.testing.assert_array_equal(frontier.at_aversion(0.0).weights, richest)
    np.testing.assert_array_equal(frontier.at_volatility(9.0).weights, richest)
    np.testing.assert_array_equal(frontier.at_return(float(frontier.mean[0])).weights, richest)


def test_the_greatest_sharpe_ratio_may_be_a_corner() -> None:
    frontier = exact_frontier([0.02, 0.01], np.diag([1e-6, 1.0]))
    assert frontier.maximum_sharpe(0.0199).weights.tolist() == [1.0, 0.0]
    assert frontier.maximum_sharpe(0.0199).gap == 0
    kinked = exact_frontier([0.03, 0.01, 0.0], np.diag([1.0, 0.1, 0.1]), upper=0.5)
    point = kinked.maximum_sharpe()
    grid = [p.sharpe() for p in kinked.points(2001)]
    assert point.sharpe() >= max(grid) and point.gap < 1e-15


def test_nothing_beats_cash() -> None:
    point = regular(0).frontier().maximum_sharpe(risk_free=1.0)
    np.testing.assert_array_equal(point.weights, regular(0).frontier().minimum_variance().weights)
    assert "beat cash" in point.note


@pytest.mark.parametrize("mean", [0.0, 0.01])
def test_one_asset(mean: float) -> None:
    frontier = exact_frontier([mean], [[0.04]])
    assert frontier.weights.tolist() == [[1.0]]
    assert frontier.variance.tolist() == [0.04]
    assert all(p.weights.tolist() == [1.0] for p in anywhere_but_cash(frontier))


def anywhere_but_cash(frontier: Frontier) -> Iterator[FrontierPoint]:
    yield from frontier.points(3)
    yield frontier.maximum_sharpe()
    yield frontier.at_volatility(frontier.minimum_variance().volatility)


def test_equal_means_leave_one_portfolio() -> None:
    case = replace(regular(1), mean=np.full(6, 0.01))
    frontier = case.frontier()
    assert len(frontier.mean) == 1
    np.testing.assert_allclose(frontier.weights[0], tried(case, 0.0), atol=1e-12)


def test_the_best_assets_tie() -> None:
    case = regular(2)
    mean = np.where(np.arange(6) < 3, 0.01, case.mean)
    frontier = replace(case, mean=mean).frontier()
    alone = exact_frontier(np.zeros(3), case.covariance[:3, :3]).minimum_variance()
    np.testing.assert_allclose(frontier.weights[0, :3], alone.weights, atol=1e-12)
    assert frontier.mean[0] == pytest.approx(0.01)


def test_copies_of_an_asset_share_what_one_would_have() -> None:
    case = regular(4)
    twice = [0, 1, 2, 3, 4, 5, 0, 3]
    doubled = exact_frontier(case.mean[twice], case.covariance[np.ix_(twice, twice)])
    for point, other in zip(case.frontier().points(9), doubled.points(9), strict=True):
        together = other.weights[:6].copy()
        np.add.at(together, [0, 3], other.weights[6:])
        np.testing.assert_allclose(together, point.weights, atol=1e-11)
    split = exact_frontier(
        case.mean[twice],
        case.covariance[np.ix_(twice, twice)],
        upper=np.array([0.5, 1, 1, 0.5, 1, 1, 0.5, 0.5]),
    )
    for point, other in zip(case.frontier().points(9), split.points(9), strict=True):
        assert other.variance == pytest.approx(point.variance, rel=1e-11)


def test_an_asset_without_variance_is_cash() -> None:
    case = regular(5)
    covariance, mean = case.covariance.copy(), np.abs(case.mean) + 1e-4
    covariance[2], covariance[:, 2], mean[2] = 0.0, 0.0, 1e-5
    frontier = exact_frontier(mean, covariance)
    least = frontier.minimum_variance()
    assert least.variance == pytest.approx(0.0, abs=1e-20)
    assert least.weights[2] == pytest.approx(1.0)
    tangent = frontier.maximum_sharpe(1e-5)
    straight = [p.sharpe(1e-5) for p in frontier.points(40)[1:20]]
    np.testing.assert_allclose(straight, tangent.sharpe(1e-5), rtol=1e-9)


def test_where_nothing_varies_only_the_mean_counts() -> None:
    frontier = exact_frontier([0.01, 0.03, 0.02], np.zeros((3, 3)), upper=0.6)
    np.testing.assert_allclose(frontier.weights[-1], [0.0, 0.6, 0.4])
    assert np.isnan(frontier.maximum_sharpe().sharpe())


def test_fewer_sessions_than_assets() -> None:
    shocks = 0.01 * np.random.default_rng(0).normal(size=(20, 60))
    mean = 1e-3 * np.random.default_rng(1).normal(size=60)
    for lower, upper in ((0.0, 1.0), (0.0, 0.05), (-0.2, 0.2)):
        frontier = exact_frontier(mean, shocks.T @ shocks / 20, lower, upper)
        assert max(p.gap for p in frontier.points(30)) < 1e-15
        assert max(p.miss for p in frontier.points(30)) < 1e-12


@pytest.mark.parametrize("share", [1, 2, 3, 6])
def test_a_bound_that_divides_the_budget(share: int) -> None:
    frontier = replace(regular(7), upper=np.full(6, 1 / share)).frontier()
    richest = np.sort(frontier.weights[0])[::-1]
    np.testing.assert_allclose(richest, [1 / share] * share + [0.0] * (6 - share), atol=1e-15)
    assert max(p.gap for p in frontier.points(20)) < 1e-17


def test_weights_that_are_fixed_stay() -> None:
    case = regular(8)
    fixed = np.array([0.1, 0.0, 0.3, 0.2, 0.4, 0.0])
    assert replace(case, lower=fixed, upper=fixed).frontier().weights.tolist() == [fixed.tolist()]
    half = np.array([0.1, 0.0, 0.3, 0.0, 0.0, 0.0])
    upper = np.where(half > 0, half, 1.0)
    for point in replace(case, lower=half, upper=upper).frontier().points(9):
        np.testing.assert_array_equal(point.weights[[0, 2]], [0.1, 0.3])


def test_scales_that_differ_by_a_million() -> None:
    case = regular(9, assets=10)
    size = 10.0 ** np.linspace(-3, 3, 10)
    frontier = exact_frontier(case.mean * size, case.covariance * np.outer(size, size))
    scale = float(case.covariance.max()) * 1e6
    assert max(p.gap for p in frontier.points(50)) < 1e-12 * scale
    assert max(p.miss for p in frontier.points(50)) < 1e-12


HIDDEN = [[1.0, 0.0, 0.0], [0.0, 1e-8, 2e-8], [0.0, 2e-8, 1e-8]]


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"mean": [0.1, np.nan]}, DataError, "moments of 1 are not known"),
        ({"mean": [0.1]}, InputError, "at least one asset"),
        ({"mean": [], "covariance": np.zeros((0, 0))}, InputError, "at least one asset"),
        ({"covariance": [[1.0, 2.0], [2.0, 1.0]]}, DataError, "least eigenvalue -1"),
        ({"covariance": [[1e-9, 0.0], [0.0, -1e-12]]}, DataError, "not positive semi-definite"),
        ({"covariance": [[0.0, 1e-3], [1e-3, 1.0]]}, DataError, "not positive semi-definite"),
        ({"mean": [0.1, 0.2, 0.3], "covariance": HIDDEN}, DataError, "least eigenvalue -1e-08"),
        ({"covariance": [[1.0, 0.1], [0.2, 1.0]]}, DataError, "not symmetric"),
        ({"covariance": [[1.0, np.inf], [np.inf, 1.0]]}, DataError, "0, 1 are not known"),
        ({"lower": -np.inf}, InputError, "0: bounds -inf and 1"),
        ({"lower": [0.0, 0.6], "upper": 0.5}, InputError, "1: bounds 0.6 and 0.5"),
        ({"upper": np.nan}, InputError, "0: bounds 0 and nan"),
        ({"upper": [1.0, 1.0, 1.0]}, InputError, "bounds are one number or 2"),
        (
            {"upper": 0.4},
            Infeasible,
            "raise the sum of the upper bounds from 80.0 % to at least 100.0 %",
        ),
        (
            {"lower": 0.6},
            Infeasible,
            "lower the sum of the lower bounds from 120.0 % to at most 100.0 %",
        ),
        ({"invested": np.nan}, InputError, "invested is nan"),
    ],
)
def test_bad_input_is_told(asked: dict[str, Any], error: type[Exception], told: str) -> None:
    usual: dict[str, Any] = {"mean": [0.1, 0.2], "covariance": np.eye(2)}
    with pytest.raises(error, match=told):
        exact_frontier(**{**usual, **asked})


def test_what_is_out_of_reach_is_told_with_what_is_not() -> None:
    frontier = exact_frontier([0.1, 0.2], np.eye(2))
    with pytest.raises(
        Infeasible, match=r"lower the target return from 30\.0 % to at most 20\.0 %"
    ):
        frontier.at_return(0.3)
    with pytest.raises(Infeasible, match=r"to at least 70\.8 %"):
        frontier.at_volatility(0.5)
    with pytest.raises(Infeasible):
        frontier.at_return(np.nan)
    with pytest.raises(InputError, match="aversion to risk is -1"):
        frontier.at_aversion(-1.0)
    with pytest.raises(InputError, match="ask for at least 2"):
        frontier.points(1)


def test_more_corners_than_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [irregular(seed) for seed in range(30)]
    case = max(cases, key=lambda one: len(one.frontier().mean) / len(one.mean))
    usual = case.frontier()
    monkeypatch.setattr(critical_line, "CORNERS_PER_ASSET", 1)
    assert len(usual.mean) > len(case.mean)
    np.testing.assert_array_equal(case.frontier().weights, usual.weights)
    monkeypatch.setattr(critical_line, "MOST_NUMBERS", 1)
    with pytest.raises(SolverFailed, match="more corners than memory allows"):
        case.frontier()


def test_the_same_input_gives_the_same_bits_and_keeps_them() -> None:
    case = regular(11, assets=20)
    one, other = case.frontier(), case.frontier()
    for field in fields(one):
        value = getattr(one, field.name)
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, getattr(other, field.name))
            assert not value.flags.writeable
    assert case.mean.flags.writeable and not one.points(2)[0].weights.flags.writeable


def test_a_frame_to_draw() -> None:
    frontier = exact_frontier([0.1, 0.2], np.eye(2), assets=("BOND", "STOCK"))
    frame = frontier.to_frame(5)
    assert list(frame.columns) == ["mean", "volatility", "tolerance", "gap", "BOND", "STOCK"]
    np.testing.assert_allclose(frame["mean"], np.linspace(0.15, 0.2, 5))
    np.testing.assert_allclose(frame["volatility"], np.hypot(frame["BOND"], frame["STOCK"]))


@pytest.mark.parametrize("seed", range(12))
def test_portfolios_are_looked_up_as_one_would_by_hand(seed: int) -> None:
    line = irregular(seed).frontier()
    rng = np.random.default_rng(seed)
    pieces = rng.integers(0, len(line.mean), 9)
    shares = np.where(rng.random(9) < 0.3, 0.0, rng.random(9))
    places = [PlaceOnLine(int(p), float(s)) for p, s in zip(pieces, shares, strict=True)]
    mixed = mixed_at(line.weights, pieces, shares[:, None])
    weights = np.clip(mixed, line.box.lower, line.box.upper)
    tolerance = mixed_at(line.tolerance, pieces, shares)
    by_hand = certified(line, weights, weights @ line.covariance, tolerance)
    size = float(np.abs(line.covariance).max()) or 1.0
    for quick, slow in zip(line._points(places), by_hand, strict=True):
        np.testing.assert_array_equal(quick.weights, slow.weights)
        assert quick.mean == pytest.approx(slow.mean, rel=1e-12, abs=1e-15)
        assert quick.variance == pytest.approx(slow.variance, rel=1e-9, abs=1e-13 * size)
        assert quick.gap == pytest.approx(slow.gap, abs=1e-12 * size)
        assert quick.miss == pytest.approx(slow.miss, abs=1e-15)


def test_a_number_lies_before_the_last_one_that_is_as_large() -> None:
    falling = np.array([5.0, 4.0, 4.0, 2.0, 1.0])
    found = {target: place_among(falling, target) for target in (6.0, 5.0, 4.5, 4.0, 3.0, 1.0, 0.0)}
    assert found == {
        6.0: (0, 0.0),
        5.0: (0, 0.0),
        4.5: (0, 0.5),
        4.0: (2, 0.0),
        3.0: (2, 0.5),
        1.0: (3, 1.0),
        0.0: (3, 1.0),
    }
    assert place_among(np.array([2.0]), 1.0) == (0, 0.0)
