"""From prices to weights in one call.

1. Prices become a market; assets that no longer trade are left out, with a note.
2. What is expected: the forecasts given, or past means, shrunk.
3. The optimiser is asked; assets with less than 1e-4 are left out and it is asked again, so that
   what is left still satisfies every constraint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from forefolio.core.errors import DataError, Infeasible, InputError, SolverFailed, UnknownTicker
from forefolio.core.lazy import lazy
from forefolio.core.shown import Shown
from forefolio.core.units import Array, Flags
from forefolio.forecast import Forecast
from forefolio.forecast.models.baselines import shrunk_drift
from forefolio.market import Frame, Market, Prices, load_market
from forefolio.market.own_sessions import CLOSED
from forefolio.market.returns import drift_returns
from forefolio.optimize.base import Allocation, Optimizer, Outlook, outlook_for
from forefolio.optimize.constraints.holdings import Forbidden
from forefolio.optimize.constraints.linear import Budget, Constraint, LongOnly, Turnover
from forefolio.optimize.constraints.positions import TradeLimit
from forefolio.optimize.constraints.soft import firm
from forefolio.optimize.constraints.unmeant import unmeant
from forefolio.optimize.names import Universe, check_names
from forefolio.optimize.objectives.mean_variance import MaximumSharpe
from forefolio.optimize.program.symbols import symbols
from forefolio.optimize.words.recorded import recorded
from forefolio.optimize.words.scores import read_scores, scored
from forefolio.optimize.words.usual import Constraints, read_constraints, with_usual
from forefolio.risk import LedoitWolf, RiskModel

if TYPE_CHECKING:
    import pandas as pd

    Expected: TypeAlias = Mapping[str, float] | pd.Series[float]

pandas: Any = lazy("pandas")

OF_TRADES = (Turnover, TradeLimit)  # they limit nothing while nothing is held
DUST = 1e-4
CASH_RATE = 0.02  # simple, a year: that of every study


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PortfolioResult(Shown):
    """A portfolio, and what is expected of it; returns and risks are fractions, per year.

    `binding` are prices in the objective's own unit, over the horizon it looks at.
    """

    as_of: np.datetime64  # the last session; NaT where estimates were given without a date
    weights: Mapping[str, float]  # by ticker; what they leave is cash
    cash: float
    expected_return: float  # simple, that of cash included
    volatility: float
    sharpe: float  # expected, not earned: excess over cash; NaN without volatility
    notes: tuple[str, ...] = ()
    binding: tuple[tuple[str, float], ...] = field(default=())
    status: str = ""  # who answered, and what was left unproved
    gap: float = float("inf")  # so much better, relative, may the best be; inf: it is not proved

    def to_frame(self) -> pd.DataFrame:
        """A row per asset with its weight, the largest first, and a last one for cash."""
        ranked = sorted(self.weights.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
        rows = [*ranked, ("cash", self.cash)]
        frame: pd.DataFrame = pandas.DataFrame(rows, columns=["ticker", "weight"])
        return frame.set_index("ticker")


def optimize_portfolio(
    prices: Market | Prices,
    forecasts: Expected | None = None,
    *,
    objective: Optimizer | None = None,
    constraints: Constraints | None = None,
    risk: RiskModel | None = None,
    horizon: int = 21,
    capital: float | None = None,
    scores: Any = None,
) -> PortfolioResult:
    """Choose weights from `prices` and annual expected returns; cash earns 2 % a year.

    Args:
        prices: a market, whose series `cash` says what cash earns if it has one; or whatever
            `Frame` takes: a row per session, a column per ticker.
        forecasts: annual expected return by ticker; None means past means, shrunk.
        objective: maximum Sharpe ratio unless given.
        constraints: beside those that `objective` was given, full investment and no short positions
            unless they speak of these. Words will do, such as "tech <= 30%", and functions that are
            linear in the weights, such as `lambda w: w[["AAPL", "MSFT"]].sum() <= 0.4`.
        risk: Ledoit-Wolf unless given.
        horizon: sessions until the portfolio is chosen again.
        capital: money to be invested, where market impact is part of the objective.
        scores: numbers of one's own that words may limit, such as "esg >= 60": a frame with a row
            per ticker and a column per score, or a mapping by column and ticker.

    Raises:
        DataError: nothing trades at the last session, or there is too little history.
        UnknownTicker: a forecast is about something without prices.
        Infeasible: no portfolio satisfies the constraints together.
        BadConstraint: the words of one cannot be read.
        UnclearName: a constraint, a view or a benchmark names what the market does not have.

    Example:
        >>> from forefolio.market import simulated_market
        >>> result = optimize_portfolio(simulated_market(), constraints="w <= 30%")
        >>> round(max(result.weights.values()), 4), round(sum(result.weights.values()), 4)
        (0.3, 1.0)
    """
    check_objective(objective)
    whole, notes = market_of(prices)
    market, left_out = only_alive(whole, forecasts)
    outlook = expected_outlook(market, forecasts, risk or LedoitWolf(), horizon, capital)
    outlook = outlook.listed_in(whole)
    limits = limits_of(constraints, scores, outlook)
    chosen = constrained(objective or MaximumSharpe(), limits)
    notes += left_out + idle(chosen, outlook)
    return measured(outlook, without_dust(chosen, outlook).noted(*notes))


def limits_of(constraints: Any, scores: Any, outlook: Outlook) -> Any:
    """Constraints as they are given, functions and names of scores read as what they say.

    Raises:
        InputError: one cannot be read, or a score is missing.
        BadConstraint: the words of one cannot be read.
    """
    limits = recorded(constraints, outlook.universe)
    if scores is None or limits is None:
        return limits
    return scored(limits, read_scores(scores), Universe(outlook.assets, outlook.sectors))


def check_objective(objective: object) -> None:
    """Refuse what is no objective, such as a strategy of the same name.

    Raises:
        InputError: saying what to give instead.
    """
    if objective is None or (isinstance(objective, Optimizer) and not isinstance(objective, type)):
        return
    name = objective.__name__ if isinstance(objective, type) else type(objective).__name__
    if isinstance(objective, type):
        remedy = f"give {name}(), with its brackets"
    elif hasattr(objective, "prepare"):
        remedy = (
            "it is a strategy: follow it in a backtest, or ask AllocationStrategy; objectives of "
            "the same name are in forefolio.optimize"
        )
    else:
        remedy = "an objective has allocate(outlook), such as MaximumSharpe()"
    raise InputError(f"objective {name} cannot choose weights: {remedy}")


def market_of(prices: Market | Prices) -> tuple[Market, list[str]]:
    """Prices as a market in which cash earns something, and what was found in them."""
    if isinstance(prices, Market):
        return with_cash(prices), []
    loaded = load_market(Frame(prices))
    return with_cash(loaded.market), list(loaded.report.repairs)


def with_cash(market: Market, annual_rate: float = CASH_RATE) -> Market:
    """The market with what cash earns in each session; one that says so keeps its own."""
    if "cash" in market.series:
        return market
    rate = (1.0 + annual_rate) ** (1.0 / market.periods_per_year) - 1.0
    return market.with_series(cash=np.full(len(market), rate))


def only_alive(market: Market, forecasts: Expected | None) -> tuple[Market, list[str]]:
    """The market of what is forecast and is not `Market.silent`, and what that leaves out."""
    wanted = dict.fromkeys(market.assets if forecasts is None else forecasts.keys())
    listed = frozenset(market.assets)
    if unknown := [asset for asset in wanted if asset not in listed]:
        raise UnknownTicker(unknown, market.assets, "the prices")
    is_silent = market.silent
    alive = tuple(
        a for a, off in zip(market.assets, is_silent, strict=True) if not off and a in wanted
    )
    if not alive:
        raise DataError("nothing that a forecast is about has traded lately")
    if alive == market.assets:
        return market, []
    kept = frozenset(alive)
    silent = [a for a in wanted if a not in kept]
    note = f"left out, no price for more than {CLOSED} sessions: {', '.join(silent)}"
    return market.select(alive), [note] if silent else []


def expected_outlook(
    market: Market,
    forecasts: Expected | None,
    risk: RiskModel,
    horizon: int,
    capital: float | None,
) -> Outlook:
    """The outlook where so much is expected a year; where nothing is given, past means, shrunk."""
    if forecasts is None:
        per_session = shrunk_drift(drift_returns(market))
    else:
        annual = np.array([float(forecasts[asset]) for asset in market.assets])
        per_session = annual / market.periods_per_year
    forecast = Forecast(
        made=market.sessions[-1],
        horizon=horizon,
        assets=market.assets,
        mean=per_session * horizon,
        std=np.full(len(market.assets), np.nan),
    )
    outlook = outlook_for(market, forecast, risk, np.zeros(len(market.assets)), capital)
    std = outlook.covariance.std * np.sqrt(horizon)
    return replace(outlook, forecast=replace(forecast, std=std))


def constrained(objective: Optimizer, constraints: Constraints | None) -> Optimizer:
    """The objective under `constraints`, the usual ones, and those that it was given itself.

    None leaves its own.

    Raises:
        BadConstraint: the words of one cannot be read.
        InputError: the objective takes no constraints.
    """
    if constraints is None:
        return objective
    constrained = _with(objective, limits_beside(objective, constraints))
    if constrained is None:
        raise InputError(f"{type(objective).__name__} takes no constraints; choose MaximumSharpe")
    return constrained


def limits_beside(objective: Optimizer, constraints: Constraints) -> tuple[Constraint, ...]:
    """`constraints`, the usual ones, and those that the objective was given itself.

    What it was given is not lost without a word where more is asked of it.

    Raises:
        BadConstraint: the words of one cannot be read.
    """
    given = (*limits_given(objective), *read_constraints(constraints))
    inner = getattr(objective, "optimizer", objective)
    return with_usual(tuple(dict.fromkeys(given)), getattr(inner, "invested", 1.0))


def limits_given(
    objective: Optimizer, usual: Sequence[Constraint] | None = None
) -> tuple[Constraint, ...]:
    """The limits that an objective was given: others than its `usual` ones, those of its class.

    That it is fully invested and long only goes without saying: `with_usual` says it.
    """
    inner = getattr(objective, "optimizer", objective)
    field = getattr(type(inner), "model_fields", {}).get("constraints")
    own = _constraints(objective)
    if own == tuple(usual if usual is not None else getattr(field, "default", ())):
        return ()
    return tuple(one for one in own if one not in (Budget(), LongOnly()))


def _with(objective: Optimizer, constraints: tuple[Constraint, ...]) -> Optimizer | None:
    """The objective under other constraints, None where it takes none."""
    fields = getattr(type(objective), "model_fields", {})
    changed: dict[str, object] = {}
    if "constraints" in fields:
        changed = {"constraints": constraints}
    elif "optimizer" in fields:
        inner = _with(objective.optimizer, constraints)  # type: ignore[attr-defined]
        changed = {"optimizer": inner} if inner else {}
    return objective.model_copy(update=changed) if changed else None  # type: ignore[attr-defined]


def _constraints(objective: Optimizer) -> tuple[Constraint, ...]:
    inner = getattr(objective, "optimizer", objective)
    return tuple(getattr(inner, "constraints", ()))


def idle(objective: Optimizer, outlook: Outlook) -> list[str]:
    """Constraints about assets that cannot be held.

    Raises:
        UnclearName: one is about what the market does not have: misspelt, perhaps.
    """
    check_names(objective, outlook.universe)
    return idle_limits(_constraints(objective), outlook)


def idle_limits(constraints: Sequence[Constraint], outlook: Outlook) -> list[str]:
    """Limits that limit nothing here, such as one on what cannot be held, or that allow much."""
    s = symbols(outlook) if constraints else None
    notes = list(unmeant(constraints))
    for constraint in constraints:
        rows = list(constraint.rows(s)) if s else []
        notes += [
            f"{each.name}: this is about no asset that can be held"
            for each in rows
            if each.excess.is_sure
        ]
        if not rows and isinstance(firm(constraint), OF_TRADES):
            notes.append(f"{constraint}: nothing is held yet, so that this limits nothing")
    return notes


def without_dust(objective: Optimizer, outlook: Outlook) -> Allocation:
    """The choice of an objective without weights below 1e-4."""
    allocation = objective.allocate(outlook)
    size = np.abs(allocation.weights)
    kept: Flags = size >= DUST
    if not ((size > 0.0) & ~kept).any() or not kept.any():  # without what it does not hold anyway
        return allocation  # it is the best as well
    dust = Forbidden(assets=tuple(a for a, on in zip(outlook.assets, kept, strict=True) if not on))
    without = _with(objective, (*_constraints(objective), dust))
    try:
        if without is None:
            fewer = without_dust(objective, outlook.select(kept)).spread(outlook.assets, kept)
        else:
            fewer = without.allocate(outlook)
    except (Infeasible, SolverFailed):  # a constraint wants the dust: it stays
        return allocation
    return replace(fewer, binding=allocation.binding)


def measured(outlook: Outlook, allocation: Allocation) -> PortfolioResult:
    """What is expected of an allocation."""
    weights: Array = allocation.weights
    per_year = outlook.periods_per_year / outlook.forecast.horizon
    cash_return = outlook.risk_free * per_year
    earned = float(outlook.mean @ weights) * per_year + cash_return * allocation.cash
    variance = outlook.covariance.variance(weights) * outlook.forecast.horizon
    volatility = float(np.sqrt(variance * per_year))
    named = zip(outlook.assets, weights.tolist(), strict=True)
    return PortfolioResult(
        as_of=outlook.forecast.made,
        weights={asset: weight for asset, weight in named if weight},
        cash=allocation.cash,
        expected_return=earned,
        volatility=volatility,
        sharpe=(earned - cash_return) / volatility if volatility > 0 else float("nan"),
        notes=allocation.notes,
        binding=allocation.binding,
        status=allocation.status,
        gap=allocation.gap,
    )
