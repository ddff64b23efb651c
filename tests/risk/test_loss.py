"""The covariance that was true has the least loss, however few the returns are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import InputError
from forefolio.core.units import Array
from forefolio.risk import covariance_loss


def some_covariance(rng: np.random.Generator, size: int = 4) -> Array:
    factor = rng.standard_normal((size, 2 * size)) * 0.01
    return factor @ factor.T


def test_it_is_the_formula() -> None:
    rng = np.random.default_rng(0)
    matrix, returns = some_covariance(rng), 0.02 * rng.standard_normal((21, 4))
    realised = returns.T @ returns / 21
    expected = np.linalg.slogdet(matrix)[1] + np.trace(np.linalg.inv(matrix) @ realised)
    assert covariance_loss(matrix, returns) == pytest.approx(expected, rel=1e-10)


def test_one_asset_has_the_loss_of_its_variance() -> None:
    returns = np.array([[0.01], [-0.02]])
    expected = np.log(4e-4) + 2.5e-4 / 4e-4
    assert covariance_loss(np.array([[4e-4]]), returns) == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_other_covariance_has_less_on_average(seed: int) -> None:
    rng = np.random.default_rng(seed)
    true, other = some_covariance(rng), some_covariance(rng)
    returns = np.linalg.cholesky(true) @ rng.standard_normal((4, 5000))
    assert covariance_loss(true, returns.T) < covariance_loss(other, returns.T)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_differences_do_not_depend_on_the_units(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other, returns = some_covariance(rng), some_covariance(rng), rng.normal(0, 0.01, (9, 4))
    turn = rng.standard_normal((4, 4)) + 4 * np.eye(4)

    def apart(change: Array) -> float:
        first = covariance_loss(change @ one @ change.T, returns @ change.T)
        return first - covariance_loss(change @ other @ change.T, returns @ change.T)

    assert apart(turn) == pytest.approx(apart(np.eye(4)), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("matrix", "returns", "told"),
    [
        (np.ones((2, 2)), np.zeros((3, 2)), "not positive definite"),
        (np.eye(2), np.zeros((3, 1)), "shape"),
        (np.eye(2), np.zeros((0, 2)), "shape"),
        (np.eye(2), np.array([[0.0, np.nan]]), "not known"),
    ],
)
def test_what_cannot_be_judged_is_refused(matrix: Array, returns: Array, told: str) -> None:
    with pytest.raises(InputError, match=told):
        covariance_loss(matrix, returns)
