"""The check itself: hear a component with and without a future, in both orders.

1. Cut a market at some rows (`markets.draw_cuts`), and hear what a fresh copy says when the market
   ends there. Then hear the same copy with futures: without prices, others, a thousand times as
   large.
2. Hear another fresh copy the other way round: first with the future that came, then without one.
   What it keeps from one call to the next cannot hide what it saw first.
3. Whatever it says of the rows before the cut must be the same each time, silence included.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from forefolio.causality.listening import Heard, Log, listening, noted
from forefolio.causality.markets import (
    FUTURES,
    SESSIONS,
    Change,
    alone,
    draw_cuts,
    trial_market,
    with_future,
)
from forefolio.causality.memory import Memory
from forefolio.causality.speakers import Checked, Said, is_target, name_of, speaker_of
from forefolio.causality.tradable import refuse_untradable
from forefolio.core.errors import DataError, InputError, LookAhead
from forefolio.core.market_argument import insist_on_market
from forefolio.core.units import Array, Flags
from forefolio.market import Market

CAME = "are as they came"
BEFORE = "were seen by an earlier call"
ROUNDING = 1e-9  # a change below, beside the largest number, may be how sums are rounded
LONGER = 4 * SESSIONS  # for a component that says nothing on the usual market


def check_no_lookahead(
    component: Checked,
    market: Market | None = None,
    cuts: Sequence[int] | None = None,
    seed: int = 0,
) -> Heard:
    """Check that what `component` says does not depend on what comes later.

    Works on features (any function from a market to (T, N) will do), targets, forecasters, risk
    models, strategies and sizings, by their protocols, and on a `SignalEngine`; the last two are
    given simple forecasts. Without a `market` one is simulated, with holes, late listings, an
    asset that ends, sessions without trades, and every series that the component asks for;
    `cuts` are numbers of rows, drawn from `seed` unless given.

    Returns:
        What was heard: the cuts at which it spoke, and the series that it read.

    Raises:
        LookAhead: what the component says of some session changes with the sessions after a cut.
        NotTradable: a target's label starts before an order of its session's close can trade.
        DataError: at none of the cuts does the component say anything, so nothing was checked.
        InputError: `component` is none of these kinds, or a cut is not inside the market.
    """
    if market is not None:
        insist_on_market(market)
        with listening() as log:
            spoke, silence = _on_given(component, market, cuts, seed, log)
    else:
        market, log, spoke, silence = _simulated(component, SESSIONS, cuts, seed)
        if not spoke and cuts is None:
            market, log, spoke, silence = _simulated(component, LONGER, cuts, seed)
    if not spoke:
        raise silence or DataError(
            f"{name_of(component)} says nothing at any cut of {len(market)} sessions, so nothing "
            "was checked; give a longer market, or other cuts"
        )
    return Heard(
        component=name_of(component),
        sessions=len(market),
        cuts=tuple(spoke),
        series=tuple(sorted(log.read)),
        lacking=tuple(sorted(log.missing - log.read)),
    )


_Spoken: TypeAlias = tuple[list[int], DataError | None]  # cuts, and why it was silent elsewhere


def _on_given(
    component: Checked, market: Market, cuts: Sequence[int] | None, seed: int, log: Log
) -> _Spoken:
    try:
        return _hear(component, market, cuts, seed)
    except KeyError as error:
        if error.args[0] not in log.missing:
            raise
        raise DataError(
            f"{name_of(component)} reads the series {error.args[0]}, which this market lacks; "
            "give a market that has it"
        ) from error


def _simulated(
    component: Checked, sessions: int, cuts: Sequence[int] | None, seed: int
) -> tuple[Market, Log, list[int], DataError | None]:
    """Hear it on a market of its own, with the series that it turns out to ask for."""
    series, spoke, silence = frozenset[str](), list[int](), None
    while True:
        market = trial_market(seed, series, sessions)
        # what only asked whether a series is there has spoken; now a little, with the series
        asked = cuts or draw_cuts(market, np.random.default_rng(seed))
        with listening() as log:
            try:
                heard, silence = _hear(component, market, asked[-2:] if spoke else asked, seed)
                spoke = sorted({*spoke, *heard})
            except (LookAhead, InputError):
                raise
            except Exception:
                if log.missing <= series:
                    raise
        if log.missing <= series:
            return market, log, spoke, silence
        series |= log.missing


def _hear(component: Checked, market: Market, cuts: Sequence[int] | None, seed: int) -> _Spoken:
    ear = _Ear(component, noted(market), seed)
    spoke, silence = list[int](), None
    try:
        for cut in cuts or draw_cuts(market, np.random.default_rng(seed)):
            if not 0 < cut < len(market):
                raise InputError(
                    f"a cut after {cut} of {len(market)} rows leaves nothing to compare"
                )
            said = ear.at(cut)
            if isinstance(said, DataError):
                silence = said
            elif np.isfinite(said.values).any():
                spoke.append(cut)
                if is_target(component):
                    refuse_untradable(component, name_of(component), market, cut)
    finally:
        ear.memory.restore()
    return spoke, silence


class _Ear:
    """Hears one component on one market."""

    def __init__(self, component: Checked, market: Market, seed: int) -> None:
        self.component, self.market, self.seed = component, market, seed
        self.memory = Memory(component)
        self.speak, self.tolerance = speaker_of(component, market)
        self.memory.restore()
        self.memory.recognise(lambda copy: self.speak(copy, market, len(market) * 4 // 5))

    def at(self, cut: int) -> Said | DataError:
        """What it says at a cut, if that is the same whatever comes after."""
        first = self.memory.copy()
        said = self._said(first, alone(self.market, cut), cut)
        second = self.memory.copy()
        self._compare(said, self._said(second, self._future(cut, FUTURES[CAME]), cut), CAME)
        self._compare(said, self._said(second, alone(self.market, cut), cut), BEFORE)
        for how, change in FUTURES.items():
            if how != CAME:
                self._compare(said, self._said(first, self._future(cut, change), cut), how)
        return said

    def _future(self, cut: int, change: Change) -> Market:
        return with_future(self.market, cut, change, self.seed)

    def _said(self, component: Checked, market: Market, cut: int) -> Said | DataError:
        try:
            return self.speak(component, market, cut)
        except DataError as error:
            return error

    def _compare(self, said: Said | DataError, other: Said | DataError, how: str) -> None:
        if isinstance(said, DataError) and isinstance(other, DataError):
            return
        before, after = _side_by_side(said, other)
        changed = _changed(before.values, after.values, self.tolerance)
        if changed.any() and not _changed(before.values, after.values, ROUNDING).any():
            changed = _changed(before.values, after.values, self._rounding(before))
        where = np.argwhere(changed)
        if not len(where):
            return
        row, column = where[0]
        raise LookAhead(
            name_of(self.component),
            at=(str(before.sessions[row]), before.columns[column]),
            cut=str(before.sessions[-1]),
            how=how,
            change=(float(before.values[row, column]), float(after.values[row, column])),
            share=(len(where), changed.size),
        )

    def _rounding(self, said: Said) -> float:
        """How far rounding alone moves what it says, when its data lie elsewhere in memory.

        Nothing, most often: then the least change is a leak.
        """
        cut = int(np.searchsorted(self.market.sessions, said.sessions[-1])) + 1
        worst, size = 0.0, float(np.nanmax(np.abs(said.values), initial=0.0)) or 1.0
        for offset in (1, 3):
            again = self._said(self.memory.copy(), alone(self.market, cut, offset), cut)
            if isinstance(again, Said):
                moved = np.abs(again.values - said.values)
                worst = max(worst, float(np.nanmax(moved, initial=0.0)) / size)
        return 10 * worst


def _side_by_side(said: Said | DataError, other: Said | DataError) -> tuple[Said, Said]:
    """Both, where silence is NaN."""
    if isinstance(said, Said) and isinstance(other, Said):
        return said, other
    spoken = said if isinstance(said, Said) else other
    assert isinstance(spoken, Said)
    silent = replace(spoken, values=np.full(spoken.values.shape, np.nan))
    return (said, silent) if isinstance(said, Said) else (silent, spoken)


def _changed(before: Array, after: Array, tolerance: float) -> Flags:
    known = np.abs(before[np.isfinite(before)])
    room = tolerance * known.max(initial=0.0)
    with np.errstate(invalid="ignore"):  # inf - inf
        same = (before == after) | (np.abs(before - after) <= room)
    changed: Flags = ~(same | (np.isnan(before) & np.isnan(after)))
    return changed
