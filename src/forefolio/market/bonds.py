"""A bond that is never older than a day: total return from yields alone.

1. At every session hold a par bond: its coupon is the yield known then, its maturity constant.
2. At the next session sell it at the yield known there, accrued interest included, and buy anew.

L. Swinkels, "Treasury Bond Return Data Starting in 1962", Data 4(3), 2019, does this to second
order in the change of yield; here the bond is repriced exactly, with semi-annual coupons.
"""

import numpy as np

from forefolio.core.units import Array, Dates

BOND_MATURITY_YEARS = 20.0  # Moody's Aaa average holds bonds of 20 years and more


def bond_index(sessions: Dates, yields: Array, maturity: float) -> Array:
    """Total-return index (T,), 100 at the first session, of a constant-maturity par bond.

    Args:
        sessions: (T,) days.
        yields: (T,) fraction a year, compounded twice a year, as known at each close; NaN: none.
        maturity: years to maturity at each purchase.

    Where yields end the index ends (NaN); where they begin again it goes on from its last level.
    """
    years = np.diff(sessions).astype(float) / 365.25
    growth = par_bond_growth(yields[:-1], yields[1:], years, maturity)
    index = np.concatenate([[100.0], 100.0 * np.cumprod(np.where(np.isnan(growth), 1.0, growth))])
    return np.where(np.isfinite(yields), index, np.nan)


def par_bond_growth(bought: Array, sold: Array, years: Array, maturity: float) -> Array:
    """What one unit paid for a par bond at yield `bought` is worth `years` later at `sold`.

    Yields are fractions a year compounded twice a year; accrued interest is included.
    """
    discount = (1 + sold / 2) ** (-2 * maturity)
    with np.errstate(divide="ignore", invalid="ignore"):
        coupons = np.where(np.abs(sold) < 1e-12, bought * maturity, bought / sold * (1 - discount))
    growth: Array = (1 + sold / 2) ** (2 * years) * (coupons + discount)
    return growth
