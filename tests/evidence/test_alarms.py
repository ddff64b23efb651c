"""Alarms about promises that are watched for years: seldom without reason, soon with one."""

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.evidence.alarms import alarm_rows, usual_sizes, watch
from forefolio.evidence.watched_models import LEVEL, Broken, watched_models
from forefolio.studies.health import YEARS, Bets, bets_on

YEAR = 252
RAISE_AT = 4 * YEARS * YEAR
BREAKS = 250


def bets(models: int, sessions: int, broken: Broken) -> tuple[Bets, ...]:
    made = watched_models(1, models, sessions, broken, BREAKS)
    return bets_on(made.right, made.inside, made.losses, LEVEL, "EWMA")


def test_healthy_models_raise_one_alarm_in_a_hundred_years_at_most() -> None:
    models, sessions = 60, 750
    raised = [alarm_rows(one.breaks, RAISE_AT) for one in bets(models, sessions, "")]
    years = models * sessions / YEAR
    alarms = sum(len(rows) for each in raised for rows in each)
    assert alarms <= years / YEARS + 3.0 * (years / YEARS) ** 0.5


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("band_of_80", "interval_narrow"),
        ("frozen_volatility", "volatility"),
        ("signs_40", "direction"),
    ],
)
def test_what_breaks_is_soon_found_and_named(broken: Broken, code: str) -> None:
    first: dict[str, Array] = {}
    for one in bets(40, BREAKS + 400, broken):
        rows = [each[each >= BREAKS] for each in alarm_rows(one.breaks, RAISE_AT)]
        first[one.code] = np.array([each[0] if len(each) else np.inf for each in rows]) - BREAKS
    soonest = np.min(list(first.values()), axis=0)
    assert np.median(soonest) <= 120
    assert np.isfinite(first[code]).mean() > 0.6


def test_an_alarm_ends_with_evidence_of_the_opposite_and_is_dated() -> None:
    rng = np.random.default_rng(0)
    wrong = np.where(np.arange(900) // 300 == 1, 0.65, 0.42) + 0.1 * rng.standard_normal(900)
    gains = np.clip((wrong - 0.5) / 0.5, -1.0, 1.0)
    found = watch(gains, -gains, raise_at=RAISE_AT, end_at=20 * YEAR)
    (alarm,) = found.alarms
    assert alarm.ended is not None and found.open is None
    assert 285 <= alarm.since <= 315 < alarm.raised < 450
    assert 600 < alarm.ended < 900
    assert watch(gains[:600], -gains[:600], raise_at=RAISE_AT, end_at=20 * YEAR).open is not None


def test_watching_one_more_outcome_changes_nothing_before() -> None:
    gains = np.random.default_rng(1).uniform(-1.0, 1.3, 400)
    whole = watch(gains, -gains, raise_at=200.0, end_at=50.0)
    part = watch(gains[:250], -gains[:250], raise_at=200.0, end_at=50.0)
    assert np.array_equal(whole.evidence[:250], part.evidence)
    assert whole.alarms and part.alarms[0].raised == whole.alarms[0].raised


def test_histories_side_by_side_are_watched_as_each_alone() -> None:
    gains = np.random.default_rng(2).uniform(-1.0, 1.2, (300, 3))
    together = alarm_rows(gains, 150.0)
    never = np.full(300, -1.0)
    for column, rows in enumerate(together):
        alone = watch(gains[:, column], never, raise_at=150.0, end_at=1.0)
        assert alone.alarms[0].raised == rows[0]


def test_the_size_of_a_bet_is_known_before_the_loss() -> None:
    losses = np.random.default_rng(3).standard_normal(400)
    changed = losses.copy()
    changed[300:] = 50.0
    assert np.array_equal(usual_sizes(losses)[:301], usual_sizes(changed)[:301], equal_nan=True)
    assert np.isnan(usual_sizes(losses)[:60]).all()
    assert usual_sizes(losses)[350] == pytest.approx(3.0 * np.abs(losses[100:350]).mean())


def test_a_model_that_is_its_own_reference_is_no_worse() -> None:
    none = np.zeros(200)
    gains = bets_on(none, none, none, LEVEL, "EWMA")[-1].breaks
    assert not np.nan_to_num(gains).any()
