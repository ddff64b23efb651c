"""`risk`, `simulate` and `stress` of prices in memory are the stored studies about them."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forefolio as ff
from forefolio.core.errors import BadSettings, InputError
from forefolio.library.saved import saved
from forefolio.studies.risk import RiskStudy

WEIGHTS = {"A": 0.5, "B": 0.3}


def test_risk_is_the_study_of_these_weights(prices: pd.DataFrame, settings: ff.Settings) -> None:
    result = ff.risk(prices, WEIGHTS, settings=settings)
    study = RiskStudy(data={"source": saved(prices, settings)}, holding={"weights": WEIGHTS})
    assert result == ff.ask(study, settings)
    assert result.portfolio.weights == WEIGHTS and result.portfolio.cash == pytest.approx(0.2)
    daily = prices.pct_change().dropna()
    expected = (0.5 * daily["A"] + 0.3 * daily["B"]).std() * 252**0.5
    assert result.measures["annual_volatility"].value == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    "same", [pd.Series(WEIGHTS), "A=50%, B=30%", SimpleNamespace(weights=WEIGHTS)]
)
def test_weights_are_whatever_names_tickers(
    same: Any, prices: pd.DataFrame, settings: ff.Settings
) -> None:
    first = ff.stress(prices, WEIGHTS, market=-0.3, settings=settings)
    again = ff.stress(prices, same, market=-0.3, settings=settings)
    assert first.run is not None and again.run is not None
    assert first.run.id == again.run.id
    assert [one.name for one in again.stresses] == ["market falls by 30 %"]


def test_without_weights_they_are_equal(prices: pd.DataFrame, settings: ff.Settings) -> None:
    held = ff.simulate(prices, horizon=21, paths=500, settings=settings)
    assert (held.horizon, held.paths) == (21, 500)
    assert held.portfolio.weights == dict.fromkeys("ABCD", 0.25)


@pytest.mark.parametrize("wrong", [[0.5, 0.5], np.array([0.5, 0.5]), 0.5])
def test_weights_without_tickers_are_refused(
    wrong: Any, prices: pd.DataFrame, settings: ff.Settings
) -> None:
    with pytest.raises(InputError, match="without tickers; give a mapping"):
        ff.risk(prices, wrong, settings=settings)


def test_a_setting_that_there_is_not_is_refused(
    prices: pd.DataFrame, settings: ff.Settings
) -> None:
    with pytest.raises(BadSettings, match="horzon: there is no such setting"):
        ff.simulate(prices, horzon=21, settings=settings)


def test_the_package_keeps_its_names() -> None:
    assert ff.risk.LedoitWolf is ff.LedoitWolf  # type: ignore[attr-defined]
