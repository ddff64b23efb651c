"""The closes of one ticker, as the prices of a run or of the bundled sample have them."""

import asyncio
from datetime import date
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from forefolio.api.answers import result_for_people
from forefolio.api.data import FEWEST, READING
from forefolio.api.hosts import Here
from forefolio.api.refusals import Refused
from forefolio.core.events import finish
from forefolio.market.sources.symbols import sanitize_tickers
from forefolio.studies.data import Data

router = APIRouter(prefix="/api/data", tags=["data"])


class Closes(BaseModel):
    """The closes of a ticker, on the sessions that it traded."""

    ticker: str = Field(description="Whose.")
    name: str = Field(description="The prices they are of.")
    sector: str = Field(description="Its sector; empty: unknown.")
    sessions: list[date] = Field(description="The days, the first first.")
    closes: list[float] = Field(
        description="A close for each day, adjusted for splits and dividends that came later."
    )
    version: str = Field(description="Names the content of the prices, as a result does.")


Ticker = Annotated[str, Path(min_length=1, max_length=64, description="Such as AAPL.")]
Of = Annotated[
    str, Query(pattern="^[0-9a-f]{0,32}$", description="A run; none: the bundled sample.")
]


@router.get("/closes/{ticker}", summary="The closes of a ticker in the prices of a run.")
async def closes(ticker: Ticker, host: Here, run: Of = "") -> Closes:
    """The closes of a ticker in the prices that a run read, as they are there now.

    Raises:
        Refused: it is not one ticker, or the run is about others.
        DataError: there are no prices that can be used.
    """
    named = sanitize_tickers([ticker])
    if len(named) != 1:
        raise Refused(f"ticker: must be one, such as AAPL, not {ticker!r}")
    (asset,), data = named, Data()
    if run:
        facts = (await result_for_people(run, host)).data
        if asset not in facts.tickers:
            raise Refused(f"ticker: run {run} has no prices of {asset}; take one of a run with it")
        data = Data.of(facts)
    alone = data.model_copy(update={"tickers": (asset,), "minimum_sessions": FEWEST})
    async with READING:
        return await asyncio.to_thread(_read, alone)


def _read(data: Data) -> Closes:
    loaded = finish(data.read())
    market, facts = loaded.market, data.facts(loaded)
    (asset,) = market.assets
    known = np.isfinite(market.close[:, 0])
    return Closes(
        ticker=asset,
        name=facts.name,
        sector=facts.sectors.get(asset, ""),
        sessions=market.sessions[known].tolist(),
        closes=market.close[known, 0].tolist(),
        version=facts.version,
    )
