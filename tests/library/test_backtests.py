"""`backtest` and `compare`: strategies by name, as functions, estimators, objectives, classes."""

import numpy as np
import pandas as pd
import pytest
from skfolio.optimization import InverseVolatility as SkfolioInverseVolatility

import forefolio as ff
from forefolio.backtest import Trading
from forefolio.core.errors import InputError
from forefolio.library.backtests import backtest, compare, strategy_from
from forefolio.market import Market
from forefolio.strategy import Classical, EqualWeight


def equally(prices: pd.DataFrame) -> dict[str, float]:
    return dict.fromkeys(prices.columns, 1 / len(prices.columns))


def test_a_function_is_a_strategy_and_earns_what_ours_does(prices: pd.DataFrame) -> None:
    ours, own = backtest(prices, "equal_weight"), backtest(prices, equally)
    np.testing.assert_allclose(own.equity, ours.equity)
    assert own.name == "equally" and ours.name == "equal weight"
    np.testing.assert_allclose(backtest(prices, EqualWeight).equity, ours.equity)


def test_a_function_sees_the_past_alone(prices: pd.DataFrame) -> None:
    lengths: list[int] = []

    def rule(prices: pd.DataFrame) -> list[float]:
        lengths.append(len(prices))
        return [0.25] * 4

    result = backtest(prices, rule, trading={"warmup": 252})
    assert lengths == (result.decisions + 252).tolist() and lengths[0] == 252


def test_a_function_of_a_market_is_given_one(prices: pd.DataFrame) -> None:
    def rule(market: Market) -> np.ndarray:
        assert isinstance(market, Market)
        return np.full(len(market.assets), 0.1)

    assert backtest(prices, rule).targets[0].tolist() == [0.1] * 4


def test_an_estimator_is_a_strategy(prices: pd.DataFrame) -> None:
    result = backtest(prices, SkfolioInverseVolatility())
    past = prices.iloc[:504].pct_change().iloc[1:]
    inverse = 1 / past.std()
    np.testing.assert_allclose(result.targets[0], inverse / inverse.sum(), rtol=1e-6)
    assert backtest(prices, ff.PortfolioEstimator("minimum_variance")).name == "PortfolioEstimator"


def test_an_objective_is_a_strategy_over_past_moments(prices: pd.DataFrame) -> None:
    by_word, by_class = backtest(prices, "minimum_variance"), backtest(prices, ff.MinimumVariance)
    np.testing.assert_array_equal(by_word.targets, by_class.targets)
    assert by_word.name == "minimum variance"
    assert strategy_from("classical") == Classical()


def test_strategies_are_compared_with_the_first(prices: pd.DataFrame) -> None:
    found = compare(prices, ["equal_weight", "minimum_variance", equally, equally])
    assert found.names == ("equal weight", "minimum variance", "equally", "equally 2")
    frame = found.to_frame()
    assert list(frame.index) == list(found.names) and np.isnan(frame["p_value"].iloc[0])
    assert frame.loc["equally", "sharpe_less_first"] == pytest.approx(0.0, abs=1e-9)
    assert found["equally"].sharpe == frame.loc["equally", "sharpe"]
    named = compare(prices, {"one": "momentum", "two": ff.Momentum(top=0.5)})
    assert named.names == ("one", "two") and named.tests[0].name == "two"
    with pytest.raises(InputError, match="no strategy is called 'three'"):
        named["three"]


def test_trading_is_said_in_settings_or_as_an_object(prices: pd.DataFrame) -> None:
    said = backtest(prices, trading={"warmup": 252, "costs": ()})
    np.testing.assert_array_equal(
        said.equity, backtest(prices, trading=Trading(warmup=252, costs=())).equity
    )
    with pytest.raises(ff.ForefolioError, match="trading: warmpu: there is no such setting"):
        backtest(prices, trading={"warmpu": 252})


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        ("equal_wieght", "did you mean 'equal_weight'"),
        (lambda _: [1.0], "could not decide once"),
        (lambda _: {"Z": 1.0}, "could not decide once"),
        (3, "an object with name and prepare"),
    ],
)
def test_what_is_no_strategy_is_said_in_one_line(
    strategy: object, words: str, prices: pd.DataFrame
) -> None:
    with pytest.raises(ff.ForefolioError) as raised:
        backtest(prices, strategy)
    assert words in str(raised.value)


def test_an_error_of_a_function_is_shown_as_it_is(prices: pd.DataFrame) -> None:
    with pytest.raises(KeyError):
        backtest(prices, lambda prices: {prices["no such column"].name: 1.0})
