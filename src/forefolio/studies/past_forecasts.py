"""What was forecast of each asset before, beside what happened."""

from datetime import date
from typing import Any

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array
from forefolio.forecast import Evidence
from forefolio.forecast.scoring.distributions import inside
from forefolio.studies.result import Number

KEPT = 60  # past forecasts of an asset that can be looked at; all of them are counted
MOST_ASSETS = 100  # assets whose past is kept
DIGITS = 5  # of a return that is kept


class AssetPast(Component):
    """Past forecasts of one asset, each with what happened; returns are over the horizon."""

    ticker: str = Field(description="The asset.")
    low: tuple[Number, ...] = Field(description="Lower ends of the intervals.")
    mean: tuple[Number, ...] = Field(description="What was expected.")
    high: tuple[Number, ...] = Field(description="Upper ends of the intervals.")
    outcome: tuple[Number, ...] = Field(description="What happened.")
    inside: int = Field(
        description="How many outcomes of the whole record were inside their intervals."
    )
    known: int = Field(description="Of so many that are known and do not overlap.")


class PastForecasts(Component):
    """Past forecasts of every asset over one horizon, out of sample.

    Outcomes do not overlap: every `horizon`-th session counts, the newest with a known outcome
    among them. The latest 60 are here, of at most 100 assets.
    """

    horizon: int = Field(description="Sessions ahead.")
    level: float = Field(description="Probability that an interval was to hold the outcome.")
    sessions: tuple[date, ...] = Field(description="After whose closes the forecasts were made.")
    assets: tuple[AssetPast, ...] = Field(description="One for each asset.")


def past_forecasts(evidence: Evidence) -> PastForecasts:
    """The combined forecasts of the past at one horizon, and their outcomes."""
    panel, returns = evidence.panel, evidence.truth.returns
    low, high = panel.quantiles[0], panel.quantiles[-1]
    held = inside(low, high, returns)
    apart = _apart(np.flatnonzero(np.isfinite(held).any(axis=1)), evidence.horizon)
    latest = apart[-KEPT:]
    return PastForecasts(
        horizon=evidence.horizon,
        level=float(panel.levels[-1] - panel.levels[0]),
        sessions=tuple(panel.sessions[latest].astype("datetime64[D]").astype(object).tolist()),
        assets=tuple(
            AssetPast(
                ticker=ticker,
                low=_rounded(low[latest, i]),
                mean=_rounded(panel.mean[latest, i]),
                high=_rounded(high[latest, i]),
                outcome=_rounded(returns[latest, i]),
                inside=int(np.nansum(held[apart, i])),
                known=int(np.isfinite(held[apart, i]).sum()),
            )
            for i, ticker in enumerate(panel.assets[:MOST_ASSETS])
        ),
    )


def _apart(known: Any, horizon: int) -> Any:
    """Places of sessions whose outcomes do not overlap, back from the last one that is known."""
    return known[:0] if not len(known) else np.arange(known[-1], known[0] - 1, -horizon)[::-1]


def _rounded(values: Array) -> Any:
    """Values that are kept, not known as NaN."""
    return tuple(np.round(values, DIGITS).tolist())
