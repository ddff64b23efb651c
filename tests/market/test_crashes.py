"""Real crashes are data: what open, range, volume, the market and the sector say of a wild day."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Dates
from forefolio.market import Files, load_market
from forefolio.market.cleaning.bars import Cleaned, clean, clean_all
from forefolio.market.sources.base import Bars

pd = lazy("pandas")

START = np.datetime64("2019-01-01")


def days(sessions: int) -> Dates:
    every = np.arange(START, START + 2 * sessions)
    return every[np.is_busday(every)][:sessions]


def path(
    moves: Mapping[int, float], sessions: int = 300, seed: int = 0, usual: float = 0.02
) -> Array:
    """Closes (T,) that move by about `usual` a session, and by `moves` in their rows."""
    steps = usual * np.random.default_rng(seed).standard_normal(sessions)
    for row, move in moves.items():
        steps[row] = np.log1p(move)
    return 60.0 * np.exp(np.cumsum(steps))


def whole(
    close: Array,
    opens: Mapping[int, float] | None = None,
    volume: Mapping[int, float] | None = None,
) -> Bars:
    """Bars whose sessions open at the close before, or at `opens` times it; 1 million shares."""
    before = np.concatenate([close[:1], close[:-1]])
    start, shares = before.copy(), np.full(len(close), 1e6)
    for row, ratio in (opens or {}).items():
        start[row] = ratio * before[row]
    for row, times in (volume or {}).items():
        shares[row] *= times
    columns = {
        "open": start,
        "high": 1.005 * np.maximum(start, close),
        "low": 0.995 * np.minimum(start, close),
        "close": close,
        "volume": shares,
    }
    return Bars(dates=days(len(close)), columns=columns)


def closes(close: Array) -> Bars:
    return Bars(dates=days(len(close)), columns={"close": close})


def untouched(cleaned: Cleaned, close: Array) -> bool:
    return not cleaned.refused and np.array_equal(cleaned.bars.close, close)


def codes(cleaned: Cleaned) -> list[str]:
    return [finding.code for finding in cleaned.findings]


# -- one stock -------------------------------------------------------------------------------------


def test_a_rebound_after_a_wild_month_is_kept_where_the_session_traded_its_way_there() -> None:
    wild = {row: 0.14 * (-1.0) ** row for row in range(170, 200)}
    close = path({**wild, 200: 1.02})
    cleaned = clean("X", whole(close, volume=dict.fromkeys(range(200, 205), 8.0)))
    assert untouched(cleaned, close)
    assert codes(cleaned) == ["large_move"]


@pytest.mark.parametrize("known", [("open", "high", "low", "volume"), ("volume",), ()])
def test_a_fall_by_60_percent_and_a_rise_by_100_the_day_after_are_both_kept(
    known: Sequence[str],
) -> None:
    close = path({200: -0.6, 201: 1.0})
    full = whole(close, {200: 0.45, 201: 1.8}, {200: 15.0, 201: 12.0})
    bars = Bars(dates=full.dates, columns={n: full.columns[n] for n in ("close", *known)})
    assert untouched(clean("X", bars), close)


@pytest.mark.parametrize("fall", [-0.5, -0.6, -2 / 3, -0.75, -0.9])
def test_a_trial_that_failed_overnight_is_a_return(fall: float) -> None:
    close = path({200: fall})
    assert untouched(clean("X", whole(close, {200: 1 + fall}, {200: 4.5 / (1 + fall) ** 2})), close)


@pytest.mark.parametrize("last", [0.0575, 0.1, 0.125, 0.004])
def test_the_last_fall_of_a_ruined_company_is_a_return(last: float) -> None:
    falling = {row: -0.08 for row in range(180, 200)}  # to less than half within a year
    close = path({**falling, 200: last - 1})
    assert untouched(clean("X", closes(close)), close)
    assert untouched(clean("X", whole(close, {200: last}, {200: 5.0})), close)


def test_a_hole_is_no_evidence_for_a_split() -> None:
    close = path({200: -0.5})
    assert clean("X", closes(close)).refused  # as quiet as a split, and nothing else is known
    close[199] = -1.0  # what cannot be a price is emptied, and the move is no session's any more
    cleaned = clean("X", closes(close))
    assert not cleaned.refused
    assert "large_move" in codes(cleaned)


@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.15, 0.2]))
def test_closes_alone_empty_nothing_in_a_wild_month(seed: int, usual: float) -> None:
    wild = path({}, seed=seed, usual=usual)
    wild[:30] = path({}, seed=seed)[:30] * wild[30] / path({}, seed=seed)[29]  # calm before it
    cleaned = clean("X", closes(wild))
    assert "bad_tick" not in codes(cleaned)


@given(st.integers(0, 10_000), st.floats(0.05, 12.0), st.integers(1, 3))
def test_no_hole_is_left_that_could_be_read_as_a_jump(seed: int, ratio: float, width: int) -> None:
    close = path({}, seed=seed, usual=0.08)
    close[200 : 200 + width] *= ratio
    cleaned = clean("X", closes(close))
    kept = cleaned.bars.close
    rows = np.flatnonzero(np.isfinite(kept))
    across = np.abs(np.diff(np.log(kept[rows])))[np.diff(rows) > 1]
    assert (across < np.log(1.9)).all()


# -- what must still be caught ---------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [2.0, 2.5, 3.0, 4.0, 20.0, 100.0, 0.5, 0.1, 1 / 35])
def test_a_split_left_in_is_refused_though_the_days_before_were_lively(ratio: float) -> None:
    close = path({}, usual=0.03)
    close[200:] /= ratio
    bars = whole(close, {200: 1 / ratio}, dict.fromkeys(range(200, 300), ratio))
    assert "looks like a split left unadjusted" in clean("X", bars).refused


@pytest.mark.parametrize("usual", [0.01, 0.05])
@pytest.mark.parametrize("unit", [100.0, 0.01, 1000.0])
def test_another_unit_is_refused_and_a_day_of_it_emptied(unit: float, usual: float) -> None:
    longer, day = path({}, usual=usual), path({}, usual=usual)
    longer[200:] *= unit
    day[200] *= unit
    assert clean("X", closes(longer)).refused
    assert np.flatnonzero(np.isnan(clean("X", closes(day)).bars.close)).tolist() == [200]


@pytest.mark.parametrize("ratio", [0.5, 2.0, 3.0])
def test_a_day_at_a_ratio_that_nobody_traded_differently_is_emptied(ratio: float) -> None:
    close = path({}, usual=0.01)
    close[200] *= ratio
    bars = whole(close, {200: ratio, 201: 1 / ratio})
    assert np.flatnonzero(np.isnan(clean("X", bars).bars.close)).tolist() == [200]


# -- the others ------------------------------------------------------------------------------------


def crowd(row: int, move: float) -> dict[str, Bars]:
    """Five other stocks, which all make `move` in `row`."""
    return {f"O{n}": closes(path({row: move}, seed=100 + n)) for n in range(5)}


@pytest.mark.parametrize(
    ("own", "market"),
    [
        ({200: -0.5}, -0.2),  # as on 1987-10-19
        ({200: -0.5, 201: 1.0}, -0.12),  # as in March 2020, a rebound the day after
        ({200: 1.0}, 0.11),
    ],
)
def test_a_day_that_shook_the_market_is_no_day_of_splits_or_ticks(
    own: Mapping[int, float], market: float
) -> None:
    close = path(own)
    alone = clean_all({"X": closes(close), **crowd(200, 0.002)}, {})["X"]
    assert alone.refused or np.isnan(alone.bars.close).any()  # so the market is what decides
    together = clean_all({"X": closes(close), **crowd(200, market)}, {})["X"]
    assert untouched(together, close)
    opposite = clean_all({"X": closes(close), **crowd(200, -market)}, {})["X"]
    assert opposite.refused or np.isnan(opposite.bars.close).any()


def test_a_day_that_shook_the_sector_is_asked_for_too() -> None:
    close = path({200: -0.5})
    calm = {f"C{n}": closes(path({200: 0.002}, seed=200 + n)) for n in range(9)}
    everyone = {"X": closes(close), **crowd(200, -0.15), **calm}
    assert clean_all(everyone, {})["X"].refused
    banks = dict.fromkeys(["X", *crowd(200, 0.0)], "Financials")
    assert untouched(clean_all(everyone, banks)["X"], close)


def test_others_are_asked_by_every_load(tmp_path: Path) -> None:
    panel = {"X": path({200: -0.5})} | {n: b.close for n, b in crowd(200, -0.2).items()}
    frame = pd.DataFrame(panel, index=pd.DatetimeIndex(days(300), name="date"))
    frame.to_csv(tmp_path / "crash.csv")
    files = Files(path=tmp_path / "crash.csv")
    assert "X" in load_market(files).market.assets
    assert "X" in load_market(files, ["X", "O0", "O1"]).report.refused  # two others say nothing
