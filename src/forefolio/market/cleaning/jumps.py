"""Jumps of a price: size, timing, and whether there was trading in between."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from forefolio.core.units import Array
from forefolio.market.cleaning.witnesses import ordinary_move
from forefolio.market.sources.base import Bars

JUMP = np.log(1.9)
UNIT = np.log(8)
ORDINARY_MOVES = 3.0
NEAR = (0.03, 0.1)  # from a ratio at most, in logs: in the calmest month, and in the wildest
SURGE = 2.0  # volume at a jump, relative to the median before
UNIT_SURGE = 4.0  # the same where the price changes by a unit

Shaken: TypeAlias = Callable[[np.datetime64, float], bool]
"""Whether the others moved far on a day in a direction; see `Witnesses.shook`."""

_WINDOW = 21
_FLOOR = 0.005  # an ordinary day's move is at least this
_WHOLE = np.log([2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 100, 1000])
_HALVES = np.append(_WHOLE, np.log(2.5))  # five for two: too rare to be told from closes alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """One jump; NaN where open or volume are missing."""

    row: int
    day: np.datetime64
    move: float  # log, from close to close
    usual: float  # an ordinary move of the sessions before
    overnight: float  # log, from the close before to the open
    intraday: float  # part of the move that the session made, from its price nearest to before
    shares: float  # traded, relative to the median before
    ratio: float  # log of the split that is nearest to where the session began

    @property
    def certain(self) -> bool:
        """Whether open and volume are known."""
        return bool(np.isfinite(self.overnight) and np.isfinite(self.shares))

    @property
    def wild(self) -> bool:
        """Whether ordinary moves alone reach as far as the next ratio."""
        return bool(ORDINARY_MOVES * self.usual > NEAR[1])

    @property
    def near(self) -> bool:
        """Whether it landed on the ratio when the session began, and stayed about there."""
        finite = bool(np.isfinite(self.overnight))
        landed = self.overnight if finite else self.move
        most = float(np.clip(ORDINARY_MOVES * self.usual, *NEAR))
        return abs(landed - self.ratio) <= most and abs(self.move - landed) <= 3 * most

    @property
    def traded_through(self) -> bool:
        """Whether the session itself went half of the way: then the prices were there."""
        return bool(self.intraday > 0.5)

    @property
    def scaled(self) -> bool:
        """Whether the shares traded changed by about the ratio, as a split makes them."""
        most = SURGE if abs(self.move) < UNIT else UNIT_SURGE
        return bool(1 / SURGE <= self.shares * np.exp(self.ratio) <= most)

    @property
    def shares_follow(self) -> bool:
        """Whether the shares traded changed by the ratio rather than not at all."""
        return bool(self.shares > 0 and abs(np.log(self.shares) + self.ratio) < abs(self.ratio) / 2)

    @property
    def busy(self) -> bool:
        """Whether more, or other, shares changed hands than a split explains."""
        return bool(self.shares > SURGE and not self.scaled)


def jumps(bars: Bars) -> Iterator[Jump]:
    """The jumps of bars that all have a close, in their order."""
    moves = log_moves(bars.close)
    for row in map(int, np.flatnonzero(np.abs(moves) > JUMP)):
        move, overnight, shares = float(moves[row]), _step(bars, "open", row), _shares(bars, row)
        yield Jump(
            row=row,
            day=bars.dates[row],
            move=move,
            usual=usual_move(moves, row),
            overnight=overnight,
            intraday=_intraday(bars, row, move),
            shares=shares,
            ratio=_nearest(bars, move, overnight, shares),
        )


def log_moves(close: Array) -> Array:
    """Log moves (n,) from the row before; the first is zero."""
    with np.errstate(invalid="ignore"):
        return np.diff(np.log(close), prepend=np.log(close[:1]))


def usual_move(moves: Array, row: int) -> float:
    """An ordinary move of the sessions before `row`, or after it where there are none."""
    before = moves[max(row - _WINDOW, 1) : row]
    near = before if len(before) >= 5 else moves[row + 1 : row + 1 + _WINDOW]
    return max(ordinary_move(near) if len(near) else 0.0, _FLOOR)


def _nearest(bars: Bars, move: float, overnight: float, shares: float) -> float:
    """The simple ratio, or the split recorded on any day, that is nearest in logs."""
    split = bars.columns.get("split", np.empty(0))
    recorded = np.log(split[(split > 0) & (split != 1)])
    simple = _HALVES if np.isfinite(overnight) and np.isfinite(shares) else _WHOLE
    sizes = np.concatenate([simple, recorded])
    ratios = np.concatenate([sizes, -sizes])
    landed = overnight if np.isfinite(overnight) else move
    return float(ratios[np.argmin(np.abs(ratios - landed))])


def _step(bars: Bars, name: str, row: int) -> float:
    """From the close before to a price of the session, in logs."""
    if name not in bars.columns:
        return np.nan
    return float(np.log(bars.columns[name][row] / bars.close[row - 1]))


def _intraday(bars: Bars, row: int, move: float) -> float:
    steps = [_step(bars, name, row) for name in ("open", "low" if move > 0 else "high")]
    finite = [step / move for step in steps if np.isfinite(step)]
    return 1.0 - min(finite) if finite else np.nan


def _shares(bars: Bars, row: int) -> float:
    """Shares traded, relative to the median of the sessions before."""
    if "volume" not in bars.columns or row < 5:
        return np.nan
    shares = bars.columns["volume"][max(row - _WINDOW, 0) : row + 1]
    traded = shares[:-1][shares[:-1] > 0]
    return float(shares[-1] / np.median(traded)) if len(traded) >= 5 else np.nan
