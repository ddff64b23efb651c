"""The constraints a document may name; in words too, wherever one is accepted."""

from typing import Annotated, TypeAlias

from forefolio.core.component import OneOf
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.constraints.soft import FIRM, Soft
from forefolio.optimize.words.language import parse_constraint
from forefolio.optimize.words.recorded import NO_FUNCTION, is_function

CONSTRAINTS = (*FIRM, Soft)


def _no_function(given: object) -> object:
    if is_function(given):
        raise ValueError(NO_FUNCTION)
    return given


AnyConstraint: TypeAlias = Annotated[
    Constraint, OneOf(*CONSTRAINTS, words=parse_constraint, adapt=_no_function)
]
