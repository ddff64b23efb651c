"""Stored prices: what is written is read, at every version, whatever happens in between."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from forefolio.core.errors import InputError, SourceUnavailable, UnknownTicker
from forefolio.store import arrays
from forefolio.store import prices as module
from forefolio.store.adjusting import adjusted_close
from forefolio.store.panels import Panels
from forefolio.store.price_rows import PriceSeries, checked
from forefolio.store.price_sql import digest_of
from forefolio.store.prices import Prices, with_prices

from .conftest import Clock

pytestmark = pytest.mark.anyio

NAN = float("nan")


def dated(*dates: str) -> np.ndarray:
    return np.array(dates, "datetime64[D]")


def closes(values: dict[str, float]) -> PriceSeries:
    return PriceSeries(
        dates=dated(*values), columns={"close": np.array(list(values.values()), float)}
    )


def flat(days: int, price: float = 10.0, **columns: float) -> PriceSeries:
    every = {"close": price, **columns}
    return PriceSeries(
        dates=np.datetime64("2020-01-01") + np.arange(days),
        columns={name: np.full(days, value) for name, value in every.items()},
    )


@pytest.fixture
async def prices(url: str, clock: Clock) -> AsyncIterator[Prices]:
    async with Prices.open(url, clock=clock) as opened:
        yield opened


async def test_every_bit_of_what_is_written_is_read(prices: Prices) -> None:
    rng = np.random.default_rng(1)
    n = 50
    close = np.exp(rng.standard_normal(n))
    columns = {
        "open": close,
        "high": close * 1.1,
        "low": close / 3,
        "close": close,
        "volume": np.round(rng.random(n) * 1e9),
        "dividend": np.where(rng.random(n) < 0.1, 0.1, NAN),
        "split": np.where(rng.random(n) < 0.1, 2.0, NAN),
    }
    dates = np.datetime64("1969-12-01") + np.arange(n)  # before 1970 as well
    given = PriceSeries(dates=dates, columns=columns)
    imported = await prices.upsert("yahoo", {"AAPL": given})
    assert (imported.version, imported.inserted, imported.changed) == (1, n, 0)
    read = (await prices.series("yahoo", ["AAPL"]))["AAPL"]
    assert np.array_equal(read.dates, dates) and read.digest() == given.digest()
    for name, values in columns.items():
        assert np.array_equal(read.column(name), values, equal_nan=True), name


async def test_the_same_rows_again_change_nothing_and_make_no_version(prices: Prices) -> None:
    given = {"A": flat(3, volume=5.0), "B": flat(2)}
    first = await prices.upsert("s", given)
    again = await prices.upsert("s", given)
    assert (again.version, again.inserted, again.changed) == (first.version, 0, 0)
    assert len(await prices.versions("s")) == 1


async def test_an_old_version_reads_the_same_for_ever(prices: Prices, clock: Clock) -> None:
    await prices.upsert("s", {"A": closes({"2020-01-01": 1, "2020-01-02": 2})})
    clock.now += 100
    await prices.upsert("s", {"A": closes({"2020-01-02": 2.5, "2020-01-03": 3})})
    clock.now += 100
    await prices.upsert("s", {"A": closes({"2020-01-02": 2.75})})
    read = {
        v: (await prices.panel("s", ["A"], version=v)).fields["close"][:, 0].tolist()
        for v in (1, 2, 3)
    }
    assert read == {1: [1, 2], 2: [1, 2.5, 3], 3: [1, 2.75, 3]}
    then = await prices.version("s", as_of=clock.now - 50)
    assert then is not None and then.version == 2
    assert await prices.version("s", as_of=0.0) is None
    revisions = await prices.revisions("s", "A")
    assert [(r.values["close"], r.replaced_at - r.known_at) for r in revisions] == [
        (2.0, 100.0),
        (2.5, 100.0),
    ]


async def test_a_version_has_the_name_of_its_content(prices: Prices) -> None:
    a, b = flat(3), flat(4, 20.0)
    await prices.upsert("one", {"A": a, "B": b})
    await prices.upsert("two", {"A": a.at(np.array([0]))})
    await prices.upsert("two", {"B": b})
    await prices.upsert("two", {"A": a.at(np.array([1, 2]))})
    one, two = await prices.version("one"), await prices.version("two")
    assert one is not None and two is not None
    assert one.digest == two.digest and two.version == 3
    assert await prices.digest("one", ["B"]) == await prices.digest("two", ["B"], version=2)
    before = await prices.digest("two", ["A"], version=1)
    assert before == (await Renewed.digest_of({"A": a.at(np.array([0]))}))
    assert before != await prices.digest("two", ["A"])


class Renewed:
    """The same prices in another database."""

    @staticmethod
    async def digest_of(series: dict[str, PriceSeries]) -> str:
        with TemporaryDirectory() as folder:
            async with Prices.open(f"{folder}/other.db") as other:
                await other.upsert("x", series)
                return await other.digest("x", list(series))


async def test_a_panel_puts_tickers_side_by_side(prices: Prices) -> None:
    await prices.upsert(
        "s",
        {
            "B": closes({"2020-01-02": 20, "2020-01-03": 21}),
            "A": closes({"2020-01-01": 10, "2020-01-03": 12}),
        },
    )
    panel = await prices.panel("s", ["B", "A"], ("close", "volume"))
    assert panel.tickers == ("B", "A") and panel.dates.tolist() == [
        one.astype(object) for one in dated("2020-01-01", "2020-01-02", "2020-01-03")
    ]
    want = np.array([[NAN, 10], [20, NAN], [21, 12]])
    assert np.array_equal(panel.fields["close"], want, equal_nan=True)
    assert np.isnan(panel.fields["volume"]).all()
    some = await prices.panel(
        "s", ["A"], start=np.datetime64("2020-01-02"), end=np.datetime64("2020-01-03")
    )
    assert some.fields["close"].tolist() == [[12.0]]


async def test_what_is_not_there_is_one_clear_line(prices: Prices) -> None:
    with pytest.raises(SourceUnavailable, match="no prices from yahoo"):
        await prices.panel("yahoo", ["A"])
    await prices.upsert("yahoo", {"A": flat(2)})
    with pytest.raises(UnknownTicker, match="has no B"):
        await prices.panel("yahoo", ["A", "B"])
    with pytest.raises(SourceUnavailable, match="no version 7"):
        await prices.panel("yahoo", ["A"], version=7)
    with pytest.raises(InputError, match="source ''"):
        await prices.upsert("", {"A": flat(2)})
    with pytest.raises(InputError, match="printable"):
        await prices.upsert("yahoo", {"A\x00": flat(2)})


@pytest.mark.parametrize(
    ("reason", "row"),
    [
        ("the close is missing", {"close": NAN}),
        ("close is not a finite positive", {"close": 0.0}),
        ("close is not a finite positive", {"close": -1.0}),
        ("close is not a finite positive", {"close": float("inf")}),
        ("close is not a finite positive", {"close": 1e12}),
        ("volume is not", {"close": 1.0, "volume": -1.0}),
        ("split is not", {"close": 1.0, "split": 0.0}),
        ("high is below the low", {"close": 1.0, "high": 1.0, "low": 2.0}),
        ("close is outside", {"close": 3.0, "high": 2.0, "low": 1.0}),
        ("open is outside", {"close": 1.5, "open": 0.5, "high": 2.0, "low": 1.0}),
        ("both a price and a value", {"close": 1.5, "value": 0.5}),
    ],
)
async def test_a_row_that_is_no_price_is_refused(reason: str, row: dict[str, float]) -> None:
    kept, refused = checked("A", flat(1, **row))
    assert len(kept) == 0 and len(refused) == 1
    assert reason in refused[0].reason and refused[0].date == "2020-01-01"


async def test_refused_rows_are_kept_apart_once(prices: Prices) -> None:
    bad = PriceSeries(
        dates=dated("2020-01-01", "2020-01-02", "2020-01-02", "2020-01-03", "2020-01-03", "NaT"),
        columns={"close": np.array([1.0, 2.0, 3.0, 4.0, 4.0, 5.0])},
    )
    for _ in range(2):
        imported = await prices.upsert("s", {"A": bad}, today=np.datetime64("2020-01-31"))
    assert [row.reason for row in imported.refused] == [
        "the date cannot be read",
        *["the date stands twice with different values"] * 2,
    ]
    assert len(await prices.refused("s")) == 3
    assert (await prices.series("s", ["A"]))["A"].column("close").tolist() == [1.0, 4.0]
    late = await prices.upsert("s", {"A": flat(1)}, today=np.datetime64("2019-12-31"))
    assert late.refused[0].reason == "the date is in the future"


async def test_a_series_that_is_no_price_may_be_negative(prices: Prices) -> None:
    spread = PriceSeries(dates=dated("2020-01-01"), columns={"value": np.array([-0.5])})
    await prices.upsert("fred", {"T10Y2Y": spread})
    panel = await prices.panel("fred", ["T10Y2Y"], ("value",))
    assert panel.fields["value"].tolist() == [[-0.5]]


@pytest.mark.parametrize("close", ["'NaN'", "1e13", "-1.0", "0.0", "NULL"])
async def test_the_database_itself_refuses_what_is_no_price(prices: Prices, close: str) -> None:
    async def write(connection: object) -> None:
        await connection.execute(  # type: ignore[attr-defined]
            text(
                "INSERT INTO price_data (source, ticker, date, close, version) "
                f"VALUES ('s', 'A', 1, {close}, 1)"
            )
        )

    await prices.upsert("s", {"B": flat(1)})
    if close == "'NaN'" and prices._database.engine.dialect.name == "sqlite":
        close = "9e999 - 9e999"  # how SQLite makes one
    with pytest.raises(IntegrityError):
        await prices._database.write(write)


async def test_prices_are_adjusted_when_they_are_read(prices: Prices) -> None:
    dates = dated("2020-01-01", "2020-01-02", "2020-01-03", "2020-01-06")
    given = PriceSeries(
        dates=dates,
        columns={
            "close": np.array([100.0, 102.0, 51.0, 49.0]),
            "split": np.array([NAN, NAN, 2.0, NAN]),
            "dividend": np.array([NAN, NAN, NAN, 1.02]),
        },
    )
    await prices.upsert("s", {"A": given})
    kept = 1 - 1.02 / 51.0
    want = np.array([100.0 / 2 * kept, 102.0 / 2 * kept, 51.0 * kept, 49.0])
    panel = await prices.panel("s", ["A"], ("adjusted", "close"))
    assert np.allclose(panel.fields["adjusted"][:, 0], want, rtol=1e-15)
    early = await prices.panel("s", ["A"], ("adjusted",), end=np.datetime64("2020-01-02"))
    assert early.fields["adjusted"][:, 0].tolist() == [100.0, 102.0]  # nothing of later days
    assert (await prices.revisions("s", "A")) == []


async def test_a_dividend_above_the_price_leaves_returns_finite() -> None:
    given = PriceSeries(
        dates=dated("2020-01-01", "2020-01-02"),
        columns={"close": np.array([10.0, 2.0]), "dividend": np.array([NAN, 12.0])},
    )
    assert adjusted_close(given) == pytest.approx([10.0 * 2 / 14, 2.0])


async def test_a_panel_is_mapped_the_second_time(url: str, tmp_path: Path) -> None:
    async with Prices.open(url, Panels(tmp_path / "panels")) as prices:
        await prices.upsert("s", {"A": flat(5)})
        first = await prices.panel("s", ["A"])
        again = await prices.panel("s", ["A"])
        assert isinstance(again.fields["close"], np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            again.fields["close"][0, 0] = 0.0
        await prices.upsert("s", {"A": flat(5, 11.0)})
        assert (await prices.panel("s", ["A"])).fields["close"][0, 0] == 11.0
        assert first.fields["close"][0, 0] == 10.0
        assert (await prices.panel("s", ["A"], version=1)).fields["close"][0, 0] == 10.0


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "index"])
async def test_a_damaged_panel_is_made_again(tmp_path: Path, damage: str) -> None:
    async with Prices.open(f"sqlite:///{tmp_path}/p.db", Panels(tmp_path / "panels")) as prices:
        await prices.upsert("s", {"A": flat(5)})
        await prices.panel("s", ["A"])
    (file,) = (tmp_path / "panels").glob(f"*/{'meta.json' if damage == 'index' else 'close.npy'}")
    raw = bytearray(file.read_bytes())
    raw[-3] ^= 255
    match damage:
        case "remove":
            file.unlink()
        case "cut":
            file.write_bytes(raw[:-8])
        case _:
            file.write_bytes(raw)
    arrays._verified.clear()  # as in another process: one compares once
    async with Prices.open(f"sqlite:///{tmp_path}/p.db", Panels(tmp_path / "panels")) as prices:
        assert (await prices.panel("s", ["A"])).fields["close"].tolist() == [[10.0]] * 5


async def test_a_disk_that_is_full_costs_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Prices.open(f"sqlite:///{tmp_path}/p.db", Panels(tmp_path / "panels")) as prices:
        await prices.upsert("s", {"A": flat(5)})
        monkeypatch.setenv("FOREFOLIO_FAIL", "arrays.write:1:enospc")
        assert (await prices.panel("s", ["A"])).fields["close"].tolist() == [[10.0]] * 5
    assert list((tmp_path / "panels").iterdir()) == []


async def test_two_who_import_at_once_lose_nothing(prices: Prices) -> None:
    async def fetch(first: int) -> None:
        for i in range(3):
            await prices.upsert("s", {f"T{first + i}": flat(2), "BOTH": flat(first + 1)})

    await asyncio.gather(fetch(0), fetch(10))
    cover = await prices.coverage("s")
    assert sorted(cover) == sorted(["BOTH", *(f"T{i}" for i in (0, 1, 2, 10, 11, 12))])
    assert cover["BOTH"].rows == 11 and str(cover["BOTH"].last) == "2020-01-11"


async def test_an_import_is_many_short_transactions(
    prices: Prices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS", 6)
    imported = await prices.upsert("s", {f"T{i}": flat(3) for i in range(6)})
    assert imported.version == 3 and imported.inserted == 18  # two tickers of three rows in each


def test_it_is_used_from_code_that_does_not_await(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/p.db"
    assert with_prices(url, lambda p: p.upsert("s", {"A": flat(2)})).inserted == 2

    async def in_a_notebook() -> int:
        return len(with_prices(url, lambda p: p.panel("s", ["A"])).dates)

    assert asyncio.run(in_a_notebook()) == 2
    with pytest.raises(SourceUnavailable):
        with_prices(url, lambda p: p.panel("none", ["A"]))


_IMPORT = """
import sys
sys.path.insert(0, {tests!r})
import forefolio.store.prices as module
from tests.store.test_prices import flat, with_prices
module._ROWS = 4
try:
    with_prices({url!r}, lambda p: p.upsert("s", {{f"T{{i}}": flat(3) for i in range(4)}}))
