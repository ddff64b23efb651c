"""Expected returns, a covariance and a benchmark that somebody gives."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import forefolio as ff
from forefolio.core.errors import DataError, ForefolioError, InputError
from forefolio.core.events import finish
from forefolio.market import Synthetic
from forefolio.optimize import MinimumTailLoss
from forefolio.runs.asking import ask
from forefolio.studies.data import Data
from forefolio.studies.expectation import Expectation
from forefolio.studies.frontier import FrontierStudy
from forefolio.studies.holding import Holding
from forefolio.studies.portfolio import PortfolioStudy
from forefolio.studies.stress import StressStudy

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


def without_prices(**changed: Any) -> dict[str, Any]:
    covariance = pd.DataFrame([[0.04, 0.006], [0.006, 0.01]], MEANS.index, MEANS.index)
    return {"expected_returns": MEANS, "covariance": covariance, **changed}


def test_where_both_moments_are_given_no_prices_are_loaded(monkeypatch: Any) -> None:
    def loaded(*_: Any) -> None:
        raise AssertionError("prices are loaded, and none are needed")

    monkeypatch.setattr("forefolio.studies.data.load_market", loaded)
    given = Expectation(**without_prices())
    result = ask(PortfolioStudy(expectation=given))
    library = ff.optimize(mu=given.expected_returns, cov=without_prices()["covariance"])
    assert result.weights == pytest.approx(dict(library.weights), abs=1e-12)
    assert result.expected_return == pytest.approx(library.expected_return)
    assert result.volatility == pytest.approx(library.volatility)
    assert result.cash_return == pytest.approx(0.02)
    facts = result.data
    assert facts.name == "given expected returns and covariance"
    assert facts.tickers == ("A0", "A2") and facts.source == {"kind": "given"}
    assert (facts.sessions, facts.first, facts.last, result.as_of) == (None, None, None, None)
    page = repr(result)
    assert "None" not in page and "without prices" in page

    curve = ask(FrontierStudy(expectation=given, points=5))
    own = ff.frontier(given.expected_returns, without_prices()["covariance"], points=5)
    assert [one.volatility for one in curve.points] == pytest.approx(
        own.to_frame()["volatility"].tolist()
    )
    assert "None" not in repr(curve)


def test_what_needs_prices_says_so_where_none_are_named() -> None:
    for changed, message in (
        ({"cash_rate": "risk_free"}, "cash_rate risk_free is a series of a source"),
        ({"covariance": {"A0": {"A0": 0.04}}}, "covariance lacks A2"),
    ):
        with pytest.raises(ForefolioError, match=message):
            ask(PortfolioStudy(expectation=Expectation(**without_prices(**changed))))
    with pytest.raises(ForefolioError, match="past prices are needed"):
        ask(
            PortfolioStudy(expectation=Expectation(**without_prices()), objective=MinimumTailLoss())
        )
    with pytest.raises(ForefolioError, match="expected_returns lack A1"):
        given = Expectation(**without_prices())
        ask(PortfolioStudy(expectation=given, data=Data(tickers=("A0", "A1"))))


def test_weights_without_prices_are_held_at_the_prices_of_whoever_asks() -> None:
    study = PortfolioStudy(expectation=Expectation(**without_prices()))
    run = ask(study).run
    assert run is not None
    held = ask(StressStudy(data=DATA, holding=Holding(run=run.id)))
    assert held.data.source["kind"] == "synthetic"
