"""Models fitted on everything up to now, and kept so that they can be read again."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, as_completed
from typing import Any, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import ClusterUnavailable, InputError, NotEnoughHistory
from forefolio.core.events import EpochLoss, Job, LearningCurve, Part, Progress, Started
from forefolio.core.units import Words
from forefolio.forecast import AnyForecaster, Recipe, model_name, model_named
from forefolio.forecast.base import LearntByEpochs
from forefolio.forecast.named import forecasts_volatility
from forefolio.forecast.training import TrainedModel, Training, TrainingTask, train, training_tasks
from forefolio.forecast.walk import model_digest
from forefolio.store.model_records import ModelUse, Promotion, checked_alias
from forefolio.studies.data import repairs
from forefolio.studies.forecast_rows import ModelScore, features_off
from forefolio.studies.gathering import Material, forecast_on, prepare
from forefolio.studies.lineage import (
    KeptModel,
    promote_best,
    register,
    walk_forward_scores,
)
from forefolio.studies.place import Place
from forefolio.studies.recipe import RecipeStudy, as_words
from forefolio.studies.result import Number, Remark, Result

EPOCHS = 50  # of a learning curve, at most

Scores: TypeAlias = Mapping[tuple[str, int], ModelScore]
"""Walk-forward scores by the model's digest and the horizon."""


class FittedModel(Component):
    """A model fitted for one horizon, and the id it is kept under."""

    kind: Literal["model", "baseline", "volatility"] = Field(description="What it is used as.")
    model: str = Field(description="The model's name.")
    horizon: int = Field(description="Sessions ahead.")
    seconds: Number = Field(None, description="How long it was fitted.")
    id: str | None = Field(
        None, description="What `load_predictor` and `forecast --trained` read; none: not fitted."
    )
    bytes: int | None = Field(None, description="Size of the file.")
    failure: str | None = Field(None, description="Why it could not be fitted, if so.")
    losses: tuple[EpochLoss, ...] = Field(
        (), description="Of each epoch, some evenly spaced if they are many; none: no neural net."
    )
    score: ModelScore | None = Field(
        None, description="Walk-forward scores of the same settings; none: not scored."
    )


class TrainingResult(Result):
    """The models that were fitted on all sessions, and the ids they are kept under."""

    kind: Literal["training"] = "training"
    models: tuple[FittedModel, ...] = Field(description="One for each model and horizon.")
    promotions: tuple[Promotion, ...] = Field(
        (), description="What came of the alias that was asked for, at each horizon."
    )


