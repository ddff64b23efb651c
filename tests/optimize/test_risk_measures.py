"""Risks of past sessions: as numbers, as formulas, as objectives, terms, limits and ratios."""

from collections.abc import Callable
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
import skfolio
from skfolio import optimization as peers
from tests.optimize.conftest import random_outlook

from forefolio.core.errors import BadConstraint, BadSettings, Infeasible, InputError
from forefolio.core.units import Array
from forefolio.optimize import (
    PAST_MEASURES,
    GiniMeanDifference,
    LowerPartialMoment,
    MaximumReturnToRisk,
    MaximumSharpe,
    MinimumDrawdown,
    MinimumRisk,
    MinimumTailLoss,
    MinimumVariance,
    OrderedLosses,
    Outlook,
    RiskLimit,
    RiskPenalty,
    Utility,
    parse_constraint,
)
from forefolio.optimize.measures.of_losses import entropic_mean, relativistic_mean
from forefolio.optimize.measures.past import PastMeasure
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Program
from forefolio.optimize.program.scenarios import ordered
from forefolio.optimize.program.symbols import Symbols, symbols

DEAR = ("gini_mean_difference", "tail_gini", "rldar")  # slow to solve; others share their formulas
MEASURES: list[Any] = [
    *(kind(window=60 if kind is GiniMeanDifference else 80) for kind in PAST_MEASURES),
    LowerPartialMoment(window=80, order=2),
]


def name_of(measure: Any) -> str:
    return str(measure.kind if getattr(measure, "order", 1) == 1 else f"{measure.kind}-2")


EACH = pytest.mark.parametrize("measure", MEASURES, ids=name_of)
SOLVED = pytest.mark.parametrize(
    "measure",
    [pytest.param(m, marks=pytest.mark.slow) if m.kind in DEAR else m for m in MEASURES],
    ids=name_of,
)
LONG: Any = ("sum(w) == 1", "w >= 0")


@pytest.fixture(scope="module")
def outlook() -> Outlook:
    return random_outlook(3, assets=5)


# -- numbers: each measure once more, as slow as its definition ------------------------------------


def worst_mean(losses: list[float], level: float) -> float:
    left = total = (1 - level) * len(losses)
    summed = 0.0
    for loss in sorted(losses, reverse=True):
        part = min(left, 1.0)
        summed, left = summed + part * loss, left - part
    return summed / total


def least_bound(losses: list[float], level: float) -> float:
    """The entropic bound over a fine grid of t."""
    grid = (max(losses) - min(losses)) * np.geomspace(1e-3, 1e3, 20_001)
    shifted = np.array(losses)[:, None] - max(losses)
    means = np.exp(shifted / grid).mean(axis=0)
    return float((max(losses) + grid * np.log(means / (1 - level))).min())


def worst_tilt(losses: list[float], level: float, kappa: float) -> float:
    """The greatest mean under probabilities near enough to equal ones, by a general solver."""
    count = len(losses)

    def spread(v: float) -> float:
        return float((v**kappa - v**-kappa) / (2 * kappa))

    q = cp.Variable(count, nonneg=True)
    # q log q is (q^(1 + k) - q^(1 - k)) / (2 k)
    up, down = cp.Variable(count), cp.Variable(count)
    laws = [
        up >= cp.power(q, 1 + kappa, approx=False),
        down <= cp.power(q, 1 - kappa, approx=False),
    ]
    bound = 2 * kappa * spread(1 / ((1 - level) * count))
    mean = cp.Maximize(np.array(losses) * 100 @ q)
    cp.Problem(mean, [*laws, cp.sum(q) == 1, cp.sum(up - down) <= bound]).solve(cp.CLARABEL)
    return float(np.array(losses) @ np.asarray(q.value))


def falls(returns: list[float]) -> list[float]:
    total = peak = 0.0
    each = []
    for one in returns:
        total += one
        peak = max(peak, total)
        each.append(peak - total)
    return each


def below(returns: list[float], target: float, order: int) -> float:
    parts = [max(target - one, 0.0) ** order for one in returns]
    return float((sum(parts) / len(parts)) ** (1 / order))


def mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def slowly(measure: Any, r: list[float]) -> float:
    losses = [-one for one in r]
    match measure.kind:
        case "cvar":
            return worst_mean(losses, measure.level)
        case "robust_cvar":
            return worst_mean(losses, measure.level) + float(measure.radius / (1 - measure.level))
        case "evar":
            return least_bound(losses, measure.level)
        case "rlvar":
            return worst_tilt(losses, measure.level, measure.kappa)
        case "worst_loss":
            return max(losses)
        case "gini_mean_difference":
            return mean([abs(r[i] - r[j]) for i in range(len(r)) for j in range(i)])
        case "tail_gini":
            tail, parts = 1 - measure.level, 4000
            depths = [tail * (k + 0.5) / parts for k in range(parts)]
            return mean([2 * u / tail * worst_mean(losses, 1 - u) for u in depths])
        case "ordered_losses":
            pairs = zip(measure.weights, sorted(losses)[::-1], strict=False)
            return float(sum(weight * loss for weight, loss in pairs))
        case "mean_absolute_deviation":
            return mean([abs(one - mean(r)) for one in r])
        case "semideviation":
            return below(r, mean(r), 2)
        case "lower_partial_moment":
            return below(r, measure.target, measure.order)
        case "cdar":
            return worst_mean(falls(r), measure.level)
        case "edar":
            return least_bound(falls(r), measure.level)
        case "rldar":
            return worst_tilt(falls(r), measure.level, measure.kappa)
        case "maximum_drawdown":
            return max(falls(r))
        case "average_drawdown":
            return mean(falls(r))
    return float(mean([one**2 for one in falls(r)]) ** 0.5)


@EACH
def test_it_is_what_its_definition_says(measure: PastMeasure) -> None:
    returns = 0.01 * np.random.default_rng(7).standard_t(4, size=130)
    assert measure.measured(returns) == pytest.approx(slowly(measure, returns.tolist()), rel=1e-6)
    assert measure.measured(np.zeros(70)) == 0.0


def test_weights_of_the_worst_losses_do_not_increase_and_are_no_more_than_there_are() -> None:
    with pytest.raises(BadSettings, match="the worst counts most"):
        OrderedLosses(weights=(0.2, 0.8))
    with pytest.raises(InputError, match="3 weights, but 2 sessions"):
        OrderedLosses(weights=(0.5, 0.3, 0.2)).measured(np.zeros(2))


def test_too_many_pairs_of_sessions_are_refused(outlook: Outlook) -> None:
    s = symbols(outlook)
    with pytest.raises(InputError, match="a window of 300 at most"):
        ordered(s.program.unknown(320), GiniMeanDifference().places(320), s)


def test_the_relativistic_value_is_between_the_entropic_one_and_the_worst() -> None:
    losses = -0.01 * np.random.default_rng(0).standard_t(4, size=500)
    tilted = [relativistic_mean(losses, 0.95, kappa) for kappa in (1e-3, 0.1, 0.3, 0.6, 0.99)]
    # what Riskfolio-Lib 7.4 says: 0.0331949 at 0.1, 0.0379980 at 0.3, 0.0456671 at 0.6
    np.testing.assert_allclose(tilted[1:4], (0.0331949, 0.0379980, 0.0456671), atol=1e-7)
    assert tilted[0] == pytest.approx(entropic_mean(losses, 0.95), rel=1e-4)
    assert tilted[4] == pytest.approx(losses.max(), rel=1e-6)


# -- formulas --------------------------------------------------------------------------------------


@EACH
def test_its_formula_comes_to_its_number(measure: PastMeasure, outlook: Outlook) -> None:
    weights = np.array([0.4, 0.3, 0.2, 0.1, -0.15])  # and some cash
    s = Symbols(
        outlook, Program(), Affine(np.zeros((5, 0)), weights), Affine(np.zeros((1, 0)), np.ones(1))
    )
    solution = s.program.minimise([loss := measure.loss(s)])
    assert solution is not None
    reached = float(solution.value(loss)[0])
    assert reached == pytest.approx(measure.of(weights, outlook), rel=2e-6)


