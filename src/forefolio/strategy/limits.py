"""A strategy without the limits that it states, to see what these change."""

from typing import Any

from forefolio.core.component import Component
from forefolio.optimize import Budget, LongOnly, Optimizer
from forefolio.strategy.base import Composite, Limited, Strategy


def without_limits(strategy: Strategy) -> Strategy:
    """The strategy, and every part of it, fully invested and long only without any other limit.

    >>> from forefolio.strategy import Classical, VolatilityTarget
    >>> from forefolio.optimize import MaximumSharpe
    >>> careful = Classical(optimizer=MaximumSharpe(constraints=("budget", "long_only", "w <= 5%")))
    >>> held = without_limits(VolatilityTarget(strategy=careful)).strategy
    >>> len(careful.optimizer.constraints), len(held.optimizer.constraints)
    (3, 2)
    """
    if isinstance(strategy, Limited):
        return strategy.unlimited
    if not isinstance(strategy, Composite):
        return strategy
    return strategy.with_parts({name: without_limits(one) for name, one in strategy.parts.items()})


def unlimited_optimizer(optimizer: Optimizer) -> Any:
    """An optimiser without its limits; one that states none as it is.

    Where it usually has none at all it says by itself what is invested, and has none here.
    """
    own: Any = optimizer
    if not isinstance(own, Component) or "constraints" not in type(own).model_fields:
        return own
    usual = type(own).model_fields["constraints"].default
    return own.model_copy(update={"constraints": usual and (Budget(), LongOnly())})
