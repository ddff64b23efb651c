"""Which assets are held at all: forbidden, wanted, few, and none of them in small positions."""

from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import IN_WORDS, PositiveShare, Share
from forefolio.optimize import text
from forefolio.optimize.constraints.limited import between
from forefolio.optimize.names import Universe
from forefolio.optimize.program.problem import Limit, Rows
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


class MaximumNames(Component):
    """At most so many assets are held.

    The best few are found by search; the allocation's `gap` says how much better another choice
    could be, where the search ended before that was proved.
    """

    kind: Literal["maximum_names"] = "maximum_names"
    at_most: Annotated[int, Field(ge=1, json_schema_extra={"unit": "assets"})] = Field(
        40, description="Most assets that may be held at once."
    )

    def __str__(self) -> str:
        """Such as "names <= 40"."""
        return f"names <= {self.at_most}"

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """No row: the search among names does it."""
        s.program.few(s.x, s.scale, at_most=self.at_most)
        yield from ()


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
        s.program.few(s.x, s.scale, at_least=self.at_least)
        yield from ()


HOLDINGS = (Forbidden, MustHold, MaximumNames, MinimumPosition)
