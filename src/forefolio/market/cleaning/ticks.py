"""Bad ticks: up to three bars at a ratio to both their neighbours, which agree with each other.

They agree within what the price ordinarily moves, and never further than a quarter of the tick: the
hole that is left is too narrow to be read as a jump. A bar is no bad tick where anything that is
known of it says that the price was there: it is at no ratio, the session traded its way there,
more shares changed hands, the market or the sector was shaken, or nothing but closes is known of a
wild month. Beyond a factor of eight, there and back, it is one whatever else is known.
"""

from collections.abc import Sequence

import numpy as np

from forefolio.core.units import Array, Flags
from forefolio.market.cleaning.jumps import ORDINARY_MOVES, UNIT, Jump, Shaken, jumps
from forefolio.market.cleaning.quality import Finding
from forefolio.market.sources.base import Bars

AGREE = 4  # neighbours agree within this part of the tick
MOST = 3  # bars


def without_bad_ticks(bars: Bars, shaken: Shaken) -> tuple[Bars, Sequence[Finding]]:
    """Empty them."""
    traded = np.isfinite(bars.close)
    ticks = np.zeros(len(bars), bool)
    ticks[traded] = _bad_ticks(bars.at(traded), shaken)
    if not ticks.any():
        return bars, ()
    message = "close at a multiple of both its neighbours"
    finding = Finding.on(bars.dates[ticks], "bad_tick", message, "did not trade then")
    return bars.without(ticks), (finding,)


def _bad_ticks(bars: Bars, shaken: Shaken) -> Flags:
    out = np.zeros(len(bars), bool)
    for jump in jumps(bars):
        back = 0 if out[jump.row] else _comes_back(bars.close, jump)
        if back and _never_there(jump, shaken):
            out[jump.row : back] = True
    return out


def _comes_back(close: Array, jump: Jump) -> int:
    """The row in which the price is back where it was before; 0 if it does not come back."""
    size = abs(jump.move)
    for back in range(jump.row + 1, min(jump.row + 1 + MOST, len(close))):
        wander = abs(float(np.log(close[back] / close[jump.row - 1])))
        drift = ORDINARY_MOVES * jump.usual * np.sqrt(back - jump.row + 1)
        if wander <= min(max(drift, size / 10), min(size, UNIT) / AGREE):
            return back
    return 0


def _never_there(jump: Jump, shaken: Shaken) -> bool:
    if abs(jump.move) >= UNIT:
        return True
    return (
        jump.near
        and (jump.certain or not jump.wild)
        and not jump.traded_through
        and not jump.busy
        and not shaken(jump.day, jump.move)
    )
