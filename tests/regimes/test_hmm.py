"""The hidden Markov model against every path written out, against logarithms, and a peer."""

from itertools import pairwise, product

import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from forefolio.core.units import Array
from forefolio.regimes import hmm
from forefolio.regimes.hmm import HMM, NARROW, RARE, ROUND, fit_hmm
from forefolio.regimes.hmm_kernel import filtered, moments, smoothed


def _model(seed: int, states: int, width: int = 2) -> HMM:
    rng = np.random.default_rng(seed)
    roots = rng.normal(0, 0.5, (states, width, width)) + np.eye(width)
    return HMM(
        start=rng.dirichlet(np.ones(states)),
        transition=rng.dirichlet(np.ones(states), states),
        means=rng.normal(0, 1, (states, width)),
        covariances=roots @ np.swapaxes(roots, 1, 2),
    )


def _drawn(model: HMM, rows: int, seed: int = 0) -> Array:
    rng, states = np.random.default_rng(seed), len(model.start)
    state, out = rng.choice(states, p=model.start), []
    for _ in range(rows):
        out.append(rng.multivariate_normal(model.means[state], model.covariances[state]))
        state = rng.choice(states, p=model.transition[state])
    return np.array(out)


def _known(x: Array) -> Array:
    return np.asarray(np.isfinite(x).all(axis=1))


def _log_densities(model: HMM, x: Array) -> Array:
    """What is not whole has density one in every state."""
    states = [
        multivariate_normal(m, c) for m, c in zip(model.means, model.covariances, strict=True)
    ]
    whole = np.where(_known(x)[:, None], x, 0.0)
    logs = np.column_stack([state.logpdf(whole) for state in states])
    return np.where(_known(x)[:, None], logs, 0.0)


def _every_path(model: HMM, logs: Array) -> tuple[float, Array, Array]:
    """Likelihood, probability (T, K) of each state, and expected moves (K, K)."""
    rows, states = logs.shape
    total, weights, moves = 0.0, np.zeros((rows, states)), np.zeros((states, states))
    for path in product(range(states), repeat=rows):
        chance = model.start[path[0]] * np.exp(sum(logs[t, state] for t, state in enumerate(path)))
        for before, after in pairwise(path):
            chance *= model.transition[before, after]
        total += chance
        for row, state in enumerate(path):
            weights[row, state] += chance
        for before, after in pairwise(path):
            moves[before, after] += chance
    return total, weights / total, moves / total


def _forward_backward(model: HMM, logs: Array) -> tuple[float, Array, Array]:
    """The same in logarithms, without scaling."""
    transition, forward, backward = np.log(model.transition), logs.copy(), np.zeros(logs.shape)
    forward[0] += np.log(model.start)
    for row in range(1, len(logs)):
        forward[row] += logsumexp(forward[row - 1][:, None] + transition, axis=0)
    for row in range(len(logs) - 2, -1, -1):
        backward[row] = logsumexp(transition + logs[row + 1] + backward[row + 1], axis=1)
    likelihood = float(logsumexp(forward[-1]))
    later = (logs + backward)[1:, None, :]
    moves = np.exp(forward[:-1, :, None] + transition + later - likelihood).sum(axis=0)
    return likelihood, np.exp(forward + backward - likelihood), moves


@given(st.integers(0, 99), st.integers(2, 3), st.integers(1, 6))
@settings(max_examples=30)
def test_probabilities_are_those_of_every_path(seed: int, states: int, rows: int) -> None:
    model = _model(seed, states)
    x = _drawn(model, rows, seed)
    x[np.random.default_rng(seed).random(rows) < 0.2, 0] = np.nan
    logs = _log_densities(model, x)
    known, likelihood = model.filter(x)
    assert likelihood == pytest.approx(np.log(_every_path(model, logs)[0]))
    for row in range(rows):
        so_far = _every_path(model, logs[: row + 1])[1][-1]
        np.testing.assert_allclose(known[row], so_far, atol=1e-12)
    weights, moves = np.empty(known.shape), np.empty((states, states))
    smoothed(known, model.transition, weights, moves)
    _, all_weights, all_moves = _every_path(model, logs)
    np.testing.assert_allclose(weights, all_weights, atol=1e-12)
    np.testing.assert_allclose(moves, all_moves, atol=1e-12)


