"""Placebo and power: what belief costs where nothing is planted, and keeps where something is."""

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.forecast.judging.belief import Belief, centred
from forefolio.forecast.judging.combine import Combiner
from forefolio.forecast.scoring.planted import Planted, plant
from forefolio.forecast.scoring.rank_kernel import rank_correlations
from forefolio.forecast.scoring.sampling_error import expanding_ratio

THREE_YEARS = 3 * 252


class Whole(Belief):
    """Full belief: the slope that past outcomes show, without any doubt."""

    def slopes(self, signal: Array, outcome: Array, horizon: int) -> Array:
        x, y = centred(signal, outcome)
        slope, _ = expanding_ratio((x * y).sum(axis=1), (x * x).sum(axis=1), horizon)
        enough = np.arange(1, len(slope) + 1) >= 12 * horizon
        return np.where(enough, np.clip(slope, 0.0, 1.0), 0.0)


def points(combiner: Combiner, cases: list[Planted]) -> float:
    """Mean R2 over the prior to be expected, in points."""
    gains = [
        case.gain(combiner.combine(case.panels, case.prior, case.std, case.returns).panel.mean)
        for case in cases
    ]
    return 100 * float(np.mean(gains))


@pytest.mark.parametrize(("horizon", "skill"), [(1, 0.03), (5, 0.05), (21, 0.09)])
def test_what_is_planted_has_the_rank_correlation_that_it_says(horizon: int, skill: float) -> None:
    found = []
    for seed in range(6):
        case = plant(seed, horizon, skill)
        said = np.ascontiguousarray(case.panels["plain"].mean)
        found.append(np.nanmean(rank_correlations(said, np.ascontiguousarray(case.returns))))
    assert np.mean(found) == pytest.approx(skill, abs=0.25 * skill)


def test_a_placebo_has_no_skill_and_a_perfect_forecast_the_most() -> None:
    placebo, planted = plant(0, 5, 0.0), plant(0, 5, 0.05)
    assert (placebo.expected == 0).all() and placebo.gain(placebo.prior) == 0
    assert placebo.gain(placebo.panels["plain"].mean) < 0
    best = planted.gain(planted.expected)
    assert best > planted.gain(0.5 * planted.expected) > 0
    assert best > planted.gain(1.5 * planted.expected) > planted.gain(-planted.expected)


@pytest.mark.slow
@pytest.mark.parametrize("horizon", [1, 5, 21])
def test_without_skill_belief_costs_a_thousandth_of_a_point_at_most(horizon: int) -> None:
    cost = points(Combiner(), [plant(seed, horizon, 0.0) for seed in range(60)])
    assert -0.001 <= cost <= 0.0


@pytest.mark.slow
def test_of_a_weekly_edge_belief_keeps_four_fifths() -> None:
    cases = [plant(seed, 5, 0.05) for seed in range(20)]
    assert points(Combiner(), cases) >= 0.8 * points(Combiner(belief=Whole()), cases) > 0


@pytest.mark.slow
def test_an_edge_at_21_sessions_is_believed_within_three_years_in_the_median() -> None:
    first: list[float] = []
    for seed in range(41):
        case = plant(seed, 21, 0.05)
        slopes = Combiner().combine(case.panels, case.prior, case.std, case.returns).slopes
        first.append(float(np.argmax(slopes > 0)) if (slopes > 0).any() else np.inf)
    assert np.median(first) <= THREE_YEARS
