"""The least mean of the worst drawdowns within a polyhedron, with the proof that it is.

The proof does not rest on the interior point that found it: prices of the drawdowns are handed back
to earlier peaks by a flow, which is made feasible; what it comes to is a bound on every portfolio.
"""

from dataclasses import dataclass

import numpy as np

from forefolio.core.units import Array
from forefolio.optimize.exact.cvar_selection import probabilities
from forefolio.optimize.exact.drawdown_interior import DrawdownInterior
from forefolio.optimize.exact.drawdown_kernel import hand_back
from forefolio.optimize.exact.polyhedron import Polyhedron, pieces
from forefolio.optimize.exact.sided_rows import movable, sided_rows
from forefolio.optimize.measures.of_losses import below_peak, conditional_value_at_risk


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeastDrawdown:
    """Weights, the mean of their worst drawdowns, and how much less any could have had."""

    weights: Array  # (N,)
    drawdown: float
    gap: float
    miss: float
    gradient: Array  # (N,) what a unit more of each asset adds to the drawdown
    prices: Array  # (m,) what a unit more of each row's limit adds


def least_drawdown(returns: Array, level: float, within: Polyhedron) -> LeastDrawdown:
    """The weights whose mean drawdown in the worst 1 - `level` of the sessions is least.

    Drawdowns are those of returns (T, N) added up.

    Raises:
        Infeasible: no portfolio is within.
        SolverFailed: a weight has no bound.
    """
    sessions, assets = returns.shape
    parts = pieces(within, np.zeros(assets))
    at, amounts = np.flatnonzero(movable(parts)), parts.low[: len(parts.asset)].copy()
    amounts[at] = 0.0
    rows = sided_rows(parts, at, parts.rows @ amounts)
    share = 1.0 / max((1.0 - level) * sessions, 1.0)
    path = np.cumsum(returns, axis=0)
    own = parts.asset[at]
    base = path @ np.bincount(parts.asset, amounts, assets)
    movable_path, movable_returns = path[:, own].copy(), returns[:, own].copy()
    reach = float(np.abs(movable_path).max())
    point = DrawdownInterior(movable_path, movable_returns, base, share, rows, reach).run()
    amounts[at] = np.clip(point.x, rows.lower, rows.upper)
    weights = within.clipped(np.bincount(parts.asset, amounts, assets).astype(np.float64))
    value = conditional_value_at_risk(below_peak(path @ weights), level)
    worst = probabilities(point.worst, share)
    handed = np.empty_like(worst)
    hand_back(worst, point.flow, handed)
    gradient: Array = (handed - worst) @ path
    priced = rows.prices(point.equal, point.limits[1, 2 * len(at) :])
    short = parts.shortfall(weights, -gradient[parts.asset], priced)
    return LeastDrawdown(
        weights=weights,
        drawdown=value,
        gap=max(value - float(gradient @ weights), 0.0) + max(short, 0.0),
        miss=float(within.miss(weights[None])[0]),
        gradient=gradient,
        prices=priced / parts.size,
    )
