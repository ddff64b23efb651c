"""What is looked up on the exact frontier is what the general way solves, prices included."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.optimize.conftest import random_outlook

from forefolio.core.component import Component
from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.optimize import (
    Allocation,
    Bounds,
    Budget,
    ConditionalValueAtRisk,
    ExpectedReturn,
    Forbidden,
    Group,
    LongOnly,
    MaximumDiversification,
    MaximumSharpe,
    MinimumTailLoss,
    MinimumTrackingError,
    MinimumVariance,
    MustHold,
    Outlook,
    SquareRootImpact,
    TargetReturn,
    TargetVolatility,
    TradingContext,
    TradingCost,
    Turnover,
    Utility,
    Variance,
    WorstReturn,
)
from forefolio.optimize.exact import reading
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import Symbols
from forefolio.optimize.words.language import parse_constraints
from forefolio.risk import Covariance, FactorCovariance

OutlookOf = Callable[..., Outlook]
HARMLESS = parse_constraints(
    "gross <= 1000% if possible"
)  # says nothing, but softly: the general way
BOXES: tuple[tuple[Any, ...], ...] = (
    (Budget(), LongOnly()),
    (Budget(), LongOnly(), Bounds(upper=0.3)),
    (Budget(), Bounds(lower=-0.1, upper=0.5, overrides=(("A1", 0.05, 0.2),))),
    (Budget(lower=0.7, upper=0.7), LongOnly(), Forbidden(assets=("A0",)), MustHold(assets=("A2",))),
)
OBJECTIVES: tuple[Callable[[Any], Any], ...] = (
    lambda c: MinimumVariance(constraints=c),
    lambda c: MaximumSharpe(constraints=c),
    lambda c: Utility(constraints=c),
    lambda c: TargetReturn(annual_return=0.1, constraints=c),
    lambda c: TargetVolatility(annual_volatility=0.16, constraints=c),
)


def both(objective: Callable[[Any], Any], box: Any, outlook: Outlook) -> tuple[Allocation, ...]:
    quick = objective(box).allocate(outlook)
    slow = objective((*box, *HARMLESS)).allocate(outlook)
    assert "Clarabel" in slow.status
    return quick, slow


def value(kind: str, weights: Any, outlook: Outlook) -> float:
    variance = float(weights @ outlook.risk @ weights)
    excess = float((outlook.mean - outlook.risk_free) @ weights)
    match kind:
        case "maximum_sharpe":
            return -excess / float(np.sqrt(variance))
        case "utility":
            return 1.5 * variance - excess
        case "target_volatility":
            return -excess
    return variance


def exact_and_general(
    objective: Callable[[Any], Any], limits: Any, seed: int
) -> tuple[tuple[Allocation, Allocation], tuple[float, float]] | None:
    """Both allocations, the exact one proved, and what each is worth; None where there is none."""
    outlook = random_outlook(seed, assets=7)
    try:
        quick, slow = both(objective, limits, outlook)
    except Infeasible:
        return None
    if "minimum variance instead" in " ".join(quick.notes):
        return None
    assert quick.status == "critical line" and quick.gap < 1e-9
    ours, theirs = (value(quick.method, a.weights, outlook) for a in (quick, slow))
    return (quick, slow), (ours, theirs)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5_000), st.sampled_from(BOXES), st.sampled_from(OBJECTIVES))
def test_both_ways_agree(seed: int, box: Any, objective: Callable[[Any], Any]) -> None:
    if (answers := exact_and_general(objective, box, seed)) is None:
        return
    (quick, slow), (ours, theirs) = answers
    # a cone holds to the solver's tolerance, and what it lets through earns a little more
    room = 1e-6 if quick.method == "target_volatility" else 1e-8
    assert ours <= theirs + room * max(abs(theirs), 1e-4)
    np.testing.assert_allclose(quick.weights, slow.weights, atol=2e-5)
    assert quick.weights.sum() == pytest.approx(box[0].upper, abs=1e-12)
    prices, expected = dict(quick.binding), dict(slow.binding)
    size = max(map(abs, expected.values()), default=0.0)
    for name in {*prices, *expected}:
        if "A2" in name or "A0" in name:
            continue  # several limits at once: the price may be split between them
        price, other = prices.get(name, 0.0), expected.get(name, 0.0)
        assert price == pytest.approx(other, abs=1e-3 * size), name  # the solver's are rough


def test_a_target_missed_by_a_hair_is_refused_though_no_solver_can_tell() -> None:
    outlook = random_outlook(121, assets=7)
    with pytest.raises(Infeasible, match=r"from 4\.6372 % to at least"):
        TargetVolatility(annual_volatility=0.16, constraints=BOXES[2]).allocate(outlook)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_factor_model_keeps_its_form(
    outlook_of: OutlookOf, objective: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    outlook, rng = outlook_of(), np.random.default_rng(1)
    factors = FactorCovariance(
        assets=outlook.assets,
        loadings=rng.normal(size=(8, 2)),
        factors=1e-5 * np.eye(2),
        specific=1e-4 * (1 + rng.random(8)),
    )
    dense = Covariance(assets=outlook.assets, matrix=factors.matrix)
    expected = objective(BOXES[1]).allocate(replace(outlook, covariance=dense))
    monkeypatch.setattr(FactorCovariance, "matrix", property(lambda _: 1 / 0))
    found = objective(BOXES[1]).allocate(replace(outlook, covariance=factors))
    assert found.status == "factor Newton"
    np.testing.assert_allclose(found.weights, expected.weights, atol=1e-7)
    assert dict(found.binding) == pytest.approx(dict(expected.binding), rel=1e-4, abs=1e-9)


def test_thousands_of_assets_are_allocated(outlook_of: OutlookOf) -> None:
    count, rng = 8_000, np.random.default_rng(2)
    names = tuple(f"A{k}" for k in range(count))
    factors = FactorCovariance(
        assets=names,
        loadings=rng.normal(size=(count, 3)),
        factors=1e-4 * np.eye(3),
        specific=1e-4 * (1 + rng.random(count)),
    )
    few = outlook_of()
    mean = 0.01 * rng.random(count)
    forecast = replace(few.forecast, assets=names, mean=mean, std=np.ones(count))
    outlook = Outlook(forecast=forecast, covariance=factors, current=np.zeros(count))
    found = MaximumSharpe(constraints=BOXES[1]).allocate(outlook)
    assert found.gap < 1e-9 and found.weights.sum() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    "more",
    [
        ("volatility <= 90% per year", "te(equal weight) <= 90% per year"),
        ("w <= 50% if possible",),
        ("names <= 7",),
    ],
    ids=["volatilities", "soft", "names"],
)
def test_whatever_says_more_goes_the_general_way(outlook_of: OutlookOf, more: Any) -> None:
    optimizer = MinimumVariance(constraints=("sum(w) == 1", "w >= 0", *more))
    assert optimizer.allocate(outlook_of()).status == "Clarabel"


class Tilted(Component):
    """A user's own constraint: the first asset weighs at least as much as the next two."""

    kind: Literal["tilted"] = "tilted"

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row that neither names a sector nor is a bound."""
        yield Rows(name="tilt", excess=s.x[[1]] + s.x[[2]] - s.x[[0]])


ROWS: tuple[tuple[Any, ...], ...] = (
    ("sum(w) == 1", "w >= 0", "Tech <= 23%", "Energy >= 26%"),
    ("51% <= sum(w) <= 93%", "0% <= w <= 37%", "Health <= 41%"),
    ("sum(w) == 1", "w >= 0", "turnover <= 19%"),
    ("sum(w) == 1", "-17% <= w <= 43%", "gross <= 131%", "Tech <= 22%"),
    ("sum(w) == 1", "w <= 41%", "gross <= 153%", "turnover <= 29%"),
    ("sum(w) == 1", "w >= 0", Tilted()),
)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5_000), st.sampled_from(ROWS), st.sampled_from(OBJECTIVES))
def test_rows_and_distances_are_looked_up_and_agree(
    seed: int, limits: Any, objective: Callable[[Any], Any]
) -> None:
    if (answers := exact_and_general(objective, limits, seed)) is None:
        return
    (quick, _), (ours, theirs) = answers
    # a cone holds to the solver's tolerance, and what it lets through earns a little more
    room = 1e-6 if quick.method == "target_volatility" else 1e-8
    assert ours <= theirs + room * max(abs(theirs), 1e-4)


@pytest.mark.parametrize("limits", ROWS[:-1])
@pytest.mark.parametrize(
    "objective",
    [
        *OBJECTIVES[:3],
        lambda c: TargetReturn(annual_return=0.08, constraints=c),
        lambda c: TargetVolatility(annual_volatility=0.19, constraints=c),
        lambda c: TargetVolatility(annual_volatility=0.9, constraints=c),
    ],
)
def test_rows_and_distances_cost_what_the_general_way_says(
    limits: Any, objective: Callable[[Any], Any]
) -> None:
    # Where several limits meet at one portfolio their price may be split: generic numbers only.
    quick, slow = both(objective, limits, random_outlook(1, assets=7))
    stated, expected = dict(quick.binding), dict(slow.binding)
    size = max(map(abs, expected.values()), default=0.0)
    for name in {*stated, *expected}:
        price = expected.get(name, 0.0)
        assert stated.get(name, 0.0) == pytest.approx(price, abs=1e-3 * size), name


def test_limits_of_sectors_do_not_make_five_hundred_assets_slow(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(3, 500)
    limits = ("sum(w) == 1", "0% <= w <= 5%", "Tech <= 30%", "Energy <= 30%", "Health >= 30%")
    MaximumSharpe(constraints=limits).allocate(outlook)
    began = time.process_time()
    found = MaximumSharpe(constraints=limits).allocate(outlook)
    assert found.status == "critical line"
    assert time.process_time() - began < 1.0


def test_turnover_says_nothing_of_the_first_portfolio(outlook_of: OutlookOf) -> None:
    optimizer = MinimumVariance(constraints=(Budget(), LongOnly(), Turnover()))
    first = replace(outlook_of(), current=np.zeros(8))
    assert optimizer.allocate(first).status == "critical line"


def test_utility_of_anything_else_goes_the_general_way(outlook_of: OutlookOf) -> None:
    impact = TradingCost(cost=SquareRootImpact())
    context = TradingContext(
        capital=1e6, volatility=np.full(8, 0.01), dollar_volume=np.full(8, 1e7)
    )
    outlook = outlook_of(trading=context)
    assert (
        Utility(terms=(ExpectedReturn(), Variance(), impact)).allocate(outlook).status == "Clarabel"
    )


def test_what_is_not_proved_is_solved_and_told(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    bent = np.array(outlook.covariance.matrix)
    bent[0, 1] = bent[1, 0] = 1.5 * bent[0, 0]
    broken = Covariance(assets=outlook.assets, matrix=bent)
    found = MinimumVariance().allocate(replace(outlook, covariance=broken))
    assert (
        found.status == "Clarabel"
        and "not from the exact frontier but from a solver" in found.notes[-1]
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 5_000), st.sampled_from(BOXES), st.sampled_from((0.8, 0.95)))
def test_the_least_tail_loss_is_found_by_selection_and_agrees(
    seed: int, box: Any, level: float
) -> None:
    outlook = random_outlook(seed, assets=6)
    quick = MinimumTailLoss(level=level, window=120, constraints=box).allocate(outlook)
    general = (*box, *HARMLESS)
    slow = MinimumTailLoss(level=level, window=120, constraints=general).allocate(outlook)
    assert quick.status == "scenario selection" and "Clarabel" in slow.status
    measure = ConditionalValueAtRisk(level=level, window=120)
    ours, theirs = (measure.of(a.weights, outlook) for a in (quick, slow))
    assert ours <= theirs + 1e-8 and quick.gap < 1e-9
    assert quick.weights.sum() == pytest.approx(box[0].upper, abs=1e-9)
    budget = [dict(a.binding)[quick_name(box)] for a in (quick, slow)]
    assert budget[0] == pytest.approx(budget[1], rel=1e-3, abs=1e-5)


def quick_name(box: Any) -> str:
    return f"invested {100 * box[0].upper:g} %"


FORMULAS: tuple[Callable[[Any], Any], ...] = (
    lambda c: Utility(terms=(ExpectedReturn(), Variance(), TradingCost()), constraints=c),
    lambda c: Utility(terms=(WorstReturn(), Variance()), constraints=c),
    lambda c: Utility(terms=(Variance(),), constraints=c),
    lambda c: MaximumSharpe(terms=(ExpectedReturn(), TradingCost()), constraints=c),
    lambda c: MaximumDiversification(constraints=c),
    lambda c: MinimumTrackingError(benchmark=(("A0", 0.4), ("A3", 0.6)), constraints=c),
)
CAPPED: tuple[Callable[[Any], Any], ...] = (
    lambda c: Utility(terms=(ExpectedReturn(),), constraints=c),
    lambda c: Utility(terms=(ExpectedReturn(), TradingCost()), constraints=c),
    lambda c: TargetReturn(annual_return=0.07, constraints=c),
    *FORMULAS[:3],
    *OBJECTIVES[::2],
)
CAPS = (
    "te(equal weight) <= 4% per year",
    "te(100% A1) <= 13% per year",
    "volatility <= 17% per year",
)


def formula_value(objective: Any, weights: Any, outlook: Outlook) -> float:
    """What the objective says of weights, to be made small; written out beside the formulas."""
    variance = float(weights @ outlook.risk @ weights)
    earned = float((outlook.mean - outlook.risk_free) @ weights) + outlook.risk_free
    kinds = {term.kind for term in getattr(objective, "terms", ())}
    if "trading_cost" in kinds:
        earned -= 1e-3 * float(np.abs(weights - outlook.current).sum())
    if "worst_return" in kinds:
        wide = np.sqrt(21 / 1250 * 21) * outlook.covariance.std
        earned -= float(wide @ np.abs(weights))
    match objective.kind:
        case "utility" if kinds == {"variance"}:
            return 1.5 * variance
        case "utility":
            return 1.5 * variance * ("variance" in kinds) - earned
        case "maximum_sharpe":
            return -(earned - outlook.risk_free) / float(np.sqrt(variance))
        case "maximum_diversification":
            return -float(outlook.covariance.std @ weights) / float(np.sqrt(variance))
        case "minimum_tracking_error":
            away = weights - np.array([0.4, 0, 0, 0.6, 0, 0, 0])
            return float(away @ outlook.risk @ away)
    return variance


def agrees(objective: Callable[[Any], Any], limits: Any, seed: int, room: float) -> str:
    """Compare both ways; who answered the quick one, "" where there is no portfolio."""
    outlook = random_outlook(seed, assets=7)
    try:
        quick, slow = both(objective, limits, outlook)
    except Infeasible:
        return ""
    except SolverFailed:  # with next to no room no solver can tell: the proof stands alone
        alone: Allocation = objective(limits).allocate(outlook)
        assert alone.status == "critical line" and alone.gap < 1e-9
        return alone.status
    ours, theirs = (formula_value(objective(limits), a.weights, outlook) for a in (quick, slow))
    assert ours <= theirs + room * max(abs(theirs), 1e-4)
    assert quick.gap < 1e-9 or quick.status != "critical line"
    return quick.status


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5_000), st.sampled_from((*BOXES, *ROWS)), st.sampled_from(FORMULAS))
def test_formulas_are_looked_up_and_agree(seed: int, limits: Any, objective: Any) -> None:
    assert agrees(objective, limits, seed, 1e-8) in ("critical line", "")


@pytest.mark.parametrize("seed", [4, 48, 212, 453])
@pytest.mark.parametrize("objective", [FORMULAS[2], FORMULAS[5]])
@pytest.mark.parametrize("limits", [BOXES[0], ROWS[4]])
def test_the_least_risk_is_looked_up_where_the_start_of_the_line_is_no_corner(
    seed: int, limits: Any, objective: Any
) -> None:
    assert agrees(objective, limits, seed, 1e-8) == "critical line"


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 5_000),
    st.sampled_from((*BOXES, *ROWS)),
    st.sampled_from(CAPPED),
    st.sampled_from(CAPS),
)
def test_caps_on_risk_are_looked_up_and_agree(
    seed: int, limits: Any, objective: Any, cap: str
) -> None:
    # a cone holds to the solver's tolerance, and what it lets through earns a little more
    agrees(objective, (*limits, cap), seed, 1e-6)


def test_a_cap_missed_by_a_hair_is_refused_in_its_own_words() -> None:
    outlook, limits = random_outlook(22, assets=7), (*BOXES[1], CAPS[2])
    said = r"raise 'annual volatility at most 17 %' from 17\.0000 % to at least 17\.0015 %"
    with pytest.raises(Infeasible, match=said):
        CAPPED[2](limits).allocate(outlook)
    enough = (*BOXES[1], "volatility <= 17.0015% per year")
    assert CAPPED[2](enough).allocate(outlook).status == "critical line"


@pytest.mark.parametrize("limits", (ROWS[0], ROWS[2], (*ROWS[1], CAPS[0]), (*ROWS[3], CAPS[1])))
@pytest.mark.parametrize("objective", (FORMULAS[0], FORMULAS[2]))
def test_formulas_are_priced_as_the_general_way_does(limits: Any, objective: Any) -> None:
    # Where several limits meet at one portfolio their price may be split: generic numbers only.
    quick, slow = both(objective, limits, random_outlook(2, assets=7))
    stated, expected = dict(quick.binding), dict(slow.binding)
    size = max(map(abs, expected.values()), default=0.0)
    for name in {*stated, *expected}:
        price = expected.get(name, 0.0)
        assert stated.get(name, 0.0) == pytest.approx(price, abs=2e-3 * size), name


def test_a_cap_on_the_tracking_error_is_kept_and_priced(outlook_of: OutlookOf) -> None:
    outlook, stated = outlook_of(3), "te(equal weight) <= 4% per year"
    found = Utility(terms=(ExpectedReturn(),), constraints=(*BOXES[0], stated)).allocate(outlook)
    away = found.weights - 1 / 8
    assert found.status == "critical line"
    assert away @ outlook.risk @ away * 250 / 21 == pytest.approx(0.04**2, rel=1e-9)
    wider = stated.replace("4%", "4.01%")
    more = Utility(terms=(ExpectedReturn(),), constraints=(*BOXES[0], wider)).allocate(outlook)
    gained = float((more.weights - found.weights) @ (outlook.mean - outlook.risk_free)) / 0.0001
    assert dict(found.binding)["annual tracking error at most 4 %"] == pytest.approx(
        gained, rel=0.02
    )


class HalfOfIt(Group):
    """Half of the limit: its rows are its own."""

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row."""
        yield from Group(assets=self.assets, upper=(self.upper or 0.0) / 2).rows(s)


