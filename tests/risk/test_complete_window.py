"""Fading moments that go on from kept ones, beside the sums over the whole window."""

from dataclasses import replace

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.risk import VolatilityTimesCorrelation
from forefolio.risk.covariance.complete_window import EVERY, CompleteWindow, reach
from forefolio.risk.covariance.moments import Pairs, root_weights

WINDOW = 300
HALF_LIFE = 60
ENDS = (140, 252, 301, 378, 379, 500, 503, 504, 505, 700)


@pytest.fixture(scope="module")
def market() -> Market:
    return replace(simulated_market(seed=3, sessions=700, assets=6), sectors=tuple("aabbbc"))


def window_of(market: Market) -> CompleteWindow:
    returns = market.returns[1:][-reach(market, WINDOW) :]
    window = CompleteWindow.of(market, returns, WINDOW, ("plain",))
    assert window is not None
    return window


def moments(market: Market) -> Array:
    return window_of(market).exponentially_weighted(HALF_LIFE)


@pytest.mark.parametrize("end", ENDS)
def test_they_are_the_sums_over_the_window(market: Market, end: int) -> None:
    past = market[:end]
    pairs = Pairs.of(past.returns[1:][-WINDOW:], market.assets)
    slow = pairs.exponentially_weighted(HALF_LIFE)
    np.testing.assert_allclose(moments(past), slow, rtol=1e-11, atol=1e-18)
    sectors = window_of(past).sector_means(20, market.sectors)
    np.testing.assert_allclose(sectors, pairs.sector_means(20, market.sectors), rtol=1e-11)


def test_they_have_the_same_bits_wherever_a_walk_begins(market: Market) -> None:
    walked = [moments(market[:end]) for end in ENDS]
    for end, one in reversed([*zip(ENDS, walked, strict=True)]):
        np.testing.assert_array_equal(moments(market[:end]), one)
        fresh = simulated_market(seed=3, sessions=700, assets=6)
        np.testing.assert_array_equal(moments(fresh[:end]), one)


def test_what_is_kept_serves_the_sessions_that_follow(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []

    def counted(rows: int, half_life: int) -> Array:
        lengths.append(rows)
        return root_weights(rows, half_life)

    monkeypatch.setattr("forefolio.risk.covariance.complete_window.root_weights", counted)
    fresh = replace(market, series=dict(market.series))
    for end in range(5 * EVERY + 5, 5 * EVERY + 50, 21):
        moments(fresh[:end])
    ends, products = 3, 1  # at each end about the mean and of what came; once of what is kept
    assert len(lengths) == 2 * ends + products


def test_a_window_with_a_hole_is_none(market: Market) -> None:
    returns = market.returns[1:][-reach(market, WINDOW) :].copy()
    returns[-40, 2] = np.nan
    assert CompleteWindow.of(market, returns, WINDOW, ("plain",)) is None
    assert CompleteWindow.of(market, market.returns[-50:], WINDOW, ("plain",)) is None


@pytest.mark.parametrize("model", [VolatilityTimesCorrelation(half_life=60)])
def test_what_is_said_to_be_proven_is_a_covariance(
    market: Market, model: VolatilityTimesCorrelation
) -> None:
    for end in (400, 500, 650):
        covariance = model(market[:end])
        assert covariance.proven
        np.testing.assert_array_equal(covariance.matrix, covariance.matrix.T)
        values = np.linalg.eigvalsh(covariance.correlation)
        assert values[0] > -1e-12
        assert covariance.select(np.array([True, False] * 3)).proven


@pytest.mark.parametrize("seed", range(4))
def test_what_always_grows_alike_goes_with_nothing(seed: int) -> None:
    drawn = simulated_market(seed=seed, sessions=900, assets=4)
    close = drawn.close.copy()
    close[:, 0] = 100.0 * 1.0001 ** np.arange(900)  # a fund of bills
    close[:, 1] = 50.0  # a price that never moves
    market = replace(drawn, open=None, high=None, low=None, close=close, sectors=("",) * 4)
    for end in range(700, 900, 13):
        covariance = VolatilityTimesCorrelation(half_life=60)(market[:end])
        assert np.isfinite(covariance.matrix).all()
        unit = np.sqrt(covariance.std[0] * covariance.std[2])
        assert np.abs(covariance.matrix[0, 2:]).max() <= 1e-3 * unit**2
        values = np.linalg.eigvalsh(covariance.matrix)
        assert values[0] > -1e-12 * values[-1]
