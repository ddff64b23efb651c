import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.core.events import finish
from forefolio.core.units import Array
from forefolio.features import PriceMomentum, Volatility
from forefolio.forecast import BayesianRidge, ForecastPanel, Recipe, WalkForward, gather
from forefolio.market import Market, simulated_market
from forefolio.runs.executors import executor
from forefolio.signals import JointKelly, Kelly, Persistence, Premium, SignalEngine
from forefolio.strategy import SignalDriven

SURE = Premium(spread=1e6)  # what is forecast is known
LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
Z = np.array([-1.645, -0.674, 0.0, 0.674, 1.645])


def spoken(market: Market, score: Array, *, calibrated: bool = True) -> ForecastPanel:
    """Forecasts of the last rows whose mean is `score` standard deviations of five percent."""
    std = np.full(score.shape, 0.05)
    panel = ForecastPanel(
        sessions=market.sessions[-len(score) :],
        horizon=5,
        assets=market.assets,
        mean=score * std,
        std=std,
    )
    if not calibrated:
        return panel
    quantiles = score * std + Z[:, None, None] * std
    return replace(panel, levels=LEVELS, quantiles=quantiles)


def scores(market: Market, rows: int, *values: float) -> Array:
    return np.tile(np.resize(values, len(market.assets)), (rows, 1))


@pytest.mark.parametrize("calibrated", [True, False])
def test_confidence_is_the_chance_of_the_sign(market: Market, calibrated: bool) -> None:
    panel = spoken(market, scores(market, 9, 0.0, 0.674, -0.674), calibrated=calibrated)
    signal = SignalEngine(premium=SURE, long_only=False).signal(panel, market)
    np.testing.assert_allclose(signal.confidence[:3], [0.5, 0.75, 0.75], atol=1e-3)
    np.testing.assert_allclose(signal.direction[:3], [0, 1, -1])
    assert signal.size[0] == 0 and signal.size[1] > 0 and signal.size[2] < 0


def test_below_the_minimum_confidence_there_is_no_position(market: Market) -> None:
    panel = spoken(market, scores(market, 9, 0.1, 0.2))  # 54 % and 58 %
    signal = SignalEngine(premium=SURE).signal(panel, market)
    assert list(signal.direction[:2]) == [0, 1]
    assert SignalEngine(premium=SURE, minimum_confidence=0.6).signal(panel, market).size.sum() == 0


def test_long_only_never_shorts(market: Market) -> None:
    signal = SignalEngine(premium=SURE).signal(spoken(market, scores(market, 9, -2.0, 2.0)), market)
    assert (signal.size >= 0).all() and signal.direction[0] == 0


def test_a_change_of_mind_is_held_back_until_it_has_lasted(market: Market) -> None:
    score = scores(market, 10, 1.0)
    score[-2:] = -1.0
    engine = SignalEngine(premium=SURE, long_only=False, persistence=Persistence(sessions=3))
    signal = engine.signal(spoken(market, score), market)
    assert (signal.direction == 1).all() and (signal.held_back == -1).all()
    later = engine.signal(spoken(market, np.vstack([score[1:], score[-1:]])), market)
    assert (later.direction == -1).all() and not later.held_back.any()


def test_cash_has_to_be_beaten(market: Market) -> None:
    rich = market.with_series(cash=np.full(len(market), 0.02))  # 10 % over the horizon
    panel = spoken(market, scores(market, 5, 1.0))
    assert SignalEngine(premium=SURE).signal(panel, rich).size.sum() == 0
    assert SignalEngine(premium=SURE).signal(panel, market).size.sum() > 0


def test_caution_makes_less_of_a_turbulent_market(market: Market) -> None:
    panel = spoken(market, scores(market, 5, 0.5))
    bold, shy = SignalEngine(premium=SURE), SignalEngine(premium=SURE, caution=1.0)
    one, other = bold.signal(panel, market), shy.signal(panel, market)
    assert one.regime is not None
    expected = one.size * (1 - one.regime.probability[-1])
    np.testing.assert_allclose(other.size, expected, rtol=1e-12)


def test_an_asset_without_a_forecast_has_no_position(market: Market) -> None:
    score = scores(market, 5, 1.0)
    score[:, 2] = np.nan
    signal = SignalEngine(premium=SURE, sizing=JointKelly()).signal(spoken(market, score), market)
    assert signal.size[2] == 0 and np.isnan(signal.confidence[2])
    told = json.loads(json.dumps(signal.to_dict(), allow_nan=False))
    assert told["signals"][2]["confidence"] is None
    assert signal.to_frame().loc[market.assets[0], "direction"] == "long"


def test_nothing_later_than_the_date_is_looked_at(market: Market) -> None:
    score = np.random.default_rng(0).standard_normal((60, len(market.assets)))
    panel = spoken(market, score)
    known = market[:-20]
    before = ForecastPanel(
        sessions=panel.sessions[:-20],
        horizon=5,
        assets=panel.assets,
        mean=panel.mean[:-20],
        std=panel.std[:-20],
        levels=LEVELS,
        quantiles=panel.quantiles[:, :-20],
    )
    one, other = (
        SignalEngine(premium=SURE, long_only=False).signal(p, known) for p in (panel, before)
    )
    np.testing.assert_array_equal(one.size, other.size)
    np.testing.assert_array_equal(one.direction, other.direction)


@given(
    said=st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=30),
    sessions=st.integers(1, 5),
)
def test_persistence_is_its_slow_twin(said: list[float], sessions: int) -> None:
    settled = Persistence(sessions=sessions).settled(np.array(said)[:, None])[:, 0]
    held = 0.0
    for row in range(len(said)):
        run = said[max(row + 1 - sessions, 0) : row + 1]
        if len(run) == sessions and len(set(run)) == 1:
            held = run[0]
        assert settled[row] == held
    changes = np.count_nonzero(np.diff(np.concatenate([[0.0], settled])))
    assert changes <= np.count_nonzero(np.diff(np.concatenate([[0.0], said])))


def test_the_strategy_holds_what_the_signals_say() -> None:
    market = simulated_market(sessions=500)
    recipe = Recipe(
        features=(PriceMomentum(), Volatility()),
        models=(BayesianRidge(),),
        walk=WalkForward(first=252, refit=63),
    )
    strategy = SignalDriven(
        recipe=recipe, engine=SignalEngine(premium=SURE, sizing=Kelly(cap=0.3)), horizon=5
    )
    with executor("inline:") as workers:
        evidence = finish(gather(recipe, (5,), market, workers)).horizons[5]
    policy = strategy.policy(evidence)
    told = policy(market, np.zeros(len(market.assets)))
    expected = strategy.engine.signal(evidence.panel, market)
    np.testing.assert_array_equal(told.weights, expected.size)
    early = policy(market[:200], np.zeros(len(market.assets)))
    assert "classical portfolio instead of signals" in early.notes[0]
