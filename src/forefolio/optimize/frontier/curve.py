"""An efficient frontier as a value: portfolios from the least risk to the greatest return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.shown import Shown
from forefolio.core.units import Array, read_only

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

SHOWN = 1e-4  # weights below are not worth a word


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurvePoint:
    """A portfolio of the least risk for its return; where there is none, `trouble` says why.

    Returns are per year. `gap` is by how much the risk that was minimised could still be lower,
    at most, relative to itself; `by` is who answered.
    """

    target: float  # the return that was asked for
    assets: tuple[str, ...]
    weights: Array = field(default_factory=lambda: np.empty(0))  # (N,); none where in trouble
    expected_return: float = float("nan")  # that of cash included
    risk: float = float("nan")
    volatility: float = float("nan")  # per year
    ratio: float = float("nan")  # what is earned beyond doing nothing, by the risk (`ratio_is`)
    by: str = ""
    gap: float = float("nan")
    notes: tuple[str, ...] = ()
    trouble: str = ""

    def __post_init__(self) -> None:
        read_only(self.weights)

    def to_dict(self) -> dict[str, Any]:
        """For JSON; what is not known is None."""
        numbers = ("expected_return", "risk", "volatility", "ratio", "gap")
        return {
            "target": self.target,
            **{name: finite(getattr(self, name)) for name in numbers},
            "weights": held(self.assets, self.weights),
            "by": self.by,
            "notes": list(self.notes),
            "trouble": self.trouble or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FrontierCurve(Shown):
    """P portfolios, the one of the greatest ratio, and what the N assets are by themselves."""

    risk_measure: str
    assets: tuple[str, ...]
    points: tuple[CurvePoint, ...]  # by rising return
    best: CurvePoint  # with the volatility as the risk: the maximum Sharpe portfolio
    asset_returns: Array  # (N,) per year
    asset_risks: Array  # (N,)
    neutral_return: float  # of cash, or of the benchmark, per year
    ratio_is: str = ""  # which return by which risk, over which period
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        read_only(self.asset_returns, self.asset_risks)

    @property
    def solved(self) -> tuple[CurvePoint, ...]:
        """The points that are portfolios."""
        return tuple(point for point in self.points if not point.trouble)

    def noted(self, *notes: str) -> Self:
        """The same frontier with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def to_frame(self) -> pd.DataFrame:
        """A row per portfolio: return, risk, volatility, ratio, then a column per asset."""
        names = ("expected_return", "risk", "volatility", "ratio", "gap")
        rows = [[*(getattr(p, n) for n in names), *p.weights] for p in self.solved]
        frame: pd.DataFrame = pandas.DataFrame(rows, columns=[*names, *self.assets])
        return frame

    def to_dict(self) -> dict[str, Any]:
        """For JSON: every point with its weights, and the assets by themselves."""
        alone = zip(self.assets, self.asset_returns, self.asset_risks, strict=True)
        return {
            "risk_measure": self.risk_measure,
            "points": [point.to_dict() for point in self.points],
            "maximum_ratio": self.best.to_dict(),
            "assets": [
                {"ticker": name, "expected_return": finite(earned), "risk": finite(risk)}
                for name, earned, risk in alone
            ],
            "neutral_return": self.neutral_return,
            "ratio_is": self.ratio_is,
            "notes": list(self.notes),
        }


def held(assets: Sequence[str], weights: Array) -> Mapping[str, float]:
    """Weights by ticker, those below 1e-4 left out, the largest first."""
    pairs = [(a, w) for a, w in zip(assets, weights.tolist(), strict=False) if abs(w) >= SHOWN]
    return dict(sorted(pairs, key=lambda pair: (-abs(pair[1]), pair[0])))


def finite(value: float) -> float | None:
    """The value, None where it is not a number."""
    return float(value) if isfinite(value) else None
