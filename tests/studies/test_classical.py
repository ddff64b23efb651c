"""A study without machine learning computes what it needs, and no features."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forefolio.backtest import Trading
from forefolio.core.settings import Settings
from forefolio.forecast import EWMA, GARCH, HARX, Recipe, VolatilityAverage, model_name
from forefolio.market.sources.synthetic import Synthetic
from forefolio.runs.asking import ask
from forefolio.strategy import ForecastDriven, Tilted
from forefolio.studies.data import Data
from forefolio.studies.strategy import StrategyStudy


@dataclass
class FromFeatures:
    """A model of somebody's own, of which nothing is known."""

    name: str = "own"

    def fit(self, data: Any) -> Any:
        """Not needed here."""
        raise NotImplementedError


def test_nothing_is_learnt_from_features_without_machine_learning() -> None:
    recipe = StrategyStudy(machine_learning=False).recipe
    assert recipe.models == ()
    assert [model_name(model) for model in recipe.volatility] == ["EWMA", "GARCH(1,1)", "range HAR"]
    assert recipe.needed_features == ()
    assert len(StrategyStudy().recipe.needed_features) > 10


@pytest.mark.parametrize(
    ("volatility", "kept"),
    [
        ((HARX(),), (EWMA(),)),
        ((GARCH(), VolatilityAverage(members=(EWMA(), HARX()))), (GARCH(),)),
        ((VolatilityAverage(),), (VolatilityAverage(),)),
    ],
)
def test_volatility_by_features_is_left_out(volatility: Any, kept: Any) -> None:
    recipe = Recipe(volatility=volatility)
    assert recipe.from_prices.volatility == kept
    assert recipe.from_prices.needed_features == ()


def test_features_stay_for_a_model_that_may_need_them() -> None:
    own = Recipe().from_prices.model_copy(update={"prior": FromFeatures()})
    assert own.needed_features == own.features


def test_a_classical_study_stores_no_features_and_scores_no_model_of_them(tmp_path: Path) -> None:
    data = Data(source=Synthetic(sessions=420, assets=3), minimum_sessions=100)
    settings = Settings(
        home=tmp_path, database_url=f"sqlite:///{tmp_path}/runs.db", executor="inline:"
    )
    study = StrategyStudy(
        data=data, machine_learning=False, horizons=5, baselines=(), trading=Trading(warmup=300)
    )
    names = {row.model for row in ask(study, settings).leaderboard}
    assert "range HAR" in names and "HAR-X" not in names
    stored = list((tmp_path / "features").rglob("x.npy"))
    assert len(stored) == 1 and np.load(stored[0]).size == 0


def test_every_session_is_kept_of_what_is_followed_told_first_or_soonest_known() -> None:
    study = StrategyStudy(machine_learning=False)
    assert study.forecast_horizons == (1, 5, 21, 63)
    assert study.recorded_horizons == (1, 21)
    assert StrategyStudy(machine_learning=False, horizons=(5, 63)).recorded_horizons == (5,)
    driven = StrategyStudy(strategy=Tilted(horizon=63), baselines=(ForecastDriven(horizon=10),))
    assert driven.recorded_horizons == (1, 10, 63)
