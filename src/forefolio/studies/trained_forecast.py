"""Forecasts by trained models: what was fitted before is asked about prices, nothing is learnt."""

from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import InputError, UnknownModel
from forefolio.core.events import Job, Progress, Started
from forefolio.core.wording import listed
from forefolio.forecast.training import TrainedModel
from forefolio.market import Loaded, Market
from forefolio.store.model_records import RegisteredModel
from forefolio.store.model_shelf import ModelShelf
from forefolio.studies.data import Data
from forefolio.studies.forecast_rows import AssetForecast
from forefolio.studies.place import Place
from forefolio.studies.result import Remark

if TYPE_CHECKING:
    from forefolio.store.models import Models

INTERVAL = 0.9  # probability of the intervals: normal ones, for nothing is calibrated here


class ForecastingModel(Component):
    """A trained model that forecasts were made with, without learning again."""

    model: RegisteredModel = Field(description="The model, and where it comes from.")
    age: int = Field(description="Sessions of these prices after the last that it has seen.")
    unseen: tuple[str, ...] = Field((), description="Assets that it was not fitted on.")
    other_code: bool = Field(
        False, description="Whether other code or libraries than these have fitted it."
    )


def fixed_models(
    named: Sequence[str], horizons: Sequence[int] | None, shelf: ModelShelf
) -> dict[int, RegisteredModel]:
    """The models of ids and aliases by horizon; at some horizons, where they are named.

    Raises:
        InputError: there is none, or two at one horizon, or none at a horizon that is named.
    """

    async def look(models: "Models") -> list[dict[int, RegisteredModel]]:
        return [await models.called(name) for name in named]

    found: dict[int, RegisteredModel] = {}
    for several in shelf.registered(look):
        for horizon, one in several.items():
            if found.setdefault(horizon, one).id != one.id:
                raise InputError(f"two trained models forecast {horizon} sessions; name one")
    if lacking := [str(horizon) for horizon in horizons or () if horizon not in found]:
        has = listed([str(horizon) for horizon in found])
        raise InputError(
            f"no trained model of {listed(list(named))} forecasts {listed(lacking)} sessions; "
            f"{has} can be forecast"
        )
    return {horizon: found[horizon] for horizon in sorted(horizons or found)}


def forecasts_of(
    ids: Sequence[str], data: Data, place: Place
) -> Job[tuple[Loaded, tuple[ForecastingModel, ...], tuple[AssetForecast, ...]]]:
    """Load the prices, and forecast every asset by each of the models.

    Raises:
        InputError: a model is not here, or the prices lack what it was fitted with.
        StoreError: its file is not ours, or needs other versions of libraries.
    """
    loaded = yield from data.load()
    market, shelf = loaded.market, place.shelf()

    async def look(models: "Models") -> list[RegisteredModel]:
        return [await models.get(name) for name in ids]

    yield Started(stage="forecast", total=len(ids))
    rows: list[AssetForecast] = []
    used: list[ForecastingModel] = []
    for done, registered in enumerate(shelf.registered(look), 1):
        rows += _rows(fitted_model(shelf, registered.id), market)
        used.append(_forecasting(registered, market, place.code))
        yield Progress(stage="forecast", done=done, total=len(ids))
    return loaded, tuple(used), tuple(rows)


def cautions(used: Sequence[ForecastingModel]) -> Iterator[Remark]:
    """What should be known of forecasts by these models."""
    for one in used:
        about = {"stage": "forecast", "about": f"{one.model.name}, {one.model.horizon} sessions"}
        if one.age < 0:
            message = (
                f"was fitted on prices until {one.model.trained}, after the last of these: it has "
                "seen what it forecasts"
            )
            yield Remark(reason="caveat", code="seen", message=message, **about)
        if one.unseen:
            message = f"was not fitted on {listed(list(one.unseen[:5]))}"
            yield Remark(reason="noted", message=message, **about)
        if one.other_code:
            message = (
                "was fitted by other code or libraries than these; `forefolio train` fits anew"
            )
            yield Remark(reason="noted", message=message, **about)


def fitted_model(shelf: ModelShelf, name: str) -> TrainedModel:
    """The fitted model of an id, or of the beginning of one.

    Raises:
        UnknownModel: there is no such model here.
        StoreError: its file is not ours, is damaged, or needs other versions of libraries.
    """
    fitted = shelf.read(name)
    if not isinstance(fitted, TrainedModel):
        raise UnknownModel(name)
    return fitted


def _rows(fitted: TrainedModel, market: Market) -> Iterator[AssetForecast]:
    panel = fitted.forecast(market).carried(market)
    reach = NormalDist().inv_cdf((1.0 + INTERVAL) / 2.0)
    for asset, mean, std in zip(panel.assets, panel.mean[-1], panel.std[-1], strict=True):
        yield AssetForecast(
            ticker=asset,
            horizon=fitted.horizon,
            mean=float(mean),
            std=float(std),
            low=float(mean - reach * std),
            high=float(mean + reach * std),
            level=INTERVAL,
            annual_mean=float(mean * market.periods_per_year / fitted.horizon),
            prior=None,
            from_models=True,
        )


def _forecasting(one: RegisteredModel, market: Market, code: str) -> ForecastingModel:
    last = np.datetime64(one.trained, "D")
    after = int((market.sessions > last).sum())
    before = int(np.busday_count(market.sessions[-1], last)) if not after else 0
    seen = one.data.get("tickers") or market.assets
    return ForecastingModel(
        model=one.model_copy(update={"aliases": ()}),
        age=after or -before,
        unseen=tuple(asset for asset in market.assets if asset not in seen),
        other_code=code != one.code_digest,
    )
