"""ARMA kernels against slow twins, and the fit against statsmodels."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from statsmodels.tsa.arima.model import ARIMA as Oracle

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array
from forefolio.forecast import Dataset
from forefolio.forecast.models.arima import ARIMA, ORDERS, FittedARIMA, Order, fit_arma
from forefolio.forecast.models.arma_kernel import expected_sums, squared_errors
from forefolio.market import Market, simulated_market

Labelled = Callable[[Market, int], Dataset]

PROCESSES = {
    (1, 0): (0.4, 0.0, 0.0, 0.0),
    (0, 1): (0.0, 0.0, -0.5, 0.0),
    (1, 1): (0.7, 0.0, -0.3, 0.0),
    (2, 0): (0.3, -0.4, 0.0, 0.0),
    (0, 2): (0.0, 0.0, 0.3, 0.4),
}


def simulated(order: Order, sessions: int = 2000, seed: int = 0) -> Array:
    ar1, ar2, ma1, ma2 = PROCESSES[order]
    shocks = np.random.default_rng(seed).normal(0, 0.01, sessions + 100)
    x = np.zeros(sessions + 100)
    for t in range(2, len(x)):
        x[t] = (
            ar1 * x[t - 1] + ar2 * x[t - 2] + shocks[t] + ma1 * shocks[t - 1] + ma2 * shocks[t - 2]
        )
    return x[100:] + 5e-4


def _slow_errors(returns: Array, parameters: Array, season: int) -> Array:
    mean, ar1, ar2, ma1, ma2, seasonal = parameters
    x = returns - mean
    u = x.copy()
    u[season:] -= seasonal * x[: len(x) - season]
    errors = np.zeros(len(x))
    for t in range(season + 2, len(x)):
        expected = ar1 * u[t - 1] + ar2 * u[t - 2] + ma1 * errors[t - 1] + ma2 * errors[t - 2]
        errors[t] = u[t] - expected
    return errors[season + 2 :]


@pytest.mark.parametrize("season", [1, 5, 21])
def test_errors_and_slopes_equal_their_slow_twins(season: int) -> None:
    returns = simulated((1, 1), 300) / 0.01
    parameters = np.array([0.05, 0.3, -0.2, 0.25, 0.1, -0.3])
    slope, curvature = np.empty(6), np.empty((6, 6))
    value = squared_errors(returns, parameters, season, slope, curvature)
    errors = _slow_errors(returns, parameters, season)
    assert value == pytest.approx(0.5 * np.mean(errors**2), rel=1e-12)
    steps = 1e-6 * np.eye(6)
    jacobian = np.column_stack(
        [
            _slow_errors(returns, parameters + step, season) / 2e-6
            - _slow_errors(returns, parameters - step, season) / 2e-6
            for step in steps
        ]
    )
    np.testing.assert_allclose(slope, jacobian.T @ errors / len(errors), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(curvature, jacobian.T @ jacobian / len(errors), rtol=1e-6)


@pytest.mark.parametrize("order", PROCESSES)
def test_parameters_likelihood_and_forecasts_agree_with_statsmodels(order: Order) -> None:
    returns = simulated(order)
    fit = fit_arma(returns, (order,))
    assert fit is not None and fit.order == order
    oracle = Oracle(returns * 100, order=(order[0], 0, order[1]), trend="c").fit()
    likelihood = oracle.llf + len(returns) * np.log(100)
    assert fit.log_likelihood == pytest.approx(likelihood, abs=2.0)  # of about 6,400
    lags = np.concatenate([oracle.arparams, oracle.maparams])
    ours = np.concatenate([fit.parameters[1 : 1 + order[0]], fit.parameters[3 : 3 + order[1]]])
    np.testing.assert_allclose(ours, lags, atol=0.005)
    expected = np.empty((1, 1))
    for horizon in (1, 5):
        expected_sums(returns[:, None].copy(), fit.parameters[None], 0, 0, horizon, expected)
        assert expected[0, 0] * 100 == pytest.approx(oracle.forecast(horizon).sum(), abs=0.005)


@pytest.mark.parametrize("order", PROCESSES)
def test_the_criterion_finds_the_order(order: Order) -> None:
    fit = fit_arma(simulated(order, 4000, seed=1))
    assert fit is not None
    assert fit.order == order


def test_stays_stationary_on_a_random_walk() -> None:
    walk = np.cumsum(np.random.default_rng(2).normal(0, 0.01, 1000))
    fit = fit_arma(walk)
    assert fit is not None
    roots = np.roots([1, -fit.parameters[1], -fit.parameters[2]])
    assert (np.abs(roots) < 1).all()


def test_forecasts_are_sums_of_the_expected_returns() -> None:
    returns = simulated((1, 1), 400)
    parameters = np.array([4e-4, 0.5, 0.1, -0.2, 0.3, 0.0])
    out = np.empty((3, 1))
    expected_sums(returns[:, None].copy(), parameters[None], 0, 1, 4, out)
    for row in range(3):
        past = returns[: 398 + row]
        x = list(past - parameters[0])
        errors = [0.0, 0.0]
        padded = [0.0, 0.0, *x]
        for t in range(len(x)):
            e = (
                padded[t + 2]
                - parameters[1] * padded[t + 1]
                - parameters[2] * padded[t]
                - parameters[3] * errors[-1]
                - parameters[4] * errors[-2]
            )
            errors.append(e)
        for _ in range(5):
            padded.append(
                parameters[1] * padded[-1]
                + parameters[2] * padded[-2]
                + parameters[3] * errors[-1]
                + parameters[4] * errors[-2]
            )
            errors.append(0.0)
        assert out[row, 0] == pytest.approx(4 * parameters[0] + sum(padded[-4:]), rel=1e-10)


def test_falls_back_to_the_mean_where_an_asset_is_young_or_flat(
    labelled: Labelled, market: Market
) -> None:
    close = market.close.copy()
    close[:1000, 1] = np.nan
    close[:, 2] = 10.0
    fitted = ARIMA().fit(labelled(replace(market, close=close), 5))
    assert isinstance(fitted, FittedARIMA)
    assert fitted.fell_back == 2
    assert fitted.orders[1] is None and fitted.orders[2] is None
    assert np.isfinite(fitted.parameters).all()
    assert (fitted.parameters[1:3, 1:] == 0).all()


def test_refuses_a_market_too_young_for_any_asset(labelled: Labelled) -> None:
    with pytest.raises(NotEnoughHistory, match="ARIMA needs 250 sessions of history, 199 are"):
        ARIMA().fit(labelled(simulated_market(sessions=200), 5))


def test_where_only_closes_are_known_the_first_return_is_not_traded(
    labelled: Labelled, market: Market
) -> None:
    returns = simulated((1, 0), len(market))
    close: Array = np.cumprod(1 + returns)[:, None].astype(np.float64)
    opened = replace(
        market.select(["A0"]), close=close, open=close.copy(), high=close.copy(), low=close.copy()
    )
    model = ARIMA(orders=((1, 0),))
    data = labelled(opened, 1)
    late = labelled(replace(opened, open=None), 1)
    fitted = model.fit(data)
    assert isinstance(fitted, FittedARIMA)
    mean, ar1 = fitted.parameters[0, :2]
    soon = fitted.predict(data).mean[0, 0] - mean
    later = fitted.predict(late).mean[0, 0] - mean
    assert later == pytest.approx(ar1 * soon, rel=1e-9)


def test_orders_beyond_two_are_refused() -> None:
    with pytest.raises(ValueError, match="less than or equal to 2"):
        ARIMA(orders=((3, 0),))
    assert ARIMA().orders == ORDERS


def weekly(sessions: int = 3000, seasonal: float = 0.5) -> Array:
    rng = np.random.default_rng(6)
    x = np.zeros(sessions)
    for t in range(6, sessions):
        u = 0.3 * (x[t - 1] - seasonal * x[t - 6]) + 0.01 * rng.standard_normal()
        x[t] = u + seasonal * x[t - 5]
    return x + 5e-4


def test_a_season_is_found_as_statsmodels_finds_it() -> None:
    returns = weekly()
    fit = fit_arma(returns, season=5)
    assert fit is not None and fit.order == (1, 0)
    oracle = Oracle(100 * returns, order=(1, 0, 0), seasonal_order=(1, 0, 0, 5), trend="c").fit()
    np.testing.assert_allclose(fit.parameters[[1, 5]], oracle.params[1:3], atol=0.005)
    expected = np.empty((1, 1))
    for horizon in (1, 7):
        expected_sums(returns[:, None].copy(), fit.parameters[None], 5, 0, horizon, expected)
        assert expected[0, 0] * 100 == pytest.approx(oracle.forecast(horizon).sum(), abs=0.005)


def test_a_season_that_is_not_there_is_not_used() -> None:
    fit = fit_arma(simulated((1, 0), 4000, seed=1), season=21)
    assert fit is not None and fit.order == (1, 0)
    assert fit.parameters[5] == 0.0


def test_a_season_counts_the_sessions_that_are_known() -> None:
    returns = weekly(400)
    parameters = np.array([[4e-4, 0.3, 0.1, -0.2, 0.3, 0.5]])
    whole, gap = np.empty((1, 1)), np.empty((1, 1))
    expected_sums(returns[:, None].copy(), parameters, 5, 1, 8, whole)
    expected_sums(np.insert(returns, 200, np.nan)[:, None].copy(), parameters, 5, 1, 8, gap)
    assert gap[0, 0] == whole[0, 0]
