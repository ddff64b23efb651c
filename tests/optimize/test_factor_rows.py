"""Factor models under rows: beside the dense line, by their own proofs, and through objectives."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.optimize.test_row_frontier import polyhedron

from forefolio.core.errors import Infeasible
from forefolio.core.units import Array
from forefolio.optimize import (
    MaximumDiversification,
    MaximumSharpe,
    MinimumVariance,
    Outlook,
    Utility,
)
from forefolio.optimize.exact.factor_row_kernel import along, longest_step_over_kinks
from forefolio.optimize.exact.factor_rows import FactorRowFrontier, factor_row_frontier
from forefolio.optimize.exact.polyhedron import Polyhedron
from forefolio.optimize.exact.row_frontier import RowFrontier, row_frontier
from forefolio.optimize.words.usual import read_constraints
from forefolio.risk import Covariance, FactorCovariance

OutlookOf = Callable[..., Outlook]


def model(rng: np.random.Generator, count: int, factors: int = 3) -> FactorCovariance:
    """A factor model; some assets are copies of each other."""
    loadings = rng.normal(size=(count, factors)) * 0.01
    if rng.random() < 0.3:
        loadings[rng.integers(count)] = loadings[0]
    return FactorCovariance(
        assets=tuple(map(str, range(count))),
        loadings=loadings,
        factors=np.eye(factors),
        specific=1e-4 * rng.choice([0.01, 1.0, 2.0, 100.0], count),
    )


def both(rng: np.random.Generator, count: int) -> tuple[FactorRowFrontier, RowFrontier]:
    """The same problem both ways."""
    covariance, within = model(rng, count), replace(polyhedron(rng, count), distances=())
    mean = rng.normal(size=count) * 1e-3
    if rng.random() < 0.3:
        mean = np.round(mean, 3)
    dense = row_frontier(mean, covariance.matrix, within)
    return factor_row_frontier(mean, covariance, within), dense


def same_answers(seed: int) -> None:
    rng = np.random.default_rng((11, seed))
    quick, dense = both(rng, int(rng.integers(2, 40)))
    unit = float(quick.covariance.matrix.diagonal().max())
    for aversion in (1000.0, 20.0, 1.0):
        ours, theirs = quick.at_aversion(aversion), dense.at_aversion(aversion)
        values = [aversion / 2 * p.variance - p.mean for p in (ours, theirs)]
        assert values[0] <= values[1] + 1e-9 * (abs(values[1]) + aversion * unit)
        assert ours.miss <= 1e-10 and ours.gap <= 1e-9 * max(ours.variance, 1e-6 * unit)
    least, richest = dense.minimum_variance(), dense.at_aversion(0.0)
    assert quick.minimum_variance().variance == pytest.approx(least.variance, rel=1e-8)
    assert quick.at_aversion(0.0).mean == pytest.approx(richest.mean, rel=1e-8, abs=1e-11)
    middle = (least.mean + richest.mean) / 2
    ours, theirs = quick.at_return(middle), dense.at_return(middle)
    assert ours.variance == pytest.approx(theirs.variance, rel=1e-7)
    calm = (least.volatility + richest.volatility) / 2
    assert quick.at_volatility(calm).mean == pytest.approx(
        dense.at_volatility(calm).mean, rel=1e-6, abs=1e-9
    )
    steep, theirs = quick.maximum_sharpe(), dense.maximum_sharpe()
    assert steep.note == theirs.note
    if not steep.note:
        assert steep.sharpe() == pytest.approx(theirs.sharpe(), rel=1e-7)


@pytest.mark.parametrize("seed", [*range(25), 227])
def test_the_dual_and_the_line_agree(seed: int) -> None:
    same_answers(seed)


@pytest.mark.slow
def test_many_duals_and_lines_agree() -> None:
    for seed in range(100, 400):
        same_answers(seed)


def sectors(count: int) -> Polyhedron:
    """Everything invested, four groups of at most 30 %."""
    groups = np.arange(count) % 4 == np.arange(4)[:, None]
    return Polyhedron(
        lower=np.zeros(count),
        upper=np.ones(count),
        rows=np.vstack([np.ones(count), groups]),
        low=np.array([1.0, *[-np.inf] * 4]),
        high=np.array([1.0, *[0.3] * 4]),
    )


def test_points_run_from_the_least_variance_to_the_greatest_gain() -> None:
    rng = np.random.default_rng(3)
    mean, covariance = rng.normal(size=30) * 1e-3, model(rng, 30)
    points = factor_row_frontier(mean, covariance, sectors(30)).points(9)
    dense = row_frontier(mean, covariance.matrix, sectors(30)).points(9)
    for ours, theirs in zip(points, dense, strict=True):
        assert ours.mean == pytest.approx(theirs.mean, rel=1e-9, abs=1e-12)
        assert ours.variance == pytest.approx(theirs.variance, rel=1e-8)


def test_no_portfolio_is_said_to_be_none() -> None:
    rng = np.random.default_rng(4)
    within = replace(sectors(8), high=np.array([1.0, *[0.2] * 4]))
    with pytest.raises(Infeasible):
        factor_row_frontier(np.zeros(8), model(rng, 8), within).minimum_variance()


def test_the_longest_step_is_where_the_slope_ends(seed: int = 5) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(50):
        count = int(rng.integers(1, 9))
        score, change, specific = rng.normal(size=(3, count))
        specific = np.abs(specific) + 0.1
        lower, upper = np.full(count, -0.2), rng.uniform(0.0, 0.5, count)
        kinks, falls = np.sort(rng.uniform(0, 2, 3)), rng.uniform(0, 0.3, 3)
        slope, bend = float(rng.uniform(0.1, 2) + np.abs(change).sum()), float(rng.uniform(0.1, 1))

        def rest(step: float, passed: int) -> float:
            wanted = np.clip((score + step * change) / specific, lower, upper)  # noqa: B023
            return slope - step * bend - float(change @ wanted) - float(falls[:passed].sum())  # noqa: B023

        step, kink = longest_step_over_kinks(
            score, change, specific, lower, upper, slope, bend, kinks, falls
        )
        passed = int(np.searchsorted(kinks, step, side="left"))
        if kink < 0:
            assert rest(step, passed) == pytest.approx(0.0, abs=1e-12)
        else:
            assert step == kinks[kink] and rest(step, kink) >= 0 >= rest(step, kink + 1)
        taken, _ = along(score, change, specific, lower, upper, 0.7)
        plain = change @ np.clip((score + 0.7 * change) / specific, lower, upper)
        assert taken == pytest.approx(float(plain))


@pytest.mark.parametrize(
    "objective", [MinimumVariance, MaximumSharpe, Utility, MaximumDiversification]
)
def test_limits_of_sectors_keep_a_factor_model_in_its_form(
    outlook_of: OutlookOf, objective: type[MinimumVariance], monkeypatch: pytest.MonkeyPatch
) -> None:
    outlook, limits = outlook_of(2), ("sum(w) == 1", "w >= 0", "Tech <= 30%", "Energy >= 36%")
    factors = replace(model(np.random.default_rng(7), 8), assets=outlook.assets)
    dense = Covariance(assets=outlook.assets, matrix=np.array(factors.matrix))
    expected = objective(constraints=limits).allocate(replace(outlook, covariance=dense))
    monkeypatch.setattr(FactorCovariance, "matrix", property(lambda _: 1 / 0))
    found = objective(constraints=limits).allocate(replace(outlook, covariance=factors))
    assert found.status == "factor Newton" and expected.status == "critical line"
    np.testing.assert_allclose(found.weights, expected.weights, atol=1e-7)
    stated, priced = dict(found.binding), dict(expected.binding)
    for name in {*stated, *priced}:
        assert stated.get(name, 0.0) == pytest.approx(priced.get(name, 0.0), rel=1e-4, abs=1e-9)


def test_three_thousand_assets_have_rows() -> None:
    rng, count = np.random.default_rng(8), 3_000
    covariance = replace(model(rng, count, 5), specific=1e-4 * (1 + rng.random(count)))
    mean: Array = rng.normal(size=count) * 1e-3
    steep = factor_row_frontier(mean, covariance, sectors(count)).maximum_sharpe()
    assert steep.gap <= 1e-9 * steep.variance and steep.miss <= 1e-12


@pytest.mark.parametrize("limits", [("-10% <= w <= 60%",), ("-20% <= w <= 60%", "Tech <= 10%")])
def test_of_portfolios_of_one_mix_the_largest_is_chosen(
    limits: tuple[str, ...], outlook_of: OutlookOf
) -> None:
    """Nothing invested keeps these limits, and on the way to it the ratio is the same."""
    for seed in range(12):
        outlook = outlook_of(seed)
        factors = replace(model(np.random.default_rng(7), 8), assets=outlook.assets)
        for covariance in (outlook.covariance, factors):
            asked = replace(outlook, covariance=covariance)
            found = MaximumSharpe(constraints=read_constraints(limits)).allocate(asked)
            reached = np.isclose(found.weights, -0.1) | np.isclose(found.weights, -0.2)
            reached |= np.isclose(found.weights, 0.6)
            tech = found.weights[[s == "Tech" for s in outlook.sectors]].sum()
            assert reached.any() or tech == pytest.approx(0.1), (seed, found.status)
