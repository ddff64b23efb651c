"""Combination and intervals at one, five and twenty-one sessions, where outcomes overlap."""

from statistics import NormalDist

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.judging.belief import Belief
from forefolio.forecast.judging.combine import Combination, Combiner
from forefolio.forecast.judging.conformal import Conformal
from forefolio.forecast.scoring.distributions import gaussian_interval, winkler
from forefolio.forecast.scoring.sampling_error import memory
from forefolio.forecast.scoring.significance import FEWEST

HORIZONS = (1, 5, 21)
ROWS, ASSETS = 1500, ("A", "B", "C", "D", "E", "F")
STD = 0.01  # of a session
UNTHINKABLE = 7e4 * np.array([1.0, -1.0, -1.0, 1.0, 1.0, -1.0])  # outcomes nobody has seen
COMBINER, CONFORMAL = Combiner(), Conformal()

overlapping = pytest.mark.parametrize("horizon", HORIZONS)


def draws(seed: int, rows: int = ROWS) -> Array:
    return np.random.default_rng(seed).normal(0, STD, (rows, len(ASSETS)))


def sums(each: Array, horizon: int) -> Array:
    """What `each` session adds up to over the `horizon` sessions from the next one on."""
    total = np.cumsum(np.vstack([np.zeros(each.shape[1]), each]), axis=0)
    out = np.full(each.shape, np.nan)
    out[: len(each) - horizon] = (total[horizon:] - total[:-horizon])[1:]
    return out


def panel(mean: Array, horizon: int) -> ForecastPanel:
    start = np.datetime64("2000-01-03")
    return ForecastPanel(
        sessions=np.arange(start, start + len(mean)),
        horizon=horizon,
        assets=ASSETS,
        mean=mean,
        std=np.full(mean.shape, STD * horizon**0.5),
    )


def combine(
    models: dict[str, Array], outcomes: Array, horizon: int, combiner: Combiner = COMBINER
) -> Combination:
    panels = {name: panel(mean, horizon) for name, mean in models.items()}
    std = np.full(outcomes.shape, STD * horizon**0.5)
    return combiner.combine(panels, np.zeros_like(outcomes), std, outcomes)


def lasting(seed: int, horizon: int, rows: int = ROWS) -> Array:
    """A signal without skill that changes its mind about once a horizon, as outcomes do."""
    return sums(draws(seed, rows + horizon), horizon)[:rows]


def explained(mean: Array, outcomes: Array) -> float:
    """The share of the outcomes' squares that `mean` explains, over saying zero."""
    known = np.isfinite(outcomes)
    return float(1 - np.square(outcomes - mean)[known].sum() / np.square(outcomes)[known].sum())


# -- what is known at a row -----------------------------------------------------------------------


def at_refreshes(refresh: int, *which: int) -> list[int]:
    """Rows at which something is learnt anew, and those beside them."""
    return [refresh * k + beside for k in which for beside in (-1, 0, 1)]


@overlapping
@pytest.mark.parametrize("cut", at_refreshes(COMBINER.refresh, 4, 5))
def test_no_combination_depends_on_outcomes_that_had_not_ended(cut: int, horizon: int) -> None:
    outcomes = sums(draws(1), horizon)
    later = outcomes.copy()
    later[cut - horizon :] = UNTHINKABLE  # that of row r is known from row r + horizon + 1 on
    models = {"good": 0.3 * outcomes + lasting(2, horizon), "loud": 3 * lasting(3, horizon)}
    before, after = combine(models, outcomes, horizon), combine(models, later, horizon)
    assert before.survived[cut].tolist() != [True, True], "nothing was screened, nothing tested"
    for what in ("weights", "survived", "slopes"):
        said, other = getattr(before, what), getattr(after, what)
        np.testing.assert_array_equal(said[: cut + 1], other[: cut + 1])
    np.testing.assert_array_equal(before.panel.mean[: cut + 1], after.panel.mean[: cut + 1])


@overlapping
@pytest.mark.parametrize("cut", at_refreshes(CONFORMAL.refresh, 10, 30, 61))
def test_no_interval_depends_on_outcomes_that_had_not_ended(cut: int, horizon: int) -> None:
    outcomes = sums(draws(4), horizon)
    later = outcomes.copy()
    later[cut - horizon :] = UNTHINKABLE
    forecasts = panel(lasting(5, horizon), horizon)
    before = CONFORMAL.calibrate(forecasts, outcomes).quantiles
    after = CONFORMAL.calibrate(forecasts, later).quantiles
    np.testing.assert_array_equal(before[:, : cut + 1], after[:, : cut + 1])
    assert (before[:, cut + 1 :] != after[:, cut + 1 :]).any()


@overlapping
@pytest.mark.parametrize("dates", [12, 30])
def test_nothing_is_believed_before_so_many_independent_outcomes(dates: int, horizon: int) -> None:
    outcomes = sums(draws(6), horizon)
    combiner = Combiner(belief=Belief(dates=dates))
    slopes = combine({"oracle": outcomes}, outcomes, horizon, combiner).slopes
    first = int(np.flatnonzero(slopes)[0])
    assert first == max(dates * horizon, 2 * memory(horizon)) + horizon


# -- what skill and luck come to ------------------------------------------------------------------


@overlapping
def test_a_model_without_skill_costs_next_to_nothing(horizon: int) -> None:
    lost, believed = [], []
    for seed in range(40):
        outcomes = sums(draws(seed + 100), horizon)
        combined = combine({"luck": lasting(seed + 200, horizon)}, outcomes, horizon)
        lost.append(-explained(combined.panel.mean, outcomes))
        believed.append(combined.slopes[-1])
    assert np.mean(lost) < 1e-4
    assert np.mean(believed) < 0.003


