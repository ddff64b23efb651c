"""Cleaning: one ticker's rows made into bars by stated rules, each use of which is a finding.

1. Rows without a date, later than today, or at a weekend (where that day of the week is no session
   as a rule) are dropped. The rest is sorted; the order of the rows never matters.
2. Rows of the same day are joined: a cell keeps the value all of them agree on, and is empty where
   they do not, since nothing says which one is right.
3. A price that is not a positive number is empty; a bar without a close did not trade. Nothing is
   ever filled in.
4. Open, high and low are emptied where they contradict each other or the close.
5. Prices are divided by the splits recorded, and put on the scale of the adjusted close if there is
   one; what was paid is kept beside them.
6. Jumps that are errors of a split or a unit are judged (`splits`).
7. Runs of one price are flagged; where nothing was traded in them they are emptied.
8. Only what still trades at the end of the load can be too short, or be refused for a split: to
   leave out what died early is hindsight.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.units import Array, Dates, Flags
from forefolio.market.calendar import strays
from forefolio.market.cleaning.history import (
    NEVER,
    kept_as_history,
    last_of,
    longest_silence,
    too_many_errors,
    too_short,
    traded_days,
)
from forefolio.market.cleaning.jumps import Shaken
from forefolio.market.cleaning.quality import Finding
from forefolio.market.cleaning.splits import Verdict, apply_recorded, judge_jumps, undo_splits
from forefolio.market.cleaning.spotless import STALE_SESSIONS, spotless
from forefolio.market.cleaning.ticks import without_bad_ticks
from forefolio.market.cleaning.witnesses import Witnesses
from forefolio.market.sources.base import Bars, once_a_table

MINIMUM_SESSIONS = 63  # days of trading
ODD_MOVE = 0.2  # of an adjusted close, in logs, that the close did not make

_PRICES = ("open", "high", "low", "close", "adjusted")
_ROUNDING = 1e-3  # by how much a close may lie outside its range

Cleaning: TypeAlias = tuple[Bars, Sequence[Finding]]
Made: TypeAlias = tuple[Bars, list[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cleaned:
    """One ticker after cleaning; `refused` says why it cannot be used, if it cannot."""

    bars: Bars  # sorted, each day once
    findings: tuple[Finding, ...]
    refused: str = ""

    @property
    def traded(self) -> int:
        """How many bars have a close."""
        return int(np.isfinite(self.bars.close).sum())

    @property
    def days(self) -> Dates:
        """The days with a close; those of a ticker that always traded are its table's own array."""
        return traded_days(self.bars)


def clean(
    ticker: str,
    bars: Bars,
    minimum_sessions: int = MINIMUM_SESSIONS,
    today: np.datetime64 | None = None,
) -> Cleaned:
    """Make bars of one ticker's rows; see `clean_all`."""
    return clean_all({ticker: bars}, {}, minimum_sessions, today)[ticker]


def clean_all(
    rows: Mapping[str, Bars],
    sectors: Mapping[str, str],
    minimum_sessions: int = MINIMUM_SESSIONS,
    today: np.datetime64 | None = None,
) -> dict[str, Cleaned]:
    """Make bars of each ticker's rows by the rules above; later than `today` there are none.

    Jumps are judged last: by what the other tickers did on the same day. What trades no more when
    the others still do is history: it is never too short, and never refused for a split.
    """
    as_they_are = spotless(rows, today)
    dirty = {ticker: bars for ticker, bars in rows.items() if ticker not in as_they_are}
    made = {ticker: _through(bars, (*_dating(today), *_VALUES)) for ticker, bars in dirty.items()}
    dated = {ticker: made[ticker][0] if ticker in made else bars for ticker, bars in rows.items()}
    witnesses = Witnesses.of(dated, sectors)
    days = {t: b.dates if t in as_they_are else traded_days(b) for t, b in dated.items()}
    end = max(map(last_of, days.values()), default=NEVER)
    lives = once_a_table(lambda days: last_of(days) >= end - longest_silence(days))
    short = once_a_table(lambda days: too_short(days, minimum_sessions))
    out = {}
    for ticker, bars in dated.items():
        findings = list[Finding]()
        if ticker in made:
            settle = _refuse_splits if lives(days[ticker]) else undo_splits
            jumping = partial(_jumping, shaken=partial(witnesses.shook, ticker), settle=settle)
            bars, more = _through(bars, (jumping, _quiet))
            findings = [*made[ticker][1], *more]
            findings += too_many_errors(findings, len(rows[ticker]))
        traded = traded_days(bars) if ticker in made else days[ticker]
        brief = short(traded)
        findings += brief if lives(days[ticker]) else [kept_as_history(f, traded) for f in brief]
        named = tuple(replace(f, ticker=ticker) for f in findings)
        refused = "; ".join(f.message for f in named if f.severity == "error")
        out[ticker] = Cleaned(bars=bars, findings=named, refused=refused)
    return out


