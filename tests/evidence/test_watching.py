"""Alarms, drift, claims and equality: the computed numbers, and the rates that are promised."""

import numpy as np
import pytest

from forefolio.evidence.claims import Claim, longer_record, mark_of, years_to_show
from forefolio.evidence.drift import discoveries, drift_of, index_of_shares, stability_index
from forefolio.evidence.sequential import (
    accuracy_e_value,
    bounded_mean_e_values,
    cusum,
    run_length,
    share_e_value,
)
from forefolio.evidence.stability import equality


@pytest.mark.parametrize(
    ("outcomes", "right", "value"), [(100, 35, 22.8924), (100, 37, 7.3054), (100, 50, 0.12440)]
)
def test_computed_e_values_against_a_promise(outcomes: int, right: int, value: float) -> None:
    found = accuracy_e_value(np.array([float(right)]), np.array([float(outcomes)]), 0.5)
    assert found[0] == pytest.approx(value, rel=5e-5)


@pytest.mark.parametrize(
    ("outcomes", "right", "value"), [(100, 35, 11.4614), (100, 33, 42.5902), (200, 75, 47.3480)]
)
def test_computed_e_values_on_both_sides(outcomes: int, right: int, value: float) -> None:
    found = share_e_value(np.array([float(right)]), np.array([float(outcomes)]), 0.5)
    assert found[0] == pytest.approx(value, rel=5e-6)


def paths(truth: float, histories: int = 1000, looks: int = 1000) -> np.ndarray:
    right = np.random.default_rng(1).random((histories, looks)) < truth
    return accuracy_e_value(right.cumsum(axis=1).astype(float), np.arange(1.0, looks + 1), 0.5)


def test_false_alarms_are_as_rare_as_promised_however_often_one_looks() -> None:
    assert np.mean((paths(0.5) >= 20).any(axis=1)) == pytest.approx(0.039, abs=0.018)
    assert not (paths(0.53, 500) >= 100).any(axis=1).mean() > 0.01


def test_a_broken_model_is_found_within_500_sessions() -> None:
    alarms = paths(0.40, 1000, 500) >= 20
    assert alarms.any(axis=1).mean() >= 0.90
    first = np.where(alarms.any(axis=1), alarms.argmax(axis=1) + 1, 501)
    assert np.median(first) == pytest.approx(168, rel=0.1)


def test_a_bounded_mean_is_bet_on_fairly() -> None:
    rng = np.random.default_rng(2)
    fair = np.array([bounded_mean_e_values(rng.random(400), 0.5) for _ in range(500)])
    assert fair[:, -1].mean() == pytest.approx(1.0, abs=0.35)
    assert np.mean((fair >= 20).any(axis=1)) <= 0.05
    worse = np.array([bounded_mean_e_values(rng.random(400) ** 0.6, 0.5) for _ in range(50)])
    assert np.mean((worse >= 20).any(axis=1)) >= 0.9


def test_a_cusum_adds_up_what_is_above_its_drift() -> None:
    assert cusum(np.array([1.0, -2.0, 1.5, 1.0])).tolist() == pytest.approx([0.5, 0.0, 1.0, 1.5])


@pytest.mark.parametrize(
    ("limit", "shift", "length"),
    [(4.0, 0.0, 335.4), (5.0, 0.0, 930.8), (4.0, 1.0, 8.38), (5.0, 1.0, 10.38)],
)
def test_run_lengths_of_a_cusum(limit: float, shift: float, length: float) -> None:
    assert run_length(limit, shift) == pytest.approx(length, rel=1e-3)


def test_the_computed_index() -> None:
    found = index_of_shares(np.array([0.1, 0.2, 0.3, 0.4]), np.full(4, 0.25))
    assert found == pytest.approx(0.228217, abs=1e-6)


def test_the_index_of_unchanged_draws() -> None:
    rng = np.random.default_rng(3)
    found = [stability_index(*rng.standard_normal((2, 1000))) for _ in range(300)]
    assert np.mean(found) == pytest.approx(0.018, abs=0.001)
    assert np.quantile(found, 0.95) == pytest.approx(0.0334, rel=0.12)


def slowly(rng: np.random.Generator, sessions: int, rho: float) -> np.ndarray:
    values = np.zeros(sessions)
    shocks = rng.standard_normal(sessions)
    for row in range(1, sessions):
        values[row] = rho * values[row - 1] + shocks[row]
    return values


@pytest.mark.slow
def test_slow_inputs_that_have_not_changed_are_no_drift() -> None:
    rng = np.random.default_rng(4)
    found = [drift_of(slowly(rng, 1313, 0.95), 63) for _ in range(150)]
    assert np.mean([one.index for one in found]) > 0.5  # far above the folklore's 0.25
    assert np.mean([one.p_value <= 0.05 for one in found]) <= 0.11


def test_an_input_that_moved_is_drift() -> None:
    moved = slowly(np.random.default_rng(6), 1313, 0.5)
    moved[-63:] += 3.0
    assert drift_of(moved, 63).p_value < 0.02


def test_of_many_features_few_findings_are_false() -> None:
    assert discoveries(np.array([0.001, 0.2, 0.02, 0.9])).tolist() == [True, False, True, False]
    assert not discoveries(np.array([0.04, 0.5, 0.6])).any()
    rng = np.random.default_rng(5)
    assert np.mean([discoveries(rng.random(20)).any() for _ in range(1000)]) <= 0.07


def test_regimes_that_are_equal_but_for_luck() -> None:
    found = equality(np.array([0.72, 0.98, 1.35, 0.54]), np.array([0.36, 0.41, 0.43, 0.34]))
    assert found.mean == pytest.approx(0.84253, abs=5e-6)
    assert found.statistic == pytest.approx(2.41278, abs=5e-6)
    assert found.p_value == pytest.approx(0.49126, abs=5e-6)


def test_a_claim_says_whether_it_is_shown() -> None:
    assert mark_of(0.01, 10.0, 3.0) == "shown"
    assert mark_of(0.3, 10.0, 40.0) == "underpowered"
    assert mark_of(0.3, 10.0, 5.0) == mark_of(None, 10.0, None) == "not_shown"
    assert years_to_show(0.3, 1.0, 1.0) == pytest.approx(44.44, abs=0.01)
    assert years_to_show(0.0, 1.0, 1.0) is None
    claim = Claim(
        code="better", sentence="it is better", mark="underpowered", p_value=0.31,
        years=10.0, years_needed=44.4,
    )  # fmt: skip
    assert claim.verdict == "underpowered: 44 years"
    hopeless = claim.model_copy(update={"years_needed": 1e6})
    assert hopeless.verdict == "underpowered: over 1,000 years"
    assert claim.model_copy(update={"mark": "not_shown"}).verdict == "not shown"
    assert longer_record(10.0, 1e6).startswith("; underpowered: more than 1,000 years")
