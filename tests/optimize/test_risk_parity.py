"""Risk parity of any measure: by its parts, within limits, by sector and by component."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skfolio
from skfolio import optimization as peers
from tests.optimize.conftest import random_outlook

from forefolio.core.errors import BadSettings, Infeasible, InputError, SolverFailed, UnclearName
from forefolio.core.units import Array
from forefolio.optimize import MinimumRisk, Outlook, RiskParity
from forefolio.optimize.portfolio import constrained


@pytest.fixture(scope="module")
def outlook() -> Outlook:
    return random_outlook(3, assets=5)


def parts(measure: Any, weights: Array, outlook: Outlook) -> Array:
    """What each asset has of the risk, by small changes of a portfolio that stays invested."""

    def risk(x: Array) -> float:
        return float(x.sum() * measure.of(x / x.sum(), outlook))

    changes = 1e-6 * np.eye(len(weights))
    slopes = [(risk(weights + one) - risk(weights - one)) / 2e-6 for one in changes]
    each: Array = weights * np.array(slopes)
    each /= each.sum()
    return each


@pytest.mark.parametrize("kind", ["volatility", "evar", "semideviation", "mean_absolute_deviation"])
def test_every_asset_has_its_part_of_any_risk(kind: str, outlook: Outlook) -> None:
    setting: Any = kind if kind == "volatility" else {"kind": kind, "window": 80}
    objective = RiskParity(risk_measure=setting)
    best = objective.allocate(outlook).weights
    assert best.sum() == pytest.approx(1.0, abs=1e-9)
    shares = parts(objective.risk_measure, best, outlook)
    np.testing.assert_allclose(shares, np.full(5, 0.2), atol=2e-4)


def test_parts_are_in_proportion_to_budgets(outlook: Outlook) -> None:
    objective = RiskParity(risk_measure="semideviation", budgets=(("A0", 3.0), ("A1", 1.0)))
    best = objective.allocate(outlook).weights
    wanted = np.array([3.0, 1.0, 2.0, 2.0, 2.0]) / 10
    np.testing.assert_allclose(parts(objective.risk_measure, best, outlook), wanted, atol=1e-4)


def test_the_general_way_and_the_one_of_volatilities_agree(outlook: Outlook) -> None:
    plain = RiskParity().allocate(outlook)
    general = RiskParity(constraints=("w <= 90%",)).allocate(outlook)
    np.testing.assert_allclose(general.weights, plain.weights, atol=1e-6)
    assert (plain.status, general.status, general.binding) == ("", "Clarabel", ())


@pytest.mark.parametrize("kind", ["volatility", "semideviation"])
def test_limits_hold_and_bind_and_the_rest_stays_in_balance(kind: Any, outlook: Outlook) -> None:
    free = RiskParity(risk_measure=kind).allocate(outlook).weights
    most = float(np.sort(free)[-2:].mean() + 0.002)  # the largest alone is above
    held = RiskParity(risk_measure=kind, constraints=(f"w <= {most:.6f}",))
    got = held.allocate(outlook)
    assert got.weights.max() == pytest.approx(round(most, 6), abs=1e-9)
    ((name, _),) = got.binding
    assert name.startswith(f"A{int(free.argmax())}: weight at most")
    shares = parts(held.risk_measure, got.weights, outlook)
    rest = np.delete(shares, free.argmax())
    np.testing.assert_allclose(rest, rest.mean(), atol=3e-4)
    assert shares[free.argmax()] < rest.mean()


def test_sectors_have_equal_parts_and_each_its_best_mix(outlook: Outlook) -> None:
    objective = RiskParity(by="sectors", budgets=(("tech", 2.0), ("energy", 1.0), ("health", 1.0)))
    best = objective.allocate(outlook).weights
    shares = parts(objective.risk_measure, best, outlook)
    of = {
        s: shares[[k for k, one in enumerate(outlook.sectors) if one == s]].sum()
        for s in outlook.sectors
    }
    assert of == pytest.approx({"Tech": 0.5, "Energy": 0.25, "Health": 0.25}, abs=1e-5)


def test_components_have_equal_parts(outlook: Outlook) -> None:
    best = RiskParity(by="components", components=3).allocate(outlook).weights
    values, vectors = np.linalg.eigh(outlook.covariance.matrix)
    each = (vectors.T @ best) ** 2 * values
    np.testing.assert_allclose(each[::-1] / each.sum(), (1 / 3, 1 / 3, 1 / 3, 0, 0), atol=1e-5)
    assert best.sum() == pytest.approx(1.0, abs=1e-9)


def test_factors_of_ones_own_have_equal_parts(outlook: Outlook) -> None:
    rng = np.random.default_rng(2)
    exposures = pd.DataFrame(rng.random((5, 3)), outlook.assets, ["value", "size", "market"])
    budgets = (("value", 2.0), ("size", 1.0), ("market", 1.0))
    for given, wanted in (((), (1 / 3,) * 3), (budgets, (0.5, 0.25, 0.25))):
        objective = RiskParity(by="exposures", exposures=exposures, budgets=given)
        best = objective.allocate(outlook).weights
        slope = outlook.covariance.matrix @ best
        of = (exposures.T.to_numpy() @ best) * (np.linalg.pinv(exposures.to_numpy()) @ slope)
        np.testing.assert_allclose(of / (best @ slope), wanted, atol=1e-5)
        assert best.sum() == pytest.approx(1.0, abs=1e-9)
        assert RiskParity.model_validate_json(objective.model_dump_json()) == objective


def test_an_asset_as_a_factor_of_its_own_is_risk_parity_by_assets(outlook: Outlook) -> None:
    own = {
        asset: {other: float(asset == other) for other in outlook.assets}
        for asset in outlook.assets
    }
    best = RiskParity(by="exposures", exposures=own).allocate(outlook).weights
    np.testing.assert_allclose(best, RiskParity().allocate(outlook).weights, atol=1e-6)


def test_what_is_wrong_with_factors_is_said(outlook: Outlook) -> None:
    with pytest.raises(BadSettings, match="go together: by='exposures'"):
        RiskParity(by="exposures")
    with pytest.raises(InputError, match=r"exposures to value have no number for A1"):
        RiskParity(by="exposures", exposures={"value": {"A0": 1.0}}).allocate(outlook)
    with pytest.raises(InputError, match="the factors are value"):
        RiskParity(
            by="exposures", exposures={"value": {"A0": 1.0}}, budgets=(("size", 1.0),)
        ).allocate(outlook)


def test_constraints_in_words_stand_beside_what_is_invested(outlook: Outlook) -> None:
    objective = constrained(RiskParity(), "tech <= 20%")
    best = objective.allocate(outlook).weights
    assert best.sum() == pytest.approx(1.0)
    assert best[[0, 3]].sum() == pytest.approx(0.2, abs=1e-8)
    less = constrained(RiskParity(invested=0.8), "tech <= 16%").allocate(outlook).weights
    np.testing.assert_allclose(less, 0.8 * best, atol=1e-6)
    with pytest.raises(InputError, match=r"80.0 % of the portfolio are invested.*sum\(w\) == 100%"):
        constrained(RiskParity(invested=0.8), "tech <= 20%; sum(w) == 1").allocate(outlook)


def test_what_is_excluded_has_no_part_and_the_rest_share_the_risk(outlook: Outlook) -> None:
    best = RiskParity(constraints=("exclude A1",)).allocate(outlook).weights
    shares = parts(RiskParity().risk_measure, best, outlook)
    np.testing.assert_allclose(shares, (0.25, 0.0, 0.25, 0.25, 0.25), atol=1e-5)


def test_what_cannot_be_says_why(outlook: Outlook) -> None:
    with pytest.raises(Infeasible, match=r"from 15.0 % to at least 20.0 %"):
        RiskParity(constraints=("w <= 15%",)).allocate(outlook)
    with pytest.raises(SolverFailed, match="exclude leaves an asset out"):
        RiskParity(constraints=("A1 == 0",)).allocate(outlook)
    with pytest.raises(UnclearName, match="there is no sector 'bonds'"):
        RiskParity(by="sectors", budgets=(("bonds", 1.0),)).allocate(outlook)
    with pytest.raises(InputError, match="called 1, 2 and so on"):
        RiskParity(by="components", budgets=(("A0", 1.0),)).allocate(outlook)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        ("cvar", "CVAR"),
        ("evar", "EVAR"),
        ("cdar", "CDAR"),
        ("ulcer_index", "ULCER_INDEX"),
        ("average_drawdown", "AVERAGE_DRAWDOWN"),
        ("mean_absolute_deviation", "MEAN_ABSOLUTE_DEVIATION"),
        ("worst_loss", "WORST_REALIZATION"),
    ],
)
def test_it_is_that_of_skfolio(kind: str, theirs: str, outlook_of: Callable[..., Outlook]) -> None:
    outlook = outlook_of(4)
    ours = RiskParity(risk_measure={"kind": kind, "window": 300}, constraints=("w <= 14%",))
    peer = peers.RiskBudgeting(risk_measure=skfolio.RiskMeasure[theirs], max_weights=0.14).fit(
        outlook.scenarios(300)
    )
    np.testing.assert_allclose(ours.allocate(outlook).weights, peer.weights_, atol=2e-3)
    least = MinimumRisk(risk_measure={"kind": kind, "window": 300}).allocate(outlook).weights
    assert np.abs(least - peer.weights_).max() > 0.01  # which it is not


def test_a_factor_that_nothing_is_exposed_to_is_told_and_not_dropped(outlook: Outlook) -> None:
    value = dict.fromkeys(outlook.assets, 1.0)
    nothing = dict.fromkeys(outlook.assets, 0.0)
    with pytest.raises(BadSettings, match="no asset is exposed to size: give it a number that"):
        RiskParity(by="exposures", exposures={"value": value, "size": nothing})
    size = {**nothing, "A1": 1.0}
    both = {"value": value, "size": size}
    found = RiskParity(by="exposures", exposures=both, constraints=("exclude A1",))
    best = found.allocate(outlook)
    assert best.notes[-1] == "size: no asset of it may be held, so that it has no part of the risk"
    alone = RiskParity(by="exposures", exposures={"size": size}, constraints=("exclude A1",))
    with pytest.raises(InputError, match="no asset that may be held belongs to size"):
        alone.allocate(outlook)
    against = {"value": value, "growth": dict.fromkeys(outlook.assets, -1.0)}
    with pytest.raises(SolverFailed, match="everything with a budget: leave out a factor"):
        RiskParity(by="exposures", exposures=against).allocate(outlook)
