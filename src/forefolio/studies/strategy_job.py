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

from forefolio.backtest import BacktestResult, allocate, backtest, benchmark_result
from forefolio.backtest.layers import Layered, layer_returns
from forefolio.backtest.trading import scheduled
from forefolio.core.component import content_digest
from forefolio.core.events import Job, Note, marked
from forefolio.core.memory import give_back
from forefolio.core.units import Array, Dates
from forefolio.core.wording import sessions
from forefolio.forecast import Evidence, Forecasts, gather_combined
from forefolio.market import Market
from forefolio.market.calendar import TradingSchedule
from forefolio.market.own_sessions import never_silent
from forefolio.optimize import Allocation, AnnualReturn, MinimumVariance, Universe, check_names
from forefolio.strategy import (
    Classical,
    Composite,
    Leaning,
    Policy,
    RiskOnTarget,
    Scheduled,
    Strategy,
    Suited,
    following,
    needs_of,
    with_forecasts,
)
from forefolio.strategy.alongside import Alongside, Beside
from forefolio.strategy.held_record import AsRecorded, HeldRecord
from forefolio.strategy.portfolio_volatility import VolatilityForecasts
from forefolio.studies.gathering import Gathered, Material, prepare
from forefolio.studies.offset_record import AskedOffsets, OffsetRecord, OffsetTask
from forefolio.studies.place import Place
from forefolio.studies.return_layers import Outlooks, ReturnLayers
from forefolio.studies.target_record import TargetRecord, target_record
from forefolio.studies.tilt_record import TiltRecord, tilt_record

