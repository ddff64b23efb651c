from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forefolio.core.errors import DataError, Infeasible, InputError
from forefolio.core.units import Array
from forefolio.optimize import FactorFrontier, FrontierPoint, exact_frontier, factor_frontier
from forefolio.risk import FactorCovariance


@dataclass(frozen=True, kw_only=True)
class Case:
    mean: Array
    covariance: FactorCovariance
    lower: Any = 0.0
    upper: Any = 1.0
    invested: float = 1.0

    def frontier(self) -> FactorFrontier:
        return factor_frontier(self.mean, self.covariance, self.lower, self.upper, self.invested)


def regular(seed: int, assets: int = 40, factors: int = 3) -> Case:
    rng = np.random.default_rng(seed)
    loadings = 0.3 * rng.normal(size=(assets, factors))
    loadings[:, 0] += 1.0
    root = rng.normal(size=(factors, factors))
    covariance = FactorCovariance(
        assets=tuple(f"A{k}" for k in range(assets)),
        loadings=loadings,
        factors=1e-4 * root @ root.T,
        specific=(0.01 * (0.5 + rng.random(assets))) ** 2,
    )
    return Case(mean=1e-3 * rng.normal(size=assets), covariance=covariance)


def irregular(seed: int) -> Case:
    """Ties, copies, no loadings, no means, bounds that divide the budget, scales far apart."""
    rng = np.random.default_rng(seed)
    case = regular(seed, assets=int(rng.integers(1, 30)), factors=int(rng.integers(1, 6)))
    n = len(case.mean)
    mean, loadings = case.mean.copy(), case.covariance.loadings.copy()
    specific, factors = case.covariance.specific.copy(), case.covariance.factors
    if rng.random() < 0.4:
        mean = np.round(mean, int(rng.choice([2, 3])))
    if rng.random() < 0.3:
        scale = 10 ** rng.uniform(-2, 2, n)
        loadings, specific = loadings * scale[:, None], specific * scale**2
    if rng.random() < 0.2:
        loadings[rng.integers(n)] = 0.0
    if rng.random() < 0.1:
        loadings[:] = 0.0
    one, other = rng.integers(n, size=2)
    if rng.random() < 0.3:
        mean[one], loadings[one], specific[one] = mean[other], loadings[other], specific[other]
    if rng.random() < 0.2:
        factors = factors[:, :1] @ factors[:, :1].T
    covariance = replace(case.covariance, loadings=loadings, specific=specific, factors=factors)
    lower, upper, invested = BOXES[int(rng.integers(len(BOXES)))](n, rng)
    return Case(mean=mean, covariance=covariance, lower=lower, upper=upper, invested=invested)


BOXES: list[Callable[[int, np.random.Generator], tuple[Any, Any, float]]] = [
    lambda _, __: (0.0, 1.0, 1.0),
    lambda n, rng: (0.0, 1 / rng.integers(1, n + 1), 1.0),
    lambda n, rng: (0.0, np.maximum(rng.random(n), 1.01 / n), 1.0),
    lambda n, _: (-0.25, max(0.5, 1 / n), 1.0),
    lambda n, rng: (0.0, np.maximum(np.round(rng.random(n), 1), 0.5 / n), 0.5),
    lambda n, _: (1 / n, 1.0, 1.0),
    lambda n, rng: (rng.random(n) / n, np.inf, 1.0),
    lambda _, __: (-1.0, 1.0, 0.0),
    lambda _, __: (0.0, np.inf, 2.0),
]


