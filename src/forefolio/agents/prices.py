"""Prices: which sources there are, what is in one, and a table kept from its text."""

import asyncio
from pathlib import Path
from typing import Any

from forefolio.agents.arguments import PricesArguments, together
from forefolio.agents.asking import answer_to
from forefolio.agents.caller import Caller
from forefolio.core.errors import ForefolioError, InputError
from forefolio.market.sources.symbols import is_symbol
from forefolio.market.sources.uploaded import Uploaded, forget_upload, keep_upload, uploads
from forefolio.studies.base import summary_of
from forefolio.studies.data import Data
from forefolio.studies.settings import settings_of

CELLS = 1_000_000
MOST = 20  # uploads that are listed
_FEWEST = 2  # sessions that a ticker needs here; a study says how many it needs
_TICKERS = 100  # that are listed


async def prices(caller: Caller, wanted: PricesArguments) -> dict[str, Any]:
    """What can be named as a source, what is in one, or what a table holds that was kept now.

    Raises:
        InputError: the table is too large, or a document names a file of this machine.
        RunFailed: there are no prices in it that can be used.
    """
    together(wanted, "csv", "source")
    if wanted.source:
        return await _content(caller, wanted.source, wanted.wait_s)
    home = caller.host.home
    if not wanted.csv:
        return await asyncio.to_thread(_sources, home)
    before, name = await asyncio.to_thread(_kept, wanted, home)
    source = Uploaded(id=name, ticker=wanted.ticker).model_dump(mode="json", exclude_defaults=True)
    try:
        return await _content(caller, {"kind": "uploaded", **source}, wanted.wait_s)
    except ForefolioError:
        if name not in before:
            await asyncio.to_thread(forget_upload, name, home)
        raise


def _sources(home: Path) -> dict[str, Any]:
    kinds = {one.name: one for one in settings_of(Data)}["source"].kinds
    return {
        "sources": {kind: summary_of(cls) for kind, cls in kinds.items() if kind != "files"},
        "uploaded": [{"kind": "uploaded", "id": name} for name in uploads(home)[:MOST]],
        "csv": "a table with a date column and a column of closes per ticker, or the columns date, "
        "ticker, close",
    }


def _kept(wanted: PricesArguments, home: Path) -> tuple[set[str], str]:
    """The uploads of before, and the name of the one that is kept now."""
    if sum(wanted.csv.count(mark) for mark in ",;\t\n") > CELLS:
        raise InputError(f"csv: at most {CELLS:,} cells; send fewer years or tickers")
    if wanted.ticker and not is_symbol(wanted.ticker):
        raise InputError("ticker: must be one such as AAPL")
    before = set(uploads(home))
    return before, keep_upload(wanted.csv.encode("utf-8", "replace"), home)


async def _content(caller: Caller, source: dict[str, Any], wait_s: float) -> dict[str, Any]:
    """What is in a source, and what is wrong with it: a run, so that its numbers are of one."""
    study = {"source": source, "minimum_sessions": _FEWEST}
    answer = await answer_to(caller, "quality", study, [], wait_s)
    if answer["state"] != "done":
        return {"source": source, **answer}
    result = await caller.host.result(await caller.host.store.get(answer["run"]))
    return {"source": source, "tickers": list(result.data.tickers[:_TICKERS]), **answer}