def test_long_histories_do_not_underflow() -> None:
    model = _model(3, 4, width=5)
    x = _drawn(model, 2500)
    x[1000] *= 100  # where no state has a density above zero
    known, likelihood = model.filter(x)
    expected, weights, moves = _forward_backward(model, _log_densities(model, x))
    assert likelihood == pytest.approx(expected, rel=1e-12)
    found, counted = np.empty(known.shape), np.empty(moves.shape)
    smoothed(known, model.transition, found, counted)
    np.testing.assert_allclose(found, weights, atol=1e-9)
    np.testing.assert_allclose(counted, moves, rtol=1e-9)
    np.testing.assert_allclose(known.sum(axis=1), 1)


def test_likelihood_and_filter_are_those_of_statsmodels() -> None:
    transition = np.array([[0.95, 0.05], [0.1, 0.9]])
    model = HMM(
        start=np.array([2, 1]) / 3,  # stationary, as the peer's
        transition=transition,
        means=np.array([[0.5], [-1.0]]),
        covariances=np.array([[[1.0]], [[4.0]]]),
    )
    x = _drawn(model, 400)
    known, likelihood = model.filter(x)
    peer = MarkovRegression(x[:, 0], k_regimes=2, switching_variance=True)
    parameters = np.array([0.95, 0.1, 0.5, -1.0, 1.0, 4.0])
    assert likelihood == pytest.approx(peer.loglike(parameters))
    expected = peer.filter(parameters).filtered_marginal_probabilities
    np.testing.assert_allclose(known, expected, atol=1e-9)


@pytest.mark.parametrize(("states", "width"), [(2, 1), (4, 5)])
def test_likelihood_and_filter_are_those_of_hmmlearn(states: int, width: int) -> None:
    model = _model(8, states, width)
    x = _drawn(model, 300)
    peer = GaussianHMM(states, covariance_type="full")
    peer.startprob_, peer.transmat_ = model.start, model.transition
    peer.means_, peer.covars_ = model.means, model.covariances
    known, likelihood = model.filter(x)
    assert likelihood == pytest.approx(peer.score(x), rel=1e-12)
    for rows in (1, 2, 150, 300):  # of the part that is known, its last row is not smoothed
        np.testing.assert_allclose(known[rows - 1], peer.predict_proba(x[:rows])[-1], atol=1e-12)


def test_a_search_ends_no_lower_than_that_of_hmmlearn() -> None:
    x = _drawn(TRUE, 1500)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    peers = [GaussianHMM(3, "full", n_iter=300, tol=1e-3, random_state=s).fit(x) for s in (0, 1)]
    best = max(peer.score(x) for peer in peers)
    assert fit_hmm(x, 3).log_likelihood > best - 0.5


def test_moments_are_weighted_and_leave_out_what_is_not_whole() -> None:
    rng = np.random.default_rng(0)
    x, weights = rng.normal(3, 1, (50, 3)), rng.dirichlet(np.ones(2), 50)
    x[7, 1] = x[20] = np.nan
    total, mean, scatter = np.empty(2), np.empty((2, 3)), np.empty((2, 3, 3))
    moments(x, weights, total, mean, scatter)
    whole = _known(x)
    for state in range(2):
        own = weights[whole, state]
        assert total[state] == pytest.approx(own.sum())
        np.testing.assert_allclose(mean[state], np.average(x[whole], axis=0, weights=own))
        covariance = np.cov(x[whole].T, aweights=own, ddof=0)
        np.testing.assert_allclose(scatter[state] / own.sum(), covariance, atol=1e-14)


@pytest.mark.parametrize("stickiness", [0.0, 15.0])
def test_one_step_is_that_of_the_book(monkeypatch: pytest.MonkeyPatch, stickiness: float) -> None:
    monkeypatch.setattr(hmm, "TRIAL", 0)
    monkeypatch.setattr(hmm, "STEPS", 1)
    x = _drawn(_model(1, 3), 300)
    x = (x - x.mean(axis=0)) / x.std(axis=0)  # the priors' units
    before = _model(2, 3)
    after = fit_hmm(x, 3, stickiness=stickiness, first=before).model
    _, weights, moves = _forward_backward(before, _log_densities(before, x))
    counts = moves + RARE + stickiness * np.eye(3)
    order = np.argsort([np.average(x[:, 1], weights=w) for w in weights.T])
    for place, state in enumerate(order):
        own = weights[:, state]
        mean = np.average(x, axis=0, weights=own)
        scatter = (own[:, None] * (x - mean)).T @ (x - mean) + ROUND * NARROW * np.eye(2)
        np.testing.assert_allclose(after.means[place], mean, atol=1e-10)
        np.testing.assert_allclose(after.covariances[place], scatter / (own.sum() + ROUND))
        row = counts[state, order] / counts[state].sum()
        np.testing.assert_allclose(after.transition[place], row)
    start = weights[0, order] + RARE
    np.testing.assert_allclose(after.start, start / start.sum())


