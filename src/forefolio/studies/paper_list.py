"""Every paper account, and where it stands; one may be closed or deleted."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from forefolio.core.component import Component, content_digest
from forefolio.core.errors import InputError
from forefolio.core.events import Job, Progress, Started
from forefolio.studies.base import StudyDocument
from forefolio.studies.paper_book import Book
from forefolio.studies.paper_closing import close_account, delete_account
from forefolio.studies.place import Place
from forefolio.studies.result import DataFacts, Number, Result, notes

if TYPE_CHECKING:
    from forefolio.store.papers import Papers


class NoAccounts(InputError):
    """The list was asked for before there was any account."""

    code = "no_accounts"

    def __init__(self) -> None:
        super().__init__("no paper account yet; `forefolio paper --capital 25,000` opens one")


class PaperAccountRow(Component):
    """A paper account as it was entered last."""

    account: str = Field(description="Its name.")
    strategy: str = Field(description="The kind of strategy that it follows.")
    opened: date | None = Field(description="Its first session; none: nothing is entered yet.")
    last: date | None = Field(description="The last session that was entered.")
    value: Number = Field(description="Money: what it was worth then.")
    total_return: Number = Field(description="Since it was opened, fraction.")
    entered: int = Field(description="How many entries there are.")
    closed: bool = Field(description="Whether it is closed, and nothing is entered any more.")


class PaperAccounts(Result):
    """All paper accounts, the one opened last first; remarks say what was closed or deleted."""

    kind: Literal["paper_accounts"] = "paper_accounts"
    accounts: tuple[PaperAccountRow, ...] = Field(description="One each.")


class PaperAccountsStudy(StudyDocument):
    """List the paper accounts, and what each is worth by its last entry; close or delete one.

    Nothing is entered in a closed account any more, and all that was stays readable. An account
    is deleted with all its entries, once it is closed.

    >>> import forefolio as ff
    >>> ff.PaperAccountsStudy().path  # ff.ask(...) lists them
    'paper/accounts'
    """

    path: ClassVar[str] = "paper/accounts"
    command: ClassVar[str] = "paper --list"
    result: ClassVar[type[PaperAccounts]] = PaperAccounts
    stages: ClassVar[Mapping[str, float]] = {"accounts": 100}
    stored: ClassVar[bool] = False

    kind: Literal["paper_accounts"] = "paper_accounts"
    close: str = Field("", description="The paper account of this name is closed first.")
    delete: str = Field(
        "", description="The closed paper account of this name is deleted first, with its entries."
    )

    @classmethod
    def part_of(cls, strategy: Any) -> dict[str, Any]:  # noqa: ARG003
        """Nothing: a list is of all accounts there are."""
        return {}

    def job(self, place: Place) -> Job[PaperAccounts]:
        """Close and delete what is asked, and read the last entries of each.

        Raises:
            NoAccounts: there are none.
            InputError: the account to be closed or deleted is not there, or cannot be.
        """
        yield Started(stage="accounts", total=1)
        shelf, done = place.accounts(), []
        if name := self.close:
            done.append(shelf.kept(lambda papers: close_account(papers, name, place.clock())))
        if gone := self.delete:
            done.append(shelf.kept(lambda papers: delete_account(papers, gone)))
        rows = shelf.kept(_rows)
        if not rows and not done:
            raise NoAccounts
        yield Progress(stage="accounts", done=1, total=1)
        days = [row.last for row in rows if row.last is not None]
        names = [row.account for row in rows]
        return PaperAccounts(
            as_of=max(days, default=None),
            data=DataFacts.without_prices("paper accounts", (), content_digest(repr(names))),
            accounts=tuple(rows),
            remarks=notes(done, stage="accounts"),
        )


async def _rows(papers: "Papers") -> list[PaperAccountRow]:
    rows = []
    for one in await papers.all():
        book = Book(entries=tuple(await papers.entries(one.name)))
        first, last = (book.closed[0], book.closed[-1]) if book.closed else (None, None)
        value = None if last is None else last.money
        capital = book.entries[0].money if book.entries else None
        rows.append(
            PaperAccountRow(
                account=one.name,
                strategy=str(one.study["strategy"]["kind"]).replace("_", " "),
                opened=None if first is None else date.fromisoformat(first.session),
                last=None if last is None else date.fromisoformat(last.session),
                value=value,
                total_return=value / capital - 1.0 if value is not None and capital else None,
                entered=one.entries,
                closed=bool(one.closed_after),
            )
        )
    return rows
