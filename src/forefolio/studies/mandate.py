"""What somebody asks of a strategy's optimiser: another objective, constraints in words."""

from collections.abc import Callable, Sequence
from typing import Any

from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.wording import listed
from forefolio.optimize import Constraint, Optimizer
from forefolio.optimize.portfolio import constrained, limits_beside, limits_given
from forefolio.strategy import ForecastStrategy, Strategy
from forefolio.strategy.base import Composite
from forefolio.strategy.limits import unlimited_optimizer


def mandated(
    strategy: Strategy, objective: Optimizer | None, constraints: tuple[str, ...]
) -> Strategy:
    """The strategy whose optimiser has that objective, and those constraints.

    Constraints take the place of those that every such strategy has; those that this one, or the
    objective, was given hold beside them. An objective that states none keeps the constraints of
    the strategy; what the strategy falls back on has the same mandate, and so have the parts that
    it is made of.

    Raises:
        InputError: the strategy has no optimiser, or the objective takes no constraints though
            some are asked for, or the strategy was given some.
        BadConstraint: the words of a constraint cannot be read.
    """
    if objective is None and not constraints:
        return strategy

    def asked(own: Optimizer, usual: Sequence[Constraint]) -> Optimizer:
        given = limits_given(own, usual)
        if constraints:
            rule = objective or unlimited_optimizer(own)
            return constrained(rule, (*given, *constraints))
        if objective is None:
            return own
        if given and _unless_told(type(getattr(objective, "optimizer", objective))) is None:
            raise InputError(
                f"{type(objective).__name__} takes no constraints, and the strategy "
                f"{strategy.name} has {listed(list(map(str, given)))}; choose MaximumSharpe, or "
                "leave them out of the strategy"
            )
        return _with_constraints_of(own, objective)

    changed = _changed(strategy, asked)
    if changed is strategy:
        what = "constraints" if constraints else "objective"
        raise InputError(
            f"the strategy {strategy.name} takes no {what}: its rule alone says what is held; "
            "follow forecast_driven or classical instead"
        )
    return changed


def _changed(
    strategy: Strategy, asked: Callable[[Optimizer, Sequence[Constraint]], Optimizer]
) -> Strategy:
    """The strategy with other optimisers in it, or itself if there are none."""
    if isinstance(strategy, Composite):
        parts = {name: _changed(part, asked) for name, part in strategy.parts.items()}
        same = all(part is strategy.parts[name] for name, part in parts.items())
        return strategy if same else strategy.with_parts(parts)
    own = getattr(strategy, "optimizer", None)
    updates: dict[str, object] = {} if own is None else {"optimizer": asked(own, _usual(strategy))}
    if isinstance(strategy, ForecastStrategy):
        fallback = _changed(strategy.fallback, asked)
        updates |= {} if fallback is strategy.fallback else {"fallback": fallback}
    if not updates or not isinstance(strategy, Component):
        return strategy
    made: Strategy = strategy.model_copy(update=updates)
    return made


def _usual(strategy: Strategy) -> Sequence[Constraint]:
    """The constraints of the optimiser that a strategy of this class has unless told."""
    field = getattr(type(strategy), "model_fields", {}).get("optimizer")
    usual: Sequence[Constraint] = getattr(getattr(field, "default", None), "constraints", ())
    return usual


def _with_constraints_of(own: Optimizer, objective: Optimizer) -> Optimizer:
    """The objective under the limits of the strategy's optimiser, unless it states some itself.

    One that usually has none says by itself what is invested, and has only limits beside that.
    """
    before: Any = getattr(own, "optimizer", own)
    after: Any = getattr(objective, "optimizer", objective)
    usual = _unless_told(type(after))
    if usual is None or after.constraints != usual or _unless_told(type(before)) is None:
        return objective
    if usual and _unless_told(type(before)):
        return _limited(objective, before.constraints)
    given = limits_given(own, ())
    return _limited(objective, limits_beside(objective, given)) if given else objective


def _limited(objective: Optimizer, limits: tuple[Constraint, ...]) -> Optimizer:
    inner = getattr(objective, "optimizer", None)
    update = {"constraints": limits} if inner is None else {"optimizer": _limited(inner, limits)}
    made: Optimizer = objective.model_copy(update=update)  # type: ignore[attr-defined]
    return made


def _unless_told(optimizer: type) -> Sequence[Constraint] | None:
    """The constraints of an optimiser of a class; None where it takes none."""
    field = getattr(optimizer, "model_fields", {}).get("constraints")
    return None if field is None else tuple(field.default)
