"""Selections: shrunk, sure only where the record is clear, honest about their cost."""

import numpy as np
import pytest

from forefolio.forecast import ForecastPanel, ModelSelector
from forefolio.units import Array

ROWS, ASSETS = 600, 3
RETURNS = np.random.default_rng(0).normal(0, 0.01, (ROWS, ASSETS))
NOISE = np.random.default_rng(1).normal(0, 0.004, (2, ROWS, ASSETS))
PRIOR = np.zeros_like(RETURNS)


def panel(mean: Array) -> ForecastPanel:
    return ForecastPanel(
        sessions=np.arange(np.datetime64("2000-01-03"), np.datetime64("2000-01-03") + ROWS),
        horizon=1,
        assets=("A", "B", "C"),
        mean=mean,
        std=np.full(mean.shape, 0.01),
    )


def test_the_clearly_better_model_is_chosen_with_certainty() -> None:
    better = panel(0.3 * RETURNS)
    chosen = ModelSelector().choose(
        {"noise": panel(NOISE[0]), "better": better}, better, PRIOR, RETURNS
    )
    for selection in chosen.values():
        assert selection.model == "better" and selection.probability_best == 1.0
        assert selection.regret == pytest.approx(0.0)  # the combination is that very model
        assert selection.gain == pytest.approx(1 - 0.7**2)
        assert selection.outcomes == ROWS


def test_two_models_alike_are_a_coin_toss() -> None:
    chosen = ModelSelector().choose(
        {"one": panel(NOISE[0]), "other": panel(NOISE[1])}, panel(PRIOR), PRIOR, RETURNS
    )
    assert np.mean([one.probability_best for one in chosen.values()]) < 0.9
    assert all(one.regret > 0 for one in chosen.values())  # the prior would have been better


def test_a_larger_tau_trusts_the_pooled_record_more() -> None:
    mean = 0.3 * RETURNS
    mean[:, 0] = NOISE[0, :, 0]  # worthless for A alone
    models = {"good for most": panel(mean), "nothing": panel(PRIOR)}
    own = ModelSelector(tau=0.0).choose(models, panel(PRIOR), PRIOR, RETURNS)["A"]
    shrunk = ModelSelector(tau=1e9).choose(models, panel(PRIOR), PRIOR, RETURNS)["A"]
    assert own.model == "nothing" and shrunk.model == "good for most"
    assert shrunk.gain == pytest.approx(shrunk.pooled_gain, abs=1e-5)


def test_an_asset_without_outcomes_has_the_pooled_choice() -> None:
    silent = RETURNS.copy()
    silent[:, 2] = np.nan
    models = {"noise": panel(NOISE[0]), "better": panel(0.3 * RETURNS)}
    told = ModelSelector().choose(models, panel(PRIOR), PRIOR, silent)["C"]
    assert told.model == "better" and told.outcomes == 0 and told.own_gain == 0.0
