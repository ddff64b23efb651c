"""What every study of models shares: the data, the horizons, and the recipe of models."""

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from forefolio.core.errors import InputError, NotEnoughHistory
from forefolio.core.quantities import words
from forefolio.core.units import DaysAhead
from forefolio.forecast import Recipe, model_name, model_named
from forefolio.forecast.named import combined_name
from forefolio.strategy.baselines import HISTORY
from forefolio.studies.base import StudyDocument
from forefolio.studies.cost import ComputingCost, trained_cost
from forefolio.studies.data import Data


def _numbers(given: Any) -> Any:
    """Whole numbers with commas or spaces between, or one alone."""
    alone = isinstance(given, int) and not isinstance(given, bool)
    if not (alone or isinstance(given, str)):
        return given
    several = words(str(given))
    whole = [int(one) if one.isascii() and one.isdecimal() else one for one in several]
    if not whole or any(isinstance(one, str) or one == 0 for one in whole):
        raise ValueError(f"{str(given)!r} is not a number of sessions; say for example 5,21")
    return tuple(sorted(set(whole)))


Horizons = Annotated[tuple[DaysAhead, ...], Field(min_length=1), BeforeValidator(_numbers)]
"""Sessions ahead: one number, several, or text such as "5,21"."""


class RecipeStudy(StudyDocument):
    """A question about the models of a recipe, at some horizons."""

    data: Data = Field(Data(), description="Which prices, of which assets and dates.")
    horizons: Horizons = Field((1, 5, 21, 63), description="Sessions ahead, such as 5,21.")
    recipe: Recipe = Field(
        Recipe(),
        description="Features, models, and how they are trained and combined.",
        json_schema_extra={"advanced": True},
    )

    @classmethod
    def part_of(cls, strategy: Any) -> dict[str, Any]:
        """The data, horizons and recipe of a strategy study."""
        part = strategy.forecasting
        return {"data": part.data, "horizons": part.horizons, "recipe": part.recipe}

    @classmethod
    def named(cls, document: dict[str, Any], recipe: Recipe) -> dict[str, Any]:  # noqa: ARG003
        """The document with every model that it names looked up in its recipe or the catalogue."""
        return document

    @model_validator(mode="before")
    @classmethod
    def _with_models(cls, document: Any) -> Any:
        return with_models(document, cls.model_fields, cls.named)

    def sizes(self) -> Mapping[str, int]:
        """Those of the market, and how many models at how many horizons."""
        models = len(self.recipe.everything)
        return {**super().sizes(), "models": models, "horizons": len(self.horizons)}

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """Every model is trained at every horizon, again and again."""
        return trained_cost(self.sizes() if sizes is None else sizes)

    def within(self, sessions: int) -> Self:
        """This study where there are only so many sessions: without models, if they are too few.

        Raises:
            NotEnoughHistory: they are too few for the baselines as well.
        """
        earlier = beginning_within(self.recipe, sessions)
        if earlier is self.recipe:
            return self
        recipe = earlier.model_copy(update={"models": ()})
        return self.model_copy(update={"recipe": recipe})


def with_models(
    document: Any,
    fields: Container[str],
    named: Callable[[dict[str, Any], Recipe], dict[str, Any]],
) -> Any:
    """A document as it was sent, with the models that one of its fields names looked up."""
    if not isinstance(document, Mapping):
        return document
    if not any(name in document and name in fields for name in ("models", "model")):
        return document
    recipe = Recipe.model_validate(document.get("recipe", Recipe()))
    try:
        return named({**document, "recipe": recipe}, recipe)
    except InputError as error:
        raise ValueError(str(error)) from None


def narrowed(document: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """The document with its recipe narrowed to the models that it names; none: as it is."""
    words = as_words(document["models"])
    if not words:
        return {**document, "models": ()}
    narrow = only_models(recipe, words)
    return {**document, "recipe": narrow, "models": tuple(map(model_name, narrow.models))}


def beginning_within(recipe: Recipe, sessions: int) -> Recipe:
    """The recipe where there are only so many sessions: if too few, it begins half way.

    Raises:
        NotEnoughHistory: they are too few for the baselines as well.
    """
    if sessions > recipe.walk.first:
        return recipe
    half = sessions // 2
    if half <= HISTORY:
        raise NotEnoughHistory(2 * (HISTORY + 1), sessions, "a first forecast")
    walk = recipe.walk.model_copy(update={"first": half})
    return recipe.model_copy(update={"walk": walk})


def as_words(given: Any) -> tuple[str, ...]:
    """Names as a person gives them: a list, or one text with commas or spaces between.

    A name may be of several words, as reports write it.

    Raises:
        InputError: they are no names.

    >>> as_words("pooled mean, arima xgboost")
    ('pooled mean', 'arima', 'xgboost')
    """
    several = tuple(_each_name(given)) if isinstance(given, str) else given
    if not isinstance(several, list | tuple) or not all(isinstance(w, str) for w in several):
        raise InputError(f"models: {given!r} is no list of names, such as arima,xgboost")
    return tuple(several)


def _each_name(text: str) -> Iterator[str]:
    """The names between commas; what is none as a whole is several with spaces between."""
    for part in re.split(r"[,;]", text):
        several = words(part)
        if len(several) > 1 and (combined_name(part) or _names_a_model(part)):
            yield part.strip()
        else:
            yield from several


def _names_a_model(text: str) -> bool:
    try:
        model_named(text)
    except InputError:
        return False
    return True


def only_models(recipe: Recipe, names: Sequence[str]) -> Recipe:
    """The recipe with these models of the mean alone, each once.

    Raises:
        InputError: there is no such model, or it is none of the mean.
    """
    chosen = {model_name(m): m for m in (model_named(name, recipe.models) for name in names)}
    for there in (*recipe.volatility, recipe.prior, *recipe.baselines):
        if model_name(there) in chosen:
            raise InputError(
                f"{model_name(there)} is no model of the mean; it is forecast beside them anyway"
            )
    return recipe.model_copy(update={"models": tuple(chosen.values())})
