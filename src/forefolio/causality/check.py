"""The look-ahead check: a component's output with and without later sessions, in both orders.

1. Cut a market at some rows (`markets.draw_cuts`) and compute the output of a fresh copy when the
   market ends there. Then compute it with later sessions: without prices, with other prices, with
   prices a thousand times as large.
2. Compute another fresh copy the other way round, first with the realised later sessions, then
   without, so that state kept between calls cannot hide a leak.
3. The outputs for the rows before the cut must be equal each time, missing values included.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from forefolio.causality.markets import (
    FUTURES,
    SESSIONS,
    Change,
    alone,
    draw_cuts,
    trial_market,
    with_future,
)
from forefolio.causality.memory import ComponentMemory
from forefolio.causality.outputs import Checked, Output, evaluator_of, is_target, name_of
from forefolio.causality.recording import CausalityReport, Log, recorded, recording
from forefolio.causality.tradable import refuse_untradable
from forefolio.core.errors import DataError, InputError, LookAhead
from forefolio.core.market_argument import insist_on_market
from forefolio.core.units import Array, Flags
from forefolio.market import Market

AS_REALISED = "are the realised ones"
SEEN_BEFORE = "were seen by an earlier call"
ROUNDING = 1e-9  # a change below, beside the largest number, may be how sums are rounded
LONGER = 4 * SESSIONS  # for a component without output on the usual market


def check_no_lookahead(
    component: Checked,
    market: Market | None = None,
    cuts: Sequence[int] | None = None,
    seed: int = 0,
) -> CausalityReport:
    """Check that the output of `component` at a close does not depend on later sessions.

    Works on features (any function from a market to (T, N) will do), targets, forecasters, risk
    models, strategies and sizings, by their protocols, and on a `SignalEngine`; the last two are
    given simple forecasts. Without a `market` one is simulated, with holes, late listings, an
    asset that ends, sessions without trades, and every series that the component asks for;
    `cuts` are numbers of rows, drawn from `seed` unless given.

    Returns:
        The report: the cuts at which the component had an output, and the series that it read.

    Raises:
        LookAhead: the output for some session changes with the sessions after a cut.
        NotTradable: a target's label starts before an order of its session's close can trade.
        DataError: the component has no output at any cut, so nothing was checked.
        InputError: `component` is none of these kinds, or a cut is not inside the market.

    >>> from forefolio.features import PriceMomentum
    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=0, sessions=300, assets=3)
    >>> check_no_lookahead(PriceMomentum(window=20, skip=0), market, cuts=[100]).cuts
    (100,)
    """
    if market is not None:
        insist_on_market(market)
        with recording() as log:
            checked, failure = _on_given(component, market, cuts, seed, log)
    else:
        market, log, checked, failure = _simulated(component, SESSIONS, cuts, seed)
        if not checked and cuts is None:
            market, log, checked, failure = _simulated(component, LONGER, cuts, seed)
    if not checked:
        raise failure or DataError(
            f"{name_of(component)} has no output at any cut of {len(market)} sessions, so nothing "
            "was checked; give a longer market, or other cuts"
        )
    return CausalityReport(
        component=name_of(component),
        sessions=len(market),
        cuts=tuple(checked),
        series=tuple(sorted(log.read)),
        missing=tuple(sorted(log.missing - log.read)),
    )


_Checked: TypeAlias = tuple[
    list[int], DataError | None
]  # cuts with an output, and why there was none elsewhere


def _on_given(
    component: Checked, market: Market, cuts: Sequence[int] | None, seed: int, log: Log
) -> _Checked:
    try:
        return _check_cuts(component, market, cuts, seed)
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
    """Check it on a simulated market with every series that it turns out to read."""
    series, checked, failure = frozenset[str](), list[int](), None
    while True:
        market = trial_market(seed, series, sessions)
        # a component may run without a series that it looked for: check again, with the series
        chosen_cuts = cuts or draw_cuts(market, np.random.default_rng(seed))
        with recording() as log:
            try:
                newly_checked, failure = _check_cuts(
                    component, market, chosen_cuts[-2:] if checked else chosen_cuts, seed
                )
                checked = sorted({*checked, *newly_checked})
            except (LookAhead, InputError):
                raise
            except Exception:
                if log.missing <= series:
                    raise
        if log.missing <= series:
            return market, log, checked, failure
        series |= log.missing


def _check_cuts(
    component: Checked, market: Market, cuts: Sequence[int] | None, seed: int
) -> _Checked:
    trial = _Trial(component, recorded(market), seed)
    checked, failure = list[int](), None
    try:
        for cut in cuts or draw_cuts(market, np.random.default_rng(seed)):
            if not 0 < cut < len(market):
                raise InputError(
                    f"a cut after {cut} of {len(market)} rows leaves nothing to compare"
                )
            output = trial.at(cut)
            if isinstance(output, DataError):
                failure = output
            elif np.isfinite(output.values).any():
                checked.append(cut)
                if is_target(component, market):
                    refuse_untradable(component, name_of(component), market, cut)
    finally:
        trial.memory.restore()
    return checked, failure


class _Trial:
    """One component on one market."""

    def __init__(self, component: Checked, market: Market, seed: int) -> None:
        self.component, self.market, self.seed = component, market, seed
        self.memory = ComponentMemory(component)
        self.evaluate, self.tolerance = evaluator_of(component, market)
        self.memory.restore()
        self.memory.find_caches(lambda copy: self.evaluate(copy, market, len(market) * 4 // 5))

    def at(self, cut: int) -> Output | DataError:
        """The output at a cut, if it is the same whatever sessions follow."""
        first = self.memory.copy()
        output = self._output(first, alone(self.market, cut), cut)
        second = self.memory.copy()
        self._compare(
            output, self._output(second, self._future(cut, FUTURES[AS_REALISED]), cut), AS_REALISED
        )
        self._compare(output, self._output(second, alone(self.market, cut), cut), SEEN_BEFORE)
        for how, change in FUTURES.items():
            if how != AS_REALISED:
                self._compare(output, self._output(first, self._future(cut, change), cut), how)
        return output

    def _future(self, cut: int, change: Change) -> Market:
        return with_future(self.market, cut, change, self.seed)

    def _output(self, component: Checked, market: Market, cut: int) -> Output | DataError:
        try:
            return self.evaluate(component, market, cut)
        except DataError as error:
            return error

    def _compare(self, output: Output | DataError, repeated: Output | DataError, how: str) -> None:
        if isinstance(output, DataError) and isinstance(repeated, DataError):
            return
        before, after = _side_by_side(output, repeated)
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

    def _rounding(self, output: Output) -> float:
        """How far rounding alone changes the output when the data lie elsewhere in memory.

        Usually not at all: then the smallest change is a leak.
        """
        cut = int(np.searchsorted(self.market.sessions, output.sessions[-1])) + 1
        worst, size = 0.0, float(np.nanmax(np.abs(output.values), initial=0.0)) or 1.0
        for offset in (1, 3):
            again = self._output(self.memory.copy(), alone(self.market, cut, offset), cut)
            if isinstance(again, Output):
                moved = np.abs(again.values - output.values)
                worst = max(worst, float(np.nanmax(moved, initial=0.0)) / size)
        return 10 * worst


def _side_by_side(
    output: Output | DataError, repeated: Output | DataError
) -> tuple[Output, Output]:
    """Both outputs, with NaN where one is missing."""
    if isinstance(output, Output) and isinstance(repeated, Output):
        return output, repeated
    present = output if isinstance(output, Output) else repeated
    assert isinstance(present, Output)
    silent = replace(present, values=np.full(present.values.shape, np.nan))
    return (output, silent) if isinstance(output, Output) else (silent, present)


def _changed(before: Array, after: Array, tolerance: float) -> Flags:
    finite = np.abs(before[np.isfinite(before)])
    room = tolerance * finite.max(initial=0.0)
    with np.errstate(invalid="ignore"):  # inf - inf
        same = (before == after) | (np.abs(before - after) <= room)
    changed: Flags = ~(same | (np.isnan(before) & np.isnan(after)))
    return changed
