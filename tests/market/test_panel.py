import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.core.errors import DataError, UnknownTicker
from forefolio.market import BARS, Market, simulated_market

WHOLE = simulated_market(seed=3, sessions=120, assets=3, holes=0.05)


def same(left: Market, right: Market) -> bool:
    def equal(a: object, b: object) -> bool:
        return np.array_equal(np.asarray(a, float), np.asarray(b, float), equal_nan=True)

    return (
        left.assets == right.assets
        and left.sectors == right.sectors
        and left.periods_per_year == right.periods_per_year
        and np.array_equal(left.sessions, right.sessions)
        and all(equal(getattr(left, n), getattr(right, n)) for n in BARS)
        and left.series.keys() == right.series.keys()
        and all(equal(left.series[n], right.series[n]) for n in right.series)
    )


@given(st.integers(0, 120))
def test_the_past_is_a_view_that_ends_where_it_is_cut(rows: int) -> None:
    past = WHOLE[:rows]
    assert len(past) == rows
    assert np.shares_memory(past.close, WHOLE.close) or rows == 0
    assert np.array_equal(past.close, WHOLE.close[:rows], equal_nan=True)
    assert all(len(values) == rows for values in past.series.values())
    assert np.array_equal(past.returns, WHOLE.returns[:rows], equal_nan=True)


def test_as_of_takes_any_day_and_includes_it() -> None:
    assert str(WHOLE.as_of("2010-01-10").sessions[-1]) == "2010-01-08"
    assert str(WHOLE.as_of(np.datetime64("2010-01-11")).sessions[-1]) == "2010-01-11"
    assert len(WHOLE.as_of("2009-12-31")) == 0
    assert same(WHOLE.as_of("2100-01-01"), WHOLE)


def test_nobody_can_write_into_it_or_cut_its_start() -> None:
    with pytest.raises(ValueError, match="read-only"):
        WHOLE.close[0, 0] = 1.0
    with pytest.raises(DataError, match="cut at its end only"):
        WHOLE[5:]


def test_returns_and_trade_prices_follow_from_the_prices() -> None:
    assert np.isnan(WHOLE.returns[0]).all()
    row = 50
    before = [column[:row][np.isfinite(column[:row])][-1] for column in WHOLE.close.T]
    expected = WHOLE.close[row] / before - 1
    assert np.array_equal(WHOLE.returns[row], expected, equal_nan=True)
    assert WHOLE.open is not None
    traded = np.isfinite(WHOLE.open)
    assert np.array_equal(WHOLE.trade_price[traded], WHOLE.open[traded])


def test_some_assets_in_any_order() -> None:
    some = WHOLE.select(["A2", "A0"])
    assert some.assets == ("A2", "A0") and some.sectors == ("Health", "Tech")
    assert np.array_equal(some.close, WHOLE.close[:, [2, 0]], equal_nan=True)
    with pytest.raises(UnknownTicker, match="no B"):
        WHOLE.select(["A0", "B"])


def test_arrays_must_fit_sessions_and_assets() -> None:
    with pytest.raises(DataError, match=r"close has shape \(2, 1\), must be \(120, 1\)"):
        Market(
            sessions=WHOLE.sessions, assets=("A",), close=np.ones((2, 1)), periods_per_year=252.0
        )


def test_a_saved_market_is_the_same_and_travels_by_name(tmp_path: Path) -> None:
    saved = WHOLE.save(tmp_path)
    assert same(saved, WHOLE)
    cut = pickle.dumps(saved[:40])
    assert len(cut) < 1000
    assert same(pickle.loads(cut), WHOLE[:40])
    assert same(pickle.loads(pickle.dumps(WHOLE)), WHOLE)


def test_what_is_changed_of_a_saved_market_does_not_go_by_its_name(tmp_path: Path) -> None:
    saved = WHOLE.save(tmp_path)
    assert saved.home is not None and saved.digest == WHOLE.digest == saved.home.name
    assert saved[:100].digest == WHOLE[:100].digest
    doubled = [replace(of, open=None, close=2.0 * of.close**2) for of in (saved, WHOLE)]
    assert doubled[0].digest == doubled[1].digest != saved.digest
    again = replace(saved, open=None, close=3.0 * saved.close)
    np.testing.assert_array_equal(doubled[0].returns, doubled[1].returns)
    np.testing.assert_allclose(again.returns, saved.returns, atol=1e-12)


def test_the_digest_names_the_content() -> None:
    again = simulated_market(seed=3, sessions=120, assets=3, holes=0.05)
    assert again.digest == WHOLE.digest
    others = [simulated_market(seed=4, sessions=120, assets=3), WHOLE[:100], WHOLE.select(["A0"])]
    assert len({WHOLE.digest, *(other.digest for other in others)}) == 4
