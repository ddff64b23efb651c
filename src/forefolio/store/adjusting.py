"""Prices adjusted for dividends and splits when they are read, never when they are stored."""

import numpy as np

from forefolio.core.units import Array
from forefolio.store.price_rows import PriceSeries


def adjustment(series: PriceSeries) -> Array:
    """The (n,) factors that make raw prices comparable with those of the last row.

    A split of s new shares for one divides what was before by s. A dividend of D on a day whose
    previous close, in the new shares, was C multiplies it by 1 - D/C, as data providers and CRSP
    do; one that is not less than C, by close/(close + D) of its own day. Dates ascend.
    """
    close, split, paid = (series.column(name) for name in ("close", "split", "dividend"))
    split = np.where(np.isnan(split), 1.0, split)[1:]
    paid = np.where(np.isnan(paid), 0.0, paid)[1:]
    before = close[:-1] / split
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = 1.0 - paid / before
        kept = np.where(usual > 0, usual, close[1:] / (close[1:] + paid))
    factors = np.where(paid > 0, kept, 1.0) / split
    return np.append(np.cumprod(factors[::-1])[::-1], 1.0)[: len(series)]


def adjusted_close(series: PriceSeries) -> Array:
    """The (n,) closes, adjusted for dividends and splits to the last row's level."""
    return series.column("close") * adjustment(series)
