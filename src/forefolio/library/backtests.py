"""Backtests of one strategy or of several, in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forefolio.backtest import BacktestResult, StrategyComparisons, Trading
from forefolio.backtest.compare import side_by_side
from forefolio.backtest.engine import backtest as following
from forefolio.core.errors import InputError
from forefolio.core.events import Job
from forefolio.core.kinds import kind_of, plain
from forefolio.core.settings import Settings
from forefolio.library.given import market_from, read_as, read_settings
from forefolio.optimize import OPTIMIZERS, AnyOptimizer
from forefolio.runs.executors import executor
from forefolio.strategy import AnyStrategy, Classical, Strategy, strategy_named
from forefolio.strategy.catalog import STRATEGIES
from forefolio.views.watching import watched

if TYPE_CHECKING:
    from forefolio.market import Market


def backtest(
    prices: Any,
    strategy: Any = "equal_weight",
    *,
    trading: Trading | Mapping[str, Any] | None = None,
    settings: Settings | None = None,
) -> BacktestResult:
    """What a strategy would have earned, after costs.

    Args:
        prices: a frame with a row per session and a column per ticker (pandas, polars, Arrow), a
            `Market`, a source, or the path of a file.
        strategy: such as "momentum"; a class or an object; a function of the prices so far (or, if
            its parameter is called `market`, of the `Market` so far) that returns weights; an
            estimator that has `weights_` once it has fitted returns; or an objective such as
            "minimum_variance", chosen for over past means and covariances.
        trading: when decisions are made, costs, cash rate and warm-up: a `Trading`, or some of its
            settings, such as {"warmup": 252}.
        settings: how many processes work, for strategies that learn.

    Returns:
        Equity, weights, trades and costs by session; `to_frame()`, `plot()`, `summary(result)`.

    Raises:
        InputError: the strategy is none, or not one of its decisions could be made.
        DataError: the prices cannot be used, or are too few for a decision.

    >>> from forefolio.library.backtests import backtest
    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=1, sessions=600, assets=5)
    >>> backtest(market, lambda prices: {prices.columns[0]: 0.5}).targets[0].tolist()
    [0.5, 0.0, 0.0, 0.0, 0.0]
    """
    market, account = market_from(prices), read_settings(Trading, trading, "trading")
    chosen = strategy_from(strategy)
    (result,) = _followed({_label(chosen): chosen}, account, market, settings)
    return result


def compare(
    prices: Any,
    strategies: Sequence[Any] | Mapping[str, Any] = ("equal_weight", "inverse_volatility"),
    *,
    trading: Trading | Mapping[str, Any] | None = None,
    settings: Settings | None = None,
) -> StrategyComparisons:
    """Backtest several strategies on the same prices and test each against the first.

    Args:
        prices: as for `backtest`.
        strategies: as for `backtest`, several, or a mapping by the names that tables should show.
        trading: as for `backtest`.
        settings: as for `backtest`.

    Returns:
        The backtests, and whether Sharpe ratios differ by more than chance from the first one's.

    Raises:
        InputError: there are no strategies, or one of them is none.
        DataError: the prices cannot be used, or are too few for a decision.

    >>> from forefolio.library.backtests import compare
    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=1, sessions=700, assets=5)
    >>> compare(market, ["equal_weight", "minimum_variance"]).names
    ('equal weight', 'minimum variance')
    """
    market, account = market_from(prices), read_settings(Trading, trading, "trading")
    if isinstance(strategies, str) or not strategies:
        raise InputError('give several strategies, such as ["equal_weight", "momentum"]')
    if isinstance(strategies, Mapping):
        chosen = {str(name): strategy_from(one) for name, one in strategies.items()}
    else:
        chosen = _named(strategies)
    reference, *others = _followed(chosen, account, market, settings)
    results = {one.name: one for one in (reference, *others)}
    return StrategyComparisons(results=results, tests=side_by_side(others, reference))


def strategy_from(given: Any) -> Strategy:
    """A strategy by name, or from a class, an object, a function, an estimator or an objective.

    Raises:
        InputError: it is none of these; it says which was probably meant.
    """
    if isinstance(given, str):
        if plain(given) in {plain(kind_of(one)) for one in STRATEGIES}:
            return strategy_named(given)
        if plain(given) in {plain(kind_of(one)) for one in OPTIMIZERS}:
            return Classical(optimizer=read_as(AnyOptimizer, given, "strategy"))
        try:
            return strategy_named(given)  # what tables call it
        except InputError:
            pass
    strategy: Strategy = read_as(AnyStrategy, given, "strategy")
    return strategy


def _named(strategies: Sequence[Any]) -> dict[str, Strategy]:
    """Strategies by the names that tables show; the second of a name is numbered."""
    chosen: dict[str, Strategy] = {}
    for given in strategies:
        strategy = strategy_from(given)
        name = label = _label(strategy)
        number = 1
        while label in chosen:
            number += 1
            label = f"{name} {number}"
        chosen[label] = strategy
    return chosen


def _label(strategy: Strategy) -> str:
    """What a table calls a strategy: an objective by its kind, others by their name."""
    objective: Callable[..., Any] | None = getattr(strategy, "optimizer", None)
    chosen_for = isinstance(strategy, Classical) and strategy != Classical()
    return kind_of(objective).replace("_", " ") if chosen_for and objective else strategy.name


def _followed(
    chosen: Mapping[str, Strategy], trading: Trading, market: Market, settings: Settings | None
) -> list[BacktestResult]:
    """The backtests of strategies, by the names that tables show, one after the other."""
    given = settings or Settings.read()
    with executor(given.executor, given.task_timeout_s) as workers:
        job = _one_by_one(chosen, trading, market, workers)
        return watched(job, {"backtest": 100}, given.progress, {"backtest": len(chosen)})


def _called(stage: str, job: Job[BacktestResult]) -> Job[BacktestResult]:
    """A backtest whose stage has the name that tables show: strategies may share their own."""
    with closing(job):
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                result: BacktestResult = stop.value
                return result
            is_own = getattr(event, "stage", "").startswith("backtest:")
            yield event.model_copy(update={"stage": stage}) if is_own else event


def _one_by_one(
    chosen: Mapping[str, Strategy], trading: Trading, market: Market, workers: Executor
) -> Job[list[BacktestResult]]:
    results = []
    for name, strategy in chosen.items():
        job = following(strategy, trading, market, workers)
        result = yield from _called(f"backtest:{name}", job)
        if result.failures and len(result.failures) == len(result.decisions):
            first = result.failures[0]
            raise InputError(
                f"{strategy.name} could not decide once; on {first.session}: {first.message}"
            )
        results.append(replace(result, name=name))
    return results
