"""What labels say, when they are known, and what becomes of assets that stop trading."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import DataError
from forefolio.features import PriceMomentum, Volatility, compute
from forefolio.forecast.targets import (
    TARGETS,
    ForwardReturn,
    ForwardVolatility,
    RiskAdjustedReturn,
    SignificantMove,
    build_dataset,
)
from forefolio.market import Market, simulated_market

HOLED = simulated_market(seed=2, sessions=400, assets=4, holes=0.05)


def _closes(*prices: list[float]) -> Market:
    close = np.array(prices, dtype=float).T
    days = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-01-01") + len(close))
    names = tuple("ABC"[: len(prices)])
    return Market(sessions=days, assets=names, close=close, periods_per_year=252)


def test_a_label_covers_the_time_from_the_next_open_to_the_one_a_horizon_later(
    market: Market,
) -> None:
    labels = ForwardReturn(horizon=5)(market)
    assert market.open is not None
    np.testing.assert_allclose(labels[100], market.open[106] / market.open[101] - 1)
    assert np.isnan(labels[-6:]).all() and np.isfinite(labels[:-6]).all()


def test_with_closes_only_the_trade_is_at_the_next_close() -> None:
    labels = ForwardReturn(horizon=1)(_closes([1, 2, 3, 6]))
    np.testing.assert_allclose(labels[:, 0], [0.5, 1.0, np.nan, np.nan])


@pytest.mark.parametrize("target", TARGETS)
@given(cut=st.integers(0, 400), horizon=st.sampled_from([1, 5, 21, 63]))
@settings(max_examples=15)
def test_what_is_known_at_a_cut_is_what_the_dataset_keeps(
    target: type[ForwardReturn], cut: int, horizon: int
) -> None:
    labels = target(horizon=horizon)
    panel = compute((PriceMomentum(),), HOLED)
    sliced = build_dataset(HOLED, panel, labels).as_of(cut)
    afresh = build_dataset(HOLED[:cut], panel[:cut], labels)
    np.testing.assert_array_equal(sliced.y, afresh.y)


def test_an_asset_that_delists_keeps_its_label_up_to_its_last_close() -> None:
    labels = ForwardReturn(horizon=3)(_closes([8, 8, 4, 2, np.nan, np.nan, np.nan]))
    np.testing.assert_allclose(labels[:, 0], [2 / 8 - 1, 2 / 4 - 1, 0, *[np.nan] * 4])


def test_an_asset_that_is_closed_next_is_entered_when_it_opens() -> None:
    labels = ForwardReturn(horizon=2)(_closes([1, np.nan, 2, 3, 4, 5]))
    np.testing.assert_allclose(labels[:3, 0], [3 / 2 - 1, 4 / 2 - 1, 5 / 3 - 1])


def test_an_asset_that_does_not_trade_before_the_end_cannot_be_entered() -> None:
    labels = ForwardReturn(horizon=1)(_closes([1, np.nan, 2, 3, 4]))
    np.testing.assert_allclose(labels[:, 0], [np.nan, 0.5, 1 / 3, np.nan, np.nan])


def test_a_return_in_units_of_risk_uses_the_volatility_known_before(market: Market) -> None:
    risk = Volatility(window=63)(market) * np.sqrt(21)
    expected = ForwardReturn()(market) / risk
    np.testing.assert_array_equal(RiskAdjustedReturn()(market), expected)


def test_a_significant_move_is_one_beyond_the_threshold_with_its_sign(market: Market) -> None:
    moves, classes = RiskAdjustedReturn()(market), SignificantMove(threshold=0.5)(market)
    known = np.isfinite(moves)
    assert (np.isfinite(classes) == known).all()
    expected = np.where(moves[known] > 0.5, 1, np.where(moves[known] < -0.5, -1, 0))
    np.testing.assert_array_equal(classes[known], expected)
    assert set(np.unique(classes[known])) == {-1.0, 0.0, 1.0}


def test_an_asset_that_never_moved_has_no_move_in_units_of_risk() -> None:
    still = _closes([5.0] * 200)
    assert np.isnan(RiskAdjustedReturn()(still)).all() and np.isnan(SignificantMove()(still)).all()


def test_forward_volatility_is_that_of_the_sessions_held(market: Market) -> None:
    found = ForwardVolatility(horizon=5)(market)
    assert market.open is not None
    steps = market.open[102:107] / market.open[101:106] - 1
    np.testing.assert_allclose(found[100], np.sqrt((steps**2).mean(axis=0)), rtol=1e-9)


def test_forward_volatility_leaves_out_the_sessions_without_a_trade() -> None:
    found = ForwardVolatility(horizon=3)(_closes([1, 1, 2, np.nan, 4, 4, 4, 4]))
    expected = [np.sqrt((1 + 1) / 2), np.sqrt((1 + 0) / 2), 0.0, 0.0, *[np.nan] * 4]
    np.testing.assert_allclose(found[:, 0], expected)


def test_features_of_another_market_are_refused(market: Market) -> None:
    with pytest.raises(DataError, match="compute them on this market"):
        build_dataset(market, compute((PriceMomentum(),), market[:10]), ForwardReturn())


def test_a_hole_in_the_opens_is_bridged_by_the_close(market: Market) -> None:
    assert market.open is not None
    holed = market.open.copy()
    holed[106, 0] = np.nan
    labels = ForwardReturn(horizon=5)(replace(market, open=holed))
    assert labels[100, 0] == pytest.approx(market.close[106, 0] / market.open[101, 0] - 1)
