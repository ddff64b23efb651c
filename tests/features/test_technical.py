"""The indicators against TA-Lib, start included."""

import numpy as np
import pytest
import talib

from forefolio.core.units import Array
from forefolio.features import ADX, ATR, MACD, RSI, BollingerPosition, Feature
from forefolio.market import Market


def _bollinger(close: Array) -> Array:
    upper, middle, _ = talib.BBANDS(close, 20)
    position: Array = (close - middle) / (upper - middle)
    return position


def _expected(kind: str, high: Array, low: Array, close: Array) -> Array:
    oracles: dict[str, Array] = {
        "rsi": talib.RSI(close) / 100,
        "macd": talib.MACD(close)[2] / close,
        "bollinger": _bollinger(close),
        "atr": talib.ATR(high, low, close) / close,
        "adx": talib.ADX(high, low, close) / 100,
    }
    return oracles[kind]


@pytest.mark.parametrize("feature", [RSI(), MACD(), BollingerPosition(), ATR(), ADX()])
def test_indicators_equal_ta_lib_from_the_first_value_on(
    feature: RSI | MACD | BollingerPosition | ATR | ADX, market: Market
) -> None:
    assert market.high is not None and market.low is not None
    found = feature(market)
    for asset in range(len(market.assets)):
        bars = (np.ascontiguousarray(b[:, asset]) for b in (market.high, market.low, market.close))
        np.testing.assert_allclose(
            found[:, asset], _expected(feature.kind, *bars), rtol=1e-8, atol=1e-9
        )


@pytest.mark.parametrize(("feature", "value"), [(RSI(), 0.5), (BollingerPosition(), 0.0)])
def test_a_price_that_does_not_move_is_in_the_middle(feature: Feature, value: float) -> None:
    rows = 60
    days = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-01-01") + rows)
    market = Market(
        sessions=days, assets=("A",), close=np.full((rows, 1), 7.0), periods_per_year=252
    )
    found = feature(market)
    assert (found[20:] == value).all()
