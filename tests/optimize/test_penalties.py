"""Penalties on weights are what cvxpy and closed forms make of the same formula."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from forefolio.core.errors import BadConstraint, BadSettings, InputError, UnclearName
from forefolio.core.units import Array
from forefolio.optimize import (
    BlackLitterman,
    LassoPenalty,
    MaximumDiversification,
    MaximumReturnToRisk,
    MaximumSharpe,
    MinimumRisk,
    MinimumVariance,
    Outlook,
    RidgePenalty,
    TargetReturn,
    Utility,
    parse_penalty,
)
from forefolio.optimize.objectives.penalties import with_penalties
from forefolio.studies.portfolio import PortfolioStudy

OutlookOf = Callable[..., Outlook]
PER_YEAR = 250 / 21
PUT = (
    ("ridge 0.3", np.zeros(8), 2),
    ("ridge 2 to equal weight", np.full(8, 1 / 8), 2),
    ("L2 0.4 to 60% A0 + 40% A1", np.array([0.6, 0.4, 0, 0, 0, 0, 0, 0]), 2),
    ("lasso 0.02 to equal weight", np.full(8, 1 / 8), 1),
    ("L1 0.01 to held weights", np.linspace(0.02, 0.23, 8), 1),
)


def held(outlook: Outlook) -> Outlook:
    """The same with weights held now."""
    return replace(outlook, current=np.linspace(0.02, 0.23, 8))


@pytest.mark.parametrize(("words", "centre", "power"), PUT)
@pytest.mark.parametrize("kind", [MinimumVariance, TargetReturn, Utility, MinimumRisk])
def test_a_penalized_objective_equals_cvxpy(
    kind: Any, words: str, centre: Any, power: int, outlook_of: OutlookOf
) -> None:
    outlook = held(outlook_of(4))
    penalty = parse_penalty(words)
    w = cp.Variable(8, nonneg=True)
    distance = cp.sum_squares(w - centre) if power == 2 else cp.norm1(w - centre)
    variance = cp.quad_form(w, cp.psd_wrap(outlook.risk * PER_YEAR))
    mean = outlook.mean @ w * PER_YEAR
    limits = [cp.sum(w) == 1]
    if kind is Utility:
        loss, made = 1.5 * variance - mean, with_penalties(Utility(), (penalty,))
    elif kind is MinimumRisk:
        past = outlook.scenarios(500)
        loss = 2 / len(past) * cp.sum(cp.pos((past.mean(axis=0) - past) @ w))
        penalty = penalty.model_copy(update={"strength": penalty.strength / 100})
        made = MinimumRisk(risk_measure="mean_absolute_deviation", penalties=(penalty,))
    else:
        loss, made = variance, kind(penalties=(words,))
    if kind is TargetReturn:
        best = float(np.quantile(outlook.mean, 0.7)) * PER_YEAR
        made, limits = made.model_copy(update={"annual_return": best}), [*limits, mean >= best]
    cp.Problem(cp.Minimize(loss + penalty.strength * distance), limits).solve(cp.CLARABEL)
    got = made.allocate(outlook)
    assert got.weights == pytest.approx(w.value, abs=2e-5)
    assert got.gap < 1e-6
    assert abs(float(got.weights.sum()) - 1) < 1e-9


def test_a_ridge_is_more_variance_of_every_asset(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2)
    free = MinimumVariance(penalties=("ridge 0.1",), constraints=("sum(w) == 1", "w free"))
    weights = np.linalg.solve(outlook.risk * PER_YEAR + 0.1 * np.eye(8), np.ones(8))
    assert free.allocate(outlook).weights == pytest.approx(weights / weights.sum(), abs=1e-9)


@pytest.mark.parametrize(
    "words", ["ridge 0.2", "ridge 0.5 to equal weight", "lasso 0.02 to held weights"]
)
@pytest.mark.parametrize("measure", ["volatility", "semideviation"])
def test_no_portfolio_near_it_or_far_has_a_greater_ratio_of_what_a_penalty_leaves(
    words: str, measure: str, outlook_of: OutlookOf
) -> None:
    outlook, penalty = outlook_of(3), parse_penalty(words)
    plain = (
        MaximumReturnToRisk(risk_measure=measure) if measure != "volatility" else MaximumSharpe()
    )
    risk = MaximumReturnToRisk(risk_measure=measure).risk_measure

    def ratio(w: Array) -> float:
        away = w - (1 / 8 if "equal" in words else outlook.current if "held" in words else 0)
        size = float(away @ away) if "ridge" in words else float(np.abs(away).sum())
        gain = (outlook.mean - outlook.risk_free) @ w - penalty.strength * size / PER_YEAR
        return float(gain) / risk.of(w, outlook)

    best = with_penalties(plain, (penalty,)).allocate(outlook)
    assert best.weights.sum() == pytest.approx(1.0) and best.weights.min() >= -1e-9
    free = plain.allocate(outlook).weights
    assert ratio(best.weights) > ratio(free) + 1e-6
    rng = np.random.default_rng(0)
    for step in (1.0, *10.0 ** rng.uniform(-4, 0, 150)):
        other = best.weights + step * (rng.dirichlet(np.full(8, 0.5)) - best.weights)
        assert ratio(other) <= ratio(best.weights) + 1e-7


def test_a_strong_lasso_to_what_is_held_trades_nothing(outlook_of: OutlookOf) -> None:
    outlook = replace(outlook_of(1), current=np.full(8, 1 / 8))
    strong = LassoPenalty(strength=9, to="held")
    for objective in (Utility(), MinimumVariance()):
        still = with_penalties(objective, (strong,)).allocate(outlook)
        assert still.weights == pytest.approx(np.full(8, 1 / 8))
    mild = MinimumVariance(penalties=("lasso 0.001 to held weights",)).allocate(outlook)
    assert 0.05 < np.abs(mild.weights - 1 / 8).sum() < 2
    assert mild.status == MinimumVariance().allocate(outlook).status  # on the exact line as well


@pytest.mark.parametrize(
    "penalty",
    [
        RidgePenalty(strength=0.5),
        RidgePenalty(strength=1e-7, to="equal"),
        LassoPenalty(strength=3, to="held"),
        LassoPenalty(target=(("A", 0.6), ("B b", -0.4))),
    ],
)
def test_a_penalty_reads_back_from_its_words(penalty: RidgePenalty | LassoPenalty) -> None:
    assert parse_penalty(str(penalty)) == penalty


def test_what_is_wrong_with_a_penalty_is_said(outlook_of: OutlookOf) -> None:
    for words in ("rigde 1", "ridge", "ridge 0", "ridge 1 to", "lasso 1 to held", "l2 1 x"):
        with pytest.raises(BadConstraint, match=r"'ridge 0\.05 to equal weight'"):
            parse_penalty(words)
    with pytest.raises(InputError, match="maximum_diversification has no ridge; "):
        with_penalties(MaximumDiversification(), (RidgePenalty(),))
    with pytest.raises(UnclearName, match="there is no asset XYZ"):
        MinimumVariance(penalties=("ridge 1 to 100% XYZ",)).allocate(outlook_of())
    with pytest.raises(BadSettings, match="equal_weight has no ridge"):
        PortfolioStudy(objective="equal_weight", penalties=("ridge 1",))


def test_a_wrapped_objective_is_penalized_inside() -> None:
    inside = with_penalties(BlackLitterman(optimizer=MinimumVariance()), (RidgePenalty(),))
    assert inside.optimizer.penalties == (RidgePenalty(),)
