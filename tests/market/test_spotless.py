"""Tickers that no rule would change are seen at once; what the rules say one by one is the twin."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from forefolio.core.units import Array, Dates
from forefolio.market import simulated_market
from forefolio.market.cleaning.bars import Cleaned, clean_all
from forefolio.market.cleaning.spotless import spotless
from forefolio.market.sources.base import Bars, once_a_table

ROWS, ASSETS = 120, 6
TODAY = np.datetime64("2030-01-01")


def table(change: Callable[[Array], None] | None = None) -> dict[str, Bars]:
    """Closes of several tickers with the same days, of which "A2" is changed in place."""
    market = simulated_market(sessions=ROWS, assets=ASSETS)
    closes = {f"A{k}": market.close[:, k].copy() for k in range(ASSETS)}
    if change:
        change(closes["A2"])
    return {t: Bars(dates=market.sessions, columns={"close": c}) for t, c in closes.items()}


def by_the_rules(rows: Mapping[str, Bars]) -> dict[str, Cleaned]:
    """The same through every rule: with a volume nothing is spotless, and nothing else changes."""
    traded = {t: bars.having(volume=np.ones(len(bars))) for t, bars in rows.items()}
    assert not spotless(traded, TODAY)
    return clean_all(traded, {}, today=TODAY)


def put(row: int, value: float) -> Callable[[Array], None]:
    return lambda close: close.__setitem__(row, value)


def scaled(row: int, factor: float) -> Callable[[Array], None]:
    return lambda close: close.__setitem__(slice(row, None), factor * close[row:])


def still(rows: int) -> Callable[[Array], None]:
    return lambda close: close.__setitem__(slice(20, 20 + rows), close[20])


DEFECTS = {
    "a missing close": put(9, np.nan),
    "no close at the start": put(0, np.nan),
    "an infinite close": put(9, np.inf),
    "a close of zero": put(9, 0.0),
    "a negative close": put(9, -1.0),
    "a tick": put(9, 1e4),
    "a split": scaled(60, 0.5),
    "a unit": scaled(60, 100.0),
    "eleven equal closes": still(11),
}
HARMLESS = {"nothing": put(0, 50.0), "ten equal closes": still(10), "a rise": scaled(60, 1.7)}


@pytest.mark.parametrize("change", [*DEFECTS.values(), *HARMLESS.values()])
def test_what_is_seen_at_once_is_what_the_rules_say_one_by_one(
    change: Callable[[Array], None],
) -> None:
    rows = table(change)
    quick, slow = clean_all(rows, {}, today=TODAY), by_the_rules(rows)
    for ticker, each in quick.items():
        assert each.findings == slow[ticker].findings and each.refused == slow[ticker].refused
        np.testing.assert_array_equal(each.bars.close, slow[ticker].bars.close)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_left_to_the_rules(name: str) -> None:
    rows = table(DEFECTS[name])
    assert spotless(rows, TODAY) == rows.keys() - {"A2"}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_no_rule_minds_is_spotless(name: str) -> None:
    rows = table(HARMLESS[name])
    assert spotless(rows, TODAY) == rows.keys()


@pytest.mark.parametrize("defect", ["undated", "twice", "backwards", "weekend", "future"])
def test_days_out_of_order_leave_all_of_their_table_to_the_rules(defect: str) -> None:
    rows = table()
    days = rows["A0"].dates.copy()
    today = days[-2] if defect == "future" else TODAY
    if defect == "undated":
        days[5] = np.datetime64("NaT")
    elif defect == "twice":
        days[5] = days[4]
    elif defect == "backwards":
        days = days[::-1].copy()
    elif defect == "weekend":
        friday = int(np.flatnonzero(np.diff(days).astype(int) > 2)[0])
        days[friday + 1] = days[friday] + 1
    late = {t: Bars(dates=days, columns=bars.columns) for t, bars in rows.items()}
    assert not spotless(late, today)


def test_tables_with_other_days_are_judged_each_alone() -> None:
    rows = table()
    short = {f"B{t}": bars.at(np.arange(ROWS) < 90) for t, bars in rows.items()}
    short = {t: Bars(dates=short["BA0"].dates, columns=b.columns) for t, b in short.items()}
    assert spotless({**rows, **short}, TODAY) == rows.keys() | short.keys()
    cleaned = clean_all({**rows, **short}, {}, minimum_sessions=110, today=TODAY)
    assert not cleaned["A0"].refused
    assert {f.code for f in cleaned["BA0"].findings} == {"short_life"}


def test_a_function_of_days_is_asked_once_for_each_array() -> None:
    asked: list[int] = []

    def count(days: Dates) -> int:
        asked.append(len(days))
        return len(days)

    once = once_a_table(count)
    days = table()["A0"].dates
    assert [once(days), once(days), once(days.copy())] == [ROWS] * 3
    assert asked == [ROWS] * 2
