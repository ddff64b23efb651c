"""Which forecasts a strategy asks for, and the strategy with them, without them, or later.

A strategy follows forecasts itself (`ForecastStrategy`), is made of others (`Composite`), which may
at any depth, or asks for none. Each of the functions below asks it which.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.core.units import Dates
from forefolio.forecast import Forecasts, Recipe, WalkForward
from forefolio.market import Market
from forefolio.strategy.base import Composite, ForecastStrategy, Planned, Policy, Strategy


@dataclass(frozen=True, slots=True)
class Needs:
    """The forecasts of `recipe` over `horizon` sessions."""

    recipe: Recipe
    horizon: int


def needs_of(strategy: Strategy) -> Needs | None:
    """The forecasts that a strategy, or the first of its parts that does, asks for; None for none.

    >>> from forefolio.strategy import ForecastDriven, VolatilityTarget
    >>> needs_of(VolatilityTarget(strategy=ForecastDriven(horizon=5))).horizon
    5
    """
    follows = following(strategy)
    return None if follows is None else Needs(follows.recipe, follows.horizon)


def following(strategy: Strategy) -> ForecastStrategy | None:
    """What follows forecasts: the strategy itself, or the first of its parts that does."""
    if isinstance(strategy, ForecastStrategy):
        return strategy
    if not isinstance(strategy, Composite):
        return None
    return next(filter(None, map(following, strategy.parts.values())), None)


def horizon_of(strategy: Strategy) -> int | None:
    """For how many sessions it holds on to a decision: of its forecasts, or its own; None: open."""
    if (needs := needs_of(strategy)) is not None:
        return needs.horizon
    return strategy.horizon if isinstance(strategy, Planned) else None


def without_forecasts(strategy: Strategy) -> Strategy:
    """The strategy with what it, or a part of it, falls back on instead of forecasts."""
    return _changed(strategy, lambda one: one.fallback)


def walking(strategy: Strategy, walk: WalkForward) -> Strategy:
    """The strategy with forecasts, of itself or a part, that begin when `walk` says."""
    return _changed(strategy, lambda one: _by(one, one.recipe.model_copy(update={"walk": walk})))


def following_recipe(
    strategy: Strategy, recipe: Recipe, instead_of: Recipe | None = None
) -> Strategy:
    """The strategy with the forecasts of `recipe` wherever it, or a part of it, follows any.

    Where `instead_of` is given, only what follows the forecasts of that.
    """
    return _changed(
        strategy, lambda one: _by(one, recipe) if instead_of in (None, one.recipe) else one
    )


def with_forecasts(strategy: Strategy, recipe: Recipe, forecasts: Forecasts) -> Strategy:
    """The strategy that makes no forecasts, where those of `recipe` are what it asks for."""

    def supplied(one: ForecastStrategy) -> Strategy:
        if one.recipe != recipe or one.horizon not in forecasts.horizons:
            return one
        evidence = forecasts.horizons[one.horizon]
        return _Supplied(one, one.policy(evidence), evidence.panel.assets)

    return _changed(strategy, supplied)


def _changed(strategy: Strategy, change: Callable[[ForecastStrategy], Strategy]) -> Strategy:
    """The strategy with `change` made to all that follows forecasts in it."""
    if isinstance(strategy, ForecastStrategy):
        return change(strategy)
    if not isinstance(strategy, Composite):
        return strategy
    parts = {name: _changed(part, change) for name, part in strategy.parts.items()}
    same = all(part is strategy.parts[name] for name, part in parts.items())
    return strategy if same else strategy.with_parts(parts)


def _by(one: ForecastStrategy, recipe: Recipe) -> Strategy:
    if not isinstance(one, Component):
        return one
    changed: Strategy = one.model_copy(update={"recipe": recipe})
    return changed


@dataclass(frozen=True, slots=True)
class _Supplied:
    """A strategy whose forecasts are made already, for a market of these assets."""

    strategy: ForecastStrategy
    policy: Policy
    assets: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.strategy.name

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        if market.assets == self.assets:
            return self.policy
        return (yield from self.strategy.prepare(market, sessions, executor))
