"""The measures of a backtest: over all of it, by year, and with their errors."""

from dataclasses import dataclass, replace

import numpy as np

from forefolio.backtest import metrics
from forefolio.backtest.metrics import Measured
from forefolio.backtest.result import BacktestResult
from forefolio.backtest.sampling import interval
from forefolio.backtest.track import Track
from forefolio.core.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The measures of one backtest; None where a measure does not exist."""

    sessions: int
    ruined: str | None  # the session at which no equity was left
    total_return: Measured
    annual_return: Measured
    annual_volatility: Measured
    sharpe: Measured
    sharpe_error: Measured
    sortino: Measured
    calmar: Measured
    max_drawdown: Measured
    longest_drawdown: int  # sessions
    hit_rate: Measured
    profit_factor: Measured
    value_at_risk: Measured  # 95 %, per session, positive is a loss
    expected_shortfall: Measured
    tail_ratio: Measured
    skew: Measured
    kurtosis: Measured
    turnover: Measured  # one-way, per year
    cost: Measured  # per year
    beta: Measured = None
    alpha: Measured = None  # per year
    alpha_t: Measured = None
    tracking_error: Measured = None
    information_ratio: Measured = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """Intervals (low, high) that cover the true value with probability `level`."""

    level: float
    sharpe: tuple[float, float] | None
    annual_return: tuple[float, float] | None


def summary(result: BacktestResult, benchmark: BacktestResult | None = None) -> Metrics:
    """Measure `result`, and if there is a `benchmark` over the same sessions, beside it.

    A ruined account is measured up to the session of its ruin, and has no Sharpe, Sortino or Calmar
    ratio.

    Raises:
        InputError: the benchmark has other sessions.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=600, assets=4)
    >>> metrics = ff.summary(ff.backtest(market, "equal_weight"))
    >>> round(metrics.annual_volatility, 3), metrics.sessions
    (0.196, 97)
    """
    periods, returns, excess = result.periods_per_year, result.returns, result.excess
    equity, lost = result.measured_equity, result.ruined is not None
    alone = Metrics(
        sessions=result.lived,
        ruined=str(result.ruined) if lost else None,
        total_return=metrics.total_return(equity),
        annual_return=result.annual_return,
        annual_volatility=result.annual_volatility,
        sharpe=result.sharpe,
        sharpe_error=None if lost else metrics.sharpe_error(excess, periods),
        sortino=None if lost else metrics.sortino_ratio(excess, periods),
        calmar=None if lost else metrics.calmar_ratio(equity, periods),
        max_drawdown=result.max_drawdown,
        longest_drawdown=metrics.longest_drawdown(equity),
        hit_rate=metrics.hit_rate(returns),
        profit_factor=metrics.profit_factor(returns),
        value_at_risk=metrics.value_at_risk(returns),
        expected_shortfall=metrics.expected_shortfall(returns),
        tail_ratio=metrics.tail_ratio(returns),
        skew=metrics.skew(returns),
        kurtosis=metrics.kurtosis(returns),
        turnover=result.turnover,
        cost=metrics.annual_cost(result.paid[1 : result.lived], periods),
    )
    return alone if benchmark is None else _beside(alone, result, benchmark)


def _beside(alone: Metrics, result: BacktestResult, benchmark: BacktestResult) -> Metrics:
    same_sessions(result, benchmark)
    if result.ruined is not None or benchmark.ruined is not None:
        return alone
    periods, active = result.periods_per_year, result.returns - benchmark.returns
    alpha, alpha_t = metrics.alpha(result.excess, benchmark.excess, periods)
    return replace(
        alone,
        beta=metrics.beta(result.excess, benchmark.excess),
        alpha=alpha,
        alpha_t=alpha_t,
        tracking_error=metrics.tracking_error(active, periods),
        information_ratio=metrics.information_ratio(active, periods),
    )


def same_sessions(one: BacktestResult, other: BacktestResult) -> None:
    """Insist that two results can be compared.

    Raises:
        InputError: they are not over the same sessions.
    """
    if not np.array_equal(one.sessions, other.sessions):
        spans = [f"{r.name}: {r.sessions[0]} to {r.sessions[-1]}" for r in (one, other)]
        raise InputError(f"results over different sessions cannot be compared: {'; '.join(spans)}")


def by_year(result: BacktestResult, benchmark: BacktestResult | None = None) -> dict[int, Metrics]:
    """Measure each calendar year, from the last close of the year before.

    Of a year that is not whole `total_return` says more than what is annualised. After a ruin
    there is no year any more.
    """
    years = result.sessions[1 : result.lived].astype("datetime64[Y]").astype(int) + 1970
    out: dict[int, Metrics] = {}
    for year in np.unique(years):
        rows = np.flatnonzero(years == year)
        first, stop = int(rows[0]), int(rows[-1]) + 2
        beside = None if benchmark is None else between(benchmark, first, stop)
        out[int(year)] = summary(between(result, first, stop), beside)
    return out


def between(result: BacktestResult, first: int, stop: int) -> BacktestResult:
    """The part of a result from the close of row `first` to before row `stop`.

    Decisions belong to the part that holds the session they are traded in.
    """
    chosen = (result.decisions >= first) & (result.decisions + 1 < stop)
    cut = slice(first, stop)
    return replace(
        result,
        sessions=result.sessions[cut],
        equity=result.equity[cut],
        weights=result.weights[cut],
        decisions=result.decisions[chosen] - first,
        targets=result.targets[chosen],
        trades=result.trades[chosen],
        costs={kind: paid[cut] for kind, paid in result.costs.items()},
        gains=result.gains[cut],
        charges=result.charges[cut],
        cash_returns=result.cash_returns[cut],
    )


def confidence(result: BacktestResult, level: float = 0.9) -> Confidence:
    """Intervals of the Sharpe ratio and the annual return, as `measure` takes them.

    None where there are too few sessions, nothing that varies, or a ruin.
    """
    track = Track(
        returns=result.returns,
        cash=result.cash_returns[1 : result.lived],
        benchmark=None,
        periods_per_year=result.periods_per_year,
    )
    if result.sharpe is None:
        return Confidence(level=level, sharpe=None, annual_return=None)
    return Confidence(
        level=level,
        sharpe=interval("sharpe", result.sharpe, track, level),
        annual_return=interval("annual_return", result.annual_return, track, level),
    )