def pairs(case: Case, seed: int) -> list[tuple[FrontierPoint, FrontierPoint]]:
    """The same questions to the factor solver and to the exact trace of the whole matrix."""
    rng = np.random.default_rng(seed)
    ours = case.frontier()
    exact = exact_frontier(case.mean, case.covariance.matrix, case.lower, case.upper, case.invested)
    target = exact.mean[-1] + rng.random() * (exact.mean[0] - exact.mean[-1])
    variance = exact.variance[-1] + rng.random() * (exact.variance[0] - exact.variance[-1])
    aversion, cash = rng.exponential(5.0), 1e-3 * rng.normal()
    points, others = ours.points(6), exact.points(6)
    if len(points) != len(others):  # one portfolio within rounding: asked for above already
        points, others = (), ()
    return [
        (ours.minimum_variance(), exact.minimum_variance()),
        (ours.at_return(float(target)), exact.at_return(float(target))),
        (ours.at_volatility(np.sqrt(variance)), exact.at_volatility(np.sqrt(variance))),
        (ours.at_aversion(aversion), exact.at_aversion(aversion)),
        (ours.at_aversion(0.0), exact.at_aversion(0.0)),
        *([(ours.maximum_sharpe(cash), exact.maximum_sharpe(cash))] if case.invested else []),
        *zip(points, others, strict=True),
    ]


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 100_000))
@example(seed=789)  # variances at the end of what rounding leaves
@example(seed=44785)
@example(seed=8736)  # one portfolio within rounding
@example(seed=45431)
@example(seed=14799)  # a step longer than one
def test_every_answer_is_proven_and_is_that_of_the_exact_frontier(seed: int) -> None:
    case = irregular(seed)
    size = float(np.abs(case.covariance.matrix).max())
    for ours, exact in pairs(case, seed):
        assert ours.gap <= 1e-10 * max(ours.variance, 1e-5 * size)
        assert ours.miss <= 1e-12
        assert ours.mean == pytest.approx(exact.mean, rel=1e-8, abs=1e-11)
        worth = 2 * exact.tolerance * abs(ours.mean - exact.mean)  # in variance
        rounding = 1e-12 * size + (worth if np.isfinite(worth) else 0.0)
        assert ours.variance == pytest.approx(exact.variance, rel=1e-8, abs=rounding)
        assert ours.note == exact.note


def by_cvxpy(case: Case, target: float | None = None) -> Array:
    root, specific = case.covariance.root, case.covariance.specific
    unit = specific.mean()
    w = cp.Variable(len(case.mean))
    variance = cp.sum_squares(root.T @ w) / unit + cp.sum(cp.multiply(specific / unit, w**2))
    limits = [cp.sum(w) == case.invested, w >= case.lower, w <= case.upper]
    if target is not None:
        limits.append(case.mean @ w / 1e-3 >= target / 1e-3)
    tight = {name: 1e-13 for name in ("tol_gap_abs", "tol_gap_rel", "tol_feas")}
    cp.Problem(cp.Minimize(variance), limits).solve(solver=cp.CLARABEL, **tight)
    return np.asarray(w.value, dtype=np.float64)


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_the_general_way(seed: int) -> None:
    case = replace(regular(seed, assets=60, factors=5), upper=0.2)
    frontier = case.frontier()
    least = frontier.minimum_variance()
    np.testing.assert_allclose(least.weights, by_cvxpy(case), atol=1e-8)
    target = (least.mean + frontier.at_aversion(0.0).mean) / 2
    reached = frontier.at_return(target)
    assert reached.mean == pytest.approx(target, rel=1e-12)
    np.testing.assert_allclose(reached.weights, by_cvxpy(case, target), atol=1e-8)


def test_the_greatest_sharpe_ratio_is_greater_than_any_other() -> None:
    for seed in range(10):
        case = replace(regular(seed), upper=(0.08, 1.0)[seed % 2])
        frontier = case.frontier()
        best = frontier.maximum_sharpe(1e-5)
        assert best.sharpe(1e-5) >= max(p.sharpe(1e-5) for p in frontier.points(60)) - 1e-14
        for weights in np.random.default_rng(seed).dirichlet(np.full(40, 2.0), size=200):
            if weights.max() <= 0.08:
                variance = weights @ case.covariance.matrix @ weights
                assert (weights @ case.mean - 1e-5) / np.sqrt(variance) < best.sharpe(1e-5)


def test_a_start_saves_time_and_changes_nothing() -> None:
    case = regular(1, assets=400, factors=8)
    today = case.frontier()
    tomorrow = replace(case, mean=case.mean + 1e-5).frontier()
    for ask in (
        FactorFrontier.minimum_variance,
        FactorFrontier.maximum_sharpe,
        lambda frontier, start=None: frontier.at_aversion(3.0, start=start),
        lambda frontier, start=None: frontier.at_return(5e-4, start=start),
    ):
        cold, warm = ask(tomorrow), ask(tomorrow, start=ask(today))
        np.testing.assert_allclose(warm.weights, cold.weights, atol=1e-11)


