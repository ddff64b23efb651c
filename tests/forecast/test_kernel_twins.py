"""Kernels of forecasts and their scores beside the slow, obvious way of saying the same."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import special

from forefolio.core.units import Array
from forefolio.forecast import ForwardVolatility
from forefolio.forecast.judging.conformal_kernel import NEAREST, OUTERMOST, reach_as_known
from forefolio.forecast.scoring.distributions import crps_beside, gaussian_crps
from forefolio.forecast.scoring.rank_kernel import RankedOutcomes, ranked_together
from forefolio.forecast.volatility.log_means import LEAST, WINDOWS, log_means
from forefolio.market import Market, simulated_market

SCALE = np.linspace(0.0, 20.0, 4001)
NORMAL = np.diff(special.erf(SCALE / math.sqrt(2.0)), prepend=0.0)


def holed(values: Array, seed: int, share: float = 0.1) -> Array:
    """The same with some of it unknown."""
    gone = np.random.default_rng(seed).uniform(size=values.shape) < share
    return np.where(gone, np.nan, values)


def slow_reach(distance: Array, horizon: int, shares: Array, rate: float, refresh: int) -> Array:
    """The walk of reaches by numpy, a session at a time."""
    counted, sessions = 250.0 * NORMAL, 250.0
    adjusted, out = shares.copy(), np.empty((len(distance), len(shares)))
    for row in range(len(distance)):
        last = row - horizon - 1
        known = distance[last][np.isfinite(distance[last])] if last >= 0 else np.empty(0)
        if len(known):
            inside = (known[:, None] <= out[last]).mean(axis=0)
            moved = adjusted + rate * (shares - inside)
            adjusted = np.clip(moved, shares * NEAREST, 1 - (1 - shares) * OUTERMOST)
            steps = np.searchsorted(SCALE, np.minimum(known, SCALE[-1]))
            counted = counted + np.bincount(steps, minlength=len(SCALE)) / len(known)
            sessions += 1.0
        if row % refresh == 0:
            within = np.cumsum(counted) / sessions
        out[row] = np.interp(adjusted, within, SCALE)
    return out


@pytest.mark.parametrize("horizon", [1, 5])
def test_reaches_are_those_of_a_walk_session_by_session(horizon: int) -> None:
    rng = np.random.default_rng(horizon)
    distance = np.abs(rng.standard_t(3, (300, 7)))
    distance[40, 0], distance[41, 1], distance[42, 2] = 0.0, 20.0, 35.0  # on and beyond the scale
    distance[50, 3] = SCALE[77]
    distance = holed(distance, seed=1)
    distance[100:110] = np.nan
    shares, rate = np.array([0.0, 0.5, 0.9]), 0.03 / horizon
    out = np.empty((300, 3))
    reach_as_known(distance, horizon, shares, rate, SCALE, 250.0 * NORMAL, 21, out)
    expected = slow_reach(distance, horizon, shares, rate, 21)
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-13)
    assert len(np.unique(out[:, 2])) > 200


def slow_log_mean(past: Array, window: int, least: float | None) -> float:
    """Of one asset's variances up to a session."""
    known = past[-WINDOWS[-1] :][np.isfinite(past[-WINDOWS[-1] :])]
    longest = known.mean() if len(known) >= WINDOWS[-1] // 3 else np.nan
    if least is None:
        longest = longest if longest > 0 else np.nan
        least = LEAST * longest
    level = longest
    for width in [width for width in reversed(WINDOWS) if window <= width < WINDOWS[-1]]:
        recent = past[-width:][np.isfinite(past[-width:])]
        level = recent.mean() if len(recent) else level
    return float(np.log(np.maximum(level, least)))