def test_limits_of_names_are_read_once_and_of_no_other_names(
    outlook_of: OutlookOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    read = reading._read

    def counted(constraints: Any, outlook: Outlook) -> Any:
        asked.append(len(constraints))
        return read(constraints, outlook)

    monkeypatch.setattr(reading, "_read", counted)
    monkeypatch.setattr(reading, "_READ", {})
    outlook = outlook_of()
    limits = (Budget(), LongOnly(), Group(sector="one", upper=0.3))
    sectors = ("one",) * 3 + ("two",) * (len(outlook.assets) - 3)
    named = replace(outlook, sectors=sectors)
    moved = replace(outlook, sectors=(*sectors[1:], "one"))
    for each, times in ((named, 1), (named, 1), (moved, 2), (named, 2)):
        weights = MinimumVariance(constraints=limits).allocate(each).weights
        among = np.array([sector == "one" for sector in each.sectors])
        assert weights[among].sum() <= 0.3 + 1e-12 and len(asked) == times
    own = (Budget(), LongOnly(), HalfOfIt(assets=outlook.assets[:3], upper=0.3))
    for times in (3, 4):
        weights = MinimumVariance(constraints=own).allocate(outlook).weights
        assert weights[:3].sum() <= 0.15 + 1e-12 and len(asked) == times
