"""The constraints a document may name; in words too, wherever one is accepted."""

from typing import Annotated, TypeAlias

from forefolio.component import OneOf
from forefolio.optimize.constraints import Constraint
from forefolio.optimize.language import parse_constraint
from forefolio.optimize.soft import FIRM, Soft

CONSTRAINTS = (*FIRM, Soft)
AnyConstraint: TypeAlias = Annotated[Constraint, OneOf(*CONSTRAINTS, words=parse_constraint)]
