"""What is watched: forecasts, how they came true, and what is held by them, wherever they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.events import Job
from forefolio.core.kinds import kind_of
from forefolio.core.units import Array
from forefolio.features import AnyFeature
from forefolio.market import Market, StoredPrices
from forefolio.market.sources.stored import pinned
from forefolio.strategy import Strategy, without_forecasts
from forefolio.studies.data import Data
from forefolio.studies.forecast_record import ForecastRecord
from forefolio.studies.place import Place
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.strategy_result import StrategyResult
from forefolio.studies.strategy_run import StrategyRecords

EXAMPLES = ("sample", "synthetic")  # sources whose prices are not meant to be of today


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WatchedForecasts:
    """Forecasts of a run, of an account or of a trained model, and how they came true.

    `heading` has the fields of an `OfStrategy`. Of `market` the `features` are watched, if there
    are any; by `plain` something is held where forecasts are broken.
    """

    heading: Mapping[str, Any]
    record: ForecastRecord
    periods_per_year: float
    last: np.datetime64  # the session of the newest price
    is_example: bool  # whether prices are meant to be old
    unseen: int  # sessions that the models have not seen
    returns: Array = field(default_factory=lambda: np.empty(0))  # (T,) of what is held
    held: Mapping[str, float] = field(default_factory=dict)  # weights by ticker
    features: tuple[AnyFeature, ...] = ()
    market: Market | None = None
    plain: Strategy | None = None

    @property
    def drawdown(self) -> float:
        """How far what is held is below its last high, a positive fraction."""
        growth = np.cumprod(1.0 + self.returns)
        return float(1.0 - growth[-1] / max(growth.max(), 1.0)) if len(growth) else 0.0


def watched_run(records: StrategyRecords, place: Place) -> Job[WatchedForecasts]:
    """The combined forecasts of a run of `forefolio run`, on its data as they are now.

    Raises:
        InputError: it has no record of its forecasts.
    """
    result = records.result
    record = record_of(result)
    study = StrategyStudy.model_validate(result.study)
    loaded = yield from as_of_now(study.data, place).load()
    market = loaded.market
    return WatchedForecasts(
        heading=records.about(),
        record=record,
        periods_per_year=records.periods_per_year,
        last=market.sessions[-1],
        is_example=is_example(study.data),
        unseen=int((market.sessions > np.datetime64(result.as_of)).sum()),
        returns=records.returns[:, 0],
        held=result.weights,
        features=study.recipe.features,
        market=market,
        plain=without_forecasts(study.followed),
    )


def record_of(result: StrategyResult) -> ForecastRecord:
    """The record of a run's forecasts.

    Raises:
        InputError: it has none, because it is of an earlier version.
    """
    if result.forecast_record is None:
        raise InputError(
            "this run has no record of its forecasts; ask for it again: `forefolio run`"
        )
    return result.forecast_record


def as_of_now(data: Data, place: Place) -> Data:
    """The same prices as far as they are stored by now; those of other sources as they are."""
    source = data.source
    if not isinstance(source, StoredPrices) or place.supply is None:
        return data
    wanted = (*data.tickers, *([data.benchmark] if data.tickers and data.benchmark else []))
    newest = pinned(place.supply.prices, source.sources, wanted)
    return data.model_copy(update={"source": newest})


def is_example(data: Data) -> bool:
    """Whether prices are not meant to be of today."""
    return kind_of(data.source) in EXAMPLES or data.end is not None
