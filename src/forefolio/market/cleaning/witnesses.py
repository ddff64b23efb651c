"""How the other assets of a load moved on a day, beside which a wild day of one is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from forefolio.core.units import Array, Dates
from forefolio.market.sources.base import Bars

FEWEST = 3  # others, below which their median says nothing
SHAKEN = 2.0  # ordinary moves that the median asset makes on a day that shook all of them

_MOST = 400  # assets that are asked, evenly spread over the load
_WINDOW = 21


@dataclass(frozen=True, slots=True, eq=False)
class Witnesses:
    """The moves of a load's assets, by day, in units of what each ordinarily moves.

    It looks at single days of a load that is read whole: cleaning judges a file, not a moment.
    """

    tickers: tuple[str, ...]
    bars: tuple[Bars, ...]  # of each ticker
    sectors: Mapping[str, str]
    _moves: list[tuple[Dates, Array]] = field(default_factory=list)  # known once a day is asked
    _days: dict[np.datetime64, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, bars: Mapping[str, Bars], sectors: Mapping[str, str]) -> Witnesses:
        """Those of the assets with these bars, sorted by day."""
        step = max(1, -(-len(bars) // _MOST))
        asked = tuple(bars)[::step]
        return cls(asked, tuple(bars[ticker] for ticker in asked), sectors)

    def shook(self, ticker: str, day: np.datetime64, direction: float) -> bool:
        """Whether most others, or most of the sector, moved far in the same direction that day."""
        others = [n for n, name in enumerate(self.tickers) if name != ticker]
        sector = self.sectors.get(ticker, "")
        alike = [n for n in others if sector and self.sectors.get(self.tickers[n]) == sector]
        return any(self._far(group, day, direction) for group in (others, alike))

    def _far(self, group: Sequence[int], day: np.datetime64, direction: float) -> bool:
        moved = self._on(day)[list(group)] if group else np.empty(0)
        moved = moved[np.isfinite(moved)]
        return len(moved) >= FEWEST and float(np.median(moved)) * np.sign(direction) >= SHAKEN

    def _on(self, day: np.datetime64) -> Array:
        if day not in self._days:
            if not self._moves:
                self._moves.extend(map(_log_moves, self.bars))
            self._days[day] = np.array([_relative(*own, day) for own in self._moves])
        return self._days[day]


def ordinary_move(moves: Array) -> float:
    """A robust mean of absolute moves: one wild day among them changes nothing."""
    return float(np.median(np.abs(moves))) * _MEAN_OF_MEDIAN if len(moves) else np.nan


_MEAN_OF_MEDIAN = 1.183  # mean over median of the absolute values of a normal variable


def _log_moves(bars: Bars) -> tuple[Dates, Array]:
    traded = np.isfinite(bars.close)
    return bars.dates[traded][1:], np.diff(np.log(bars.close[traded]))


def _relative(days: Dates, moves: Array, day: np.datetime64) -> float:
    """The move of `day` in ordinary moves of the sessions before; NaN if it is not known."""
    row = int(np.searchsorted(days, day))
    if row >= len(days) or days[row] != day or row < 5:
        return np.nan
    usual = ordinary_move(moves[max(row - _WINDOW, 0) : row])
    return float(moves[row]) / usual if usual > 0 else np.nan
