"""The chain of peaks in machine code, beside matrices of sessions by sessions."""

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.optimize.exact.drawdown_kernel import (
    BEND,
    BEYOND,
    FALL,
    FLOW,
    OF_FLOW,
    PEAK,
    REST,
    RISE,
    SPARE,
    UP,
    WORST,
    bent,
    complementarity,
    eliminate,
    followed,
    hand_back,
    linearised,
    off_sessions,
    shorten,
    wanted,
)
from forefolio.optimize.exact.drawdown_step_kernel import asked_of_worst, chain_step, slopes
from forefolio.optimize.exact.interior import inverse_of_few
from forefolio.optimize.exact.limits_kernel import (
    keep_above_zero,
    limited,
    missing,
    spread_over,
)

SESSIONS, ASSETS, SHARE, QUANTILE = 9, 3, 0.3, 0.05


@pytest.fixture
def returns() -> Array:
    return np.random.default_rng(3).normal(0.0, 0.01, (SESSIONS, ASSETS))


def _point(rng: np.random.Generator, total: Array) -> Array:
    """Somewhere inside: all that is limited above zero."""
    point = rng.uniform(0.01, 0.1, (5, SESSIONS))
    point[PEAK] = np.maximum(np.maximum.accumulate(total), 0.0) + 0.01 * np.arange(1, SESSIONS + 1)
    point[BEYOND] = np.maximum(point[PEAK] - total - QUANTILE, 0.0) + 0.02
    return point


def _made(returns: Array) -> tuple[Array, Array, Array, Array]:
    rng = np.random.default_rng(4)
    total = np.cumsum(returns, axis=0) @ np.full(ASSETS, 1 / ASSETS)
    point, terms, chain = _point(rng, total), np.empty((9, SESSIONS)), np.zeros((2, SESSIONS))
    assert linearised(total, point, QUANTILE, SHARE, terms, chain)
    return total, point, terms, chain


def _rises() -> Array:
    """What makes of values (T,) their rises from zero on."""
    return np.eye(SESSIONS) - np.eye(SESSIONS, k=-1)


def _matrix(terms: Array) -> Array:
    """What the peaks solve, written out."""
    rises = _rises()
    return np.asarray(np.diag(terms[BEND]) + rises.T @ np.diag(terms[OF_FLOW]) @ rises)


def test_peaks_are_eliminated_as_by_the_matrix_written_out(returns: Array) -> None:
    _, _, terms, chain = _made(returns)
    right = np.random.default_rng(5).normal(size=SESSIONS)
    solved = right.copy()
    eliminate(chain, solved)
    np.testing.assert_allclose(_matrix(terms) @ solved, right, rtol=1e-11)
    path, out, rises = np.cumsum(returns, axis=0), np.empty((SESSIONS, ASSETS)), _rises()
    bent(returns, terms, chain, out)
    handed = rises.T @ (terms[OF_FLOW][:, None] * (rises @ path))
    expected = terms[BEND][:, None] * np.linalg.solve(_matrix(terms), handed)
    np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-12)


def test_a_step_solves_the_conditions_it_was_made_of(returns: Array) -> None:
    total, point, terms, chain = _made(returns)
    zero, wants, pulls = np.zeros((5, SESSIONS)), np.empty((5, SESSIONS)), np.empty(SESSIONS)
    step, moved, quantile, centre = np.empty((5, SESSIONS)), 0.01 * total, 0.003, 1e-3
    wanted(point, terms, chain, centre, zero, 0.0 * total, 0.0, wants, pulls)
    followed(point, terms, chain, wants, moved, quantile, step)
    rises = _rises()
    fall, up = step[PEAK] - moved, rises @ step[PEAK]
    spare = step[BEYOND] + quantile - fall
    for left, price, change, priced in (
        (terms[FALL], point[RISE], fall, step[RISE]),
        (terms[UP], point[FLOW], up, step[FLOW]),
        (terms[SPARE], point[WORST], spare, step[WORST]),
        (point[BEYOND], terms[REST], step[BEYOND], -step[WORST]),
    ):
        np.testing.assert_allclose(left * priced + price * change + left * price, centre)
    after = point + step
    np.testing.assert_allclose(after[WORST] - after[RISE] - rises.T @ after[FLOW], 0.0, atol=1e-12)
    far = np.ones(2)
    shorten(point, terms, step, moved, quantile, far)
    pairs = [(terms[FALL], fall), (terms[UP], up), (terms[SPARE], spare)]
    pairs.append((point[BEYOND], step[BEYOND]))
    assert far[0] == pytest.approx(min([1.0, *(min(_room(a, b)) for a, b in pairs)]))


