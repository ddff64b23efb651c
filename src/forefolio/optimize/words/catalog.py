"""The constraints a document may name; in words too, wherever one is accepted."""

from collections.abc import Callable
from typing import Annotated, TypeAlias

from pydantic import WrapValidator

from forefolio.core.component import OneOf
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.constraints.soft import FIRM, Soft
from forefolio.optimize.words.language import parse_constraint
from forefolio.optimize.words.recorded import NO_FUNCTION, is_function
from forefolio.optimize.words.usual import with_usual

CONSTRAINTS = (*FIRM, Soft)


def _no_function(given: object) -> object:
    if is_function(given):
        raise ValueError(NO_FUNCTION)
    return given


AnyConstraint: TypeAlias = Annotated[
    Constraint, OneOf(*CONSTRAINTS, words=parse_constraint, adapt=_no_function)
]


def _beside_usual(
    given: object, validated: Callable[[object], tuple[Constraint, ...]]
) -> tuple[Constraint, ...]:
    """Constraints as they are given; words beside full investment and no short positions."""
    listed = (given,) if isinstance(given, str) else given
    read = validated(listed)
    in_words = isinstance(listed, list | tuple) and any(isinstance(one, str) for one in listed)
    return with_usual(read) if in_words else read


AnyConstraints: TypeAlias = Annotated[tuple[AnyConstraint, ...], WrapValidator(_beside_usual)]
"""The constraints of an objective: objects are all that holds, words are added to the usual."""
