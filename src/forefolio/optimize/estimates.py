"""Portfolios from expected returns and a covariance that somebody has already estimated.

There are no prices: what needs past returns (CVaR, drawdowns, features) is refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from forefolio.core.errors import InputError
from forefolio.forecast import Forecast
from forefolio.market.sources.weights import read_weights
from forefolio.optimize.base import Optimizer, Outlook
from forefolio.optimize.frontier.curve import FrontierCurve
from forefolio.optimize.frontier.efficient import EfficientFrontier
from forefolio.optimize.moments import read_moments, some
from forefolio.optimize.objectives.mean_variance import MaximumSharpe
from forefolio.optimize.objectives.risk_measures import AnyRiskMeasure, VolatilityMeasure
from forefolio.optimize.portfolio import (
    CASH_RATE,
    PortfolioResult,
    check_objective,
    constrained,
    idle,
    idle_limits,
    limits_of,
    measured,
    without_dust,
)
from forefolio.optimize.words.usual import Constraints, with_usual

if TYPE_CHECKING:
    from forefolio.optimize.moments import Covariances, Expected


def outlook_from_estimates(
    mu: Expected,
    cov: Covariances,
    *,
    periods_per_year: float = 1.0,
    annual_cash_rate: float = CASH_RATE,
    sectors: Mapping[str, str] | None = None,
    current: Any = None,
) -> Outlook:
    """What an optimiser looks at, from estimates of the first two moments.

    Args:
        mu: (N,) expected simple returns as fractions over one period, by asset: a Series, a
            mapping, or numbers in the order of `cov`.
        cov: (N, N) covariance of simple returns over one period: a DataFrame whose rows and
            columns are the assets, an array in the order of `mu`, or a covariance of
            `forefolio.risk` (also a `FactorCovariance`, for thousands of assets).
        periods_per_year: how many periods of `mu` and `cov` a year has: 1 for annual estimates,
            12 for monthly, 252 for daily ones.
        annual_cash_rate: simple return of cash a year, as a fraction.
        sectors: the sector of each asset, for constraints such as "tech <= 30%".
        current: (N,) weights held now, for turnover and trading costs; none unless given.

    Raises:
        InputError: labels of `mu` and `cov` are not the same, shapes do not fit, a number is
            missing, they are percentages, or `cov` is not a covariance.

    Example:
        >>> outlook = outlook_from_estimates(
        ...     {"bonds": 0.03, "stocks": 0.08}, [[0.0025, 0.001], [0.001, 0.04]]
        ... )
        >>> outlook.assets
        ('bonds', 'stocks')
    """
    if not 0.0 < periods_per_year < math.inf:
        raise InputError(
            f"periods_per_year is {periods_per_year}; give 1 for annual, 252 for daily estimates"
        )
    mean, covariance = read_moments(mu, cov, periods_per_year)
    assets = covariance.assets
    rate = (1.0 + annual_cash_rate) ** (1.0 / periods_per_year) - 1.0
    return Outlook(
        forecast=Forecast(
            made=np.datetime64("NaT", "D"),
            horizon=1,
            assets=assets,
            mean=mean,
            std=covariance.std,
        ),
        covariance=covariance,
        current=np.zeros(len(assets)) if current is None else read_weights(current, assets),
        sectors=_sectors(sectors, assets),
        risk_free=rate,
        periods_per_year=periods_per_year,
    )


def optimize_from_estimates(
    mu: Expected,
    cov: Covariances,
    *,
    objective: Optimizer | None = None,
    constraints: Constraints | None = None,
    periods_per_year: float = 1.0,
    annual_cash_rate: float = CASH_RATE,
    sectors: Mapping[str, str] | None = None,
    current: Any = None,
    scores: Any = None,
) -> PortfolioResult:
    """Choose weights from expected returns and a covariance.

    Args:
        mu: expected returns; `outlook_from_estimates` has the details of this and of what follows.
        cov: covariance over the same period.
        objective: maximum Sharpe ratio unless given.
        constraints: words, constraints or functions of the weights, beside full investment and no
            short positions unless they speak of these; None leaves those of `objective`.
        periods_per_year: periods of `mu` and `cov` in a year.
        annual_cash_rate: simple return of cash a year.
        sectors: the sector of each asset.
        current: weights held now.
        scores: numbers of one's own by ticker and column, for constraints such as "esg >= 60".

    Raises:
        InputError: the estimates or the objective are not well formed.
        DataError: the objective needs past prices.
        Infeasible: no portfolio satisfies the constraints together.
        BadConstraint: the words of one cannot be read.
        UnclearName: a constraint names what is no asset.

    Example:
        >>> mu = {"bonds": 0.03, "stocks": 0.08}
        >>> cov = [[0.0025, 0.001], [0.001, 0.04]]
        >>> result = optimize_from_estimates(mu, cov, constraints="'stocks' <= 15%")
        >>> {asset: round(weight, 3) for asset, weight in result.weights.items()}
        {'bonds': 0.85, 'stocks': 0.15}
    """
    check_objective(objective)
    outlook = outlook_from_estimates(
        mu,
        cov,
        periods_per_year=periods_per_year,
        annual_cash_rate=annual_cash_rate,
        sectors=sectors,
        current=current,
    )
    chosen = constrained(objective or MaximumSharpe(), limits_of(constraints, scores, outlook))
    notes = idle(chosen, outlook)
    return measured(outlook, without_dust(chosen, outlook).noted(*notes))


def frontier_from_estimates(
    mu: Expected,
    cov: Covariances,
    *,
    constraints: Constraints = (),
    points: int = 25,
    targets: Sequence[float] = (),
    risk_measure: AnyRiskMeasure | None = None,
    periods_per_year: float = 1.0,
    annual_cash_rate: float = CASH_RATE,
    sectors: Mapping[str, str] | None = None,
    current: Any = None,
    scores: Any = None,
) -> FrontierCurve:
    """The efficient frontier of expected returns and a covariance.

    Args:
        mu: expected returns; `outlook_from_estimates` has the details of this and of what follows.
        cov: covariance over the same period.
        constraints: words, constraints or functions of the weights, beside full investment and no
            short positions unless they speak of these.
        points: how many portfolios, evenly spaced in return.
        targets: annual returns to reach, instead of `points`.
        risk_measure: what is least at each return: the volatility unless given.
        periods_per_year: periods of `mu` and `cov` in a year.
        annual_cash_rate: simple return of cash a year.
        sectors: the sector of each asset.
        current: weights held now.
        scores: numbers of one's own by ticker and column, for constraints such as "esg >= 60".

    Raises:
        InputError: the estimates are not well formed.
        DataError: the risk measure needs past prices.
        Infeasible: no portfolio satisfies the constraints together.
        BadConstraint: the words of one cannot be read.
        UnclearName: a constraint names what is no asset.

    Example:
        >>> mu = {"bonds": 0.03, "stocks": 0.08}
        >>> cov = [[0.0025, 0.001], [0.001, 0.04]]
        >>> curve = frontier_from_estimates(mu, cov, constraints="w <= 80%", points=3)
        >>> curve.to_frame()[["expected_return", "volatility", "stocks"]].round(3).values.tolist()
        [[0.04, 0.059, 0.2], [0.055, 0.105, 0.5], [0.07, 0.161, 0.8]]
    """
    outlook = outlook_from_estimates(
        mu,
        cov,
        periods_per_year=periods_per_year,
        annual_cash_rate=annual_cash_rate,
        sectors=sectors,
        current=current,
    )
    frontier = EfficientFrontier.model_validate(
        {
            "points": points,
            "targets": tuple(targets),
            "risk_measure": risk_measure or VolatilityMeasure(),
            "constraints": with_usual(limits_of(constraints, scores, outlook)),
        }
    )
    curve = frontier.curve(outlook)
    return curve.noted(*idle_limits(frontier.constraints, outlook))


def _sectors(sectors: Mapping[str, str] | None, assets: tuple[str, ...]) -> tuple[str, ...]:
    if sectors is None:
        return ()
    named = {str(name): str(sector) for name, sector in sectors.items()}
    if unknown := [name for name in named if name not in assets]:
        raise InputError(f"sectors are given for {some(unknown)}, which mu does not have")
    return tuple(named.get(asset, "") for asset in assets)
