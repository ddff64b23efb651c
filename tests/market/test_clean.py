import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.units import Array, Dates
from forefolio.market import Finding, simulated_market
from forefolio.market.cleaning.bars import Cleaned, clean
from forefolio.market.sources.base import Bars

ROWS = 100


def bars(**changed: Array) -> Bars:
    market = simulated_market(sessions=ROWS, assets=1)
    columns = {n: getattr(market, n)[:, 0] for n in ("open", "high", "low", "close", "volume")}
    return Bars(dates=market.sessions, columns=columns).having(**changed)


def changed(name: str, rows: list[int], value: float) -> Bars:
    values = bars().columns[name].copy()
    values[rows] = value
    return bars(**{name: values})


def only(cleaned: Cleaned, code: str) -> Finding:
    (finding,) = [f for f in cleaned.findings if f.code == code]
    return finding


def same(left: Bars, right: Bars) -> bool:
    return np.array_equal(left.dates, right.dates) and all(
        np.array_equal(left.columns[n], right.columns[n], equal_nan=True) for n in left.columns
    )


def test_clean_bars_stay_as_they_are() -> None:
    cleaned = clean("X", bars())
    assert cleaned.findings == () and not cleaned.refused
    assert same(cleaned.bars, bars())


@settings(max_examples=30)
@given(st.permutations(range(ROWS)), st.lists(st.integers(0, ROWS - 1), max_size=8))
def test_the_order_of_rows_and_their_copies_never_matter(
    order: list[int], copies: list[int]
) -> None:
    read = bars().at(np.array(order + copies))
    cleaned = clean("X", read)
    assert same(cleaned.bars, bars())
    if copies:
        assert only(cleaned, "duplicate").count == len(set(copies))


def test_newest_first_is_sorted_and_told() -> None:
    cleaned = clean("X", bars().at(np.arange(ROWS)[::-1]))
    assert same(cleaned.bars, bars())
    assert str(only(cleaned, "unsorted")).startswith("X: rows are newest first")


def test_rows_of_a_day_that_differ_leave_empty_what_they_differ_in() -> None:
    twice = bars().at(np.append(np.arange(ROWS), 7))
    close, volume = twice.close.copy(), twice.columns["volume"].copy()
    close[-1] *= 1.02
    volume[7] = np.nan  # an empty cell does not disagree
    cleaned = clean("X", twice.having(close=close, volume=volume))
    assert only(cleaned, "conflict").first == bars().dates[7]
    assert np.flatnonzero(np.isnan(cleaned.bars.close)).tolist() == [7]
    assert np.array_equal(cleaned.bars.columns["volume"], bars().columns["volume"])


@pytest.mark.parametrize("value", [0.0, -5.0, np.inf, -np.inf])
def test_an_impossible_close_is_a_day_without_trading(value: float) -> None:
    cleaned = clean("X", changed("close", [40, 60], value))
    assert np.flatnonzero(np.isnan(cleaned.bars.close)).tolist() == [40, 60]
    found = only(cleaned, "impossible")
    assert (found.count, found.first, found.last) == (2, bars().dates[40], bars().dates[60])


def test_a_missing_close_is_never_filled_in() -> None:
    cleaned = clean("X", changed("close", [40], np.nan))
    assert np.flatnonzero(np.isnan(cleaned.bars.close)).tolist() == [40]
    assert only(cleaned, "no_close").count == 1


def test_a_bar_that_contradicts_itself_keeps_its_close_only() -> None:
    cleaned = clean("X", changed("high", [40], 1.0))
    assert only(cleaned, "range").count == 1
    assert np.array_equal(cleaned.bars.close, bars().close)
    assert all(np.isnan(cleaned.bars.columns[n][40]) for n in ("open", "high", "low"))


def test_an_adjusted_close_that_makes_a_move_is_told() -> None:
    adjusted = np.where(np.arange(ROWS) < 50, bars().close / 1.5, bars().close)
    cleaned = clean("X", bars(adjusted=adjusted))
    assert only(cleaned, "adjustment").first == bars().dates[50]
    assert np.array_equal(cleaned.bars.close, adjusted)


def test_runs_of_one_price_are_kept_unless_nothing_was_traded() -> None:
    stale = changed("close", [*range(40, 52)], 70.0)
    columns = {"close": stale.close, "volume": bars().columns["volume"]}
    traded = clean("X", Bars(dates=stale.dates, columns=columns))
    assert only(traded, "stale").count == 12
    assert np.array_equal(traded.bars.close, stale.close)
    silent = columns["volume"].copy()
    silent[40:52] = 0
    quiet = clean("X", Bars(dates=stale.dates, columns={**columns, "volume": silent}))
    assert np.flatnonzero(np.isnan(quiet.bars.close)).tolist() == [*range(40, 52)]
    assert only(quiet, "zero_volume").severity == "info"


def appended(day: str) -> Bars:
    dates: Dates = np.append(bars().dates, np.datetime64(day))
    return Bars(dates=dates, columns={n: np.append(v, v[-1]) for n, v in bars().columns.items()})


@pytest.mark.parametrize(
    ("day", "code"), [("2010-05-23", "weekend"), ("2031-01-01", "future"), ("NaT", "undated")]
)
def test_rows_on_days_that_are_none_are_dropped(day: str, code: str) -> None:
    cleaned = clean("X", appended(day), today=np.datetime64("2026-01-01"))
    assert only(cleaned, code).action == "dropped"
    assert same(cleaned.bars, bars())


def test_a_market_that_trades_at_weekends_keeps_them() -> None:
    days = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-01-01") + ROWS)
    assert len(clean("X", Bars(dates=days, columns=bars().columns)).bars) == ROWS


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (bars().at(np.arange(30)), "30 sessions of history, needs 63"),
        (changed("close", [*range(ROWS)], np.nan), "no row has a close"),
        (changed("close", [*range(25)], -1.0), "25 of 100 rows are wrong"),
        (bars().at(np.arange(0)), "no row has a close"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(read: Bars, reason: str) -> None:
    assert reason in clean("X", read).refused


NOISE = [np.nan, np.inf, -np.inf, -1.0, 0.0, 1e-9, 50.0, 51.0, 1e9]


@given(st.integers(0, 2**32), st.integers(0, 60))
def test_any_rows_come_out_sorted_once_each_and_plausible(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    names = ("open", "high", "low", "close", "volume", "adjusted", "split")
    columns = {name: rng.choice(NOISE, size) for name in names}
    dates: Dates = np.datetime64("2020-01-01") + rng.integers(0, 50, size)
    dates[rng.random(size) < 0.1] = np.datetime64("NaT")
    read = Bars(dates=dates, columns=columns)
    cleaned = clean("X", read)
    assert (np.diff(cleaned.bars.dates).astype(int) > 0).all()
    close = cleaned.bars.close
    assert (np.isnan(close) | ((close > 0) & np.isfinite(close))).all()
    assert cleaned.traded <= size
    assert all(f.ticker == "X" and f.message and f.action for f in cleaned.findings)
    again = clean("X", read.at(rng.permutation(size)))
    assert same(cleaned.bars, again.bars)


def test_rows_are_counted_not_cells() -> None:
    days = np.datetime64("2020-01-06") + np.flatnonzero(
        np.is_busday(np.datetime64("2020-01-06") + np.arange(200))
    )
    good = np.where(np.arange(len(days)) < 90, 50.0 + np.arange(len(days)) % 7, 0.0)
    columns = {name: good.copy() for name in ("open", "high", "low", "close")}
    found = clean("A", Bars(dates=days, columns=columns))
    assert f"{len(days) - 90} of {len(days)} rows are wrong" in found.refused
