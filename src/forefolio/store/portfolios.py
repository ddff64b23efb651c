"""Saved portfolios: weights under a name, each state they were saved in, and what came of them.

Saving again under the same name adds a state; nothing is overwritten until it is deleted.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from forefolio.core.errors import InputError, UnknownPortfolio
from forefolio.core.failpoints import Clock
from forefolio.core.settings import Settings
from forefolio.store.database import Database
from forefolio.store.portfolio_records import (
    Origin,
    PortfolioComparison,
    SavedPortfolio,
    asset_rows,
    checked_name,
    origin_row,
    saved_portfolio,
    side_by_side,
)
from forefolio.store.portfolio_tables import optimization, portfolio, portfolio_asset
from forefolio.store.waiting import waited

T = TypeVar("T")

_UNKNOWN = Origin()


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
        origin: Origin = _UNKNOWN,
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
        rows = asset_rows(weights, shares or {})

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
        return side_by_side(await self.get(first, numbers[0]), await self.get(second, numbers[1]))

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
        rows = asset_rows(one.weights, one.shares)

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
        return [saved_portfolio(row, held.get((row.portfolio, row.number), [])) for row in states]


def with_portfolios(settings: Settings, work: Callable[[Portfolios], Awaitable[T]]) -> T:
    """Open the saved portfolios, do `work` and close them, from code that does not await."""

    async def done() -> T:
        async with Portfolios.open(settings) as portfolios:
            return await work(portfolios)

    return waited(done)


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
    values = {"portfolio": name, "number": number, "saved_at": now, **origin_row(origin)}
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
    if dict(state._mapping) != origin_row(origin):
        return False
    held = await connection.execute(
        select(portfolio_asset.c.ticker, portfolio_asset.c.weight, portfolio_asset.c.shares)
        .where(portfolio_asset.c.portfolio == name, portfolio_asset.c.number == number)
        .order_by(portfolio_asset.c.ticker)
    )
    return sorted((dict(row._mapping) for row in held), key=lambda row: row["ticker"]) == rows


def _states() -> Any:
    return select(optimization, portfolio.c.note, portfolio.c.created_at).join(
        portfolio, portfolio.c.name == optimization.c.portfolio
    )
