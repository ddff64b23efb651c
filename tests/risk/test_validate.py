"""Breaches counted and tested: by hand, at the edges, and with the size that was promised."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forefolio.core.errors import InputError
from forefolio.core.units import Array, Flags
from forefolio.risk import check_breaches, check_value_at_risk
from forefolio.risk.tails.breaches import ValueAtRiskCheck


def flags(text: str) -> Flags:
    return np.array([mark == "x" for mark in text])


def test_a_case_by_hand() -> None:
    told = check_breaches(flags("..x.xx...."), 0.9)
    assert (told.sessions, told.breaches) == (10, 3)
    assert told.expected == pytest.approx(1.0)
    counted = 2 * (3 * np.log(0.3 / 0.1) + 7 * np.log(0.7 / 0.9))
    assert told.coverage.statistic == pytest.approx(counted)
    assert told.coverage.p_value == pytest.approx(stats.chi2.sf(counted, 1))
    # of the nine that follow: after a calm session 4 calm and 2 breached, after a breach 2 and 1
    free = 4 * np.log(4 / 6) + 2 * np.log(2 / 6) + 2 * np.log(2 / 3) + np.log(1 / 3)
    alike = 6 * np.log(6 / 9) + 3 * np.log(3 / 9)
    asked = 6 * np.log(0.9) + 3 * np.log(0.1)
    assert told.independence and told.conditional
    assert told.independence.statistic == pytest.approx(2 * (free - alike), abs=1e-12)
    assert told.conditional.statistic == pytest.approx(2 * (free - asked))
    assert told.conditional.p_value == pytest.approx(np.exp(asked - free))  # chi squared with 2


def test_kupiecs_own_region_of_acceptance() -> None:
    """Kupiec 1995, table 3: at 99 % over 510 days, 2 to 10 breaches are accepted at 5 %."""
    accepted = [
        n for n in range(20) if not check_breaches(np.arange(510) < n, 0.99).coverage.rejects
    ]
    assert accepted == list(range(2, 11))


@pytest.mark.parametrize(("all_or_none", "probability"), [(True, 0.05), (False, 0.95)])
def test_no_breach_and_nothing_else_are_tested_for_coverage_alone(
    all_or_none: bool, probability: float
) -> None:
    told = check_breaches(np.full(100, all_or_none), 0.95)
    assert told.coverage.statistic == pytest.approx(-200 * np.log(probability))
    assert told.coverage.rejects
    assert told.independence is None and told.conditional is None
    assert "too few breaches to test" in told.verdict


def test_one_session_and_a_last_breach_have_no_sequel() -> None:
    assert check_breaches(flags("x"), 0.5).coverage.statistic == pytest.approx(2 * np.log(2))
    assert check_breaches(flags("...x"), 0.95).independence is None


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_statistics_are_never_negative_and_add_up(breached: list[bool], level: float) -> None:
    told = check_breaches(np.array(breached), level)
    later = check_breaches(np.array(breached[1:]), level) if len(breached) > 1 else None
    assert told.coverage.statistic >= 0.0 and 0.0 <= told.coverage.p_value <= 1.0
    if told.independence and told.conditional and later:
        parts = told.independence.statistic + later.coverage.statistic
        assert told.conditional.statistic == pytest.approx(parts, abs=1e-9)


def rejected(told: ValueAtRiskCheck) -> tuple[bool, ...]:
    tests = (told.coverage, told.independence, told.conditional)
    return tuple(test is not None and test.rejects for test in tests)


def test_a_true_value_at_risk_is_rejected_as_often_as_promised() -> None:
    rng = np.random.default_rng(0)
    told = [rejected(check_breaches(rng.random(2000) < 0.05, 0.95)) for _ in range(1000)]
    coverage, independence, conditional = np.mean(told, axis=0)
    assert 0.035 < coverage < 0.065  # 0.05, with an error of 0.007
    assert 0.03 < independence < 0.10  # few breaches follow a breach: chi squared is rough
    assert 0.03 < conditional < 0.09


def test_clusters_are_found_where_coverage_is_right() -> None:
    breaches = flags("xxxxx" + 95 * ".")
    told = check_breaches(np.tile(breaches, 10), 0.95)
    assert not told.coverage.rejects
    assert told.independence and told.independence.rejects
    assert told.conditional and told.conditional.rejects
    assert "50 breaches in 1,000 sessions, 50.0 expected" in told.verdict
    assert "consistent with a value at risk at 95.0 %" in told.verdict
    assert "breaches cluster" in told.verdict


def test_the_verdict_says_in_which_direction_it_was_wrong() -> None:
    assert "value at risk is too low" in check_breaches(np.arange(100) < 30, 0.95).verdict
    assert "value at risk is too high" in check_breaches(np.arange(500) < 2, 0.95).verdict
    assert "1 breach in" in check_breaches(np.arange(500) < 1, 0.99).verdict


def test_a_breach_is_a_loss_beyond_the_forecast() -> None:
    returns = np.array([-0.03, 0.05, -0.02, -0.01, 0.0])
    told = check_value_at_risk(returns, np.array([0.02, 0.02, 0.02, 0.02, -0.01]), 0.95)
    assert told.breaches == 2  # equal is no breach; a negative forecast promises a gain


@pytest.mark.parametrize(
    ("returns", "forecasts", "level", "told"),
    [
        (np.zeros(3), np.zeros(2), 0.95, r"forecasts has shape \(2,\); give 3"),
        (np.zeros((3, 1)), np.zeros((3, 1)), 0.95, r"shape \(3, 1\)"),
        (np.array([0.0, np.nan]), np.zeros(2), 0.95, "missing"),
        (np.zeros(2), np.zeros(2), 95, "level is 95, must lie between 0 and 1"),
        (np.zeros(0), np.zeros(0), 0.95, "no sessions"),
    ],
)
def test_what_cannot_be_tested_is_said(
    returns: Array, forecasts: Array, level: float, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        check_value_at_risk(returns, forecasts, level)
