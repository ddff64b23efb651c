"""Measures by numbers worked out by hand, by peers, and by how often their intervals hold."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.stats
import statsmodels.api
from tests.backtest.coverage import LAWS, coverage

from forefolio.backtest import Measures, measure, simple_returns
from forefolio.core.errors import InputError, NotEnoughHistory
from forefolio.core.units import Array

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
    assert told["max_drawdown"].value == pytest.approx(-float(deepest))
    assert told["longest_drawdown"].value == 5  # of six sessions, all but the first
    growth = told["annual_return"].value
    assert growth is not None
    assert told["calmar"].value == pytest.approx(growth / float(deepest))
    falling = measure([-0.1, 0.01, 0.01], periods_per_year=YEAR)
    assert falling["max_drawdown"].value == pytest.approx(-0.1)


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


def test_an_interval_of_independent_returns_is_about_what_the_formula_says() -> None:
    """Over many samples: of one, eight projections know the error to a quarter."""
    rng = np.random.default_rng(1)
    widths = []
    for _ in range(200):
        low, _, high = bounds(
            measure(rng.normal(5e-4, 0.01, 500), periods_per_year=252.0), "sharpe"
        )
        widths.append((high - low) / 2.0)
    wanted = scipy.stats.t(8).ppf(0.95) * math.sqrt(252 / 500)
    assert np.sqrt(np.mean(np.square(widths))) == pytest.approx(wanted, rel=0.05)


NONE = {"calmar", "max_drawdown", "longest_drawdown", "tail_ratio", "kurtosis"}


def unpromised(name: str) -> bool:
    """Whether a measure has no interval that could keep its promise."""
    return name in NONE or name.endswith(("cornish_fisher", "filtered_historical"))


def test_every_interval_holds_its_number_or_there_is_none() -> None:
    returns = np.random.default_rng(2).standard_t(5, 1100) * 0.01
    told = measure(returns, returns * 0.5 + 0.001, periods_per_year=252.0)
    for one in told.each:
        assert one.value is not None
        if unpromised(one.name):
            assert one.low is None and one.high is None
        else:
            assert one.low is not None and one.high is not None, one
            assert one.low <= one.value <= one.high, one


def test_short_samples_have_wide_intervals_or_none_and_say_why() -> None:
    returns = np.random.default_rng(2).normal(0.0, 0.01, 1100)
    long, year, few = (measure(returns[:n], periods_per_year=252.0) for n in (1100, 252, 20))
    assert long["annual_volatility"].low is not None
    assert not any("no intervals" in note for note in long.notes)
    assert year["annual_volatility"].low is None and year["sharpe"].low is not None
    assert "takes 1008 returns to even out, and there are 252" in year.notes[0]
    assert all(one.low is None for one in few.each)
    assert few.notes[0] == "no intervals: 20 returns, 24 are needed"
    monthly = measure(returns[:260], periods_per_year=12.0)
    assert monthly["annual_volatility"].low is not None


def test_neighbours_that_are_alike_widen_an_interval() -> None:
    rng = np.random.default_rng(3)
    wider = []
    for _ in range(60):
        once = rng.normal(0.0, 0.01, 250)
        for returns in (once, np.repeat(once, 4)):
            low, _, high = bounds(measure(returns, periods_per_year=252.0), "sharpe")
            wider.append(high - low)
    ratio = np.median(np.array(wider[1::2]) / np.array(wider[::2]))
    assert ratio == pytest.approx(1.0, abs=0.1)  # four times the returns, and nothing learnt


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("sessions", [60, 252, 1250])
def test_intervals_hold_the_truth_about_as_often_as_they_say(law: str, sessions: int) -> None:
    """The table of docs/risk.md: nine of ten, whether returns are calm, fat, alike or clustered.

    Beside 86 to 95 % stands the error of 300 samples, 1.7 points.
    """
    for name, share in coverage(law, sessions, samples=300).items():
        assert 0.84 <= share <= 0.96, (name, share)


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_leverage_scales_risk_and_leaves_ratios(scale: float) -> None:
    returns = np.random.default_rng(4).normal(0.0004, 0.005, 1100)
    once = measure(returns, periods_per_year=252.0)
    more = measure(returns * scale, periods_per_year=252.0)
    for name in ("annual_volatility", "value_at_risk_historical", "expected_shortfall_normal"):
        assert bounds(more, name) == pytest.approx([scale * b for b in bounds(once, name)])
    for name in ("sharpe", "sortino", "hit_rate", "profit_factor", "skew"):
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


def test_the_same_returns_give_the_same_bits_and_a_frame() -> None:
    returns = np.random.default_rng(5).normal(0, 0.01, 300)
    one, other = (measure(returns, periods_per_year=252.0) for _ in range(2))
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
    assert (told["annual_return"].value, told["max_drawdown"].value) == (-1.0, -1.0)
    for name in ("sharpe", "sortino", "calmar"):
        assert told[name].value is None and told[name].low is None
    beyond = returns.copy()
    beyond[299], beyond[300:] = -1.7, 0.05
    same = measure(beyond, returns, periods_per_year=250)
    assert same.each == told.each
