"""Saved portfolios: weights under a name, each state they were saved in, and what came of them.

Saving again under the same name adds a state; nothing is overwritten until it is deleted.
"""

import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Self, TypeVar

from pydantic import Field
from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from forefolio.core.component import Component
from forefolio.core.errors import InputError, UnknownPortfolio
from forefolio.core.failpoints import Clock
from forefolio.core.settings import Settings
from forefolio.store.database import Database
from forefolio.store.portfolio_tables import NAME, optimization, portfolio, portfolio_asset
from forefolio.store.waiting import waited

T = TypeVar("T")

_MOST = 10_000  # assets of one portfolio


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How a portfolio came about: the study and the run, and what was expected of it."""

    objective: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    duration_s: float | None = None
    run: str | None = None
    as_of: date | None = None


class SavedPortfolio(Component):
    """A portfolio in one of the states it was saved in; the newest has the highest number."""

    name: str = Field(description="What it is called.")
    number: int = Field(description="Which state it is: 1, 2, ... as they were saved.")
    note: str = Field(description="What its owner says about it.")
    created: datetime = Field(description="When the name was first saved, UTC.")
    saved: datetime = Field(description="When this state was saved, UTC.")
    as_of: date | None = Field(description="The session after whose close it was made.")
    objective: str = Field(description="What it was optimised for.")
    params: dict[str, Any] = Field(description="The study that it came from.")
    results: dict[str, Any] = Field(description="What was expected of it, such as its volatility.")
    duration_s: float | None = Field(description="Seconds that the run took.")
    run: str | None = Field(description="The id of the run that it came from.")
    weights: dict[str, float] = Field(description="By ticker, fractions of the portfolio.")
    cash: float = Field(description="What the weights leave of 1.")
    shares: dict[str, float] = Field(description="By ticker, where they are known.")


class WeightChange(Component):
    """How one asset differs between two portfolios."""

    ticker: str = Field(description="The asset.")
    first: float = Field(description="Weight in the first.")
    second: float = Field(description="Weight in the second.")
    change: float = Field(description="The second less the first.")


class PortfolioComparison(Component):
    """Two portfolios side by side."""

    first: SavedPortfolio = Field(description="The first.")
    second: SavedPortfolio = Field(description="The second.")
    turnover: float = Field(description="Half the sum of all changes, cash included.")
    changes: tuple[WeightChange, ...] = Field(description="The largest first.")


class Portfolios:
    """The saved portfolios of a database. Made by `Portfolios.open`, or of one that is open."""

    def __init__(self, database: Database, clock: Clock = time.time) -> None:
        self._database, self._clock = database, clock

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[Self]:
        """Connect to the database that the settings name.

        Raises:
            StoreError: it cannot be opened.
        """
        opened = Database.open(settings.database_url, settings.database_patience_s)
        async with opened as database:
            yield cls(database)

    async def save(
        self,
        name: str,
        weights: Mapping[str, float],
        *,
        shares: Mapping[str, float] | None = None,
        note: str | None = None,
        origin: Origin = Origin(),
    ) -> SavedPortfolio:
        """Save weights under a name, as its newest state; the same state again changes nothing.

        Args:
            name: 1 to 80 printable characters.
            weights: by ticker, finite fractions.
            shares: by ticker, where they are known.
            note: about the portfolio; None leaves that of before.
            origin: how the weights came about.

        Raises:
            InputError: the name or a number is no good.
        """
        name = checked_name(name)
        rows = _assets(weights, shares or {})

        async def work(connection: AsyncConnection) -> int:
            now = self._clock()
            await _named(connection, name, note, now)
            last = await _last(connection, name)
            if last is not None and await _is_same(connection, name, last, rows, origin):
                return last
            number = (last or 0) + 1
            await _add_state(connection, name, number, now, (rows, origin))
            return number

        try:
            number = await self._database.write(work)
        except IntegrityError:  # somebody saved under this name at the same moment
            number = await self._database.write(work)
        return await self.get(name, number)

    async def get(self, name: str, number: int | None = None) -> SavedPortfolio:
        """A portfolio in one of its states, the newest if none is named.

        Raises:
            UnknownPortfolio: there is no such name or number.
        """
        states = await self.history(name, number=number, limit=1)
        if not states:
            raise UnknownPortfolio(name, number)
        return states[0]

    async def history(
        self, name: str, *, number: int | None = None, limit: int = 1000
    ) -> list[SavedPortfolio]:
        """The states of a portfolio, newest first; one of them alone if it is named.

        Raises:
            UnknownPortfolio: there is no such name.
        """
        c = optimization.c
        question = _states().where(c.portfolio == name).order_by(c.number.desc()).limit(limit)
        if number is not None:
            question = question.where(c.number == number)
        rows = await self._database.rows(question)
        if not rows:
            raise UnknownPortfolio(name, number)
        return await self._whole(rows)

    async def all(self, limit: int = 1000) -> list[SavedPortfolio]:
        """Every portfolio in its newest state, the one saved last first."""
        newest = (
            select(optimization.c.portfolio, func.max(optimization.c.number).label("number"))
            .group_by(optimization.c.portfolio)
            .subquery()
        )
        question = _states().join(
            newest,
            (newest.c.portfolio == optimization.c.portfolio)
            & (newest.c.number == optimization.c.number),
        )
        c = optimization.c
        question = question.order_by(c.saved_at.desc(), c.portfolio).limit(limit)
        return await self._whole(await self._database.rows(question))

    async def compare(
        self, first: str, second: str, numbers: tuple[int | None, int | None] = (None, None)
    ) -> PortfolioComparison:
        """Two portfolios, or two states of one, side by side.

        Raises:
            UnknownPortfolio: there is no such name or number.
        """
        one, other = await self.get(first, numbers[0]), await self.get(second, numbers[1])
        changes = [
            WeightChange(ticker=ticker, first=a, second=b, change=b - a)
            for ticker in {**one.weights, **other.weights}
            for a, b in [(one.weights.get(ticker, 0.0), other.weights.get(ticker, 0.0))]
        ]
        total = math.fsum(abs(one.change) for one in changes) + abs(other.cash - one.cash)
        return PortfolioComparison(
            first=one,
            second=other,
            turnover=total / 2,
            changes=tuple(sorted(changes, key=lambda row: (-abs(row.change), row.ticker))),
        )

    async def describe(self, name: str, *, to: str | None = None, note: str | None = None) -> str:
        """Call a portfolio otherwise, with all its states, or say something else about it.

        Returns:
            What it is called now.

        Raises:
            InputError: the new name is none, or another portfolio has it.
            UnknownPortfolio: there is no such portfolio.
        """
        new = name if to is None else checked_name(to)

        async def work(connection: AsyncConnection) -> None:
            c = portfolio.c
            if await connection.scalar(select(c.name).where(c.name == name)) is None:
                raise UnknownPortfolio(name, None)
            if note is not None:
                await connection.execute(portfolio.update().where(c.name == name).values(note=note))
            if new != name:
                await _renamed(connection, name, new)

        try:
            await self._database.write(work)
        except IntegrityError:
            raise InputError(f"there is a portfolio {new!r} already; choose another name") from None
        return new

    async def copy(self, name: str, to: str) -> SavedPortfolio:
        """Save the newest state of a portfolio under another name, which nothing has yet.

        Raises:
            InputError: the new name is none, or another portfolio has it.
            UnknownPortfolio: there is no such portfolio.
        """
        one, new = await self.get(name), checked_name(to)
        fields = ("objective", "params", "results", "duration_s", "run", "as_of")
        origin = Origin(**{field: getattr(one, field) for field in fields})
        rows = _assets(one.weights, one.shares)

        async def work(connection: AsyncConnection) -> None:
            now = self._clock()
            values = {"name": new, "note": one.note, "created_at": now}
            await connection.execute(insert(portfolio).values(values))  # nobody else has the name
            await _add_state(connection, new, 1, now, (rows, origin))

        try:
            await self._database.write(work)
        except IntegrityError:
            raise InputError(f"there is a portfolio {new!r} already; choose another name") from None
        return await self.get(new, 1)

    async def delete(self, name: str) -> None:
        """Delete a portfolio with all its states.

        Raises:
            UnknownPortfolio: there is no such name.
        """
        gone = delete(portfolio).where(portfolio.c.name == name).returning(portfolio.c.name)
        if await self._database.returned(gone) is None:
            raise UnknownPortfolio(name, None)

    async def _whole(self, states: Sequence[Any]) -> list[SavedPortfolio]:
        """The states with what they held."""
        if not states:
            return []
        c = portfolio_asset.c
        names = {row.portfolio for row in states}
        question = select(portfolio_asset).where(c.portfolio.in_(names))
        if len(names) == 1:
            question = question.where(c.number.in_([row.number for row in states]))
        held: dict[tuple[str, int], list[Any]] = {}
        for row in await self._database.rows(question):
            held.setdefault((row.portfolio, row.number), []).append(row)
        return [_saved(row, held.get((row.portfolio, row.number), [])) for row in states]


def with_portfolios(settings: Settings, work: Callable[[Portfolios], Awaitable[T]]) -> T:
    """Open the saved portfolios, do `work` and close them, from code that does not await."""

    async def done() -> T:
        async with Portfolios.open(settings) as portfolios:
            return await work(portfolios)

    return waited(done)


def checked_name(name: str) -> str:
    """The name of a portfolio without blanks around it; it is a part of an address too.

    Raises:
        InputError: it is none.
    """
    name = name.strip()
    if not 0 < len(name) <= NAME or not name.isprintable():
        raise InputError(
            f"a portfolio is called by 1 to {NAME} printable characters, not {name[: NAME + 1]!r}"
        )
    if "/" in name or name in (".", ".."):
        raise InputError(
            f"{name!r} is no name of a portfolio, which has an address: use no / in it"
        )
    return name


def _assets(weights: Mapping[str, float], shares: Mapping[str, float]) -> list[dict[str, Any]]:
    """The rows of what is held, by ticker."""
    if len(weights) > _MOST:
        raise InputError(f"{len(weights):,} assets are too many; at most {_MOST:,} can be saved")
    for ticker, value in weights.items():
        if not (math.isfinite(value) and abs(value) < 1e6):
            raise InputError(f"the weight of {ticker} must be a finite fraction, not {value}")
        if not math.isfinite(shares.get(ticker, 0.0)):
            raise InputError(f"the shares of {ticker} must be a finite number")
        if not 0 < len(ticker) <= 32 or not ticker.isprintable():
            raise InputError(f"{ticker!r} is no ticker; it has 1 to 32 printable characters")
    if strange := sorted(set(shares) - set(weights)):
        raise InputError(f"there are shares of {', '.join(strange)}, but no weights")
    rows = ((ticker, weights[ticker], shares.get(ticker)) for ticker in sorted(weights))
    return [{"ticker": t, "weight": float(w), "shares": s} for t, w, s in rows]


async def _named(connection: AsyncConnection, name: str, note: str | None, now: float) -> None:
    """Have the name there, with its note."""
    c = portfolio.c
    if await connection.scalar(select(c.name).where(c.name == name)) is None:
        values = {"name": name, "note": note or "", "created_at": now}
        await connection.execute(insert(portfolio).values(values))
    elif note is not None:
        await connection.execute(portfolio.update().where(c.name == name).values(note=note))


async def _add_state(
    connection: AsyncConnection,
    name: str,
    number: int,
    now: float,
    state: tuple[Sequence[Mapping[str, Any]], Origin],
) -> None:
    """Add what is held, and how that came about, as a state of a portfolio."""
    rows, origin = state
    values = {"portfolio": name, "number": number, "saved_at": now, **_origin_row(origin)}
    await connection.execute(insert(optimization).values(values))
    if rows:
        held = [{"portfolio": name, "number": number, **row} for row in rows]
        await connection.execute(insert(portfolio_asset), held)


async def _renamed(connection: AsyncConnection, name: str, new: str) -> None:
    """Move a portfolio with its states and what they held to a name that nothing has."""
    for table, column in (
        (portfolio, portfolio.c.name),
        (optimization, optimization.c.portfolio),
        (portfolio_asset, portfolio_asset.c.portfolio),
    ):
        others = [one for one in table.c if one is not column]
        rows = select(literal(new), *others).where(column == name)
        await connection.execute(insert(table).from_select([column, *others], rows))
    await connection.execute(delete(portfolio).where(portfolio.c.name == name))


async def _last(connection: AsyncConnection, name: str) -> int | None:
    c = optimization.c
    last: int | None = await connection.scalar(
        select(func.max(c.number)).where(c.portfolio == name)
    )
    return last


async def _is_same(
    connection: AsyncConnection, name: str, number: int, rows: list[dict[str, Any]], origin: Origin
) -> bool:
    """Whether the newest state holds the same and came about in the same way."""
    c = optimization.c
    columns = [c.as_of, c.objective, c.params, c.results, c.duration_s, c.run]
    state = (
        await connection.execute(select(*columns).where(c.portfolio == name, c.number == number))
    ).one()
    if dict(state._mapping) != _origin_row(origin):
        return False
    held = await connection.execute(
        select(portfolio_asset.c.ticker, portfolio_asset.c.weight, portfolio_asset.c.shares)
        .where(portfolio_asset.c.portfolio == name, portfolio_asset.c.number == number)
        .order_by(portfolio_asset.c.ticker)
    )
    return sorted((dict(row._mapping) for row in held), key=lambda row: row["ticker"]) == rows


def _origin_row(origin: Origin) -> dict[str, Any]:
    return {
        "as_of": "" if origin.as_of is None else origin.as_of.isoformat(),
        "objective": origin.objective,
        "params": json.dumps(dict(origin.params), sort_keys=True, default=str),
        "results": json.dumps(dict(origin.results), sort_keys=True, default=str),
        "duration_s": origin.duration_s,
        "run": origin.run,
    }


def _states() -> Any:
    return select(optimization, portfolio.c.note, portfolio.c.created_at).join(
        portfolio, portfolio.c.name == optimization.c.portfolio
    )


def _saved(state: Any, held: Sequence[Any]) -> SavedPortfolio:
    rows = sorted(held, key=lambda row: (-row.weight, row.ticker))
    weights = {row.ticker: row.weight for row in rows}
    return SavedPortfolio(
        name=state.portfolio,
        number=state.number,
        note=state.note,
        created=datetime.fromtimestamp(state.created_at, UTC),
        saved=datetime.fromtimestamp(state.saved_at, UTC),
        as_of=date.fromisoformat(state.as_of) if state.as_of else None,
        objective=state.objective,
        params=json.loads(state.params),
        results=json.loads(state.results),
        duration_s=state.duration_s,
        run=state.run,
        weights=weights,
        cash=1.0 - math.fsum(weights.values()),
        shares={row.ticker: row.shares for row in rows if row.shares is not None},
    )
