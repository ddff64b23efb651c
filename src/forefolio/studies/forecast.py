"""Forecasts of every asset, and how good such forecasts were."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from forefolio.core.events import Job
from forefolio.core.units import Words
from forefolio.forecast import Recipe
from forefolio.store.model_shelf import ModelShelf
from forefolio.studies.cost import ComputingCost, market_cost, market_sizes
from forefolio.studies.data import repairs
from forefolio.studies.forecast_rows import (
    AssetForecast,
    ForecastCombination,
    ModelScore,
    asset_forecasts,
    combination_of,
    left_out,
    model_scores,
)
from forefolio.studies.gathering import Gathered, forecast
from forefolio.studies.past_forecasts import PastForecasts, past_forecasts
from forefolio.studies.place import Place
from forefolio.studies.recipe import RecipeStudy, narrowed
from forefolio.studies.result import Result
from forefolio.studies.trained_forecast import (
    ForecastingModel,
    cautions,
    fixed_models,
    forecasts_of,
)


class ForecastResult(Result):
    """Forecasts of every asset, the scores of all models so far, and how they are combined."""

    kind: Literal["forecast"] = "forecast"
    forecasts: tuple[AssetForecast, ...] = Field(
        description="One for each horizon and asset, after the last session."
    )
    leaderboard: tuple[ModelScore, ...] = Field(
        description="Out-of-sample scores, one for each horizon and model; none of trained models."
    )
    combination: tuple[ForecastCombination, ...] = Field(
        description="How the models are combined, one for each horizon; none of trained models."
    )
    trained: tuple[ForecastingModel, ...] = Field(
        (), description="The trained models that were asked; none: the models of the recipe."
    )
    past: tuple[PastForecasts, ...] = Field(
        (),
        description="What was forecast before beside what happened, one for each horizon; none of "
        "trained models.",
    )


class ForecastStudy(RecipeStudy):
    """Forecast every asset: mean, interval, and how far the models are followed.

    Without options: the bundled sample, at 1, 5, 21 and 63 sessions. What was computed before,
    by this command or by `forefolio run`, is read.

    >>> import forefolio as ff
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.ForecastStudy(data=data, horizons=(5,), recipe=recipe)
    >>> result = ff.ask(study)
    >>> [one.ticker for one in result.forecasts]
    ['A0', 'A1', 'A2']
    """

    path: ClassVar[str] = "forecast"
    command: ClassVar[str] = "forecast"
    result: ClassVar[type[ForecastResult]] = ForecastResult
    stages: ClassVar[Mapping[str, float]] = {"data": 5, "forecast": 85, "evidence": 10}

    kind: Literal["forecast"] = "forecast"
    models: Words = Field(
        (), description="Only these models, such as arima,xgboost; none: all of the recipe."
    )
    trained: Words = Field(
        (),
        description="Ask a model that `train` has kept, without learning: the beginning of its id, "
        "or an alias such as production.",
    )

    @property
    def forecasting(self) -> Self:
        """What other questions about the same models share with it: itself."""
        return self

    @classmethod
    def named(cls, document: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
        """Narrow the recipe to the models that are named."""
        return narrowed(document, recipe)

    def sizes(self) -> Mapping[str, int]:
        """Those of the market alone, where nothing is learnt."""
        return market_sizes(self.data) if self.trained else super().sizes()

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """A trained model answers at once; others are trained again and again."""
        if self.trained:
            return market_cost(self.sizes() if sizes is None else sizes)
        return super().cost(sizes)

    def on_models(self, models: ModelShelf) -> Self:
        """The same question with the ids of the trained models, and their horizons.

        Raises:
            InputError: there is none of that name, or none at a horizon that is asked for.
        """
        if not self.trained:
            return self
        named = self.horizons if "horizons" in self.model_fields_set else None
        found = fixed_models(self.trained, named, models)
        ids = tuple(one.id for one in found.values())
        return self.model_copy(update={"trained": ids, "horizons": tuple(found)})

    def job(self, place: Place) -> Job[ForecastResult]:
        """Forecast every asset at every horizon, and score all models out of sample."""
        if self.trained:
            return (yield from self._by_trained(place))
        gathered = yield from forecast(self, place)
        return ForecastResult(**about(gathered), **forecast_fields(gathered))

    def _by_trained(self, place: Place) -> Job[ForecastResult]:
        """Forecast every asset by the trained models as they are."""
        loaded, used, rows = yield from forecasts_of(self.trained, self.data, place)
        return ForecastResult(
            as_of=loaded.market.sessions[-1].astype(object),
            data=self.data.facts(loaded),
            remarks=(*repairs(loaded.report), *cautions(used)),
            forecasts=rows,
            leaderboard=(),
            combination=(),
            trained=used,
        )


def about(gathered: Gathered) -> dict[str, Any]:
    """The fields that every result has, of one that rests on forecasts."""
    loaded = gathered.material.loaded
    return {
        "as_of": loaded.market.sessions[-1].astype(object),
        "data": gathered.study.data.facts(loaded),
        "remarks": (*repairs(loaded.report), *left_out(gathered.forecasts)),
    }


def forecast_fields(gathered: Gathered) -> dict[str, Any]:
    """Forecasts, leaderboard, combination and past at every horizon, as fields of a result."""
    market, learnt = gathered.material.loaded.market, bool(gathered.study.recipe.models)
    everything = gathered.forecasts.horizons.values()
    return {
        "forecasts": tuple(
            row for each in everything for row in asset_forecasts(each, market, learnt=learnt)
        ),
        "leaderboard": tuple(row for each in everything for row in model_scores(each)),
        "combination": tuple(map(combination_of, everything)),
        "past": tuple(map(past_forecasts, everything)),
    }
