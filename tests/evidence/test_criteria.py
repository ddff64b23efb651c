"""Met, not met, not decided; and how much estimates differ beyond their errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from forefolio.evidence.criteria import IntervalEstimate, criterion_mark, variance_between


@pytest.mark.parametrize(
    ("value", "lead", "mark"),
    [
        (0.60, 0.05, "met"),
        (0.60, 0.0, "not_decided"),
        (0.60, -0.05, "not_met"),
        (0.56, 0.05, "not_decided"),
        (0.50, 0.05, "not_met"),
        (0.60, None, "met"),
    ],
)
def test_a_mark_needs_the_threshold_and_the_baseline(
    value: float, lead: float | None, mark: str
) -> None:
    beyond = None if lead is None else IntervalEstimate.around(lead, 0.01)
    assert criterion_mark(IntervalEstimate.around(value, 0.01), 0.55, beyond) == mark


def test_less_is_better_with_the_sign_turned() -> None:
    fall = IntervalEstimate(value=0.3, low=0.2, high=0.4)
    assert fall.turned == IntervalEstimate(value=-0.3, low=-0.4, high=-0.2)
    assert criterion_mark(fall.turned, -0.15, None) == "not_met"
    assert criterion_mark(fall.turned, -0.5, None) == "met"


def test_equal_numbers_have_no_variance_between_them() -> None:
    found = variance_between(np.array([0.72, 0.98, 1.35, 0.54]), np.array([0.36, 0.41, 0.43, 0.34]))
    assert found.value == 0.0 and found.low == 0.0 and found.high > 0.3


def test_the_interval_holds_the_true_variance_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    errors = np.array([0.3, 0.4, 0.35, 0.3, 0.45])
    held = 0
    for _ in range(300):
        seen = rng.normal(0.5, np.sqrt(0.25 + errors**2))
        found = variance_between(seen, errors)
        held += found.low <= 0.25 <= found.high
    assert held / 300 == pytest.approx(0.9, abs=0.05)


@given(ups=st.integers(0, 40), count=st.integers(1, 40))
def test_the_interval_of_a_share_is_wilsons(ups: int, count: int) -> None:
    share = min(ups, count) / count
    said = IntervalEstimate.of_share(share, count)
    own = binomtest(min(ups, count), count).proportion_ci(0.9, method="wilson")
    assert 0.0 <= said.low <= share <= said.high <= 1.0
    assert (said.low, said.high) == pytest.approx((own.low, own.high), abs=1e-4)
    assert IntervalEstimate.of_share(share, 0.0).low == 0.0
