"""A limit between things: of weighted assets and sectors, such as "tech <= 2 financials"."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self, TypeAlias

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.mends import FRACTION, NUMBER
from forefolio.core.units import Array
from forefolio.optimize import text
from forefolio.optimize.constraints.limited import Level, between, in_order
from forefolio.optimize.constraints.linear import SECTOR_TAKEN, sector_members
from forefolio.optimize.names import Universe
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import Symbols

SCORE = 0.01  # a mean score gives way before limits of weights, as a target return does
LEAST_SCORE = 10.0  # nobody compares a weight with ten times another

Multiples: TypeAlias = tuple[
    tuple[str, Annotated[float, Field(json_schema_extra={"unit": "times the weight"})]], ...
]


class WeightedSum(Component):
    """Weights times a number each, added up: `lower <= sum c_i w_i <= upper`.

    A sector stands for all its assets, and its name is understood as a `Group` understands it.
    Numbers may also be scores of one's own, such as one for ESG.

    >>> import forefolio as ff
    >>> print(WeightedSum(sectors=(("tech", 1), ("financials", -2)), upper=0))
    tech - 2 financials <= 0%
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(
    ...     mu=mu, cov=cov, objective="minimum_variance", constraints="'bonds' <= 2 'stocks'"
    ... )
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.67, 'stocks': 0.33}
    """

    kind: Literal["weighted_sum"] = "weighted_sum"
    name: str = Field("", description="What messages call the sum; none: they show its formula.")
    assets: Multiples = Field((), description="Pairs of ticker and number.")
    sectors: Multiples = Field((), description="Pairs of sector and number.")
    lower: Level = Field(None, description="Least sum; none: no lower limit.")
    upper: Level = Field(None, description="Greatest sum; none: no upper limit.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not any(number for _, number in (*self.assets, *self.sectors)):
            raise ValueError(
                "a weighted sum needs an asset or a sector, and a number that is not 0"
            )
        in_order(self.lower, self.upper)
        return self

    @property
    def formula(self) -> str:
        """Such as "AAPL - 0.5 MSFT"."""
        terms = [(text.asset(asset), number) for asset, number in self.assets]
        terms += [(text.phrase(name, SECTOR_TAKEN), number) for name, number in self.sectors]
        written = ""
        for called, number in terms:
            sign = "-" if number < 0 else "+" if written else ""
            term = _term(abs(number), called)
            written += f" {sign} {term}" if written else f"{sign}{term}"
        return written

    def __str__(self) -> str:
        """Such as "AAPL - 0.5 MSFT <= 0%"."""
        name = f"{text.phrase(self.name)}: " if self.name else ""
        if not self._of_scores:
            return name + text.within(self.formula, self.lower, self.upper)
        limits = (None if x is None else text.plain(x) for x in (self.lower, self.upper))
        return name + text.limited(self.formula, *limits)

    def check_names(self, universe: Universe) -> None:
        """Refuse a sector that is none, and what is no asset."""
        for sector, _ in self.sectors:
            universe.check_sector(sector, self)
        universe.check_assets((asset for asset, _ in self.assets), self)
        if not self._of_scores:
            universe.check_levels((self.lower, self.upper), self)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One or two rows; what cannot be held has no part in them."""
        name = self.name or self.formula
        unit, firmness = (NUMBER, SCORE / self._most) if self._of_scores else (FRACTION, 1.0)
        limits, total = (self.lower, self.upper), self._numbers(s) @ s.x
        yield from between(name, total, limits, s, unit=unit, firmness=firmness)

    @property
    def _of_scores(self) -> bool:
        """Whether its numbers are rather scores than multiples: limits are then no percentages."""
        return self._most >= LEAST_SCORE

    @property
    def _most(self) -> float:
        return max(abs(number) for _, number in (*self.assets, *self.sectors))

    def _numbers(self, s: Symbols) -> Array:
        numbers = np.zeros(len(s.assets))
        for asset, number in self.assets:
            numbers += number * np.array([asset == other for other in s.assets])
        for sector, number in self.sectors:
            numbers += number * sector_members(sector, s)
        return numbers


def _term(number: float, called: str) -> str:
    """Such as "AAPL", "2 AAPL" or "2 * 0700.HK"."""
    if number == 1:
        return called
    times = "" if text.begins_a_name(called) else "* "
    return f"{text.plain(number)} {times}{called}"
