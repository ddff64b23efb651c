"""Risk measures beside the numbers that peers publish: facts of their tests, code of our own.

Of AAPL and AMD over the S&P 500 sample, equally likely sessions and random probabilities, and of
four returns: what skfolio's tests expect (1.12, tests/test_measures). Of the 24 months of Bacon
(2008), "Practical portfolio performance measurement and attribution", and of seven sessions: what
its reference values say, those of R's PerformanceAnalytics among them.
"""

from typing import Any

import numpy as np
import pytest

from forefolio.backtest import metrics
from forefolio.core.units import Array
from forefolio.market import Sample, load_market
from forefolio.optimize import (
    AverageDrawdown,
    ConditionalDrawdown,
    ConditionalValueAtRisk,
    EntropicDrawdown,
    EntropicValueAtRisk,
    GiniMeanDifference,
    LowerPartialMoment,
    MaximumDrawdown,
    MeanAbsoluteDeviation,
    Semideviation,
    UlcerIndex,
    WorstLoss,
    conditional_value_at_risk,
)

BEGUN = (0.5652300, 0.7670693)  # where the first session is a peak, whatever it lost
FOUR = np.array([0.1, -0.5, -0.3, 0.8])

OF_SESSIONS: list[tuple[Any, float, float]] = [  # of AAPL, of AMD
    (MeanAbsoluteDeviation(), 0.0186077, 0.0268726),
    (LowerPartialMoment(), 0.0087324, 0.0128657),
    (LowerPartialMoment(order=2), 0.0186553, 0.0261972),
    (Semideviation(), 0.0191906, 0.0267358),
    (ConditionalValueAtRisk(), 0.0592401, 0.0852369),
    (WorstLoss(), 0.5184729, 0.3793103),
    (MaximumDrawdown(), 1.2480532, 2.6545675),
    (AverageDrawdown(), 0.2444493, 0.5653650),  # theirs of AMD: 0.5652300, see BEGUN
    (ConditionalDrawdown(), 0.9276305, 1.8762444),
    (UlcerIndex(), 0.3606420, 0.7670837),  # theirs of AMD: 0.7670693
    (GiniMeanDifference(), 0.0278023, 0.0400147),
]
OF_WEIGHED_SESSIONS: list[tuple[Any, float, float]] = [
    (MeanAbsoluteDeviation(), 0.0185890, 0.0267258),
    (LowerPartialMoment(), 0.0087826, 0.0128216),
    (Semideviation(), 0.0191056, 0.0267006),
    (ConditionalValueAtRisk(), 0.0586659, 0.0852807),
]
OF_FOUR: list[tuple[Any, float]] = [
    (MeanAbsoluteDeviation(), 0.425),
    (Semideviation(), 0.308727225),
    (ConditionalValueAtRisk(), 0.5),
    (EntropicValueAtRisk(), 0.5),
    (MaximumDrawdown(), 0.8),
    (AverageDrawdown(), 0.325),
    (ConditionalDrawdown(), 0.8),
    (EntropicDrawdown(), 0.8),
    (UlcerIndex(), 0.47169905),
    (GiniMeanDifference(), 0.7166667),
]
COMPOUNDED = {  # mean, mean of the worst twentieth, greatest, root of the mean square
    "AAPL": (0.2851824, 0.7828218, 0.8180987, 0.3830787),
    "AMD": (0.5607065, 0.9536034, 0.9658947, 0.6368674),
}
MONTHS = np.fromstring(
    ".003 .026 .011 -.01 .015 .025 .016 .067 -.014 .04 -.005 .081 .04 -.037 -.061 .017 -.049 -.022 "
    ".07 .058 -.065 .024 -.005 -.009",
    sep=" ",
)
SEVEN = np.fromstring(
    "-.018720930383 -.014303070725 -.014572173794 -.003467788444 -.025038397377 -.001677869157 "
    "-.010129521509",
    sep=" ",
)
TOLD = {  # greatest drawdown, ulcer index, CVaR, skewness, kurtosis
    "months": (0.144672955739, 0.061184287262, 0.064333333333, -0.082562455209, 2.432453794108),
    "seven": (0.084857584103, 0.059162088689, 0.025038397377, -0.044162689139, 1.962201690913),
}


@pytest.fixture(scope="module")
def returns() -> dict[str, Array]:
    market = load_market(Sample()).market
    close = dict(zip(market.assets, market.close.T, strict=True))
    each = {name: close[name][1:] / close[name][:-1] - 1.0 for name in ("AAPL", "AMD")}
    assert len(each["AAPL"]) == 8312
    return each


def kinds(cases: list[Any]) -> list[str]:
    return [f"{case[0].kind}{getattr(case[0], 'order', '')}" for case in cases]


@pytest.mark.parametrize(("measure", "aapl", "amd"), OF_SESSIONS, ids=kinds(OF_SESSIONS))
def test_measures_of_thirty_years_are_those_of_skfolio(
    measure: Any, aapl: float, amd: float, returns: dict[str, Array]
) -> None:
    got = [measure.measured(returns[name]) for name in ("AAPL", "AMD")]
    np.testing.assert_allclose(got, (aapl, amd), atol=1e-7)


