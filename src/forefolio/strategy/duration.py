"""Duration of the safe sleeve, from interest rates and inflation and their record.

1. Evidence: the yield over cash (carry), the yield over its own mean (rates revert), and falling
   inflation, each in its own standard deviations; their mean is one number a session.
2. Its worth: the slope of the longest bond's return over cash on it, over periods that have ended
   and do not overlap, shrunk towards zero by its own error.
3. The place between cash and the longest bond: half way, moved by what the slope promises over
   `aversion` x the variance of what happened.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days, DaysAhead
from forefolio.features.formulas import change, zscore
from forefolio.features.traded import over_traded
from forefolio.forecast import ForwardReturn
from forefolio.market import Market

FEWEST = 24  # periods that have ended, before a slope is believed at all
FARTHEST = 2.0  # standard deviations: one odd month of a series must not decide


class DurationTiming(Component):
    """The position between cash (0) and the longest bond (1), from rates and inflation.

    `yields` and `inflation` name series of the market, a yield a year and a price index; either may
    be missing. Levels are judged against the last `window` sessions, returns over `horizon`. The
    higher the `aversion`, the less moves it. Without evidence or without skill it is half way.
    """

    yields: str = Field(
        "aaa",
        description=(
            "Series of the market that holds a bond yield a year; skipped where it is missing."
        ),
        json_schema_extra={"advanced": True},
    )
    inflation: str = Field(
        "core_cpi",
        description="Series of the market that holds a price index; skipped where it is missing.",
        json_schema_extra={"advanced": True},
    )
    window: Days = Field(
        1250,
        description="Sessions that yields and inflation are compared with.",
        json_schema_extra={"advanced": True},
    )
    horizon: DaysAhead = Field(
        21,
        description="Sessions over which the returns of the longest bond are measured.",
        json_schema_extra={"advanced": True},
    )
    aversion: Annotated[float, Field(gt=0)] = Field(
        10.0,
        description="Risk aversion: the higher, the less the evidence moves the place.",
        json_schema_extra={"advanced": True},
    )

    def place(self, snapshot: Market, longest: str) -> float:
        """Between 0 and 1, as of the last session; `longest` is the bond of longest duration."""
        evidence, happened = self.evidence(snapshot), self._excess(snapshot.select([longest]))
        rows = np.arange(len(snapshot) - 2 - self.horizon, -1, -self.horizon)
        x, y = evidence[rows], happened[rows]
        ended = np.isfinite(x) & np.isfinite(y)
        if ended.sum() < FEWEST or not np.isfinite(evidence[-1]):
            return 0.5
        x, y = x[ended], y[ended]
        if y.var() <= 0:  # a bond that never moved
            return 0.5
        promised = shrunk_slope(x, y) * (evidence[-1] - x.mean())
        return float(np.clip(0.5 + promised / (self.aversion * y.var()), 0.0, 1.0))

    def evidence(self, snapshot: Market) -> Array:
        """For long bonds (+) or against them (-) at each session (T,), in standard deviations.

        NaN where a series that the market has lacks a value.
        """
        scores = [np.clip(part, -FARTHEST, FARTHEST) for part in self._parts(snapshot)]
        return np.mean(scores, axis=0) if scores else np.full(len(snapshot), np.nan)

    def _parts(self, snapshot: Market) -> list[Array]:
        parts = []
        if (rate := snapshot.series.get(self.yields)) is not None:
            parts += [self._height(rate - _cash(snapshot) * snapshot.periods_per_year)]
            parts += [self._height(rate)]
        if (level := snapshot.series.get(self.inflation)) is not None:
            year = round(snapshot.periods_per_year)
            parts += [-self._height(change(np.log(level)[:, None], year)[:, 0])]
        return parts

    def _height(self, values: Array) -> Array:
        return over_traded(lambda panel: zscore(panel, self.window), values[:, None])[:, 0]

    def _excess(self, longest: Market) -> Array:
        return ForwardReturn(horizon=self.horizon)(longest)[:, 0] - self.horizon * _cash(longest)


def shrunk_slope(x: Array, y: Array) -> float:
    """The slope of y (n,) on x (n,) times 1 - (error / slope)^2; zero where that is negative.

    Evidence that worked the wrong way round was not evidence: a negative slope is zero, too.
    """
    about = x - x.mean()
    spread = float(about @ about)
    if spread <= 0:
        return 0.0
    slope = float(about @ y) / spread
    left = y - y.mean() - slope * about
    error = float(left @ left) / (len(x) - 2) / spread
    return max(0.0, 1.0 - error / slope**2) * slope if slope > 0 else 0.0


def _cash(snapshot: Market) -> Array:
    return np.asarray(snapshot.series.get("cash", np.zeros(len(snapshot))))
