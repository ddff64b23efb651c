"""What is asked about a run with weights once it is done, so that its report can say it.

The list is here and nowhere else: the command line and the service ask the same studies, about the
same weights, and the report shows whichever of the answers there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Money
from forefolio.studies.base import StudyDocument
from forefolio.studies.data import Data
from forefolio.studies.expectation import Expectation
from forefolio.studies.frontier import FrontierResult, FrontierStudy
from forefolio.studies.holding import Amounts, Holding
from forefolio.studies.orders import OrdersStudy, PortfolioOrders
from forefolio.studies.portfolio import Portfolio
from forefolio.studies.risk import PortfolioRisk, RiskStudy
from forefolio.studies.simulation import PortfolioSimulation, SimulationStudy
from forefolio.studies.strategy_result import StrategyResult
from forefolio.studies.stress import PortfolioStress, StressStudy

CAPITAL = 10_000.0
"""The money a report counts in where nobody named any."""

MONTH = 21  # sessions
PATHS = 2_000  # of a year: a probability is known to about a percentage point
Reported: TypeAlias = StrategyResult | Portfolio | FrontierResult
"""What has weights that a report can be about; of a frontier, those of its best portfolio."""

SAME = 1e-9  # a year: expected returns nearer to each other are one


class Account(Component):
    """Whose money a report counts in: the capital, and the shares that are held already."""

    capital: Money | None = Field(None, description="What is held, and cash; none: not named.")
    holdings: Amounts = Field({}, description="Shares by ticker.")

    @property
    def money(self) -> float:
        """The capital, or the usual one."""
        return CAPITAL if self.capital is None else self.capital


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUps:
    """The answers there are; what could not be answered is None, and `missing` says why."""

    account: Account = field(default_factory=Account)
    risk: PortfolioRisk | None = None
    month: PortfolioSimulation | None = None
    year: PortfolioSimulation | None = None
    stress: PortfolioStress | None = None
    orders: PortfolioOrders | None = None
    frontier: FrontierResult | None = None
    missing: tuple[str, ...] = ()  # reasons, in words
    lasting: bool = True  # whether asking again would come to the same


def follow_up_studies(result: Reported, account: Account) -> Mapping[str, StudyDocument]:
    """The studies by the field of `FollowUps` that holds the answer; none where nothing is held."""
    if not result.weights:
        return {}
    data, holding = data_of(result), Holding(weights=result.weights)
    cash = _cash_rate(result)
    about = {"data": data, "holding": holding, "cash_rate": cash}
    return {
        "risk": RiskStudy(**about),
        "month": SimulationStudy(**about, horizon=MONTH),
        "year": SimulationStudy(**about, paths=PATHS),
        "stress": StressStudy(**about),
        "orders": OrdersStudy(
            data=data, holding=holding, capital=account.money, holdings=account.holdings
        ),
        "frontier": FrontierStudy(
            data=data,
            expectation=Expectation(expected_returns=expected_by_asset(result), cash_rate=cash),
            weights=result.weights,
        ),
    }


def _cash_rate(result: Reported) -> float | str:
    """What cash earned, as it was asked."""
    asked = result.study.get("trading", {}) if isinstance(result, StrategyResult) else {}
    rate: float | str = asked.get("cash_rate", result.cash_return)
    return rate


def data_of(result: Reported) -> Data:
    """The data of the run, its benchmark included if it had one."""
    asked = result.study.get("data", {}) if isinstance(result, StrategyResult) else {}
    return Data.of(result.data).model_copy(update={"benchmark": asked.get("benchmark")})


def expected_by_asset(result: Reported) -> dict[str, float] | None:
    """What is expected of every asset a year, if that is what the weights rest on.

    None where they rest on something else, or where it expects the same of all: then there is no
    frontier by it.
    """
    if not isinstance(result, StrategyResult):
        return {one.ticker: one.expected_return for one in result.assets}
    horizons = {one.horizon for one in result.forecasts}
    for horizon in sorted(horizons):
        by_asset = {f.ticker: f.annual_mean for f in result.forecasts if f.horizon == horizon}
        stated = {ticker: mean for ticker, mean in by_asset.items() if mean is not None}
        own = result.expected_returns
        rests = all(abs(stated.get(t, 9.0) - (mean or 0.0)) < SAME for t, mean in own.items())
        if own and rests and max(stated.values()) - min(stated.values()) > SAME:
            return stated
    return None
