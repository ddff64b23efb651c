"""Limits on parts of the risk: beside every portfolio of a grid, and beside another method."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import optimize

from forefolio import optimize as weigh
from forefolio.core.errors import BadSettings, Infeasible, InputError, SolverFailed
from forefolio.core.units import Array
from forefolio.optimize import (
    MaximumSharpe,
    MinimumVariance,
    MultiPeriod,
    Outlook,
    RiskContribution,
    RiskParity,
    Utility,
    parse_constraint,
)
from forefolio.optimize.explanation.optimum import optimum_of
from forefolio.optimize.portfolio import without_dust
from forefolio.risk import Covariance

OutlookOf = Callable[..., Outlook]
USUAL = ("sum(w) == 1", "w >= 0")
SECTORS = ("Tech", "Energy", "Health")


def parts(weights: Array, outlook: Outlook) -> Array:
    each = weights * (outlook.risk @ weights)
    shares: Array = each / each.sum()
    return shares


def variance(outlook: Outlook) -> Callable[[Array], float]:
    return lambda w: float(w @ outlook.risk @ w)


def loss(outlook: Outlook) -> Callable[[Array], float]:
    return lambda w: float(1.5 * w @ outlook.risk @ w - outlook.mean @ w)


def ratio(outlook: Outlook) -> Callable[[Array], float]:
    excess = outlook.mean - outlook.risk_free
    return lambda w: float(-(excess @ w) / np.sqrt(w @ outlook.risk @ w))


def grid(count: int, steps: int) -> Array:
    """All long-only portfolios of so many assets, in such steps."""
    shares = [w for w in product(range(steps + 1), repeat=count - 1) if sum(w) <= steps]
    inner = np.array(shares, dtype=np.float64) / steps
    return np.column_stack([inner, 1.0 - inner.sum(axis=1)])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("objective", "worth"), [(MinimumVariance, variance), (Utility, loss), (MaximumSharpe, ratio)]
)
def test_no_portfolio_of_a_grid_is_better(
    objective: Any, worth: Any, seed: int, outlook_of: OutlookOf
) -> None:
    outlook, of = outlook_of(seed, 3), worth(outlook_of(seed, 3))
    for limit, part in (("risk of w <= 45%", np.eye(3)), ("risk of A0 + A1 <= 40%", [[1, 1, 0]])):
        best = objective(constraints=(*USUAL, limit)).allocate(outlook)
        most = parse_constraint(limit).at_most  # type: ignore[attr-defined]
        assert (np.array(part) @ parts(best.weights, outlook)).max() <= most + 1e-8
        all_of_them = grid(3, 100)
        within = [w for w in all_of_them if (np.array(part) @ parts(w, outlook)).max() <= most]
        values = [of(w) for w in within]
        assert of(best.weights) <= min(values) + 1e-9
        free = objective(constraints=USUAL).allocate(outlook)
        assert of(free.weights) <= of(best.weights) + 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_another_method_from_many_beginnings_finds_nothing_better(
    seed: int, outlook_of: OutlookOf
) -> None:
    outlook, of = outlook_of(seed, 6), loss(outlook_of(seed, 6))
    best = Utility(constraints=(*USUAL, "risk of w <= 22%")).allocate(outlook).weights
    found = []
    for begin in np.random.default_rng(seed).dirichlet(np.ones(6), size=12):
        answer = optimize.minimize(
            lambda w: 1e3 * of(w),
            begin,
            method="SLSQP",
            bounds=[(0.0, 1.0)] * 6,
            constraints=[
                {"type": "eq", "fun": lambda w: w.sum() - 1.0},
                {"type": "ineq", "fun": lambda w: 0.22 - parts(w, outlook)},
            ],
        )
        if answer.success and parts(answer.x, outlook).max() <= 0.22 + 1e-7:
            found.append(of(answer.x))
    assert found and of(best) <= min(found) + 1e-7


def test_a_limit_of_equal_parts_is_risk_parity(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2, 5)
    for objective in (MinimumVariance, MaximumSharpe):
        got = objective(constraints=(*USUAL, "risk of w <= 20%")).allocate(outlook)
        np.testing.assert_allclose(got.weights, RiskParity().allocate(outlook).weights, atol=1e-5)


def unlike(outlook: Outlook, times: float) -> Outlook:
    """The same, with a first asset so many times as volatile."""
    size = np.append(times, np.ones(len(outlook.assets) - 1))
    matrix = outlook.covariance.matrix * np.outer(size, size)
    return replace(outlook, covariance=Covariance(assets=outlook.assets, matrix=matrix))


@pytest.mark.parametrize("times", [1e-6, 1e-3, 1e4])
def test_an_asset_unlike_the_rest_keeps_its_part(times: float, outlook_of: OutlookOf) -> None:
    outlook = unlike(outlook_of(2, 5), times)
    equal = MinimumVariance(constraints=(*USUAL, "risk of w <= 20.01%")).allocate(outlook)
    np.testing.assert_allclose(equal.weights, RiskParity().allocate(outlook).weights, rtol=5e-3)
    for objective in (MinimumVariance, Utility, MaximumSharpe):
        free = objective(constraints=USUAL).allocate(outlook)
        got = objective(constraints=(*USUAL, "risk of w <= 30%")).allocate(outlook)
        assert parts(got.weights, outlook).max() <= 0.3 + 1e-6
        assert got.weights.sum() == pytest.approx(1.0, abs=1e-9) and got.weights.min() >= 0.0
        assert parts(free.weights, outlook).max() > 0.3  # it binds


@pytest.mark.parametrize("times", [1e-6, 1e3])
def test_the_part_of_an_asset_unlike_the_rest_is_as_large_as_it_may(
    times: float, outlook_of: OutlookOf
) -> None:
    """Of two assets the weights are known: those at which the part is just reached."""
    outlook = unlike(outlook_of(1, 2), times)
    calmest = int(np.argmin(outlook.covariance.std))
    limit = f"risk of {outlook.assets[calmest]} <= 60%"
    got = MinimumVariance(constraints=(*USUAL, limit)).allocate(outlook).weights
    assert parts(got, outlook)[calmest] == pytest.approx(0.6, abs=1e-6)


@pytest.mark.parametrize("size", [1e-12, 1e-4, 1e4])
def test_the_size_of_all_risks_changes_no_part(size: float, outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2, 5)
    matrix = outlook.covariance.matrix * size
    other = replace(outlook, covariance=Covariance(assets=outlook.assets, matrix=matrix))
    limits = (*USUAL, "risk of w <= 25%")
    for objective in (MinimumVariance, MaximumSharpe):
        got = objective(constraints=limits).allocate(other).weights
        want = objective(constraints=limits).allocate(outlook).weights
        np.testing.assert_allclose(got, want, atol=1e-5)


def test_weights_that_a_limit_needs_are_no_dust(outlook_of: OutlookOf) -> None:
    outlook = unlike(outlook_of(2, 5), 1e-4)
    limits = (*USUAL, "risk of w <= 30%")
    got = without_dust(MinimumVariance(constraints=limits), outlook).weights
    assert 0 < np.sort(got)[-2] < 1e-4 and parts(got, outlook).max() <= 0.3 + 1e-6


def test_what_does_not_bind_changes_nothing_and_costs_no_step(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(0, 5)
    free = MinimumVariance(constraints=USUAL).allocate(outlook)
    kept = MinimumVariance(constraints=(*USUAL, "risk of w <= 90%")).allocate(outlook)
    np.testing.assert_allclose(kept.weights, free.weights, atol=1e-7)
    assert "steps" not in kept.status and kept.gap < 1e-8


def test_the_gap_is_the_distance_to_what_could_be_at_most(outlook_of: OutlookOf) -> None:
    outlook, of = outlook_of(1, 5), variance(outlook_of(1, 5))
    free = MinimumVariance(constraints=USUAL).allocate(outlook).weights
    kept = MinimumVariance(constraints=(*USUAL, "risk of w <= 21%")).allocate(outlook)
    assert kept.gap == pytest.approx(1 - of(free) / of(kept.weights), rel=1e-4)
    assert "convex steps" in kept.status


def test_it_holds_beside_few_names_short_positions_sectors_and_at_each_step(
    outlook_of: OutlookOf,
) -> None:
    outlook = outlook_of(1, 8)
    few = Utility(constraints=(*USUAL, "names <= 4", "risk of w <= 30%")).allocate(outlook)
    assert (few.weights > 1e-9).sum() <= 4 and parts(few.weights, outlook).max() <= 0.3 + 1e-8
    short = Utility(constraints=("sum(w) == 1", "-30% <= w <= 60%", "risk of w <= 25%"))
    got = short.allocate(outlook).weights
    assert got.min() < -0.01 and parts(got, outlook).max() <= 0.25 + 1e-8
    of = [parts(got, outlook)[[s == each for s in outlook.sectors]].sum() for each in SECTORS]
    most = int(np.argmax(of))
    limit = RiskContribution(sector=SECTORS[most], at_most=0.9 * of[most])
    limited = Utility(constraints=("sum(w) == 1", "-30% <= w <= 60%", limit))
    got = limited.allocate(outlook).weights
    own = np.array([sector == SECTORS[most] for sector in outlook.sectors])
    assert parts(got, outlook)[own].sum() == pytest.approx(0.9 * of[most], abs=1e-7)
    plan = MultiPeriod(steps=2, constraints=(*USUAL, "risk of w <= 20%")).plan(outlook)
    assert max(parts(w, outlook).max() for w in plan.weights) <= 0.2 + 1e-8


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (("A0 >= 40%", "risk of A0 <= 1%"), "A0"),
        (("w >= 0.5%", "risk of w <= 30%"), "each asset"),
        (("A0 + A3 >= 70%", "risk of Tech <= 10%"), "Tech"),
    ],
)
def test_what_was_not_found_says_where_the_nearest_was(
    limits: Any, what: str, outlook_of: OutlookOf
) -> None:
    """The mend, followed, leads to a portfolio."""
    outlook = outlook_of(0, 5) if what != "each asset" else unlike(outlook_of(0, 5), 1e3)
    with pytest.raises(
        SolverFailed, match=f"raise the limit on the part of the risk of {what} "
    ) as told:
        MinimumVariance(constraints=(*USUAL, *limits)).allocate(outlook)
    found = re.search(r"to at least ([\d.]+) %, or give the other limits", str(told.value))
    assert found
    words = re.sub(r"<= \d+%", f"<= {found[1]}%", limits[1])
    allowed = MinimumVariance(constraints=(*USUAL, limits[0], words)).allocate(outlook)
    assert allowed.weights.sum() == pytest.approx(1.0)
    assert float(found[1]) < 100.0


def test_what_cannot_be_is_refused_in_words(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(0, 4)
    with pytest.raises(Infeasible, match=r"each of 4 assets from 20.0 % to at least 25.0 %"):
        MinimumVariance(constraints=(*USUAL, "risk of w <= 20%")).allocate(outlook)
    with pytest.raises(SolverFailed, match=r"keeps risk of A0 <= 1% beside .* not proved"):
        MinimumVariance(constraints=(*USUAL, "A0 >= 40%", "risk of A0 <= 1%")).allocate(outlook)
    with pytest.raises(BadSettings, match="either of a sector or of assets"):
        RiskContribution(sector="tech", assets=("A0",))
    objective = MinimumVariance(constraints=(*USUAL, "risk of A0 <= 10%"))
    with pytest.raises(InputError, match=r"risk of A0 <= 10% is not linear"):
        optimum_of(objective, outlook, objective.allocate(outlook).weights)


@pytest.mark.parametrize("objective", [MinimumVariance, Utility])
@pytest.mark.parametrize("words", ["risk of B <= 50%", "risk of w <= 50%", "risk of A + B <= 20%"])
def test_of_no_risk_nothing_has_a_part(words: str, objective: Any) -> None:
    mu, cov = (
        {"A": 0.03, "B": 0.08, "C": 0.05},
        [[0.0025, 0.001, 0], [0.001, 0.0225, 0], [0, 0, 0]],
    )
    best = weigh(mu=mu, cov=cov, objective=objective(), constraints=words)
    assert best.weights == {"C": pytest.approx(1.0)}
