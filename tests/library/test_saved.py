"""Prices in memory as a source that a stored study can name."""

import numpy as np
import pandas as pd
import pytest

import forefolio as ff
from forefolio.core.errors import InputError
from forefolio.library.saved import as_forecast_study, saved
from forefolio.market import Files, Sample, load_market


def test_saved_prices_are_read_as_they_were(prices: pd.DataFrame, settings: ff.Settings) -> None:
    holed = prices.copy()
    holed.iloc[100:103, 1] = np.nan
    source = saved(holed, settings)
    here, there = load_market(holed).market, load_market(source).market
    assert here.assets == there.assets
    np.testing.assert_array_equal(here.sessions, there.sessions)
    np.testing.assert_array_equal(here.close, there.close)
    assert here.periods_per_year == there.periods_per_year
    assert ff.PortfolioStudy(data={"source": source}).version() == source.version()


def test_bars_keep_their_columns(prices: pd.DataFrame, settings: ff.Settings) -> None:
    bars = pd.concat({"open": prices * 0.99, "close": prices, "volume": prices * 0 + 5}, axis=1)
    there = load_market(saved(bars, settings)).market
    here = load_market(bars).market
    assert here.open is not None and there.open is not None and there.volume is not None
    np.testing.assert_array_equal(here.open, there.open)


def test_the_same_prices_are_the_same_file(prices: pd.DataFrame, settings: ff.Settings) -> None:
    first, again = saved(prices, settings), saved(prices.copy(), settings)
    other = saved(prices * 2, settings)
    assert isinstance(first, Files) and first == again != other
    assert first.path.parent == settings.home / "frames"


def test_a_source_is_named_as_it_is_and_a_market_has_none(
    market: ff.Market, settings: ff.Settings
) -> None:
    assert saved(Sample(), settings) == Sample()
    assert saved("prices.csv", settings) == Files(path="prices.csv")
    with pytest.raises(InputError, match="give the source or the frame"):
        saved(market, settings)


def test_prices_are_the_usual_study_about_them(prices: pd.DataFrame, settings: ff.Settings) -> None:
    study = as_forecast_study(prices, settings)
    assert study == ff.StrategyStudy(data={"source": saved(prices, settings)}).forecasting
    with pytest.raises(InputError, match=r"forefolio\.ask"):
        ff.run(ff.PortfolioStudy(), settings)
