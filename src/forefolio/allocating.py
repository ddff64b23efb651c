"""The jobs that end with portfolios: one that is chosen, or all that are efficient."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from forefolio.backtest import Trading
from forefolio.backtest.trading import CashRate
from forefolio.core.component import Component, Document
from forefolio.core.errors import InputError
from forefolio.core.events import Job, Note, Progress, Started
from forefolio.core.kinds import kind_named, kind_of
from forefolio.core.units import Days
from forefolio.core.wording import listed
from forefolio.forecast.models.baselines import shrunk_drift
from forefolio.forecasting import gather_for
from forefolio.market import Loaded, Market, QualityReport
from forefolio.market.returns import drift_returns
from forefolio.optimize import (
    OPTIMIZERS,
    EfficientFrontier,
    Optimizer,
    Outlook,
)
from forefolio.optimize.portfolio import (
    constrained,
    expected_outlook,
    idle_limits,
    only_alive,
)
from forefolio.outcome import describe_forecasts
from forefolio.risk import AnyRiskModel, LedoitWolf
from forefolio.studies.forecast import ForecastStudy


class Expectation(Component):
    """What is expected and feared of which assets, over `horizon` sessions.

    Expected returns are past means, shrunk, or with `machine_learning` what the forecasts of
    `forecasting` say; `risk` estimates the covariance. Cash earns `cash_rate`.
    """

    stored_as: ClassVar[str] = "AllocatingExpectation"

    forecasting: ForecastStudy = ForecastStudy(horizons=(21,))
    horizon: Days = 21
    machine_learning: bool = False
    risk: AnyRiskModel = LedoitWolf()
    cash_rate: CashRate = 0.02


class FrontierStudy(Document):
    """The efficient `frontier`."""

    expectation: Expectation = Expectation()
    frontier: EfficientFrontier = EfficientFrontier()

    @property
    def forecasting(self) -> ForecastStudy:
        """What data it is about."""
        return self.expectation.forecasting


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expected:
    """The outlook, and what must be told of where it comes from."""

    stored_as: ClassVar[str] = "AllocatingExpected"
    market: Market
    outlook: Outlook
    notes: tuple[str, ...]
    fallbacks: Sequence[Mapping[str, Any]]
    report: QualityReport


def run_frontier(
    study: FrontierStudy,
    executor: Executor,
    home: Path,
    resume: Mapping[str, Any] | None = None,  # noqa: ARG001
) -> Job[dict[str, Any]]:
    """Calculate an efficient frontier, point by point."""
    known = yield from _expect(study.expectation, executor, home)
    notes = [*known.notes, *idle_limits(study.frontier.constraints, known.outlook)]
    for note in notes:
        yield Note(code="outlook", message=note)
    curve = yield from study.frontier.trace(known.outlook)
    return {
        **_about(study.expectation, known),
        "frontier": curve.to_dict(),
        "notes": notes,
        "study": study.model_dump(mode="json"),
    }


def objective_named(name: str, target: float | None = None) -> Optimizer:
    """An objective by its kind, such as "maximum_sharpe"; `target` is what it aims at, a year.

    Raises:
        InputError: there is none of that name, it needs a target, or it has none.
    """
    objective: Any = kind_named(name, OPTIMIZERS, "objective")
    aims = {"target_return": "annual_return", "target_volatility": "annual_volatility"}
    if target is None:
        chosen: Optimizer = objective()
    elif (kind := kind_of(objective)) in aims:
        chosen = objective(**{aims[kind]: target})
    else:
        raise InputError(f"{kind} has no target; {listed(list(aims), 'or')} has one")
    return chosen


def restricted(optimizer: Optimizer, words: Sequence[str]) -> Optimizer:
    """The optimiser under constraints in words besides full investment and no short positions.

    Words about the budget, about negative weights or about leverage take the place of these.

    Raises:
        BadConstraint: some words cannot be read.
        InputError: the optimiser takes no constraints.
    """
    return constrained(optimizer, words) if words else optimizer


def _expect(study: Expectation, executor: Executor, home: Path) -> Job[Expected]:
    if study.machine_learning:
        asked = study.forecasting.model_copy(update={"horizons": (study.horizon,)})
        gathered = yield from gather_for(asked, executor, home)
        market, report = gathered.material.market, gathered.material.loaded.report
        told = describe_forecasts(gathered.study, gathered.material.loaded, gathered.forecasts)
        evidence = gathered.forecasts.horizons[study.horizon]
        now, prior = (p.at(market.sessions[-1]).mean for p in (evidence.panel, evidence.prior))
        mean = np.where(np.isfinite(now), now, prior) / study.horizon
        fallbacks = told["fallbacks"]
    else:
        loaded = yield from _loaded(study.forecasting)
        market, report = loaded.market, loaded.report
        mean, fallbacks = shrunk_drift(drift_returns(market)), []
    cash = Trading(cash_rate=study.cash_rate).cash_returns(market)
    annual = dict(zip(market.assets, mean * market.periods_per_year, strict=True))
    whole = market.with_series(cash=cash)
    market, left_out = only_alive(whole, None)
    outlook = expected_outlook(market, annual, study.risk, study.horizon, None)
    return Expected(
        market=market,
        outlook=outlook.listed_in(whole),
        notes=tuple(left_out),
        fallbacks=fallbacks,
        report=report,
    )


def _loaded(study: ForecastStudy) -> Job[Loaded]:
    yield Started(stage="data", total=1)
    loaded = yield from study.data.read()
    yield Progress(stage="data", done=1, total=1)
    return loaded


def _about(study: Expectation, known: Expected) -> dict[str, Any]:
    market, outlook = known.market, known.outlook
    years = market.periods_per_year / outlook.forecast.horizon
    deviations = outlook.covariance.std * np.sqrt(market.periods_per_year)
    rows = zip(outlook.assets, outlook.mean * years, deviations, strict=True)
    return {
        "as_of": str(market.sessions[-1]),
        "forecast": "machine_learning" if study.machine_learning else "classical",
        "assets": [
            {"ticker": asset, "expected_return": float(mean), "volatility": float(deviation)}
            for asset, mean, deviation in rows
        ],
        "cash_return": outlook.risk_free * years,
        "fallbacks": list(known.fallbacks),
        "quality": known.report.to_dict(),
        "data": {
            "source": study.forecasting.data.model_dump(mode="json")["source"],
            "tickers": list(market.assets),
            "sessions": len(market),
            "first": str(market.sessions[0]),
        },
    }
