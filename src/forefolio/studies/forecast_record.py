"""How the forecasts of a run came true, session by session: what their health is judged by."""

from datetime import date
from typing import Any

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array
from forefolio.forecast import Evidence, ForecastPanel
from forefolio.forecast.scoring.distributions import inside, qlike_difference
from forefolio.forecast.scoring.sampling_error import row_mean
from forefolio.forecast.scoring.truth import Truth
from forefolio.studies.result import Number

DIGITS = 5  # of a share or a loss that is kept


class ForecastRecord(Component):
    """How the combined forecasts came true, by the session after which they were made.

    All assets of a session are one outcome. A session whose outcome is not known yet is not here.
    """

    horizon: int = Field(description="Sessions ahead.")
    level: float = Field(description="Probability that an interval was to hold the outcome.")
    reference: str = Field(description="The volatility model that losses are compared with.")
    sessions: tuple[date, ...] = Field(description="After whose closes the forecasts were made.")
    right: tuple[Number, ...] = Field(
        description="Share of assets whose return had the sign of its forecast; none: no signs."
    )
    inside: tuple[Number, ...] = Field(
        description="Share of assets whose return was inside its interval."
    )
    volatility_loss: tuple[Number, ...] = Field(
        description="QLIKE loss of the volatility less that of the reference, mean over assets."
    )
    kept: tuple[Number, ...] = Field(
        description="Share of assets whose forecast had the sign of the session before."
    )


def forecast_record(evidence: Evidence, reference: str) -> ForecastRecord:
    """The record of the combined forecasts at one horizon, beside a volatility model by name."""
    return record_of(evidence.panel, evidence.truth, evidence.panels[reference].std, reference)


def record_of(
    panel: ForecastPanel, truth: Truth, volatility: Array, reference: str
) -> ForecastRecord:
    """The record of any forecasts (R, N) with intervals, beside a volatility (R, N) by name."""
    ended = np.isfinite(truth.returns).any(axis=1)
    signs = np.sign(panel.mean)
    known = np.isfinite(truth.returns) & np.isfinite(panel.mean) & (signs != 0.0)
    right = np.where(known, signs == np.where(truth.returns > 0.0, 1.0, -1.0), np.nan)
    kept = np.full(signs.shape, np.nan)
    kept[1:] = np.where(np.isfinite(signs[1:] + signs[:-1]), signs[1:] == signs[:-1], np.nan)
    held = inside(panel.quantiles[0], panel.quantiles[-1], truth.returns)
    loss = qlike_difference(panel.std**2, volatility**2, np.asarray(truth.variance))
    return ForecastRecord(
        horizon=truth.horizon,
        level=float(panel.levels[-1] - panel.levels[0]),
        reference=reference,
        sessions=tuple(panel.sessions[ended].astype("datetime64[D]").astype(object).tolist()),
        right=_rounded(row_mean(right)[ended]),
        inside=_rounded(row_mean(held)[ended]),
        volatility_loss=_rounded(row_mean(loss)[ended]),
        kept=_rounded(row_mean(kept)[ended]),
    )


def _rounded(values: Array) -> Any:
    """Values that are kept, not known as NaN."""
    return tuple(np.round(values, DIGITS).tolist())
