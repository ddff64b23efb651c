"""What every picture of a run is drawn from: which names get a colour, and the series behind them.

Colours are those of Okabe and Ito, told apart by colour-blind readers too; lines use the first
four only, because the lighter ones are too faint for a thin line, and then the ink, dashed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.core.units import Array
from forefolio.outcome import Curves, Outcome

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINE_COLOURS = 4
OTHER, CASH = "Other", "Cash"
RUINED = 0.01  # of one
USUAL_HORIZON = 21


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layers:
    """Parts of a portfolio that add up to the whole, the largest first, Other and Cash last."""

    names: tuple[str, ...]  # (K,)
    shares: Array  # (K, T) fractions of value


def usual_horizon(document: Mapping[str, Any]) -> int:
    """The horizon told first: the one nearest to a month."""
    horizons = {int(row["horizon"]) for row in document["forecasts"]}
    return min(horizons, key=lambda h: (abs(h - USUAL_HORIZON), h), default=USUAL_HORIZON)


def forecasts_at(document: Mapping[str, Any], horizon: int) -> dict[str, Mapping[str, Any]]:
    """The forecasts over `horizon` sessions by ticker."""
    return {row["ticker"]: row for row in document["forecasts"] if row["horizon"] == horizon}


def held(document: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Tickers and weights, the largest position first."""
    return sorted(document["weights"].items(), key=lambda item: (-abs(item[1]), item[0]))


def named_assets(outcome: Outcome) -> tuple[str, ...]:
    """The assets that get a colour in every picture: the most held, today and on average."""
    curves, today = outcome.curves, outcome.document["weights"]
    average = np.abs(curves.weights).mean(axis=0)
    held = average + np.array([abs(today.get(asset, 0.0)) for asset in curves.assets])
    order = np.argsort(-held, kind="stable")[: len(COLOURS)]
    return tuple(curves.assets[k] for k in order if held[k] > 0)


def weight_layers(outcome: Outcome) -> Layers:
    """The weights of the followed strategy over time: named assets, Other, Cash."""
    curves, names = outcome.curves, named_assets(outcome)
    columns = [curves.assets.index(name) for name in names]
    named = curves.weights[:, columns].T
    total = curves.weights.sum(axis=1)
    rest, cash = total - named.sum(axis=0), 1.0 - total
    return Layers(
        names=(*names, OTHER, CASH), shares=np.clip(np.vstack([named, rest, cash]), 0.0, None)
    )


def weight_slices(outcome: Outcome) -> list[tuple[str, float]]:
    """Tomorrow's portfolio in at most six named parts, Other and Cash."""
    names = set(named_assets(outcome))
    slices = [(name, weight) for name, weight in held(outcome.document) if name in names]
    cash = float(outcome.document["cash"])
    rest = 1.0 - cash - sum(weight for _, weight in slices)
    return [*slices, *((n, w) for n, w in ((OTHER, rest), (CASH, cash)) if w > 5e-4)]


def growth_ticks(low: float, high: float) -> list[float]:
    """Round values on a log scale from `low` to `high`: 1, 2, 5, or finer on a short one."""
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    for steps in ((1, 10), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7), tuple(np.arange(1, 10, 0.1))):
        ticks = sorted({round(float(d * s), 12) for d in decades for s in steps})
        shown = [tick for tick in ticks if low <= tick <= high]
        if len(shown) >= 4:
            break
    return shown[:: max(1, len(shown) // 6)]


def grown(curves: Curves) -> Array:
    """Equity (S, T) as a logarithmic axis can show it: what is ruined stays at its foot."""
    return np.maximum(curves.equity, RUINED)


def drawdowns(curves: Curves) -> Array:
    """Falls (S, T) from the highest equity so far: zero or negative fractions."""
    fall: Array = curves.equity / np.maximum.accumulate(curves.equity, axis=1) - 1.0
    return fall
