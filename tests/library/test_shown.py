"""Values that users hold print in a few lines, show themselves as tables and can be drawn."""

from collections.abc import Callable
from typing import Any

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest

import forefolio as ff
from forefolio.views.values import VALUES

SHOWN: dict[str, Callable[[pd.DataFrame], Any]] = {
    "PortfolioResult": lambda p: ff.optimize(p),
    "FrontierCurve": lambda p: ff.frontier(p, points=5),
    "BacktestResult": lambda p: ff.backtest(p),
    "StrategyComparisons": lambda p: ff.compare(p),
    "Allocation": lambda p: ff.AllocationStrategy("inverse_volatility").allocate(p),
    "Explanation": lambda p: ff.PortfolioOptimizer().explain(p),
    "Market": lambda p: ff.load_market(p).market,
    "Forecast": lambda p: _panel(p).at(_panel(p).sessions[-1]),
    "ForecastPanel": lambda p: _panel(p),
}


def _panel(prices: pd.DataFrame) -> ff.ForecastPanel:
    days = prices.index.to_numpy().astype("datetime64[D]")[-10:]
    mean = np.linspace(-0.01, 0.02, 40).reshape(10, 4)
    return ff.ForecastPanel(
        sessions=days, horizon=5, assets=tuple(prices.columns), mean=mean, std=mean * 0 + 0.03
    )


def test_every_value_that_is_shown_is_tested() -> None:
    assert {cls.__name__ for cls in VALUES} == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_a_value_is_short_at_a_prompt_and_whole_in_a_notebook(
    name: str, prices: pd.DataFrame
) -> None:
    value = SHOWN[name](prices)
    lines = repr(value).split("\n")
    assert 2 <= len(lines) <= 6 and len(repr(value)) < 700
    assert "array(" not in repr(value) and "datetime" not in repr(value)
    markup = value._repr_html_()
    assert "<table>" in markup or "<li>" in markup
    assert isinstance(value.to_frame(), pd.DataFrame) and len(value.to_frame())


@pytest.mark.parametrize("name", [one for one in SHOWN if one != "Explanation"])
def test_a_value_is_drawn_and_not_shown(name: str, prices: pd.DataFrame) -> None:
    figure, axes = SHOWN[name](prices).plot()
    assert isinstance(figure, matplotlib.figure.Figure) and axes is not None
    with pytest.raises(ff.ForefolioError, match="no picture 'pie chart'"):
        SHOWN[name](prices).plot("pie chart")


def test_drawdowns_are_below_zero(prices: pd.DataFrame) -> None:
    result = ff.backtest(prices)
    assert result.max_drawdown is not None and result.max_drawdown < 0
    assert "worst drawdown \N{MINUS SIGN}" in repr(result)