@given(st.integers(0, 999), st.integers(1, 4), st.integers(1, 3), st.sampled_from([0.0, 30.0]))
@settings(max_examples=25, deadline=None)
def test_the_objective_never_falls(seed: int, states: int, width: int, stickiness: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_t(3, (300, width)) * 10.0 ** rng.integers(-4, 4)
    x[rng.random(300) < 0.1] = np.nan
    found = fit_hmm(x, states, stickiness=stickiness)
    assert np.diff(found.objectives).min(initial=0) >= -1e-9 * np.abs(found.objectives).max()
    assert found.rows.sum() == pytest.approx(_known(x).sum())
    assert found.log_likelihood == pytest.approx(found.model.filter(x)[1], rel=1e-9)


TRUE = HMM(
    start=np.full(3, 1 / 3),
    transition=np.array([[0.98, 0.015, 0.005], [0.02, 0.96, 0.02], [0.01, 0.04, 0.95]]),
    means=np.array([[0.001, -5.0], [0.0, -4.4], [-0.002, -3.8]]),
    covariances=np.array(
        [np.diag([s**2, 0.04]) + 0.05 * s * (1 - np.eye(2)) for s in (0.007, 0.012, 0.025)]
    ),
)


def test_the_parameters_of_a_simulation_are_recovered() -> None:
    x = _drawn(TRUE, 8000)
    found = fit_hmm(x, 3)
    np.testing.assert_allclose(found.model.transition, TRUE.transition, atol=0.015)
    deviations = np.sqrt(np.diagonal(TRUE.covariances, axis1=1, axis2=2))
    error = (found.model.means - TRUE.means) / (deviations / np.sqrt(found.rows)[:, None])
    assert np.abs(error).max() < 4
    np.testing.assert_allclose(found.model.covariances, TRUE.covariances, rtol=0.15, atol=1e-6)
    assert found.log_likelihood > TRUE.filter(x)[1]


def test_units_do_not_matter() -> None:
    x, scale = _drawn(TRUE, 1500), np.array([100.0, 3.0])
    one, other = fit_hmm(x, 3, stickiness=5), fit_hmm(7 + scale * x, 3, stickiness=5)
    np.testing.assert_allclose(other.model.means, 7 + scale * one.model.means, rtol=1e-6)
    np.testing.assert_allclose(other.model.filter(7 + scale * x)[0], one.model.filter(x)[0], 1e-5)


def test_starting_at_the_answer_ends_there() -> None:
    x = _drawn(TRUE, 2000)
    found = fit_hmm(x, 3)
    again = fit_hmm(x, 3, first=found.model)
    assert len(again.objectives) <= 3 < len(found.objectives)
    np.testing.assert_allclose(again.model.means, found.model.means, atol=1e-4)


def test_a_sticky_prior_makes_states_stay() -> None:
    x = _drawn(TRUE, 400)
    free, sticky = (fit_hmm(x, 3, stickiness=s).model.transition for s in (0.0, 200.0))
    assert (np.diag(sticky) > np.diag(free)).all()


def test_a_column_that_stands_still_is_no_news() -> None:
    x = _drawn(TRUE, 600)
    still = np.column_stack([np.ones(600), x])
    np.testing.assert_allclose(
        fit_hmm(still, 2).model.filter(still)[0], fit_hmm(x, 2).model.filter(x)[0], atol=0.02
    )


def test_the_kernel_starts_where_it_is_told() -> None:
    out = np.empty((1, 2))
    assert filtered(np.zeros((1, 2)), np.array([0.3, 0.7]), np.eye(2), out) == 0
    np.testing.assert_allclose(out, [[0.3, 0.7]])
