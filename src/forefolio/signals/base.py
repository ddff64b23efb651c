"""The Signal: score, confidence, direction and size of each asset at one close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array, read_only
from forefolio.regimes import Regime

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

WORDS = {-1: "short", 0: "none", 1: "long"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signal:
    """The signals for N assets from the forecasts made at one close.

    A score is expected return over cash in standard deviations, both over the horizon; confidence
    is the probability that the return beats cash (or, where the score is negative, that it does
    not). Sizes are fractions of the portfolio's value, zero where there is no direction.
    """

    made: np.datetime64
    horizon: int  # sessions
    assets: tuple[str, ...]
    mean: Array  # (N,) fraction over the horizon
    std: Array  # (N,)
    score: Array  # (N,)
    confidence: Array  # (N,) between 0 and 1
    direction: Array  # (N,) -1, 0 or 1
    held_back: Array  # (N,) a new direction that has not lasted long enough yet, else 0
    size: Array  # (N,)
    regime: Regime | None = None

    def __post_init__(self) -> None:
        read_only(self.mean, self.std, self.score, self.confidence)
        read_only(self.direction, self.held_back, self.size)

    def to_frame(self) -> pd.DataFrame:
        """A row for each asset."""
        columns = {
            "mean": self.mean,
            "std": self.std,
            "score": self.score,
            "confidence": self.confidence,
            "direction": [WORDS[int(d)] for d in self.direction],
            "held back": [WORDS[int(d)] if d else "" for d in self.held_back],
            "size": self.size,
        }
        frame: pd.DataFrame = pandas.DataFrame(columns, index=list(self.assets))
        return frame

    def to_dict(self) -> dict[str, Any]:
        """As a JSON document; what is not known is None."""
        regime = self.regime
        return {
            "made": str(self.made),
            "horizon": self.horizon,
            "regime": None
            if regime is None
            else dict(zip(regime.names, regime.probability.round(6).tolist(), strict=True)),
            "signals": [self._row(i) for i in range(len(self.assets))],
        }

    def _row(self, asset: int) -> dict[str, Any]:
        numbers = {
            "mean": self.mean,
            "std": self.std,
            "score": self.score,
            "confidence": self.confidence,
            "size": self.size,
        }
        values = {n: float(v[asset]) if np.isfinite(v[asset]) else None for n, v in numbers.items()}
        waiting = int(self.held_back[asset])
        return {
            "ticker": self.assets[asset],
            "direction": WORDS[int(self.direction[asset])],
            "held_back": WORDS[waiting] if waiting else None,
            **values,
        }
