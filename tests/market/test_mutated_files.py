"""A thousand damaged files: refused in words, or every row of them accounted for."""

import io
import random
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forefolio.core.errors import DataError
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.market import simulated_market
from forefolio.market.sources.importing import import_prices
from forefolio.store.price_database import PriceDatabase, price_database

pd: Any = lazy("pandas")

pytestmark = pytest.mark.slow

FILES = 1_000
MARKET = simulated_market(sessions=60, assets=3)


def originals() -> dict[str, bytes]:
    """One table, laid out in three ways as text, and as Parquet."""
    wide = pd.DataFrame(MARKET.close, MARKET.sessions, list(MARKET.assets)).rename_axis("Date")
    long = wide.stack().rename_axis(["Date", "Ticker"]).rename("Close").reset_index()
    one = pd.DataFrame(
        {name: getattr(MARKET, name.lower())[:, 0] for name in ("Open", "High", "Low", "Close")},
        MARKET.sessions,
    ).rename_axis("Date")
    parquet = io.BytesIO()
    wide.to_parquet(parquet)
    return {
        "wide.csv": wide.to_csv().encode(),
        "long.csv": long.to_csv(index=False, sep=";").encode(),
        "ABC.csv": one.to_csv().encode(),
        "wide.parquet": parquet.getvalue(),
    }


JUNK = [b"\x00", b'"', b"\r", b"\xff\xfe", b",,,", b"N/A", b"1e400", b"-", b"inf", b"\n\n", b"=1+1"]


def flipped(raw: bytearray, dice: random.Random) -> None:
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)


def cut(raw: bytearray, dice: random.Random) -> None:
    del raw[dice.randrange(len(raw)) :]


def shortened(raw: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(raw))
    del raw[at : at + dice.randrange(200)]


def repeated(raw: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(raw))
    raw[at:at] = raw[at : at + dice.randrange(200)]


def spoilt(raw: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(raw))
    raw[at:at] = dice.choice(JUNK)


MUTATIONS: list[Callable[[bytearray, random.Random], None]] = [
    flipped,
    cut,
    shortened,
    repeated,
    spoilt,
]


def mutated() -> Iterator[tuple[str, bytes]]:
    """Each a file with one to four things done to it."""
    dice, files = random.Random(0), originals()
    for _ in range(FILES):
        name = dice.choice(list(files))
        raw = bytearray(files[name])
        for _ in range(dice.randrange(1, 5)):
            if raw:
                dice.choice(MUTATIONS)(raw, dice)
        yield name, bytes(raw)


@pytest.fixture
def prices(tmp_path: Path) -> PriceDatabase:
    return price_database(Settings(home=tmp_path))


@pytest.mark.timeout(600)
def test_every_row_of_every_file_is_accounted_for(prices: PriceDatabase, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    imported = 0
    for number, (name, raw) in enumerate(mutated()):
        path = tmp_path / name
        path.write_bytes(raw)
        source = f"n{number}"
        try:
            done = import_prices(path, prices, source)
        except DataError as refused:
            assert len(str(refused)) > len(str(path)) + 10 and "\n" not in str(refused)
            continue
        imported += 1
        for one in done.tickers:
            assert one.rows == one.stored + one.refused + one.repeated, (number, one)
        if number % 10 == 0:
            kept = {ticker: found.rows for (_, ticker), found in prices.coverage([source]).items()}
            assert kept == {one.ticker: one.stored for one in done.tickers if one.stored}, number
    assert FILES // 5 < imported < FILES
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (peak - before) / 1024 < 200  # MB
