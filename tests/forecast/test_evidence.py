"""The evidence as a whole: placebo, canary, and a market that can be forecast."""

from dataclasses import replace

import numpy as np
import pytest

from forefolio.core.errors import BadSettings
from forefolio.core.events import finish
from forefolio.features import Drawdown, PriceMomentum, Reversal, Volatility, compute
from forefolio.forecast import (
    BayesianRidge,
    Evidence,
    ForwardReturn,
    HistoricalMean,
    ModelSelector,
    Recipe,
    WalkForward,
    XGBoost,
    build_dataset,
    gather,
    gather_combined,
)
from forefolio.forecast.scoring.score import BEATS
from forefolio.market import Market, simulated_market
from forefolio.runs.executors import executor

QUICK = Recipe(
    features=(Reversal(window=1), PriceMomentum(window=5, skip=0), Volatility(window=21)),
    models=(BayesianRidge(), XGBoost(trees=30)),
    walk=WalkForward(first=500, refit=250),
)

SLOW = (PriceMomentum(window=252, skip=0), Volatility(window=126), Drawdown(window=252))


def evidence(market: Market, horizon: int = 1, recipe: Recipe = QUICK) -> Evidence:
    return finish(gather(recipe, (horizon,), market, executor("inline:"))).horizons[horizon]


def predictable_market(seed: int, strength: float) -> Market:
    """Yesterday's return against the other assets comes back with `strength`."""
    rng = np.random.default_rng(seed)
    plain = simulated_market(seed, sessions=1500, assets=8)
    returns = rng.normal(0, 0.01, plain.close.shape)
    for row in range(2, len(returns)):
        lead = returns[row - 2] - returns[row - 2].mean()
        returns[row] += strength * lead  # known at row - 2, traded at row - 1, earned at row
    close = 50 * np.exp(np.cumsum(returns, axis=0))
    return Market(
        sessions=plain.sessions,
        assets=plain.assets,
        close=close,
        periods_per_year=plain.periods_per_year,
    )


@pytest.mark.slow
def test_placebo_no_skill_is_reported_on_random_walks_beyond_its_error() -> None:
    found = []
    for seed in range(12):
        scores = evidence(simulated_market(seed, sessions=1200, assets=8)).scores
        combined = next(s for s in scores if s.model == "combined")
        found.append(combined.verdict == BEATS)
    assert sum(found) <= 1


def test_a_market_without_skill_is_left_at_the_prior() -> None:
    held = evidence(simulated_market(5, sessions=1200, assets=8))
    share = (held.combination.slopes > 0).mean()
    assert share < 0.2
    unmoved = held.combination.slopes == 0
    np.testing.assert_array_equal(held.panel.mean[unmoved], held.prior.mean[unmoved])


def test_whoever_goes_by_the_combination_has_the_same_without_the_models() -> None:
    market = simulated_market(5, sessions=900, assets=4)
    whole = evidence(market, horizon=5)
    job = gather_combined(QUICK, (5,), market, executor("inline:"))
    lean = finish(job).horizons[5]
    reference = QUICK.names.volatility[0]
    assert set(lean.panels) == {reference} < set(whole.panels)
    np.testing.assert_array_equal(lean.panels[reference].std, whole.panels[reference].std)
    np.testing.assert_array_equal(lean.panel.mean, whole.panel.mean)
    assert lean.scores == whole.scores


def test_of_horizons_that_nobody_follows_the_last_session_is_kept() -> None:
    market = simulated_market(5, sessions=900, assets=4)
    asked = gather_combined(QUICK, (1, 5), market, executor("inline:"))
    whole = finish(asked).horizons
    asked = gather_combined(QUICK, (1, 5), market, executor("inline:"), whole=(5,))
    lean, session = finish(asked).horizons, market.sessions[-1]
    assert len(lean[5].panel) == len(whole[5].panel) > 1 == len(lean[1].panel)
    for horizon in (1, 5):
        kept, all_of_it = lean[horizon], whole[horizon]
        assert kept.scores == all_of_it.scores and kept.kinds == all_of_it.kinds
        now, then = kept.panel.at(session), all_of_it.panel.at(session)
        np.testing.assert_array_equal(now.quantiles, then.quantiles)
        np.testing.assert_array_equal(kept.expected(session), all_of_it.expected(session))
        assert kept.combination.slopes[-1] == all_of_it.combination.slopes[-1]
        np.testing.assert_array_equal(
            kept.combination.weights[-1], all_of_it.combination.weights[-1]
        )
    assert lean[1].panel.mean.base is None  # no view that keeps all sessions


