"""Measures by numbers worked out by hand, by peers, and by how often their intervals hold."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.stats
import statsmodels.api

from forefolio.backtest import Measures, measure, simple_returns
from forefolio.errors import InputError, NotEnoughHistory
from forefolio.units import Array

BY_HAND = np.array([0.10, -0.05, 0.02, -0.04, 0.03, 0.01])
MARKET = np.array([0.06, -0.03, 0.01, -0.03, 0.02, 0.03])
CASH = 0.01
YEAR = 12.0


@pytest.fixture(scope="module")
def told() -> Measures:
    return measure(BY_HAND, MARKET, CASH, periods_per_year=YEAR)


def mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


EXACT = [Fraction(str(value)) for value in BY_HAND.tolist()]
EXCESS = [value - Fraction(1, 100) for value in EXACT]
BESIDE = [Fraction(str(value)) - Fraction(1, 100) for value in MARKET.tolist()]


def deviations(values: list[Fraction]) -> list[Fraction]:
    return [value - mean(values) for value in values]


def std(values: list[Fraction]) -> float:
    return math.sqrt(sum(d * d for d in deviations(values)) / (len(values) - 1))


def test_growth_is_compound_and_years_are_counted_in_sessions(told: Measures) -> None:
    growth = math.prod(1 + value for value in EXACT)
    assert told["annual_return"].value == pytest.approx(float(growth) ** (12 / 6) - 1)
    assert told["annual_volatility"].value == pytest.approx(std(EXACT) * math.sqrt(12))


def test_ratios_take_what_cash_earned_off_every_session(told: Measures) -> None:
    sharpe = float(mean(EXCESS)) / std(EXCESS) * math.sqrt(12)
    assert told["sharpe"].value == pytest.approx(sharpe)
    downside = math.sqrt(mean([min(e, Fraction(0)) ** 2 for e in EXCESS]))
    assert told["sortino"].value == pytest.approx(float(mean(EXCESS)) / downside * math.sqrt(12))


def test_drawdowns_count_the_beginning_as_a_peak(told: Measures) -> None:
    deepest = 1 - Fraction("0.95") * Fraction("1.02") * Fraction("0.96")
    assert told["max_drawdown"].value == pytest.approx(float(deepest))
    assert told["longest_drawdown"].value == 5  # of six sessions, all but the first
    growth = told["annual_return"].value
    assert growth is not None
    assert told["calmar"].value == pytest.approx(growth / float(deepest))
    falling = measure([-0.1, 0.01, 0.01], periods_per_year=YEAR)
    assert falling["max_drawdown"].value == pytest.approx(0.1)


def test_beside_a_benchmark(told: Measures) -> None:
    together = [a * b for a, b in zip(deviations(EXCESS), deviations(BESIDE), strict=True)]
    beta = sum(together) / sum(d * d for d in deviations(BESIDE))
    assert told["beta"].value == pytest.approx(float(beta))
    assert told["alpha"].value == pytest.approx(float(mean(EXCESS) - beta * mean(BESIDE)) * 12)
    active = [a - b for a, b in zip(EXCESS, BESIDE, strict=True)]
    assert told["tracking_error"].value == pytest.approx(std(active) * math.sqrt(12))
    ratio = float(mean(active)) / std(active) * math.sqrt(12)
    assert told["information_ratio"].value == pytest.approx(ratio)


def test_the_shape_of_returns(told: Measures) -> None:
    assert told["hit_rate"].value == pytest.approx(4 / 6)
    assert told["profit_factor"].value == pytest.approx(0.16 / 0.09)
    # numpy's quantiles: at 5 % a quarter of the way from the least to the next
    assert told["tail_ratio"].value == pytest.approx((0.03 + 0.75 * 0.07) / (0.05 - 0.25 * 0.01))
    assert told["skew"].value == pytest.approx(scipy.stats.skew(BY_HAND))
    assert told["kurtosis"].value == pytest.approx(scipy.stats.kurtosis(BY_HAND))


def test_losses_of_the_tail_by_hand_and_what_is_too_short_is_told(told: Measures) -> None:
    for name in ("value_at_risk_historical", "expected_shortfall_historical"):
        assert told[name].value is not None
    normal = -float(mean(EXACT)) + 1.6448536269514722 * std(EXACT)
    assert told["value_at_risk_normal"].value == pytest.approx(normal)
    assert told["value_at_risk_filtered_historical"].value is None
    assert any("a GARCH filter needs 250 sessions" in note for note in told.notes)


def test_alpha_and_beta_are_those_of_a_regression() -> None:
    rng = np.random.default_rng(0)
    market = rng.normal(0.001, 0.01, 400)
    returns = 0.0002 + 0.7 * market + rng.normal(0, 0.005, 400)
    told = measure(returns, market, periods_per_year=252.0)
    fit = statsmodels.api.OLS(returns, statsmodels.api.add_constant(market)).fit()
    assert told["beta"].value == pytest.approx(fit.params[1])
    assert told["alpha"].value == pytest.approx(fit.params[0] * 252)


def test_the_interval_of_a_sharpe_ratio_by_its_formula_is_the_bootstraps() -> None:
    returns = np.random.default_rng(1).normal(0.0005, 0.01, 2000)
    told = measure(returns, periods_per_year=252.0)
    drawn, formula = told["sharpe"], told["sharpe_by_formula"]
    assert formula.low is not None and formula.high is not None
    assert formula.high - formula.low == pytest.approx(2 * 1.6449 * math.sqrt(252 / 2000), rel=0.02)
    assert (drawn.low, drawn.high) == pytest.approx((formula.low, formula.high), abs=0.15)


def test_every_interval_holds_its_number_or_there_is_none() -> None:
    returns = np.random.default_rng(2).standard_t(5, 600) * 0.01
    told = measure(returns, returns * 0.5 + 0.001, periods_per_year=252.0)
    unsure = {"longest_drawdown", "max_drawdown", "calmar"}  # blocks break long falls
    for one in told.each:
        assert one.value is not None and one.low is not None and one.high is not None, one
        assert one.low <= one.value <= one.high or one.name in unsure, one


@pytest.mark.slow
def test_nine_intervals_of_ten_hold_the_truth() -> None:
    rng = np.random.default_rng(3)
    truth = {"annual_volatility": 0.01 * math.sqrt(252), "sharpe": 0.05 * math.sqrt(252)}
    held = dict.fromkeys(truth, 0)
    for _ in range(60):
        told = measure(rng.normal(0.0005, 0.01, 500), periods_per_year=252.0)
        for name, value in truth.items():
            low, high = told[name].low, told[name].high
            held[name] += low is not None and high is not None and low <= value <= high
    assert all(46 <= count <= 60 for count in held.values()), held


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_leverage_scales_risk_and_leaves_ratios(scale: float) -> None:
    returns = np.random.default_rng(4).normal(0.0004, 0.005, 120)
    once = measure(returns, periods_per_year=252.0)
    more = measure(returns * scale, periods_per_year=252.0)
    for name in ("annual_volatility", "value_at_risk_historical", "expected_shortfall_normal"):
        assert bounds(more, name) == pytest.approx([scale * b for b in bounds(once, name)])
    for name in ("sharpe", "sortino", "hit_rate", "profit_factor", "skew", "kurtosis"):
        assert bounds(more, name) == pytest.approx(bounds(once, name))


def bounds(told: Measures, name: str) -> list[float]:
    one = told[name]
    assert one.value is not None and one.low is not None and one.high is not None
    return [one.low, one.value, one.high]


def test_returns_that_do_not_vary_have_no_ratios() -> None:
    told = measure(np.zeros(300), periods_per_year=252.0)
    assert told["sharpe"].value is None and told["sortino"].value is None
    assert told["annual_volatility"].value == 0.0
    assert told.to_frame().loc["sharpe"].isna().all()


def test_the_same_seed_gives_the_same_bits_and_a_frame() -> None:
    returns = np.random.default_rng(5).normal(0, 0.01, 300)
    one, other = (measure(returns, periods_per_year=252.0, seed=7) for _ in range(2))
    assert one == other
    assert list(one.to_frame().columns) == ["value", "low", "high"]
    equity = np.concatenate([[1.0], np.cumprod(1 + returns)])
    assert measure(simple_returns(equity), periods_per_year=252.0)["sharpe"].value == (
        pytest.approx(one["sharpe"].value)
    )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"returns": [0.1, np.nan, 0.2]}, "1 of the returns are missing"),
        ({"returns": np.zeros((3, 2))}, "returns has shape"),
        ({"benchmark": [0.1, 0.2]}, "benchmark has shape .2,.; give 6, one for each return"),
        ({"cash": [0.1]}, "cash has shape"),
        ({"cash": np.nan}, "6 of the cash are missing"),
        ({"periods_per_year": 0.0}, "periods_per_year is 0.0, must be above 0"),
        ({"confidence": 90}, "confidence is 90, must lie between 0 and 1"),
    ],
)
def test_bad_input_is_told(changed: dict[str, Any], told: str) -> None:
    asked: dict[str, Any] = {"returns": BY_HAND, "periods_per_year": YEAR}
    with pytest.raises(InputError, match=told):
        measure(**(asked | changed))


def test_two_returns_are_too_few_and_an_unknown_measure_is_told(told: Measures) -> None:
    with pytest.raises(NotEnoughHistory, match="needs 3 sessions"):
        measure(np.array([0.1, 0.2]), periods_per_year=252.0)
    with pytest.raises(InputError, match="no measure 'sharp'; there is annual_return"):
        told["sharp"]


def test_a_benchmark_changes_nothing_of_the_rest() -> None:
    rng = np.random.default_rng(6)
    returns: Array = rng.normal(0, 0.01, 200)
    alone = measure(returns, periods_per_year=252.0)
    beside = measure(returns, rng.normal(0, 0.01, 200), periods_per_year=252.0)
    assert all(beside[one.name] == one for one in alone.each)


def test_what_loses_all_is_measured_up_to_there() -> None:
    rng = np.random.default_rng(0)
    returns = rng.normal(0.001, 0.01, 400)
    lost = returns.copy()
    lost[299] = -1.7
    told = measure(lost, returns, periods_per_year=250)
    assert told.sessions == 300
    assert told.notes[0] == "all is lost in session 300 of 400: nothing is measured beyond"
    assert (told["annual_return"].value, told["max_drawdown"].value) == (-1.0, 1.0)
    for name in ("sharpe", "sharpe_by_formula", "sortino", "calmar"):
        assert told[name].value is None and told[name].low is None
    beyond = returns.copy()
    beyond[299], beyond[300:] = -1.7, 0.05
    same = measure(beyond, returns, periods_per_year=250)
    assert same.each == told.each
