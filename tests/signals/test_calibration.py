"""What signals claim is what comes true: on noise, on drifts, and where skill was planted."""

from dataclasses import replace

import numpy as np
import pytest

from forefolio.core.units import Array, Flags
from forefolio.forecast import Combiner, Conformal, ForecastPanel, ForwardReturn
from forefolio.forecast.scoring.planted import plant
from forefolio.market import Market, simulated_market
from forefolio.market.returns import ewma_volatility
from forefolio.signals import Premium, SignalEngine

CASH = 0.02 / 252
FIRST, REFIT = 500, 250
NAIVE = Premium(spread=1e6)  # the estimate is taken for the truth


def drifting(seed: int, extra: float) -> Market:
    """A market without skill whose assets earn `extra` more a session."""
    market = simulated_market(seed=seed, sessions=1500, assets=6)
    growth = np.exp(extra * np.arange(len(market)))[:, None]
    bars = {name: getattr(market, name) * growth for name in ("open", "high", "low", "close")}
    return replace(market, **bars)


def pooled_forecasts(market: Market, horizon: int) -> tuple[ForecastPanel, Array]:
    """What is forecast where no model is believed, with its calibrated intervals, and what came."""
    rows = np.arange(FIRST, len(market))
    known = [np.nanmean(market.returns[: t - (t - FIRST) % REFIT + 1]) for t in rows]
    mean = horizon * np.tile(np.array(known)[:, None], len(market.assets))
    came = ForwardReturn(horizon=horizon)(market)[FIRST:]
    panel = ForecastPanel(
        sessions=market.sessions[FIRST:],
        horizon=horizon,
        assets=market.assets,
        mean=mean,
        std=ewma_volatility(market)[FIRST:] * np.sqrt(horizon),
    )
    return Conformal().calibrate(panel, came), came


def claims(markets: int, horizon: int, extra: float, premium: Premium) -> tuple[Array, Flags]:
    """What was claimed of each forecast, and whether it came true."""
    claimed, right = [], []
    for seed in range(markets):
        market = drifting(seed, extra)
        panel, came = pooled_forecasts(market, horizon)
        engine = SignalEngine(premium=premium)
        cash = np.full(len(panel), CASH * horizon)
        score, confidence, _ = engine.judged(panel, cash, market)
        ended = np.isfinite(came + confidence)
        claimed.append(confidence[ended])
        right.append((np.sign(score) * (came - cash[:, None]) > 0)[ended])
    return np.concatenate(claimed), np.concatenate(right)


def gap(claimed: Array, right: Flags) -> float:
    return float(claimed.mean() - right.mean())


@pytest.mark.slow
@pytest.mark.parametrize("horizon", [5, 21])
@pytest.mark.parametrize("extra", [0.0, 1.5e-4], ids=["noise", "drift"])
def test_what_is_claimed_comes_true(extra: float, horizon: int) -> None:
    claimed, right = claims(40, horizon, extra, Premium())
    assert abs(gap(claimed, right)) < 0.02
    assert (claimed >= 0.55).mean() < 0.05  # six years of noise are no reason for a signal


@pytest.mark.slow
def test_an_estimate_that_is_taken_for_the_truth_claims_too_much() -> None:
    claimed, right = claims(40, 21, 0.0, NAIVE)
    sure = claimed >= 0.55
    assert sure.mean() > 0.3 and gap(claimed[sure], right[sure]) > 0.05


@pytest.mark.slow
@pytest.mark.parametrize(
    ("extra", "most"), [(-1e-4, 0.03), (0.0, 0.02), (1.5e-4, 0.02), (3e-4, 0.035)]
)
def test_what_is_claimed_comes_true_on_sixty_markets(extra: float, most: float) -> None:
    for horizon in (5, 21):
        claimed, right = claims(60, horizon, extra, Premium())
        assert abs(gap(claimed, right)) < most


@pytest.mark.parametrize("skill", [0.0, 0.1, 0.2])
def test_planted_skill_comes_true_as_claimed(skill: float) -> None:
    horizon, claimed, right = 5, [], []
    base = simulated_market(seed=0, sessions=3024, assets=20)
    for seed in range(4):
        planted = plant(seed, horizon, skill)
        said = Combiner().combine(planted.panels, planted.prior, planted.std, planted.returns)
        panel = Conformal().calibrate(said.panel, planted.returns)
        rows = slice(1500, None)  # once there is a record to be believed
        score, confidence, _ = SignalEngine().judged(panel, np.zeros(len(panel)), base)
        ended = np.isfinite(planted.returns + confidence)[rows]
        claimed.append(confidence[rows][ended])
        right.append((np.sign(score) * planted.returns > 0)[rows][ended])
    sure = np.concatenate(claimed)
    true = np.concatenate(right)
    assert abs(gap(sure, true)) < 0.02
    if skill:
        high = sure >= 0.55
        assert high.mean() > 0.02 and abs(gap(sure[high], true[high])) < 0.02


def test_the_more_years_the_more_is_believed() -> None:
    score, std = np.full((3, 4), 0.3), np.full((3, 4), 0.05)
    moved, wider = Premium(ratio=0.0).shrunk(score, std, np.array([1.0, 10.0, 1e9]), 12.0)
    assert moved[0, 0] < moved[1, 0] < moved[2, 0] == pytest.approx(0.3)
    assert wider[0] > wider[1] > wider[2] == pytest.approx(1.0)
    belief = 0.2**2 / (0.2**2 + 1 / 10)
    assert moved[1, 0] == pytest.approx(0.3 * belief)


def test_who_is_ahead_of_others_stays_so() -> None:
    score, std = np.array([[0.1, 0.2, 0.4]]), np.full((1, 3), 0.05)
    moved, _ = Premium().shrunk(score, std, np.array([2.0]), 12.0)
    np.testing.assert_allclose(np.diff(moved), np.diff(score))
    fund = np.array([[0.1, 0.2, 0.4, 5.0]])
    moved, _ = Premium().shrunk(fund, np.array([[0.05, 0.05, 0.05, 1e-4]]), np.array([2.0]), 12.0)
    assert moved[0, 3] == pytest.approx(5.0, abs=2.0)


def test_kelly_rests_on_the_same_distribution(market: Market) -> None:
    rows, assets = 9, len(market.assets)
    std = np.full((rows, assets), 0.05)
    panel = ForecastPanel(
        sessions=market.sessions[-rows:],
        horizon=5,
        assets=market.assets,
        mean=0.4 * std,
        std=std,
    )
    sure, careful = (
        SignalEngine(premium=premium, minimum_confidence=0.5).signal(panel, market)
        for premium in (NAIVE, Premium())
    )
    assert (careful.score < sure.score).all() and (careful.confidence < sure.confidence).all()
    assert (careful.size <= sure.size).all()