def _through(bars: Bars, steps: Sequence[Callable[[Bars], Cleaning]]) -> Made:
    findings: list[Finding] = []
    for step in steps:
        bars, more = step(bars)
        findings += more
    return bars, findings


# -- dates -----------------------------------------------------------------------------------------


def _dating(today: np.datetime64 | None) -> tuple[Callable[[Bars], Cleaning], ...]:
    return (_drop_undated, lambda bars: _drop_future(bars, today), _sort, _drop_weekends, _join)


def _drop_undated(bars: Bars) -> Cleaning:
    return _drop(bars, np.isnat(bars.dates), "undated", "row without a date")


def _drop_future(bars: Bars, today: np.datetime64 | None) -> Cleaning:
    late = np.zeros(len(bars), bool) if today is None else bars.dates > today
    return _drop(bars, late, "future", f"row later than today, {today}")


def _drop_weekends(bars: Bars) -> Cleaning:
    days, row = np.unique(bars.dates, return_inverse=True)
    return _drop(bars, strays(days)[row], "weekend", "row at a weekend")


def _drop(bars: Bars, bad: Flags, code: str, message: str) -> Cleaning:
    if not bad.any():
        return bars, ()
    return bars.at(~bad), (Finding.on(bars.dates[bad], code, message, "dropped"),)


def _sort(bars: Bars) -> Cleaning:
    steps = np.diff(bars.dates).astype(np.int64)
    if (steps >= 0).all():
        return bars, ()
    message = "rows are newest first" if (steps <= 0).all() else "rows are not in order"
    finding = replace(Finding.on(bars.dates, "unsorted", message, "sorted", "info"), count=1)
    return bars.at(np.argsort(bars.dates, kind="stable")), (finding,)


def _join(bars: Bars) -> Cleaning:
    days, first, counts = np.unique(bars.dates, return_index=True, return_counts=True)
    if len(days) == len(bars):
        return bars, ()
    joined = {name: _agreed(values, first) for name, values in bars.columns.items()}
    columns = {name: values for name, (values, _) in joined.items()}
    conflict = np.any([differ for _, differ in joined.values()], axis=0)
    findings, equal = list[Finding](), (counts > 1) & ~conflict
    if equal.any():
        message = "day with several equal rows"
        findings.append(Finding.on(days[equal], "duplicate", message, "one kept", "info"))
    if conflict.any():
        message, action = "day with rows that differ", "what they differ in is empty"
        findings.append(Finding.on(days[conflict], "conflict", message, action))
    return Bars(dates=days, columns=columns), findings


def _agreed(values: Array, first: NDArray[np.intp]) -> tuple[Array, Flags]:
    """What the rows of each day agree on (D,), and whether they do not; empty cells do not vote."""
    empty = np.isnan(values)
    low = np.minimum.reduceat(np.where(empty, np.inf, values), first)
    high = np.maximum.reduceat(np.where(empty, -np.inf, values), first)
    none = low == np.inf
    with np.errstate(invalid="ignore"):  # infinities, which the next step empties
        differ = ~none & (high - low > 1e-6 * np.abs(low))
    return np.where(none | differ, np.nan, low), differ


# -- values ----------------------------------------------------------------------------------------


def _blank_impossible(bars: Bars) -> Cleaning:
    columns, findings = dict(bars.columns), list[Finding]()
    for name, values in bars.columns.items():
        empty = np.isnan(values)
        bad = ~empty & (~np.isfinite(values) | (values <= 0 if name in _PRICES else values < 0))
        if bad.any():
            message = f"{name} that is not a {'positive' if name in _PRICES else 'valid'} number"
            finding = Finding.on(bars.dates[bad], "impossible", message, "emptied")
            findings.append(replace(finding, column=name))
            columns[name] = np.where(bad, np.nan, values)
    missing = np.isnan(bars.close)
    if missing.any():
        action = "did not trade then"
        findings.append(Finding.on(bars.dates[missing], "no_close", "row without a close", action))
    return bars.having(**columns), findings


