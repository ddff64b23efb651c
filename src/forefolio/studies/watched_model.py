"""A trained model of the registry, and how its forecasts of what it has not seen came true."""

from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.events import Job
from forefolio.core.units import Array
from forefolio.forecast import EWMA, ForecastPanel
from forefolio.forecast.scoring.truth import Truth
from forefolio.market import Market
from forefolio.market.returns import ewma_volatility
from forefolio.store.model_records import RegisteredModel
from forefolio.studies.data import Data
from forefolio.studies.forecast_record import record_of
from forefolio.studies.place import Place
from forefolio.studies.result import DataFacts
from forefolio.studies.strategy_run import RunOfStrategy
from forefolio.studies.trained_forecast import INTERVAL, fitted_model
from forefolio.studies.watched import WatchedForecasts, as_of_now, is_example

if TYPE_CHECKING:
    from forefolio.store.models import Models


def watched_model(named: str, place: Place) -> Job[WatchedForecasts]:
    """A model by its id, or of an alias the one that forecasts the fewest sessions.

    What is soonest known is the quickest witness. Nothing that it was fitted on counts.

    Raises:
        InputError: there is none, or no outcome that it has not seen.
    """

    async def look(models: "Models") -> RegisteredModel:
        found = await models.called(named)
        return found[min(found)]

    one = place.shelf().registered(look)
    fitted = fitted_model(place.shelf(), one.id)
    asked = Data.of(DataFacts.model_validate({**one.data, "version": one.data_version}))
    data = as_of_now(asked.model_copy(update={"end": None}), place)
    loaded = yield from data.load()
    market = loaded.market
    unseen = int((market.sessions > np.datetime64(one.trained)).sum())
    if unseen <= one.horizon + 1:  # an outcome begins with the trade a session later
        raise InputError(
            f"{one.name} was fitted on prices until {one.trained}, and of what came after no "
            f"outcome over {one.horizon} sessions is known yet: these prices end on "
            f"{market.sessions[-1]}"
        )
    panel = _with_intervals(fitted.forecast(market, unseen).carried(market))
    if one.use == "volatility":  # it promises no sign
        panel = replace(panel, mean=np.full(panel.mean.shape, np.nan))
    truth = Truth.of(market, one.horizon, len(panel))
    return WatchedForecasts(
        heading={
            "as_of": market.sessions[-1].astype(object),
            "data": data.facts(loaded),
            "about": _about(one, panel, market),
        },
        record=record_of(panel, truth, _reference(market, panel, one.horizon), EWMA.name),
        periods_per_year=market.periods_per_year,
        last=market.sessions[-1],
        is_example=is_example(asked),
        unseen=unseen,
        features=fitted.features,
        market=market,
    )


def _with_intervals(panel: ForecastPanel) -> ForecastPanel:
    """The same with normal intervals: nothing is calibrated in a model by itself."""
    reach = NormalDist().inv_cdf((1.0 + INTERVAL) / 2.0) * panel.std
    return replace(
        panel,
        levels=np.array([(1.0 - INTERVAL) / 2.0, (1.0 + INTERVAL) / 2.0]),
        quantiles=np.stack([panel.mean - reach, panel.mean + reach]),
    )


def _reference(market: Market, panel: ForecastPanel, horizon: int) -> Array:
    """EWMA's volatility (R, N) over the horizon."""
    own: Array = ewma_volatility(market)[-len(panel) :]
    return own * np.sqrt(horizon * market.share_of_sessions)


def _about(one: RegisteredModel, panel: ForecastPanel, market: Market) -> RunOfStrategy:
    ahead = "session" if one.horizon == 1 else "sessions"
    return RunOfStrategy(
        id=one.run,
        strategy=f"{one.name} {one.number}, {one.horizon} {ahead} ahead",
        first=panel.sessions[0].astype(object),
        last=panel.sessions[-1].astype(object),
        years=len(panel) / market.periods_per_year,
    )