def test_real_skill_is_found_believed_and_scored() -> None:
    held = evidence(predictable_market(0, 0.15))
    combined = next(s for s in held.scores if s.model == "combined")
    assert combined.verdict == BEATS
    assert combined.rank_ic is not None and combined.rank_ic > 0.08
    assert held.combination.slopes[-1] > 0.5


@pytest.mark.slow
def test_canary_shuffled_folds_find_skill_in_noise_and_the_walk_forward_does_not() -> None:
    """Labels over 21 sessions overlap: a random fold trains on the neighbours of what it tests."""
    market = simulated_market(3, sessions=1200, assets=8)
    greedy = XGBoost(
        trees=300,
        depth=12,
        learning_rate=0.1,
        leaf=0,
        penalty=0.01,
        row_share=1,
        column_share=1,
        window=5000,
    )
    recipe = QUICK.model_copy(update={"models": (greedy,), "features": SLOW})
    score = next(s for s in evidence(market, 21, recipe).scores if s.model == "XGBoost")
    assert score.r2_zero < 0.02
    assert _shuffled_r2(market, greedy) > 0.05


def _shuffled_r2(market: Market, model: XGBoost) -> float:
    data = build_dataset(market, compute(SLOW, market), ForwardReturn(horizon=21))
    held_out = np.random.default_rng(0).random(len(data)) < 0.2
    labels = data.y.copy()
    labels[held_out] = np.nan
    shuffled = model.fit(replace(data, y=labels)).predict(data, rows=len(data)).mean
    tested = held_out[:, None] & np.isfinite(data.y) & np.isfinite(shuffled)
    error = ((data.y - shuffled)[tested] ** 2).sum()
    return float(1 - error / (data.y[tested] ** 2).sum())


def test_a_selection_tells_how_sure_it_is_and_what_it_costs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    selector = ModelSelector(recipe=QUICK, horizon=1)
    market = predictable_market(1, 0.15)
    caplog.set_level("INFO", "forefolio.forecast.judging.selection")
    chosen = finish(selector.select_best_model(market, executor("inline:")))
    assert set(chosen) == set(market.assets)
    for selection in chosen.values():
        assert selection.model in {"BayesianRidge", "XGBoost"}
        assert 0 <= selection.probability_best <= 1
        own, gain, pooled = selection.own_gain, selection.gain, selection.pooled_gain
        assert own is not None and gain is not None and pooled is not None
        assert min(own, pooled) <= gain <= max(own, pooled)  # shrunk between the two
    validated = finish(selector.validate_model(BayesianRidge(), market, executor("inline:")))
    assert validated.model == "BayesianRidge" and validated.r2_mean > 0
    assert len(caplog.messages) == len(chosen) + 1 and "probability_best" in caplog.messages[0]


def test_without_models_the_forecast_is_the_prior_with_calibrated_intervals() -> None:
    plain = QUICK.model_copy(update={"models": ()})
    held = evidence(simulated_market(2, sessions=900), recipe=plain)
    np.testing.assert_array_equal(held.panel.mean, held.prior.mean)
    assert held.panel.quantiles.shape[0] == len(held.panel.levels)
    assert next(s for s in held.scores if s.model == "combined").coverage == pytest.approx(
        0.9, abs=0.03
    )


def test_the_historical_mean_is_a_baseline_and_is_scored() -> None:
    held = evidence(simulated_market(2, sessions=900))
    assert held.kinds[HistoricalMean.name] == "baseline"
    assert {s.model for s in held.scores} == set(held.kinds)


def test_two_models_of_a_kind_are_told_apart_in_the_order_of_the_recipe() -> None:
    several = QUICK.model_copy(
        update={"models": (XGBoost(trees=5), BayesianRidge(), XGBoost(trees=10))}
    )
    held = evidence(simulated_market(4, sessions=900), recipe=several)
    assert held.combination.names == ("XGBoost", "BayesianRidge", "XGBoost 2")
    alone = QUICK.model_copy(update={"models": (XGBoost(trees=10),)})
    other = evidence(simulated_market(4, sessions=900), recipe=alone)
    np.testing.assert_array_equal(held.panels["XGBoost 2"].mean, other.panels["XGBoost"].mean)
    assert held.scores[0].model == "XGBoost" and held.kinds["XGBoost 2"] == "model"


def test_the_same_model_twice_is_refused() -> None:
    with pytest.raises(BadSettings, match="XGBoost is in the recipe twice with the same settings"):
        Recipe(models=(XGBoost(), XGBoost()))
