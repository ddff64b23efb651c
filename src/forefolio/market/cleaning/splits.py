"""Splits left unadjusted, and prices in a wrong unit: jumps that are no returns.

A real crash is data, so a jump (a factor of 1.9 or more) is a return until all that is known says
otherwise. What a split does, and a crash does not:

1. it lands on a simple ratio (1/2, 3, 1/10, 100, ...) or on a split that the source recorded on
   another day, within three ordinary moves and never further than a tenth;
2. it happens overnight: the open is there already, and the session does not trade its way there;
3. the shares that change hands stay as many, or change by the ratio;
4. it was no ruin before: nobody splits what has halved within a year, unless the source says so;
5. where open or volume are not known: the month before was not wild, the ten sessions on both sides
   are calm, no row before it is empty (a hole is no evidence), and neither the market, which is the
   other assets of the load, nor the sector was shaken that day.

All that the data can show must hold. Then it is a split; otherwise the move is kept, with a
finding. Upwards, beyond a factor of eight, only 2 and a multiple of the volume count: that is a
unit, or a reverse split of any ratio.

On 322 large US stocks, 1999-2021, from open, high, low, close and volume this finds 234 of 251
splits, and five jumps that are spin-offs, a share class and the vendor's error; from closes alone
140 and two (a spin-off and a merger). No crash is among them, nor any in adjusted closes. The rule
before, which asked no range and let its tolerance grow with the month: 219, and 153 with a crash.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forefolio.core.units import Flags
from forefolio.market.cleaning.jumps import JUMP, UNIT, Jump, Shaken, jumps, log_moves
from forefolio.market.cleaning.quality import Finding
from forefolio.market.sources.base import Bars

CALM = 1.25  # moves after a jump, relative to those before
FALLEN = 0.5  # of the year's highest close, below which nobody splits
UNHEARD_OF = np.log(19)  # nothing falls by that overnight that had not halved before

_PRICED = ("open", "high", "low", "close", "traded_close")
_YEAR = 252
_NEARBY = 10
_MONTH = 21
_CLIP = 3.0  # ordinary moves, at which those before are cut: a wild day excuses no other


def apply_recorded(bars: Bars) -> tuple[Bars, Sequence[Finding]]:
    """Divide the prices before each recorded split by it, where the price shows it was not done."""
    split, close = bars.columns.get("split"), bars.close
    if split is None:
        return bars, ()
    size = np.log(np.where((split > 0) & (split != 1), split, 1.0))
    move = log_moves(close)
    shown = (np.abs(size) > 0) & (np.abs(move + size) < np.abs(size) / 2)
    if not shown.any():
        return bars, ()
    later = np.concatenate([np.cumsum(np.where(shown, size, 0.0)[::-1])[::-1][1:], [0.0]])
    names = ("open", "high", "low", "close")
    columns = {n: bars.columns[n] / np.exp(later) for n in names if n in bars.columns}
    if "volume" in bars.columns:
        columns["volume"] = bars.columns["volume"] * np.exp(later)
    action = "earlier prices divided by it"
    finding = Finding.on(
        bars.dates[shown], "split_applied", "split not in the prices", action, "info"
    )
    return bars.having(**columns), (finding,)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a jump is a split."""

    jump: Jump
    split: bool
    doubt: bool = False  # whether it is kept only because closes alone cannot tell

    @property
    def finding(self) -> Finding:
        """The finding that reports it."""
        day = np.array([self.jump.day])
        message = f"close {np.exp(self.jump.move):.3g} times the one before"
        if self.split:
            message = f"{message} on {self.jump.day} looks like a split left unadjusted"
            return Finding.on(day, "split", message, "refused: adjust the prices", "error")
        if self.doubt:
            action = "kept: closes alone cannot show whether it is a split"
            return Finding.on(day, "large_move", message, action)
        return Finding.on(day, "large_move", message, "kept as a real move", "info")


