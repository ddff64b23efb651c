"""Deletes what nothing names and nobody used for long: once a day, or on request."""

import asyncio
import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from forefolio.core.errors import StoreError
from forefolio.runs.owner import forget_gone, gone
from forefolio.store import Store
from forefolio.store.models import Models
from forefolio.store.sweeping import Keeping, Swept, sweep

if TYPE_CHECKING:
    from forefolio.runs.host import Host

logger = logging.getLogger(__name__)

_DAY_S = 86_400.0


async def tidy(store: Store, home: Path, kept: Keeping) -> Swept:
    """Delete what nothing in `store` names and what was not used for long, under `home`."""
    await store.recover(partial(gone, home))  # first: what died is known by its file
    forget_gone(home)
    named = await store.artifacts() | await Models(store.database).ids()
    swept = await asyncio.to_thread(partial(sweep, home, named, kept))
    logger.info(
        "deleted %d files, %.1f MB, that nothing needs; %.1f MB are kept",
        swept.files,
        swept.deleted_bytes / 1e6,
        swept.kept_bytes / 1e6,
    )
    return swept


async def keep_tidy(host: "Host") -> None:
    """Do so once a day, until cancelled."""
    while True:
        try:
            await tidy(host.store, host.home, host.limits.keeping)
        except (StoreError, OSError) as problem:
            logger.warning("the home folder could not be tidied: %s", problem)
        await asyncio.sleep(_DAY_S)
