"""What an optimiser looks at, what it is, and what it returns."""

import math
from dataclasses import dataclass, field, replace
from typing import Protocol, Self, runtime_checkable

import numpy as np

from forefolio.forecast import Forecast
from forefolio.optimize.costs import TradingContext
from forefolio.risk import Covariance
from forefolio.units import Array, Flags, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlook:
    """What is expected, what is feared and what is held, for N assets over one horizon."""

    forecast: Forecast  # over forecast.horizon sessions
    covariance: Covariance  # per session
    current: Array  # (N,) weights held now, as fractions of the portfolio's value
    sectors: tuple[str, ...] = ()  # (N,)
    risk_free: float = 0.0  # simple return of cash over the horizon
    periods_per_year: float = math.nan  # the market's; what speaks of a year needs it
    trading: TradingContext | None = None  # what impact needs

    def __post_init__(self) -> None:
        read_only(self.current)

    @property
    def assets(self) -> tuple[str, ...]:
        """The (N,) assets."""
        return self.forecast.assets

    @property
    def mean(self) -> Array:
        """Expected simple returns (N,) over the horizon."""
        return self.forecast.mean

    @property
    def risk(self) -> Array:
        """Covariance (N, N) over the horizon."""
        return self.covariance.matrix * self.forecast.horizon

    def select(self, among: Flags) -> Self:
        """The outlook for some of the assets: those where `among` (N,) is True."""
        forecast, trading = self.forecast.select(among), self.trading
        if trading is not None:
            volatility, volume = trading.volatility[among], trading.dollar_volume[among]
            trading = replace(trading, volatility=volatility, dollar_volume=volume)
        return replace(
            self,
            forecast=forecast,
            covariance=replace(
                self.covariance,
                assets=forecast.assets,
                matrix=self.covariance.matrix[np.ix_(among, among)],
            ),
            current=self.current[among],
            sectors=tuple(s for s, on in zip(self.sectors, among, strict=bool(self.sectors)) if on),
            trading=trading,
        )

    def with_mean(self, mean: Array) -> Self:
        """The same outlook with other expected returns (N,)."""
        return replace(self, forecast=replace(self.forecast, mean=mean))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Allocation:
    """Target weights, as fractions of the portfolio's value; what they leave is cash."""

    assets: tuple[str, ...]
    weights: Array  # (N,)
    method: str = ""  # what answered, such as "max_sharpe"
    notes: tuple[str, ...] = ()  # what fell back or was repaired, in words
    binding: tuple[tuple[str, float], ...] = field(default=())  # constraint, shadow price

    def __post_init__(self) -> None:
        read_only(self.weights)

    @property
    def cash(self) -> float:
        """The fraction not invested."""
        return 1.0 - float(self.weights.sum())

    def noted(self, *notes: str) -> Self:
        """The same weights with more to say about them."""
        return replace(self, notes=(*self.notes, *notes))

    def spread(self, assets: tuple[str, ...], among: Flags) -> Self:
        """The same weights in a wider universe: zero wherever `among` (M,) is False."""
        weights = np.zeros(len(assets))
        weights[among] = self.weights
        return replace(self, assets=assets, weights=weights)


@runtime_checkable
class Optimizer(Protocol):
    """Chooses weights."""

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights for the assets of `outlook`.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            SolverFailed: the solver stopped without an answer.
        """
        ...
