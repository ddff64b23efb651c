"""The registry of trained models, on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from tests.store.conftest import Clock

from forefolio.core.errors import InputError, UnknownModel
from forefolio.store import Store
from forefolio.store.model_records import NewModel
from forefolio.store.model_tables import model
from forefolio.store.models import Models

pytestmark = pytest.mark.anyio


@pytest.fixture
async def models(url: str, clock: Clock) -> AsyncIterator[Models]:
    async with Store.open(url, clock) as store:
        yield Models(store.database, clock)


def new(digit: str, **changed: Any) -> NewModel:
    one = NewModel(
        id=digit * 64,
        name="Ridge",
        use="model",
        horizon=21,
        trained=date(2024, 1, 31),
        run="r1",
        data={"name": "sample data", "tickers": ["A", "B"]},
        data_version="v1",
        features=("momentum 21",),
        settings={"kind": "ridge"},
        scores={"r2_mean": 0.01},
        code_digest="c1",
        libraries={"numpy": "2.0"},
        form="value",
        bytes=10,
    )
    return replace(one, **changed)


async def test_a_model_is_registered_once_with_its_lineage(models: Models, clock: Clock) -> None:
    await models.register([new("1"), new("2", name="Other"), new("3", horizon=5)])
    clock.now += 1
    await models.register([new("4", scores={}), new("1", run="another")])
    first, last = await models.get("1" * 8), await models.get("4" * 64)
    assert (first.number, first.parent, first.run, first.trained) == (
        1,
        None,
        "r1",
        date(2024, 1, 31),
    )
    assert (last.number, last.parent, last.skill) == (2, first.id, None)
    assert first.data == {"name": "sample data", "tickers": ["A", "B"]} and first.skill == 0.01
    assert first.features == ("momentum 21",) and first.libraries == {"numpy": "2.0"}
    assert [one.id[0] for one in await models.all(name="ridge")] == ["4", "3", "1"]
    assert [one.id[0] for one in await models.all(limit=1)] == ["4"]
    assert await models.ids() == {digit * 64 for digit in "1234"}


@pytest.mark.parametrize("begun", ["", "1", "%" * 8, "_" * 8, "z" * 64, "0" * 64, "production"])
async def test_no_such_model(models: Models, begun: str) -> None:
    await models.register([new("1")])
    with pytest.raises(UnknownModel):
        await models.get(begun)
    with pytest.raises(UnknownModel):
        await models.called(begun)


async def test_an_alias_goes_forward_and_back_and_its_history_stays(
    models: Models, clock: Clock
) -> None:
    await models.register([new("1"), new("2"), new("3"), new("4", horizon=5)])
    for digit in "1234":
        clock.now += 1
        done = await models.promote(digit * 64, "production", f"try {digit}")
        assert done.promoted
    assert {h: one.id[0] for h, one in (await models.called("production")).items()} == {
        5: "4",
        21: "3",
    }
    assert (await models.get("3" * 64)).aliases == ("production",)
    assert (await models.get("2" * 64)).aliases == ()
    again = await models.promote("3" * 64, "production")
    assert again.promoted and "already" in again.reason
    clock.now += 1
    assert (await models.roll_back("production", 21, "worse")).model == "2" * 64
    clock.now += 1
    assert (await models.roll_back("production", 21)).model == "1" * 64
    with pytest.raises(InputError, match="nothing to roll back to"):
        await models.roll_back("production", 21)
    with pytest.raises(InputError, match="nothing to roll back to"):
        await models.roll_back("production", 5)
    clock.now += 1
    await models.promote("3" * 64, "production")  # after going back, forward again
    assert (await models.roll_back("production", 21)).model == "1" * 64
    acts = [(one.number, one.act, one.model[0]) for one in await models.history("production")]
    assert sorted(acts[: len(acts)]) == sorted(
        [
            (1, "promote", "1"),
            (2, "promote", "2"),
            (3, "promote", "3"),
            (4, "rollback", "2"),
            (5, "rollback", "1"),
            (6, "promote", "3"),
            (7, "rollback", "1"),
            (1, "promote", "4"),
        ]
    )
    assert await models.history("candidate") == []


async def test_a_model_that_is_as_good_is_promoted_and_a_worse_one_is_not(models: Models) -> None:
    worse, better = {"r2_mean": 0.005}, {"r2_mean": 0.02}
    await models.register(
        [new("1"), new("2", scores=worse), new("3"), new("4", scores=better), new("5", scores={})]
    )
    none = await models.promote_if_as_good("5" * 64, "production")
    assert not none.promoted and "no walk-forward scores" in none.reason
    first = await models.promote_if_as_good("1" * 64, "production")
    assert first.promoted and first.before is None
    for digit, promoted in (("2", False), ("3", True), ("4", True), ("3", False)):
        done = await models.promote_if_as_good(digit * 64, "production")
        assert done.promoted == promoted, done.reason
    assert "+0.01000, before R² against the prior +0.02000" in done.reason
    await models.promote("5" * 64, "production")  # by hand, whatever
    unscored = await models.promote_if_as_good("1" * 64, "production")
    assert not unscored.promoted and "by hand" in unscored.reason


async def test_volatility_is_compared_by_its_own_loss(models: Models) -> None:
    volatile: dict[str, Any] = {"use": "volatility", "name": "HAR"}
    await models.register(
        [
            new("1", scores={"qlike": -0.02}, **volatile),
            new("2", scores={"qlike": -0.03}, **volatile),
            new("3"),
        ]
    )
    await models.promote("1" * 64, "risk")
    assert (await models.promote_if_as_good("2" * 64, "risk")).promoted
    assert not (await models.promote_if_as_good("1" * 64, "risk")).promoted
    other = await models.promote_if_as_good("3" * 64, "risk")
    assert not other.promoted and "forecasts something else" in other.reason


async def test_two_who_promote_at_once_both_leave_a_row(models: Models, url: str) -> None:
    await models.register([new("1"), new("2")])
    async with Models.open(url) as others:
        await asyncio.gather(
            models.promote("1" * 64, "production"), others.promote("2" * 64, "production")
        )
    history = await models.history("production")
    assert sorted(one.number for one in history) == [1, 2]
    assert {one.model[0] for one in history} == {"1", "2"}


async def test_a_model_that_an_alias_has_had_cannot_be_deleted(models: Models) -> None:
    await models.register([new("1")])
    await models.promote("1" * 64, "production")
    with pytest.raises(IntegrityError):
        await models._database.write(lambda c: c.execute(delete(model)))


@pytest.mark.parametrize(
    "alias", ["", "Production", "a b", "1st", "x" * 41, "a\n", "deadbeef", "ä"]
)
async def test_what_is_no_alias(models: Models, alias: str) -> None:
    await models.register([new("1")])
    with pytest.raises(InputError, match="is no alias"):
        await models.promote("1" * 64, alias)
    with pytest.raises(InputError, match="is no alias"):
        await models.roll_back(alias, 21)
