"""Constraints on a portfolio, each in words and in numbers.

A new constraint is a class with `rows`, and its name in `CONSTRAINTS`. Formulas are homogeneous
in (x, scale), so that the same constraint serves every objective. `firmness` says which of
several contradictory statements gives way first: a target before limits, limits before the
budget, and the budget before the ban on short positions.
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from pydantic import model_validator

from forefolio.component import Component, OneOf
from forefolio.optimize.affine import Affine
from forefolio.optimize.program import Rows
from forefolio.optimize.symbols import Symbols
from forefolio.units import AnnualRate, Array, Fraction, Share

Level: TypeAlias = Fraction | None


@runtime_checkable
class Constraint(Protocol):
    """Something that every portfolio must satisfy."""

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """The statements it makes."""
        ...


class Budget(Component):
    """How much is invested: all of it, or between `lower` and `upper` with the rest in cash."""

    kind: Literal["budget"] = "budget"
    lower: Fraction = 1.0
    upper: Fraction = 1.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        _in_order(self.lower, self.upper)
        return self

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One equality, or two limits."""
        yield from _between("invested", s.x.sum(), (self.lower, self.upper), s, firmness=3.0)


class LongOnly(Component):
    """No short positions."""

    kind: Literal["long_only"] = "long_only"

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row for each asset."""
        yield Rows(name="no short position", excess=-s.x, labels=s.assets, firmness=10.0)


class Bounds(Component):
    """Each weight between `lower` and `upper`; `overrides` are (asset, lower, upper)."""

    kind: Literal["bounds"] = "bounds"
    lower: Level = None
    upper: Level = None
    overrides: tuple[tuple[str, Level, Level], ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        for _, lower, upper in self.overrides:
            _in_order(lower, upper)
        _in_order(self.lower, self.upper)
        return self

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """Two rows for each asset."""
        special = {asset for asset, _, _ in self.overrides}
        usual = [k for k, asset in enumerate(s.assets) if asset not in special]
        names = tuple(s.assets[k] for k in usual)
        yield from _between("weight", s.x[usual], (self.lower, self.upper), s, names)
        for asset, lower, upper in self.overrides:
            at = [k for k, known in enumerate(s.assets) if known == asset]
            yield from _between(f"{asset}: weight", s.x[at], (lower, upper), s)


class Group(Component):
    """The sum of some weights between `lower` and `upper`: of `assets`, or of a `sector`.

    Messages call it by its `name`, or else by what it is of.
    """

    kind: Literal["group"] = "group"
    name: str = ""
    sector: str = ""
    assets: tuple[str, ...] = ()
    lower: Level = None
    upper: Level = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.sector) == bool(self.assets):
            raise ValueError("a group is either a sector or assets")
        _in_order(self.lower, self.upper)
        return self

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One or two rows."""
        total = _members(self, s) @ s.x
        name = self.name or self.sector or " + ".join(self.assets)
        yield from _between(name, total, (self.lower, self.upper), s)


class Turnover(Component):
    """At most this share of the portfolio is replaced: half the sum of |trades| (one way).

    It does not apply while nothing is held: the first portfolio has to be bought.
    """

    kind: Literal["turnover"] = "turnover"
    at_most: Share = 0.2

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row over the sizes of the trades."""
        if s.outlook.current.any():
            half = 0.5 * s.program.absolute(s.trades).sum()
            yield from _between("turnover", half, (None, self.at_most), s)


class AnnualReturn(Component):
    """The expected return, that of cash included, is at least so much a year."""

    kind: Literal["annual_return"] = "annual_return"
    at_least: AnnualRate = 0.1

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row, in annual units."""
        annual = s.horizons_per_year * s.expected_return
        yield from _between("annual return", annual, (self.at_least, None), s, firmness=1e-3)


CONSTRAINTS = (Budget, LongOnly, Bounds, Group, Turnover, AnnualReturn)
AnyConstraint: TypeAlias = Annotated[Constraint, OneOf(*CONSTRAINTS)]


def _between(
    what: str,
    value: Affine,
    limits: tuple[Level, Level],
    s: Symbols,
    labels: tuple[str, ...] = (),
    firmness: float = 1.0,
) -> Iterator[Rows]:
    """Limits of value / scale, in words and in numbers."""

    def rows(name: str, excess: Affine, exact: bool = False) -> Rows:
        return Rows(name=name, excess=excess, exact=exact, labels=labels, firmness=firmness)

    lower, upper = limits
    if lower is not None and lower == upper:
        yield rows(f"{what} {_percent(lower)}", value - lower * s.scale, exact=True)
        return
    if lower is not None:
        yield rows(f"{what} at least {_percent(lower)}", lower * s.scale - value)
    if upper is not None:
        yield rows(f"{what} at most {_percent(upper)}", value - upper * s.scale)


def _in_order(lower: Level, upper: Level) -> None:
    if lower is not None and upper is not None and lower > upper:
        raise ValueError(f"lower ({lower:g}) is above upper ({upper:g})")


def _members(group: Group, s: Symbols) -> Array:
    if group.assets:
        return np.isin(s.assets, group.assets).astype(np.float64)
    sectors = s.outlook.sectors or ("",) * len(s.assets)
    return np.isin(sectors, [group.sector]).astype(np.float64)


def _percent(level: float) -> str:
    return f"{100 * level:.6g} %"