@pytest.mark.parametrize("floor", [None, 5e-5])
def test_log_means_are_those_of_each_window(floor: float | None) -> None:
    variance = np.random.default_rng(3).chisquare(1, (150, 3)) * 1e-4
    variance = holed(variance, seed=4)
    variance[:30, 0] = np.nan
    variance[100:110, 1] = 0.0
    variance[60:70, 2] = np.nan
    least = None if floor is None else np.full(variance.shape, floor)
    terms = log_means(variance, least)
    for row, asset in [(r, a) for r in range(0, 150, 7) for a in range(3)]:
        past = variance[: row + 1, asset]
        for place, window in enumerate(WINDOWS):
            expected = slow_log_mean(past, window, floor)
            assert terms[row, asset, place] == pytest.approx(expected, rel=1e-9, nan_ok=True)
    assert 0.2 < np.isnan(terms).mean() < 0.6 or floor is not None


def slow_realised(market: Market, row: int, asset: int, horizon: int) -> float:
    """Root mean square of what an asset earned after its entry behind a close."""
    price, close = market.trade_price[:, asset], market.close[:, asset]
    if row + 1 + horizon >= len(price):
        return np.nan
    entries = [r for r in range(row + 1, row + horizon + 1) if np.isfinite(price[r])]
    if not entries:
        return np.nan
    value, carried = [], np.nan
    for paid, ended in zip(price, close, strict=True):
        carried = ended if np.isfinite(ended) else carried
        value.append(paid if np.isfinite(paid) else carried)
    own = [r for r in range(entries[0] + 1, row + horizon + 2) if np.isfinite(close[r])]
    moves = [(value[r] / value[r - 1] - 1.0) ** 2 for r in own]
    return math.sqrt(sum(moves) / len(moves)) if moves else np.nan


@pytest.mark.parametrize("horizon", [1, 4])
@pytest.mark.parametrize("has_opens", [True, False])
def test_volatility_ahead_is_that_of_what_is_earned(horizon: int, has_opens: bool) -> None:
    whole = simulated_market(seed=5, sessions=80, assets=11)  # more than are taken together
    hole = np.random.default_rng(6).uniform(size=whole.close.shape) < 0.15
    hole[:10, 0], hole[60:, 1], hole[30:40, 2] = True, True, True
    assert whole.open is not None
    opens = np.where(hole, np.nan, whole.open) if has_opens else None
    closes = np.where(hole, np.nan, whole.close)
    market = replace(whole, open=opens, high=None, low=None, close=closes, volume=None)
    ahead = ForwardVolatility(horizon=horizon)(market)
    expected = [[slow_realised(market, r, a, horizon) for a in range(11)] for r in range(80)]
    np.testing.assert_allclose(ahead, expected, rtol=1e-9, atol=1e-9)
    assert 0.5 < np.isfinite(ahead).mean() < 1.0


def test_sums_of_scores_are_those_of_the_panel() -> None:
    rng = np.random.default_rng(7)
    mean, outcome = holed(rng.normal(size=(2, 30, 9)), seed=8)
    std, reference = np.abs(rng.normal(size=(30, 9))), holed(rng.uniform(size=(30, 9)), seed=9)
    std[3, 2], std[4, 4] = 0.0, np.nan
    losses = gaussian_crps(mean, std, outcome)
    known = np.isfinite(losses) & np.isfinite(reference)
    counts, sums, others = crps_beside(mean, std, outcome, reference)
    np.testing.assert_array_equal(counts, known.sum(axis=1))
    np.testing.assert_allclose(sums, np.where(known, losses, 0.0).sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(others, np.where(known, reference, 0.0).sum(axis=1), rtol=1e-12)


def test_forecasts_that_are_sorted_once_rank_as_alone() -> None:
    rng = np.random.default_rng(10)
    outcome, exposures = holed(rng.normal(size=(40, 9)), seed=11), rng.normal(size=(2, 40, 9))
    exposures[0, :5, 2] = np.nan
    forecast = holed(np.round(rng.normal(size=(40, 9)), 1), seed=12)  # with ties
    several = [RankedOutcomes(outcome), RankedOutcomes(outcome, exposures)]
    together = ranked_together(several, forecast)
    for one, ranked in zip(several, together, strict=True):
        np.testing.assert_array_equal(one.correlations(forecast), ranked)
    assert all(np.isfinite(ranked).any() for ranked in together)
    assert any((a != b).any() for a, b in pairwise(together))