@SOLVED
def test_no_random_portfolio_has_less_of_it(measure: PastMeasure, outlook: Outlook) -> None:
    best = MinimumRisk(risk_measure=measure).allocate(outlook)
    assert best.weights.sum() == pytest.approx(1.0, abs=1e-9) and best.weights.min() >= -1e-9
    least, rng = measure.of(best.weights, outlook), np.random.default_rng(1)
    for step in 10.0 ** rng.uniform(-4, 0, 60):
        other = best.weights + step * (rng.dirichlet(np.full(5, 0.5)) - best.weights)
        assert measure.of(other, outlook) >= least * (1 - 2e-7)


@SOLVED
def test_no_random_portfolio_earns_more_for_it(measure: PastMeasure, outlook: Outlook) -> None:
    best = MaximumReturnToRisk(risk_measure=measure).allocate(outlook)
    assert best.weights.sum() == pytest.approx(1.0, abs=1e-8)

    def ratio(w: Array) -> float:
        earned = outlook.mean @ w - outlook.risk_free * w.sum()
        return float(earned / measure.of(w, outlook))

    greatest, rng = ratio(best.weights), np.random.default_rng(1)
    assert greatest > 0
    for step in 10.0 ** rng.uniform(-4, 0, 60):
        other = best.weights + step * (rng.dirichlet(np.full(5, 0.5)) - best.weights)
        assert ratio(other) <= greatest * (1 + 1e-5)


def test_where_nothing_beats_cash_the_ratio_is_left_for_the_least_risk(outlook: Outlook) -> None:
    poor = outlook.with_mean(np.full(5, -0.01))
    ratio = MaximumReturnToRisk(risk_measure="ulcer_index").allocate(poor)
    least = MinimumRisk(risk_measure="ulcer_index").allocate(poor)
    np.testing.assert_allclose(ratio.weights, least.weights, atol=1e-9)
    assert "the least risk" in ratio.notes[-1]


@pytest.mark.parametrize(
    ("measure", "known"),
    [
        ("volatility", MinimumVariance()),
        ("cvar", MinimumTailLoss()),
        ("cdar", MinimumDrawdown()),
    ],
)
def test_risks_that_have_an_objective_have_the_same(
    measure: str, known: Any, outlook: Outlook
) -> None:
    ours, its = MinimumRisk(risk_measure=measure).allocate(outlook), known.allocate(outlook)
    np.testing.assert_allclose(ours.weights, its.weights, atol=1e-12)
    assert ours.status == its.status


@pytest.mark.parametrize(("kind", "by"), [("worst_loss", "scenario"), ("maximum_drawdown", "draw")])
def test_the_worst_of_all_is_found_by_the_solvers_of_tails(
    kind: Any, by: str, outlook: Outlook
) -> None:
    assert MinimumRisk(risk_measure=kind).allocate(outlook).status.startswith(by)


def test_a_penalty_trades_return_for_risk(outlook: Outlook) -> None:
    def chosen(aversion: float) -> Array:
        terms: Any = ("expected_return", RiskPenalty(aversion=aversion))
        return Utility(terms=terms).allocate(outlook).weights

    risk: Any = RiskPenalty().risk_measure
    careful, bold = chosen(100.0), chosen(0.01)
    assert risk.of(careful, outlook) < risk.of(bold, outlook)
    assert outlook.mean @ careful < outlook.mean @ bold
    assert bold.max() == pytest.approx(1.0)


# -- limits ----------------------------------------------------------------------------------------


@SOLVED
def test_a_limit_holds_and_binds_in_a_ratio_and_says_what_it_must_become(
    measure: PastMeasure, outlook: Outlook
) -> None:
    least = measure.of(MinimumRisk(risk_measure=measure).allocate(outlook).weights, outlook)
    freely = measure.of(MaximumSharpe().allocate(outlook).weights, outlook)
    limit = RiskLimit(risk_measure=measure, at_most=0.6 * least + 0.4 * freely)
    got = MaximumSharpe(constraints=(*LONG, limit)).allocate(outlook)
    assert measure.of(got.weights, outlook) == pytest.approx(limit.at_most, rel=2e-6)
    assert any("at most" in name for name, _ in got.binding)
    with pytest.raises(Infeasible) as error:
        MinimumVariance(
            constraints=(*LONG, RiskLimit(risk_measure=measure, at_most=0.9 * least))
        ).allocate(outlook)
    (mend,) = error.value.mends
    assert mend.needed == pytest.approx(least, rel=2e-6)
    assert str(parse_constraint(mend.constraint)) == mend.constraint


