"""Whether a strategy that promises a risk kept it: year by year, beside what EWMA would have done.

Two measures, as they answer two questions. Of the account: was more risked than was promised? Of
the same weights without a limit on exposure: was the expectation right, calm years included?
"""

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from forefolio.backtest import BacktestResult
from forefolio.core.component import Component
from forefolio.core.units import Array
from forefolio.market import Market
from forefolio.strategy import RiskOnTarget
from forefolio.strategy.held_record import HeldRecord
from forefolio.studies.result import Number

WHOLE = 0.9  # of a year's sessions: a year with fewer is not judged
NEAR, AROUND = 0.1, 0.2  # of the target


class TargetYear(Component):
    """One calendar year of a strategy with a target risk; fractions per year."""

    year: int = Field(description="The year.")
    volatility: float = Field(description="Of the account.")
    exposure: float = Field(description="Mean share that was invested.")
    unlimited: Number = Field(
        description="Volatility of the same weights, scaled to the target without a limit."
    )
    by_ewma: Number = Field(
        description="The same, with the volatility expected by EWMA and its own record."
    )


class TargetShares(Component):
    """In how many whole years volatility ended near its target, without a limit on exposure."""

    within_10: float = Field(description="Share of the years within 10 % of it.")
    within_20: float = Field(description="Share of the years within 20 % of it.")


class TargetRecord(Component):
    """Whether risk was on its target."""

    target: float = Field(description="Volatility that was aimed at, fraction per year.")
    years: tuple[TargetYear, ...] = Field(description="Every whole calendar year.")
    above: int = Field(description="Years of the account more than 20 % above the target.")
    shares: TargetShares | None = Field(description="By the forecasts; none before a whole year.")
    by_ewma: TargetShares | None = Field(description="By EWMA, calibrated in the same way.")


def target_record(
    strategy: RiskOnTarget, record: HeldRecord, result: BacktestResult, market: Market
) -> TargetRecord:
    """The record of a backtest whose weights are those of `record`."""
    target = strategy.target_of(record.latest(market))
    record.volatility(market)  # fills what follows the last decision
    years = tuple(_years(record, result, market, target))
    return TargetRecord(
        target=target,
        years=years,
        above=sum(year.volatility > (1.0 + AROUND) * target for year in years),
        shares=_shares([year.unlimited for year in years], target),
        by_ewma=_shares([year.by_ewma for year in years], target),
    )


def _years(
    record: HeldRecord, result: BacktestResult, market: Market, target: float
) -> Iterator[TargetYear]:
    first, periods = len(market) - len(result.sessions), market.periods_per_year
    aim = target / np.sqrt(periods)
    account, exposure = result.returns, np.abs(result.weights).sum(axis=1)
    happened = record.happened[first:-1]
    scaled = [happened * aim / record.expected(first, raw)[:-1] for raw in (record.raw, record.own)]
    lived = result.sessions[1 : result.lived]
    calendar = lived.astype("datetime64[Y]").astype(int) + 1970
    for year in np.unique(calendar):
        rows = np.flatnonzero(calendar == year)
        if len(rows) < WHOLE * periods:
            continue
        unlimited, by_ewma = (_a_year(one[rows], periods) for one in scaled)
        yield TargetYear(
            year=int(year),
            volatility=float(account[rows].std() * np.sqrt(periods)),
            exposure=float(exposure[rows].mean()),
            unlimited=unlimited,
            by_ewma=by_ewma,
        )


def _a_year(returns: Array, periods: float) -> float | None:
    known = returns[np.isfinite(returns)]
    return float(known.std() * np.sqrt(periods)) if len(known) == len(returns) else None


def _shares(volatilities: list[Number], target: float) -> TargetShares | None:
    known = np.array([one for one in volatilities if one is not None])
    if not len(known):
        return None
    off = np.abs(known / target - 1.0)
    return TargetShares(
        within_10=float((off <= NEAR).mean()), within_20=float((off <= AROUND).mean())
    )
