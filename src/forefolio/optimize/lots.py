"""Tax lots: what was bought when and for how much, and which of it a sale takes.

A gain is what a share is sold for less what it cost, before the costs of trading. Which lots are
sold is the seller's choice in most places; what is taxed, and how, is not said here.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from forefolio.core import quantities
from forefolio.core.component import Component, OneOf
from forefolio.core.errors import InputError
from forefolio.core.wording import listed
from forefolio.market.sources.symbols import canonical

EXAMPLE = "AAPL 10 at 90 on 2020-05-04"
ROUNDING = 1e-9  # of the shares that are sold
LotOrder: TypeAlias = Literal["highest_cost", "oldest", "long_term"]
_WORDS = re.compile(r"(\S+)\s+(\S+)\s+at\s+(\S+)(?:\s+on\s+(\d{4}-\d\d-\d\d))?", re.IGNORECASE)


class Lot(Component):
    """Shares that were bought together.

    >>> print(Lot(ticker="AAPL", shares=10, cost=90, bought=date(2020, 5, 4)))
    AAPL 10 at 90 on 2020-05-04
    """

    kind: Literal["lot"] = "lot"
    ticker: Annotated[str, AfterValidator(canonical)] = Field(description="The asset.")
    shares: Annotated[float, Field(gt=0)] = Field(description="Shares of it.")
    cost: Annotated[float, Field(ge=0)] = Field(description="Money that was paid per share.")
    bought: date | None = Field(None, description="The day; none: not known.")

    def __str__(self) -> str:
        """Such as "AAPL 10 at 90 on 2020-05-04"."""
        on = f" on {self.bought}" if self.bought else ""
        return f"{self.ticker} {self.shares:g} at {self.cost:g}{on}"


class SoldLot(Component):
    """What a sale takes of a lot."""

    ticker: str = Field(description="The asset.")
    shares: float = Field(description="Shares that are sold of it.")
    cost: float = Field(description="Money that was paid per share.")
    bought: date | None = Field(description="The day; none: not known.")
    gain: float = Field(description="Money: what they are sold for less what they cost.")
    long_term: bool | None = Field(description="Whether held for more than a year; none: unknown.")


def parse_lot(words: str) -> Lot:
    """Read a lot in words.

    Raises:
        ValueError: it is none.

    Example:
        >>> parse_lot("KO 5 at 48.20").cost
        48.2
    """
    found = _WORDS.fullmatch(words.strip())
    if not found:
        raise ValueError(f"{words!r} is no lot; write {EXAMPLE}")
    ticker, shares, cost, day = found.groups()
    return Lot(
        ticker=ticker,
        shares=quantities.amount(shares),
        cost=quantities.amount(cost),
        bought=_day(day, words) if day else None,
    )


def _day(text: str, words: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{words!r}: there is no day {text}; write {EXAMPLE}") from None


AnyLot: TypeAlias = Annotated[Lot, OneOf(Lot, words=parse_lot)]


def shares_of(lots: Iterable[Lot]) -> dict[str, float]:
    """Shares by ticker."""
    shares: dict[str, float] = {}
    for lot in lots:
        shares[lot.ticker] = shares.get(lot.ticker, 0.0) + lot.shares
    return shares


def sold_lots(
    lots: Sequence[Lot], shares: float, price: float, on: date, order: LotOrder = "highest_cost"
) -> tuple[SoldLot, ...]:
    """Which lots of one asset a sale of so many shares takes, and what is gained on each.

    Args:
        lots: those of the asset.
        shares: how many are sold.
        price: money per share.
        on: the day of the sale.
        order: "highest_cost" first, which gains least; the "oldest" first; or "long_term" lots
            first, and of these and the others the one of highest cost.

    Raises:
        InputError: there are fewer shares in the lots, or one of them was bought later.

    Example:
        >>> old, new = parse_lot("A 5 at 90 on 2020-05-04"), parse_lot("A 5 at 120 on 2022-11-01")
        >>> [(one.shares, one.gain) for one in sold_lots((old, new), 7, 100.0, date(2022, 12, 1))]
        [(5.0, -100.0), (2.0, 20.0)]
    """
    check_bought(lots, on)
    left, sold = shares, []
    for lot in sorted(lots, key=lambda one: _rank(one, on, order)):
        taken = min(left, lot.shares)
        if taken <= ROUNDING * shares:
            break
        left -= taken
        sold.append(
            SoldLot(
                ticker=lot.ticker,
                shares=taken,
                cost=lot.cost,
                bought=lot.bought,
                gain=taken * (price - lot.cost),
                long_term=_is_long(lot, on),
            )
        )
    if left > ROUNDING * shares:
        raise InputError(f"{shares:g} shares are sold, but the lots have {shares - left:g}")
    return tuple(sold)


def check_bought(lots: Iterable[Lot], on: date) -> None:
    """Refuse lots that were not bought yet on a day.

    Raises:
        InputError: saying which.
    """
    later = [str(lot) for lot in lots if lot.bought is not None and lot.bought > on]
    if later:
        raise InputError(
            f"lots: {listed(later)} {'is' if len(later) == 1 else 'are'} bought after {on}, the "
            "day of the prices; correct the day, or leave what is not held yet out"
        )


def _rank(lot: Lot, on: date, order: LotOrder) -> tuple[bool, float]:
    if order == "oldest":
        return lot.bought is None, float((lot.bought or on).toordinal())
    return order == "long_term" and not _is_long(lot, on), -lot.cost


def _is_long(lot: Lot, on: date) -> bool | None:
    """Whether it is held for more than a year: from the day after its anniversary on."""
    if lot.bought is None:
        return None
    anniversary = (lot.bought.year + 1, lot.bought.month, lot.bought.day)
    return (on.year, on.month, on.day) > anniversary
