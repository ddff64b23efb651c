import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from forefolio.core.units import Array
from forefolio.optimize.exact.box import Box


def anything(seed: int) -> tuple[Box, Array]:
    """Bounds, some of them fixed, a budget within them, and gains with ties."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 12))
    lower = np.round(rng.normal(size=n), 1)
    upper = lower + np.round(rng.random(n), 1) * (rng.random(n) < 0.8)
    invested = float(lower.sum() + rng.choice([0.0, 0.3, 0.5, 1.0]) * (upper - lower).sum())
    return Box(lower=lower, upper=upper, invested=invested), np.round(rng.normal(size=n), 1)


def one_after_the_other(box: Box, gain: Array) -> Array:
    weights = box.lower.copy()
    for j in sorted(range(len(gain)), key=lambda k: -gain[k]):
        left = max(box.invested - float(weights.sum()), 0.0)
        weights[j] += min(left, float(box.upper[j] - box.lower[j]))
    return weights


@given(seed=st.integers(0, 100_000))
def test_the_richest_is_filled_one_after_the_other(seed: int) -> None:
    box, gain = anything(seed)
    weights, marginal = box.richest(gain)
    np.testing.assert_allclose(weights, one_after_the_other(box, gain), atol=1e-12)
    assert box.miss(weights[None])[0] <= 1e-12
    bought = (weights > box.lower + 1e-9) & (box.upper > box.lower)
    if bought.any():
        assert gain[marginal] == gain[bought].min()


@pytest.mark.parametrize("seed", range(20))
def test_nothing_in_the_box_gains_more(seed: int) -> None:
    box, gain = anything(seed)
    best = linprog(
        -gain,
        A_eq=np.ones((1, len(gain))),
        b_eq=[box.invested],
        bounds=np.column_stack(box.bounds),
    )
    weights, _ = box.richest(gain)
    assert weights @ gain == pytest.approx(-best.fun, abs=1e-9)
    assert box.shortfall(weights[None], gain[None])[0] == pytest.approx(0.0, abs=1e-12)