@pytest.mark.parametrize(
    ("measure", "aapl", "amd"), OF_WEIGHED_SESSIONS, ids=kinds(OF_WEIGHED_SESSIONS)
)
def test_measures_of_weighed_sessions_are_those_of_skfolio(
    measure: Any, aapl: float, amd: float, returns: dict[str, Array]
) -> None:
    chances = np.random.default_rng(0).random(8312)
    chances /= chances.sum()
    got = [measure.measured(returns[name], chances) for name in ("AAPL", "AMD")]
    np.testing.assert_allclose(got, (aapl, amd), atol=1e-7)


def test_what_the_first_session_lost_is_a_drawdown_here(returns: dict[str, Array]) -> None:
    """AMD fell in the first one: what was paid in is a peak here, and none to skfolio."""
    total = np.cumsum(returns["AMD"])
    theirs = np.maximum.accumulate(total) - total
    got = (theirs.mean(), np.sqrt((theirs**2).mean()))
    np.testing.assert_allclose(got, BEGUN, atol=1e-7)
    ours = np.maximum(np.maximum.accumulate(total), 0.0) - total
    assert AverageDrawdown().measured(returns["AMD"]) == pytest.approx(ours.mean())
    assert total[0] < 0.0 and ours.mean() > theirs.mean()


def test_entropic_bounds_are_those_of_skfolio(returns: dict[str, Array]) -> None:
    aapl = returns["AAPL"]
    assert EntropicValueAtRisk().measured(aapl) == pytest.approx(0.213993692, abs=1e-7)
    assert EntropicDrawdown().measured(aapl) == pytest.approx(0.996230976, abs=1e-7)


@pytest.mark.parametrize(
    ("values", "level", "expected"),
    [
        (np.full(50, 0.01), 0.95, -0.01),
        (np.full(50, -0.01), 0.95, 0.01),
        (np.linspace(0.01, 0.1, 10), 0.95, -0.01),
        (np.array([-0.1, -0.1, 0.0, 0.2]), 0.5, 0.1),
    ],
)
def test_entropic_bounds_in_closed_form(values: Array, level: float, expected: float) -> None:
    got = EntropicValueAtRisk(level=level).measured(values)
    assert got == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("measure", "expected"), OF_FOUR, ids=kinds(OF_FOUR))
def test_measures_of_four_returns_are_those_of_skfolio(measure: Any, expected: float) -> None:
    assert measure.measured(FOUR) == pytest.approx(expected, abs=6e-8)


def test_tails_where_the_edge_is_in_a_session() -> None:
    chances = np.array([0.3, 0.4, 0.3])  # half of the second is in the lower half
    tail = conditional_value_at_risk([0.3, 0.1, -0.2], level=0.5, chances=chances)
    assert tail == pytest.approx(0.22)
    assert conditional_value_at_risk([0.1, -0.2], chances=np.array([0.9, 0.1])) == 0.1


@pytest.mark.parametrize("name", COMPOUNDED)
def test_drawdowns_that_compound_are_those_of_skfolio(name: str, returns: dict[str, Array]) -> None:
    equity: Array = (1.0 + returns[name]).cumprod()
    falls = -metrics.drawdowns(equity)
    worst = metrics.max_drawdown(equity)
    assert worst is not None
    tail = conditional_value_at_risk(falls)
    got = (falls.mean(), tail, -worst, np.sqrt((falls**2).mean()))
    np.testing.assert_allclose(got, COMPOUNDED[name], atol=1e-7)


def test_moments_are_those_of_skfolio(returns: dict[str, Array]) -> None:
    told = {"AAPL": (-0.3924154, 26.3046784), "AMD": (0.3431228, 12.8538355)}
    for name, (skewness, kurtosis) in told.items():
        assert metrics.skew(returns[name]) == pytest.approx(skewness, abs=2e-7)
        assert metrics.kurtosis(returns[name]) == pytest.approx(kurtosis - 3.0, abs=2e-7)
    assert metrics.skew(FOUR) == pytest.approx(0.58467838959)
    assert metrics.kurtosis(FOUR) == pytest.approx(1.83727607755 - 3.0)


@pytest.mark.parametrize(("values", "told"), [(MONTHS, "months"), (SEVEN, "seven")])
def test_months_of_bacon_are_those_of_r(values: Array, told: str) -> None:
    deepest, ulcer, tail, skewness, kurtosis = TOLD[told]
    equity: Array = np.concatenate([[1.0], (1.0 + values).cumprod()])
    falls = -metrics.drawdowns(equity)[1:]
    assert metrics.max_drawdown(equity) == pytest.approx(-deepest, abs=1e-11)
    assert np.sqrt((falls**2).mean()) == pytest.approx(ulcer, abs=1e-11)
    assert metrics.expected_shortfall(values) == pytest.approx(tail, abs=1e-11)
    assert ConditionalValueAtRisk().measured(values) == pytest.approx(tail, abs=1e-11)
    assert metrics.skew(values) == pytest.approx(skewness, abs=1e-11)
    assert metrics.kurtosis(values) == pytest.approx(kurtosis - 3.0, abs=1e-11)
