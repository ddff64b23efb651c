"""Constraints that are linear in the weights, each in words and in numbers.

A new constraint is a class with `rows` and `__str__`, and its name in `catalog.py`. Formulas are
homogeneous in (x, scale), so that the same constraint serves every objective. `firmness` says
which of several contradictory statements gives way first: a target before limits, limits before
the budget, and the budget before the ban on short positions. A class that says `of_names_alone`
states the same rows whenever assets, sectors and what is listed are the same: they are read once.
"""

from collections.abc import Iterator
from typing import ClassVar, Literal, Protocol, Self, runtime_checkable

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import UnclearName
from forefolio.core.mends import PER_YEAR
from forefolio.core.units import AnnualRate, Array, Share, Words
from forefolio.features import CATALOGUE
from forefolio.optimize import text
from forefolio.optimize.constraints.limited import Amount, Level, between, in_order
from forefolio.optimize.names import Universe
from forefolio.optimize.program.problem import Limit, Rows
from forefolio.optimize.program.symbols import Symbols

SECTOR_TAKEN = text.RESERVED | {"beta"} | {f.model_fields["kind"].default for f in CATALOGUE}


@runtime_checkable
class Constraint(Protocol):
    """Something that every portfolio must satisfy."""

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """The statements it makes."""
        ...


