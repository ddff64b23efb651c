"""Names that people look for do what the parts behind them do."""

import numpy as np
import pytest

import forefolio as ff
from forefolio.core.errors import InputError
from forefolio.forecast.volatility.forecasters import volatility_forecast
from forefolio.market import simulated_market
from forefolio.risk import Historical, analyze_factors, market_factors, tail_risk

MARKET = simulated_market(seed=9, sessions=800, assets=7)
WEIGHTS = np.full(7, 0.1)


def test_a_value_at_risk_is_predicted_and_backtested() -> None:
    returns = MARKET.returns[1:] @ WEIGHTS
    model = ff.VaRModel(model=Historical(), level=0.9, horizon=3)
    assert model.predict(returns) == tail_risk(returns, Historical(), level=0.9, horizon=3)
    told = ff.VaRModel().backtest(returns.tolist(), window=300)
    assert told.model == "filtered_historical" and told.check.sessions == 499


def test_factors_are_analysed_over_a_window() -> None:
    told = ff.RiskFactorModel(window=400).analyze(WEIGHTS, MARKET)
    same = analyze_factors(
        (MARKET.returns @ WEIGHTS)[-400:], market_factors(MARKET, 400, sectors=False)
    )
    assert told.names == same.names and "momentum" in told.names
    np.testing.assert_allclose(told.exposure, same.exposure, rtol=1e-10)
    with pytest.raises(InputError, match="give one finite number for each of the 7 assets"):
        ff.RiskFactorModel().analyze(np.ones(3), MARKET)
    assert "Tech" in ff.RiskFactorModel(window=400, sectors=True).analyze(WEIGHTS, MARKET).names


def test_volatility_is_fitted_and_predicted() -> None:
    told = ff.VolatilityModel(model=ff.EWMA(), horizon=5).fit(MARKET)
    expected = volatility_forecast(MARKET, 5, ff.EWMA())
    assert told.predict() == dict(zip(MARKET.assets, expected, strict=True))
    year = MARKET.periods_per_year**0.5
    assert told.predict_annual()["A0"] == pytest.approx(expected[0] * year)
