"""Strategies made of what somebody already has: a function, an estimator, an objective.

1. A function of the prices so far, or of the market so far, which returns weights.
2. An estimator in the manner of scikit-learn and skfolio, which fits past returns and then has
   `weights_`.
3. An objective of `forefolio.optimize`, chosen for over past means and covariances.
"""

import inspect
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Dates, Days
from forefolio.market import Market, read_weights
from forefolio.market.cleaning.alignment import in_step
from forefolio.market.own_sessions import own_growth
from forefolio.optimize import Allocation, Optimizer
from forefolio.strategy.base import Policy, Strategy
from forefolio.strategy.baselines import Classical, alive, only

pandas: Any = lazy("pandas")
sklearn_base: Any = lazy("sklearn.base")


class FunctionStrategy(Component):
    """Weights from a function of what is known at a decision.

    The function takes the closes so far, a pandas frame with a row per session and a column per
    asset, or, where its first parameter is called `market`, the `Market` so far. It returns
    weights as fractions: a mapping or a Series by ticker (what is not named gets none), or one
    number per asset in their order. What they leave of 1 is cash.

    >>> rule = FunctionStrategy(function=lambda prices: {prices.columns[0]: 1.0})
    >>> rule.name
    '<lambda>'
    """

    kind: str = "function"
    function: Callable[..., Any] = Field(exclude=True)

    @property
    def name(self) -> str:
        """What tables call it: the name it is registered under, or that of the function."""
        if self.kind != "function":
            return self.kind.replace("_", " ")
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare: it is asked at each decision."""
        return _ready(self.decide)

    def decide(self, snapshot: Market, current: Array) -> Allocation:  # noqa: ARG002
        """What the function says.

        Raises:
            InputError: it did not return one finite weight for each asset.
            UnknownTicker: it returned a weight of an asset that is not there.
        """
        parameters = list(inspect.signature(self.function).parameters)
        takes_market = parameters[:1] == ["market"]
        weights = self.function(snapshot if takes_market else _closes(snapshot))
        return Allocation(
            assets=snapshot.assets, weights=read_weights(weights, snapshot.assets), method=self.name
        )


class EstimatorStrategy(Component):
    """Weights of an estimator that is fitted to the returns of the last `window` sessions.

    The estimator has `fit(X)`, where X is a pandas frame of simple returns, and then `weights_`,
    one number per column: those of skfolio, and `forefolio.PortfolioEstimator`.
    """

    kind: str = "estimator"
    estimator: Any = Field(exclude=True)
    window: Days = 504

    @property
    def name(self) -> str:
        """What tables call it: the name it is registered under, or that of its class."""
        if self.kind != "estimator":
            return self.kind.replace("_", " ")
        return type(self.estimator).__name__

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare: it is fitted at each decision."""
        return _ready(self.decide)

    def decide(self, snapshot: Market, current: Array) -> Allocation:  # noqa: ARG002
        """The weights after a fit to the past of the assets that trade.

        Raises:
            InputError: it has not one finite weight for each asset.
        """
        among = alive(snapshot)
        held = only(snapshot, among)
        fitted = sklearn_base.clone(self.estimator).fit(_returns(held, self.window))
        weights = read_weights(np.asarray(fitted.weights_), held.assets)
        chosen = Allocation(assets=held.assets, weights=weights, method=self.name)
        return chosen.spread(snapshot.assets, among)


def as_strategy(given: object) -> object:
    """What is no strategy as one: an objective, an estimator or a function; else as it is."""
    if isinstance(given, Strategy | str):
        return given
    if isinstance(given, Optimizer):
        return Classical(optimizer=given)
    if hasattr(given, "fit") and hasattr(given, "get_params"):
        return EstimatorStrategy(estimator=given)
    if callable(given):
        return FunctionStrategy(function=given)
    return given


def _closes(snapshot: Market) -> Any:
    return pandas.DataFrame(
        snapshot.close,
        index=pandas.DatetimeIndex(snapshot.sessions, name="date"),
        columns=list(snapshot.assets),
    )


def _returns(held: Market, window: int) -> Any:
    """Simple returns between sessions on which all exchanges are open, complete rows alone."""
    step = in_step(held, window)
    returns = own_growth(step.close[-(window + 1) :])[1:]
    frame = pandas.DataFrame(
        returns,
        index=pandas.DatetimeIndex(step.sessions[-len(returns) :], name="date"),
        columns=list(held.assets),
    )
    return frame.dropna()


def _ready(policy: Policy) -> Job[Policy]:
    yield from ()
    return policy
