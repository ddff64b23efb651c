import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from forefolio.backtest import metrics
from forefolio.core.units import Array

YEAR = 250.0
RETURNS = arrays(
    np.float64, st.integers(3, 60), elements=st.floats(-0.2, 0.2, allow_subnormal=False)
)
SAMPLE = np.random.default_rng(3).standard_t(5, 700) * 0.01 + 0.0005


def equity_of(returns: Array) -> Array:
    return np.concatenate([[1.0], np.cumprod(1.0 + returns)])


def test_growth_by_hand() -> None:
    equity = np.array([100.0, 110.0, 121.0])
    assert metrics.annual_return(equity, 2.0) == pytest.approx(0.21)
    assert metrics.annual_return(equity, 4.0) == pytest.approx(1.21**2 - 1)
    assert metrics.annual_return(np.array([1.0, -0.5]), 1.0) == -1.0
    assert metrics.per_session(0.21, 2.0) == pytest.approx(0.1)


def test_drawdowns_by_hand() -> None:
    equity = np.array([1.0, 2.0, 1.0, 1.5, 2.0, 1.9, 1.8, 1.7, 3.0])
    assert metrics.max_drawdown(equity) == -0.5
    assert metrics.longest_drawdown(equity) == 3
    assert metrics.longest_drawdown(equity[:-1]) == 3
    assert metrics.longest_drawdown(np.array([1.0, 2.0])) == 0
    assert metrics.calmar_ratio(np.array([1.0, 0.5, 2.0]), 2.0) == pytest.approx(1.0 / 0.5)


def test_ratios_by_hand() -> None:
    excess = np.array([0.02, -0.01, 0.03, 0.0])
    spread = np.sqrt(np.sum((excess - 0.01) ** 2) / 3)
    assert metrics.sharpe_ratio(excess, 4.0) == pytest.approx(2 * 0.01 / spread)
    assert metrics.annual_volatility(excess, 4.0) == pytest.approx(2 * spread)
    assert metrics.sortino_ratio(excess, 4.0) == pytest.approx(2 * 0.01 / np.sqrt(0.0001 / 4))
    assert metrics.hit_rate(excess) == pytest.approx(2 / 3)
    assert metrics.profit_factor(excess) == pytest.approx(5.0)


def test_shape_is_that_of_scipy() -> None:
    assert metrics.skew(SAMPLE) == pytest.approx(stats.skew(SAMPLE))
    assert metrics.kurtosis(SAMPLE) == pytest.approx(stats.kurtosis(SAMPLE))


def test_alpha_and_its_t_are_those_of_a_regression() -> None:
    market = np.random.default_rng(4).normal(0.0004, 0.01, 700)
    line = stats.linregress(market, SAMPLE)
    annual, t = metrics.alpha(SAMPLE, market, YEAR)
    assert metrics.beta(SAMPLE, market) == pytest.approx(line.slope)
    assert annual == pytest.approx(line.intercept * YEAR)
    assert t == pytest.approx(line.intercept / line.intercept_stderr)


def test_tails_by_hand() -> None:
    returns = np.arange(-10, 11) / 100.0  # 21 sessions: the worst 5 % are 1.05 of them
    assert metrics.value_at_risk(returns) == pytest.approx(0.09)
    assert metrics.expected_shortfall(returns) == pytest.approx((0.10 + 0.05 * 0.09) / 1.05)
    assert metrics.tail_ratio(returns) == pytest.approx(1.0)


def test_normal_returns_have_the_error_of_lo() -> None:
    normal = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000) + 0.1
    ratio = metrics.sharpe_ratio(normal, 1.0)
    assert ratio is not None
    expected = np.sqrt((1 + ratio**2 / 2) / len(normal))
    assert metrics.sharpe_error(normal, 1.0) == pytest.approx(expected, rel=1e-3)


def test_the_error_is_the_spread_of_estimates() -> None:
    rng = np.random.default_rng(5)
    draws = 0.02 * (rng.gamma(2.0, size=(4000, 250)) - 2.0) + 0.005  # skewed
    ratios = draws.mean(axis=1) / draws.std(axis=1, ddof=1)
    errors = [metrics.sharpe_error(draw, 1.0) for draw in draws[:200]]
    assert np.mean([e for e in errors if e is not None]) == pytest.approx(ratios.std(), rel=0.06)


def test_what_trading_takes_by_hand() -> None:
    trades = np.array([[0.5, 0.5], [-0.5, 0.5]])
    assert metrics.annual_turnover(trades, 50, 100.0) == pytest.approx(2.0)
    assert metrics.annual_cost(np.array([0.0, 0.001, 0.0, 0.003]), 2.0) == pytest.approx(0.002)


@given(returns=RETURNS)
@example(returns=np.append(np.full(60, 0.125), -5e-309))  # gains over a loss of nearly nothing
def test_what_is_measured_is_a_number_or_none(returns: Array) -> None:
    equity = equity_of(returns)
    benchmark = np.roll(returns, 1)
    told = [
        metrics.annual_return(equity, YEAR),
        metrics.annual_volatility(returns, YEAR),
        metrics.max_drawdown(equity),
        metrics.sharpe_ratio(returns, YEAR),
        metrics.sharpe_error(returns, YEAR),
        metrics.sortino_ratio(returns, YEAR),
        metrics.calmar_ratio(equity, YEAR),
        metrics.beta(returns, benchmark),
        *metrics.alpha(returns, benchmark, YEAR),
        metrics.information_ratio(returns - benchmark, YEAR),
        metrics.hit_rate(returns),
        metrics.profit_factor(returns),
        metrics.value_at_risk(returns),
        metrics.expected_shortfall(returns),
        metrics.tail_ratio(returns),
        metrics.skew(returns),
        metrics.kurtosis(returns),
    ]
    assert all(value is None or np.isfinite(value) for value in told)


@given(returns=RETURNS)
def test_shortfall_is_no_less_than_value_at_risk(returns: Array) -> None:
    risk, shortfall = metrics.value_at_risk(returns), metrics.expected_shortfall(returns)
    assert risk is not None
    assert shortfall is not None
    assert shortfall >= risk - 1e-12


def test_an_account_that_loses_its_fees_alone_has_no_ratio() -> None:
    """The last digit of its value varies, and nothing else."""
    equity = 1e6 * np.cumprod(np.full(800, 1.0 - 3e-5))
    excess = equity[1:] / equity[:-1] - 1.0 - 8e-5
    assert excess.std() > 0.0
    assert metrics.sharpe_ratio(excess, YEAR) is None and metrics.sharpe_error(excess, YEAR) is None
    moved = excess + 1e-9 * np.sin(np.arange(799))
    assert metrics.sharpe_ratio(moved, YEAR) is not None


@pytest.mark.parametrize("returns", [np.empty(0), np.array([0.01]), np.full(9, 0.0001)])
def test_what_does_not_vary_has_no_ratio(returns: Array) -> None:
    assert metrics.sharpe_ratio(returns, YEAR) is None
    assert metrics.sharpe_error(returns, YEAR) is None
    assert metrics.skew(returns) is None
    assert metrics.beta(returns, returns) is None
    assert metrics.alpha(returns, returns, YEAR) == (None, None)
    assert metrics.profit_factor(returns) is None
    assert metrics.sortino_ratio(returns, YEAR) is None
    assert metrics.calmar_ratio(equity_of(returns), YEAR) is None


def test_a_perfect_fit_has_an_alpha_and_no_t() -> None:
    annual, t = metrics.alpha(2.0 * SAMPLE + 0.001, SAMPLE, YEAR)
    assert annual == pytest.approx(0.25)
    assert t is None
