"""What to hold, why, what could be lost and what to buy, as one answer for one capital.

1. The weights are those of a strategy run: the one that is named, or the latest of the same data;
   where there is none, the strategy is computed as a part of this job.
2. What could be lost is measured on these weights: over one session, over a month, in stresses.
3. The weights become whole shares for the capital and what is held already.

The only Sharpe ratio is the one that was earned out of sample; its caveats are among the remarks.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import ForefolioError
from forefolio.core.events import Job
from forefolio.core.units import Money
from forefolio.studies.base import StudyDocument
from forefolio.studies.cost import ComputingCost
from forefolio.studies.data import Data
from forefolio.studies.expected_volatility import ExpectedVolatility
from forefolio.studies.forecast_rows import AssetForecast
from forefolio.studies.health import RECENT, ForecastPromise, exposure, forecast_promises
from forefolio.studies.holding import Amounts, Holding, named_otherwise, settled
from forefolio.studies.orders import Order, OrdersStudy
from forefolio.studies.place import Place, Recall
from forefolio.studies.result import Number, Remark, Result
from forefolio.studies.risk import PortfolioRisk, RiskStudy, ValueAtRiskTest
from forefolio.studies.simulation import PortfolioSimulation, SimulationStudy
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.strategy_result import ExpectedBy, Record, StrategyResult
from forefolio.studies.stress import PortfolioStress, Stressed, StressStudy
from forefolio.studies.tilt_record import TiltRecord

MONTH = 21  # sessions
WORST = 3  # stresses that are listed


class PossibleLoss(Component):
    """What may be lost within some sessions; losses are positive."""

    horizon: int = Field(description="Sessions ahead.")
    level: float = Field(description="Probability that the loss stays below the value at risk.")
    value_at_risk: Number = Field(description="Fraction of the portfolio.")
    value_at_risk_money: Number = Field(description="The same fraction of the capital, in money.")
    expected_shortfall: Number = Field(
        description="Mean loss where it is beyond the value at risk, fraction of the portfolio."
    )
    expected_shortfall_money: Number = Field(
        description="The same fraction of the capital, in money."
    )
    method: str = Field(description="What it is measured by.")


class StressInMoney(Component):
    """What one stress would cost."""

    stress: Stressed = Field(description="The stress, and what it does to the portfolio.")
    money: float = Field(description="The loss as money of the capital; negative is a gain.")


class Today(Result):
    """What to hold after the last close, why, what could be lost and what to buy."""

    kind: Literal["today"] = "today"
    strategy: str = Field(description="The strategy that is followed.")
    strategy_run: str | None = Field(
        description="The id of the run whose weights they are; none: computed for this answer."
    )
    weights: Mapping[str, float] = Field(description="By ticker, the largest first.")
    cash: float = Field(description="What the weights leave of 1.")
    method: str = Field(description="What chose the weights, such as maximum_sharpe.")
    expected_by: ExpectedBy = Field(description="Which estimates the choice rests on.")
    forecasts: tuple[AssetForecast, ...] = Field(
        description="What is expected of each asset that is held, at each horizon."
    )
    promises: tuple[ForecastPromise, ...] = Field(
        (), description="What the forecasts promise, and whether they keep it."
    )
    tilt: TiltRecord | None = Field(
        None,
        description="What skill forecasts showed and how far they moved the weights, if these "
        "lean to them.",
    )
    record: Record = Field(
        description="What the strategy earned out of sample: its Sharpe ratio is the only one."
    )
    expected_volatility: ExpectedVolatility | None = Field(
        None, description="Volatility of the next sessions, with its interval."
    )
    versus_equal_weight: str = Field(
        "",
        description="Whether the record differs from that of equal weights, in words; empty: not "
        "known.",
    )
    losses: tuple[PossibleLoss, ...] = Field(description="By horizon, the shortest first.")
    value_at_risk_tests: tuple[ValueAtRiskTest, ...] = Field(
        description="Whether values at risk over one session came true."
    )
    stresses: tuple[StressInMoney, ...] = Field(description="The worst stresses, the worst first.")
    orders: tuple[Order, ...] = Field(description="The largest positions first.")
    capital: float = Field(description="Money: what is held, and cash.")
    cash_left: float = Field(description="Money left when the orders are done.")
    cost: float = Field(description="Money that trading takes.")

    @property
    def described(self) -> str:
        """What it is, in words: "strategy forefolio"."""
        return f"strategy {self.strategy}"


class TodayStudy(StudyDocument):
    """Say what to hold, why, what could be lost in money and what to buy, in one answer.

    Of the latest strategy run of the same prices, or of the run that is named; where there is
    none, the strategy is computed first.

    >>> import forefolio as ff
    >>> study = ff.TodayStudy(capital="25,000", holdings="AAPL=10")  # ff.ask(study) answers
    >>> study.capital, dict(study.holdings)
    (25000.0, {'AAPL': 10.0})
    """

    path: ClassVar[str] = "today"
    command: ClassVar[str] = "today"
    result: ClassVar[type[Today]] = Today
    stages: ClassVar[Mapping[str, float]] = {
        "data": 3,
        "forecast": 57,
        "evidence": 12,
        "backtest": 13,
        "risk": 7,
        "simulation": 3,
        "stress": 3,
        "orders": 2,
    }

    kind: Literal["today"] = "today"
    capital: Money | None = Field(None, description="Such as 25,000: what is held, and cash.")
    holdings: Amounts = Field(
        {},
        description="Shares held now, such as AAPL=10,KO=5; what has no weight is sold.",
        json_schema_extra={"in_words": True},
    )
    run: str | None = Field(
        "last",
        description="The strategy run, by its id or the beginning of it; `last`, the default, is "
        "the latest if it is of the same data. Without one the strategy is computed.",
    )
    machine_learning: bool = Field(
        True, description="Whether forecasts are learnt, where the strategy has to be computed."
    )
    data: Data = Field(Data(), description="Which prices, of which assets and dates.")

    @model_validator(mode="after")
    def _has_money(self) -> Self:
        if self.capital is None:
            raise ValueError("say what there is to invest: capital, such as 25,000")
        return self

    def settled(self, recall: Recall) -> Self:
        """The same question with the whole id of its strategy run, and with that run's data.

        If the latest is of other data, or of prices that have changed since, there is none.

        Raises:
            InputError: there is no such run, or data are named that are not those of the run.
        """
        if self.run is None:
            return self
        last = self.run == "last"
        strategy = self._latest(recall) if last else recall(("strategy",), self.run)
        if strategy is None or strategy.run is None:
            return self.model_copy(update={"run": None})
        holding = settled(self.data, Holding(run=strategy.run.id), lambda *_: strategy)
        return self.model_copy(update={"data": holding["data"], "run": holding["holding"].run})

    def sizes(self) -> Mapping[str, int]:
        """Those of the strategy, where it has to be computed."""
        return super().sizes() if self.run is not None else self._strategy_study.sizes()

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """That of the strategy, where it has to be computed; looking at its weights is quick."""
        if self.run is not None:
            return super().cost(sizes)
        return self._strategy_study.cost(sizes)

    @property
    def _strategy_study(self) -> StrategyStudy:
        return StrategyStudy(data=self.data, machine_learning=self.machine_learning)

    def job(self, place: Place) -> Job[Today]:
        """Recall or compute the strategy, measure its weights, and make the orders.

        Raises:
            InputError: the weights come to nothing, or prices or money make no sense together.
        """
        strategy = yield from self._strategy(place)
        promises = _promises(strategy)
        share = exposure(promises)
        weights = {ticker: share * weight for ticker, weight in strategy.weights.items()}
        as_decided = self.run is not None and share == 1.0
        holding = Holding(run=self.run) if as_decided else Holding(weights=weights)
        risk = yield from RiskStudy(data=self.data, holding=holding).job(place)
        month = yield from SimulationStudy(data=self.data, holding=holding, horizon=MONTH).job(
            place
        )
        stress = yield from StressStudy(data=self.data, holding=holding).job(place)
        orders = yield from OrdersStudy(
            data=self.data, holding=holding, capital=self.capital, holdings=self.holdings
        ).job(place)
        return Today(
            as_of=strategy.as_of,
            data=strategy.data,
            remarks=_once((strategy, risk, month, stress, orders)),
            strategy=strategy.strategy,
            strategy_run=self.run,
            weights=weights,
            cash=1.0 - share * (1.0 - strategy.cash),
            method=strategy.method,
            expected_by=strategy.expected_by,
            forecasts=tuple(one for one in strategy.forecasts if one.ticker in strategy.weights),
            promises=promises,
            tilt=strategy.tilt,
            record=strategy.backtest[0],
            expected_volatility=risk.expected_volatility,
            versus_equal_weight=_beside_equal_weight(strategy),
            losses=(_session(risk, orders.capital), _later(month, orders.capital)),
            value_at_risk_tests=risk.value_at_risk_tests,
            stresses=_worst(stress, orders.capital),
            orders=orders.orders,
            capital=orders.capital,
            cash_left=orders.cash,
            cost=orders.cost,
        )

    def _latest(self, recall: Recall) -> Result | None:
        """The latest strategy run, if its data are these and have not changed since."""
        try:
            latest = recall(("strategy",), "last")
            own = Data.of(latest.data)
            changed = own.version() != latest.data.version
        except ForefolioError:  # there is none, or its prices have gone
            return None
        return None if changed or named_otherwise(self.data, own) else latest

    def _strategy(self, place: Place) -> Job[StrategyResult]:
        if self.run is None:
            return (yield from self._strategy_study.job(place))
        recalled = place.recall(("strategy",), self.run)
        assert isinstance(recalled, StrategyResult)  # the kind that was asked for
        return recalled


def _beside_equal_weight(strategy: StrategyResult) -> str:
    beside = strategy.versus_equal_weight
    return "" if beside is None else beside.verdict


def _once(results: tuple[Result, ...]) -> tuple[Remark, ...]:
    """The remarks of all, each once."""
    every = [one for result in results for one in result.remarks]
    return tuple({(one.about, one.message): one for one in reversed(every)}.values())[::-1]


def _promises(strategy: StrategyResult) -> tuple[ForecastPromise, ...]:
    """Those of the strategy's forecasts; none, where its run is of an earlier version."""
    record, a_year = strategy.forecast_record, strategy.periods_per_year
    return () if record is None or a_year is None else forecast_promises(record, a_year, RECENT)


def _session(risk: PortfolioRisk, capital: float) -> PossibleLoss:
    loss, beyond = (
        risk.measures[f"{name}_historical"].value
        for name in ("value_at_risk", "expected_shortfall")
    )
    return _loss(1, risk.level, (loss, beyond), capital, "past returns of these weights")


def _later(month: PortfolioSimulation, capital: float) -> PossibleLoss:
    both = month.value_at_risk.value, month.expected_shortfall.value
    return _loss(month.horizon, month.level, both, capital, f"simulation by {month.model}")


def _loss(
    horizon: int,
    level: float,
    both: tuple[float | None, float | None],
    capital: float,
    method: str,
) -> PossibleLoss:
    money = [None if one is None else one * capital for one in both]
    return PossibleLoss(
        horizon=horizon,
        level=level,
        value_at_risk=both[0],
        value_at_risk_money=money[0],
        expected_shortfall=both[1],
        expected_shortfall_money=money[1],
        method=method,
    )


def _worst(stress: PortfolioStress, capital: float) -> tuple[StressInMoney, ...]:
    ranked = sorted(stress.stresses, key=lambda one: -one.loss)[:WORST]
    return tuple(StressInMoney(stress=one, money=one.loss * capital) for one in ranked)
