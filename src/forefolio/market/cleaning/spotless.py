"""Tickers on which no rule of cleaning has anything to do, seen for a whole table at once.

The tickers of a table share their days. Where these are in order and all that is known of a ticker
are its closes, whole, positive, without a jump and without a run of one price, every rule leaves it
as it is; asking each rule about each ticker takes most of the time that a large clean table needs.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from forefolio.core.numerics import VECTOR, Integer, Scalar, kernel
from forefolio.core.units import Array, Dates
from forefolio.market.calendar import strays
from forefolio.market.cleaning.jumps import JUMP
from forefolio.market.sources.base import Bars

RATIO = float(np.exp(JUMP)) * (1.0 - 1e-9)  # of two closes: rounding might call more a jump
STALE_SESSIONS = 10  # equal closes, after which one more is worth a finding
_CLOSES = {"close"}


def spotless(rows: Mapping[str, Bars], today: np.datetime64 | None) -> frozenset[str]:
    """The tickers that no rule would change or report, whatever the others did."""
    tables: dict[int, list[str]] = {}
    for ticker, bars in rows.items():
        if bars.columns.keys() == _CLOSES and len(bars) > 1:
            tables.setdefault(id(bars.dates), []).append(ticker)
    return frozenset(
        ticker
        for together in tables.values()
        if _in_order(rows[together[0]].dates, today)
        for ticker in _whole(rows, together)
    )


def _in_order(days: Dates, today: np.datetime64 | None) -> bool:
    """Whether each day is known, comes once and after the one before, and is a session."""
    ascending = not np.isnat(days).any() and bool((days[1:] > days[:-1]).all())
    return ascending and (today is None or bool(days[-1] <= today)) and not strays(days).any()


def _whole(rows: Mapping[str, Bars], together: Sequence[str]) -> list[str]:
    """Those of some tickers, of one table, whose closes are all as they should be."""
    return [
        ticker
        for ticker in together
        if is_calm(np.ascontiguousarray(rows[ticker].close), RATIO, STALE_SESSIONS)
    ]


@kernel((VECTOR, Scalar, Integer))
def is_calm(close: Array, ratio: float, stale: int) -> bool:
    """Whether closes (n,) are all positive numbers and neither jump nor stand still.

    A jump is by `ratio` or more, up or down; `stale` that equal the one before are standing still.
    """
    before, run = close[0], 0
    for row in range(len(close)):
        now = close[row]
        if not (0.0 < now < np.inf and now < ratio * before and before < ratio * now):
            return False
        run = run + 1 if row > 0 and now == before else 0
        if run >= stale:
            return False
        before = now
    return True
