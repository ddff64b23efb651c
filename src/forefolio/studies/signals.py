"""Which assets are worth a position after the last close, and of what size."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from forefolio.backtest import Trading
from forefolio.backtest.trading import CashRate
from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.core.units import Confidence, Days, DaysAhead, Words
from forefolio.forecast import Recipe
from forefolio.signals import WORDS, Persistence, Signal, SignalEngine
from forefolio.strategy import SignalDriven, following, needs_of
from forefolio.studies.base import StudyDocument
from forefolio.studies.cost import ComputingCost, trained_cost
from forefolio.studies.data import Data
from forefolio.studies.forecast import ForecastStudy, about
from forefolio.studies.forecast_rows import (
    AssetForecast,
    ForecastCombination,
    asset_forecasts,
    combination_of,
)
from forefolio.studies.gathering import Gathered, forecast
from forefolio.studies.place import Place
from forefolio.studies.recipe import narrowed, with_models
from forefolio.studies.result import Number, Result

MONTH = 21  # sessions

Direction = Literal["long", "none", "short"]


class AssetSignal(Component):
    """What the forecast of one asset means for a position."""

    ticker: str = Field(description="The asset.")
    direction: Direction = Field(description="The position that is worth taking.")
    held_back: Direction | None = Field(
        description="A new direction that has not lasted long enough yet."
    )
    size: Number = Field(description="Of the position, fraction of the portfolio.")
    confidence: Number = Field(
        description="Probability that the return is on the score's side of cash."
    )
    score: Number = Field(
        description="Expected return over cash by its standard deviation, over the horizon."
    )
    mean: Number = Field(description="Forecast return over the horizon.")
    std: Number = Field(description="Its standard deviation.")
    low: Number = Field(description="Lower end of the interval of the return over the horizon.")
    high: Number = Field(description="Upper end of that interval.")
    level: float = Field(description="Probability that the interval holds the return.")
    from_models: bool = Field(description="Whether the models have moved the forecast.")


class Signals(Result):
    """A direction and a size for every asset after the last close."""

    kind: Literal["signals"] = "signals"
    as_of: date = Field(description="The last session whose close was known.")
    horizon: int = Field(description="Sessions ahead.")
    cash_return: float = Field(description="What cash earns over the horizon, fraction.")
    skill_shown: bool = Field(description="Whether the models have told these assets apart so far.")
    regime: Mapping[str, float] | None = Field(
        description="Probability of each market regime, calm to crisis; none: too little history."
    )
    signals: tuple[AssetSignal, ...] = Field(description="One for each asset.")
    invested: float = Field(description="The sum of the sizes; the rest is cash.")
    combination: ForecastCombination = Field(
        description="How the models are averaged, and how far the average is believed."
    )
    study: Mapping[str, Any] = Field(description="The question as a document, to be asked again.")


class SignalStudy(StudyDocument):
    """Say of every asset whether it is worth a position, and of what size.

    Each answer is kept: `forefolio signals --history` lists them, with what came of them.

    >>> import forefolio as ff
    >>> study = ff.SignalStudy(horizon=5, confidence="60%")  # ff.ask(study) answers
    >>> study.horizon, study.confidence
    (5, 0.6)
    """

    path: ClassVar[str] = "signals"
    command: ClassVar[str] = "signals"
    result: ClassVar[type[Signals]] = Signals
    stages: ClassVar[Mapping[str, float]] = {
        "data": 5,
        "forecast": 80,
        "evidence": 15,
    }

    kind: Literal["signals"] = "signals"
    data: Data = Field(Data(), description="Which prices, of which assets and dates.")
    horizon: DaysAhead = Field(MONTH, description="Sessions ahead.")
    models: Words = Field(
        (), description="Only these models, such as arima,xgboost; none: all of the recipe."
    )
    confidence: Confidence | None = Field(
        None, description="Least probability of a direction, such as 60%; else the engine's, 55%."
    )
    persistence: Days | None = Field(
        None, description="Closes in a row that a new direction must last; else the engine's."
    )
    shorts: bool = Field(False, description="Whether negative directions are sold short.")
    recipe: Recipe = Field(
        Recipe(),
        description="Features, models, and how they are trained and combined.",
        json_schema_extra={"advanced": True},
    )
    engine: SignalEngine = Field(
        SignalEngine(),
        description="How forecasts become directions and sizes.",
        json_schema_extra={"advanced": True},
    )
    cash_rate: CashRate = Field(
        0.02, description="What positions have to beat: cash a year, or `series`."
    )

    @model_validator(mode="before")
    @classmethod
    def _with_models(cls, document: Any) -> Any:
        """Narrow the recipe to the models that are named."""
        return with_models(document, cls.model_fields, narrowed)

    def sizes(self) -> Mapping[str, int]:
        """Those of the market, and how many models."""
        return {**super().sizes(), "models": len(self.recipe.everything), "horizons": 1}

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """Every model is trained, again and again."""
        return trained_cost(self.sizes() if sizes is None else sizes)

    @classmethod
    def part_of(cls, strategy: Any) -> dict[str, Any]:
        """The data, forecasts, engine and cash of a strategy study."""
        followed, needs = following(strategy.strategy), needs_of(strategy.strategy)
        part: dict[str, Any] = {
            "data": strategy.data,
            "recipe": strategy.recipe,
            "cash_rate": strategy.trading.cash_rate,
        }
        if needs is not None:
            part["horizon"] = needs.horizon
        if isinstance(followed, SignalDriven):
            part["engine"] = followed.engine
        return part

    @property
    def forecasting(self) -> ForecastStudy:
        """The forecasts that the signals rest on."""
        return ForecastStudy(data=self.data, horizons=(self.horizon,), recipe=self.recipe)

    @property
    def decided_by(self) -> SignalEngine:
        """The engine with what the settings beside it say."""
        changes: dict[str, Any] = {}
        if self.confidence is not None:
            changes["minimum_confidence"] = self.confidence
        if self.persistence is not None:
            changes["persistence"] = Persistence(sessions=self.persistence)
        if self.shorts:
            changes["long_only"] = False
        return self.engine.model_copy(update=changes)

    def job(self, place: Place) -> Job[Signals]:
        """Forecast, and say of every asset what that means for a position."""
        gathered = yield from forecast(self.forecasting, place)
        market, evidence = gathered.material.market, gathered.forecasts.horizons[self.horizon]
        trading = Trading(cash_rate=self.cash_rate, warmup=gathered.study.recipe.walk.first + 1)
        cash = trading.cash_returns(market)
        signal = self.decided_by.signal(evidence.panel, market.with_series(cash=cash))
        combination = combination_of(evidence)
        regime = signal.regime
        return Signals(
            **about(gathered),
            horizon=self.horizon,
            cash_return=float(cash[-1]) * self.horizon,
            skill_shown=combination.slope > 0,
            regime=None
            if regime is None
            else dict(zip(regime.names, regime.probability.round(6).tolist(), strict=True)),
            signals=_rows(signal, gathered),
            invested=float(np.nansum(signal.size)),
            combination=combination,
            study=self.model_dump(mode="json"),
        )


def _rows(signal: Signal, gathered: Gathered) -> tuple[AssetSignal, ...]:
    evidence = gathered.forecasts.horizons[signal.horizon]
    learnt = bool(gathered.study.recipe.models)
    rows = asset_forecasts(evidence, gathered.material.loaded.market, learnt=learnt)
    forecasts = {row.ticker: row for row in rows}
    return tuple(_row(signal, k, forecasts[asset]) for k, asset in enumerate(signal.assets))


def _row(signal: Signal, asset: int, own: AssetForecast) -> AssetSignal:
    waiting = int(signal.held_back[asset])
    return AssetSignal.model_validate(
        {
            "ticker": signal.assets[asset],
            "direction": WORDS[int(signal.direction[asset])],
            "held_back": WORDS[waiting] if waiting else None,
            "size": float(signal.size[asset]),
            "confidence": float(signal.confidence[asset]),
            "score": float(signal.score[asset]),
            "mean": float(signal.mean[asset]),
            "std": float(signal.std[asset]),
            "low": own.low,
            "high": own.high,
            "level": own.level,
            "from_models": own.from_models,
        }
    )
