"""Paper accounts for what does not await: each look opens the database, and closes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from forefolio.core.lazy import lazy
from forefolio.store.waiting import waited

if TYPE_CHECKING:
    from forefolio.store.papers import Papers

papers: Any = lazy("forefolio.store.papers")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperShelf:
    """The paper accounts of a database."""

    url: str = field(repr=False)

    def kept(self, work: "Callable[[Papers], Awaitable[T]]") -> T:
        """What `work` on the accounts comes to."""

        async def done() -> T:
            async with papers.Papers.open(self.url) as opened:
                return await work(opened)

        return waited(done)
