"""Tickers on which no rule of cleaning has anything to do, seen for a whole table at once.

The tickers of a table share their days. Where these are in order and all that is known of a ticker
are its closes, whole, positive, without a jump and without a run of one price, every rule leaves it
as it is; asking each rule about each ticker takes most of the time that a large clean table needs.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from forefolio.core.units import Array, Dates, Flags
from forefolio.market.calendar import strays
from forefolio.market.cleaning.jumps import JUMP
from forefolio.market.sources.base import Bars

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
    close = np.array([rows[ticker].close for ticker in together])
    positive = (np.isfinite(close) & (close > 0)).all(axis=1)
    calm = np.zeros(len(close), dtype=np.bool_)
    calm[positive] = _calm(close[positive])
    return [ticker for ticker, on in zip(together, calm, strict=True) if on]


def _calm(close: Array) -> Flags:
    """Where closes (K, n), all positive, neither jump nor stand still."""
    jumps = np.abs(np.diff(np.log(close), axis=1)) > JUMP
    equal = close[:, 1:] == close[:, :-1]
    calm: Flags = ~jumps.any(axis=1)
    may_stand = np.flatnonzero(calm & (equal.sum(axis=1) >= STALE_SESSIONS))
    calm[may_stand] = [not _stands(own) for own in equal[may_stand]]
    return calm


def _stands(equal: Flags) -> bool:
    """Whether so many closes in a row equal the one before that all of them are one long run."""
    window = np.lib.stride_tricks.sliding_window_view(equal, STALE_SESSIONS)
    return bool(window.all(axis=1).any())
