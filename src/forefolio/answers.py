"""Forecasts, their record, and trained models as single calls; each is a stored run.

What was computed before is read. A study may be the whole document or the part that forecasts
depend on; without one it is the bundled sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forefolio.core.errors import InputError
from forefolio.core.events import finish
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.forecast import Explainer, model_named
from forefolio.forecast.training import TrainedModel
from forefolio.forecasting import ImportanceStudy, comparison
from forefolio.runs.local import run_here
from forefolio.runs.opening import opening
from forefolio.store import Artifacts
from forefolio.store.values import unpacked
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.reading import no_study
from forefolio.studies.strategy import StrategyStudy

if TYPE_CHECKING:
    import pandas as pd

    from forefolio.core.component import Component

pandas: Any = lazy("pandas")


def forecasts(
    study: StrategyStudy | ForecastStudy | None = None, settings: Settings | None = None
) -> pd.DataFrame:
    """What is expected, a row for each ticker and horizon: mean, interval, prior, annual mean."""
    found = _answer("forecast", _part(study), settings)["forecasts"]
    frame: pd.DataFrame = pandas.DataFrame(found).set_index(["ticker", "horizon"])
    return frame


def leaderboard(
    study: StrategyStudy | ForecastStudy | None = None, settings: Settings | None = None
) -> pd.DataFrame:
    """How good every model was out of sample, a row for each horizon and model."""
    found = _answer("forecast", _part(study), settings)["leaderboard"]
    frame: pd.DataFrame = pandas.DataFrame(found).set_index(["horizon", "model"])
    return frame


def train(
    study: StrategyStudy | ForecastStudy | None = None, settings: Settings | None = None
) -> pd.DataFrame:
    """Fit every model on all that is known now; `load_predictor` reads what `id` names.

    A model that could not be fitted has no id, and a `failure` that says why.
    """
    found = _answer("training", _part(study), settings)["models"]
    frame: pd.DataFrame = pandas.DataFrame(found).set_index(["model", "horizon"])
    return frame


def load_predictor(name: str, settings: Settings | None = None) -> TrainedModel:
    """Read a trained model by its id, or the beginning of it. No code is run.

    Raises:
        InputError: there is no such model here.
    """
    artifacts = Artifacts((settings or Settings.read()).home)
    for model in unpacked(artifacts.get(artifacts.whole(name) or "")):
        if isinstance(model, TrainedModel):
            return model
    raise InputError(f"there is no trained model {name!r} here; `forefolio train` lists their ids")


def compare_forecasts(
    *models: str,
    study: StrategyStudy | ForecastStudy | None = None,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Which of the models forecasts better: a row for each horizon, with the verdict in words.

    Without names all models of the mean are compared.

    Raises:
        InputError: there is no such model.
    """
    found = _answer("comparison", comparison(_part(study), models), settings)["comparisons"]
    frame: pd.DataFrame = pandas.DataFrame(found).set_index("horizon")
    return frame


def feature_importance(
    model: str = "xgboost",
    *,
    study: StrategyStudy | ForecastStudy | None = None,
    explainer: Explainer | None = None,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Which features a model rests on: a row for each horizon and feature, the most useful first.

    Raises:
        InputError: there is no such model.
    """
    part = _part(study)
    asked = ImportanceStudy(
        forecasting=part,
        model=model_named(model, part.recipe.models),
        explainer=explainer or Explainer(),
    )
    found = _answer("importance", asked, settings)["importance"]
    rows = [{"horizon": one["horizon"], **row} for one in found for row in one["features"]]
    frame: pd.DataFrame = pandas.DataFrame(rows).set_index(["horizon", "label"])
    return frame


def _part(study: StrategyStudy | ForecastStudy | None) -> ForecastStudy:
    if not isinstance(study, StrategyStudy | ForecastStudy | None):
        raise InputError(no_study(study))
    return study if isinstance(study, ForecastStudy) else (study or StrategyStudy()).forecasting


def _answer(kind: str, study: Component, settings: Settings | None) -> dict[str, Any]:
    chosen = (settings or Settings.read()).prepare()
    document: dict[str, Any] = finish(run_here(opening(chosen), kind, study))
    return document
