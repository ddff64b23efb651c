"""How long one decision takes: least variance, greatest ratios, risk parity, look-ups, a frame.

`python benchmarks/decisions.py`; every peer starts from the same numbers. PyPortfolioOpt, DAQP and
PIQP are asked where they are installed. What is ours is timed as people call it: an objective and
its limits in, weights, prices of limits and the certificate out.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from _peers import quadratic_solvers, steepest
from _report import Line, report, timed_often
from rows import SECTORS, within
from skfolio import RiskMeasure
from skfolio.optimization import MaximumDiversification as SkfolioDiversification
from skfolio.optimization import RiskBudgeting

from forefolio.core.events import finish
from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.optimize import (
    Bounds,
    Budget,
    Constraint,
    EfficientFrontier,
    Group,
    MaximumDiversification,
    MaximumSharpe,
    MinimumVariance,
    Outlook,
    Polyhedron,
    RiskParity,
    exact_frontier,
    optimize_portfolio,
)
from forefolio.optimize.portfolio import expected_outlook
from forefolio.risk import SampleCovariance

SIZES, SESSIONS, POINTS = (20, 100, 500), 2_521, 25
DECIDED = {20: 0.0002, 100: 0.0006, 500: 0.005}  # seconds, with sector limits
DIVERSIFIED = {20: 0.0001, 100: 0.0004, 500: 0.006}
PARITY = {20: 0.00002, 100: 0.0001, 500: 0.003}
LOOKED_UP = {20: 0.00003, 100: 0.0002, 500: None}
FRAME = {20: 0.004, 100: 0.012, 500: 0.080}
TARGETS_BAR = 0.0003  # N = 20
HURDLE = 0.0004  # added to each mean a session, so that there is something to gain

Peers = dict[str, Callable[[], Any]]


def main() -> None:
    """Print the tables."""
    given = {count: _market(count) for count in SIZES}
    lines = [line for count, market in given.items() for line in _decisions(count, market)]
    report("One decision, CPU time", lines, ["skfolio"])
    lines = [line for count, market in given.items() for line in _line_of(count, market)]
    report("Portfolios of a frontier, CPU time", lines)
    lines = [line for count, market in given.items() for line in _from_a_frame(count, market)]
    report("From a frame of prices to weights, CPU time", lines)


def _market(count: int) -> Market:
    return simulated_market(seed=0, sessions=SESSIONS, assets=count)


def _outlook(market: Market) -> Outlook:
    annual = 252 * (market.returns[1:].mean(axis=0) + HURDLE)
    expected = dict(zip(market.assets, annual.tolist(), strict=True))
    return expected_outlook(market, expected, SampleCovariance(), 1, None)


def _decisions(count: int, market: Market) -> list[Line]:
    outlook, limits = _outlook(market), within(count)
    named = _as_constraints(outlook, limits)
    covariance, std = outlook.covariance.matrix, outlook.covariance.std
    excess = outlook.mean - outlook.risk_free
    free = _all_invested(count)
    calm = MinimumVariance(constraints=named)
    sharp = MaximumSharpe(constraints=named)
    spread, parity, plain = MaximumDiversification(), RiskParity(), MaximumSharpe()
    returns = market.returns[1:]
    return [
        *_beside(
            f"N = {count}, minimum variance, {SECTORS} sector limits",
            lambda: calm.allocate(outlook),
            DECIDED[count],
            _quadratic(covariance, limits),
        ),
        *_beside(
            f"N = {count}, maximum Sharpe, {SECTORS} sector limits",
            lambda: sharp.allocate(outlook),
            DECIDED[count],
            _quadratic(covariance, steepest(excess, limits)),
        ),
        *_beside(
            f"N = {count}, maximum diversification",
            lambda: spread.allocate(outlook),
            DIVERSIFIED[count],
            {
                **_quadratic(covariance, steepest(std, free)),
                "skfolio": lambda: SkfolioDiversification().fit(returns),
            },
        ),
        *_beside(
            f"N = {count}, risk parity",
            lambda: parity.allocate(outlook),
            PARITY[count],
            {"skfolio": lambda: RiskBudgeting(risk_measure=RiskMeasure.VARIANCE).fit(returns)},
        ),
        *_beside(
            f"N = {count}, maximum Sharpe, long only",
            lambda: plain.allocate(outlook),
            LOOKED_UP[count],
            {
                **_quadratic(covariance, steepest(excess, free)),
                **_pypfopt_of_moments(excess, covariance),
            },
        ),
    ]


def _line_of(count: int, market: Market) -> list[Line]:
    outlook = _outlook(market)
    line = exact_frontier(outlook.mean, outlook.covariance.matrix)
    targets = np.linspace(line.mean[-1], line.mean[0], POINTS).tolist()
    bar = TARGETS_BAR if count == min(SIZES) else None
    rows = {mean: _reaching(outlook.mean, mean) for mean in targets}
    peers: Peers = {
        f"{name}, {POINTS} x 1": lambda solve=solve: [
            solve(outlook.covariance.matrix, limits) for limits in rows.values()
        ]
        for name, solve in quadratic_solvers().items()
    }
    curve = EfficientFrontier(points=POINTS)
    return [
        *_beside(
            f"N = {count}, {POINTS} `at_return`",
            lambda: [line.at_return(mean) for mean in targets],
            bar,
            peers,
        ),
        *_beside(f"N = {count}, EfficientFrontier", lambda: curve.curve(outlook), bar, {}),
        *_beside(f"N = {count}, the same, told", lambda: finish(curve.trace(outlook)), None, {}),
    ]


def _from_a_frame(count: int, market: Market) -> list[Line]:
    days = pd.DatetimeIndex(market.sessions)
    frame = pd.DataFrame(market.close, index=days, columns=list(market.assets))
    work = f"N = {count}, {SESSIONS:,} sessions, optimize_portfolio(frame)"
    peers = _pypfopt_of_prices(frame)
    return _beside(work, lambda: optimize_portfolio(frame), FRAME[count], peers)


def _beside(work: str, ours: Callable[[], object], bar: float | None, peers: Peers) -> list[Line]:
    """A line for each peer, or one where there is none."""
    took = timed_often(ours)
    theirs = {name: timed_often(each) for name, each in peers.items()} or {"": None}
    return [
        Line(work=work, ours=took, bar=bar, peer=name, theirs=their)
        for name, their in theirs.items()
    ]


def _quadratic(covariance: Array, limits: Polyhedron) -> Peers:
    return {
        name: lambda solve=solve: solve(covariance, limits)
        for name, solve in quadratic_solvers().items()
    }


def _as_constraints(outlook: Outlook, limits: Polyhedron) -> Sequence[Constraint]:
    sectors = [np.flatnonzero(row) for row in limits.rows[1:]]
    groups = [
        Group(name=f"sector {k}", assets=tuple(outlook.assets[i] for i in rows), upper=0.2)
        for k, rows in enumerate(sectors)
    ]
    return (Budget(), Bounds(lower=0.0, upper=float(limits.upper[0])), *groups)


def _all_invested(count: int) -> Polyhedron:
    return Polyhedron(
        lower=np.zeros(count),
        upper=np.ones(count),
        rows=np.ones((1, count)),
        low=np.ones(1),
        high=np.ones(1),
    )


def _reaching(mean: Array, target: float) -> Polyhedron:
    count = len(mean)
    return Polyhedron(
        lower=np.zeros(count),
        upper=np.ones(count),
        rows=np.vstack([np.ones(count), mean]),
        low=np.array([1.0, target]),
        high=np.array([1.0, np.inf]),
    )


def _pypfopt_of_moments(excess: Array, covariance: Array) -> Peers:
    if not find_spec("pypfopt"):
        return {}
    import pypfopt  # noqa: PLC0415 (it may be absent)

    usual = pypfopt.EfficientFrontier
    return {"PyPortfolioOpt": lambda: usual(excess, covariance).max_sharpe(risk_free_rate=0.0)}


def _pypfopt_of_prices(frame: pd.DataFrame) -> Peers:
    """What its guide shows; least variance, for nothing here is expected to beat cash."""
    if not find_spec("pypfopt"):
        return {}
    import pypfopt  # noqa: PLC0415 (it may be absent)

    def asked() -> object:
        mean = pypfopt.expected_returns.mean_historical_return(frame)
        shrunk = pypfopt.risk_models.CovarianceShrinkage(frame).ledoit_wolf()
        return pypfopt.EfficientFrontier(mean, shrunk).min_volatility()

    return {"PyPortfolioOpt": asked}


if __name__ == "__main__":
    main()
