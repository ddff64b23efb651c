"""The entries of a paper account, read: what the next session goes on from, and what was known.

1. What was entered stays as it is. A price that has changed since makes an entry of its own, which
   says what the account would have been worth with it.
2. Where all earlier prices of an asset have changed by one factor, as they do after a split or a
   dividend, nothing was revised: the account holds so many more units, and is worth the same.
3. Where all prices before a session have changed by one factor, and none since, a split or a
   dividend of that session came late, or was withdrawn: the account gets the units that those it
   held then would have become, or gives them back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forefolio.backtest import AccountState
from forefolio.core.units import Array, Flags
from forefolio.core.wording import number
from forefolio.market import Market
from forefolio.store.paper_records import CLOSING, Entry
from forefolio.strategy import RecordState

EQUAL = 1e-9  # relative difference of two prices that are the same
LATE = "late_adjusted"
"""The kind of the entry of a split or a dividend that came after its session was entered."""

AFTER = ""  # the session of a factor that came after the last one entered; before all others
FEWEST_BEFORE = 2  # prices before a session that one factor is read from
ONE_FACTOR = 1e-4  # the same, of prices that were adjusted: sources round them


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The entries of an account, oldest first."""

    entries: tuple[Entry, ...]

    @property
    def closed(self) -> tuple[Entry, ...]:
        """The closes of all sessions that were entered."""
        return tuple(one for one in self.entries if one.kind == "closed")

    @property
    def closing(self) -> Entry | None:
        """The entry that has closed it; None: it is followed."""
        last = self.entries[-1] if self.entries else None
        return last if last is not None and last.kind == CLOSING else None

    @property
    def newest(self) -> str:
        """The newest session that was known when it was opened."""
        state = self.entries[0].state or {}
        return str(state["newest"])

    @property
    def state(self) -> AccountState | None:
        """What the next session goes on from; None before the first."""
        if not self.closed:
            return None
        last = self.closed[-1]
        state = AccountState.model_validate(last.state)
        units = dict(state.units)
        for one in self.entries:
            if one.number > last.number and one.kind == "adjusted":
                for ticker, factor in one.amounts.items():
                    if ticker in units and factor:
                        units[ticker] /= factor
            elif one.number > last.number and one.kind == LATE:
                for ticker, more in (one.state or {})["units"].items():
                    units[ticker] = units.get(ticker, 0.0) + more
        return state.model_copy(update={"units": units, "record": self._record})

    @property
    def _record(self) -> RecordState | None:
        """The strategy's own record, from the last close at which it changed."""
        records = ((one.state or {}).get("record") for one in reversed(self.closed))
        newest = next(filter(None, records), None)
        return None if newest is None else RecordState.model_validate(newest)

    def known(self) -> dict[str, dict[str, float]]:
        """The closes by session and ticker, as they were seen last."""
        known: dict[str, dict[str, float]] = {}
        for one in self.entries:
            if one.closes is not None:
                known[one.session] = dict(one.closes)
            elif one.kind in ("revised", "late_price"):
                for ticker, price in one.amounts.items():
                    _put(known[one.session], ticker, price)
            elif one.kind == "adjusted":
                _scale(known, one.amounts)
            elif one.kind == LATE:
                before = {day: each for day, each in known.items() if day < one.session}
                _scale(before, one.amounts)
        return known

    def changes(self, market: Market) -> Iterator[Entry]:
        """An entry for each price that is another one now, or that was not there."""
        if not self.entries:
            return
        known = self.known()
        last = max(known)
        days = [str(day) for day in market.sessions]
        rows = [row for row, day in enumerate(days) if min(known) <= day <= last]
        held = {one.session: one.amounts for one in self.closed}
        for row in rows:
            if days[row] not in known:
                yield self._late_session(market, row)
        rows = [row for row in rows if days[row] in known]
        for n, ticker in enumerate(market.assets):
            before = np.array([known[days[row]].get(ticker, np.nan) for row in rows])
            now = market.close[rows, n]
            if (factor := _one_factor(before, now)) is not None:
                yield _adjustment(last, ticker, factor)
                continue
            if factors := _late_factors(before, now):
                sessions = [*(days[row] for row in rows), AFTER]
                late = [(sessions[row], factor) for row, factor in factors]
                yield from self._adjustments(ticker, late, float(now[-1]))
                continue
            begun = np.cumsum(np.isfinite(before)) > 0
            for k in np.flatnonzero(begun & _different(before, now)):
                day = days[rows[k]]
                money = held.get(day, {}).get(ticker) or 0.0
                yield _revision(day, ticker, (float(before[k]), float(now[k])), money)

    def _adjustments(
        self, ticker: str, factors: Sequence[tuple[str, float]], price: float
    ) -> Iterator[Entry]:
        """The entries of the factors of sessions, each going on from those before it."""
        book, last = self, self.closed[-1].session
        for session, factor in sorted(factors):
            if session == AFTER:
                entry = _adjustment(last, ticker, factor)
            else:
                entry = book._late_adjustment(ticker, session, factor, price)
            yield entry
            entries = numbered([entry], book.entries[-1].number)
            book = Book(entries=(*book.entries, *entries))

    def _late_adjustment(self, ticker: str, session: str, factor: float, price: float) -> Entry:
        """The entry of a split or dividend of a session that was not known when it was entered."""
        units, since = self._held_before(session, ticker)
        more = units * since * (1.0 / factor - 1.0)
        return Entry(
            session=session,
            kind=LATE,
            sentence=f"all prices of {ticker} before {session} were multiplied by "
            f"{number(factor, 6)} after it was entered, as by a split or a dividend that came late "
            f"or was withdrawn: {number(abs(more), 6)} units are "
            f"{'added' if more >= 0.0 else 'taken'} from the next session on",
            amounts={ticker: factor},
            money=more * price,
            state={"units": {ticker: more}},
            late=True,
        )

    def _held_before(self, session: str, ticker: str) -> tuple[float, float]:
        """Units held before a session by all that came late since, and what became of one of them.

        What was adjusted for later sessions has made so many units of each by now.
        """
        held = next((one for one in reversed(self.closed) if one.session < session), None)
        if held is None:
            return 0.0, 1.0
        units, since = (held.state or {})["units"].get(ticker, 0.0), 1.0
        for one in self.entries:
            factor = one.amounts.get(ticker) if one.kind in ("adjusted", LATE) else None
            if not factor or one.number < held.number:
                continue
            if one.kind == LATE and one.session <= session:
                units += (one.state or {})["units"][ticker] / since
            else:
                since /= factor
        return units, since

    def _late_session(self, market: Market, row: int) -> Entry:
        finite = np.isfinite(market.close[row])
        return Entry(
            session=str(market.sessions[row]),
            kind="late_session",
            sentence=f"the session {market.sessions[row]} was not known when later ones were "
            "entered: nothing was decided or traded on it",
            closes={market.assets[n]: float(market.close[row, n]) for n in np.flatnonzero(finite)},
            late=True,
        )


