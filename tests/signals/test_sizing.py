import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from forefolio.core.units import Array
from forefolio.signals import JointKelly, Kelly

ALL = np.ones(4)
WIDE = {"cap": 1.0, "gross": 1e9}


def some(seed: int, assets: int = 4) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((assets, assets + 2)) * 0.05
    return rng.standard_normal(assets) * 0.01, root @ root.T


def test_a_bet_is_its_mean_over_its_variance() -> None:
    excess, covariance = np.array([0.01, -0.02]), np.diag([0.04, 0.09])
    sizes = Kelly(fraction=0.5, cap=1.0).size(excess, covariance, np.array([1.0, -1.0]))
    np.testing.assert_allclose(sizes, [0.5 * 0.25, -0.5 * 0.02 / 0.09])


def test_it_is_the_bet_of_largest_growth() -> None:
    """Of many repetitions of a bet, no other fraction grows faster; Kelly (1956)."""
    mean, std = 0.02, 0.2
    outcomes = mean + std * np.random.default_rng(0).standard_normal(400_000)
    full = Kelly(fraction=1.0, cap=1.0).size(
        np.array([mean]), np.array([[std**2]]), np.array([1.0])
    )[0]
    growth = {f: np.log1p(f * outcomes).mean() for f in (0.5 * full, full, 1.5 * full)}
    assert growth[full] == max(growth.values())


@given(seed=st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_jointly_without_limits_it_is_inverse_covariance_times_mean(seed: int) -> None:
    excess, covariance = some(seed)
    full = np.linalg.solve(covariance, excess)
    scale = 0.9 / np.abs(full).max()
    sizes = JointKelly(fraction=min(scale, 1.0), **WIDE).size(excess, covariance, np.sign(full))
    np.testing.assert_allclose(sizes, min(scale, 1.0) * full, rtol=1e-6, atol=1e-9)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_within_caps_no_other_sizes_are_better(seed: int) -> None:
    excess, covariance = some(seed)
    sizing = JointKelly(fraction=1.0, cap=0.2, gross=9.0)
    sizes = sizing.size(excess, covariance, ALL)

    def regret(x: Array) -> float:
        return float(x @ covariance @ x / 2 - excess @ x)

    oracle = minimize(regret, np.full(4, 0.1), bounds=[(0, 0.2)] * 4, tol=1e-14)
    assert regret(sizes) <= oracle.fun + 1e-10


@pytest.mark.parametrize("sizing", [Kelly(gross=0.3, cap=0.2), JointKelly(gross=0.3, cap=0.2)])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_limits_hold_and_no_size_goes_against_its_direction(
    sizing: Kelly | JointKelly, seed: int
) -> None:
    excess, covariance = some(seed)
    direction = np.random.default_rng(seed).integers(-1, 2, 4).astype(float)
    sizes = sizing.size(excess, covariance, direction)
    assert (np.abs(sizes) <= 0.2 + 1e-12).all() and np.abs(sizes).sum() <= 0.3 + 1e-12
    assert (sizes * direction >= 0).all() and (sizes[direction == 0] == 0).all()


def test_the_same_bet_twice_is_one_bet_jointly() -> None:
    excess, covariance = np.full(2, 0.004), np.full((2, 2), 0.04)
    alone = Kelly(cap=1.0).size(excess, covariance, np.ones(2))
    together = JointKelly(cap=1.0).size(excess, covariance, np.ones(2))
    assert alone.sum() == pytest.approx(2 * together.sum())


def test_an_asset_that_does_not_move_gets_nothing() -> None:
    covariance = np.diag([0.0, 0.04])
    for sizing in (Kelly(), JointKelly()):
        sizes = sizing.size(np.array([0.01, 0.01]), covariance, np.ones(2))
        assert sizes[0] == 0 and sizes[1] > 0
    assert not JointKelly().size(np.ones(2), np.zeros((2, 2)), np.ones(2)).any()
