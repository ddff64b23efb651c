"""A model by the name that a person gives it."""

from collections.abc import Sequence
from typing import Any

from forefolio.core.errors import InputError
from forefolio.core.wording import meant
from forefolio.forecast.base import Forecaster, VolatilityForecaster
from forefolio.forecast.catalog import MODELS
from forefolio.forecast.judging.evidence import AVERAGE, COMBINED
from forefolio.forecast.walk import model_name


def model_named(name: str, among: Sequence[Forecaster] = ()) -> Forecaster:
    """The model of that name or kind: one of `among`, else the catalogue's with its defaults.

    Raises:
        InputError: there is none; it says which was probably meant.

    >>> model_named("garch").name
    'GARCH(1,1)'
    """
    defaults: list[Any] = [model() for model in MODELS]
    by_name: dict[str, Forecaster] = {
        word: model for model in (*defaults, *among) for word in _names_of(model)
    }
    if (model := by_name.get(_plain(name))) is not None:
        return model
    kinds = sorted({str(model.model_fields["kind"].default) for model in MODELS})
    near = meant(name.casefold(), kinds) or f"; there is {', '.join(kinds)}"
    raise InputError(f"there is no model {name!r}{near}")


def combined_name(name: str) -> str | None:
    """The name of a combination of models (combined, volatility average), or None."""
    return {_plain(made): made for made in (COMBINED, AVERAGE)}.get(_plain(name))


def forecasts_volatility(model: Forecaster) -> bool:
    """Whether a model forecasts volatility, and has only the pooled mean for returns."""
    return isinstance(model, VolatilityForecaster) and model.forecasts_volatility


def _names_of(model: Forecaster) -> tuple[str, str]:
    return _plain(model_name(model)), _plain(str(getattr(model, "kind", "")))


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
