"""Saved portfolios: every state is kept, compared and written for other programs."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date

import pytest
from sqlalchemy import text

from forefolio.core.errors import InputError, UnknownPortfolio
from forefolio.store.database import Database
from forefolio.store.portfolio_export import as_csv, as_json
from forefolio.store.portfolio_records import Origin
from forefolio.store.portfolios import Portfolios

from .conftest import Clock

pytestmark = pytest.mark.anyio

ORIGIN = Origin(
    objective="minimum_variance",
    params={"kind": "portfolio"},
    results={"volatility": 0.12},
    duration_s=1.5,
    run="0" * 32,
    as_of=date(2020, 1, 31),
)


@pytest.fixture
async def portfolios(url: str, clock: Clock) -> AsyncIterator[Portfolios]:
    async with Database.open(url) as database:
        yield Portfolios(database, clock)


async def test_what_is_saved_is_read(portfolios: Portfolios, clock: Clock) -> None:
    saved = await portfolios.save(
        " core ", {"KO": 0.25, "AAPL": 0.5}, shares={"KO": 3}, note="mine", origin=ORIGIN
    )
    assert saved == await portfolios.get("core")
    assert (saved.name, saved.number, saved.note) == ("core", 1, "mine")
    assert list(saved.weights.items()) == [("AAPL", 0.5), ("KO", 0.25)]
    assert saved.cash == 0.25 and saved.shares == {"KO": 3.0}
    assert saved.results == {"volatility": 0.12} and saved.as_of == date(2020, 1, 31)
    assert saved.saved.timestamp() == clock.now and saved.run == "0" * 32


async def test_every_state_is_kept(portfolios: Portfolios, clock: Clock) -> None:
    await portfolios.save("core", {"A": 1.0}, note="first")
    await portfolios.save("core", {"A": 1.0})  # the same: no new state
    clock.now += 60
    await portfolios.save("core", {"A": 0.5, "B": 0.5})
    await portfolios.save("core", {"A": 0.5, "B": 0.5}, origin=ORIGIN)
    await portfolios.save("other", {})
    assert [one.number for one in await portfolios.history("core")] == [3, 2, 1]
    assert (await portfolios.get("core", 1)).weights == {"A": 1.0}
    assert {(one.name, one.number) for one in await portfolios.all()} == {
        ("core", 3),
        ("other", 1),
    }
    assert (await portfolios.get("core")).note == "first"


async def test_two_are_compared(portfolios: Portfolios) -> None:
    await portfolios.save("a", {"A": 0.5, "B": 0.5})
    await portfolios.save("b", {"B": 0.3, "C": 0.6})
    compared = await portfolios.compare("a", "b")
    changes = {row.ticker: row.change for row in compared.changes}
    assert changes == pytest.approx({"C": 0.6, "A": -0.5, "B": -0.2})
    assert [row.ticker for row in compared.changes] == ["C", "A", "B"]
    assert compared.turnover == pytest.approx((0.6 + 0.5 + 0.2 + 0.1) / 2)


async def test_what_is_deleted_is_gone_with_all_it_held(portfolios: Portfolios) -> None:
    await portfolios.save("a", {"A": 0.5})
    await portfolios.save("a", {"A": 0.6})
    await portfolios.delete("a")
    with pytest.raises(UnknownPortfolio, match="no portfolio 'a' is saved"):
        await portfolios.get("a")
    with pytest.raises(UnknownPortfolio):
        await portfolios.delete("a")
    for table in ("optimization", "portfolio_asset"):

        async def count(connection: object, table: str = table) -> int:
            question = text(f"SELECT count(*) FROM {table}")
            return int(await connection.scalar(question))  # type: ignore[attr-defined]

        assert await portfolios._database.read(count) == 0


async def test_two_who_save_at_once_both_stay(portfolios: Portfolios) -> None:
    await asyncio.gather(*(portfolios.save("a", {"A": i / 10}) for i in range(5)))
    assert [one.number for one in await portfolios.history("a")] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("name", "weights", "shares", "problem"),
    [
        ("", {}, {}, "1 to 80"),
        ("x" * 81, {}, {}, "1 to 80"),
        ("a\nb", {}, {}, "printable"),
        ("US / EU", {}, {}, "use no /"),
        ("..", {}, {}, "use no /"),
        ("a", {"A": float("nan")}, {}, "weight of A"),
        ("a", {"A": float("inf")}, {}, "weight of A"),
        ("a", {"A\x00": 0.5}, {}, "no ticker"),
        ("a", {"A": 0.5}, {"B": 1.0}, "shares of B"),
        ("a", {"A": 0.5}, {"A": float("nan")}, "shares of A"),
    ],
)
async def test_what_cannot_be_saved_is_one_line(
    name: str, weights: dict[str, float], shares: dict[str, float], problem: str
) -> None:
    portfolios = Portfolios(None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=problem):
        await portfolios.save(name, weights, shares=shares)


async def test_a_letter_that_the_database_cannot_keep_is_no_failure_of_it(url: str) -> None:
    async with Database.open(url) as database:
        portfolios = Portfolios(database)
        with suppress(InputError):  # SQLite keeps it
            assert (await portfolios.save("core", {"A": 1.0}, note="a\x00")).note == "a\x00"
        with pytest.raises((InputError, UnknownPortfolio)):
            await portfolios.get("\x00")


async def test_exports_hold_no_formula_and_every_digit(portfolios: Portfolios) -> None:
    third = 1 / 3
    await portfolios.save("=1+1", {"@SUM": third, "-X": -0.25, "A,B": 0.1}, note="+note")
    (saved,) = await portfolios.all()
    rows = list(csv.DictReader(io.StringIO(as_csv([saved]))))
    assert [row["ticker"] for row in rows] == ["'@SUM", "A,B", "'-X", "cash"]
    assert {row["portfolio"] for row in rows} == {"'=1+1"}
    assert float(rows[0]["weight"]) == third and rows[2]["weight"] == "-0.25"
    (document,) = json.loads(as_json([saved]))
    assert document["weights"]["@SUM"] == third and document["note"] == "+note"


async def test_a_portfolio_is_renamed_with_all_its_states(portfolios: Portfolios) -> None:
    await portfolios.save("core", {"A": 1.0}, note="first", origin=ORIGIN)
    await portfolios.save("core", {"A": 0.5, "B": 0.5}, shares={"B": 2})
    await portfolios.save("other", {"C": 1.0})
    before = await portfolios.history("core")
    assert await portfolios.describe("core", to=" kept ", note="mine #income") == "kept"
    fresh = {"name": "kept", "note": "mine #income"}
    assert await portfolios.history("kept") == [one.model_copy(update=fresh) for one in before]
    assert {one.name for one in await portfolios.all()} == {"kept", "other"}
    with pytest.raises(UnknownPortfolio):
        await portfolios.describe("core", note="gone")
    with pytest.raises(InputError, match="'other' already"):
        await portfolios.describe("kept", to="other")
    with pytest.raises(InputError, match="printable"):
        await portfolios.describe("kept", to="a\nb")
    assert await portfolios.describe("kept", to="kept") == "kept"  # as it is
    assert len(await portfolios.history("kept")) == 2
    assert (await portfolios.get("other")).weights == {"C": 1.0}


async def test_of_copies_at_one_moment_one_has_the_name(portfolios: Portfolios) -> None:
    for place in range(3):
        await portfolios.save(f"p{place}", {"A": place / 10})
    asked = (portfolios.copy(f"p{place}", "new") for place in range(3))
    came = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in came].count(InputError) == 2
    assert len(await portfolios.history("new")) == 1  # no state of another on top of it


async def test_a_copy_is_the_newest_state_under_another_name(portfolios: Portfolios) -> None:
    await portfolios.save("core", {"A": 1.0})
    last = await portfolios.save("core", {"A": 0.5, "B": 0.25}, note="mine", origin=ORIGIN)
    copied = await portfolios.copy("core", "again")
    differ = {"name", "number", "created", "saved"}
    assert copied.model_dump(exclude=differ) == last.model_dump(exclude=differ)
    assert copied.number == 1 and await portfolios.get("core") == last
    with pytest.raises(InputError, match="'again' already"):
        await portfolios.copy("core", "again")
    with pytest.raises(UnknownPortfolio):
        await portfolios.copy("nothing", "more")
