"""The main question: what to hold tomorrow, why, and with which evidence."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from forefolio.backtest import Trading
from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.forecast import Recipe, WalkForward
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
from forefolio.studies.base import StudyDocument
from forefolio.studies.data import Data
from forefolio.studies.forecast import ForecastStudy, Horizons

Seed = Annotated[int, Field(ge=0)]


class StrategyStudy(StudyDocument):
    """Turn prices into tomorrow's weights: data, forecasts, backtest, report.

    Without options it runs on the bundled sample. What was computed before is read, not computed
    again; a run that was stopped goes on where it was.
    """

    path: ClassVar[str] = "strategy"
    command: ClassVar[str] = "run"

    kind: Literal["strategy"] = "strategy"
    data: Data = Data()
    machine_learning: bool = Field(True, description="Whether forecasts are learnt.")
    horizons: Horizons = Field((1, 5, 21, 63), description="Sessions ahead, such as 5,21.")
    strategy: AnyStrategy = Field(
        ForecastDriven(), description="The rule that is followed, such as forecast_driven."
    )
    baselines: tuple[AnyStrategy, ...] = Field(
        (EqualWeight(), InverseVolatility(), Classical()),
        description="The strategies it has to beat.",
        json_schema_extra={"advanced": True},
    )
    trading: Trading = Field(
        Trading(warmup=1251),  # the first forecast needs 1250 sessions before it
        description="When decisions are made, what trading costs and what cash earns.",
        json_schema_extra={"advanced": True},
    )
    seed: Seed = Field(
        0, description="Of the bootstrap's random numbers.", json_schema_extra={"advanced": True}
    )

    def version(self) -> str:
        """Name the content of the data."""
        return self.data.version()

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
        return ForecastStudy(data=self.data, horizons=self.forecast_horizons, recipe=self.recipe)

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
