import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forefolio import Settings, fallback_forecast_returns, ml_forecast_returns
from forefolio.features import Momentum, Volatility
from forefolio.forecast import BayesianRidge, Recipe, WalkForward
from forefolio.market import simulated_market

QUICK = Recipe(
    features=(Momentum(window=21, skip=0), Volatility(window=21)),
    models=(BayesianRidge(),),
    walk=WalkForward(first=500, refit=250),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, executor="inline:")


@pytest.fixture
def prices() -> pd.DataFrame:
    market = simulated_market(7, sessions=800, assets=4)
    return pd.DataFrame(market.close, index=pd.DatetimeIndex(market.sessions), columns=list("ABCD"))


def test_forecasts_are_annual_remembered_and_repeatable(
    prices: pd.DataFrame, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "forefolio")
    first = ml_forecast_returns(prices, recipe=QUICK, settings=settings)
    assert list(first.index) == list("ABCD")
    assert np.isfinite(first).all() and first.abs().max() < 2
    again = ml_forecast_returns(prices, recipe=QUICK, settings=settings)
    pd.testing.assert_series_equal(first, again, check_exact=True)
    told = [r.message for r in caplog.records if "remembered" in r.message]
    assert told[0].startswith("0 of") and told[1].split()[0] == told[1].split()[2]


def test_too_little_history_falls_back_with_a_warning(
    prices: pd.DataFrame, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    short = prices.iloc[:300]
    expected = ml_forecast_returns(short, recipe=QUICK, settings=settings)
    pd.testing.assert_series_equal(expected, fallback_forecast_returns(short))
    assert "classical forecasts for all tickers" in caplog.text


def test_one_bad_ticker_does_not_stop_the_others(
    prices: pd.DataFrame, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    broken = prices.assign(C=np.nan)
    expected = ml_forecast_returns(broken, recipe=QUICK, settings=settings)
    assert np.isnan(expected["C"])
    assert np.isfinite(expected.drop("C")).all()
    assert "no forecast for C" in caplog.text
