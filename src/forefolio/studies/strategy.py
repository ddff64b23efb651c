"""The main question: what to hold tomorrow, why, and with which evidence."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from forefolio.backtest import Trading
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.events import Job
from forefolio.forecast import Recipe, WalkForward
from forefolio.optimize import AnyOptimizer
from forefolio.strategy import (
    AnyStrategy,
    Classical,
    EqualWeight,
    ForecastDriven,
    InverseVolatility,
    Leaning,
    RiskOnTarget,
    StocksAndBonds,
    Strategy,
    Tilted,
    following,
    following_recipe,
    horizon_of,
    needs_of,
    walking,
    without_forecasts,
)
from forefolio.strategy.baselines import HISTORY
from forefolio.studies.base import StudyDocument
from forefolio.studies.cost import ComputingCost
from forefolio.studies.data import Data
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.mandate import mandated
from forefolio.studies.place import Place
from forefolio.studies.portfolio import Stated
from forefolio.studies.recipe import Horizons
from forefolio.studies.strategy_answer import answer
from forefolio.studies.strategy_job import follow
from forefolio.studies.strategy_result import StrategyResult

MONTH = 21  # sessions
BACKTESTS_S = 20.0  # CPU, at least, of a strategy and what it is compared with
Seed = Annotated[int, Field(ge=0)]

Learning = Annotated[
    bool, Field(description="Whether forecasts are learnt; if not, the classical method alone.")
]
OwnObjective = Annotated[
    AnyOptimizer | None,
    Field(
        description="Of the strategy's optimiser instead of its own, such as minimum_variance.",
        json_schema_extra={"in_words": True},
    ),
]
OwnLimits = Annotated[
    Stated,
    Field(
        description='In words, such as "w <= 10%", added to fully invested and long only.',
        json_schema_extra={"several": True},
    ),
]
TradingRules = Annotated[
    Trading,
    Field(
        description="When decisions are made, what trading costs and what cash earns.",
        json_schema_extra={"advanced": True},
    ),
]


class StrategyStudy(StudyDocument):
    """Turn prices into tomorrow's weights, with the evidence for them and a report.

    Without options it runs on the bundled sample. What was computed before is read, not computed
    again; a run that was stopped goes on where it was.

    >>> import forefolio as ff
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.StrategyStudy(
    ...     data=data, machine_learning=False, strategy="classical", baselines=(),
    ... )
    >>> study.strategy.kind, study.data.source.kind
    ('classical', 'synthetic')
    """

    path: ClassVar[str] = "strategy"
    command: ClassVar[str] = "run"
    result: ClassVar[type[StrategyResult]] = StrategyResult
    stages: ClassVar[Mapping[str, float]] = {
        "data": 3,
        "forecast": 70,
        "evidence": 12,
        "backtest": 11,
        "layers": 4,
    }

    kind: Literal["strategy"] = "strategy"
    data: Data = Field(Data(), description="Which prices, of which assets and dates.")
    machine_learning: Learning = True
    horizons: Horizons = Field((1, 5, 21, 63), description="Sessions ahead, such as 5,21.")
    strategy: AnyStrategy = Field(
        RiskOnTarget(strategy=Tilted()),
        description="The rule that is followed, such as forecast_driven.",
    )
    objective: OwnObjective = None
    constraints: OwnLimits = ()
    baselines: tuple[AnyStrategy, ...] = Field(
        (EqualWeight(), InverseVolatility(), StocksAndBonds(), Classical(), ForecastDriven()),
        description="The strategies it is compared with; those that follow forecasts only beside "
        "one that does not rest on them, by the forecasts that are made anyway; stocks_and_bonds "
        "only where there are bonds.",
        json_schema_extra={"advanced": True},
    )
    trading: TradingRules = Trading(warmup=1251)  # the first forecast needs 1250 sessions before it
    seed: Seed = Field(
        0, description="Of the bootstrap's random numbers.", json_schema_extra={"advanced": True}
    )

    @model_validator(mode="after")
    def _can_be_followed(self) -> Self:
        """Read the constraints now: what is wrong with them is said before anything is computed."""
        mandated(self.strategy, self.objective, self.constraints)
        return self

    def job(self, place: Place) -> Job[StrategyResult]:
        """Forecast, backtest and decide; the answer holds every number behind the report."""
        return answer((yield from follow(self, place)))

    @property
    def followed(self) -> AnyStrategy:
        """The strategy that is followed; without machine learning none follows forecasts."""
        asked = mandated(self.strategy, self.objective, self.constraints)
        if not self.machine_learning:
            return without_forecasts(asked)
        return following_recipe(asked, self.recipe, instead_of=Recipe())

    def as_followed(self) -> Self:
        """Without forecasts that the strategy does not follow, unless they were asked for."""
        if "machine_learning" in self.model_fields_set or needs_of(self.strategy) is not None:
            return self
        return self.model_copy(update={"machine_learning": False})

    @property
    def recipe(self) -> Recipe:
        """What forecasts are made: the strategy's own, or the usual ones.

        These begin with the first decision, where that is early.
        """
        needs = needs_of(self.strategy)
        recipe = Recipe() if needs is None else needs.recipe
        if recipe == Recipe():
            first = min(recipe.walk.first, max(self.trading.warmup - 1, HISTORY))
            recipe = Recipe(walk=WalkForward(first=first))
        return recipe if self.machine_learning else recipe.from_prices

    @property
    def compared(self) -> tuple[Strategy, ...]:
        """The baselines; what follows forecasts goes by those of the study, or is left out."""
        follows = following(self.strategy)
        if self.machine_learning and (follows is None or isinstance(follows, Leaning)):
            return tuple(following_recipe(one, self.recipe) for one in self.baselines)
        return tuple(one for one in self.baselines if needs_of(one) is None)

    @property
    def followed_horizon(self) -> int:
        """The horizon of the forecasts that are followed, or told of first: a month."""
        return horizon_of(self.followed) or MONTH

    def sizes(self) -> Mapping[str, int]:
        """Those of the forecasts."""
        return self.forecasting.sizes()

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """Forecasts out of sample, and a backtest of each strategy."""
        learnt = self.forecasting.cost(sizes)
        return ComputingCost(cpu_s=learnt.cpu_s + BACKTESTS_S, bytes=learnt.bytes)

    @property
    def forecast_horizons(self) -> tuple[int, ...]:
        """The horizons that are forecast: those asked for, and those that strategies follow."""
        own = horizon_of(self.followed)
        return tuple(sorted({*self.horizons, *self._compared_by, *([] if own is None else [own])}))

    @property
    def recorded_horizons(self) -> tuple[int, ...]:
        """Those of them at which every session's forecast is used, and not the last one's alone.

        What strategies follow, what is told of first, and the fewest sessions ahead, whose record
        is the quickest witness.
        """
        all_of_them = self.forecast_horizons
        told = {self.followed_horizon, all_of_them[0], *self._compared_by}
        return tuple(sorted(told & {*all_of_them}))

    @property
    def _compared_by(self) -> tuple[int, ...]:
        """The horizons of the forecasts that baselines follow."""
        needed = map(needs_of, self.compared)
        return tuple(needs.horizon for needs in needed if needs is not None)

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
        shorter["strategy"] = walking(self.strategy, walk)
        return self.model_copy(update=shorter)
