"""Paper accounts: what each follows, and its entries in order. An entry is written once.

1. An account is held under a name, with the question that it follows. Until it has an entry it is
   none of the accounts, so that an opening that is refused leaves nothing, and it may be held anew,
   with another question; from then on it never changes. The entry that closes it is its last one;
   only then it may be deleted.
2. Entries are numbered 1, 2, ... Those of whole sessions are written in one transaction, after the
   last one that is there: whoever writes the same number second has lost, and changes nothing.
"""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

from sqlalchemy import Select, case, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from forefolio.core.errors import InputError, StoreError
from forefolio.core.failpoints import Clock
from forefolio.core.wording import listed
from forefolio.store.database import Database
from forefolio.store.engine import PATIENCE_S
from forefolio.store.paper_records import (
    CLOSING,
    BroughtForward,
    ClosedAccount,
    Entry,
    HeldAccount,
)
from forefolio.store.paper_tables import NAME, paper_account, paper_entry


class Papers:
    """The paper accounts of a database. Made by `Papers.open`, or of a database that is open."""

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

    async def hold(self, name: str, study: Mapping[str, Any]) -> HeldAccount:
        """Have an account of that name, which follows `study` unless it has entries already.

        Raises:
            InputError: it is no name.
        """
        if not 0 < len(name) <= NAME or not name.isprintable() or name != name.strip():
            raise InputError(f"an account is called by 1 to {NAME} printable characters")
        row = {"name": name, "study": json.dumps(study), "opened_at": self._clock()}

        async def work(connection: AsyncConnection) -> None:
            own = paper_account.c.name == name
            same = await connection.scalar(select(paper_account.c.study).where(own)) == row["study"]
            if not same and not await _count(connection, name):
                await connection.execute(delete(paper_account).where(own))
                await connection.execute(insert(paper_account).values(row))

        try:
            await self._database.write(work)
        except IntegrityError:  # somebody opened it at the same moment
            await self._database.write(work)
        held = await self.find(name)
        if held is None:
            raise StoreError(f"the paper account {name} is gone")
        return held

    async def find(self, name: str) -> HeldAccount | None:
        """What is held under that name, with entries or without, if anything."""
        rows = await self._database.rows(_accounts().where(paper_account.c.name == name))
        return _held(rows[0]) if rows else None

    async def get(self, name: str) -> HeldAccount:
        """The account of that name.

        Raises:
            InputError: there is none; it names those that there are.
        """
        held = await self.find(name)
        if held is None or not held.entries:
            names = [one.name for one in await self.all()]
            raise InputError(
                f"there is no paper account {name!r}; there {'is' if len(names) == 1 else 'are'} "
                f"{listed(names) or 'none'}"
            )
        return held

    async def all(self) -> list[HeldAccount]:
        """Every account with an entry, the one opened last first."""
        opened = _accounts().having(func.count(paper_entry.c.number) > 0)
        return [_held(row) for row in await self._database.rows(opened)]

    async def entries(self, name: str) -> list[Entry]:
        """All entries of an account, in order."""
        c = paper_entry.c
        question = select(paper_entry).where(c.account == name).order_by(c.number)
        return [_read(row) for row in await self._database.rows(question)]

    async def append(
        self,
        name: str,
        after: int,
        entries: Sequence[Entry],
        is_same: Callable[[Mapping[str, Any]], bool] = lambda _: True,
    ) -> None:
        """Write entries after number `after`, all or none.

        Args:
            name: the account.
            after: the number of its last entry; 0 for none.
            entries: what comes next.
            is_same: whether what the account follows is what these entries were made of.

        Raises:
            ClosedAccount: it is closed.
            BroughtForward: somebody else has written there, or opened it otherwise, meanwhile.
        """
        now, c = self._clock(), paper_account.c
        rows = [_row(name, after + 1 + n, now, one) for n, one in enumerate(entries)]
        held = select(c.study).where(c.name == name).with_for_update()  # not held anew till then

        async def work(connection: AsyncConnection) -> bool:
            study = await connection.scalar(held)
            if study is None or not is_same(json.loads(study)):
                return False
            if await _count(connection, name, CLOSING):
                raise ClosedAccount(name)
            await connection.execute(insert(paper_entry), rows)
            return True

        try:
            written = await self._database.write(work)
        except IntegrityError:
            written = False
        if not written:
            raise BroughtForward(name)

    async def delete(self, name: str) -> None:
        """Delete an account that is closed, with all that was entered.

        Raises:
            InputError: it is followed still.
        """
        account, entry = paper_account.c.name == name, paper_entry.c.account == name

        async def work(connection: AsyncConnection) -> bool:
            await connection.scalar(select(paper_account.c.name).where(account).with_for_update())
            if await _count(connection, name) and not await _count(connection, name, CLOSING):
                return False
            await connection.execute(delete(paper_entry).where(entry))
            await connection.execute(delete(paper_account).where(account))
            return True

        if not await self._database.write(work):
            raise InputError(f"the paper account {name} is followed still: close it first")


def _accounts() -> Select[Any]:
    """Accounts with the number of their entries, the one opened last first."""
    c = paper_account.c
    count = func.count(paper_entry.c.number)
    closed = func.max(case((paper_entry.c.kind == CLOSING, paper_entry.c.session), else_=""))
    return (
        select(c.name, c.study, c.opened_at, count.label("entries"), closed.label("closed_after"))
        .outerjoin(paper_entry, paper_entry.c.account == c.name)
        .group_by(c.name, c.study, c.opened_at)
        .order_by(c.opened_at.desc(), c.name)
    )


def _held(row: Any) -> HeldAccount:
    return HeldAccount(
        name=row.name,
        study=json.loads(row.study),
        opened_at=row.opened_at,
        entries=row.entries,
        closed_after=row.closed_after or "",
    )


async def _count(connection: AsyncConnection, name: str, kind: str = "") -> int:
    """How many entries an account has, all or of a kind."""
    c = paper_entry.c
    question = select(func.count()).where(c.account == name)
    found = await connection.scalar(question.where(c.kind == kind) if kind else question)
    return int(found or 0)


def _row(account: str, number: int, now: float, one: Entry) -> dict[str, Any]:
    return {
        "account": account,
        "number": number,
        "session": one.session,
        "kind": one.kind,
        "late": int(one.late),
        "entered_at": now,
        "sentence": one.sentence,
        "amounts": json.dumps(dict(one.amounts)),
        "money": one.money,
        "closes": None if one.closes is None else json.dumps(dict(one.closes)),
        "state": None if one.state is None else json.dumps(dict(one.state)),
    }


def _read(row: Any) -> Entry:
    return Entry(
        number=row.number,
        session=row.session,
        kind=row.kind,
        late=bool(row.late),
        entered_at=row.entered_at,
        sentence=row.sentence,
        amounts=json.loads(row.amounts),
        money=row.money,
        closes=None if row.closes is None else json.loads(row.closes),
        state=None if row.state is None else json.loads(row.state),
    )
