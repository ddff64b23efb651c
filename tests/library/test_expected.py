import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forefolio as ff
from forefolio import Settings, fallback_forecast_returns, ml_forecast_returns
from forefolio.core.errors import InputError
from forefolio.features import PriceMomentum, Volatility
from forefolio.forecast import BayesianRidge, Recipe, WalkForward
from forefolio.library.expected import PREDICTIONS
from forefolio.market import simulated_market

QUICK = Recipe(
    features=(PriceMomentum(window=21, skip=0), Volatility(window=21)),
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
    assert len(told) == 1 and told[0].startswith("0 of")
    assert PREDICTIONS.hits_memory >= 1 and "of all calls were cached" in caplog.text


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


def test_the_same_prices_are_answered_without_a_market_or_a_model(
    prices: pd.DataFrame,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = prices.assign(C=np.nan)
    first = ml_forecast_returns(broken, recipe=QUICK, settings=settings)

    def nothing(*_: object) -> None:
        raise AssertionError("it was computed again")

    monkeypatch.setattr("forefolio.library.expected.load_market", nothing)
    caplog.clear()
    again = ml_forecast_returns(broken.copy(), recipe=QUICK, settings=settings)
    pd.testing.assert_series_equal(first, again, check_exact=True)
    assert "no forecast for C" in caplog.text
    later = broken.set_axis(broken.index + pd.Timedelta(days=7))
    for other in (broken.iloc[1:], broken * 2, later):
        with pytest.raises(AssertionError, match="computed again"):
            ml_forecast_returns(other, recipe=QUICK, settings=settings)


def test_an_answer_that_lacks_a_task_is_not_remembered(
    prices: pd.DataFrame, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(_: object) -> None:
        raise MemoryError("no memory left")

    with monkeypatch.context() as short_of_memory:
        short_of_memory.setattr("forefolio.forecast.walk.forecast_folds", dies)
        poor = ml_forecast_returns(prices, recipe=QUICK, settings=settings)
    pd.testing.assert_series_equal(poor, fallback_forecast_returns(prices))
    good = ml_forecast_returns(prices, recipe=QUICK, settings=settings)
    assert not good.equals(poor)


class Asked(Exception):
    """Carries the study that was asked."""


@pytest.mark.parametrize(
    "call",
    [
        ff.forecasts,
        ff.train,
        lambda study, settings: ff.compare_forecasts(study=study, settings=settings),
        lambda study, settings: ff.feature_importance(study=study, settings=settings),
    ],
)
def test_prices_are_the_usual_study_about_them(
    call: Any, prices: pd.DataFrame, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(study: Any, _: Settings) -> None:
        raise Asked(study)

    monkeypatch.setattr("forefolio.library.answers.ask", ask)
    with pytest.raises(Asked) as asked:
        call(prices, settings=settings)
    study, usual = asked.value.args[0], ff.StrategyStudy().forecasting
    assert study.data.source == ff.saved(prices, settings)
    assert (study.horizons, study.recipe) == (usual.horizons, usual.recipe)
    with pytest.raises(InputError, match=r"not a PortfolioStudy; .*forefolio\.ask"):
        call(ff.PortfolioStudy(), settings=settings)
