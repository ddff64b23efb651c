"""Features of the date alone, the same for every asset."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Flags
from forefolio.market import Market

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Weekday(Component):
    """Whether it is a certain `day` of the week: French (1980) found Mondays to be poor."""

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["weekday"] = "weekday"
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = (
        Field("monday", description="Day of the week that is marked.")
    )

    @property
    def name(self) -> str:
        """Such as "Monday"."""
        return self.day.capitalize()

    def __call__(self, market: Market) -> Array:
        """1 on that day, else 0 (T, N)."""
        since_monday = market.sessions.astype("datetime64[D]").astype(np.int64) - 4
        return _on(since_monday % 7 == WEEK.index(self.day), market)


class MonthTurn(Component):
    """Whether a month turns: among its last `before` weekdays, or its first `after` ones.

    Counted on weekdays, not on sessions: how many sessions a month still has is known only when
    it is over. Source: Lakonishok and Smidt (1988).
    """

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["month_turn"] = "month_turn"
    before: int = Field(
        1,
        ge=0,
        le=20,
        json_schema_extra={"unit": "weekdays"},
        description="Weekdays at the end of a month that count.",
    )
    after: int = Field(
        3,
        ge=0,
        le=20,
        json_schema_extra={"unit": "weekdays"},
        description="Weekdays at the start of a month that count.",
    )

    @property
    def name(self) -> str:
        """Such as "month turn -1/+3"."""
        return f"month turn -{self.before}/+{self.after}"

    def __call__(self, market: Market) -> Array:
        """1 while the month turns, else 0 (T, N)."""
        days = market.sessions.astype("datetime64[D]")
        month = days.astype("datetime64[M]")
        passed = np.busday_count(month.astype("datetime64[D]"), days)
        left = np.busday_count(days, (month + 1).astype("datetime64[D]"))
        return _on((passed < self.after) | (left <= self.before), market)


def _on(days: Flags, market: Market) -> Array:
    return np.where(np.isfinite(market.close), days[:, None].astype(np.float64), np.nan)
