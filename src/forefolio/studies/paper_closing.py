"""A paper account closed, by an entry after which nothing is entered, and deleted with its entries.

Two steps on purpose: what is deleted cannot be had back, so that an account is closed first.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from forefolio.core.errors import InputError
from forefolio.store.paper_records import CLOSING, Entry

if TYPE_CHECKING:
    from forefolio.store.papers import Papers


async def close_account(papers: "Papers", name: str, now: float) -> str:
    """Enter that an account is closed `now`, in seconds since 1970; what was done, in words.

    Raises:
        InputError: there is no such account, or it is closed already.
    """
    held = await papers.get(name)
    if held.closed_after:
        raise InputError(f"the paper account {name} is closed already, after {held.closed_after}")
    last = (await papers.entries(name))[-1].session
    day = datetime.fromtimestamp(now, UTC).date()
    sentence = f"closed on {day}: nothing is followed after {last}"
    closing = Entry(session=last, kind=CLOSING, sentence=sentence)
    await papers.append(name, held.entries, [closing])
    return f"{name} was {sentence}"


async def delete_account(papers: "Papers", name: str) -> str:
    """Delete a closed account with all its entries; what was done, in words.

    Raises:
        InputError: there is no such account, or it is followed still.
    """
    held = await papers.get(name)
    if not held.closed_after:
        raise InputError(
            f"the paper account {name} is followed still, and what is deleted cannot be had back: "
            f"close it first, by `forefolio paper --close {name}`"
        )
    await papers.delete(name)
    entries = "1 entry" if held.entries == 1 else f"{held.entries:,} entries"
    return f"{name} was deleted, with its {entries}"
