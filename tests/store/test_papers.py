"""Paper accounts in the database: held once, appended to, never changed."""

import pytest

from forefolio.core.errors import InputError
from forefolio.store.paper_records import Entry
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