def test_order_and_scale_of_assets_change_nothing() -> None:
    case = regular(2)
    order = np.random.default_rng(0).permutation(40)
    covariance = replace(
        case.covariance,
        assets=tuple(case.covariance.assets[k] for k in order),
        loadings=case.covariance.loadings[order] * 5.0,
        specific=case.covariance.specific[order] * 25.0,
    )
    moved = factor_frontier(25 * case.mean[order] + 0.01, covariance).points(7)
    for point, other in zip(case.frontier().points(7), moved, strict=True):
        np.testing.assert_allclose(other.weights, point.weights[order], atol=1e-11)


def test_copies_of_an_asset_get_the_same() -> None:
    case = regular(3, assets=6)
    twice = [0, 1, 2, 3, 4, 5, 0, 3]
    covariance = FactorCovariance(
        assets=tuple("ABCDEFGH"),
        loadings=case.covariance.loadings[twice],
        factors=case.covariance.factors,
        specific=case.covariance.specific[twice],
    )
    for point in factor_frontier(case.mean[twice], covariance).points(9):
        assert point.weights[0] == pytest.approx(point.weights[6], abs=1e-13)
        assert point.weights[3] == pytest.approx(point.weights[7], abs=1e-13)


def test_nothing_beats_cash() -> None:
    frontier = regular(4).frontier()
    point = frontier.maximum_sharpe(risk_free=1.0)
    assert "beat cash" in point.note
    np.testing.assert_allclose(point.weights, frontier.minimum_variance().weights, atol=1e-13)


def test_one_asset() -> None:
    covariance = FactorCovariance(
        assets=("A",), loadings=np.ones((1, 1)), factors=np.eye(1), specific=np.ones(1)
    )
    frontier = factor_frontier([0.1], covariance)
    for point in (*frontier.points(3), frontier.maximum_sharpe(), frontier.at_volatility(2.0)):
        assert point.weights.tolist() == [1.0]
        assert point.variance == pytest.approx(2.0)


def test_the_same_input_gives_the_same_bits() -> None:
    one, other = (regular(5).frontier().points(5) for _ in range(2))
    for point, again in zip(one, other, strict=True):
        assert point.weights.tobytes() == again.weights.tobytes()
        assert not point.weights.flags.writeable


def test_a_frame_to_draw() -> None:
    frame = regular(6, assets=3).frontier().to_frame(5)
    assert list(frame.columns) == ["mean", "volatility", "tolerance", "gap", "A0", "A1", "A2"]
    assert len(frame) == 5


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"mean": np.zeros(3)}, InputError, "the covariance has 2 assets"),
        ({"mean": [0.1, np.nan]}, DataError, "the mean of B is not known"),
        ({"upper": 0.4}, Infeasible, "raise the sum of the upper bounds"),
        ({"lower": -np.inf}, InputError, "A: bounds -inf and 1"),
    ],
)
def test_bad_input_is_told(asked: dict[str, Any], error: type[Exception], told: str) -> None:
    covariance = FactorCovariance(
        assets=("A", "B"), loadings=np.ones((2, 1)), factors=np.eye(1), specific=np.ones(2)
    )
    usual: dict[str, Any] = {"mean": [0.1, 0.2], "covariance": covariance}
    with pytest.raises(error, match=told):
        factor_frontier(**{**usual, **asked})


def test_what_is_out_of_reach_is_told_with_what_is_not() -> None:
    frontier = regular(7).frontier()
    with pytest.raises(Infeasible, match="lower the target return"):
        frontier.at_return(1.0)
    with pytest.raises(Infeasible, match="raise the target volatility"):
        frontier.at_volatility(1e-9)
    with pytest.raises(InputError, match="aversion to risk is -1"):
        frontier.at_aversion(-1.0)
    with pytest.raises(InputError, match="ask for at least 2"):
        frontier.points(1)
