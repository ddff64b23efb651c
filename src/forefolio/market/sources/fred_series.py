"""Series of the Federal Reserve under the names that studies know, each from the day it was known.

| series | of FRED | known |
|---|---|---|
| `risk_free` | DGS3MO, a bill of three months, fraction a session | the day after |
| | else TB3MS, its month's average | when its month is over |
| `vix` | VIXCLS, percent | at the close of its own day |
| `core_cpi` | CPILFESL, index | two months later |
| `aaa`, `baa` | AAA, BAA, fraction a year | when their month is over |
| `bond` | a constant-maturity par bond at the yield of AAA | with the yield |
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forefolio.core.units import Array, Dates
from forefolio.market.bonds import BOND_MATURITY_YEARS, bond_index
from forefolio.market.calendar import periods_per_year
from forefolio.market.sources.base import PublishedSeries
from forefolio.market.universe import MACRO, daily_series, monthly_series

if TYPE_CHECKING:
    from forefolio.store.price_rows import PriceSeries

_PERCENT = 100.0

FRED = "fred"  # the source
MONTHLY: Mapping[str, tuple[str, float]] = {  # the name, and what is divided by
    "CPILFESL": ("core_cpi", 1.0),
    "AAA": ("aaa", _PERCENT),
    "BAA": ("baa", _PERCENT),
}
RATES = ("DGS3MO", "TB3MS")  # the first that is stored
VIX = "VIXCLS"
_MAPPED = frozenset({*MONTHLY, *RATES, VIX})

_STALE_DAYS = 10  # of a daily rate: longer than any holiday
_QUARTER_DAYS = 91.0
_LAGS = {series.name: series for series in MACRO}
_AFTER_ITS_MONTH = _LAGS["aaa"]


def is_mapped(source: str, ticker: str) -> bool:
    """Whether it is a series that studies know by a name of their own."""
    return source == FRED and ticker in _MAPPED


def known_series(
    stored: Mapping[str, "PriceSeries"], sessions: Dates
) -> dict[str, PublishedSeries]:
    """The series of a market with these ascending `sessions` (T,), of what is stored of FRED."""
    series = {
        name: monthly_series(_LAGS[name], *_values(stored[code], unit))
        for code, (name, unit) in MONTHLY.items()
        if code in stored
    }
    if VIX in stored:
        series["vix"] = daily_series(*_values(stored[VIX]))
    rate = next((code for code in RATES if code in stored), None)
    if rate is not None:
        series["risk_free"] = _risk_free(rate, stored[rate], periods_per_year(sessions))
    if "aaa" in series:
        level = bond_index(sessions, series["aaa"].at(sessions), BOND_MATURITY_YEARS)
        series["bond"] = daily_series(sessions, level)
    return series


def _values(rows: "PriceSeries", unit: float = 1.0) -> tuple[Dates, Array]:
    values = rows.column("value")
    there = np.isfinite(values)
    return rows.dates[there].astype("datetime64[D]"), values[there] / unit


def _risk_free(code: str, rows: "PriceSeries", periods: float) -> PublishedSeries:
    """What a bill of three months earns in a session, bought at the yield that was known."""
    days, yields = _values(rows, _PERCENT)
    if code == "DGS3MO":  # a bond-equivalent yield of every day, published on the next
        growth = (1 + yields / 4) ** (4 / periods)
        return PublishedSeries(since=days + 1, values=growth - 1, days=_STALE_DAYS)
    price = 1 - yields * _QUARTER_DAYS / 360  # a discount, the month's average
    growth = price ** (-365 / _QUARTER_DAYS / periods)
    return monthly_series(_AFTER_ITS_MONTH, days, growth - 1)
