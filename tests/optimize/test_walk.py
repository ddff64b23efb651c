import numpy as np
import pytest

from forefolio.core.errors import Infeasible, InputError
from forefolio.core.units import Array
from forefolio.optimize import exact_frontier, walk_maximum_sharpe, walk_minimum_variance
from forefolio.optimize.exact.sliding_window import ANEW, moving_moments


def panel(seed: int, sessions: int = 400, assets: int = 6) -> Array:
    rng = np.random.default_rng(seed)
    common = 0.01 * rng.normal(size=(sessions, 1))
    own: Array = common + 0.01 * rng.normal(size=(sessions, assets)) + 2e-4
    return own


@pytest.mark.parametrize("seed", range(4))
def test_each_decision_is_the_one_computed_afresh(seed: int) -> None:
    returns = panel(seed)
    cash = np.linspace(0.0, 4e-4, 400)
    walk = walk_maximum_sharpe(returns, 60, 5, risk_free=cash, upper=0.5)
    assert walk.rows.tolist() == list(range(59, 400, 5)) and len(walk.rows) > ANEW
    for row, weights in zip(walk.rows, walk.weights, strict=True):
        seen = returns[row - 59 : row + 1]
        afresh = exact_frontier(seen.mean(axis=0), np.cov(seen, rowvar=False), upper=0.5)
        np.testing.assert_allclose(weights, afresh.maximum_sharpe(cash[row]).weights, atol=1e-8)
    assert walk.gap.max() < 1e-16


@pytest.mark.parametrize("upper", [1.0, 0.4])
def test_walking_is_looking_up_to_the_last_bit(upper: float) -> None:
    returns = panel(5)
    returns[:90, 1], returns[300, 2] = np.nan, np.nan
    walk = walk_maximum_sharpe(returns, 60, 5, risk_free=1e-4, upper=upper)
    for decision, moments in enumerate(moving_moments(returns, 60, 5)):
        point = exact_frontier(moments.mean, moments.covariance, upper=upper).maximum_sharpe(1e-4)
        np.testing.assert_array_equal(walk.weights[decision][moments.present], point.weights)
        assert walk.sharpe[decision] == pytest.approx(point.sharpe(1e-4), rel=1e-13)
        assert walk.gap[decision] == pytest.approx(point.gap, abs=1e-12 * point.variance)


def test_where_nothing_beats_cash_a_note_says_which_decision() -> None:
    returns = panel(1)
    returns[100:220] -= 0.01
    walk = walk_maximum_sharpe(returns, 60, 20)
    fallen = [decision for decision, _ in walk.notes]
    assert fallen and all("minimum variance" in note for _, note in walk.notes)
    for decision in fallen:
        seen = returns[walk.rows[decision] - 59 : walk.rows[decision] + 1]
        assert seen.mean(axis=0).max() <= 0
        least = exact_frontier(seen.mean(axis=0), np.cov(seen, rowvar=False)).minimum_variance()
        np.testing.assert_allclose(walk.weights[decision], least.weights, atol=1e-8)


def test_a_hole_leaves_the_asset_out_while_it_is_in_the_window() -> None:
    returns = panel(2)
    returns[150, 0], returns[:90, 1] = np.nan, np.nan
    walk = walk_maximum_sharpe(returns, 60, 7)
    for row, weights in zip(walk.rows, walk.weights, strict=True):
        known = np.isfinite(returns[row - 59 : row + 1]).all(axis=0)
        assert (weights[~known] == 0).all() and weights.sum() == pytest.approx(1.0)
    returns[200] = np.nan
    walk = walk_maximum_sharpe(returns, 60, 7)
    assert any("whole window" in note for _, note in walk.notes)


def test_what_comes_later_changes_nothing() -> None:
    returns = panel(3)
    whole, cut = walk_maximum_sharpe(returns, 60, 21), walk_maximum_sharpe(returns[:250], 60, 21)
    np.testing.assert_array_equal(whole.weights[: len(cut.rows)], cut.weights)


@pytest.mark.parametrize("every", [1, 13, 60, 200])
def test_moments_are_those_of_the_window(every: int) -> None:
    returns = panel(4) + 1.0
    for moments in moving_moments(returns, 60, every):
        seen = returns[moments.row - 59 : moments.row + 1]
        np.testing.assert_allclose(moments.mean, seen.mean(axis=0), rtol=1e-14)
        expected = np.cov(seen, rowvar=False)
        np.testing.assert_allclose(moments.covariance, expected, rtol=1e-11, atol=1e-18)


def test_bad_input_is_told() -> None:
    for window, every in ((1, 5), (401, 5), (60, 0)):
        with pytest.raises(InputError, match=f"window {window}, every {every}"):
            walk_maximum_sharpe(panel(0), window, every)
    with pytest.raises(Infeasible, match="upper bounds"):
        walk_maximum_sharpe(panel(0), 60, 20, upper=0.1)


@pytest.mark.parametrize("upper", [1.0, 0.4])
@pytest.mark.parametrize("seed", range(3))
def test_the_least_variance_of_each_window_is_the_one_computed_afresh(
    seed: int, upper: float
) -> None:
    returns = panel(seed)
    returns[:90, 1], returns[300, 2] = np.nan, np.nan
    walk = walk_minimum_variance(returns, 60, 5, upper=upper)
    assert walk.rows.tolist() == list(range(59, 400, 5)) and not walk.notes
    for row, weights, variance in zip(walk.rows, walk.weights, walk.variance, strict=True):
        seen = returns[row - 59 : row + 1]
        known = np.isfinite(seen).all(axis=0)
        covariance = np.cov(seen[:, known], rowvar=False)
        afresh = exact_frontier(seen[:, known].mean(axis=0), covariance, upper=upper)
        least = afresh.minimum_variance()
        np.testing.assert_allclose(weights[known], least.weights, atol=1e-8)
        assert not weights[~known].any()
        assert variance == pytest.approx(least.variance, rel=1e-9)
    assert (walk.gap <= 1e-12 * walk.variance).all()


def test_where_nothing_is_known_a_least_variance_is_cash_as_well() -> None:
    returns = panel(3)
    returns[:, :] = np.where(np.arange(400)[:, None] == 100, np.nan, returns)
    walk = walk_minimum_variance(returns, 60, 40)
    empty = [decision for decision, _ in walk.notes]
    assert empty and not walk.weights[empty].any()
    assert walk.variance[empty].tolist() == [0.0] * len(empty)


def test_fewer_sessions_than_assets_have_a_least_variance_too() -> None:
    returns = panel(4, sessions=200, assets=40)
    walk = walk_minimum_variance(returns, 30, 10)
    size = np.square(returns).mean()
    assert (walk.gap <= 1e-9 * size).all()
    np.testing.assert_allclose(walk.weights.sum(axis=1), 1.0, atol=1e-12)
