"""How much a frontier would wobble if the past had been another draw."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.events import Job, Progress, Started
from forefolio.core.units import Array
from forefolio.optimize import EfficientFrontier, FrontierCurve, Outlook
from forefolio.optimize.objectives.redrawn import redrawn
from forefolio.studies.result import Number

STAGE = "band"
LEVELS = (0.05, 0.5, 0.95)
POINTS = 15  # portfolios of each drawn frontier
MOST_OF_THEM = 0.5  # of the drawn frontiers must reach a risk; else nothing is said of it


class FrontierBand(Component):
    """Frontiers of other pasts, each calculated anew; returns are fractions per year.

    Each past is as many normal returns as there are sessions, of the means and the covariance that
    the frontier rests on; both are measured of them as they are. Each drawn frontier is that of
    its own measurements, and so looks better than what it would have earned.
    """

    draws: int = Field(description="How many pasts were drawn.")
    left_out: int = Field(description="Of them, those that no portfolio satisfies.")
    sessions: int = Field(description="Sessions of each.")
    level: float = Field(description="Share of the drawn frontiers within the band.")
    risk: tuple[float, ...] = Field(description="Risks of the frontier, volatility a year.")
    low: tuple[Number, ...] = Field(description="Lower end of the return at each risk.")
    middle: tuple[Number, ...] = Field(description="Its median over the drawn frontiers.")
    high: tuple[Number, ...] = Field(description="Upper end of the return at each risk.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPasts:
    """Which pasts are drawn: how many, of how many sessions each, from which seed."""

    draws: int
    sessions: int
    seed: int = 0


def frontier_band(
    frontier: EfficientFrontier, curve: FrontierCurve, outlook: Outlook, pasts: OtherPasts
) -> Job[FrontierBand]:
    """Draw other pasts, and calculate the frontier of each.

    Raises:
        Infeasible: no draw has a portfolio that satisfies the constraints together.
        SolverFailed: the solver stopped without an answer at every draw.
    """
    risks = np.array(sorted(one.risk for one in curve.points if one.risk is not None))
    own = frontier.model_copy(update={"points": POINTS, "targets": ()})
    rows: list[Array] = []
    failed: list[Exception] = []
    yield Started(stage=STAGE, total=pasts.draws)
    drawn = redrawn(outlook, pasts.draws, pasts.sessions, seed=pasts.seed)
    for done, one in enumerate(drawn, start=1):
        try:
            rows.append(_returns_at(risks, own.curve(one)))
        except (Infeasible, SolverFailed) as error:
            failed.append(error)
        yield Progress(stage=STAGE, done=done, total=pasts.draws)
    if not rows:
        raise failed[0]
    low, middle, high = _quantiles(np.array(rows))
    return FrontierBand(
        draws=pasts.draws,
        left_out=len(failed),
        sessions=pasts.sessions,
        level=LEVELS[-1] - LEVELS[0],
        risk=tuple(risks.tolist()),
        low=low,
        middle=middle,
        high=high,
    )


def _returns_at(risks: Array, curve: FrontierCurve) -> Array:
    """The return (K,) of a frontier at each of the risks; NaN where it has none."""
    solved = [one for one in curve.points if one.risk is not None and not one.trouble]
    order = sorted((one.risk or 0.0, one.expected_return or 0.0) for one in solved)
    if not order:
        return np.full(len(risks), np.nan)
    xs, ys = np.array(order).T
    found: Array = np.interp(risks, xs, ys, left=np.nan)  # beyond its end it stays where it was
    return found


def _quantiles(returns: Array) -> Sequence[tuple[float | None, ...]]:
    """The quantiles of the drawn returns (B, K) at each risk that most of them reach."""
    enough = np.isfinite(returns).mean(axis=0) >= MOST_OF_THEM
    found = np.full((len(LEVELS), returns.shape[1]), np.nan)
    found[:, enough] = np.nanquantile(returns[:, enough], LEVELS, axis=0)
    return [tuple(None if np.isnan(v) else float(v) for v in row) for row in found]
