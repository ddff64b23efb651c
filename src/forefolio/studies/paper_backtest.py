"""A paper account beside the backtest of the same strategy over the same sessions.

By construction they are the same to the bit where the past stayed as it was. Where prices were
revised or came late, the backtest goes by what is known now, and the account by what it was told.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import numpy as np
from pydantic import Field

from forefolio.backtest import BacktestResult
from forefolio.core.component import Component
from forefolio.studies.paper_book import EQUAL, LATE, Book
from forefolio.studies.result import Number

CHANGES = ("revised", "late_price", "late_session", "adjusted", LATE)
"""Kinds of entries on which an account and its backtest may part."""

SAME_WEIGHT = 1e-9  # difference of two targets that are the same


class PaperBacktest(Component):
    """What a backtest of an account's strategy comes to, by the prices as they are known now."""

    last: date = Field(description="The last session of both.")
    value: Number = Field(description="Money: what the backtest is worth then.")
    total_return: Number = Field(description="Of the backtest since the opening, fraction.")
    difference: Number = Field(
        description="Money that the account is worth more (+) or less (-) than the backtest then."
    )
    costs: float = Field(description="Money that trading costs in the backtest.")
    account_costs: float = Field(description="The same of the account.")
    apart: date | None = Field(
        description="The first session at whose close they are worth different sums; none: at no "
        "close."
    )
    decisions: int = Field(description="How many decisions the backtest makes.")
    others: int = Field(description="How many of them are others than those of the account.")
    changes: Mapping[str, int] = Field(
        description="How often a past that was entered has changed since, by the kind of entry."
    )


def beside_backtest(book: Book, result: BacktestResult | None) -> PaperBacktest | None:
    """An account beside the backtest of its strategy; None without one, or a session of both."""
    if result is None:
        return None
    worth = worth_by_session(result)
    both = [one for one in book.closed if one.session in worth]
    if not both:
        return None
    pairs = [(one.session, one.money or 0.0, worth[one.session]) for one in both]
    apart = next((day for day, own, other in pairs if not _same(own, other)), None)
    last, own, other = pairs[-1]
    paid = result.charges[1:] * result.equity[:-1]
    decided = _decided(book)
    made = {
        str(result.sessions[row]): dict(zip(result.assets, target.tolist(), strict=True))
        for row, target in zip(result.decisions, result.targets, strict=True)
    }
    changes = Counter(one.kind for one in book.entries if one.kind in CHANGES)
    return PaperBacktest(
        last=date.fromisoformat(last),
        value=other,
        total_return=other / result.equity[0] - 1.0,
        difference=own - other,
        costs=float(np.nansum(paid)),
        account_costs=sum(
            one.money or 0.0 for one in book.entries if one.kind == "traded" and one.session <= last
        ),
        apart=None if apart is None else date.fromisoformat(apart),
        decisions=len(made),
        others=sum(_other(targets, decided.get(day)) for day, targets in made.items()),
        changes={kind: changes[kind] for kind in CHANGES if changes[kind]},
    )


def worth_by_session(result: BacktestResult) -> dict[str, float]:
    """What a backtest is worth, by session."""
    return dict(zip(map(str, result.sessions), result.equity.tolist(), strict=True))


def _decided(book: Book) -> dict[str, Mapping[str, float | None]]:
    """Target weights by session, as they were entered; none of a decision that failed."""
    kinds = ("decided", "failed")
    return {one.session: one.amounts for one in book.entries if one.kind in kinds}


def _other(made: Mapping[str, float], entered: Mapping[str, float | None] | None) -> bool:
    """Whether a decision is another one than that entered; NaN and absent are no order."""
    if entered is None:
        return True
    wanted = {ticker: weight for ticker, weight in made.items() if np.isfinite(weight)}
    names = wanted.keys() | entered.keys()
    return any(
        abs(wanted.get(name, 0.0) - (entered.get(name) or 0.0)) > SAME_WEIGHT for name in names
    ) or bool(wanted) != bool(entered)


def _same(own: float, other: float) -> bool:
    return abs(own - other) <= EQUAL * max(abs(own), abs(other))
