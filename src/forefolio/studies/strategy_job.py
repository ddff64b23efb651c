"""The main job: prices in, weights and evidence out.

1. Load, check and align the data; compute the features. Both are saved and mapped, so that
   workers get them by name.
2. Forecast out of sample with everything at every horizon, and weigh the evidence.
3. Backtest the strategy and its baselines on the same sessions, with the same costs.
4. Decide for tomorrow: the last step of the backtest.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forefolio.backtest import BacktestResult, Trading, allocate, backtest, benchmark_result
from forefolio.backtest.trading import scheduled
from forefolio.core.component import content_digest
from forefolio.core.events import Job, Note, marked
from forefolio.core.units import Dates
from forefolio.forecast import Forecasts, gather
from forefolio.market import Market
from forefolio.market.calendar import TradingSchedule
from forefolio.market.own_sessions import never_silent
from forefolio.optimize import Allocation, AnnualReturn, MinimumVariance, Universe, check_names
from forefolio.strategy import (
    Classical,
    Composite,
    Policy,
    RiskOnTarget,
    Scheduled,
    StocksAndBonds,
    Strategy,
    Tilted,
    following,
    has_bonds,
    with_forecasts,
)
from forefolio.strategy.held_record import HeldRecord
from forefolio.studies.base import Place
from forefolio.studies.gathering import Gathered, Material, prepare
from forefolio.studies.offset_record import OffsetRecord, offset_record
from forefolio.studies.target_record import TargetRecord, target_record
from forefolio.studies.tilt_record import TiltRecord, tilt_record

if TYPE_CHECKING:
    from forefolio.studies.strategy import StrategyStudy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Followed:
    """What was computed: forecasts, the backtests with the followed strategy first, the decision.

    `study` is the question as far as the data support it.
    """

    study: "StrategyStudy"
    material: Material
    forecasts: Forecasts
    results: tuple[BacktestResult, ...]
    decided: Allocation
    risk_on_target: TargetRecord | None = None
    tilt: TiltRecord | None = None
    offsets: OffsetRecord | None = None

    @property
    def gathered(self) -> Gathered:
        """The forecasts, as a study of them has them."""
        question = self.study.forecasting
        return Gathered(study=question, material=self.material, forecasts=self.forecasts)


def follow(study: "StrategyStudy", place: Place) -> Job[Followed]:
    """Do the whole of `study`; what an earlier start of it had finished is taken up again."""
    material = yield from prepare(study.forecasting, place.arrays)
    study, short = _within(study, len(material.market))
    yield from short
    cash = study.trading.cash_returns(material.market)
    market = place.arrays.market(material.market.with_series(cash=cash))
    check_names((study.followed, *study.compared), Universe.of(market))
    _attainable(study.followed, market)
    forecasts = yield from gather(
        study.recipe, study.forecast_horizons, material.market, place.executor, material.features
    )
    forecasts = replace(forecasts, notes=(*short, *forecasts.notes))
    others = [
        baseline
        for baseline in study.compared
        if baseline != study.followed
        and (not isinstance(baseline, StocksAndBonds) or has_bonds(market))
    ]
    followed, *others = (
        with_forecasts(strategy, study.recipe, forecasts) for strategy in (study.followed, *others)
    )
    record = yield from _recorded(followed, study, market, place.executor)
    strategies = _apart([record or followed, *others])
    results: list[BacktestResult] = []
    made_from = content_digest(study.digest, market.digest)
    for strategy in strategies:
        state = place.resumed(f"backtest:{strategy.name}", made_from)
        fold = backtest(strategy, study.trading, market, place.executor, state)
        results.append((yield from marked(fold, made_from)))
    results += _index(study, market)
    decided = yield from allocate(followed, market, place.executor, results[0].weights[-1])
    return Followed(
        study=study,
        material=material,
        forecasts=forecasts,
        results=tuple(results),
        decided=decided,
        risk_on_target=None if record is None else record.judged(results[0], market),
        offsets=None if record is None else record.at_offsets(study.trading, results[0], market),
        tilt=_tilt(study, forecasts, results[0], decided, record),
    )


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A strategy with a target risk, and the record that its policy goes by."""

    strategy: RiskOnTarget
    record: HeldRecord

    @property
    def name(self) -> str:
        return self.strategy.name

    @property
    def schedule(self) -> TradingSchedule:
        return self.strategy.schedule

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        yield from ()
        return self.strategy.policy(self.record)

    def decided(self, result: BacktestResult) -> Dates:
        """The sessions at which the backtest decided on weights, not on exposure alone."""
        return result.sessions[:: self.strategy.schedule.weights]

    def judged(self, result: BacktestResult, market: Market) -> TargetRecord:
        return target_record(self.strategy, self.record, result, market)

    def at_offsets(
        self, trading: Trading, result: BacktestResult, market: Market
    ) -> OffsetRecord | None:
        first = len(market) - len(result.sessions)
        return offset_record(self.strategy, self.record, trading, market, first)