class Budget(Component):
    """How much is invested: `lower <= sum w <= upper`; the rest is cash.

    >>> print(Budget(lower=0.8, upper=1.0))
    80% <= sum(w) <= 100%
    """

    of_names_alone: ClassVar[bool] = True

    kind: Literal["budget"] = "budget"
    lower: Amount = Field(1.0, description="Least sum of the weights.")
    upper: Amount = Field(1.0, description="Greatest sum of the weights.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        in_order(self.lower, self.upper)
        return self

    def __str__(self) -> str:
        """Such as "sum(w) == 100%"."""
        return text.within("sum(w)", self.lower, self.upper)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One equality, or two limits."""
        yield from between(
            "invested",
            s.x.sum(),
            (self.lower, self.upper),
            s,
            firmness=3.0,
            called="what is invested",
        )


def invested(lower: Level, upper: Level) -> Budget:
    """What is invested between limits; of one alone the other is nothing, or the whole.

    >>> print(invested(None, 0.8))
    0% <= sum(w) <= 80%
    >>> print(invested(0.8, None))
    80% <= sum(w) <= 100%
    """
    least = min(0.0, upper or 0.0) if lower is None else lower
    return Budget(lower=least, upper=max(1.0, least) if upper is None else upper)


class LongOnly(Component):
    """No short positions: `w >= 0` for every asset.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> limits = (ff.Budget(), ff.LongOnly())
    >>> best = ff.optimize(mu=mu, cov=cov, objective="utility", constraints=limits)
    >>> min(best.weights.values()) >= 0
    True
    """

    of_names_alone: ClassVar[bool] = True

    kind: Literal["long_only"] = "long_only"

    def __str__(self) -> str:
        """Always "w >= 0"."""
        return "w >= 0"

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row for each asset."""
        yield Rows(
            name="no short position",
            excess=-s.x,
            labels=s.assets,
            firmness=10.0,
            limit=Limit("the minimum for each weight", 0.0, upper=False),
        )


class Bounds(Component):
    """Each weight between `lower` and `upper`: `lower <= w_i <= upper`.

    `overrides` are (asset, lower, upper).

    One override and nothing else, such as "FINANCIALS <= 30%", is about the sector of that name
    where no asset has it; where both have it, it is refused.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(
    ...     mu=mu, cov=cov, objective="minimum_variance", constraints=ff.Bounds(upper=0.6)
    ... )
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.6, 'stocks': 0.4}
    """

    of_names_alone: ClassVar[bool] = True

    kind: Literal["bounds"] = "bounds"
    lower: Level = Field(None, description="Least weight of every asset; none: no lower limit.")
    upper: Level = Field(None, description="Greatest weight of every asset; none: no upper limit.")
    overrides: tuple[tuple[str, Level, Level], ...] = Field(
        (), description="Assets with limits of their own: asset, least weight, greatest weight."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        for _, lower, upper in self.overrides:
            in_order(lower, upper)
        in_order(self.lower, self.upper)
        return self

    def __str__(self) -> str:
        """Such as "0% <= w <= 5%, AAPL <= 10%"."""
        special = [text.within(text.asset(asset), *limits) for asset, *limits in self.overrides]
        usual = (self.lower, self.upper)
        if special and usual == (None, None):
            return ", ".join(special)
        return ", ".join([text.within("w", *usual), *special])

    def check_names(self, universe: Universe) -> None:
        """Refuse what is no asset, and a word that is one and a sector as well."""
        word = self._one_word
        if not word or universe.same(word) is None:
            universe.check_assets((asset for asset, _, _ in self.overrides), self)
        elif word in universe.assets:
            sector, name = universe.same(word), text.asset(word)
            trouble = f"{word} is an asset, and {sector} is a sector"
            raise UnclearName(
                self,
                trouble,
                f"write sum({name}) or '{word}' for the asset, "
                f'"{sector}" in double quotes for the sector',
            )

        special = (level for _, *limits in self.overrides for level in limits)
        universe.check_levels((self.lower, self.upper, *special), self)

    def of_sector(self, universe: Universe) -> "Group | None":
        """The same limit on a sector, where its one word is one."""
        word = self._one_word
        sector = universe.same(word) if word and word not in universe.assets else None
        if sector is None:
            return None
        _, lower, upper = self.overrides[0]
        return Group(sector=sector, lower=lower, upper=upper)

    @property
    def _one_word(self) -> str:
        is_single = len(self.overrides) == 1 and (self.lower, self.upper) == (None, None)
        return self.overrides[0][0] if is_single else ""

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """Two rows for each asset."""
        if group := self.of_sector(s.outlook.universe):
            yield from group.rows(s)
            return
        limits, assets = (self.lower, self.upper), s.assets
        if not self.overrides:
            yield from between("weight", s.x, limits, s, assets, called="each weight")
            return
        special = {asset for asset, _, _ in self.overrides}
        usual = [k for k, asset in enumerate(assets) if asset not in special]
        names = tuple(assets[k] for k in usual)
        yield from between("weight", s.x[usual], limits, s, names, called="each weight")
        for asset, lower, upper in self.overrides:
            at = [k for k, other in enumerate(assets) if other == asset]
            called = f"the weight of {asset}"
            yield from between(f"{asset}: weight", s.x[at], (lower, upper), s, called=called)


class Group(Component):
    """The sum of some weights between `lower` and `upper`: of `assets`, or of a `sector`.

    In a formula: `lower <= sum of w_i, i in the group <= upper`. Messages call it by its `name`, or
    else by what it is of. Capitals do not matter in a sector, and a part of its name will do where
    no other has it: "tech" is Information Technology.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(
    ...     mu=mu, cov=cov, objective="minimum_variance",
    ...     constraints=ff.Group(name="shares", assets=("stocks",), lower=0.4),
    ... )
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.6, 'stocks': 0.4}
    """

    of_names_alone: ClassVar[bool] = True

    kind: Literal["group"] = "group"
    name: str = Field(
        "", description="What messages call the group; none: they name its sector or its assets."
    )
    sector: str = Field(
        "", description="Sector whose assets are the group, instead of a list of assets."
    )
    assets: Words = Field((), description="Tickers of the group, instead of a sector.")
    lower: Level = Field(
        None, description="Least sum of the group's weights; none: no lower limit."
    )
    upper: Level = Field(
        None, description="Greatest sum of the group's weights; none: no upper limit."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.sector) == bool(self.assets):
            raise ValueError("a group is either a sector or assets")
        in_order(self.lower, self.upper)
        return self

    def __str__(self) -> str:
        """Such as "Health Care <= 30%" or "mega: AAPL + MSFT <= 20%"."""
        members = text.phrase(self.sector, SECTOR_TAKEN) if self.sector else _added(self.assets)
        name = f"{text.phrase(self.name)}: " if self.name else ""
        return name + text.within(members, self.lower, self.upper)

    def check_names(self, universe: Universe) -> None:
        """Refuse a sector that is none, and what is no asset."""
        if self.sector:
            universe.check_sector(self.sector, self)
        universe.check_assets(self.assets, self)
        universe.check_levels((self.lower, self.upper), self)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One or two rows."""
        total = _members(self, s) @ s.x
        name = self.name or self.sector or " + ".join(self.assets)
        yield from between(name, total, (self.lower, self.upper), s)


class Turnover(Component):
    """At most this share of the portfolio is replaced: `sum |w - w0| / 2 <= at_most`, one way.

    `w0` are the weights held now. It does not apply while nothing is held: the first portfolio has
    to be bought.

    >>> print(Turnover(at_most=0.2))
    turnover <= 20%
    """

    kind: Literal["turnover"] = "turnover"
    at_most: Share = Field(
        0.2, description="Greatest share of the portfolio that is replaced, counted one way."
    )

    def __str__(self) -> str:
        """Such as "turnover <= 20%"."""
        return text.within("turnover", None, self.at_most)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row over the sizes of the trades."""
        if s.is_held:
            half = 0.5 * s.program.absolute(s.trades).sum()
            yield from between("turnover", half, (None, self.at_most), s)


class AnnualReturn(Component):
    """The expected return is at least so much a year, that of cash included.

    In a formula: `(w'm + (1 - sum w) r) x horizons per year >= at_least`, with m the expected
    returns and r the return of cash over the horizon.
    """

    kind: Literal["annual_return"] = "annual_return"
    at_least: AnnualRate = Field(
        0.1, description="Least expected return of the portfolio, its cash included."
    )

    @property
    def statement(self) -> str:
        """What messages and prices call it."""
        return f"annual return at least {text.spaced_share(self.at_least)}"

    def __str__(self) -> str:
        """Such as "return >= 10% per year"."""
        return f"{text.within('return', self.at_least, None)} per year"

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row, in annual units."""
        annual = s.horizons_per_year * s.expected_return
        yield from between(
            "annual return",
            annual,
            (self.at_least, None),
            s,
            firmness=1e-3,
            unit=PER_YEAR,
            called="the expected return",
        )


LINEAR = (Budget, LongOnly, Bounds, Group, Turnover, AnnualReturn)


def sector_members(name: str, s: Symbols) -> Array:
    """1 for each asset (N,) of the sector that is called so, 0 for the others."""
    wanted = s.outlook.universe.sector(name)
    return Universe(s.assets, s.outlook.sectors).members(wanted).astype(np.float64)


def _members(group: Group, s: Symbols) -> Array:
    if group.assets:
        own = {*group.assets}
        return np.array([asset in own for asset in s.assets], dtype=np.float64)
    return sector_members(group.sector, s)


def _added(assets: tuple[str, ...]) -> str:
    added = " + ".join(text.asset(asset) for asset in assets)
    return added if len(assets) > 1 else f"sum({added})"
