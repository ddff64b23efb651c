"""Drifts against what they are by definition."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.units import Array
from forefolio.forecast import Dataset
from forefolio.forecast.comparable import Comparable
from forefolio.forecast.models import baselines
from forefolio.forecast.models.baselines import (
    AlwaysUp,
    HistoricalMean,
    PooledMean,
    Zero,
    shrunk_drift,
)
from forefolio.market import Market

Labelled = Callable[[Market, int], Dataset]


def test_means_are_per_session_and_times_the_horizon(
    labelled: Labelled, holed_market: Market
) -> None:
    data = labelled(holed_market, 5)
    returns = holed_market.returns
    trading = np.isfinite(holed_market.close[-1])
    own = HistoricalMean().fit(data).predict(data).mean[0]
    pooled = PooledMean().fit(data).predict(data).mean[0]
    np.testing.assert_allclose(own[trading], 5 * np.nanmean(returns, axis=0)[trading])
    np.testing.assert_allclose(pooled[trading], 5 * np.nanmean(returns))
    assert (Zero().fit(data).predict(data).mean[0][trading] == 0).all()


def test_always_up_is_up_in_a_falling_market(labelled: Labelled, market: Market) -> None:
    down = np.exp(-1e-3 * np.arange(len(market)))[:, None]
    data = labelled(replace(market, close=market.close * down), 21)
    assert (PooledMean().fit(data).predict(data).mean < 0).all()
    assert (AlwaysUp().fit(data).predict(data).mean > 0).all()


def test_noise_is_shrunk_away_and_real_differences_are_kept() -> None:
    rng = np.random.default_rng(3)
    factor = rng.normal(0, 0.01, (2500, 1))
    noise = factor + rng.normal(0, 0.01, (2500, 40))
    apart = noise + np.linspace(-0.01, 0.01, 40)
    assert np.ptp(shrunk_drift(noise)) < 0.3 * np.ptp(noise.mean(axis=0))
    assert np.ptp(shrunk_drift(apart)) > 0.95 * np.ptp(apart.mean(axis=0))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), assets=st.integers(1, 6), hole=st.floats(0, 0.6))
def test_a_shrunk_mean_lies_between_the_asset_and_the_pool(
    seed: int, assets: int, hole: float
) -> None:
    rng = np.random.default_rng(seed)
    returns = rng.normal(0, 0.01, (80, assets)) + rng.normal(0, 0.01, assets)
    returns[rng.random(returns.shape) < hole] = np.nan
    pooled = np.nanmean(returns)
    shrunk = shrunk_drift(returns)
    lead = (
        returns
        - np.array([np.nan if np.isnan(r).all() else np.nanmean(r) for r in returns])[:, None]
    )
    for asset in range(assets):
        own = lead[np.isfinite(lead[:, asset]), asset]
        low, high = sorted((0.0, float(own.mean()) if len(own) else 0.0))
        assert low - 1e-12 <= shrunk[asset] - pooled <= high + 1e-12


def test_an_asset_without_returns_gets_the_pooled_mean() -> None:
    returns = np.random.default_rng(0).normal(0.01, 0.01, (50, 3))
    returns[:, 1] = np.nan
    assert shrunk_drift(returns)[1] == pytest.approx(np.nanmean(returns))


def test_the_shrunk_mean_is_by_its_definition(holed_market: Market) -> None:
    returns = holed_market.returns[1:] + np.linspace(-0.01, 0.01, len(holed_market.assets))
    lead = returns - np.nanmean(returns, axis=1, keepdims=True)
    mean, count = np.nanmean(lead, axis=0), np.isfinite(lead).sum(axis=0)
    error = np.nanvar(lead, axis=0) / (count - 1)
    spread = max(float(np.mean(mean**2 - error)), 0.0)
    expected = np.nanmean(returns) + spread / (spread + error) * mean
    np.testing.assert_allclose(shrunk_drift(returns), expected, rtol=1e-9)


def _nasty(seed: int) -> Array:
    """Returns of a few assets with gaps, constant prices, bills, late listings and early ends."""
    rng = np.random.default_rng(seed)
    rows, count = int(rng.integers(1, 900)), int(rng.integers(1, 12))
    returns: Array = rng.standard_t(4, (rows, count)) * np.exp(rng.normal(-5, 1.5, count))
    if seed % 3 == 0:
        returns[rng.random((rows, count)) < 0.3] = np.nan
    if seed % 4 == 0:
        returns[int(rows * 0.4) : int(rows * 0.7), 0] = 0.0
    if seed % 5 == 0:
        returns[:, -1] = 2e-4
    if seed % 7 == 0:
        returns[int(rows * 0.5) :, 0] = np.nan
    if seed % 11 == 0:
        returns[: int(rows * 0.5), count // 2] = np.nan
    if seed % 13 == 0:
        returns[:] = 0.0
    return returns


def test_in_one_pass_it_is_what_it_is_session_by_session() -> None:
    for seed in range(60):
        returns = _nasty(seed)
        each = Comparable.of(returns)
        lead = baselines._leads(returns, each)
        level = each.levels(returns)[-1]
        slowly = each[-1:].expected(level)[0] + each.similarity[-1] * lead[-1]
        size = float(np.abs(slowly).max())
        np.testing.assert_allclose(shrunk_drift(returns), slowly, rtol=0, atol=1e-12 * size)
