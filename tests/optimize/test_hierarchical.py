import re
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.cluster import hierarchy
from skfolio.optimization import HierarchicalRiskParity as Peer
from skfolio.optimization.hierarchical._seriation import _schur
from skfolio.seriation import HierarchicalSeriation

from forefolio.core.errors import DataError, Infeasible, SolverFailed
from forefolio.core.units import Array
from forefolio.market import simulated_market
from forefolio.optimize import (
    ConditionalValueAtRisk,
    HierarchicalEqualRisk,
    HierarchicalRiskParity,
    NestedClusters,
    SchurComplementary,
    optimize_portfolio,
)
from forefolio.optimize.objectives.bisection import bisected, bisected_by_variance
from forefolio.optimize.objectives.leaf_order import leaf_order
from forefolio.optimize.objectives.schur import schur_weights
from forefolio.risk import Covariance

LINKAGES = ("ward", "single", "complete", "average")


def random_returns(seed: int, count: int) -> Array:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(120, 2)) @ rng.normal(size=(2, count))
    return 0.01 * (common + rng.normal(size=(120, count)) * (0.5 + rng.random(count)))


def distances(returns: Array) -> Array:
    return np.sqrt(np.clip((1 - np.corrcoef(returns.T)) / 2, 0, 1))


def tree_of(returns: Array, linkage: str) -> Array:
    return np.asarray(
        hierarchy.linkage(distances(returns)[np.triu_indices(returns.shape[1], 1)], linkage)
    )


def every_order(tree: Array, cluster: int) -> list[list[int]]:
    """All orders of the leaves of a cluster that keep its branches together."""
    count = len(tree) + 1
    if cluster < count:
        return [[cluster]]
    halves = [every_order(tree, int(branch)) for branch in tree[cluster - count, :2]]
    pairs = list(product(*halves))
    return [a + b for a, b in pairs] + [b + a for a, b in pairs]


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize(("seed", "count"), [(0, 2), (1, 3), (2, 5), (3, 8), (4, 9)])
def test_no_order_of_the_leaves_is_shorter(seed: int, count: int, linkage: str) -> None:
    returns = random_returns(seed, count)
    far, tree = distances(returns), tree_of(returns, linkage)

    def length(order: Any) -> float:
        return float(far[order[:-1], order[1:]].sum())

    orders = [np.array(each) for each in every_order(tree, 2 * count - 2)]
    ours = leaf_order(np.asarray(np.corrcoef(returns.T)), linkage)
    assert length(ours) == pytest.approx(min(map(length, orders)), abs=1e-12)
    assert ours.tolist() in [each.tolist() for each in orders]


def test_equal_assets_have_an_order_too() -> None:
    correlation = np.ones((6, 6))
    assert sorted(leaf_order(correlation, "ward").tolist()) == list(range(6))


@pytest.mark.parametrize("count", [2, 5, 30])
def test_along_the_same_order_weights_are_those_of_skfolio(count: int) -> None:
    returns = random_returns(count, count)
    plain = Peer(seriation_estimator=HierarchicalSeriation(optimal_ordering=False)).fit(returns)
    order = hierarchy.leaves_list(tree_of(returns, "ward"))
    covariance = np.cov(returns[:, order].T)

    def variance(first: int, weights: Array) -> float:
        whole = np.zeros(count)
        whole[first : first + len(weights)] = weights
        return float(whole @ covariance @ whole)

    weights = np.empty(count)
    weights[order] = bisected(count, variance)
    np.testing.assert_allclose(weights, plain.weights_, atol=1e-12)


def test_names_in_another_order_change_nothing(outlook_of: Any) -> None:
    outlook = outlook_of(3, 8)
    turned = np.arange(8)[::-1]
    back = replace(
        outlook,
        forecast=replace(
            outlook.forecast,
            assets=outlook.assets[::-1],
            mean=outlook.mean[turned],
            std=outlook.forecast.std[turned],
        ),
        covariance=Covariance(
            assets=outlook.assets[::-1], matrix=outlook.covariance.matrix[np.ix_(turned, turned)]
        ),
    )
    ours, again = (HierarchicalRiskParity().allocate(each).weights for each in (outlook, back))
    np.testing.assert_allclose(again[turned], ours, atol=1e-12)


def test_linkage_and_measure_are_chosen() -> None:
    market = simulated_market(seed=3, sessions=300, assets=20)
    weights = {
        (linkage, getattr(measure, "kind", "")): optimize_portfolio(
            market, objective=HierarchicalRiskParity(linkage=linkage, risk_measure=measure)
        ).weights
        for linkage in ("ward", "single")
        for measure in (None, ConditionalValueAtRisk())
    }
    assert all(sum(each.values()) == pytest.approx(1) for each in weights.values())
    assert len({tuple(each.values()) for each in weights.values()}) == 4


