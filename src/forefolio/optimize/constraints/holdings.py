"""Which assets are held at all: forbidden, wanted, how many, and none in small positions."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self, TypeAlias

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.units import IN_WORDS, Flags, PositiveShare, Share, Words
from forefolio.optimize import text
from forefolio.optimize.constraints.limited import between
from forefolio.optimize.constraints.linear import SECTOR_TAKEN, sector_members
from forefolio.optimize.names import Universe
from forefolio.optimize.program.problem import Limit, Rows
from forefolio.optimize.program.sparsity import Count
from forefolio.optimize.program.symbols import Symbols

Names: TypeAlias = Annotated[tuple[str, ...], Field(min_length=1), IN_WORDS]


class Forbidden(Component):
    """None of `assets` is held."""

    kind: Literal["forbidden"] = "forbidden"
    assets: Names = Field(description="Tickers that must not be held.")

    def __str__(self) -> str:
        """Such as "exclude TSLA, GME"."""
        return f"exclude {', '.join(text.asset(asset) for asset in self.assets)}"

    def check_names(self, universe: Universe) -> None:
        """Refuse what is no asset."""
        universe.check_assets(self.assets, self)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row for each."""
        at = np.flatnonzero(np.isin(s.assets, self.assets)).tolist()
        labels = tuple(s.assets[k] for k in at)
        limit = Limit(f"the limit on {', '.join(labels)}", 0.0, upper=True)
        yield Rows(name="not held", excess=s.x[at], exact=True, labels=labels, limit=limit)


class MustHold(Component):
    """Each of `assets` has a weight of at least so much."""

    kind: Literal["must_hold"] = "must_hold"
    assets: Names = Field(description="Tickers that must be held.")
    at_least: Share = Field(0.01, description="Least weight of each of them.")

    def __str__(self) -> str:
        """Such as "hold AAPL, MSFT >= 1%"."""
        names = ", ".join(text.asset(asset) for asset in self.assets)
        return f"hold {text.within(names, self.at_least, None)}"

    def check_names(self, universe: Universe) -> None:
        """Refuse what is no asset."""
        universe.check_assets(self.assets, self)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row for each; an asset that cannot be held has none."""
        at = np.flatnonzero(np.isin(s.assets, self.assets)).tolist()
        labels = tuple(s.assets[k] for k in at)
        limits = (self.at_least, None)
        yield from between("held with", s.x[at], limits, s, labels, called=", ".join(labels))


class _Counted(Component):
    """A condition on how many assets are held: of all, of a sector, or of a list."""

    sector: str = Field("", description="Sector whose assets are counted; none: all assets.")
    assets: Words = Field((), description="Tickers that are counted, instead of a sector.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.sector and self.assets:
            raise ValueError("what is counted is either a sector or assets")
        return self

    @property
    def counted(self) -> str:
        """Such as "names", "names(tech)" or "names(AAPL, MSFT)"."""
        if self.sector:
            return f"names({text.phrase(self.sector, SECTOR_TAKEN)})"
        listed = ", ".join(text.asset(asset) for asset in self.assets)
        return f"names({listed})" if listed else "names"

    def check_names(self, universe: Universe) -> None:
        """Refuse a sector that is none, and what is no asset."""
        if self.sector:
            universe.check_sector(self.sector, self)
        universe.check_assets(self.assets, self)

    def among(self, s: Symbols) -> Flags:
        """Which assets (N,) are counted."""
        if self.sector:
            return sector_members(self.sector, s) > 0
        if self.assets:
            return np.isin(s.assets, self.assets)
        return np.ones(len(s.assets), dtype=np.bool_)


class MaximumNames(_Counted):
    """At most so many assets are held, of all, of a `sector` or of a list of `assets`.

    The best few are found by search; the allocation's `gap` says how much better another choice
    could be, where the search ended before that was proved.
    """

    kind: Literal["maximum_names"] = "maximum_names"
    at_most: Annotated[int, Field(ge=1, json_schema_extra={"unit": "assets"})] = Field(
        40, description="Most assets that may be held at once."
    )

    def __str__(self) -> str:
        """Such as "names <= 40"."""
        return f"{self.counted} <= {self.at_most}"

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """No row: the search among names does it."""
        s.program.few(s.x, s.scale, count=self.count(s))
        yield from ()

    def count(self, s: Symbols) -> Count:
        """Which assets are counted, and how many there may be."""
        return Count(among=self.among(s), at_most=self.at_most)


class MinimumNames(_Counted):
    """At least so many assets are held, of all, of a `sector` or of a list of `assets`.

    A position counts from a weight of `size` on, long or short: of anything there can always be
    some. Which of them are held is found by search, as with `MaximumNames`.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(assets=6)
    >>> best = ff.optimize(market, objective="minimum_variance", constraints="names >= 6 of 10%")
    >>> round(min(best.weights.values()), 3)
    0.1
    """

    kind: Literal["minimum_names"] = "minimum_names"
    at_least: Annotated[int, Field(ge=1, json_schema_extra={"unit": "assets"})] = Field(
        10, description="Fewest assets that are held."
    )
    size: PositiveShare = Field(0.01, description="Weight from which on a position counts.")

    def __str__(self) -> str:
        """Such as "names >= 10" or "names(tech) >= 2 of 3%"."""
        usual = self.size == type(self).model_fields["size"].default
        return f"{self.counted} >= {self.at_least}" + (f" of {text.share(self.size)}" * (not usual))

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """No row: the search among names does it."""
        s.program.few(s.x, s.scale, count=self.count(s))
        yield from ()

    def count(self, s: Symbols) -> Count:
        """Which assets are counted, and how many there must be."""
        return Count(among=self.among(s), at_least=self.at_least, size=self.size)


class MinimumPosition(Component):
    """What is held at all, long or short, has a weight of at least so much."""

    kind: Literal["minimum_position"] = "minimum_position"
    at_least: PositiveShare = Field(
        0.02, description="Least size of a position, long or short; a smaller one is not held."
    )

    def __str__(self) -> str:
        """Such as "w >= 2% or 0"."""
        return f"w >= {text.share(self.at_least)} or 0"

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """No row: the search among names does it."""
        s.program.few(s.x, s.scale, smallest=self.at_least)
        yield from ()


HOLDINGS = (Forbidden, MustHold, MaximumNames, MinimumNames, MinimumPosition)
