"""Dynamic conditional correlation, beside the formulas written out with whole matrices."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from forefolio.core.units import Array
from forefolio.market import simulated_market
from forefolio.risk import DynamicCorrelation, VolatilityTimesCorrelation
from forefolio.risk.covariance.dynamic_correlation import fit_correlation, neighbours
from forefolio.risk.covariance.dynamic_correlation_kernel import (
    diagonal_roots,
    filtered,
    pairwise_loss,
)


def simulated(a: float, b: float, usual: Array, sessions: int, seed: int) -> Array:
    """Standardised returns (T, N) of a cDCC, by its definition."""
    rng, q, out = np.random.default_rng(seed), usual.copy(), []
    for _ in range(sessions):
        root = np.sqrt(np.diag(q))
        out.append(np.linalg.cholesky(q / np.outer(root, root)) @ rng.normal(size=len(q)))
        x = root * out[-1]
        q = (1 - a - b) * usual + a * np.outer(x, x) + b * q
    return np.array(out)


def by_matrices(standard: Array, a: float, b: float) -> tuple[Array, Array, Array, float]:
    """x (T, N), S, the next Q and the log likelihood, with whole matrices and scipy's density.

    A session that is not known counts as one of the expected size, of each pair for itself.
    """
    q, diagonals = np.ones(standard.shape[1]), []
    for e in standard:
        diagonals.append(q)
        q = (1 - a - b) + a * np.where(np.isnan(e), 1.0, e**2) * q + b * q
    x = np.sqrt(diagonals) * standard
    s = np.eye(x.shape[1])
    for i in range(len(s)):
        for j in range(i):
            both = ~np.isnan(x[:, i] + x[:, j])
            each = [np.nanmean(x[:, k] ** 2) for k in (i, j)]
            s[i, j] = s[j, i] = np.mean(x[both, i] * x[both, j]) / np.sqrt(np.prod(each))
    matrix, likelihood = s.copy(), 0.0
    for e, moved in zip(standard, x, strict=True):
        root = np.sqrt(np.diag(matrix))
        if not np.isnan(e).any():
            law = multivariate_normal(np.zeros(len(e)), matrix / np.outer(root, root))
            likelihood += law.logpdf(e)
        news = np.outer(moved, moved)
        news = np.where(np.isnan(news), matrix, news)
        matrix = (1 - a - b) * s + a * news + b * matrix
    return x, s, matrix, likelihood


USUAL = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, -0.3], [0.2, -0.3, 1.0]])


@pytest.mark.parametrize("missing", [False, True])
def test_kernels_are_the_recursion_of_whole_matrices(missing: bool) -> None:
    standard = simulated(0.05, 0.9, USUAL, 120, seed=1)
    if missing:
        standard[:20, 2] = standard[50, 0] = np.nan
    x, s, q, _ = by_matrices(standard, 0.05, 0.9)
    roots, following = np.empty((3, 121)), np.empty((3, 3))
    diagonal_roots(np.ascontiguousarray(standard.T), 0.05, 0.9, roots)
    scaled = np.ascontiguousarray(roots[:, :-1] * standard.T)
    np.testing.assert_allclose(scaled.T, x, rtol=1e-12)
    filtered(scaled, s, 0.05, 0.9, following)
    off = ~np.eye(3, dtype=bool)
    np.testing.assert_allclose(following[off], q[off], rtol=1e-10)
    np.testing.assert_allclose(roots[:, -1] ** 2, np.diag(q), rtol=1e-10)


@pytest.mark.parametrize(("a", "b"), [(0.02, 0.95), (0.1, 0.8), (0.0, 0.5)])
def test_the_loss_of_a_pair_is_the_density_of_two_normal_variables(a: float, b: float) -> None:
    standard = simulated(0.05, 0.9, USUAL[:2, :2], 150, seed=2)
    x, _, _, likelihood = by_matrices(standard, a, b)
    roots = np.empty((2, 151))
    diagonal_roots(np.ascontiguousarray(standard.T), a, b, roots)
    got = pairwise_loss(np.ascontiguousarray(x.T), roots, np.array([[0, 1]]), a, b)
    alone = -0.5 * np.log(2 * np.pi) * 2 * 150 - 0.5 * (standard**2).sum()
    assert got == pytest.approx((alone - likelihood) / 150, rel=1e-9)


def test_the_two_numbers_and_the_correlations_are_found() -> None:
    standard = simulated(0.06, 0.9, USUAL, 6000, seed=3)
    fitted = fit_correlation(standard.T)
    assert fitted.news == pytest.approx(0.06, abs=0.015)
    assert fitted.memory == pytest.approx(0.9, abs=0.03)
    np.testing.assert_allclose(fitted.usual, USUAL, atol=0.08)
    far = fitted.over(100_000)
    np.testing.assert_allclose(far, fitted.usual, atol=1e-2)


def test_no_other_numbers_are_likelier() -> None:
    standard = np.ascontiguousarray(simulated(0.05, 0.92, USUAL, 1500, seed=4).T)
    fitted = fit_correlation(standard)

    def loss(a: float, b: float) -> float:
        roots = np.empty((3, 1501))
        diagonal_roots(standard, a, b, roots)
        scaled = np.ascontiguousarray(roots[:, :-1] * standard)
        return float(pairwise_loss(scaled, roots, neighbours(3), a, b))

    best = loss(fitted.news, fitted.memory)
    grid = [loss(a, b) for a in np.linspace(0.005, 0.2, 15) for b in np.linspace(0.5, 0.99 - a, 15)]
    assert best <= min(grid) + 1e-6


def test_all_pairs_of_a_few_and_the_nearest_of_many() -> None:
    assert len(neighbours(20)) == 190 and len(neighbours(1)) == 0
    assert len(neighbours(400)) == 399 + 398
    assert {tuple(pair) for pair in neighbours(3).tolist()} == {(0, 1), (1, 2), (0, 2)}


def test_correlations_follow_what_has_just_happened() -> None:
    market = simulated_market(seed=5, sessions=900, assets=4)
    calm = DynamicCorrelation()(market)
    rng = np.random.default_rng(6)
    close = market.close.copy()
    close[-40:] = close[-41] * np.cumprod(1 + 0.02 * rng.normal(size=(40, 1)), axis=0)
    close[-40:] *= np.cumprod(1 + 0.002 * rng.normal(size=(40, 4)), axis=0)
    bars = {name: None for name in ("open", "high", "low", "volume")}
    together = DynamicCorrelation()(replace(market, close=close, **bars))  # type: ignore[arg-type]
    assert together.correlation[0, 1] > calm.correlation[0, 1] + 0.2


def test_a_short_history_is_told() -> None:
    covariance = DynamicCorrelation()(simulated_market(seed=1, sessions=200, assets=3))
    assert "half-lives are used instead" in covariance.note
    usual = VolatilityTimesCorrelation()(simulated_market(seed=1, sessions=200, assets=3))
    np.testing.assert_allclose(covariance.std, usual.std)