if TYPE_CHECKING:
    from forefolio.studies.strategy import StrategyStudy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Followed:
    """What was computed: forecasts, the backtests with the followed strategy first, the decision.

    `asked` is the question, and `study` what the data support of it.
    """

    asked: "StrategyStudy"
    study: "StrategyStudy"
    material: Material
    forecasts: Forecasts
    results: tuple[BacktestResult, ...]
    decided: Allocation
    risk_on_target: TargetRecord | None = None
    tilt: TiltRecord | None = None
    offsets: OffsetRecord | None = None
    layers: ReturnLayers | None = None

    @property
    def gathered(self) -> Gathered:
        """The forecasts, as a study of them has them."""
        question = self.study.forecasting
        return Gathered(study=question, material=self.material, forecasts=self.forecasts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """What a strategy is followed with: the market with the cash that is earned, and forecasts.

    `study` is the question as far as the data support it. `volatilities` are what a target risk
    goes by.
    """

    study: "StrategyStudy"
    material: Material
    market: Market
    forecasts: Forecasts
    volatilities: VolatilityForecasts | None = None

    def supplied(self, strategy: Strategy) -> Strategy:
        """The strategy with these forecasts, where it asks for them."""
        return with_forecasts(strategy, self.study.recipe, self.forecasts)

    @property
    def made_from(self) -> str:
        """What a backtest goes by."""
        return content_digest(self.study.digest, self.market.digest)


def evidence_followed(study: "StrategyStudy", forecasts: Forecasts) -> Evidence:
    """That of the horizon that the strategy follows, or of the first there is."""
    horizons = forecasts.horizons
    return horizons.get(study.followed_horizon) or next(iter(horizons.values()))


def prepared(study: "StrategyStudy", place: Place) -> Job[Prepared]:
    """Load, check and forecast all that `study` needs before anything is decided."""
    material = yield from prepare(study.forecasting, place.arrays)
    study, short = _within(study, len(material.market))
    yield from short
    cash = study.trading.cash_returns(material.market)
    market = place.arrays.market(material.market.with_series(cash=cash))
    check_names((study.followed, *study.compared), Universe.of(market))
    _attainable(study.followed, market)
    volatilities = yield from _volatilities(study.followed, market, place.executor)
    forecasts = yield from gather_combined(
        study.recipe,
        study.forecast_horizons,
        material.market,
        place.executor,
        material.features,
        whole=study.recorded_horizons,
    )
    forecasts = replace(forecasts, notes=(*short, *forecasts.notes))
    return Prepared(
        study=study,
        material=material,
        market=market,
        forecasts=forecasts,
        volatilities=volatilities,
    )


def _volatilities(
    strategy: Strategy, market: Market, executor: Executor
) -> Job[VolatilityForecasts | None]:
    """What a target risk goes by, made while the panels that all forecasts learn from are there."""
    if not isinstance(strategy, RiskOnTarget):
        return None
    return (yield from strategy.risk.forecasts(market, executor))


def follow(asked: "StrategyStudy", place: Place) -> Job[Followed]:
    """Do the whole of what is asked; what an earlier start of it had finished is taken up again."""
    ready = yield from prepared(asked, place)
    study, market = ready.study, ready.market
    others = [
        ready.supplied(baseline)
        for baseline in study.compared
        if baseline != study.followed
        and (not isinstance(baseline, Suited) or baseline.suits(market))
    ]
    followed = ready.supplied(study.followed)
    record = yield from recorded(followed, ready, place.executor)
    own, *rest = _apart([record or followed, *others])
    first = yield from measured(own, ready, place)
    beside = None if record is None else AskedOffsets.of(record.offset_task(ready, first), place)
    results = [first]
    try:
        for strategy in rest:
            results.append((yield from measured(strategy, ready, place)))
        offsets = None if beside is None else beside.result()
    finally:
        if beside is not None:
            beside.cancel()
    results += _index(study, market)
    decided = yield from allocate(followed, market, place.executor, results[0].weights[-1])
    give_back()
    layers = yield from _layers(results[0], record, ready, place.executor)
    return Followed(
        asked=asked,
        study=study,
        material=ready.material,
        forecasts=ready.forecasts,
        results=tuple(results),
        decided=decided,
        risk_on_target=None if record is None else record.judged(results[0], market),
        offsets=offsets,
        tilt=_tilt(study, ready.forecasts, results[0], decided, record),
        layers=layers,
    )


def measured(strategy: Strategy, ready: Prepared, place: Place) -> Job[BacktestResult]:
    """Backtest a strategy; one that was stopped goes on where it was."""
    state = place.resumed(f"backtest:{strategy.name}", ready.made_from)
    fold = backtest(strategy, ready.study.trading, ready.market, place.executor, state)
    result = yield from marked(fold, ready.made_from)
    give_back()
    return result


@dataclass(frozen=True, slots=True)
class Recorded:
    """A strategy with a target risk, the record that its policy goes by, and its layers."""

    strategy: RiskOnTarget
    record: HeldRecord
    layered: Layered

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.strategy.name

    @property
    def schedule(self) -> TradingSchedule:
        """The sessions on which it decides."""
        return self.strategy.schedule

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare: it goes by the record."""
        yield from ()
        return self.strategy.policy(self.record)

    def decided(self, result: BacktestResult) -> Dates:
        """The sessions at which the backtest decided on weights, not on exposure alone."""
        return result.sessions[:: self.strategy.schedule.weights]

    def decided_from(self, result: BacktestResult, market: Market) -> dict[np.datetime64, Array]:
        """The weights (N,) that these decisions went by: the record's own, not the account's."""
        return {day: self.record.before(market.as_of(day)) for day in self.decided(result)}

    def judged(self, result: BacktestResult, market: Market) -> TargetRecord:
        """How near to its target its risk was."""
        return target_record(self.strategy, self.record, result, market)

    def offset_task(self, ready: Prepared, result: BacktestResult) -> OffsetTask:
        """What it would have earned on other days of its calendar, as a task."""
        return OffsetTask(
            strategy=self.strategy,
            record=self.record,
            trading=ready.study.trading,
            market=ready.market,
            first=len(ready.market) - len(result.sessions),
            made_from=ready.made_from,
        )


def recorded(strategy: Strategy, ready: Prepared, executor: Executor) -> Job[Recorded | None]:
    """A strategy with a target risk by the record that is judged afterwards; None for others."""
    if not isinstance(strategy, RiskOnTarget):
        return None
    market, trading = ready.market, ready.study.trading
    decisions = scheduled(strategy, trading).decision_rows(market)
    days = market.sessions[decisions]
    record = yield from strategy.recorded(market, days, executor, ready.volatilities)
    kept = market.sessions[[row for row in record.rows if row >= decisions[0]]]
    layered = yield from _asked_as_it_is_made(record, kept, ready, executor)
    return Recorded(strategy, record, layered)


def _asked_as_it_is_made(
    record: HeldRecord, sessions: Dates, ready: Prepared, executor: Executor
) -> Job[Layered]:
    """The layers of what stands in a record: as it is made, those beside it are asked as well."""
    layered = Layered.of(ready.study.followed).each(ready.supplied)
    beside = [one for one in (layered.unlimited, layered.plain) if one is not None]
    policies = []
    for one in beside:
        policies.append((yield from one.prepare(ready.market, sessions, executor)))
    asked = record.policy = Alongside(record.policy, tuple(policies), frozenset(sessions))
    said = [Beside(one.name, asked.other(number)) for number, one in enumerate(beside)]
    return replace(
        layered,
        whole=AsRecorded(layered.whole, record),
        unlimited=None if layered.unlimited is None else said[0],
        plain=None if layered.plain is None else said[-1],
    )


def _layers(
    result: BacktestResult, record: Recorded | None, ready: Prepared, executor: Executor
) -> Job[ReturnLayers | None]:
    """What each layer of the weights was expected to earn, and earned; None after a ruin."""
    if result.ruined is not None or result.annual_return is None:
        return None
    study, market = ready.study, ready.market
    went_by = _held(result) if record is None else record.decided_from(result, market)
    expected = Outlooks(
        evidence_followed(study, ready.forecasts),
        market.assets,
        follows=needs_of(study.followed) is not None,
    )
    layered = Layered.of(study.followed).each(ready.supplied) if record is None else record.layered
    parts = yield from layer_returns(layered, result, market, executor, expected, went_by)
    return ReturnLayers.of(parts, expected.by)


def _held(result: BacktestResult) -> dict[np.datetime64, Array]:
    """The weights (N,) of the account at each decision, by session."""
    rows = result.decisions
    return dict(zip(result.sessions[rows], result.weights[rows], strict=True))


def _tilt(
    study: "StrategyStudy",
    forecasts: Forecasts,
    result: BacktestResult,
    decided: Allocation,
    record: Recorded | None,
) -> TiltRecord | None:
    """What forecasts moved; None where the strategy does not lean to any."""
    if not isinstance(following(study.followed), Leaning):
        return None
    evidence = forecasts.horizons[study.followed_horizon]
    days = result.sessions[result.decisions] if record is None else record.decided(result)
    return tilt_record(evidence, decided, days, None if record is None else record.record)


def _within(study: "StrategyStudy", length: int) -> tuple["StrategyStudy", tuple[Note, ...]]:
    """The study as a history of so many sessions allows it, and what to note if that is less."""
    possible = study.within(length)
    if possible == study:
        return study, ()
    message = (
        f"{sessions(length)} are fewer than the {study.needed_sessions:,} it takes: nothing is "
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
