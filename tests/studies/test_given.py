"""Expected returns, a covariance and a benchmark that somebody gives."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from forefolio.core.errors import DataError, ForefolioError, InputError
from forefolio.core.events import finish
from forefolio.market import Synthetic
from forefolio.runs.asking import ask
from forefolio.studies.data import Data
from forefolio.studies.expectation import Expectation
from forefolio.studies.portfolio import PortfolioStudy

SOURCE = Synthetic(sessions=400, assets=4, seed=3)
DATA = Data(source=SOURCE, minimum_sessions=100)
MEANS = pd.Series({"A0": 0.10, "A2": 0.06})


@pytest.fixture(autouse=True)
def home(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path))
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "inline:")


def test_given_moments_decide_the_weights_by_the_textbook_formula() -> None:
    covariance = pd.DataFrame([[0.04, 0.006], [0.006, 0.01]], MEANS.index, MEANS.index)
    given: Any = {"expected_returns": MEANS, "covariance": covariance, "cash_rate": 0.02}
    study = PortfolioStudy(data=DATA, expectation=Expectation(**given))
    result = ask(study)
    best = np.linalg.solve(covariance.to_numpy(), MEANS.to_numpy() - 0.02)
    # a cash rate of 2 % a year is 0.02 less a little, session by session
    assert list(result.weights.values()) == pytest.approx(sorted(best / best.sum())[::-1], abs=2e-3)
    w = np.array([result.weights[name] for name in MEANS.index])
    assert result.volatility == pytest.approx(np.sqrt(w @ covariance.to_numpy() @ w))
    assert result.expected_return == pytest.approx(w @ MEANS.to_numpy())
    assert {one.ticker for one in result.assets} == {"A0", "A2"}


def test_given_returns_alone_keep_the_risk_model() -> None:
    estimated = ask(PortfolioStudy(data=DATA))
    same = {one.ticker: one.expected_return for one in estimated.assets}
    given = ask(PortfolioStudy(data=DATA, expectation=Expectation(expected_returns=same)))
    assert given.weights == pytest.approx(estimated.weights)
    assert given.volatility == pytest.approx(estimated.volatility)


def test_text_will_do() -> None:
    said: Any = "A0=10%, A2=0.06"
    assert Expectation(expected_returns=said).expected_returns == {"A0": 0.10, "A2": 0.06}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"expected_returns": {"NOPE": 0.1}}, "NOPE"),
        ({"expected_returns": MEANS, "covariance": {"A0": {"A0": 0.04}}}, "covariance lacks A2"),
        (
            {
                "expected_returns": MEANS,
                "covariance": {"A0": {"A0": 0.01, "A2": 0.9}, "A2": {"A0": 0.9, "A2": 0.01}},
            },
            "covariance",
        ),
    ],
)
def test_what_does_not_fit_is_one_line(given: Any, message: str) -> None:
    with pytest.raises(ForefolioError, match=message):
        ask(PortfolioStudy(data=DATA, expectation=Expectation(**given)))


def test_a_ticker_can_be_the_benchmark_and_is_then_no_asset() -> None:
    loaded = finish(Data(source=SOURCE, minimum_sessions=100, benchmark="A3").load())
    plain = finish(DATA.load())
    assert loaded.market.assets == ("A0", "A1", "A2")
    assert np.array_equal(loaded.market.series["benchmark"], plain.market.close[:, 3])
    kept = finish(
        Data(source=SOURCE, minimum_sessions=100, tickers=("A0", "A3"), benchmark="A3").load()
    )
    assert kept.market.assets == ("A0", "A3")


def test_a_benchmark_without_prices_is_refused() -> None:
    with pytest.raises((DataError, InputError), match="NOPE"):
        finish(Data(source=SOURCE, minimum_sessions=100, benchmark="NOPE").load())