def _recorded(
    strategy: Strategy, study: "StrategyStudy", market: Market, executor: Executor
) -> Job[_Recorded | None]:
    """A strategy with a target risk by the record that is judged afterwards; None for others."""
    if not isinstance(strategy, RiskOnTarget):
        return None
    decisions = scheduled(strategy, study.trading).decision_rows(market)
    record = yield from strategy.recorded(market, market.sessions[decisions], executor)
    return _Recorded(strategy, record)


def _tilt(
    study: "StrategyStudy",
    forecasts: Forecasts,
    result: BacktestResult,
    decided: Allocation,
    recorded: _Recorded | None,
) -> TiltRecord | None:
    """What forecasts moved; None where the strategy does not lean to any."""
    if not isinstance(following(study.followed), Tilted):
        return None
    evidence = forecasts.horizons[study.followed_horizon]
    days = result.sessions[result.decisions] if recorded is None else recorded.decided(result)
    return tilt_record(evidence, decided, days, None if recorded is None else recorded.record)


def _within(study: "StrategyStudy", sessions: int) -> tuple["StrategyStudy", tuple[Note, ...]]:
    """The study as it can be done with so many sessions, and what to note if that is less."""
    possible = study.within(sessions)
    if possible == study:
        return study, ()
    message = (
        f"{sessions} sessions are fewer than the {study.needed_sessions} it takes: nothing is "
        f"learnt, and the first decision is made after {possible.trading.warmup}"
    )
    return possible, (Note(code="short_history", about="study", message=message),)


def _attainable(strategy: Strategy, market: Market) -> None:
    """Refuse constraints that no portfolio satisfies before anything is forecast for them."""
    if isinstance(strategy, Composite):
        for part in strategy.parts.values():
            _attainable(part, market)
    stated = getattr(getattr(strategy, "optimizer", None), "constraints", None)
    if stated is not None:
        firm = tuple(c for c in stated if not isinstance(c, AnnualReturn))  # that one is of a date
        any_portfolio = Classical(optimizer=MinimumVariance(constraints=firm))
        any_portfolio.decide(market, np.zeros(len(market.assets)))


@dataclass(frozen=True, slots=True)
class _Called:
    """A strategy by another name."""

    name: str
    strategy: Strategy

    @property
    def schedule(self) -> TradingSchedule | None:
        return self.strategy.schedule if isinstance(self.strategy, Scheduled) else None

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        return self.strategy.prepare(market, sessions, executor)


def _apart(strategies: Sequence[Strategy]) -> list[Strategy]:
    """The strategies, those of one name numbered: results and checkpoints go by it."""
    seen: Counter[str] = Counter()
    named: list[Strategy] = []
    for strategy in strategies:
        seen[strategy.name] += 1
        times = seen[strategy.name]
        named.append(_Called(f"{strategy.name} {times}", strategy) if times > 1 else strategy)
    return named


def _index(study: "StrategyStudy", market: Market) -> list[BacktestResult]:
    level = market.series.get("benchmark", np.full(len(market), np.nan))
    unbroken = never_silent(level[: study.trading.warmup]) and never_silent(level)
    return [benchmark_result(market, study.trading)] if unbroken else []
