"""How many outcomes a year of intervals held, over time, beside how many they were meant to."""

from datetime import date

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.evidence.criteria import NINE_IN_TEN
from forefolio.forecast.scoring.sampling_error import mean_with_error
from forefolio.studies.forecast_record import ForecastRecord
from forefolio.studies.health import rolling_health
from forefolio.studies.result import Number


class CoverageRecord(Component):
    """The share of outcomes inside their intervals, of the year before each month's end."""

    level: float = Field(description="The share that the intervals were meant to hold.")
    horizon: int = Field(description="Sessions ahead.")
    span: int = Field(description="Sessions of each share: about a year.")
    sessions: tuple[date, ...] = Field(description="The last forecast of each share.")
    values: tuple[Number, ...] = Field(description="Share of outcomes inside their intervals.")
    value: float = Field(description="The same share over the whole record.")
    error: float = Field(description="Its standard error; outcomes that come together count so.")
    low: float = Field(
        description="Of 20 such years of right intervals, one is below this by luck alone."
    )
    high: float = Field(description="And one is above this.")


def coverage_record(record: ForecastRecord, periods_per_year: float) -> CoverageRecord | None:
    """Coverage over time, with what luck makes of a year; None before there is a year of it.

    A year's luck is reckoned from the error of the whole record, in which outcomes of neighbouring
    sessions move together.
    """
    span = round(periods_per_year)
    rolling = rolling_health(record, span)
    value, error = mean_with_error(np.array(record.inside, dtype=np.float64), record.horizon)
    if not rolling or value is None or error is None or not np.isfinite(error):
        return None
    reach = NINE_IN_TEN * error * (len(record.sessions) / span) ** 0.5
    return CoverageRecord(
        level=record.level,
        horizon=record.horizon,
        span=span,
        sessions=tuple(one.session for one in rolling),
        values=tuple(one.inside for one in rolling),
        value=value,
        error=error,
        low=max(record.level - reach, 0.0),
        high=min(record.level + reach, 1.0),
    )
