"""What is entered in a paper account: each session as it was followed, in words and in numbers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from forefolio.backtest import AccountDay
from forefolio.backtest.account_state import Decision
from forefolio.core.units import Array
from forefolio.core.wording import listed, number, percent
from forefolio.market import Market
from forefolio.optimize import Allocation
from forefolio.store.paper_records import Entry
from forefolio.studies.paper_book import Book

LARGEST = 3  # assets that a sentence names
LEAST = 1e-5  # share of a holding: what is less is the rounding of adjusted prices, no dividend


def opening(market: Market, row: int, capital: float) -> Entry:
    """The first entry: money alone, the prices of the session before, and the newest session."""
    return Entry(
        session=str(market.sessions[max(row - 1, 0)]),
        kind="opened",
        sentence=f"opened with {number(capital)} for the session {market.sessions[row]}",
        money=capital,
        closes=closes_of(market, max(row - 1, 0)),
        state={"newest": str(market.sessions[-1])},
    )


def sessions_of(
    days: Sequence[AccountDay], market: Market, book: Book, capital: float
) -> Iterator[list[Entry]]:
    """The entries of the last days of a market, session by session, behind those of the book.

    Where that has none, the entry that opens the account comes with the first session.
    """
    row = len(market) - len(days)
    first = [] if book.entries else [opening(market, row, capital)]
    newest = book.newest if book.entries else str(market.sessions[-1])
    held: Mapping[str, Any] = book.closed[-1].amounts if book.closed else {}
    for n, day in enumerate(days, row):
        entries = list(entries_of(day, n, market, held, newest))
        held = next(one.amounts for one in entries if one.kind == "closed")
        yield [*first, *entries]
        first = []


def closes_of(market: Market, row: int) -> dict[str, float]:
    """The closes of a session, by ticker."""
    return by_ticker(market.close[row], market, np.isfinite(market.close[row]))


def by_ticker(values: Array, market: Market, among: Array) -> dict[str, float]:
    """The values (N,) of the assets where `among` is true."""
    return {market.assets[n]: float(values[n]) for n in np.flatnonzero(among)}


def entries_of(
    day: AccountDay, row: int, market: Market, held: Mapping[str, float], newest: str
) -> Iterator[Entry]:
    """The entries of one session, of an account that was opened when `newest` was the newest.

    `held` is the money in each asset at the close before.
    """
    session = str(market.sessions[row])
    late = newest < session < str(market.sessions[-1])
    made = partial(Entry, session=session, late=late)
    if late:
        sentence = (
            f"not entered on its day, but when {market.sessions[-1]} was known already; decided "
            "from prices up to it alone"
        )
        yield made(kind="missed", sentence=sentence)
    if day.traded.any():
        traded = by_ticker(day.traded, market, day.traded != 0.0)
        yield made(
            kind="traded", sentence=_trades(traded, day.paid), amounts=traded, money=day.paid
        )
    if paid := _dividends(market, row, held):
        sentence = f"dividends, held on in what paid them: {_money(paid)}"
        yield made(kind="dividend", sentence=sentence, amounts=paid, money=sum(paid.values()))
    for note in day.notes:
        yield made(kind="noted", sentence=note.message)
    yield made(
        kind="closed",
        sentence=f"worth {number(day.state.equity)}, {number(day.state.cash)} of it in cash",
        amounts=by_ticker(day.held, market, day.held != 0.0),
        money=day.state.equity,
        closes=closes_of(market, row),
        state=day.state.model_dump(
            mode="json", exclude=None if day.state.is_record_new else {"record"}
        ),
    )
    if day.decided is not None:
        yield _decision(day.decided, market, made)


def _decision(decided: Decision, market: Market, made: Callable[..., Entry]) -> Entry:
    if decided.failures:
        why = "; ".join(one.message for one in decided.failures)
        return made(kind="failed", sentence=f"no decision: {why}; holdings stay")
    weights = by_ticker(decided.target, market, np.isfinite(decided.target))
    notes = "".join(f"; {one.message}" for one in decided.notes)
    wanted = {ticker: weight for ticker, weight in weights.items() if weight}
    named = _largest({ticker: percent(weight) for ticker, weight in _ranked(wanted)})
    words = f"from the next session on: {named or 'cash alone'}" if weights else "no order"
    return made(
        kind="decided", sentence=words + notes, amounts=weights, state=_expected(decided.made)
    )


def _expected(made: Allocation | None) -> dict[str, float] | None:
    """What a decision expects of the account per session; None where it rests on no risk."""
    volatility = None if made is None else made.expected_volatility
    if made is None or not volatility:
        return None
    return {"volatility": volatility, "mean": made.expected_return or 0.0}


def _dividends(market: Market, row: int, held: Mapping[str, float]) -> dict[str, float]:
    """Money by ticker that a holding paid: what an adjusted price rose by more than one paid."""
    if market.traded_close is None or not held or row == 0:
        return {}
    factor = market.close[row - 1 : row + 1] / market.traded_close[row - 1 : row + 1]
    share = 1.0 - factor[0] / factor[1]
    return {
        ticker: held[ticker] * float(share[n])
        for n, ticker in enumerate(market.assets)
        if ticker in held and abs(share[n]) > LEAST
    }


def _trades(traded: Mapping[str, float], paid: float) -> str:
    bought = {ticker: money for ticker, money in traded.items() if money > 0}
    sold = {ticker: -money for ticker, money in traded.items() if money < 0}
    parts = [
        f"{word} {_money(each)}" for word, each in (("bought", bought), ("sold", sold)) if each
    ]
    return f"{'; '.join(parts)}; costs {number(paid)}"


def _money(amounts: Mapping[str, float]) -> str:
    return _largest({ticker: number(money) for ticker, money in _ranked(amounts)})


def _ranked(amounts: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(amounts.items(), key=lambda one: -abs(one[1]))


def _largest(shown: Mapping[str, str]) -> str:
    """The first few as words, and how many more there are."""
    words = [f"{ticker} {value}" for ticker, value in shown.items()]
    more = [f"{len(words) - LARGEST} more"] if len(words) > LARGEST else []
    return listed([*words[:LARGEST], *more])
