"""GARCH against `arch`, HAR against its definition, and what a volatility model must deliver."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from arch import arch_model
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array
from forefolio.forecast import Dataset, volatility_forecast
from forefolio.forecast.newton import Local, minimise
from forefolio.forecast.volatility.forecasters import EWMA, FittedAverage, VolatilityAverage
from forefolio.forecast.volatility.garch import (
    ASYMMETRIC,
    GARCH,
    GJR,
    SYMMETRIC,
    Family,
    FittedGARCH,
    fit_garch,
    horizon_weights,
)
from forefolio.forecast.volatility.garch_kernel import gaussian_loss, likeliest, next_variances
from forefolio.forecast.volatility.har import HAR, FittedHAR, RangeHAR
from forefolio.market import Market, simulated_market

Labelled = Callable[[Market, int], Dataset]


def _slow_variances(returns: Array, parameters: Array, start: float) -> Array:
    omega, alpha, gamma, beta = parameters
    variances = [start]
    for r in returns:
        square = alpha * r**2 + gamma * r**2 * (r < 0)
        variances.append(omega + square + beta * variances[-1])
    return np.array(variances)


def _slow_loss(returns: Array, parameters: Array, start: float) -> float:
    variances = _slow_variances(returns, parameters, start)[:-1]
    return float(0.5 * np.mean(np.log(variances) + returns**2 / variances))


def test_the_loss_and_its_slope_equal_their_slow_twins() -> None:
    returns = np.random.default_rng(0).standard_t(5, 400)
    parameters = np.array([0.1, 0.07, 0.05, 0.8])
    slope, curvature = np.empty(4), np.empty((4, 4))
    loss = gaussian_loss(returns, parameters, 1.3, slope, curvature)
    assert loss == pytest.approx(_slow_loss(returns, parameters, 1.3), rel=1e-12)
    numeric = [
        (_slow_loss(returns, parameters + s, 1.3) - _slow_loss(returns, parameters - s, 1.3)) / 2e-6
        for s in 1e-6 * np.eye(4)
    ]
    np.testing.assert_allclose(slope, numeric, rtol=1e-5, atol=1e-8)
    assert (np.linalg.eigvalsh(curvature) > 0).all()


def _slow_parameters(at: Array, family: Family) -> tuple[Array, Array]:
    odds = np.exp(np.clip(at, -30.0, 30.0))
    shares = odds[1:] / (1.0 + odds[1:].sum())
    parameters = family.roles @ shares
    parameters[0] = odds[0]
    jacobian = np.zeros((4, len(at)))
    jacobian[0, 0] = odds[0]
    jacobian[:, 1:] = family.roles @ (np.diag(shares) - np.outer(shares, shares))
    return parameters, jacobian


@pytest.mark.parametrize("family", [SYMMETRIC, ASYMMETRIC])
def test_the_search_is_that_of_newton_step_by_step(family: Family) -> None:
    begin = np.log(np.append(0.05, family.start / 0.05))
    slope, curvature = np.empty(4), np.empty((4, 4))
    market = simulated_market(seed=4, sessions=900, assets=5)
    for returns in [*market.returns[1:].T, np.random.default_rng(0).standard_normal(700)]:
        standard = returns / returns.std()

        def local(at: Array, standard: Array = standard) -> Local:
            parameters, jacobian = _slow_parameters(at, family)
            value = gaussian_loss(standard, parameters, 1.0, slope, curvature)
            return value, jacobian.T @ slope, jacobian.T @ curvature @ jacobian

        slow, at, parameters = minimise(local, begin), begin.copy(), np.empty(4)
        loss = likeliest(standard, 1.0, family.roles, at, parameters)
        assert np.isfinite(loss) == slow.converged
        np.testing.assert_allclose(at, slow.at, rtol=1e-9)
        if slow.converged:
            assert loss == pytest.approx(slow.value, rel=1e-12)
            expected = _slow_parameters(slow.at, family)[0]
            np.testing.assert_allclose(parameters, expected, rtol=1e-9)


@pytest.mark.parametrize(("family", "asymmetric"), [(SYMMETRIC, 0), (ASYMMETRIC, 1)])
def test_the_likelihood_is_that_of_arch(family: Family, asymmetric: int) -> None:
    returns = simulated_market(seed=11, sessions=1501, assets=20).returns[1:]
    for column in returns.T:
        residuals = column - column.mean()
        fit = fit_garch(residuals, family)
        oracle = arch_model(
            100 * residuals, mean="Zero", vol="GARCH", p=1, o=asymmetric, q=1, rescale=False
        ).fit(disp="off", show_warning=False)
        theirs = oracle.loglikelihood / len(residuals) + np.log(100)
        assert fit is not None
        assert fit.log_likelihood / len(residuals) > theirs - 1e-3
        if not asymmetric or oracle.params["gamma[1]"] > 0:
            assert fit.log_likelihood / len(residuals) < theirs + 1e-3


@settings(max_examples=50, deadline=None)
@given(
    omega=st.floats(1e-7, 1e-4),
    alpha=st.floats(0, 0.3),
    gamma=st.floats(0, 0.2),
    beta=st.floats(0, 0.6),
    horizon=st.integers(1, 63),
    skip=st.integers(0, 1),
)
def test_the_variance_of_a_horizon_is_the_sum_of_its_sessions(
    omega: float, alpha: float, gamma: float, beta: float, horizon: int, skip: int
) -> None:
    variance = following = 2e-4
    sessions = []
    for _ in range(skip + horizon):
        sessions.append(variance)
        variance = omega + (alpha + gamma / 2 + beta) * variance
    parameters = np.array([[omega, alpha, gamma, beta]])
    near, far = horizon_weights(parameters, horizon, skip)
    assert near[0] * following + far[0] == pytest.approx(sum(sessions[skip:]), rel=1e-9)


def test_the_filter_passes_over_gaps_as_expected() -> None:
    returns = np.random.default_rng(1).normal(0, 0.01, (50, 2))
    parameters = np.array([[1e-6, 0.05, 0.04, 0.9], [2e-6, 0.1, 0.0, 0.85]])
    start = np.array([1e-4, 2e-4])
    out = np.empty((50, 2))
    next_variances(returns, parameters, start, out)
    for asset in range(2):
        slow = _slow_variances(returns[:, asset], parameters[asset], start[asset])[1:]
        np.testing.assert_allclose(out[:, asset], slow, rtol=1e-12)
    returns[20, 0] = np.nan
    next_variances(returns, parameters, start, out)
    assert out[20, 0] == pytest.approx(1e-6 + (0.05 + 0.02 + 0.9) * out[19, 0])


def test_young_and_flat_assets_get_the_riskmetrics_parameters(
    labelled: Labelled, market: Market
) -> None:
    close = market.close.copy()
    close[:1000, 1] = np.nan
    close[:, 2] = 10.0
    data = labelled(replace(market, close=close), 5)
    fitted = GARCH().fit(data)
    assert isinstance(fitted, FittedGARCH)
    assert fitted.fell_back == 2
    said = fitted.predict(data).std[0]
    assert said[1] > 0.005 and said[2] == 0.0


def test_har_is_the_least_squares_of_logs_and_right_on_average(
    labelled: Labelled, market: Market
) -> None:
    data = labelled(market, 5)
    fitted = HAR().fit(data)
    assert isinstance(fitted, FittedHAR) and fitted.line is not None
    squares, traded = market.returns**2, np.zeros(market.close.shape)
    traded[1:] = (market.trade_price[1:] / market.trade_price[:-1] - 1) ** 2
    design, target = [], []
    for t in range(21, len(market) - 6):
        for n in range(6):
            means = [np.nanmean(squares[max(t - w + 1, 0) : t + 1, n]) for w in (1, 5, 21, 63)]
            design.append([1.0, *np.log(np.maximum(means, 0.01 * means[-1]))])
            target.append(max(traded[t + 2 : t + 7, n].mean(), 0.01 * means[-1]))
    slopes = np.linalg.lstsq(np.array(design), np.log(target), rcond=None)[0]
    np.testing.assert_allclose(fitted.line.coefficients[1:], slopes[1:], rtol=1e-7)
    said = fitted.predict(data, rows=len(market) - 21).std[:-6] ** 2 / 5
    assert fitted.line.names == ("return 1", "return 5", "return 21", "return 63")
    assert np.mean(np.reshape(target, (-1, 6)) / said) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("model", [GARCH(), HAR(), VolatilityAverage()], ids=lambda m: m.kind)
def test_beats_a_constant_where_volatility_clusters(model: GARCH, labelled: Labelled) -> None:
    market = simulated_market(seed=8, sessions=2500, assets=8)
    data = labelled(market, 5)
    said = model.fit(data.as_of(1500)).predict(data, rows=1000).std[:-5] ** 2 / 5
    squares = market.returns[-1000:] ** 2
    came = np.stack([squares[k : len(squares) - 5 + k] for k in range(1, 6)]).mean(axis=0)
    constant = np.nanmean(market.returns[:1500] ** 2, axis=0)

    def qlike(variance: Array) -> float:
        return float(np.mean(came / variance + np.log(variance)))

    assert qlike(said) < qlike(np.broadcast_to(constant, said.shape)) - 0.02


def test_the_average_is_geometric(labelled: Labelled, market: Market) -> None:
    data = labelled(market, 21)
    parts = [m.fit(data).predict(data, rows=9).std for m in (EWMA(), GARCH(), RangeHAR())]
    whole = VolatilityAverage().fit(data).predict(data, rows=9).std
    np.testing.assert_allclose(whole, np.prod(parts, axis=0) ** (1 / 3), rtol=1e-12)


def test_the_average_leaves_out_who_lacks_history(labelled: Labelled) -> None:
    data = labelled(simulated_market(sessions=100), 5)
    fitted = VolatilityAverage().fit(data)
    assert isinstance(fitted, FittedAverage)
    assert fitted.left_out == 2
    np.testing.assert_allclose(
        fitted.predict(data).std, EWMA().fit(data).predict(data).std, rtol=1e-12
    )


def test_volatility_per_session_for_the_risk_layer(market: Market) -> None:
    for horizon in (1, 21):
        said = volatility_forecast(market, horizon)
        assert said.shape == (6,)
        assert (said > 0.002).all() and (said < 0.06).all()
    with pytest.raises(NotEnoughHistory, match="EWMA needs 10 sessions"):
        volatility_forecast(simulated_market(sessions=5))


def test_a_variance_that_only_ever_fell_is_not_expected_to_fall_to_nothing(
    labelled: Labelled,
) -> None:
    rng = np.random.default_rng(2)
    fading = 0.03 * np.exp(-np.arange(600) / 300)
    returns = np.concatenate([fading, np.full(400, fading[-1])]) * rng.standard_normal(1000)
    market = simulated_market(sessions=1001, assets=2)
    close = market.close.copy()
    close[1:, 0] = close[0, 0] * np.cumprod(1 + returns)
    market = replace(market, close=close, open=None, high=None, low=None, volume=None)
    for model in (GARCH(), GJR()):
        data = labelled(market[:601], 1)
        fitted = model.fit(data)
        said = fitted.predict(labelled(market, 1), rows=400).std[:, 0]
        assert said[-1] > 0.5 * fading[-1], "quiet, but not dead"
