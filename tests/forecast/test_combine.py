import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.units import Array
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.judging.combine import Combination, Combiner
from forefolio.forecast.judging.conformal import Conformal
from forefolio.forecast.scoring.losses import ended

SESSIONS = np.arange(np.datetime64("2000-01-03"), np.datetime64("2000-01-03") + 1500)
ASSETS = ("A", "B", "C", "D", "E")


def panel(mean: Array, horizon: int = 1, std: float = 0.01) -> ForecastPanel:
    return ForecastPanel(
        sessions=SESSIONS[: len(mean)],
        horizon=horizon,
        assets=ASSETS,
        mean=mean,
        std=np.full(mean.shape, std),
    )


def noise(seed: int, scale: float = 0.01) -> Array:
    return np.random.default_rng(seed).normal(0, scale, (len(SESSIONS), len(ASSETS)))


def combine(models: dict[str, Array], returns: Array, horizon: int = 1) -> Combination:
    zero = np.zeros_like(returns)
    panels = {name: panel(mean, horizon) for name, mean in models.items()}
    return Combiner().combine(panels, zero, np.full(returns.shape, 0.01), returns)


def test_a_model_without_skill_moves_almost_nothing() -> None:
    last = np.asarray(
        [combine({"luck": noise(seed)}, noise(seed + 1000)).slopes[-1] for seed in range(40)]
    )
    assert (last > 0).mean() <= 0.2  # the past speaks for skill by luck in one case of ten
    assert last.mean() < 0.003 and last.max() < 0.05


def test_a_perfect_model_is_believed_and_a_contrary_one_is_not() -> None:
    returns = noise(1)
    assert combine({"oracle": returns * 0.3}, returns).slopes[-1] > 0.9
    assert combine({"contrary": -returns}, returns).slopes[-1] == 0.0


def test_the_slope_is_the_share_of_the_signal_that_came_true() -> None:
    returns = noise(2)
    signal = 0.5 * returns + noise(3, 0.005)  # the best slope is 0.5 / (0.25 + 0.25) = 1
    doubled = combine({"loud": 2 * signal}, returns)
    np.testing.assert_allclose(doubled.slopes[-1], 0.5, atol=0.05)


def test_the_better_model_weighs_more_and_weights_sum_to_one() -> None:
    returns = noise(4)
    combined = combine({"good": 0.5 * returns, "bad": 3 * noise(5)}, returns)
    np.testing.assert_allclose(combined.weights.sum(axis=1), 1.0)
    assert combined.weights[-1, 0] > 0.9


def test_one_model_that_says_nothing_leaves_the_other() -> None:
    returns = noise(6)
    silent = np.full(returns.shape, np.nan)
    combined = combine({"good": 0.5 * returns, "silent": silent}, returns)
    assert np.isfinite(combined.panel.mean).all()
    assert combined.slopes[-1] > 0.5


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(cut=st.integers(30, 1400), horizon=st.sampled_from([1, 5, 21]))
def test_nothing_depends_on_outcomes_that_had_not_ended(cut: int, horizon: int) -> None:
    returns, signal = noise(7), noise(8)
    changed = returns.copy()
    changed[cut - horizon :] = 7.0  # the outcome of row r is known at row r + horizon + 1
    said = {"m": signal + 0.2 * returns, "n": 0.1 * returns}
    before = combine(said, returns, horizon)
    # the same forecasts, another future
    after = Combiner().combine(
        {name: panel(mean, horizon) for name, mean in said.items()},
        np.zeros_like(returns),
        np.full(returns.shape, 0.01),
        changed,
    )
    np.testing.assert_array_equal(before.panel.mean[: cut + 1], after.panel.mean[: cut + 1])
    np.testing.assert_array_equal(before.survived[: cut + 1], after.survived[: cut + 1])
    np.testing.assert_array_equal(before.weights[: cut + 1], after.weights[: cut + 1])
    a = Conformal().calibrate(panel(signal, horizon), returns)
    b = Conformal().calibrate(panel(signal, horizon), changed)
    np.testing.assert_array_equal(a.quantiles[:, : cut + 1], b.quantiles[:, : cut + 1])


def test_models_that_cannot_be_the_best_are_left_out_once_that_is_known() -> None:
    returns = noise(11)
    combined = combine({"good": 0.5 * returns, "loud": 3 * noise(12)}, returns)
    assert combined.survived[0].all()  # nothing was known
    assert combined.survived[-1].tolist() == [True, False]
    assert combined.weights[-1].tolist() == [1.0, 0.0]
    everybody = Combiner(screen=0.0).combine(
        {"good": panel(0.5 * returns), "loud": panel(3 * noise(12))},
        np.zeros_like(returns),
        np.full(returns.shape, 0.01),
        returns,
    )
    assert everybody.survived.all()


