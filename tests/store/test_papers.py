"""Paper accounts in the database: held once, appended to, never changed."""

import pytest

from forefolio.core.errors import InputError
from forefolio.store.paper_records import CLOSING, Entry
from forefolio.store.papers import Papers

pytestmark = pytest.mark.anyio

FIRST = Entry(session="2024-01-02", kind="opened", sentence="opened", closes={"A": 0.1 + 0.2})
NEXT = Entry(session="2024-01-03", kind="closed", sentence="worth", money=1 / 3, state={"cash": 1})


async def test_entries_come_back_as_they_were_written_and_in_order(url: str) -> None:
    async with Papers.open(url) as papers:
        await papers.hold("mine", {"strategy": "a"})
        await papers.append("mine", 0, [FIRST])
        await papers.append("mine", 1, [NEXT, NEXT])
        entries = await papers.entries("mine")
        assert [one.number for one in entries] == [1, 2, 3]
        assert entries[0].closes == FIRST.closes and entries[1].money == NEXT.money
        assert (await papers.all())[0].entries == 3


async def test_who_writes_the_same_number_second_changes_nothing(url: str) -> None:
    async with Papers.open(url) as papers:
        await papers.hold("mine", {})
        await papers.append("mine", 0, [FIRST])
        with pytest.raises(InputError, match="by somebody else at the same moment"):
            await papers.append("mine", 0, [NEXT, NEXT])
        assert [one.kind for one in await papers.entries("mine")] == ["opened"]


async def test_what_an_account_follows_is_fixed_by_its_first_entry(url: str) -> None:
    async with Papers.open(url) as papers:
        await papers.hold("mine", {"strategy": "a"})
        assert (await papers.hold("mine", {"strategy": "b"})).study == {"strategy": "b"}
        await papers.append("mine", 0, [FIRST])
        assert (await papers.hold("mine", {"strategy": "c"})).study == {"strategy": "b"}
        with pytest.raises(InputError, match="1 to 80"):
            await papers.hold("", {})


async def test_entries_made_of_another_study_than_is_kept_are_refused(url: str) -> None:
    async with Papers.open(url) as papers:
        await papers.hold("mine", {"capital": 1})
        await papers.hold("mine", {"capital": 2})  # by another process, before the first entry
        with pytest.raises(InputError, match="by somebody else at the same moment"):
            await papers.append("mine", 0, [FIRST], lambda study: study["capital"] == 1)
        assert await papers.entries("mine") == []
        await papers.append("mine", 0, [FIRST], lambda study: study["capital"] == 2)
        with pytest.raises(InputError, match="by somebody else at the same moment"):
            await papers.append("mine", 1, [NEXT], lambda study: study["capital"] == 1)
        assert [one.kind for one in await papers.entries("mine")] == ["opened"]


async def test_nothing_is_entered_after_the_closing_entry_and_only_then_it_is_deleted(
    url: str,
) -> None:
    closing = Entry(session="2024-01-03", kind=CLOSING, sentence="closed")
    async with Papers.open(url) as papers:
        await papers.hold("mine", {"strategy": "a"})
        await papers.hold("other", {})
        await papers.append("other", 0, [FIRST])
        await papers.append("mine", 0, [FIRST, NEXT])
        with pytest.raises(InputError, match="followed still"):
            await papers.delete("mine")
        await papers.append("mine", 2, [closing])
        with pytest.raises(InputError, match="mine is closed: nothing is entered"):
            await papers.append("mine", 3, [NEXT])
        held = await papers.find("mine")
        assert held is not None and held.closed_after == "2024-01-03" and held.entries == 3
        await papers.delete("mine")
        assert await papers.find("mine") is None and await papers.entries("mine") == []
        assert len(await papers.entries("other")) == 1


async def test_an_account_that_is_held_again_with_the_same_question_is_the_same(url: str) -> None:
    async with Papers.open(url) as papers:
        first = await papers.hold("mine", {"strategy": "a"})
        assert (await papers.hold("mine", {"strategy": "a"})).opened_at == first.opened_at
