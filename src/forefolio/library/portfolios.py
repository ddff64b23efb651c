"""Weights and frontiers in one call, from prices or from expected returns and a covariance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forefolio.core.errors import InputError
from forefolio.core.kinds import named
from forefolio.forecast.models.baselines import past_drift
from forefolio.library.given import market_from, read_as
from forefolio.market.returns import drift_returns
from forefolio.optimize import (
    AnyOptimizer,
    AnyRiskMeasure,
    EfficientFrontier,
    FrontierCurve,
    PortfolioResult,
    frontier_from_estimates,
    optimize_from_estimates,
    optimize_portfolio,
    with_usual,
)
from forefolio.optimize.portfolio import (
    CASH_RATE,
    expected_outlook,
    idle_limits,
    limits_of,
    only_alive,
)
from forefolio.risk import AnyRiskModel, LedoitWolf

if TYPE_CHECKING:
    from forefolio.market import Market
    from forefolio.optimize.words.usual import Constraints

HORIZON = 21  # sessions until the next choice, as in every study


def optimize(
    prices: Any = None,
    cov: Any = None,
    *,
    mu: Any = None,
    objective: Any = "maximum_sharpe",
    constraints: Constraints = (),
    risk: Any = None,
    cash_rate: float | None = None,
    periods_per_year: float = 1.0,
    scores: Any = None,
) -> PortfolioResult:
    """Choose weights: `optimize(prices)`, or `optimize(mu, cov)` from estimates.

    Args:
        prices: a frame with a row per session and a column per ticker (pandas, polars, Arrow), a
            `Market`, a source, or the path of a file; or, where `cov` is given, expected returns.
        cov: (N, N) covariance of returns over a period, of which `periods_per_year` make a year.
        mu: (N,) expected simple returns by ticker: a year's beside prices, a period's beside `cov`.
            None beside prices means past means, shrunk; "past_means" takes them as they are.
        objective: such as "minimum_variance", a class, an object, or a function of (mu, cov), both
            a year's, that returns weights.
        constraints: such as "w <= 20%; tech <= 30%", or functions that are linear in the weights,
            such as `lambda w: w[["AAPL", "MSFT"]].sum() <= 0.4`; added to fully invested and long
            only, unless they speak of these.
        risk: model of the covariance of prices, such as "ledoit_wolf".
        cash_rate: simple return of cash, fraction a year: 0.02 unless given.
        periods_per_year: of `mu` and `cov`: 1 for annual estimates, 252 for daily ones.
        scores: numbers of one's own that words may limit, such as "esg >= 60": a frame with a row
            per ticker and a column per score, or a mapping by column and ticker.

    Returns:
        Weights by ticker, with the expected return and risk a year; `to_frame()`, `plot()`.

    Raises:
        InputError: something is not well formed.
        DataError: the prices cannot be used.
        Infeasible: no portfolio satisfies the constraints together.

    >>> from forefolio.library.portfolios import optimize
    >>> mu = {"bonds": 0.03, "stocks": 0.08}
    >>> weights = optimize(mu, [[0.0025, 0.001], [0.001, 0.04]], constraints="w <= 80%").weights
    >>> round(weights["stocks"], 3)
    0.292
    """
    chosen = read_as(AnyOptimizer, objective, "objective")
    if cov is not None:
        return optimize_from_estimates(
            _expected(prices, mu),
            cov,
            objective=chosen,
            constraints=constraints or None,
            periods_per_year=periods_per_year,
            annual_cash_rate=CASH_RATE if cash_rate is None else cash_rate,
            scores=scores,
        )
    _one_of(prices, mu)
    market = market_from(prices, cash_rate)
    return optimize_portfolio(
        market,
        _annual(mu, market),
        objective=chosen,
        constraints=constraints or None,
        risk=_risk(risk),
        horizon=HORIZON,
        scores=scores,
    )


def frontier(
    prices: Any = None,
    cov: Any = None,
    *,
    mu: Any = None,
    constraints: Constraints = (),
    points: int = 25,
    risk_measure: Any = "volatility",
    risk: Any = None,
    cash_rate: float | None = None,
    periods_per_year: float = 1.0,
    scores: Any = None,
) -> FrontierCurve:
    """The efficient frontier: `frontier(prices)`, or `frontier(mu, cov)` from estimates.

    Args:
        prices: prices, or, where `cov` is given, expected returns; as in `optimize`.
        cov: (N, N) covariance of returns over a period.
        mu: (N,) expected simple returns by ticker, or "past_means", as in `optimize`.
        constraints: such as "w <= 20%", or functions of the weights, as in `optimize`.
        points: how many portfolios, evenly spaced in return.
        risk_measure: what is least at each return: "volatility", "cvar", "maximum_drawdown" or
            another of `RISK_MEASURES`; all but "volatility" and "active_risk" need prices.
        risk: model of the covariance of prices, such as "ledoit_wolf".
        cash_rate: simple return of cash, fraction a year: 0.02 unless given.
        periods_per_year: of `mu` and `cov`.
        scores: numbers of one's own that words may limit, as in `optimize`.

    Returns:
        The portfolios from the least risk to the greatest return; `to_frame()`, `plot()`.

    Raises:
        InputError: something is not well formed.
        DataError: the prices cannot be used, or the risk measure needs some.
        Infeasible: no portfolio satisfies the constraints together.

    >>> from forefolio.library.portfolios import frontier
    >>> mu = {"bonds": 0.03, "stocks": 0.08}
    >>> curve = frontier(mu, [[0.0025, 0.001], [0.001, 0.04]], points=3)
    >>> curve.to_frame()["volatility"].round(3).tolist()
    [0.049, 0.109, 0.2]
    """
    measure = read_as(AnyRiskMeasure, risk_measure, "risk_measure")
    if cov is not None:
        return frontier_from_estimates(
            _expected(prices, mu),
            cov,
            constraints=constraints,
            points=points,
            risk_measure=measure,
            periods_per_year=periods_per_year,
            annual_cash_rate=CASH_RATE if cash_rate is None else cash_rate,
            scores=scores,
        )
    _one_of(prices, mu)
    whole = market_from(prices, cash_rate)
    annual = _annual(mu, whole)
    market, silent = only_alive(whole, annual)
    outlook = expected_outlook(market, annual, _risk(risk), HORIZON, None).listed_in(whole)
    limits = with_usual(limits_of(constraints, scores, outlook))
    asked = EfficientFrontier(points=points, risk_measure=measure, constraints=limits)
    curve = asked.curve(outlook)
    return curve.noted(*silent, *idle_limits(limits, outlook))


def _expected(prices: Any, mu: Any) -> Any:
    if prices is not None and mu is not None:
        raise InputError("prices, mu and cov are given; give prices alone, or mu and cov")
    if prices is None and mu is None:
        raise InputError("a covariance alone says nothing of returns; give mu beside cov")
    return prices if mu is None else mu


def _one_of(prices: Any, mu: Any) -> None:
    if prices is None:
        raise InputError(
            "expected returns without a covariance: give cov beside mu, or prices"
            if mu is not None
            else "there is nothing to choose from: give prices, or mu and cov"
        )


def _annual(mu: Any, market: Market) -> Any:
    """Expected returns a year by ticker as they are given, or those that a word stands for."""
    if not isinstance(mu, str):
        return mu
    mean, _ = named(mu, {"past_means": past_drift}, "expected return")(drift_returns(market))
    return dict(zip(market.assets, (mean * market.periods_per_year).tolist(), strict=True))


def _risk(given: Any) -> Any:
    return LedoitWolf() if given is None else read_as(AnyRiskModel, given, "risk")
