"""Splits that a paper account hears of late, one after the other: what it holds is what is true."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forefolio.backtest import AccountState
from forefolio.market import Market
from forefolio.store.paper_records import Entry
from forefolio.studies.paper_book import Book, numbered

DAYS = pd.bdate_range("2024-01-01", periods=8)


def market(factors: dict[int, float]) -> Market:
    """Prices of 100, of which those before each row are multiplied by its factor."""
    close = np.full(len(DAYS), 100.0)
    for row, factor in factors.items():
        close[:row] *= factor
    sessions = DAYS.to_numpy().astype("datetime64[D]")
    return Market(sessions=sessions, assets=("A",), close=close[:, None], periods_per_year=252.0)


def closed(row: int, units: float) -> Entry:
    day = str(DAYS[row].date())
    state = AccountState(session=DAYS[row].date(), equity=1.0, cash=0.0, units={"A": units})
    return Entry(
        session=day, kind="closed", closes={"A": 100.0}, sentence="", amounts={"A": 1.0},
        state=state.model_dump(mode="json"),
    )  # fmt: skip


def heard(book: Book, news: Market) -> Book:
    entries = numbered(list(book.changes(news)), len(book.entries))
    return replace(book, entries=(*book.entries, *entries))


@pytest.mark.parametrize(
    ("news", "units"),
    [
        ([{5: 0.5}], 200.0),
        ([{5: 0.5}, {}], 100.0),  # and is withdrawn
        ([{5: 0.5}, {5: 0.5, 6: 0.5}], 400.0),
        ([{6: 0.5}, {5: 0.5, 6: 0.5}], 400.0),
        ([{5: 0.5}, {5: 0.5, 8: 0.5}, {8: 0.5}], 200.0),  # another is known in time
        ([{8: 0.5}, {5: 0.5, 8: 0.5}], 400.0),
        ([{4: 0.5, 6: 0.25}], 800.0),  # two are heard of at once
        ([{4: 0.5, 6: 0.25, 8: 0.5}], 1600.0),  # and a third that is known in time
        ([{4: 0.5, 6: 0.25}, {6: 0.25}], 400.0),
    ],
)
def test_splits_that_come_late_follow_each_other(
    news: list[dict[int, float]], units: float
) -> None:
    book = Book(entries=numbered([closed(row, 100.0) for row in range(len(DAYS))], 0))
    for factors in news:
        book = heard(book, market(factors))
    assert {one.kind for one in book.entries} <= {"closed", "late_adjusted", "adjusted"}
    assert book.state is not None
    assert book.state.units["A"] == pytest.approx(units)