def _blank_ranges(bars: Bars) -> Cleaning:
    """Empty open, high and low where they contradict each other or the close."""
    names = [n for n in ("open", "high", "low") if n in bars.columns]
    if "high" not in names or "low" not in names:
        return bars, ()
    high, low = bars.columns["high"] * (1 + _ROUNDING), bars.columns["low"] * (1 - _ROUNDING)
    inner = [bars.close] + ([bars.columns["open"]] if "open" in names else [])
    bad = np.any([(price > high) | (price < low) for price in inner] + [low > high], axis=0)
    if not bad.any():
        return bars, ()
    emptied = {n: np.where(bad, np.nan, bars.columns[n]) for n in names}
    message = "bar with open or close outside high and low"
    finding = Finding.on(bars.dates[bad], "range", message, "only the close is used")
    return bars.having(**emptied), (finding,)


def _adjust(bars: Bars) -> Cleaning:
    """Put prices on the scale of the adjusted close, or else undo the splits recorded."""
    adjusted = bars.columns.get("adjusted")
    if adjusted is None or np.isnan(adjusted).all():
        return apply_recorded(bars)
    bars, _ = apply_recorded(bars)  # the adjusted close counts them already: nothing to tell
    scale = adjusted / bars.close
    prices = {n: bars.columns[n] * scale for n in ("open", "high", "low") if n in bars.columns}
    lost = np.isnan(adjusted) & np.isfinite(bars.close)
    odd = _odd_adjustment(bars.close, adjusted)
    findings = []
    if lost.any():
        message, action = "row without an adjusted close", "did not trade then"
        findings.append(Finding.on(bars.dates[lost], "no_adjusted", message, action))
    if odd.any():
        message, action = "adjusted close moves far, and not as the close does", "kept: check it"
        findings.append(Finding.on(bars.dates[odd], "adjustment", message, action))
    if not np.array_equal(adjusted, bars.close, equal_nan=True):  # else nobody says which it is
        prices["traded_close"] = bars.close
    return bars.having(**prices, close=adjusted), findings


def _odd_adjustment(close: Array, adjusted: Array) -> Flags:
    """Rows where an adjustment makes a large move instead of taking one away."""
    with np.errstate(invalid="ignore"):
        raw, own = (np.diff(np.log(p), prepend=np.nan) for p in (close, adjusted))
        odd: Flags = (np.abs(own) > ODD_MOVE) & (np.abs(own - raw) > ODD_MOVE)
    return odd


def _quiet(bars: Bars) -> Cleaning:
    """Flag runs of one price; where nothing was traded in them there was no price."""
    volume = bars.columns.get("volume")
    stale = _runs(bars.close) > STALE_SESSIONS
    silent = np.zeros(len(bars), bool) if volume is None else stale & (volume == 0)
    message, findings = f"bar in a run of more than {STALE_SESSIONS} equal closes", list[Finding]()
    if (stale & ~silent).any():
        dates = bars.dates[stale & ~silent]
        findings.append(Finding.on(dates, "stale", message, "kept as it is"))
    if silent.any():
        without = f"{message} without volume"
        findings.append(Finding.on(bars.dates[silent], "stale", without, "did not trade then"))
    if volume is not None and (volume == 0).any():
        dates = bars.dates[volume == 0]
        findings.append(Finding.on(dates, "zero_volume", "bar without volume", "kept", "info"))
    return bars.without(silent), findings


def _jumping(
    bars: Bars, shaken: Shaken, settle: Callable[[Bars, Sequence[Verdict]], Cleaning]
) -> Cleaning:
    """Empty bad ticks, treat splits left unadjusted, keep other large moves with a finding."""
    bars, findings = without_bad_ticks(bars, shaken)
    bars, more = settle(bars, judge_jumps(bars, shaken))
    return bars, [*findings, *more]


def _refuse_splits(bars: Bars, verdicts: Sequence[Verdict]) -> Cleaning:
    """Refuse a ticker that still trades: its adjusted prices can be downloaded."""
    return bars, [verdict.finding for verdict in verdicts]


def _runs(values: Array) -> Array:
    """Length (n,) of the run of equal values each row stands in."""
    starts = np.concatenate([[True], values[1:] != values[:-1]])[: len(values)]
    run = np.cumsum(starts) - 1
    return np.bincount(run)[run].astype(float) if len(values) else np.empty(0)


_VALUES = (_blank_impossible, _blank_ranges, _adjust)
