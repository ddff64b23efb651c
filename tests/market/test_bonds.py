import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.market.bonds import bond_index, par_bond_growth

YIELDS = st.floats(0.001, 0.15)
DAYS = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-06-01"))


def cash_flows(bought: float, sold: float, years: float, maturity: float) -> float:
    """The bond's price as the sum of its discounted coupons and its face value."""
    times = np.arange(1, round(2 * maturity) + 1) / 2
    paid = np.full(len(times), bought / 2)
    paid[-1] += 1.0
    return float(np.sum(paid / (1 + sold / 2) ** (2 * (times - years))))


@given(YIELDS, YIELDS, st.floats(0, 0.4), st.sampled_from([1.0, 10.0, 20.0, 30.0]))
def test_growth_is_the_price_of_the_cash_flows(
    bought: float, sold: float, years: float, maturity: float
) -> None:
    growth = par_bond_growth(np.array([bought]), np.array([sold]), np.array([years]), maturity)
    assert growth[0] == pytest.approx(cash_flows(bought, sold, years, maturity), rel=1e-10)


@given(YIELDS, st.floats(-5e-4, 5e-4))
def test_growth_agrees_with_duration_and_convexity_as_swinkels_has_them(
    start: float, change: float
) -> None:
    maturity, years, step = 10.0, 1 / 12, 1e-4
    up, mid, down = (cash_flows(start, start + d, 0.0, maturity) for d in (step, 0.0, -step))
    duration, convexity = (down - up) / (2 * step), (up - 2 * mid + down) / step**2
    carry = (1 + start / 2) ** (2 * years)
    second_order = carry - duration * change + 0.5 * convexity * change**2
    growth = par_bond_growth(np.array([start]), np.array([start + change]), np.array([years]), 10.0)
    assert growth[0] == pytest.approx(second_order, abs=1e-4)


def test_zero_yields_have_a_price() -> None:
    growth = par_bond_growth(np.array([0.02]), np.array([0.0]), np.array([0.0]), 5.0)
    assert growth[0] == pytest.approx(1.1)


def test_an_unchanged_yield_earns_itself() -> None:
    index = bond_index(DAYS, np.full(len(DAYS), 0.04), 20.0)
    years = (len(DAYS) - 1) / 365.25
    assert index[0] == 100.0
    assert index[-1] == pytest.approx(100 * 1.02 ** (2 * years), rel=1e-12)


def test_the_index_is_causal_and_ends_with_the_yields() -> None:
    yields = 0.04 + 0.001 * np.sin(np.arange(len(DAYS)))
    yields[50:60] = np.nan
    index = bond_index(DAYS, yields, 20.0)
    assert np.array_equal(np.isnan(index), np.isnan(yields))
    assert index[60] == index[49]
    for cut in (1, 30, 55, 100):
        assert np.array_equal(bond_index(DAYS[:cut], yields[:cut], 20.0), index[:cut], True)
