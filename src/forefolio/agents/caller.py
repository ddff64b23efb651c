"""What a tool is called with: what it may use here, and who wants to know how far it is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from forefolio.core.errors import InputError
from forefolio.market.sources.uploaded import uploads_lie_in
from forefolio.runs.host import Host


class ReportProgress(Protocol):
    """Tells whoever asked how far it is; nothing, where he did not ask to be told."""

    def __call__(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> Awaitable[None]:
        """`progress` of `total`, never less than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all tools may use: the host, and the one folder whose files may be named, if any."""

    host: Host
    files: Path | None = None


class NotAllowed(InputError):
    """A document names a file of this machine."""

    code = "no_file"

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where, self.reason = where, reason

    @property
    def facts(self) -> dict[str, Any]:
        """The setting, and why."""
        return {"problems": [{"path": self.where, "reason": self.reason}]}


@asynccontextmanager
async def working_desk(
    opening: Callable[[], AbstractAsyncContextManager[Host]], files: Path | None = None
) -> AsyncIterator[Desk]:
    """A desk whose host works on what is asked, until it is left."""
    async with opening() as host:
        uploads_lie_in(host.home)
        working = asyncio.create_task(host.serve())
        try:
            yield Desk(host=host, files=files)
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One call of a tool."""

    desk: Desk
    report: ReportProgress

    @property
    def host(self) -> Host:
        """Where runs are asked for."""
        return self.desk.host