def undo_splits(bars: Bars, verdicts: Sequence[Verdict]) -> tuple[Bars, Sequence[Finding]]:
    """Splits undone in what trades no more, and cannot be asked for in adjusted prices.

    Where open and volume agree, the prices before are divided by the ratio; from where closes alone
    speak for a split, nothing is used: the history until then is, as it was known then.
    """
    findings = []
    for verdict in verdicts:
        jump, finding = verdict.jump, verdict.finding
        traded = np.flatnonzero(np.isfinite(bars.close))
        row = int(traded[np.searchsorted(bars.dates[traded], jump.day)]) if len(traded) else 0
        if not verdict.split:
            findings.append(finding)
        elif jump.certain and jump.near:
            bars = _undone(bars, row, jump)
            finding = replace(
                finding, action="earlier prices divided by its ratio, for it has ended"
            )
            findings.append(replace(finding, severity="warning"))
        else:
            bars = bars.without(np.arange(len(bars)) >= row)
            finding = replace(
                finding, action="used until then, for it has ended", severity="warning"
            )
            return bars, [*findings, finding]
    return bars, findings


def _undone(bars: Bars, row: int, jump: Jump) -> Bars:
    before = np.arange(len(bars)) < row
    names = [name for name in _PRICED if name in bars.columns]
    size = np.exp(jump.ratio)
    columns = {n: np.where(before, bars.columns[n] * size, bars.columns[n]) for n in names}
    if jump.shares_follow:
        volume = bars.columns["volume"]
        columns["volume"] = np.where(before, volume / size, volume)
    return bars.having(**columns)


def judge_jumps(bars: Bars, shaken: Shaken) -> list[Verdict]:
    """Whether each jump of a ticker is a split; `shaken` says how the others moved that day."""
    traded = np.flatnonzero(np.isfinite(bars.close))
    rows = bars.at(traded)
    holes = np.diff(traded, prepend=traded[:1]) > 1
    return [_judge(rows, jump, holes, shaken) for jump in jumps(rows)]


def _judge(bars: Bars, jump: Jump, holes: Flags, shaken: Shaken) -> Verdict:
    if jump.move >= UNIT:
        real = jump.traded_through or jump.shares > 2 * np.exp(jump.move)
        return Verdict(jump, split=not real)
    if not (jump.near and _possible(bars, jump)):
        return Verdict(jump, split=False)
    is_split = jump.certain or jump.move <= -UNIT or _calm(bars, jump, holes, shaken)
    return Verdict(jump, split=is_split, doubt=not is_split)


def _possible(bars: Bars, jump: Jump) -> bool:
    """Whether range, volume and the year before allow a split."""
    busy = jump.busy and jump.move > -UNHEARD_OF
    ruined = _fallen(bars, jump) and not _recorded(bars, jump)
    return not (jump.traded_through or busy or ruined)


def _recorded(bars: Bars, jump: Jump) -> bool:
    """Whether the source says of a session nearby that there was a split."""
    split = bars.columns.get("split", np.empty(0))
    near = split[max(jump.row - _NEARBY, 0) : jump.row + _NEARBY + 1]
    return bool(((near > 0) & (near != 1)).any())


def _fallen(bars: Bars, jump: Jump) -> bool:
    """Whether the price halved within a year before it fell again."""
    before = bars.close[max(jump.row - _YEAR, 0) : jump.row]
    return jump.move < 0 and float(before[-1]) < FALLEN * float(before.max())


def _calm(bars: Bars, jump: Jump, holes: Flags, shaken: Shaken) -> bool:
    """Whether all is as quiet around the jump as it is around a split."""
    moves, row = np.abs(log_moves(bars.close)), jump.row
    before, after = moves[max(row - _MONTH, 1) : row], moves[row + 1 : row + 1 + _NEARBY]
    if jump.wild or not len(after) or holes[row]:
        return False
    if max(before[-_NEARBY:].max(initial=0.0), after.max()) > JUMP:
        return False
    usual = np.minimum(before, _CLIP * jump.usual).mean() if len(before) >= 5 else 0.0
    quiet = float(after.mean()) <= CALM * max(float(usual), jump.usual)
    return quiet and not shaken(jump.day, jump.move)
