"""Which of two or more models forecasts better, out of sample."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.core.units import Words
from forefolio.forecast import ForecastComparison, Forecaster, Recipe, compare_models, model_name
from forefolio.forecast.judging.compare import insist_on_comparable
from forefolio.forecast.judging.evidence import AVERAGE
from forefolio.forecast.named import combined_name, forecasts_volatility, model_named
from forefolio.studies.forecast import about
from forefolio.studies.gathering import forecast_each
from forefolio.studies.place import Place
from forefolio.studies.recipe import RecipeStudy, as_words
from forefolio.studies.result import Result


class ModelPair(Component):
    """One model against another, out of sample, over the same sessions."""

    name: str = Field(description="The one model.")
    reference: str = Field(description="The other.")
    change: float = Field(
        description="Its loss less the other's, as a fraction of the other's; below 0 is better."
    )
    low: float = Field(description="Lower end of the 90 % interval of `change`.")
    high: float = Field(description="Upper end of the 90 % interval of `change`.")
    effect: float = Field(
        description="Mean difference, in standard deviations of one session's difference."
    )
    statistic: float = Field(
        description="Of the Diebold-Mariano test; below 0 where the model loses less."
    )
    p_value: float = Field(description="p-value of that test.")
    p_bootstrap: float = Field(description="p-value of a paired bootstrap.")
    p_family: float = Field(description="p-value of both tests, as one of all pairs (Holm).")


class ModelComparison(Component):
    """Two or more models at one horizon, over the same sessions and assets."""

    horizon: int = Field(description="Sessions ahead.")
    measure: str = Field(description="The loss that is compared.")
    sessions: int = Field(description="Sessions that all models forecast.")
    independent: int = Field(description="Of them, sessions whose outcomes do not overlap.")
    names: tuple[str, ...] = Field(
        description="The models, the smallest loss first; two as they were named."
    )
    losses: tuple[float, ...] = Field(description="Mean loss of each model, in units of the loss.")
    p_values: tuple[float, ...] = Field(
        description="p-value of each model belonging to the model confidence set."
    )
    best: tuple[str, ...] = Field(
        description="The model confidence set at 90 %: any of these may be the best."
    )
    pairs: tuple[ModelPair, ...] = Field(description="The first model against each other.")
    verdict: str = Field(description="Which model is better, in words.")


class ComparisonResult(Result):
    """Which model forecasts better at each horizon, and how sure that is."""

    kind: Literal["comparison"] = "comparison"
    comparisons: tuple[ModelComparison, ...] = Field(description="One for each horizon.")


class ComparisonStudy(RecipeStudy):
    """Say which of two or more models forecasts better, out of sample, if either does.

    MODELS are names as in the leaderboard, such as `xgboost arima`; without them all models of
    the mean are compared. A model that is not in the recipe is scored beside the others.

    >>> import forefolio as ff
    >>> study = ff.ComparisonStudy(models="xgboost,arima", horizons="5")  # ff.ask(study) compares
    >>> study.models, study.horizons
    (('XGBoost', 'ARIMA'), (5,))
    """

    path: ClassVar[str] = "comparison"
    command: ClassVar[str] = "compare"
    result: ClassVar[type[ComparisonResult]] = ComparisonResult
    stages: ClassVar[Mapping[str, float]] = {"data": 5, "forecast": 85, "evidence": 10}

    kind: Literal["comparison"] = "comparison"
    models: Words = Field(
        (),
        description="Two or more, such as xgboost,arima; none: all models of the mean.",
        json_schema_extra={"positional": True},
    )
    seed: Annotated[int, Field(ge=0)] = Field(
        0, description="Of the bootstrap's random numbers.", json_schema_extra={"advanced": True}
    )

    @classmethod
    def named(cls, document: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
        """Name the models as the leaderboard does; those not in the recipe join it."""
        names = []
        for word in as_words(document["models"]):
            if (name := combined_name(word)) is None:
                model = model_named(word, recipe.everything)
                name, recipe = model_name(model), _with(recipe, model)
            names.append(name)
        insist_on_comparable(names, {AVERAGE, *map(model_name, recipe.volatility)})
        return {**document, "recipe": recipe, "models": tuple(names)}

    def job(self, place: Place) -> Job[ComparisonResult]:
        """Compare the models out of sample at every horizon."""
        gathered = yield from forecast_each(self, place)
        everything = gathered.forecasts.horizons.values()
        compared = [compare_models(each, *self.models, seed=self.seed) for each in everything]
        return ComparisonResult(**about(gathered), comparisons=tuple(map(_row, compared)))


def _with(recipe: Recipe, model: Forecaster) -> Recipe:
    """The recipe with `model` scored beside the others, with no say in their mean."""
    if model_name(model) in map(model_name, recipe.everything):
        return recipe
    family = "volatility" if forecasts_volatility(model) else "baselines"
    return recipe.model_copy(update={family: (*getattr(recipe, family), model)})


def _row(one: ForecastComparison) -> ModelComparison:
    pairs = tuple(ModelPair(**asdict(pair)) for pair in one.pairs)
    return ModelComparison(**{**asdict(one), "pairs": pairs})
