"""Which features a model rests on, out of sample and over time."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.features import label
from forefolio.forecast import AnyForecaster, Explainer, Importance, Recipe, XGBoost, model_named
from forefolio.studies.data import repairs
from forefolio.studies.forecast_rows import features_off
from forefolio.studies.gathering import prepare
from forefolio.studies.place import Place
from forefolio.studies.recipe import Horizons, RecipeStudy
from forefolio.studies.result import Number, Remark, Result


class FeatureImportance(Component):
    """What one feature is worth to a model: means over the folds and their standard errors."""

    label: str = Field(description="The feature in economic words.")
    feature: str = Field(description="The feature's name.")
    r2_loss: Number = Field(
        description="What R² against zero loses when the feature is permuted, a fraction; "
        "below 0 the feature does harm."
    )
    r2_loss_se: Number = Field(description="Its standard error.")
    rank_ic_loss: Number = Field(description="What the rank IC loses, from -1 to 1.")
    rank_ic_loss_se: Number = Field(description="Its standard error.")
    size: Number = Field(
        description="Mean size of its part in a forecast, a return over the horizon; "
        "only with `shap`."
    )
    size_se: Number = Field(description="Its standard error.")


class ImportanceInFold(Component):
    """What each feature was worth in one fold."""

    session: date = Field(description="First session of the fold.")
    r2_loss: Mapping[str, Number] = Field(
        description="What R² against zero lost without a feature, a fraction, by feature."
    )


class ModelImportance(Component):
    """The importance of every feature for one model at one horizon."""

    model: str = Field(description="The model's name.")
    horizon: int = Field(description="Sessions ahead.")
    features: tuple[FeatureImportance, ...] = Field(description="The most useful first.")
    groups: tuple[tuple[str, ...], ...] = Field(
        description="Features that correlate by 0.7 or more, so that they can replace each other."
    )
    over_time: tuple[ImportanceInFold, ...] = Field(description="The same fold by fold.")


class ImportanceResult(Result):
    """What each feature is worth to a model, at each horizon."""

    kind: Literal["importance"] = "importance"
    importance: tuple[ModelImportance, ...] = Field(description="One for each horizon.")


class ImportanceStudy(RecipeStudy):
    """Say which features a model rests on, out of sample and over time.

    >>> import forefolio as ff
    >>> study = ff.ImportanceStudy(model="xgboost", shap=True)  # ff.ask(study) answers
    >>> study.model.kind, study.horizons
    ('xgboost', (21,))
    """

    path: ClassVar[str] = "importance"
    command: ClassVar[str] = "importance"
    result: ClassVar[type[ImportanceResult]] = ImportanceResult
    stages: ClassVar[Mapping[str, float]] = {"data": 5, "importance": 95}

    kind: Literal["importance"] = "importance"
    horizons: Horizons = Field((21,), description="Sessions ahead, such as 21 or 5,21.")
    model: AnyForecaster = Field(
        XGBoost(),
        description="The model to explain, by name or kind: the recipe's if it has one.",
    )
    shap: bool = Field(False, description="Compute Shapley values of the forecasts as well.")
    explainer: Explainer = Field(
        Explainer(),
        description="How importance is measured.",
        json_schema_extra={"advanced": True},
    )

    @classmethod
    def part_of(cls, strategy: Any) -> dict[str, Any]:
        """The data and recipe of a strategy study."""
        part = super().part_of(strategy)
        return {name: part[name] for name in ("data", "recipe")}

    @classmethod
    def named(cls, document: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
        """Take the model from the recipe, if a word names one there."""
        word = document.get("model")
        if not isinstance(word, str):
            return document
        return {**document, "model": model_named(word, recipe.everything)}

    def job(self, place: Place) -> Job[ImportanceResult]:
        """Measure which features the model rests on, at every horizon."""
        material = yield from prepare(self, place.arrays)
        settings = {"walk": self.recipe.walk, "shap": self.shap or self.explainer.shap}
        explainer = self.explainer.model_copy(update=settings)
        data = material.market, material.features
        words = {feature.name: label(feature) for feature in self.recipe.features}
        rows: list[ModelImportance] = []
        failed: list[Remark] = []
        for horizon in self.horizons:
            measured = yield from explainer.explain(
                self.model, horizon, data, place.executor, words
            )
            rows.append(_row(measured))
            failed.extend(_failures(measured))
        return ImportanceResult(
            as_of=material.market.sessions[-1].astype(object),
            data=self.data.facts(material.loaded),
            importance=tuple(rows),
            remarks=(
                *repairs(material.loaded.report),
                *features_off(material.features.skipped),
                *failed,
            ),
        )


def _failures(importance: Importance) -> Iterator[Remark]:
    """The folds in which the model could not be fitted: nothing is measured there."""
    about = f"{importance.model}, {importance.horizon} sessions ahead"
    for message in importance.failures:
        yield Remark(reason="left_out", stage="importance", about=about, message=message)


def _row(importance: Importance) -> ModelImportance:
    frame = importance.to_frame().reset_index(names="label")
    folds = zip(importance.sessions, importance.r2_loss, strict=True)
    return ModelImportance(
        model=importance.model,
        horizon=importance.horizon,
        features=tuple(FeatureImportance.model_validate(row) for row in frame.to_dict("records")),
        groups=importance.groups,
        over_time=tuple(
            ImportanceInFold(
                session=session.astype(object),
                r2_loss=dict(zip(importance.features, map(float, lost), strict=True)),
            )
            for session, lost in folds
        ),
    )