class TrainingStudy(RecipeStudy):
    """Fit every model on all sessions up to the last, and keep each in the registry.

    They are scored walk-forward as well, as `leaderboard` does, so that the registry knows how good
    they are. `forecast --trained` and `load_predictor` ask them again.

    >>> import forefolio as ff
    >>> study = ff.TrainingStudy(models="arima,xgboost", horizons="5")  # ff.ask(study) fits them
    >>> study.models, study.horizons
    (('ARIMA', 'XGBoost'), (5,))
    """

    path: ClassVar[str] = "training"
    command: ClassVar[str] = "train"
    result: ClassVar[type[TrainingResult]] = TrainingResult
    stages: ClassVar[Mapping[str, float]] = {
        "data": 5,
        "training": 30,
        "forecast": 55,
        "evidence": 10,
    }

    kind: Literal["training"] = "training"
    models: Words = Field(
        (), description="Only these models, such as arima,xgboost; none: all of the recipe."
    )
    promote: str = Field(
        "",
        description="Give this alias, such as production, to the most skilled model of returns at "
        "each horizon, if it is as good as the one that has it.",
    )
    unscored: bool = Field(False, description="Leave out the walk-forward scores.")

    @model_validator(mode="after")
    def _can_promote(self) -> Self:
        if self.promote:
            try:
                checked_alias(self.promote)
            except InputError as error:
                raise ValueError(str(error)) from None
            if self.unscored:
                raise ValueError("promote rests on the walk-forward scores; leave out unscored")
        return self

    @classmethod
    def named(cls, document: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
        """Name the models as the leaderboard does."""
        words = as_words(document["models"])
        chosen = {model_name(m): m for m in (model_named(w, recipe.everything) for w in words)}
        own = {model_name(model) for model in recipe.everything}
        others = tuple(model for name, model in chosen.items() if name not in own)
        extended = recipe.model_copy(update={"models": (*recipe.models, *others)})
        return {**document, "recipe": extended, "models": tuple(chosen)}

    @property
    def fitted(self) -> tuple[AnyForecaster, ...]:
        """The models that are fitted: those that are named, or all of the recipe."""
        everything = self.recipe.everything
        return tuple(m for m in everything if not self.models or model_name(m) in self.models)

    def job(self, place: Place) -> Job[TrainingResult]:
        """Fit the models, and keep each by its content."""
        material = yield from prepare(self, place.arrays)
        market, features = material.market, material.features
        tasks = training_tasks(self.fitted, self.horizons, market, features, self.recipe.features)
        fitted = yield from _trained(tasks, place)
        scores, unscored = yield from self._scores(material, place)
        rows: list[FittedModel] = []
        kept: list[KeptModel] = []
        for task, training in zip(tasks, fitted, strict=True):
            for row, model in _kept(task, training, place, self._kind(task.model), scores):
                rows.append(row)
                kept += () if model is None else (model,)
        data = self.data.facts(material.loaded)
        register(kept, data, place)
        return TrainingResult(
            as_of=market.sessions[-1].astype(object),
            data=data,
            models=tuple(rows),
            promotions=promote_best(self.promote, kept, place.shelf()) if self.promote else (),
            remarks=(
                *repairs(material.loaded.report),
                *features_off(features.skipped),
                *_failures(rows),
                *unscored,
            ),
        )

    def _scores(self, material: Material, place: Place) -> Job[tuple[Scores, tuple[Remark, ...]]]:
        """Walk-forward scores of what is fitted, and why there are none."""
        if self.unscored:
            return {}, ()
        fitted = {model_digest(model) for model in self.fitted}
        models = tuple(m for m in self.recipe.models if model_digest(m) in fitted)
        own = self.model_copy(update={"recipe": self.recipe.model_copy(update={"models": models})})
        try:
            gathered = yield from forecast_on(material, own, place)
        except NotEnoughHistory as error:
            message = f"the models are not scored: {error}"
            return {}, (Remark(reason="left_out", stage="forecast", message=message),)
        return walk_forward_scores(gathered), ()

    def _kind(self, model: Any) -> ModelUse:
        if forecasts_volatility(model) or model in self.recipe.volatility:
            return "volatility"
        return "model" if model in self.recipe.models else "baseline"


def _trained(tasks: list[TrainingTask], place: Place) -> Job[list[Future[Training]]]:
    """Run all tasks to their end, in whatever order they finish."""
    yield Started(stage="training", total=len(tasks))
    futures = [place.executor.submit(train, task) for task in tasks]
    try:
        for done, future in enumerate(as_completed(futures), 1):
            for curve in _curves(future):
                yield Part(stage="training", part=curve)
            yield Progress(stage="training", done=done, total=len(tasks))
    finally:
        for future in futures:
            future.cancel()
    return futures


def _curves(future: Future[Training]) -> Iterator[LearningCurve]:
    """How each model of a task learnt, if it was fitted in epochs."""
    if future.cancelled() or future.exception() is not None:
        return
    for model in future.result().models:
        if losses := learning_losses(model):
            yield LearningCurve(model=model.name, horizon=model.horizon, losses=losses)


def learning_losses(model: TrainedModel) -> tuple[EpochLoss, ...]:
    """The losses of a fitted model by epoch, at most 50 of them, evenly spaced; or none."""
    if not isinstance(model.predictor, LearntByEpochs):
        return ()
    losses = model.predictor.losses
    last, few = len(losses) - 1, min(len(losses), EPOCHS)
    shown = sorted({round(k * last / max(few - 1, 1)) for k in range(few)})
    return tuple(
        EpochLoss(epoch=k + 1, training=losses[k][0], validation=losses[k][1]) for k in shown
    )


def _kept(
    task: TrainingTask, future: Future[Training], place: Place, kind: ModelUse, scores: Scores
) -> list[tuple[FittedModel, KeptModel | None]]:
    """What was fitted, each as a file; one that cannot be fitted or kept says why."""
    name = model_name(task.model)
    try:
        training = future.result()
        if training.failure:
            raise InputError(training.failure)
        seconds = training.seconds / len(training.models)
        rows: list[tuple[FittedModel, KeptModel | None]] = []
        for model in training.models:
            one, file = place.shelf().keep(model, place.code)
            score = scores.get((model_digest(task.model), model.horizon))
            row = FittedModel(
                kind=kind,
                model=name,
                horizon=model.horizon,
                seconds=seconds,
                id=one,
                bytes=len(file.raw),
                losses=learning_losses(model),
                score=score,
            )
            known = KeptModel(
                id=one, fitted=model, use=kind, file=file, score=score, seconds=seconds
            )
            rows.append((row, known))
        return rows
    except (ClusterUnavailable, ImportError):
        raise  # of the machines, not of the model
    except Exception as error:  # noqa: BLE001 (one model's failure is a value; the rest goes on)
        return [
            (FittedModel(kind=kind, model=name, horizon=horizon, failure=str(error)), None)
            for horizon in task.horizons
        ]


def _failures(rows: list[FittedModel]) -> Iterator[Remark]:
    for row in rows:
        if row.failure is not None:
            about = f"{row.model}, {row.horizon} sessions ahead"
            message = f"not fitted: {row.failure}"
            yield Remark(reason="left_out", stage="training", about=about, message=message)
