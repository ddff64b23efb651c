"""The whole document: what data, what to hold, when to decide, and what trading costs."""

import json
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from forefolio.backtest import Trading
from forefolio.core.component import Component, Document
from forefolio.core.errors import BadStudy, BadTicker, NotEnoughHistory
from forefolio.core.lazy import lazy
from forefolio.core.problems import problems
from forefolio.core.units import Days, Words
from forefolio.forecast import Recipe, WalkForward
from forefolio.market import AnySource, Sample, sanitize_tickers
from forefolio.strategy import (
    AnyStrategy,
    Classical,
    EqualWeight,
    ForecastDriven,
    ForecastStrategy,
    InverseVolatility,
    Strategy,
)
from forefolio.strategy.baselines import HISTORY

yaml: Any = lazy("yaml")

Seed = Annotated[int, Field(ge=0)]


class ForecastStudy(Document):
    """The part of a study that its forecasts depend on; see `Study.forecasting`."""

    source: AnySource = Sample()
    tickers: Words = ()
    start: date | None = None
    end: date | None = None
    minimum_sessions: Days = 504
    horizons: Annotated[tuple[Days, ...], Field(min_length=1)] = (1, 5, 21, 63)
    recipe: Recipe = Recipe()

    def within(self, sessions: int) -> Self:
        """This study where there are only so many sessions: without models, if they are too few.

        Raises:
            NotEnoughHistory: they are too few for the baselines as well.
        """
        if sessions > self.recipe.walk.first:
            return self
        half = sessions // 2
        if half <= HISTORY:
            raise NotEnoughHistory(2 * (HISTORY + 1), sessions, "a first forecast")
        walk = self.recipe.walk.model_copy(update={"first": half})
        recipe = self.recipe.model_copy(update={"models": (), "walk": walk})
        return self.model_copy(update={"recipe": recipe})


