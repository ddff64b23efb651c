"""A model by the name that a person gives it."""

from collections.abc import Sequence
from typing import Any

from forefolio.core.kinds import kind_of, named, plain
from forefolio.forecast.base import Forecaster, VolatilityForecaster
from forefolio.forecast.catalog import MODELS
from forefolio.forecast.judging.evidence import AVERAGE, COMBINED
from forefolio.forecast.volatility.learnt import SUITED, LearntVolatility
from forefolio.forecast.walk import model_name


def model_named(name: str, among: Sequence[Forecaster] = ()) -> Forecaster:
    """The model of that name or kind: one of `among`, else the catalogue's with its defaults.

    Raises:
        InputError: there is none; it says which was probably meant.

    >>> model_named("garch").name
    'GARCH(1,1)'
    >>> model_named("LSTM volatility").model.kind
    'lstm'
    """
    defaults: list[Any] = [model() for model in MODELS]
    kinds: dict[str, Forecaster] = {kind_of(model): model for model in (*defaults, *among)}
    learnt = [LearntVolatility(model=model) for model in SUITED]
    every = (*defaults, *learnt, *among)
    names: dict[str, Forecaster] = {model_name(model): model for model in every}
    return named(name, kinds, "model", aliases=names)


def combined_name(name: str) -> str | None:
    """The name of a combination of models (combined, volatility average), or None."""
    return {plain(made): made for made in (COMBINED, AVERAGE)}.get(plain(name))


def forecasts_volatility(model: Forecaster) -> bool:
    """Whether a model forecasts volatility, and has only the pooled mean for returns."""
    return isinstance(model, VolatilityForecaster) and model.forecasts_volatility
