"""The jobs that end with forecasts: each takes a study, and returns one document.

The work itself is `forecast.gather`, whose tasks are remembered one by one: whoever asked for the
main job, for a forecast or for a leaderboard before has most of it already.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from forefolio.core.component import Document
from forefolio.core.errors import InputError
from forefolio.core.events import Job, Progress, Started
from forefolio.features import label
from forefolio.forecast import (
    AnyForecaster,
    Explainer,
    Forecaster,
    Recipe,
    XGBoost,
    compare_models,
    model_name,
    model_named,
)
from forefolio.forecast.named import combined_name, forecasts_volatility
from forefolio.forecast.training import Training, TrainingTask, train, training_tasks
from forefolio.outcome import describe_forecasts, describe_importance
from forefolio.store import Artifacts
from forefolio.store.values import pack
from forefolio.studies.base import Place
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.gathering import Gathered, forecast, prepare


def run_forecasting(
    study: ForecastStudy,
    executor: Executor,
    home: Path,
    resume: Mapping[str, Any] | None = None,  # noqa: ARG001 (finished tasks are remembered)
) -> Job[dict[str, Any]]:
    """Forecast every asset at every horizon: what is expected, and how good that was so far."""
    gathered = yield from gather_for(study, executor, home)
    return describe_forecasts(gathered.study, gathered.material.loaded, gathered.forecasts)


def gather_for(study: ForecastStudy, executor: Executor, home: Path) -> Job[Gathered]:
    """Load the data of `study` and forecast out of sample with all its recipe holds."""
    return (yield from forecast(study, place_of(executor, home)))


def place_of(executor: Executor, home: Path) -> Place:
    """A place for jobs that keep and recall nothing."""
    return Place(executor=executor, home=home, keep=Artifacts(home).put, recall=_none)


def _none(kinds: Sequence[str], begun: str) -> Any:
    raise InputError(f"no run {begun} of {kinds} is at hand")


class ComparisonStudy(Document):
    """Which of the `models` forecasts better: names as in a leaderboard; none: all of the mean."""

    forecasting: ForecastStudy = ForecastStudy()
    models: tuple[str, ...] = ()
    seed: Annotated[int, Field(ge=0)] = 0


class ImportanceStudy(Document):
    """Which features one model rests on, at each horizon of `forecasting`."""

    forecasting: ForecastStudy = ForecastStudy()
    model: AnyForecaster = XGBoost()
    explainer: Explainer = Explainer()


def comparison(study: ForecastStudy, words: Sequence[str], seed: int = 0) -> ComparisonStudy:
    """The comparison of models that a person names; those not in the recipe join its baselines.

    Raises:
        InputError: there is no such model.
    """
    recipe, names = study.recipe, []
    for word in words:
        if (name := combined_name(word)) is None:
            model = model_named(word, recipe.everything)
            name = model_name(model)
            recipe = _with(recipe, model)
        names.append(name)
    chosen = study.model_copy(update={"recipe": recipe})
    return ComparisonStudy(forecasting=chosen, models=tuple(names), seed=seed)


def _with(recipe: Recipe, model: Forecaster) -> Recipe:
    """The recipe with `model` scored beside the others, with no say in their mean."""
    if model_name(model) in map(model_name, recipe.everything):
        return recipe
    family = "volatility" if forecasts_volatility(model) else "baselines"
    return recipe.model_copy(update={family: (*getattr(recipe, family), model)})


def run_comparison(
    study: ComparisonStudy,
    executor: Executor,
    home: Path,
    resume: Mapping[str, Any] | None = None,  # noqa: ARG001
) -> Job[dict[str, Any]]:
    """Compare models out of sample at every horizon."""
    gathered = yield from gather_for(study.forecasting, executor, home)
    evidence = gathered.forecasts.horizons.values()
    document = describe_forecasts(gathered.study, gathered.material.loaded, gathered.forecasts)
    compared = [compare_models(each, *study.models, seed=study.seed).to_dict() for each in evidence]
    kept = {name: document[name] for name in ("as_of", "data", "quality", "fallbacks")}
    return {**kept, "comparisons": compared, "study": study.model_dump(mode="json")}


def run_training(
    study: ForecastStudy,
    executor: Executor,
    home: Path,
    resume: Mapping[str, Any] | None = None,  # noqa: ARG001
) -> Job[dict[str, Any]]:
    """Fit every model of the recipe on all that is known now, and keep each by its content."""
    material = yield from prepare(study, home)
    recipe = study.recipe
    tasks = training_tasks(
        recipe.everything, study.horizons, material.market, material.features, recipe.features
    )
    yield Started(stage="training", total=len(tasks))
    futures = {executor.submit(train, task): number for number, task in enumerate(tasks)}
    rows: dict[int, list[dict[str, Any]]] = {}
    try:
        for future in as_completed(futures):
            rows[futures[future]] = _kept(future, tasks[futures[future]], Artifacts(home))
            yield Progress(stage="training", done=len(rows), total=len(tasks))
    finally:
        for future in futures:
            future.cancel()
    return {
        "as_of": str(material.market.sessions[-1]),
        "models": [row for number in range(len(tasks)) for row in rows[number]],
        "quality": material.loaded.report.to_dict(),
        "study": study.model_dump(mode="json"),
    }


def _kept(
    future: Future[Training], task: TrainingTask, artifacts: Artifacts
) -> list[dict[str, Any]]:
    """What was fitted, each as a file; one that cannot be fitted or kept says why."""
    name = model_name(task.model)
    try:
        training = future.result()
        if training.failure:
            raise InputError(training.failure)
        rows = []
        for model in training.models:
            raw = pack(model)
            told = {"id": artifacts.put(raw), "bytes": len(raw), "failure": None}
            seconds = training.seconds / len(training.models)
            rows.append({"model": name, "horizon": model.horizon, "seconds": seconds, **told})
        return rows
    except Exception as error:  # noqa: BLE001 (one model's failure is a value; the rest goes on)
        none = {"seconds": None, "id": None, "bytes": None, "failure": str(error)}
        return [{"model": name, "horizon": horizon, **none} for horizon in task.horizons]


def run_importance(
    study: ImportanceStudy,
    executor: Executor,
    home: Path,
    resume: Mapping[str, Any] | None = None,  # noqa: ARG001
) -> Job[dict[str, Any]]:
    """Measure which features a model rests on, at every horizon."""
    recipe = study.forecasting.recipe
    material = yield from prepare(study.forecasting, home)
    explainer = study.explainer.model_copy(update={"walk": recipe.walk})
    known = material.market, material.features
    words = {feature.name: label(feature) for feature in recipe.features}
    found = []
    for horizon in study.forecasting.horizons:
        importance = yield from explainer.explain(study.model, horizon, known, executor, words)
        found.append(describe_importance(importance))
    return {
        "as_of": str(material.market.sessions[-1]),
        "importance": found,
        "quality": material.loaded.report.to_dict(),
        "study": study.model_dump(mode="json"),
    }
