"""What several jobs begin with: the market, its features, and forecasts out of sample.

Finished tasks are remembered one by one, so whoever asked for any of this before has most of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from forefolio.core.events import Job, Note, Progress, Started
from forefolio.core.wording import sessions
from forefolio.features import FeaturePanel, compute
from forefolio.forecast import Forecasts, gather, gather_combined
from forefolio.market import Loaded, Market
from forefolio.studies.place import ArrayFolder, Place
from forefolio.studies.recipe import RecipeStudy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """The data of a study: as loaded, and mapped from disk so that workers get them by name."""

    loaded: Loaded
    market: Market
    features: FeaturePanel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """The question as far as the data support it, what it rests on, and the forecasts."""

    study: RecipeStudy
    material: Material
    forecasts: Forecasts


def prepare(study: RecipeStudy, arrays: ArrayFolder) -> Job[Material]:
    """Load, check and align the data and compute the features, saying what was left out."""
    yield Started(stage="data", total=2)
    loaded = yield from study.data.read()
    market = arrays.market(loaded.market)
    loaded = replace(loaded, market=market)
    yield Progress(stage="data", done=1, total=2)
    features = arrays.features(compute(study.recipe.needed_features, market))
    for name, reason in features.skipped:
        yield Note(code="feature_off", about=name, message=f"{name} is switched off: {reason}")
    for name, reason in features.filled:
        yield Note(code="feature_filled", about=name, message=f"{name} has gaps: {reason}")
    yield Progress(stage="data", done=2, total=2)
    return Material(loaded=loaded, market=market, features=features)


def forecast(study: RecipeStudy, place: Place) -> Job[Gathered]:
    """Load the data of `study` and forecast out of sample with all its recipe holds.

    The combined forecasts are kept, those of single models are not: see `forecast_each`.
    """
    material = yield from prepare(study, place.arrays)
    return (yield from forecast_on(material, study, place))


def forecast_each(study: RecipeStudy, place: Place) -> Job[Gathered]:
    """The same, and the forecasts of every single model are kept."""
    material = yield from prepare(study, place.arrays)
    return (yield from _forecast_on(material, study, place, gather))


def forecast_on(material: Material, study: RecipeStudy, place: Place) -> Job[Gathered]:
    """As `forecast`, where the data are loaded already."""
    return (yield from _forecast_on(material, study, place, gather_combined))


def _forecast_on(
    material: Material, study: RecipeStudy, place: Place, made: Callable[..., Job[Forecasts]]
) -> Job[Gathered]:
    possible, short = _within(study, len(material.market))
    yield from short
    forecasts = yield from made(
        possible.recipe, possible.horizons, material.market, place.executor, material.features
    )
    forecasts = replace(forecasts, notes=(*short, *forecasts.notes))
    return Gathered(study=possible, material=material, forecasts=forecasts)


def _within(study: RecipeStudy, length: int) -> tuple[RecipeStudy, tuple[Note, ...]]:
    possible = study.within(length)
    if possible == study:
        return study, ()
    message = (
        f"{sessions(length)} are fewer than the {study.recipe.walk.first + 1:,} it takes to learn: "
        "the forecasts are those of the prior"
    )
    return possible, (Note(code="short_history", about="study", message=message),)