def _room(value: Array, change: Array) -> Array:
    return np.where(change < 0.0, value / np.maximum(-change, 1e-300), np.inf)


def test_products_are_added_up_and_prices_handed_back(returns: Array) -> None:
    total, point, terms, _ = _made(returns)
    expected = terms[FALL] @ point[RISE] + terms[UP] @ point[FLOW] + terms[SPARE] @ point[WORST]
    expected += point[BEYOND] @ terms[REST]
    assert complementarity(total, point, QUANTILE, SHARE) == pytest.approx(expected)
    stays = np.empty(3)
    hand_back(np.array([0.2, 0.3, 0.5]), np.array([-1.0, 0.4, 0.9]), stays)
    np.testing.assert_allclose(stays, [0.6, 0.4, 0.0])
    far = np.ones(2)
    keep_above_zero(np.array([[1.0, 2.0], [1.0, 1.0]]), np.array([[-4.0, 1.0], [1.0, 0.0]]), far)
    np.testing.assert_allclose(far, [0.25, 1.0])


def test_a_step_of_all_meets_the_conditions(returns: Array) -> None:
    """All of the way, but for what is limited times its price, which alone is not linear."""
    total, point, terms, chain = _made(returns)
    rng, path = np.random.default_rng(5), np.cumsum(returns, axis=0)
    same, over = np.ones((1, ASSETS)), rng.normal(size=(2, ASSETS))
    x, equal = np.full(ASSETS, 1 / ASSETS), np.array([0.1])
    limits = rng.uniform(0.1, 0.5, (2, 2 * ASSETS + 2))
    level, limit = np.array([0.9]), np.array([0.5, 0.6])
    off, off_rows, off_equal = np.empty(ASSETS), np.empty(2), np.empty(1)
    slopes(path, point, limits, equal, same, over, off)
    missing(x, limits, same, level, over, limit, off_rows, off_equal)
    lifted, matrix = np.empty_like(path), np.empty((ASSETS, ASSETS))
    bent(returns, terms, chain, lifted)
    limited(path.T @ lifted, over, limits[1] / limits[0], matrix)
    border, spread = np.vstack([same, np.empty(ASSETS)]), np.empty((ASSETS, 2))
    rises = asked_of_worst(path, terms, chain, border[-1])
    root = np.ascontiguousarray(np.linalg.cholesky(matrix).T)
    spread_over(root, border, spread)
    spread[:, -1] *= -1.0
    small = border @ spread
    small[-1, -1] += rises
    moved, along, by = np.empty(ASSETS), np.empty(SESSIONS), np.empty(2)
    sessions, step = np.empty_like(point), np.empty_like(limits)
    chain_step(
        path,
        total,
        point,
        QUANTILE,
        SHARE,
        terms,
        chain,
        limits,
        off,
        off_rows,
        off_equal,
        over,
        border,
        root,
        spread,
        inverse_of_few(small),
        moved,
        along,
        sessions,
        by,
        step,
    )
    np.testing.assert_allclose(along, path @ moved, atol=1e-12)
    point, limits, equal = point + sessions, limits + step, equal + by[:1]
    assert slopes(path, point, limits, equal, same, over, off) < 1e-10
    after = missing(x + moved, limits, same, level, over, limit, off_rows, off_equal)
    peaks, worst, _ = off_sessions(point)
    assert after < 1e-10 and peaks < 1e-10 and worst == pytest.approx(1.0)
