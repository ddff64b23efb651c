"""Forecasts, their record, and trained models as single calls; each is a stored run.

What was computed before is read. `study` is a `StrategyStudy`, or the part of it that forecasts
depend on; or prices (a frame, a source, the path of files), which mean the usual study about them
and are kept under FOREFOLIO_HOME; without it, it is the bundled sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.forecast import Explainer
from forefolio.forecast.training import TrainedModel
from forefolio.library.saved import as_forecast_study
from forefolio.runs.asking import ask
from forefolio.store.model_shelf import model_shelf
from forefolio.studies.comparison import ComparisonStudy
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.importance import ImportanceStudy
from forefolio.studies.trained_forecast import fitted_model
from forefolio.studies.training import TrainingStudy

if TYPE_CHECKING:
    import pandas as pd

    from forefolio.core.component import Component

pandas: Any = lazy("pandas")

_SHOWN = ("r2_mean", "r2_mean_se", "rank_ic", "rank_ic_se", "qlike")  # beside a trained model


def forecasts(study: Any = None, settings: Settings | None = None) -> pd.DataFrame:
    """What is expected, a row for each ticker and horizon: mean, interval, prior, annual mean.

    >>> import forefolio as ff
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.ForecastStudy(data=data, horizons=(5,), recipe=recipe)
    >>> ff.forecasts(study).index.tolist()
    [('A0', 5), ('A1', 5), ('A2', 5)]
    """
    return _frame(ask(as_forecast_study(study, settings), settings).forecasts, "ticker", "horizon")


def leaderboard(study: Any = None, settings: Settings | None = None) -> pd.DataFrame:
    """How good every model was out of sample, a row for each horizon and model."""
    return _frame(ask(as_forecast_study(study, settings), settings).leaderboard, "horizon", "model")


def train(study: Any = None, settings: Settings | None = None) -> pd.DataFrame:
    """Fit every model on all that is known now, and keep each in the registry (`models`).

    `load_predictor` reads what `id` names. Walk-forward scores stand beside it.

    A model that could not be fitted has no id, and a `failure` that says why.

    >>> import forefolio as ff
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.ForecastStudy(data=data, horizons=(5,), recipe=recipe)
    >>> ff.train(study).index.tolist()
    [('pooled mean', 5), ('EWMA', 5), ('BayesianRidge', 5)]
    """
    asked = TrainingStudy(**_shared(as_forecast_study(study, settings)))
    frame = _frame(ask(asked, settings).models, "model", "horizon")
    scored = [{} if score is None else score for score in frame.pop("score")]
    return frame.assign(**{name: [one.get(name) for one in scored] for name in _SHOWN})


def load_predictor(name: str, settings: Settings | None = None) -> TrainedModel:
    """Read a trained model by its id, or the beginning of it.

    A model of this package is read without running code. One that holds objects of another library,
    such as scikit-learn's, is read only if this home has signed it, and by the same versions.

    Raises:
        UnknownModel: there is no such model here.
        StoreError: its file is not ours, is damaged, or needs other versions of libraries.

    >>> import forefolio as ff
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.ForecastStudy(data=data, horizons=(5,), recipe=recipe)
    >>> name = ff.train(study)["id"].iloc[0]
    >>> ff.load_predictor(name).horizon
    5
    """
    return fitted_model(model_shelf(settings or Settings.read()), name)


def compare_forecasts(
    *models: str,
    study: Any = None,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Which of the models forecasts better: a row for each horizon, with the verdict in words.

    Without names all models of the mean are compared.

    Raises:
        InputError: there is no such model.

    >>> import forefolio as ff
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.ForecastStudy(data=data, horizons=(5,), recipe=recipe)
    >>> ff.compare_forecasts("bayesian_ridge", "pooled mean", study=study).index.tolist()
    [5]
    """
    asked = ComparisonStudy(**_shared(as_forecast_study(study, settings)), models=models)
    return _frame(ask(asked, settings).comparisons, "horizon")


def feature_importance(
    model: str = "xgboost",
    *,
    study: Any = None,
    explainer: Explainer | None = None,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Which features a model rests on: a row for each horizon and feature, the most useful first.

    Raises:
        InputError: there is no such model.

    >>> import forefolio as ff
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.ForecastStudy(data=data, horizons=(5,), recipe=recipe)
    >>> ff.feature_importance("bayesian_ridge", study=study)["feature"].tolist()
    ['momentum 21']
    """
    asked = ImportanceStudy(
        **_shared(as_forecast_study(study, settings)),
        model=model,
        explainer=explainer or Explainer(),
    )
    rows = [
        {"horizon": one.horizon, **row.model_dump()}
        for one in ask(asked, settings).importance
        for row in one.features
    ]
    frame: pd.DataFrame = pandas.DataFrame(rows).set_index(["horizon", "label"])
    return frame


def _shared(part: ForecastStudy) -> Mapping[str, Any]:
    """What every study of models has in common."""
    return {"data": part.data, "horizons": part.horizons, "recipe": part.recipe}


def _frame(rows: Iterable[Component], *index: str) -> pd.DataFrame:
    frame: pd.DataFrame = pandas.DataFrame([row.model_dump() for row in rows])
    return frame.set_index(list(index) if len(index) > 1 else index[0])
