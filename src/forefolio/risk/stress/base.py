"""The types of stress tests: the scenario, the loss, and the contribution of each asset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from forefolio.core.errors import DataError
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, read_only
from forefolio.core.wording import listed, percent
from forefolio.market import Market, Prices, as_market, read_weights
from forefolio.risk.factors.contributions import UNKNOWN

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

DRIVERS = 3  # assets that a verdict names


@runtime_checkable
class Stress(Protocol):
    """A stress scenario: how the assets of a market move."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def moves(self, weights: Array, market: Market) -> Moves:
        """How every asset of `market` moves that is held in `weights` (N,)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moves:
    """Returns (N,) of the assets in a stress scenario: zero for those not held.

    `error` is the standard error of the portfolio's return, where a regression is part of it.
    """

    returns: Array
    error: float | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        read_only(self.returns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StressLoss:
    """The loss of a portfolio in a stress scenario, with the effect of each asset.

    Effects (N,) are weight times move, fractions of the portfolio; their sum is minus the loss.
    """

    name: str
    assets: tuple[str, ...]
    sectors: tuple[str, ...]
    moves: Array  # (N,)
    effects: Array  # (N,)
    error: float | None
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        read_only(self.moves, self.effects)

    @property
    def loss(self) -> float:
        """The loss as a fraction of the portfolio: positive is a loss, at most 1."""
        return min(self._moved, 1.0)

    @property
    def ruined(self) -> bool:
        """Whether the effects add up to the whole portfolio or more."""
        return self._moved >= 1.0

    @property
    def _moved(self) -> float:
        return -float(self.effects.sum())

    @property
    def by_sector(self) -> dict[str, float]:
        """The effects, summed by sector."""
        labels = [sector or UNKNOWN for sector in self.sectors]
        return {
            name: float(self.effects[[one == name for one in labels]].sum())
            for name in dict.fromkeys(labels)
        }

    @property
    def verdict(self) -> str:
        """The loss and the assets that contribute most, in one sentence."""
        change = -self.loss
        if change == 0.0:
            return "no held asset moves"
        towards = self.effects * np.sign(change)
        order = np.argsort(-towards, kind="stable")[:DRIVERS]
        drivers = [
            f"{self.assets[k]} ({percent(float(self.effects[k]), signed=True)})"
            for k in order
            if towards[k] > 0
        ]
        if self.ruined:
            moved = percent(-self._moved, signed=True)
            return f"loses everything: the moves add up to {moved}, mainly {listed(drivers)}"
        verb = "loses" if change < 0 else "gains"
        return f"{verb} {percent(abs(change))}, mainly {listed(drivers)}"

    def to_frame(self) -> pd.DataFrame:
        """A row per asset: move and effect."""
        frame: pd.DataFrame = pandas.DataFrame(
            {"move": self.moves, "effect": self.effects}, index=list(self.assets)
        )
        return frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StressTest:
    """The losses in all stress scenarios, and those that could not be computed, with reasons."""

    losses: tuple[StressLoss, ...]
    left_out: dict[str, str]

    @property
    def worst(self) -> StressLoss:
        """The largest loss.

        Raises:
            DataError: no scenario could be computed.
        """
        if not self.losses:
            reasons = "; ".join(f"{name}: {why}" for name, why in self.left_out.items())
            raise DataError(f"no stress scenario could be computed: {reasons}")
        return max(self.losses, key=lambda one: one.loss)

    def to_frame(self) -> pd.DataFrame:
        """A row per stress: loss, its error, and what drives it."""
        rows = [(one.loss, one.error, one.verdict) for one in self.losses]
        frame: pd.DataFrame = pandas.DataFrame(
            rows, index=[one.name for one in self.losses], columns=["loss", "error", "verdict"]
        )
        return frame


def stress_loss(weights: Any, market: Market | Prices, stress: Stress) -> StressLoss:
    """The loss of a portfolio in one stress scenario; what weights leave of 1 is cash.

    `weights` are fractions, one per asset of the market (N,) or by ticker.

    >>> from forefolio.market import simulated_market
    >>> from forefolio.risk import Shock
    >>> market = simulated_market(seed=0, sessions=300, assets=2)
    >>> fall = Shock(name="fall", assets={market.assets[0]: -0.1})
    >>> round(stress_loss({market.assets[0]: 0.5}, market, fall).loss, 4)
    0.05

    Raises:
        InputError: there is not one finite weight per asset, or the stress is not well formed.
        DataError: the market does not hold what the stress is about.
    """
    market = as_market(market)
    holdings = read_weights(weights, market.assets)
    shifted = stress.moves(holdings, market)
    lost = [a for a, move in zip(market.assets, shifted.returns, strict=True) if move < -1.0]
    capped = (f"an asset loses at most its whole value; capped: {listed(lost)}",) if lost else ()
    moves = np.maximum(shifted.returns, -1.0)
    return StressLoss(
        name=stress.name,
        assets=market.assets,
        sectors=market.sectors,
        moves=moves,
        effects=holdings * moves,
        error=shifted.error,
        notes=(*shifted.notes, *capped),
    )