@overlapping
def test_a_perfect_model_is_believed_and_a_contrary_one_is_not(horizon: int) -> None:
    outcomes = sums(draws(7), horizon)
    assert combine({"oracle": 0.3 * outcomes}, outcomes, horizon).slopes[-1] > 0.9
    assert combine({"contrary": -outcomes}, outcomes, horizon).slopes[-1] == 0.0


@overlapping
def test_the_slope_is_the_share_of_the_signal_that_came_true(horizon: int) -> None:
    outcomes = sums(draws(8), horizon)
    signal = 0.5 * outcomes + 0.5 * lasting(9, horizon)  # the best slope is 0.5 / (0.25 + 0.25)
    slope = combine({"loud": 2 * signal}, outcomes, horizon).slopes[-1]
    assert slope == pytest.approx(0.5, abs=0.1)


@overlapping
def test_the_better_model_weighs_more_and_the_worse_one_is_left_out(horizon: int) -> None:
    outcomes = sums(draws(10), horizon)
    models = {"good": 0.5 * outcomes, "loud": 3 * lasting(11, horizon)}
    combined = combine(models, outcomes, horizon)
    np.testing.assert_allclose(combined.weights.sum(axis=1), 1.0)
    assert combined.survived[0].all() and combined.survived[-1].tolist() == [True, False]
    kept = combine(models, outcomes, horizon, Combiner(screen=0.0))
    assert kept.survived.all() and kept.weights[-1, 0] > 0.9


@overlapping
def test_nobody_is_left_out_by_few_outcomes(horizon: int) -> None:
    outcomes = sums(draws(12), horizon)
    models = {"good": outcomes, "loud": 3 * lasting(13, horizon)}
    survived = combine(models, outcomes, horizon, Combiner(refresh=20)).survived
    first = int(np.flatnonzero(~survived.all(axis=1))[0])
    assert FEWEST * horizon + horizon < first <= FEWEST * horizon + horizon + 20


# -- intervals -------------------------------------------------------------------------------------


@overlapping
@pytest.mark.parametrize("wrong", [0.5, 1.0, 2.0])
def test_intervals_cover_what_they_promise(wrong: float, horizon: int) -> None:
    inside = []
    for seed in range(8):
        outcomes = wrong * sums(draws(seed + 300), horizon)
        said = CONFORMAL.calibrate(panel(np.zeros_like(outcomes), horizon), outcomes).quantiles
        assert (np.diff(said, axis=0) >= 0).all()
        scored = slice(400, ROWS - horizon)
        inside.append(((outcomes >= said[0]) & (outcomes <= said[-1]))[scored].mean())
    assert np.mean(inside) == pytest.approx(0.9, abs=0.02)


@overlapping
def test_each_session_counts_once_and_a_normal_as_some_more(horizon: int) -> None:
    conformal = Conformal(levels=(0.1, 0.3, 0.9), rate=0.0, prior=40.0, refresh=1)
    outcomes = sums(draws(14, rows=120), horizon) * np.linspace(0.5, 3, 120)[:, None]
    outcomes[30:50, 2:] = np.nan  # of these sessions two outcomes count as much as six
    flat = panel(np.zeros_like(outcomes), horizon)
    said = conformal.calibrate(flat, outcomes).quantiles[:, 100, 0] / (STD * horizon**0.5)
    distances = np.abs(outcomes[: 100 - horizon]) / (STD * horizon**0.5)
    for level, quantile in zip((0.1, 0.3, 0.9), said, strict=True):
        assert np.sign(quantile) == np.sign(level - 0.5)
        each = [np.mean(row[np.isfinite(row)] <= abs(quantile)) for row in distances]
        within = 40 * (2 * NormalDist().cdf(abs(quantile)) - 1) + sum(each)
        assert within / (40 + len(each)) == pytest.approx(abs(2 * level - 1), abs=0.005)


def test_intervals_reach_up_as_far_as_down() -> None:
    outcomes = np.abs(sums(draws(15), 5))
    said = CONFORMAL.calibrate(panel(np.full_like(outcomes, 0.01), 5), outcomes).quantiles - 0.01
    np.testing.assert_allclose(said, -said[::-1], atol=1e-15)
    assert (said[2] == 0).all()


@overlapping
def test_each_session_teaches_the_horizons_share_of_the_rate(horizon: int) -> None:
    """Where every outcome is beyond and the shape is never learnt anew, levels rise by rules."""
    conformal = Conformal(refresh=10 * ROWS, rate=0.002, levels=(0.05, 0.95))
    outcomes = np.full((ROWS, len(ASSETS)), 9.0)
    said = conformal.calibrate(panel(np.zeros_like(outcomes), horizon), outcomes).quantiles
    lessons = 10 * horizon  # in the outcomes that had ended
    row = horizon + lessons
    share = 0.9 + 0.002 / horizon * lessons * 0.9
    expected = NormalDist().inv_cdf((1 + share) / 2) * STD * horizon**0.5
    np.testing.assert_allclose(said[1, row], expected, rtol=2e-3)


@pytest.mark.slow
@overlapping
def test_intervals_are_no_worse_than_a_normal_one_where_that_is_right(horizon: int) -> None:
    """Few independent outcomes are not taken for many: what is lost is a thousandth."""
    saved = []
    for seed in range(8):
        outcomes = sums(draws(seed + 700), horizon)
        said = CONFORMAL.calibrate(panel(np.zeros_like(outcomes), horizon), outcomes)
        losses = [
            np.nansum(winkler(low, high, outcomes, 0.9))
            for low, high in (
                (said.quantiles[0], said.quantiles[-1]),
                gaussian_interval(said.mean, said.std, 0.9),
            )
        ]
        saved.append(1 - losses[0] / losses[1])
    assert np.mean(saved) > -0.006