@pytest.mark.parametrize(
    ("words", "kind", "printed"),
    [
        ("cvar <= 2%", "cvar", "cvar <= 2%"),
        ("Expected shortfall <= 2%", "cvar", "cvar <= 2%"),
        ("CVaR(level=0.99) <= 3%", "cvar", "cvar(level=0.99) <= 3%"),
        ("drawdown <= 15%", "maximum_drawdown", "maximum drawdown <= 15%"),
        ("max drawdown <= 15%", "maximum_drawdown", "maximum drawdown <= 15%"),
        ("ulcer_index <= 5%", "ulcer_index", "ulcer index <= 5%"),
        ("mean absolute deviation <= 1%", "mean_absolute_deviation", None),
        ("gini <= 1%", "gini_mean_difference", "gini mean difference <= 1%"),
        ("tail Gini(level=0.9) <= 3%", "tail_gini", "tail gini(level=0.9) <= 3%"),
        ("rlvar(kappa=0.5) <= 3%", "rlvar", None),
        ("ordered losses(weights=[0.6, 0.4]) <= 4%", "ordered_losses", None),
        ("lower partial moment(order=2) <= 1%", "lower_partial_moment", None),
    ],
)
def test_limits_are_read_and_printed(words: str, kind: str, printed: str | None) -> None:
    limit: Any = parse_constraint(words)
    assert (limit.risk_measure.kind, str(limit)) == (kind, printed or words)
    assert parse_constraint(str(limit)) == limit


def test_a_limit_that_gives_way_gives_as_little_as_it_must(outlook: Outlook) -> None:
    words = "worst loss(window=80) <= 0.1% if possible"
    got = MinimumVariance(constraints=(*LONG, words)).allocate(outlook)
    assert "worst loss at most 0.1 % gave way" in got.notes[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("risk <= 10%", "risk of tech <= 40% limits a part of the variance"),
        ("risk of AAPL >= 10%", "one limit, with <="),
        ("risk of <= 10%", "w, a ticker or a sector"),
        ("var <= 3%", "cvar <= 2% limits the mean loss beyond it"),
        ("loss <= 3%", "worst loss <= 5%"),
        ("drawdown >= 3%", "one limit, with <="),
        ("cvar(levl=0.9) <= 3%", "did you mean 'level'"),
    ],
)
def test_what_cannot_be_limited_is_refused_with_what_can(words: str, said: str) -> None:
    with pytest.raises(BadConstraint, match=said):
        parse_constraint(words)


# -- peers -----------------------------------------------------------------------------------------

THEIRS = {
    "evar": "EVAR",
    "worst_loss": "WORST_REALIZATION",
    "mean_absolute_deviation": "MEAN_ABSOLUTE_DEVIATION",
    "semideviation": "SEMI_VARIANCE",
    "edar": "EDAR",
    "maximum_drawdown": "MAX_DRAWDOWN",
    "average_drawdown": "AVERAGE_DRAWDOWN",
    "ulcer_index": "ULCER_INDEX",
    "gini_mean_difference": "GINI_MEAN_DIFFERENCE",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", THEIRS)
def test_none_of_skfolio_has_less(kind: str, outlook_of: Callable[..., Outlook]) -> None:
    outlook = outlook_of(4)
    window = 100 if kind.startswith("gini") else 300  # theirs has a row for every pair of sessions
    objective = MinimumRisk(risk_measure={"kind": kind, "window": window})
    theirs = peers.MeanRisk(risk_measure=skfolio.RiskMeasure[THEIRS[kind]])
    peer = theirs.fit(outlook.scenarios(window)).weights_
    got = objective.allocate(outlook).weights
    risk = objective.risk_measure
    assert risk.of(got, outlook) <= risk.of(peer, outlook) * (1 + 1e-9)
    np.testing.assert_allclose(got, peer, atol=2e-3)
