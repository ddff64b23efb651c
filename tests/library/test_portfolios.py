"""`optimize` and `frontier`: prices or estimates, words or objects, the same defaults."""

import inspect
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import forefolio as ff
from forefolio.core.errors import InputError
from forefolio.library.portfolios import frontier, optimize
from forefolio.library.saved import saved
from forefolio.optimize import Budget, LongOnly, MinimumVariance

MU = pd.Series({"bonds": 0.03, "stocks": 0.08})
COV = pd.DataFrame([[0.0025, 0.001], [0.001, 0.04]], index=MU.index, columns=MU.index)


def test_a_package_that_is_called_is_the_function_and_stays_a_package(
    prices: pd.DataFrame,
) -> None:
    asked = ff.optimize(prices)
    assert asked.weights == optimize(prices).weights
    package: Any = ff.optimize  # a checker takes it for the function
    assert package.MinimumVariance is MinimumVariance
    assert inspect.signature(ff.optimize) == inspect.signature(optimize)
    assert {"optimize", "backtest", "forecast", "frontier"} <= set(dir(ff))


def test_past_means_may_be_taken_as_they_are(prices: pd.DataFrame) -> None:
    annual = prices.pct_change(fill_method=None).mean() * 252
    asked = optimize(prices, mu="past means", objective="utility")
    curve = frontier(prices, mu="past_means", points=3)
    np.testing.assert_allclose(curve.asset_returns, annual[list(curve.assets)], rtol=1e-3)
    assert asked.weights != optimize(prices, objective="utility").weights
    with pytest.raises(
        InputError, match="no expected return 'past_mean'; did you mean 'past_means'"
    ):
        optimize(prices, mu="past_mean")


def test_a_word_a_class_an_object_and_a_function_are_objectives(prices: pd.DataFrame) -> None:
    word = optimize(prices, objective="minimum variance").weights
    assert word == optimize(prices, objective=MinimumVariance).weights
    assert word == optimize(prices, objective=MinimumVariance()).weights

    def inverse(mu: pd.Series, cov: pd.DataFrame) -> pd.Series:
        assert list(mu.index) == list(cov.columns) == list("ABCD")
        weights = 1 / np.sqrt(np.diag(cov))
        return pd.Series(weights / weights.sum(), index=mu.index)

    of_function = optimize(prices, objective=inverse).weights
    ours = optimize(prices, objective="inverse_volatility").weights
    assert of_function == pytest.approx(ours)


def test_the_answer_is_that_of_the_study(prices: pd.DataFrame, settings: ff.Settings) -> None:
    study = ff.PortfolioStudy.model_validate(
        {"data": {"source": saved(prices, settings)}, "constraints": "w <= 40%"}
    )
    answer = ff.ask(study, settings)
    ours = optimize(prices, constraints="w <= 40%")
    assert ours.weights == pytest.approx(dict(answer.weights))
    assert ours.expected_return == pytest.approx(answer.expected_return)
    assert ours.sharpe == pytest.approx(answer.expected_sharpe)


def test_constraints_are_added_to_fully_invested_and_long_only(prices: pd.DataFrame) -> None:
    said = optimize(prices, constraints="w <= 30%")
    meant = optimize(
        prices, objective=ff.MaximumSharpe(constraints=(Budget(), LongOnly(), ff.Bounds(upper=0.3)))
    )
    assert said.weights == pytest.approx(meant.weights)
    assert sum(said.weights.values()) == pytest.approx(1.0) and min(said.weights.values()) >= 0.0


def test_polars_and_arrow_are_prices_like_pandas(prices: pd.DataFrame) -> None:
    flat = prices.rename_axis("date").reset_index()
    expected = optimize(prices).weights
    assert optimize(pl.from_pandas(flat)).weights == pytest.approx(expected)
    assert optimize(pl.from_pandas(flat).to_arrow()).weights == pytest.approx(expected)


def test_estimates_are_given_by_place_or_by_name() -> None:
    first = optimize(MU, COV, constraints="w <= 80%")
    assert first.weights == optimize(mu=MU, cov=COV, constraints="w <= 80%").weights
    curve = frontier(MU, COV, points=5)
    assert curve.to_frame().shape == (5, 7)
    assert curve.best.weights == pytest.approx(list(optimize(MU, COV).weights.values()))


def test_expected_returns_beside_prices_are_annual(prices: pd.DataFrame) -> None:
    believed = {"A": 0.30, "B": 0.05, "C": 0.05, "D": 0.05}
    chosen = optimize(prices, mu=believed)
    assert max(chosen.weights, key=lambda name: chosen.weights[name]) == "A"
    curve = frontier(prices, mu=believed, points=3)
    assert curve.best.weights[0] == pytest.approx(chosen.weights["A"], abs=1e-6)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda _: optimize(), "give prices, or mu and cov"),
        (lambda _: optimize(mu=MU), "give cov beside mu"),
        (lambda _: optimize(cov=COV), "give mu beside cov"),
        (lambda p: optimize(p, COV, mu=MU), "give prices alone, or mu and cov"),
        (lambda p: optimize(p, objective="maximum sharp"), "did you mean 'maximum_sharpe'"),
        (lambda p: optimize(p, constraints="w < 20% of"), "expected"),
        (lambda p: optimize(p.to_numpy()), "without dates or names"),
        (lambda p: optimize(p, objective=lambda _, __: [1.0]), "one finite number for each"),
        (lambda p: frontier(p, risk_measure="cvarr"), "did you mean 'cvar'"),
        (lambda p: optimize(p, objective=ff.EqualWeight), "an object with allocate"),
    ],
)
def test_what_is_wrong_is_one_error_that_says_what_to_do(
    asked: object, words: str, prices: pd.DataFrame
) -> None:
    with pytest.raises(ff.ForefolioError) as raised:
        asked(prices)  # type: ignore[operator]
    assert words in str(raised.value) and "\n" not in str(raised.value)
    assert "pydantic" not in str(raised.value)


def test_an_objective_in_a_function_takes_no_constraints(prices: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="takes no constraints"):
        optimize(prices, objective=lambda _, __: [0.25] * 4, constraints="w <= 30%")
