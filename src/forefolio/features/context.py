"""Features of the economy and the market: one number per session, the same for every asset."""

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.units import Array, Days
from forefolio.features.formulas import change, ratio, zscore
from forefolio.features.kernels import rolling_moments
from forefolio.features.traded import over_traded
from forefolio.market import Market
from forefolio.regimes import Regimes


class MacroLevel(Component):
    """How high the `series` stands among its last `window` sessions, in standard deviations."""

    kind: Literal["macro_level"] = "macro_level"
    series: str = Field("vix", description="Name of the market's series, such as vix.")
    window: Days = Field(250, description="Sessions that the level is compared with.")

    @property
    def needs(self) -> tuple[str, ...]:
        """The series."""
        return (self.series,)

    @property
    def name(self) -> str:
        """Such as "vix level 250"."""
        return f"{self.series} level {self.window}"

    def __call__(self, market: Market) -> Array:
        """Standard deviations (T, N); 0 where the series stood still."""
        return _everywhere(lambda series: zscore(series, self.window), self.series, market)


class MacroChange(Component):
    """How far the `series` moved over `lag` sessions, in standard deviations of such moves.

    The deviation is that of the last `window` one-session changes, times the root of `lag`, so
    rates, index levels and volatilities come out in one unit.
    """

    kind: Literal["macro_change"] = "macro_change"
    series: str = Field("vix", description="Name of the market's series, such as vix.")
    lag: Days = Field(21, description="Sessions over which the change is measured.")
    window: Days = Field(
        250, description="Sessions that the usual size of a change is measured on."
    )

    @property
    def needs(self) -> tuple[str, ...]:
        """The series."""
        return (self.series,)

    @property
    def name(self) -> str:
        """Such as "vix change 21"."""
        return f"{self.series} change {self.lag}"

    def __call__(self, market: Market) -> Array:
        """Standard deviations (T, N); 0 where the series stood still."""
        return _everywhere(self._formula, self.series, market)

    def _formula(self, series: Array) -> Array:
        variance = rolling_moments(change(series), self.window, 1)[1]
        return ratio(change(series, self.lag), np.sqrt(self.lag * variance), otherwise=0.0)


class RegimeProbability(Component):
    """How probable it is that the market is in one of its `worst` regimes, the most volatile ones.

    Regimes are those of `regimes`, learnt from the past alone and again every `refit` sessions.
    With the two worst of four it is the market's stress: 0 in calm weather, 1 in a crisis.
    """

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["regime_probability"] = "regime_probability"
    regimes: Regimes = Field(Regimes(), description="How the regimes of the market are estimated.")
    worst: Annotated[int, Field(ge=1, le=4)] = Field(
        2, description="How many of the most volatile regimes count."
    )
    refit: Days = Field(
        250,
        description="Sessions after which the regimes are estimated again.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _some_are_not(self) -> Self:
        if self.worst >= self.regimes.states:
            raise ValueError(
                f"worst is {self.worst} of {self.regimes.states} regimes, must be less"
            )
        return self

    @property
    def name(self) -> str:
        """Such as "market nervous or crisis"."""
        return f"market {' or '.join(self.regimes.names[-self.worst :])}"

    def __call__(self, market: Market) -> Array:
        """Probabilities (T, N), the same for every asset; NaN before regimes are learnt."""
        probability = self.regimes.walk_forward(market, self.refit)[:, -self.worst :].sum(axis=1)
        return np.where(np.isfinite(market.close), probability[:, None], np.nan)


def _everywhere(formula: Callable[[Array], Array], series: str, market: Market) -> Array:
    values = over_traded(formula, market.series[series][:, None])
    return np.where(np.isfinite(market.close), values, np.nan)
