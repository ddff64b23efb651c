"""The constraints a document may name; in words too, wherever one is accepted."""

from typing import Annotated, TypeAlias

from forefolio.core.component import OneOf
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.constraints.soft import FIRM, Soft
from forefolio.optimize.words.language import parse_constraint

CONSTRAINTS = (*FIRM, Soft)
AnyConstraint: TypeAlias = Annotated[Constraint, OneOf(*CONSTRAINTS, words=parse_constraint)]
