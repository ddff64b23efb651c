from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forefolio.backtest.episodes import (
    Fall,
    calendar_years,
    trailing_betas,
    trailing_years,
    worst_falls,
)
from forefolio.backtest.metrics import max_drawdown, sharpe_ratio
from forefolio.core.units import Array

values = st.lists(st.integers(1, 12), min_size=1, max_size=60).map(
    lambda whole: np.array(whole, dtype=np.float64)
)


def slow(equity: Array) -> list[Fall]:
    """Walks along the curve, one session after the other."""
    falls: list[tuple[int, int, int | None]] = []
    peak = bottom = 0
    for row in range(1, len(equity)):
        if equity[row] >= equity[peak]:
            if bottom > peak:
                falls.append((peak, bottom, row))
            peak = bottom = row
        elif bottom == peak or equity[row] < equity[bottom]:
            bottom = row
    if bottom > peak:
        falls.append((peak, bottom, None))
    ranked = [
        Fall(peak=p, bottom=b, recovered=r, depth=float(equity[b] / equity[p] - 1.0))
        for p, b, r in falls
    ]
    return sorted(ranked, key=lambda fall: (fall.depth, fall.peak))


@given(values)
def test_the_worst_falls_are_those_of_a_walk_along_the_curve(equity: Array) -> None:
    assert worst_falls(equity, count=5) == slow(equity)[:5]


@given(values)
def test_the_first_is_the_maximum_drawdown_and_none_overlap(equity: Array) -> None:
    falls = worst_falls(equity, count=len(equity))
    assert min((fall.depth for fall in falls), default=0.0) == max_drawdown(equity)
    in_time = sorted(falls, key=lambda fall: fall.peak)
    assert all(one.recovered and one.recovered <= other.peak for one, other in pairwise(in_time))


def test_what_has_not_recovered_says_so() -> None:
    (fall,) = worst_falls(np.array([1.0, 2.0, 1.0, 1.5]))
    assert fall == Fall(peak=1, bottom=2, recovered=None, depth=-0.5)


def test_calendar_years_chain_to_the_whole() -> None:
    days = np.arange("2019-11-20", "2022-03-05", dtype="datetime64[D]")
    moves = np.random.default_rng(3).normal(0.0, 0.01, len(days))
    equity = np.cumprod(np.array(1.0 + moves, dtype=np.float64), dtype=np.float64)
    years = calendar_years(days, equity)
    assert list(years) == [2019, 2020, 2021, 2022]
    assert np.isclose(np.prod([1.0 + r for r in years.values()]), equity[-1] / equity[0])
    last, before = (np.flatnonzero(days <= np.datetime64(f"{y}-12-31"))[-1] for y in (2020, 2019))
    assert np.isclose(years[2020], equity[last] / equity[before] - 1.0)


def test_a_trailing_year_is_measured_on_its_own_sessions() -> None:
    rng = np.random.default_rng(5)
    returns = rng.normal(0.001, 0.01, 40)
    excess = returns - 0.0002
    sharpe, volatility = trailing_years(returns, excess, np.array([0, 9, 10, 33, 40]), 10.0)
    assert sharpe[:2] == volatility[:2] == [None, None]
    for place, row in ((2, 10), (3, 33), (4, 40)):
        own = slice(row - 10, row)
        assert sharpe[place] == sharpe_ratio(excess[own], 10.0)
        assert np.isclose(volatility[place] or 0.0, returns[own].std(ddof=1) * np.sqrt(10.0))


def test_beta_of_a_year_is_the_slope_of_the_line_through_its_sessions() -> None:
    rng = np.random.default_rng(3)
    index = rng.normal(size=40)
    own = 0.7 * index + rng.normal(size=40)
    betas = trailing_betas(own, index, np.array([9, 10, 40]), 10.0)
    assert betas[0] is None
    for place, row in ((1, 10), (2, 40)):
        year = slice(row - 10, row)
        assert np.isclose(betas[place] or 0.0, np.polyfit(index[year], own[year], 1)[0])
    assert trailing_betas(own, np.zeros(40), np.array([20]), 10.0) == [None]
