"""The registry of trained models: each with where it comes from, and which one an alias names.

1. A model is registered once, under the name of its content; it gets the next number of its name
   and horizon, and the one before it as its parent.
2. An alias, such as production, names one model for each horizon. It is promoted and rolled back;
   every such act is a row that stays.
3. Two who change an alias at the same moment do so one after the other: the second one decides
   anew, from what the first has left.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self, TypeAlias, TypeVar

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from forefolio.core.errors import InputError, UnknownModel
from forefolio.core.failpoints import Clock
from forefolio.store.database import Database
from forefolio.store.engine import PATIENCE_S
from forefolio.store.model_records import (
    ID,
    AliasChange,
    NewModel,
    Promotion,
    RegisteredModel,
    as_good,
    change_of,
    checked_alias,
    registered,
    row_of,
)
from forefolio.store.model_tables import model, model_alias

T = TypeVar("T")

_MOST = 1000  # models of one list


class Models:
    """The registry of a database. Made by `Models.open`, or of a database that is open."""

    def __init__(self, database: Database, clock: Clock = time.time) -> None:
        self._database, self._clock = database, clock

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, patience_s: float = PATIENCE_S) -> AsyncIterator[Self]:
        """Connect to a database.

        Raises:
            StoreError: it cannot be opened.
        """
        async with Database.open(url, patience_s) as database:
            yield cls(database)

    # -- reading ---------------------------------------------------------------------------------

    async def all(
        self, *, name: str = "", alias: str = "", limit: int = _MOST
    ) -> list[RegisteredModel]:
        """The models, newest first; of one name, or those that have an alias just now."""
        question = select(model).order_by(model.c.created_at.desc(), model.c.name, model.c.horizon)
        if name:
            question = question.where(func.lower(model.c.name) == name.lower())
        if alias:
            question = question.where(model.c.id.in_((await self._named(alias)).values()))
        return await self._whole(question.limit(limit))

    async def get(self, begun: str) -> RegisteredModel:
        """The one model whose id begins so.

        Raises:
            UnknownModel: there is none.
            InputError: there are several.
        """
        question = select(model).where(model.c.id.startswith(begun, autoescape=True)).limit(2)
        found = await self._whole(question) if ID.fullmatch(begun) else []
        if len(found) > 1:
            raise InputError(f"several models begin with {begun!r}; say more of the id")
        if not found:
            raise UnknownModel(begun)
        return found[0]

    async def called(self, named: str) -> dict[int, RegisteredModel]:
        """The models of an alias by horizon, or the one of an id.

        Raises:
            UnknownModel: there is none.
        """
        if ids := await self._named(named):
            found = await self._whole(select(model).where(model.c.id.in_(ids.values())))
            return {one.horizon: one for one in sorted(found, key=lambda one: one.horizon)}
        one = await self.get(named)
        return {one.horizon: one}

    async def history(self, alias: str = "", limit: int = _MOST) -> list[AliasChange]:
        """What was done to the aliases, or to one, newest first."""
        c = model_alias.c
        question = select(model_alias).order_by(c.at.desc(), c.alias, c.horizon, c.number.desc())
        if alias:
            question = question.where(c.alias == alias)
        return [change_of(row._mapping) for row in await self._database.rows(question.limit(limit))]

    async def ids(self) -> set[str]:
        """The artefacts that models are kept in."""
        return {row.id for row in await self._database.rows(select(model.c.id))}

    # -- registering -----------------------------------------------------------------------------

    async def register(self, several: Sequence[NewModel]) -> None:
        """Register models, all of them or none; those that are there already stay as they are."""

        async def work(connection: AsyncConnection) -> None:
            for new in several:
                await _register(connection, new, self._clock())

        await self._again(work)

    # -- aliases ---------------------------------------------------------------------------------

    async def promote(self, begun: str, alias: str, reason: str = "by hand") -> Promotion:
        """Give a model an alias, at its horizon, whoever had it.

        Raises:
            UnknownModel: there is none.
            InputError: it is no alias.
        """
        return await self._promoted(begun, alias, lambda _new, _old: (True, reason))

    async def promote_if_as_good(self, begun: str, alias: str) -> Promotion:
        """Give a model an alias if its walk-forward skill is no worse than that of who has it.

        Raises:
            UnknownModel: there is none.
            InputError: it is no alias.
        """
        return await self._promoted(begun, alias, as_good)

    async def roll_back(self, alias: str, horizon: int, reason: str = "by hand") -> AliasChange:
        """Give an alias back to the model that had it before; again: to the one before that.

        Raises:
            InputError: nobody had it before.
        """

        async def work(connection: AsyncConnection) -> AliasChange:
            acts = await _acts(connection, checked_alias(alias), horizon)
            had = _standing(acts)
            if len(had) < 2:
                raise InputError(
                    f"no model was called {alias} at {horizon} sessions before; there is nothing "
                    "to roll back to"
                )
            return await self._act(
                connection,
                alias=alias,
                horizon=horizon,
                number=len(acts) + 1,
                act="rollback",
                model=had[-2],
                reason=reason,
            )

        return await self._again(work)

    async def _promoted(self, begun: str, alias: str, judge: "_Judge") -> Promotion:
        checked_alias(alias)
        new = await self.get(begun)

        async def work(connection: AsyncConnection) -> Promotion:
            acts = await _acts(connection, alias, new.horizon)
            had = _standing(acts)
            old = await _one(connection, had[-1]) if had else None
            has_it = old is not None and old.id == new.id
            good, reason = (True, f"it is called {alias} already") if has_it else judge(new, old)
            if good and not has_it:
                await self._act(
                    connection,
                    alias=alias,
                    horizon=new.horizon,
                    number=len(acts) + 1,
                    act="promote",
                    model=new.id,
                    reason=reason,
                )
            return Promotion(
                alias=alias,
                horizon=new.horizon,
                model=new.id,
                before=old and old.id,
                promoted=good,
                reason=reason,
            )

        return await self._again(work)

    async def _act(self, connection: AsyncConnection, **done: Any) -> AliasChange:
        """Write down what is done to an alias: the columns of `model_alias` but for the time."""
        row = {**done, "at": self._clock()}
        await connection.execute(insert(model_alias).values(row))
        return change_of(row)

    async def _again(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do a change, and once more where somebody made one at the same moment."""
        try:
            return await self._database.write(work)
        except IntegrityError:
            return await self._database.write(work)

    async def _named(self, alias: str = "") -> dict[tuple[str, int], str]:
        """The id of the model that each alias, or one, names just now, by alias and horizon."""
        acts: dict[tuple[str, int], list[Any]] = {}
        for row in await self._database.rows(_acts_of(alias)):
            acts.setdefault((row.alias, row.horizon), []).append(row)
        return {where: _standing(several)[-1] for where, several in acts.items()}

    async def _whole(self, question: Any) -> list[RegisteredModel]:
        """The models with the aliases that they have just now."""
        rows = await self._database.rows(question)
        aliases = await self._aliases() if rows else {}
        return [registered(row, aliases.get(row.id, ())) for row in rows]

    async def _aliases(self) -> dict[str, tuple[str, ...]]:
        """The aliases of each model just now."""
        aliases: dict[str, tuple[str, ...]] = {}
        for (alias, _), has_it in (await self._named()).items():
            aliases[has_it] = (*aliases.get(has_it, ()), alias)
        return aliases


