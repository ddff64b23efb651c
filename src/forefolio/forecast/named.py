"""A model by the name that a person gives it."""

from collections.abc import Sequence
from typing import Any

from forefolio.core.errors import InputError
from forefolio.core.wording import meant
from forefolio.forecast.base import Forecaster
from forefolio.forecast.catalog import MODELS
from forefolio.forecast.judging.evidence import AVERAGE, COMBINED
from forefolio.forecast.walk import model_name

_OF_VOLATILITY = {
    f"forefolio.forecast.{name}"
    for name in ("arch_model", "arima_volatility", "garch", "har", "variance_trees", "volatility")
}


def model_named(name: str, among: Sequence[Forecaster] = ()) -> Forecaster:
    """The model of that name or kind: one of `among`, else the catalogue's with its defaults.

    Raises:
        InputError: there is none; it says which was probably meant.
    """
    defaults: list[Any] = [model() for model in MODELS]
    there: dict[str, Forecaster] = {
        word: model for model in (*defaults, *among) for word in _called(model)
    }
    if (found := there.get(_plain(name))) is not None:
        return found
    kinds = sorted({str(model.model_fields["kind"].default) for model in MODELS})
    near = meant(name.casefold(), kinds) or f"; there is {', '.join(kinds)}"
    raise InputError(f"there is no model {name!r}{near}")


def combined_name(name: str) -> str | None:
    """What is made of several models and goes by that name in a leaderboard, if anything is."""
    return {_plain(made): made for made in (COMBINED, AVERAGE)}.get(_plain(name))


def forecasts_volatility(model: Forecaster) -> bool:
    """Whether a model is one of volatility, and has nothing of its own to say about the mean."""
    return type(model).__module__ in _OF_VOLATILITY


def _called(model: Forecaster) -> tuple[str, str]:
    return _plain(model_name(model)), _plain(str(getattr(model, "kind", "")))


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
