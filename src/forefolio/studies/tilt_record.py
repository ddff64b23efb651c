"""What forecasts showed, and how far they moved the weights of a strategy that leans to them."""

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Dates
from forefolio.forecast import Evidence
from forefolio.forecast.scoring.sampling_error import mean_with_error
from forefolio.optimize import Allocation
from forefolio.strategy.held_record import HeldRecord, Weighed
from forefolio.strategy.tilted import TILT, ranks_of_signal, trusted
from forefolio.studies.result import Number


class TiltRecord(Component):
    """The skill of the forecasts that weights lean to, and what that moved."""

    horizon: int = Field(description="Sessions that a forecast covers.")
    rank_ic: Number = Field(
        description="Rank correlation of outcomes and what the models said together, believed or "
        "not, out of sample."
    )
    rank_ic_se: Number = Field(description="Its standard error.")
    belief: float = Field(
        description="How far the forecasts are believed now: 0 not at all, 1 all the way."
    )
    moved: float = Field(description="Share of the weights, before cash, that they move now.")
    decisions: int = Field(description="Decisions of the backtest on which there were forecasts.")
    believed: int = Field(description="Those of them at which forecasts were believed at all.")
    mean_moved: Number = Field(
        description="Mean share of the weights moved where they were believed; none: not recorded."
    )


def tilt_record(
    evidence: Evidence,
    decided: Allocation,
    decisions: Dates,
    record: HeldRecord | None,
) -> TiltRecord | None:
    """The record of weights decided at `decisions`; None where the last one tells of no tilt.

    `record` has past decisions, where they are recorded.
    """
    parts = dict(decided.parts)
    if TILT not in parts:
        return None
    days = decisions[decisions >= evidence.panel.sessions[0]]
    belief = evidence.combination.slopes * trusted(evidence)
    then = belief[np.searchsorted(evidence.panel.sessions, days)]
    rank_ic, error = mean_with_error(ranks_of_signal(evidence), evidence.horizon)
    moved = _moved(record)
    return TiltRecord(
        horizon=evidence.horizon,
        rank_ic=rank_ic,
        rank_ic_se=error if error is not None and np.isfinite(error) else None,
        belief=float(belief[-1]),
        moved=parts[TILT],
        decisions=len(days),
        believed=int((then > 0).sum()),
        mean_moved=float(np.mean(moved)) if moved else None,
    )


def _moved(record: HeldRecord | None) -> list[float]:
    """Shares of the weights that forecasts moved, at the decisions where they moved any."""
    weighed = () if record is None else record.weighed
    allocations = [one.allocation for one in weighed if isinstance(one, Weighed)]
    return [share for one in allocations if (share := dict(one.parts).get(TILT, 0.0)) > 0.0]