def test_a_model_that_went_against_what_happened_has_no_vote_unless_all_did() -> None:
    returns = noise(11)

    def voted(*shares: float) -> Combination:
        panels = {
            f"{share}": panel(share * returns + noise(12 + k, 1e-3))
            for k, share in enumerate(shares)
        }
        unscreened = Combiner(screen=0.0)
        return unscreened.combine(
            panels, np.zeros_like(returns), np.full(returns.shape, 0.01), returns
        )

    combined = voted(0.05, -0.05, 0.02)
    np.testing.assert_allclose(combined.weights[0], 1 / 3)  # nothing was known
    assert combined.weights[-1, 1] == 0.0
    assert (combined.weights[-1, [0, 2]] > 0.4).all()
    nobody = voted(-0.05, -0.02)
    assert (nobody.weights[-1] > 0.4).all()
    assert nobody.slopes[-1] == 0.0  # they are averaged, and not followed


def test_models_alike_all_survive_and_share_the_weight() -> None:
    returns, signal = noise(13), noise(14)
    combined = combine({"one": signal + 0.2 * returns, "same": signal + 0.2 * returns}, returns)
    assert combined.survived.all()
    np.testing.assert_allclose(combined.weights, 0.5)


def test_what_models_say_of_the_whole_market_makes_no_difference() -> None:
    returns = noise(15)
    market = np.random.default_rng(16).normal(0, 0.05, (len(returns), 1))
    plain = combine({"a": 0.5 * returns, "b": noise(17)}, returns)
    timed = combine({"a": 0.5 * returns + market, "b": noise(17)}, returns)
    np.testing.assert_allclose(plain.panel.mean, timed.panel.mean, atol=1e-12)


def test_the_same_said_of_calm_and_wild_assets_is_no_bet_on_either() -> None:
    returns = noise(15)
    std = np.broadcast_to([0.005, 0.01, 0.02, 0.04, 0.001], returns.shape)
    said, market = 0.5 * returns, np.random.default_rng(16).normal(0, 0.05, (len(returns), 1))
    plain, of_returns, of_risk = (
        Combiner().combine({"a": panel(mean)}, np.zeros_like(returns), std, returns)
        for mean in (said, said + market, said + market * std)
    )
    assert plain.slopes[-1] > 0.1
    for timed in (of_returns, of_risk):
        np.testing.assert_allclose(plain.signal, timed.signal, atol=1e-9)
        np.testing.assert_allclose(plain.panel.mean, timed.panel.mean, atol=1e-12)
    only_that = Combiner().combine({"a": panel(market + 0 * said)}, 0 * said, std, returns)
    np.testing.assert_allclose(only_that.signal, 0.0, atol=1e-9)


def test_two_assets_of_different_risk_cannot_be_told_apart_from_calm_and_wild() -> None:
    std = np.array([0.01, 0.02]) * np.exp(np.random.default_rng(3).normal(0, 0.2, (1500, 1)))
    returns = std * np.random.default_rng(4).normal(0, 1, std.shape)
    panels = {
        "perfect": ForecastPanel(
            sessions=SESSIONS, horizon=1, assets=("A", "B"), mean=returns, std=std
        )
    }
    combined = Combiner().combine(panels, np.zeros_like(std), std, returns)
    assert not combined.signal.any() and not combined.slopes.any()
    np.testing.assert_array_equal(combined.panel.mean, 0.0)


def test_skill_in_calm_times_alone_is_not_bet_in_a_crisis() -> None:
    std = np.where(np.arange(len(SESSIONS)) % 200 < 40, 0.05, 0.01)[:, None] * np.ones(5)
    draws, signal = noise(18, 1.0), noise(19, 1.0)
    skill = np.where(std < 0.02, 0.3, -0.2)  # contrary where the volatility is high
    returns = std * (draws + skill * signal)
    told = Combiner().combine(
        {"m": panel(0.3 * signal * std)}, np.zeros_like(returns), std, returns
    )
    assert told.slopes[-1] == 0.0
    always = Combiner().combine(
        {"m": panel(0.3 * signal * std)}, np.zeros_like(returns), std, std * (draws + 0.3 * signal)
    )
    assert always.slopes[-1] > 0.5


def test_outcomes_move_down_by_the_horizon_and_one() -> None:
    np.testing.assert_array_equal(ended(np.arange(1.0, 7.0), 2), [0, 0, 0, 1, 2, 3])


def test_intervals_cover_what_they_promise_although_the_volatility_is_wrong_by_half() -> None:
    returns = noise(9, 0.02)  # twice the standard deviation that is forecast
    calibrated = Conformal().calibrate(panel(np.zeros_like(returns)), returns)
    low, high = calibrated.quantiles[0], calibrated.quantiles[-1]
    inside = ((returns >= low) & (returns <= high))[300:].mean()
    assert abs(inside - 0.9) < 0.01
    assert (np.diff(calibrated.quantiles, axis=0) >= 0).all()


def test_intervals_follow_a_change_that_the_volatility_model_missed() -> None:
    returns = noise(10)
    returns[800:] *= 3
    calibrated = Conformal().calibrate(panel(np.zeros_like(returns)), returns)
    inside = (returns >= calibrated.quantiles[0]) & (returns <= calibrated.quantiles[-1])
    assert inside[1200:].mean() > 0.85
