"""Each kernel against a slow and obvious twin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from scipy import stats

from forefolio.core.units import Array
from forefolio.features.kernels import (
    FRESH,
    centred_ranks,
    group_moments,
    pack,
    rolling_moments,
    rolling_peak,
    seasonal_means,
    smoothed,
    unpack,
)
from forefolio.features.traded import BLOCK, over_traded


def _panel(seed: int, rows: int, assets: int = 3) -> Array:
    return np.random.default_rng(seed).normal(0.001, 0.02, (rows, assets))


def _padded(values: Array, first: int) -> Array:
    return np.vstack([np.full((first, values.shape[1]), np.nan), values])


@given(st.integers(0, 99), st.integers(1, 60), st.integers(0, 3), st.integers(0, 80))
def test_rolling_moments_are_those_of_each_window(
    seed: int, window: int, first: int, rows: int
) -> None:
    values = _panel(seed, rows)
    mean, variance = rolling_moments(values, window, first)
    assert mean.shape == variance.shape == values.shape
    if rows >= first + window:
        windows = sliding_window_view(values[first:], window, axis=0)
        np.testing.assert_allclose(mean, _padded(windows.mean(-1), first + window - 1), atol=1e-15)
        expected = _padded(windows.var(-1), first + window - 1)
        np.testing.assert_allclose(variance, expected, rtol=1e-9, atol=1e-16)
    else:
        assert np.isnan(mean).all() and np.isnan(variance).all()


def test_rolling_moments_forget_an_outlier_at_the_next_fresh_start() -> None:
    values = _panel(0, 2 * FRESH + 100)
    values[30] = 1e9
    mean, variance = rolling_moments(values, 20, 0)
    start = 20 - 1 + FRESH
    windows = sliding_window_view(values, 20, axis=0)[FRESH:]
    np.testing.assert_allclose(mean[start:], windows.mean(-1), atol=1e-14)
    np.testing.assert_allclose(variance[start:], windows.var(-1), rtol=1e-9)


def test_what_does_not_move_has_no_variance_at_all() -> None:
    values = np.vstack([_panel(0, 50) + 100, np.full((50, 3), 123.4)])
    assert (rolling_moments(values, 20, 0)[1][69:] == 0).all()


@given(st.integers(0, 99), st.integers(1, 30), st.integers(0, 5), st.integers(0, 80))
def test_smoothing_starts_from_a_plain_mean(seed: int, window: int, extra: int, rows: int) -> None:
    values, first = _panel(seed, rows), window - 1 + extra
    out = smoothed(values, window, first, 0.1)
    assert np.isnan(out[:first]).all()
    if rows > first:
        state = values[first - window + 1 : first + 1].mean(axis=0)
        for row in range(first, rows):
            state = state if row == first else 0.9 * state + 0.1 * values[row]
            np.testing.assert_allclose(out[row], state, atol=1e-14)


@given(st.integers(0, 99), st.integers(1, 30), st.integers(1, 80))
def test_the_peak_is_the_highest_of_the_window(seed: int, window: int, rows: int) -> None:
    values = np.round(_panel(seed, rows), 2)  # rounded: ties occur
    expected = [values[max(row - window + 1, 0) : row + 1].max(axis=0) for row in range(rows)]
    np.testing.assert_array_equal(rolling_peak(values, window), np.array(expected))


@given(st.integers(0, 99), st.integers(1, 12))
def test_ranks_are_the_mean_ranks_of_what_is_there(seed: int, assets: int) -> None:
    values = np.round(_panel(seed, 20, assets), 2)  # rounded: ties occur
    values[np.random.default_rng(seed).random(values.shape) < 0.2] = np.nan
    found = centred_ranks(values, values.argsort(axis=1))
    for row, ranks in zip(values, found, strict=True):
        there = np.isfinite(row)
        expected = (stats.rankdata(row[there]) - 0.5) / max(there.sum(), 1) - 0.5
        np.testing.assert_allclose(ranks[there], expected, atol=1e-15)
        assert np.isnan(ranks[~there]).all()


@given(st.integers(0, 99), st.integers(1, 12), st.integers(1, 4))
def test_a_groups_moments_are_those_of_what_is_there(seed: int, assets: int, kinds: int) -> None:
    rng = np.random.default_rng(seed)
    values = _panel(seed, 20, assets)
    values[rng.random(values.shape) < 0.2] = np.nan
    groups = np.unique(rng.integers(0, kinds, assets), return_inverse=True)[1].astype(np.int64)
    mean, variance = group_moments(values, groups)
    for row, asset in np.argwhere(np.isfinite(values)):
        own = values[row, (groups == groups[asset]) & np.isfinite(values[row])]
        assert mean[row, asset] == pytest.approx(own.mean())
        assert variance[row, asset] == pytest.approx(own.var(), abs=1e-18)


@given(st.integers(0, 99), st.integers(1, 3), st.integers(1, 30))
def test_a_season_is_what_came_after_the_same_day_of_past_years(
    seed: int, years: int, window: int
) -> None:
    rng = np.random.default_rng(seed)
    days = np.sort(rng.choice(1500, (400, 2), replace=False), axis=0).astype(np.float64)
    values = np.cumsum(_panel(seed, 400, 2), axis=0)
    found = seasonal_means(values, days, window, years)
    for row, asset in [(r, a) for r in (50, 200, 399) for a in (0, 1)]:
        date, path = days[:, asset], values[:, asset]
        past = [date[row] - np.floor(365.25 * k) for k in range(1, years + 1)]
        starts = [int(np.argmax(date >= day)) for day in past if day >= date[0]]
        starts = [start for start in starts if start + window <= row]
        if not starts:
            assert np.isnan(found[row, asset])
            continue
        drift = (path[row] - path[starts[-1]]) / (row - starts[-1])
        brought = np.mean([path[start + window] - path[start] for start in starts])
        assert found[row, asset] == pytest.approx(brought - window * drift, abs=1e-12)


def test_packing_and_unpacking_give_back_what_traded() -> None:
    values = _panel(0, 40)
    traded = np.random.default_rng(1).random(values.shape) < 0.7
    packed = pack(values, traded)
    for asset in range(3):
        own = values[traded[:, asset], asset]
        np.testing.assert_array_equal(packed[: len(own), asset], own)
        assert np.isnan(packed[len(own) :, asset]).all()
    out = np.full(values.shape, np.nan)
    unpack(packed, traded, out)
    np.testing.assert_array_equal(out, np.where(traded, values, np.nan))


@pytest.mark.parametrize("holes", [0.0, 0.2])
def test_a_formula_sees_each_assets_own_sessions_only(holes: float) -> None:
    values = _panel(0, 60, BLOCK + 3)
    values[np.random.default_rng(1).random(values.shape) < holes] = np.nan
    out = over_traded(lambda panel: np.cumsum(panel, axis=0), values)
    for asset in range(values.shape[1]):
        traded = np.isfinite(values[:, asset])
        np.testing.assert_allclose(out[traded, asset], np.cumsum(values[traded, asset]))
        assert np.isnan(out[~traded, asset]).all()
