"""What a portfolio's volatility will lie between is said beforehand, and mostly does."""

import numpy as np
import pytest

from forefolio.core.errors import DataError, InputError, NotEnoughHistory
from forefolio.core.units import Array
from forefolio.risk import interval_record, volatility_interval


def clustered(seed: int, sessions: int = 2500) -> Array:
    """Returns of a GARCH(1,1) with fat tails."""
    rng = np.random.default_rng(seed)
    shocks, variance, out = rng.standard_t(6, sessions) / np.sqrt(1.5), 1e-4, []
    for shock in shocks:
        out.append(np.sqrt(variance) * shock)
        variance = 1e-6 + 0.08 * out[-1] ** 2 + 0.91 * variance
    return np.array(out)


def test_nine_of_ten_intervals_hold_where_volatility_clusters() -> None:
    every = [volatility_interval(clustered(seed)) for seed in range(12)]
    assert 0.87 <= np.mean([one.held for one in every]) <= 0.95
    assert {one.times for one in every} == {116}  # months after the first quarter


def test_what_was_said_then_is_what_is_said_without_the_later_returns() -> None:
    returns = clustered(1, 900)
    record = interval_record(returns)
    for number in (0, 10, -2):
        row = int(record.rows[number])
        then = volatility_interval(returns[: row + 1])
        said = record.expected[number], record.low[number], record.high[number]
        assert (then.expected, then.low, then.high) == said


def test_what_happened_is_the_volatility_of_the_month_after() -> None:
    returns = clustered(2, 500)
    record = interval_record(returns)
    row = int(record.rows[3])
    assert record.rows[-1] == 499 and np.isnan(record.happened[-1])
    after = np.sqrt(np.mean(returns[row + 1 : row + 22] ** 2))
    assert record.happened[3] == pytest.approx(after, rel=1e-9)


def test_without_a_record_it_is_half_to_twice_the_forecast() -> None:
    one = volatility_interval(clustered(3, 70))
    assert one.low == pytest.approx(one.expected / 2)
    assert one.high == pytest.approx(2 * one.expected)
    assert one.times == 0 and np.isnan(one.held)


def test_a_long_steady_record_makes_it_narrow() -> None:
    returns = np.random.default_rng(4).normal(0.0, 0.01, 10_000)
    one = volatility_interval(returns)
    assert one.low / one.expected > 0.65 and one.high / one.expected < 1.5
    assert one.expected == pytest.approx(0.01, rel=0.1)


def test_twice_the_returns_have_twice_the_volatility() -> None:
    returns = clustered(5, 800)
    one, two = volatility_interval(returns), volatility_interval(2 * returns)
    assert (two.low, two.high) == pytest.approx((2 * one.low, 2 * one.high))


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(NotEnoughHistory, match="63"):
        volatility_interval(clustered(6, 62))
    with pytest.raises(DataError, match="does not move"):
        volatility_interval(np.zeros(100))
    with pytest.raises(InputError, match="finite"):
        volatility_interval(np.array([0.01, np.nan] * 50))


def test_a_month_of_halted_prices_does_not_make_the_interval_unbounded() -> None:
    returns = clustered(7, 1000)
    returns[500:560] = 0.0
    one = volatility_interval(returns)
    assert 0.0 < one.low < one.expected < one.high < np.inf