except Exception as error:
    print(type(error).__name__, error)
    sys.exit(3)
"""


@pytest.mark.slow
@pytest.mark.parametrize("action", ["kill", "raise", "enospc"])
async def test_an_import_cut_anywhere_is_finished_by_the_next(tmp_path: Path, action: str) -> None:
    """Fail at the N-th write, for every N; then the same call makes it what it would have been."""
    tests = str(Path(__file__).parents[2])
    points = (
        "prices.before_rows",
        "prices.after_rows",
        "prices.after_series",
        "store.before_commit",
        "store.after_commit",
    )
    cut = 0
    for point in points:
        for nth in range(1, 10):
            file = f"{tmp_path}/{point}{nth}.db"
            script = _IMPORT.format(tests=tests, url=file)
            failing = {**os.environ, "FOREFOLIO_FAIL": f"{point}:{nth}:{action}"}
            ended = subprocess.run([sys.executable, "-c", script], env=failing, check=False)
            if ended.returncode == 0:
                break
            cut += 1
            async with Prices.open(file) as prices:
                for coverage in (await prices.coverage("s")).values():
                    assert coverage.rows == 3  # whole, or not at all
                assert sum([v.inserted for v in await prices.versions("s")]) % 3 == 0
                await prices.upsert("s", {f"T{i}": flat(3) for i in range(4)})
                version = await prices.version("s")
                assert version is not None and version.digest == _WHOLE
    assert cut >= 20


_WHOLE = digest_of([(f"T{i}", flat(3).digest()) for i in range(4)])