class Study(Document):
    """Everything that decides a run's numbers; equal studies on equal data have equal results."""

    source: AnySource = Sample()
    tickers: Words = ()  # empty: all the source offers by itself
    start: date | None = None
    end: date | None = None
    minimum_sessions: Days = 504
    machine_learning: bool = True
    horizons: Annotated[tuple[Days, ...], Field(min_length=1)] = (1, 5, 21, 63)
    strategy: AnyStrategy = ForecastDriven()
    baselines: tuple[AnyStrategy, ...] = (EqualWeight(), InverseVolatility(), Classical())
    trading: Trading = Trading(warmup=1251)  # the first forecast needs 1250 sessions before it
    seed: Seed = 0

    @field_validator("tickers")
    @classmethod
    def _clean(cls, tickers: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return sanitize_tickers(tickers)
        except BadTicker as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            raise ValueError(f"start {self.start} must be before end {self.end}")
        return self

    @property
    def followed(self) -> AnyStrategy:
        """The strategy that is followed; without machine learning none follows forecasts."""
        return self.strategy if self.machine_learning else without_learning(self.strategy)

    @property
    def recipe(self) -> Recipe:
        """What forecasts are made; where the strategy follows none, from its first decision on."""
        if (learning := learning_in(self.strategy)) is not None:
            recipe = learning.recipe
        else:
            recipe = Recipe(walk=WalkForward(first=max(self.trading.warmup - 1, HISTORY)))
        return recipe if self.machine_learning else recipe.model_copy(update={"models": ()})

    @property
    def forecast_horizons(self) -> tuple[int, ...]:
        """The horizons that are forecast: those asked for, and the one the strategy follows."""
        own = learning_in(self.followed) or self.followed
        return tuple(sorted({*self.horizons, *filter(None, [getattr(own, "horizon", None)])}))

    @property
    def forecasting(self) -> ForecastStudy:
        """What the forecasts depend on: not what cash earns, what trading costs nor how to hold."""
        return ForecastStudy(
            source=self.source,
            tickers=self.tickers,
            start=self.start,
            end=self.end,
            minimum_sessions=self.minimum_sessions,
            horizons=self.forecast_horizons,
            recipe=self.recipe,
        )

    @property
    def needed_sessions(self) -> int:
        """How many sessions there must be for a forecast, a decision and a trade."""
        return max(self.recipe.walk.first, self.trading.warmup) + 1

    def within(self, sessions: int) -> Self:
        """This study where there are only so many sessions.

        Where they are fewer than it needs, nothing is learnt, and the first decision is made half
        way.

        Raises:
            NotEnoughHistory: they are too few for that as well.
        """
        if sessions >= self.needed_sessions:
            return self
        half = sessions // 2
        if half <= HISTORY:
            raise NotEnoughHistory(2 * (HISTORY + 1), sessions, "a first decision")
        shorter: dict[str, Any] = {
            "machine_learning": False,
            "trading": self.trading.model_copy(update={"warmup": half}),
        }
        walk = self.recipe.walk.model_copy(update={"first": half - 1})
        shorter["strategy"] = _walking(self.strategy, walk)
        return self.model_copy(update=shorter)


def learning_in(strategy: Strategy) -> ForecastStrategy | None:
    """What follows forecasts: the strategy itself, or the first that it is made of."""
    parts = (value for _, value in strategy) if isinstance(strategy, Component) else ()
    found = (one for one in (strategy, *parts) if isinstance(one, ForecastStrategy))
    return next(found, None)


def without_learning(strategy: Strategy) -> Strategy:
    """The strategy with what it, or a part of it, falls back on instead of forecasts."""
    return replace_learning(strategy, lambda learning: learning.fallback)


def _walking(strategy: Strategy, walk: WalkForward) -> Strategy:
    """The strategy with forecasts, of itself or a part, that begin when `walk` says."""

    def walked(learning: ForecastStrategy) -> Strategy:
        if not isinstance(learning, Component):
            return learning
        recipe = learning.recipe.model_copy(update={"walk": walk})
        return learning.model_copy(update={"recipe": recipe})

    return replace_learning(strategy, walked)


def replace_learning(
    strategy: Strategy, change: Callable[[ForecastStrategy], Strategy]
) -> Strategy:
    """The strategy with `change` made to all that follows forecasts: to itself, or to its parts."""
    if isinstance(strategy, ForecastStrategy):
        return change(strategy)
    if not isinstance(strategy, Component):
        return strategy
    parts = {n: change(part) for n, part in strategy if isinstance(part, ForecastStrategy)}
    return strategy.model_copy(update=parts) if parts else strategy


def no_study(given: object) -> str:
    """What to say where something else stands for a study, such as prices."""
    return (
        f"a study is asked for, not a {type(given).__name__}: Study(source=Files(path=...)); "
        "prices in memory are taken by ml_forecast_returns, optimize_portfolio and load_market"
    )


def load_study(path: Path) -> Study:
    """Read a study from a YAML or JSON file.

    Raises:
        BadStudy: saying where the document is wrong, and what was probably meant.
    """
    return read_study(load_document(path), str(path))


def load_document(path: Path) -> dict[str, Any]:
    """Read a study's document without validating it.

    Raises:
        BadStudy: the file cannot be read, or is not a mapping.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _loader())
    except OSError as error:
        raise BadStudy([("", f"cannot be read: {error.strerror}")], str(path)) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: such as 31 June
        reason = " ".join(str(error).split())
        raise BadStudy([("", f"is not YAML: {reason}")], str(path)) from None
    if not isinstance(document, dict | None):
        raise BadStudy([("", "must be a mapping such as `tickers: [AAPL, MSFT]`")], str(path))
    return document or {}


def read_study(document: dict[str, Any], where: str = "study") -> Study:
    """Validate a study's document.

    Raises:
        BadStudy: saying where the document is wrong, and what was probably meant.
    """
    try:
        return Study.model_validate_json(json.dumps(document, default=str))  # dates are dates
    except ValidationError as error:
        raise BadStudy(problems(error, document), where) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise BadStudy([("", f"cannot be written as JSON: {error}")], where) from None


class _Written(int):
    """A whole number that remembers how it was written: 000660 is 432 to YAML."""

    text: str


@cache
def _loader() -> Any:
    """YAML's safe loader, with keys that are texts always, and numbers that remember theirs."""

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            self.flatten_mapping(node)
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode):
                    key.tag = "tag:yaml.org,2002:str"
            return super().construct_mapping(node, deep)

    def whole(loader: Any, node: Any) -> _Written:
        number = _Written(yaml.SafeLoader.construct_yaml_int(loader, node))
        number.text = node.value
        return number

    Loader.add_constructor("tag:yaml.org,2002:int", whole)
    return Loader
