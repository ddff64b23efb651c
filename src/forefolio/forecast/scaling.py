"""Scaling of targets and features: returns in units of volatility, standardised features.

The target of a model is the return over h sessions divided by the volatility over h sessions that
was known before, so that one model serves quiet and volatile assets, and one crash does not
outweigh a decade.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array, read_only
from forefolio.forecast.base import Dataset
from forefolio.forecast.comparable import comparable_drifts
from forefolio.market import Market
from forefolio.market.returns import ewma_volatility

CLIP = 4.0  # in units of volatility
LABELLED = 126  # sessions with known labels before anything is learnt
LABELS_PER_HORIZON = 5  # labels used within one horizon; more would overlap almost entirely


def horizon_volatility(data: Dataset, rows: int) -> Array:
    """Volatility (rows, N) over the horizon, as known at each of the last `rows` sessions."""
    return ewma_volatility(data.market)[-rows:] * np.sqrt(data.own_horizon)


def carry(data: Dataset, rows: int) -> Array:
    """Carry (rows, N) over the horizon of assets not comparable in risk; zero for the others.

    A Treasury bill fund earns many times its volatility, which a pooled model must not learn from.
    """
    return comparable_drifts(data.market)[-rows:].expected(0.0) * data.horizon


def scaled_target(data: Dataset) -> Array:
    """Labels (T, N) less the carry, in units of the volatility known at their row, clipped at 4."""
    rows = len(data)
    return in_units(data.y - carry(data, rows), horizon_volatility(data, rows))


def in_returns(scores: Array, data: Dataset, rows: int) -> Array:
    """Scores (rows, N) in units of volatility as returns over the horizon, carry included."""
    return np.asarray(scores * horizon_volatility(data, rows) + carry(data, rows))


def in_units(values: Array, risk: Array) -> Array:
    """`values` in units of `risk`, clipped at 4; NaN where there is no risk."""
    scaled: Array = np.divide(values, risk, out=np.full(risk.shape, np.nan), where=risk > 0)
    clipped: Array = np.clip(scaled, -CLIP, CLIP)
    return clipped


def training_set(data: Dataset, what: str, *, window: int, stride: int = 1) -> tuple[Array, Array]:
    """Features (M, F) and scaled targets (M,) of all usable rows and assets.

    They come from the last `window` sessions before the last known label, every `stride`-th one.

    Raises:
        NotEnoughHistory: fewer than 126 sessions have a label.
    """
    target = scaled_target(data)
    usable = data.usable & np.isfinite(target)
    labelled = np.flatnonzero(usable.any(axis=1))
    if len(labelled) < LABELLED:
        raise NotEnoughHistory(LABELLED, len(labelled), f"{what} over {data.horizon} sessions")
    rows = np.arange(labelled[-1], max(labelled[-1] - window, -1), -stride)[::-1]
    chosen = usable[rows]
    return data.x[rows][chosen], target[rows][chosen]


def stride_of(horizon: int) -> int:
    """Every how many sessions a label is taken: five within one horizon."""
    return max(horizon // LABELS_PER_HORIZON, 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingSample:
    """A thinned training set: M labels, of which about M / `repeats` do not overlap."""

    x: Array  # (M, F)
    target: Array  # (M,) in units of volatility
    repeats: float

    @classmethod
    def of(cls, data: Dataset, what: str, window: int) -> Self:
        """The last `window` sessions, thinned to five labels per horizon.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a label.
        """
        stride = stride_of(data.horizon)
        x, target = training_set(data, what, window=window, stride=stride)
        return cls(x=x, target=target, repeats=data.horizon / stride)

    def draw(self, most: int, seed: int) -> Self:
        """At most so many of the labels, drawn by `seed`, in their order."""
        count = len(self.target)
        if count <= most:
            return self
        chosen = np.sort(np.random.default_rng(seed).choice(count, most, replace=False))
        repeats = max(self.repeats * most / count, 1.0)
        return replace(self, x=self.x[chosen], target=self.target[chosen], repeats=repeats)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standard:
    """Centre (F,) and scale (F,) of features in the training rows."""

    center: Array
    scale: Array

    def __post_init__(self) -> None:
        read_only(self.center, self.scale)

    @classmethod
    def of(cls, x: Array) -> Self:
        """Measure the training rows (M, F); a constant feature keeps the scale one."""
        center = x.mean(axis=0)
        scale = x.std(axis=0, mean=center[None])
        return cls(center=center, scale=np.where(scale > 0, scale, 1.0))

    def __call__(self, x: Array) -> Array:
        """Features (..., F) in standard units."""
        standard: Array = x - self.center
        standard /= self.scale
        return standard


def skipped_sessions(market: Market) -> int:
    """Returns that pass between the close a forecast is made at and the trade it starts with.

    None where the trade is at the next open; one where only closes are known, for then it is at
    the next close.
    """
    return 0 if market.open is not None else 1
