"""What a stress test is, and what it finds: the loss, what each asset adds to it, what drove it."""

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
    """Something bad that may happen to a market."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def moves(self, weights: Array, market: Market) -> Moves:
        """How every asset of `market` moves that is held in `weights` (N,)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moves:
    """Returns (N,) of the assets under a stress: zero where nothing is held.

    `error` is the standard error of the portfolio's, where a regression says any of it.
    """

    returns: Array
    error: float | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        read_only(self.returns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StressLoss:
    """What a portfolio loses in a stress; `effects` (N,), weight times move, sum to it exactly."""

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
        """The whole, as a fraction of the portfolio: positive is a loss, 1 at most."""
        return min(self._moved, 1.0)

    @property
    def ruined(self) -> bool:
        """Whether nothing would be left: what moves adds up to all there is, or more."""
        return self._moved >= 1.0

    @property
    def _moved(self) -> float:
        return -float(self.effects.sum())

    @property
    def by_sector(self) -> dict[str, float]:
        """The effects, summed by sector."""
        told = [sector or UNKNOWN for sector in self.sectors]
        return {
            name: float(self.effects[[one == name for one in told]].sum())
            for name in dict.fromkeys(told)
        }

    @property
    def verdict(self) -> str:
        """What happens, and what drives it, in words."""
        whole = -self.loss
        if whole == 0.0:
            return "nothing that is held moves"
        towards = self.effects * np.sign(whole)
        order = np.argsort(-towards, kind="stable")[:DRIVERS]
        told = [
            f"{self.assets[k]} ({percent(float(self.effects[k]), signed=True)})"
            for k in order
            if towards[k] > 0
        ]
        if self.ruined:
            moved = percent(-self._moved, signed=True)
            return f"loses all there is, by moves of {moved} of it, most by {listed(told)}"
        return f"{'loses' if whole < 0 else 'gains'} {percent(abs(whole))}, most by {listed(told)}"

    def to_frame(self) -> pd.DataFrame:
        """A row per asset: move and effect."""
        frame: pd.DataFrame = pandas.DataFrame(
            {"move": self.moves, "effect": self.effects}, index=list(self.assets)
        )
        return frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StressTest:
    """What every stress does, and which could not be tried, by name, and why."""

    losses: tuple[StressLoss, ...]
    left_out: dict[str, str]

    @property
    def worst(self) -> StressLoss:
        """The largest loss.

        Raises:
            DataError: no stress could be tried.
        """
        if not self.losses:
            told = "; ".join(f"{name}: {why}" for name, why in self.left_out.items())
            raise DataError(f"no stress could be tried: {told}")
        return max(self.losses, key=lambda one: one.loss)

    def to_frame(self) -> pd.DataFrame:
        """A row per stress: loss, its error, and what drives it."""
        rows = [(one.loss, one.error, one.verdict) for one in self.losses]
        frame: pd.DataFrame = pandas.DataFrame(
            rows, index=[one.name for one in self.losses], columns=["loss", "error", "verdict"]
        )
        return frame


def stress_loss(weights: Any, market: Market | Prices, stress: Stress) -> StressLoss:
    """What a portfolio with `weights` of the market's assets loses; the rest of 1 is cash.

    `weights` are one per asset (N,), or by ticker.

    Raises:
        InputError: there is not one finite weight per asset, or the stress is not well formed.
        DataError: the market does not hold what the stress is about.
    """
    market = as_market(market)
    held = read_weights(weights, market.assets)
    found = stress.moves(held, market)
    lost = [a for a, move in zip(market.assets, found.returns, strict=True) if move < -1.0]
    told = (f"no more than all can be lost: {listed(lost)}",) if lost else ()
    moves = np.maximum(found.returns, -1.0)
    return StressLoss(
        name=stress.name,
        assets=market.assets,
        sectors=market.sectors,
        moves=moves,
        effects=held * moves,
        error=found.error,
        notes=(*found.notes, *told),
    )
