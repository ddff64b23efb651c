"""Selections: shrunk, sure only where the record is clear, honest about their cost."""

from dataclasses import replace

import numpy as np
import pytest

from forefolio.core.errors import InputError
from forefolio.core.units import Array
from forefolio.forecast import Combiner, ForecastPanel, ModelSelector, Selection
from forefolio.forecast.scoring.planted import Planted, plant

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
    for one in chosen.values():  # the prior would have been better
        assert one.regret is not None and one.regret > 0


def test_a_larger_tau_trusts_the_pooled_record_more() -> None:
    mean = 0.3 * RETURNS
    mean[:, 0] = 2 * NOISE[0, :, 0]  # worthless for A alone
    models = {"good for most": panel(mean), "nothing": panel(PRIOR)}
    own = ModelSelector(tau=0.0).choose(models, panel(PRIOR), PRIOR, RETURNS)["A"]
    shrunk = ModelSelector(tau=1e9).choose(models, panel(PRIOR), PRIOR, RETURNS)["A"]
    assert own.model == "nothing" and shrunk.model == "good for most"
    assert shrunk.gain == pytest.approx(shrunk.pooled_gain, abs=1e-5)
    assert own.gain == pytest.approx(own.own_gain)


def test_an_asset_without_outcomes_has_the_pooled_choice() -> None:
    silent = RETURNS.copy()
    silent[:, 2] = np.nan
    models = {"noise": panel(NOISE[0]), "better": panel(0.3 * RETURNS)}
    told = ModelSelector().choose(models, panel(PRIOR), PRIOR, silent)["C"]
    assert told.model == "better" and told.outcomes == 0 and told.own_gain == 0.0


def chosen_from(case: Planted) -> list[Selection]:
    combined = Combiner().combine(case.panels, case.prior, case.std, case.returns).panel
    selector = ModelSelector(horizon=combined.horizon)
    return list(selector.choose(case.panels, combined, case.prior, case.returns).values())


def claims(selections: list[Selection]) -> tuple[float, float]:
    """Mean gain claimed, and the share of assets whose choice is said to beat the combination."""
    assert all(one.gain is not None and one.regret is not None for one in selections)
    gains = [one.gain for one in selections if one.gain is not None]
    ahead = [one.regret < 0 for one in selections if one.regret is not None]
    return float(np.mean(gains)), float(np.mean(ahead))


def quietly(case: Planted, share: float) -> Planted:
    """Models that say so little that luck decides which one is ahead."""
    panels = {name: replace(p, mean=share * p.mean) for name, p in case.panels.items()}
    rng = np.random.default_rng(1)
    for name in ("third", "fourth"):
        said = share * rng.permutation(case.panels["plain"].mean, axis=0)
        panels[name] = replace(case.panels["plain"], mean=said)
    return replace(case, panels=panels)


@pytest.mark.slow
@pytest.mark.parametrize("share", [1.0, 0.1])
def test_on_markets_without_skill_a_selection_claims_no_gain(share: float) -> None:
    cases = [quietly(plant(seed, 5, 0.0), share) for seed in range(60)]
    told = np.asarray([claims(chosen_from(case)) for case in cases])
    assert told[:, 0].mean() <= 0
    assert told[:, 1].mean() < 0.5  # said to beat the combination


def test_without_skill_no_gain_is_claimed_where_the_record_itself_shows_one() -> None:
    told, records = [], []
    for seed in range(6):
        case = quietly(plant(seed, 5, 0.0), 0.1)
        told.append(claims(chosen_from(case))[0])
        errors = [np.square(case.returns - p.mean).sum(axis=0) for p in case.panels.values()]
        naive = np.square(case.returns).sum(axis=0)
        records.append((1 - np.min(errors, axis=0) / naive).mean())
    assert np.mean(records) > 0.0001  # the best of four, by the record it was chosen from
    assert np.mean(told) < 0.1 * np.mean(records)


def test_planted_skill_is_claimed_as_far_as_it_holds_after_the_choice() -> None:
    case = plant(0, 5, 0.1)
    other = replace(case.panels["loud"], mean=-case.panels["loud"].mean)
    both = replace(case, panels={"plain": case.panels["plain"], "contrary": other})
    selections = chosen_from(both)
    assert {one.model for one in selections} == {"plain"}
    gain, _ = claims(selections)
    assert 0.5 * case.gain(case.expected) < gain < 3 * case.gain(case.expected)


def test_what_a_choice_is_worth_is_read_from_the_sessions_after_it() -> None:
    """A model that is perfect until the first choice and contrary after it: no gain is claimed."""
    before = (np.arange(ROWS) < 250)[:, None]
    turned = panel(np.where(before, 0.9 * RETURNS, -0.1 * RETURNS))
    told = ModelSelector().choose({"turned": turned}, panel(PRIOR), PRIOR, RETURNS)["A"]
    assert told.model == "turned" and told.gain == pytest.approx(1 - 1.1**2)
    assert told.regret == pytest.approx(1.1**2 - 1)


def test_too_short_a_record_claims_nothing() -> None:
    few = slice(0, 200)
    short = ModelSelector().choose(
        {"noise": _rows(panel(NOISE[0]), few)}, _rows(panel(PRIOR), few), PRIOR[few], RETURNS[few]
    )["A"]
    assert short.gain is short.own_gain is short.pooled_gain is short.regret is None
    with pytest.raises(InputError, match="no model to choose among"):
        ModelSelector().choose({}, panel(PRIOR), PRIOR, RETURNS)


def _rows(told: ForecastPanel, rows: slice) -> ForecastPanel:
    return replace(told, sessions=told.sessions[rows], mean=told.mean[rows], std=told.std[rows])
