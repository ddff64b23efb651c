"""Paths whose volatility has a memory: slow twins, and where they begin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.units import Array
from forefolio.forecast.volatility.garch import fit_garch
from forefolio.market import simulated_market
from forefolio.risk import FilteredBootstrap, MonteCarlo, RegimeSwitching
from forefolio.risk.simulation.path_kernels import garch_paths, markov_paths

HISTORY = simulated_market(seed=2, sessions=800, assets=3).returns[1:]


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 4))
def test_a_path_breathes_as_its_slow_twin(seed: int, horizon: int, assets: int) -> None:
    rng = generator(seed)
    standardized = rng.normal(0, 1, (3, horizon, assets))
    parameters = rng.uniform(0.01, 0.4, (4, assets))
    center, variance = rng.normal(0, 0.1, assets), rng.uniform(0.1, 2.0, assets)
    returns = standardized.copy()
    garch_paths(parameters, center, variance, returns)
    for path in range(3):
        for asset in range(assets):
            twin = slow_garch(standardized[path, :, asset], parameters[:, asset], variance[asset])
            np.testing.assert_allclose(returns[path, :, asset], center[asset] + twin, rtol=1e-12)


def slow_garch(standardized: Array, parameters: Array, variance: float) -> list[float]:
    omega, alpha, gamma, beta = parameters.tolist()
    shocks: list[float] = []
    for surprise in standardized.tolist():
        shocks.append(variance**0.5 * surprise)
        news = alpha + gamma if shocks[-1] < 0 else alpha
        variance = omega + news * shocks[-1] ** 2 + beta * variance
    return shocks


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(2, 4))
def test_states_wander_as_their_slow_twin(seed: int, states: int) -> None:
    rng = generator(seed)
    now, transition = rng.dirichlet(np.ones(states)), rng.dirichlet(np.ones(states), states)
    chance, found = rng.random((4, 9)), np.empty((4, 9))
    markov_paths(chance, now, transition, found)
    for path in range(4):
        share = now @ transition
        for session in range(9):
            state = int(np.searchsorted(np.cumsum(share)[:-1], chance[path, session], "right"))
            assert found[path, session] == state
            share = transition[state]


def test_states_stay_as_often_as_the_chain_says() -> None:
    transition = np.array([[0.9, 0.1], [0.3, 0.7]])
    states = np.empty((2000, 200))
    markov_paths(generator().random(states.shape), np.array([0.0, 1.0]), transition, states)
    assert states[:, 0].mean() == pytest.approx(0.7, abs=0.03)
    assert states[:, 50:].mean() == pytest.approx(0.25, abs=0.01)  # the stationary share
    ups = states[:, 1:][states[:, :-1] == 0].mean()
    assert ups == pytest.approx(0.1, abs=0.005)


def test_the_first_session_has_the_volatility_of_today_and_the_last_that_of_always() -> None:
    column = HISTORY[:, :1]
    fit = fit_garch(column[:, 0] - column[:, 0].mean())
    assert fit is not None
    drawn = FilteredBootstrap().law(column).draw(generator(), 20_000, 400)[..., 0]
    omega, alpha, _, beta = fit.parameters
    variance = np.mean((column - column.mean()) ** 2)
    for row in column[:, 0] - column.mean():
        variance = omega + alpha * row**2 + beta * variance
    assert drawn[:, 0].std() == pytest.approx(variance**0.5, rel=0.03)
    assert drawn[:, -1].std() == pytest.approx((omega / (1 - alpha - beta)) ** 0.5, rel=0.06)
    square = (drawn - drawn.mean()) ** 2
    assert np.corrcoef(square[:, 200], square[:, 201])[0, 1] > 0.05


def test_surprises_of_one_session_come_together() -> None:
    drawn = FilteredBootstrap().law(HISTORY).draw(generator(), 2000, 30).reshape(-1, 3)
    np.testing.assert_allclose(np.corrcoef(drawn.T), np.corrcoef(HISTORY.T), atol=0.06)
    order = [2, 0, 1]
    moved = FilteredBootstrap().law(HISTORY[:, order]).draw(generator(), 2000, 30)
    np.testing.assert_allclose(moved.reshape(-1, 3), drawn[:, order], rtol=1e-9, atol=1e-12)


def calm_then_wild(seed: int, *, wild_last: bool) -> Array:
    rng = generator(seed)
    calm = rng.normal(0.001, 0.005, (3, 200, 2))
    wild = rng.normal(-0.001, 0.03, (3, 100, 2))
    first, then = (calm, wild) if wild_last else (wild, calm)
    return np.vstack([part for each in zip(first, then, strict=True) for part in each])


def test_paths_begin_in_the_regime_of_today_and_forget_it() -> None:
    model = RegimeSwitching(states=2)
    spread = {
        wild_last: model.law(calm_then_wild(3, wild_last=wild_last))
        .draw(generator(), 4000, 250)
        .std(axis=(0, 2))
        for wild_last in (True, False)
    }
    assert spread[True][0] == pytest.approx(0.03, rel=0.15)
    assert spread[False][0] == pytest.approx(0.005, rel=0.5)
    assert spread[True][-1] < 0.95 * spread[True][0]
    assert spread[False][-1] > 1.5 * spread[False][0]


def test_regimes_have_the_moments_of_their_sessions() -> None:
    history = calm_then_wild(4, wild_last=True)
    law = RegimeSwitching(states=2).law(history)
    calm, wild = (getattr(law, "roots")[k] for k in range(2))  # noqa: B009 - a law is a protocol
    np.testing.assert_allclose(calm @ calm.T, np.diag([0.005**2] * 2), atol=3e-5)
    np.testing.assert_allclose(wild @ wild.T, np.diag([0.03**2] * 2), rtol=0.3, atol=6e-5)


def test_a_wild_today_makes_losses_likelier_than_the_history_alone() -> None:
    history = calm_then_wild(5, wild_last=True)
    for model in (RegimeSwitching(states=2), FilteredBootstrap()):
        shocked = MonteCarlo(horizon=10, paths=4000, model=model).run(np.ones(2) / 2, history)
        usual = MonteCarlo(horizon=10, paths=4000).run(np.ones(2) / 2, history)
        assert shocked.value_at_risk().value > 1.2 * usual.value_at_risk().value


def test_what_cannot_be_learnt_from_is_said() -> None:
    with pytest.raises(NotEnoughHistory, match="a GARCH filter needs 250"):
        FilteredBootstrap().law(HISTORY[:200])
    with pytest.raises(NotEnoughHistory, match="3 regimes needs 189"):
        RegimeSwitching().law(HISTORY[:150])
    for model in (FilteredBootstrap(), RegimeSwitching()):
        with pytest.raises(DataError, match="do not vary"):
            model.law(np.full((400, 2), 0.01))