_Judge: TypeAlias = Callable[[RegisteredModel, RegisteredModel | None], tuple[bool, str]]
"""Whether the first model may have the alias of the second one, and why."""


def _acts_of(alias: str = "") -> Any:
    """What was done to all aliases, or to one, in the order in which it was."""
    c = model_alias.c
    question = select(model_alias).order_by(c.alias, c.horizon, c.number)
    return question.where(c.alias == alias) if alias else question


async def _one(connection: AsyncConnection, name: str) -> RegisteredModel:
    return registered((await connection.execute(select(model).where(model.c.id == name))).one())


async def _acts(connection: AsyncConnection, alias: str, horizon: int) -> Sequence[Any]:
    question = _acts_of(alias).where(model_alias.c.horizon == horizon)
    rows: Sequence[Any] = (await connection.execute(question)).all()
    return rows


def _standing(acts: Sequence[Any]) -> list[str]:
    """The models that an alias could be rolled back to, and last the one that has it."""
    had: list[str] = []
    for act in acts:
        if act.act == "promote":
            had.append(act.model)
        else:
            had.pop()
    return had


async def _register(connection: AsyncConnection, new: NewModel, now: float) -> None:
    if await connection.scalar(select(model.c.id).where(model.c.id == new.id)) is not None:
        return
    same = model.c.name == new.name, model.c.horizon == new.horizon
    last = select(model.c.id, model.c.number).where(*same).order_by(model.c.number.desc()).limit(1)
    before = (await connection.execute(last)).one_or_none()
    lineage = {
        "number": 1 if before is None else before.number + 1,
        "parent": before and before.id,
        "created_at": now,
    }
    await connection.execute(insert(model).values({**row_of(new), **lineage}))