def numbered(entries: Sequence[Entry], after: int) -> tuple[Entry, ...]:
    """Entries with the numbers that they get behind the last one."""
    return tuple(replace(one, number=after + n) for n, one in enumerate(entries, 1))


def _revision(session: str, ticker: str, prices: tuple[float, float], money: float) -> Entry:
    """The entry of a price that was another one, or none, or is none any more."""
    before, now = prices
    if np.isnan(before):
        sentence = f"{ticker} had no close on {session} when it was entered, and has {number(now)}"
        return Entry(
            session=session, kind="late_price", sentence=sentence, amounts={ticker: now}, late=True
        )
    if np.isnan(now):
        sentence = f"the close {number(before)} of {ticker} on {session} was withdrawn"
        return Entry(session=session, kind="revised", sentence=sentence, amounts={ticker: None})
    effect = money * (now / before - 1.0)
    more = "less" if effect < 0.0 else "more"
    sentence = (
        f"the close of {ticker} on {session} was {number(before)} and is {number(now)} now: what "
        f"was entered stays; with it the account would have been worth {number(abs(effect))} {more}"
    )
    return Entry(
        session=session, kind="revised", sentence=sentence, amounts={ticker: now}, money=effect
    )


def _one_factor(before: Array, now: Array) -> float | None:
    """The factor by which all of two or more prices have changed; None where there is none."""
    both = np.isfinite(before) & np.isfinite(now)
    if both.sum() < 2:
        return None
    ratio = now[both] / before[both]
    factor = float(ratio[-1])
    same = np.abs(ratio / factor - 1.0) <= ONE_FACTOR
    return factor if same.all() and (np.abs(ratio - 1.0) > EQUAL).all() else None


def _late_factors(before: Array, now: Array) -> list[tuple[int, float]]:
    """Rows since which earlier prices have changed by a factor, and by which; none: revisions.

    A factor of all prices stands at the row after the last. Two prices at least before each row:
    one that is another now is a revision.
    """
    both = np.flatnonzero(np.isfinite(before) & np.isfinite(now))
    if not len(both) or (np.isfinite(before) != np.isfinite(now)).any():
        return []
    ratio = np.append(now[both] / before[both], 1.0)
    ratio[np.abs(ratio - 1.0) <= EQUAL] = 1.0
    steps = np.flatnonzero(np.abs(ratio[1:] / ratio[:-1] - 1.0) > ONE_FACTOR) + 1
    first = np.concatenate([[0], steps[:-1]])
    if (steps - first < FEWEST_BEFORE).any() or (ratio[first] == 1.0).any():
        return []
    rows = np.append(both, len(before))[steps].tolist()
    return [(row, float(ratio[k - 1] / ratio[k])) for row, k in zip(rows, steps, strict=True)]


def _adjustment(session: str, ticker: str, factor: float) -> Entry:
    """The entry of a split or dividend after the last session that was entered."""
    return Entry(
        session=session,
        kind="adjusted",
        sentence=f"all earlier prices of {ticker} were multiplied by {number(factor, 6)}, as after "
        "a split or a dividend: its worth is the same",
        amounts={ticker: factor},
    )


def _different(before: Array, now: Array) -> Flags:
    there = np.isfinite(before) & np.isfinite(now)
    apart = np.zeros(len(before), dtype=np.bool_)
    apart[there] = np.abs(now[there] / before[there] - 1.0) > EQUAL
    different: Flags = apart | (np.isfinite(before) != np.isfinite(now))
    return different


def _put(closes: dict[str, float], ticker: str, price: float | None) -> None:
    if price is None:
        closes.pop(ticker, None)
    else:
        closes[ticker] = price


def _scale(known: Mapping[str, dict[str, float]], factors: Mapping[str, float | None]) -> None:
    for closes in known.values():
        for ticker, factor in factors.items():
            if ticker in closes and factor:
                closes[ticker] *= factor