def test_a_risk_that_is_none_cannot_be_split() -> None:
    with pytest.raises(DataError, match="a risk of 0 cannot be split"):
        bisected(2, lambda _, weights: 0.0 * float(weights.sum()))
    with pytest.raises(DataError, match="a risk of 0 cannot be split"):
        bisected_by_variance(np.diag([0.01, 0.0]))
    hedged = np.array([[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    with pytest.raises(DataError, match="a risk of 0 cannot be split"):
        bisected_by_variance(hedged[[2, 0, 1]][:, [2, 0, 1]])


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (0.0, 0.2), (0.05, 1.0), (0.06, 0.16)])
@pytest.mark.parametrize("count", [1, 2, 7, 12])
def test_variances_are_split_as_any_risk_is(count: int, bounds: tuple[float, float]) -> None:
    covariance = np.atleast_2d(np.cov(random_returns(count, count).T))

    def variance(first: int, weights: Array) -> float:
        own = slice(first, first + len(weights))
        return float(weights @ covariance[own, own] @ weights)

    wide = bounds if count == 12 else (bounds[0], 1.0)
    np.testing.assert_allclose(
        bisected_by_variance(covariance, wide), bisected(count, variance, wide), atol=1e-14
    )


@pytest.mark.parametrize(("distance", "near"), [("absolute", np.abs), ("squared", np.square)])
def test_what_moves_against_each_other_is_near_too(distance: str, near: Any) -> None:
    returns = random_returns(1, 6)
    returns[:, 3] = -returns[:, 0] + 0.001 * returns[:, 1]
    correlation = np.asarray(np.corrcoef(returns.T))
    order = leaf_order(correlation, "average", distance).tolist()
    assert abs(order.index(0) - order.index(3)) == 1
    far = np.sqrt(1 - near(correlation))[np.triu_indices(6, 1)]
    tree = np.asarray(hierarchy.linkage(far, "average"))
    assert order in every_order(tree, 10)


@pytest.mark.parametrize("bounds", [(0.0, 0.2), (0.05, 1.0), (0.06, 0.16)])
def test_bounds_are_kept_as_skfolio_keeps_them(bounds: tuple[float, float]) -> None:
    returns = random_returns(3, 12)
    least, most = bounds
    seriation = HierarchicalSeriation(optimal_ordering=False)
    peer = Peer(seriation_estimator=seriation, min_weights=least, max_weights=most).fit(returns)
    order = hierarchy.leaves_list(tree_of(returns, "ward"))
    covariance = np.cov(returns[:, order].T)

    def variance(first: int, weights: Array) -> float:
        own = slice(first, first + len(weights))
        return float(weights @ covariance[own, own] @ weights)

    weights = np.empty(12)
    weights[order] = bisected(12, variance, bounds)
    np.testing.assert_allclose(weights, peer.weights_, atol=1e-12)
    assert weights.min() >= least - 1e-12 and weights.max() <= most + 1e-12


def test_bounds_that_leave_no_weights_say_what_would(outlook_of: Any) -> None:
    for bounds, said in (({"most": 0.1}, "at least 12.5 %"), ({"least": 0.2}, "at most 12.5 %")):
        with pytest.raises(Infeasible, match=said):
            HierarchicalRiskParity(**bounds).allocate(outlook_of(0, 8))


@pytest.mark.parametrize("count", [2, 5, 8, 13])
@pytest.mark.parametrize("gamma", [0.0, 0.3, 0.6])
def test_schur_weights_are_those_of_skfolio(count: int, gamma: float) -> None:
    covariance = np.cov(random_returns(count, count).T)
    peer = _schur._compute_weights(
        gamma, np.arange(count), covariance, np.ones(count), np.zeros(count)
    )
    ours = schur_weights(covariance, gamma)
    assert (ours is None) == (peer is None)
    if ours is not None:
        np.testing.assert_allclose(ours, peer, atol=1e-10)


def test_schur_allocation_is_between_risk_parity_and_least_variance(outlook_of: Any) -> None:
    outlook = outlook_of(3, 8)
    hrp, none, half, most = (
        objective.allocate(outlook)
        for objective in (
            HierarchicalRiskParity(),
            SchurComplementary(gamma=0.0),
            SchurComplementary(gamma=0.5),
            SchurComplementary(gamma=1.0),
        )
    )
    np.testing.assert_allclose(none.weights, hrp.weights, atol=1e-12)
    risks = [float(w @ outlook.risk @ w) for w in (hrp.weights, half.weights, most.weights)]
    assert risks[0] > risks[1] >= risks[2]
    assert half.weights.sum() == pytest.approx(1.0)


def test_a_gamma_that_is_too_much_is_lowered_and_said(outlook_of: Any) -> None:
    matrix = np.cov(random_returns(0, 8)[:5].T) + 1e-9 * np.eye(8)
    outlook = outlook_of(0, 8)
    bare = replace(outlook, covariance=Covariance(assets=outlook.assets, matrix=matrix))
    got = SchurComplementary(gamma=1.0).allocate(bare)
    assert got.notes and "gamma is 0" in got.notes[-1] and got.weights.min() >= 0


@pytest.mark.parametrize("kind", [HierarchicalEqualRisk, NestedClusters])
def test_the_number_of_clusters_and_the_distance_are_chosen(kind: Any, outlook_of: Any) -> None:
    outlook = outlook_of(3, 8)
    chosen = {
        tuple(kind(clusters=count, distance=distance).allocate(outlook).weights.round(8))
        for count, distance in ((None, "correlation"), (2, "correlation"), (4, "absolute"))
    }
    assert len(chosen) >= 2 and all(sum(w) == pytest.approx(1.0) for w in chosen)


@pytest.mark.parametrize("times", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize("objective", [HierarchicalEqualRisk, NestedClusters])
def test_an_asset_of_hardly_any_risk_has_it_all_or_a_word(
    objective: Any, times: float, outlook_of: Any
) -> None:
    outlook = outlook_of(2, 5)
    size = np.append(times, np.ones(4))
    matrix = outlook.covariance.matrix * np.outer(size, size)
    unlike = replace(outlook, covariance=Covariance(assets=outlook.assets, matrix=matrix))
    try:
        weights = objective().allocate(unlike).weights
        assert weights.sum() == pytest.approx(1.0) and weights[0] > 0.6
    except SolverFailed as error:
        words = "times as volatile as another|Solver 'CLARABEL' failed"
        assert re.search(words, str(error)) and times < 1e-4
