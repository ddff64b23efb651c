"""What an optimiser looks at, what it is, and what it returns.

An `Outlook` is made by `outlook_for`, in strategies and in `optimize_portfolio` alike.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.lazy import lazy
from forefolio.core.market_argument import takes_market
from forefolio.core.shown import Shown
from forefolio.core.units import Array, Flags, read_only
from forefolio.forecast import Forecast
from forefolio.market import Market
from forefolio.market.cleaning.alignment import in_step
from forefolio.market.own_sessions import own_growth
from forefolio.optimize.liquidity import TradingContext, trading_context
from forefolio.optimize.names import Universe
from forefolio.risk import AnyCovariance, RiskModel
from forefolio.risk.base import finite_risk

pandas: Any = lazy("pandas")

FEWEST = 60  # sessions, before a tail or a growth can be spoken of
TINY = 1e-9  # weights below are nothing but rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeighedSessions:
    """Simple returns (S, N) of sessions that are not equally likely, and their probabilities."""

    returns: Array  # (S, N)
    probabilities: Array  # (S,)

    def __post_init__(self) -> None:
        read_only(self.returns, self.probabilities)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlook:
    """Expected returns, covariance and current weights of N assets, over one horizon."""

    forecast: Forecast  # over forecast.horizon sessions
    covariance: AnyCovariance  # per session
    current: Array  # (N,) weights held now, as fractions of the portfolio's value
    sectors: tuple[str, ...] = ()  # (N,)
    risk_free: float = 0.0  # simple return of cash over the horizon
    periods_per_year: float = math.nan  # the market's; what speaks of a year needs it
    trading: TradingContext | None = None  # what impact needs
    market: Market | None = None  # as known then: what scenarios and exposures need
    listed: Universe | None = None  # what there is at any session, alive or not: for names
    weighed: WeighedSessions | None = None  # sessions as views weigh them; None: all the same

    def __post_init__(self) -> None:
        read_only(self.current)

    @property
    def assets(self) -> tuple[str, ...]:
        """The (N,) assets."""
        return self.forecast.assets

    @property
    def universe(self) -> Universe:
        """What limits may name: all that is listed, or the assets themselves."""
        return self.listed or Universe(self.assets, self.sectors)

    @property
    def mean(self) -> Array:
        """Expected simple returns (N,) over the horizon."""
        return self.forecast.mean

    @property
    def risk(self) -> Array:
        """Covariance (N, N) over the horizon; it is only to be read."""
        matrix, horizon = self.covariance.matrix, self.forecast.horizon
        return matrix if horizon == 1 else matrix * horizon

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was repaired in the covariance, in words."""
        return (self.covariance.note,) if self.covariance.note else ()

    def scenarios(self, window: int) -> Array:
        """Simple returns (S, N): the last `window` sessions on which every asset has one.

        They run between sessions on which all exchanges are open.

        Raises:
            NotEnoughHistory: there are fewer than 60.
        """
        step = in_step(self.past_of("past returns"), window)
        returns = own_growth(step.close[-(window + 1) :])[1:]
        complete: Array = returns[np.isfinite(returns).all(axis=1)]
        if len(complete) < FEWEST:
            raise NotEnoughHistory(FEWEST, len(complete), "an objective over past sessions")
        return complete

    def likely(self, window: int) -> tuple[Array, Array | None]:
        """Simple returns (S, N) and their probabilities (S,): of views, or None where equal.

        Without views these are the `scenarios` of the `window`.

        Raises:
            NotEnoughHistory: there are fewer than 60.
        """
        if self.weighed is None:
            return self.scenarios(window), None
        return self.weighed.returns, self.weighed.probabilities

    def past_of(self, what: str) -> Market:
        """The market as it was known at the decision, from which `what` is taken.

        Raises:
            DataError: the outlook was made without one.
        """
        if self.market is None:
            raise DataError(
                f"{what}: past prices are needed, and expected returns and a covariance are all "
                "that was given; give prices, or give Outlook(market=...)"
            )
        return self.market

    def select(self, among: Flags) -> Self:
        """The outlook for some of the assets: those where `among` (N,) is True."""
        forecast, trading = self.forecast.select(among), self.trading
        if trading is not None:
            volatility, volume = trading.volatility[among], trading.dollar_volume[among]
            trading = replace(trading, volatility=volatility, dollar_volume=volume)
        return replace(
            self,
            forecast=forecast,
            covariance=self.covariance.select(among),
            current=self.current[among],
            sectors=tuple(s for s, on in zip(self.sectors, among, strict=bool(self.sectors)) if on),
            trading=trading,
            market=self.market and self.market.select(forecast.assets),
            listed=self.universe,
            weighed=self.weighed and replace(self.weighed, returns=self.weighed.returns[:, among]),
        )

    def listed_in(self, market: Market) -> Self:
        """The same outlook, in a market that lists more than can be held now."""
        return replace(self, listed=Universe.of(market))

    def with_mean(self, mean: Array) -> Self:
        """The same outlook with other expected returns (N,)."""
        return replace(self, forecast=replace(self.forecast, mean=mean))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basis:
    """What a decision about M assets rests on: figures about its weights are computed from it.

    `mean` and `covariance` are per session, None where the rule does not ask for one; `mean_by` and
    `risk_by` say in words what they are. A covariance may be expected to be so many `times` what
    was estimated.
    """

    assets: tuple[str, ...]
    mean: Array | None = None  # (M,) expected simple returns
    mean_by: str = ""
    estimated: AnyCovariance | None = None  # (M, M)
    times: float = 1.0
    risk_by: str = ""

    def __post_init__(self) -> None:
        read_only(self.mean)

    @property
    def covariance(self) -> AnyCovariance | None:
        """What is expected: it is worked out when it is asked for, which is at few decisions."""
        if self.estimated is None or self.times == 1.0:
            return self.estimated
        return self.estimated.with_std(self.estimated.std * np.sqrt(self.times))

    @classmethod
    def of(cls, outlook: Outlook, mean_by: str, risk_by: str) -> Self:
        """The means and the covariance of an outlook."""
        return cls(
            assets=outlook.assets,
            mean=outlook.mean / outlook.forecast.horizon,
            mean_by=mean_by,
            estimated=outlook.covariance,
            risk_by=risk_by,
        )

    def mean_of(self, assets: tuple[str, ...]) -> Array:
        """The means of these assets (N,); NaN of those that it says nothing of."""
        if self.mean is None:
            return np.full(len(assets), np.nan)
        own = dict(zip(self.assets, self.mean.tolist(), strict=True))
        return np.array([own.get(asset, np.nan) for asset in assets])

    def without_risk(self) -> Self:
        """The same for a rule that reckons the risk by another covariance."""
        return replace(self, estimated=None, times=1.0, risk_by="")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Allocation(Shown):
    """Target weights, as fractions of the portfolio's value; what they leave is cash."""

    assets: tuple[str, ...]
    weights: Array  # (N,)
    method: str = ""  # what answered, such as "max_sharpe"
    notes: tuple[str, ...] = ()  # what fell back or was repaired, in words
    binding: tuple[tuple[str, float], ...] = field(default=())  # constraint, shadow price
    status: str = ""  # who answered, and what was left unproved
    gap: float = float("inf")  # so much better, relative, may the best be; inf: it is not proved
    parts: tuple[tuple[str, float], ...] = ()  # sleeves and how much each was given, if any
    basis: Basis | None = None  # what it was decided from, where that is one thing
    is_order: bool = True  # False: nothing is to be traded, whatever the holdings have become

    def __post_init__(self) -> None:
        read_only(self.weights)

    @property
    def cash(self) -> float:
        """The fraction not invested."""
        return 1.0 - float(self.weights.sum())

    @property
    def expected_return(self) -> float | None:
        """Of the weights per session, by what they rest on; None where it says too little."""
        if self.basis is None or self.basis.mean is None:
            return None
        held = self.weights != 0
        mean = self.basis.mean_of(self.assets)[held]
        return float(self.weights[held] @ mean) if np.isfinite(mean).all() else None

    @property
    def expected_volatility(self) -> float | None:
        """The same of their standard deviation; None where they rest on no covariance."""
        if self.basis is None or self.basis.covariance is None:
            return None
        own = dict(zip(self.assets, self.weights.tolist(), strict=True))
        weights = np.array([own[asset] for asset in self.basis.assets])
        return float(np.sqrt(max(self.basis.covariance.variance(weights), 0.0)))

    def to_frame(self) -> Any:
        """A row per asset with its weight, in their order."""
        return pandas.DataFrame({"weight": self.weights}, index=list(self.assets)).rename_axis(
            "ticker"
        )

    def noted(self, *notes: str) -> Self:
        """The same weights with more to say about them."""
        return replace(self, notes=(*self.notes, *notes))

    def spread(self, assets: tuple[str, ...], among: Flags) -> Self:
        """The same weights in a wider universe: zero wherever `among` (M,) is False."""
        weights = np.zeros(len(assets))
        weights[among] = self.weights
        return replace(self, assets=assets, weights=weights)


def without_rounding(weights: Array) -> Array:
    """Weights (N,), those that are nothing but rounding set to zero."""
    rounded = weights.copy()
    rounded[np.abs(rounded) < TINY] = 0.0
    return rounded


@takes_market
def outlook_for(
    market: Market,
    forecast: Forecast,
    risk: RiskModel,
    current: Array,
    capital: float | None = None,
) -> Outlook:
    """What an optimiser looks at, from a market in which no asset is silent at the last session.

    `capital` is the money that is invested: what market impact depends on.

    Raises:
        DataError: the risk model does not know the risk of an asset.
    """
    cash = market.series.get("cash", np.zeros(1))[-1]
    return Outlook(
        forecast=forecast,
        covariance=finite_risk(risk(market), f"on {market.sessions[-1]}"),
        current=current,
        sectors=market.sectors,
        risk_free=float(cash) * forecast.horizon,
        periods_per_year=market.periods_per_year,
        trading=None if capital is None else trading_context(market, capital),
        market=market,
    )


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
