"""What holds for every portfolio unless a constraint speaks of it: fully invested, long only."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from forefolio.core.errors import InputError
from forefolio.optimize.constraints.limits import Leverage
from forefolio.optimize.constraints.linear import Bounds, Budget, Constraint, LongOnly
from forefolio.optimize.constraints.positions import LongPositions, ShortPositions
from forefolio.optimize.words.language import parse_constraints
from forefolio.optimize.words.recorded import NO_FUNCTION, is_function

OneConstraint: TypeAlias = Constraint | str | Callable[..., Any]
Constraints: TypeAlias = OneConstraint | Sequence[OneConstraint]  # one or several


def with_usual(constraints: Constraints, invested: float = 1.0) -> tuple[Constraint, ...]:
    """Constraints, and beside them full investment and no short positions.

    A constraint that speaks of either takes its place: `Budget` says what is invested; lower bounds
    of all weights or below zero, `w free`, and `Leverage` say what may be sold short.

    Args:
        constraints: constraints, or words for them such as "tech <= 30%"; one or several.
        invested: what is invested where they do not say it, as some objectives do.

    Raises:
        BadConstraint: some words cannot be read.

    Example:
        >>> [str(one) for one in with_usual("w <= 20%; tech <= 30%")]
        ['sum(w) == 100%', 'w >= 0', 'w <= 20%', 'tech <= 30%']
        >>> [str(one) for one in with_usual(["80% <= sum(w) <= 100%", "gross <= 150%"])]
        ['80% <= sum(w) <= 100%', 'gross <= 150%']
    """
    stated = read_constraints(constraints)
    usual: list[Constraint] = []
    if not any(isinstance(one, Budget) for one in stated):
        usual.append(Budget(lower=invested, upper=invested))
    if not any(map(_speaks_of_shorts, stated)):
        usual.append(LongOnly())
    return (*usual, *stated)


def read_constraints(constraints: Constraints) -> tuple[Constraint, ...]:
    """Constraints as they are, and words read as constraints.

    Raises:
        BadConstraint: some words cannot be read.
        InputError: one is a function, and it is not known here of which assets.
    """
    alone = isinstance(constraints, str) or not isinstance(constraints, Sequence)
    several: Iterable[OneConstraint] = (constraints,) if alone else constraints  # type: ignore[assignment]
    return tuple(one for each in several for one in _read(each))


def _read(given: OneConstraint) -> tuple[Constraint, ...]:
    if isinstance(given, str):
        return parse_constraints(given)
    return (no_function(given),)


def no_function(given: Any) -> Any:
    """A constraint as it is, unless it is a function, which only those take who name the assets.

    Raises:
        InputError: it is one.
    """
    if is_function(given):
        raise InputError(NO_FUNCTION)
    return given


def _speaks_of_shorts(constraint: Constraint) -> bool:
    """Whether it says how far every weight may fall, or lets one fall below zero."""
    if not isinstance(constraint, Bounds):
        return isinstance(constraint, LongOnly | Leverage | LongPositions | ShortPositions)
    special = [lower for _, lower, _ in constraint.overrides]
    if any(lower is not None and lower < 0 for lower in special):
        return True
    free = (constraint.lower, constraint.upper) == (None, None) and not special
    return free or (constraint.lower is not None and None not in special)
