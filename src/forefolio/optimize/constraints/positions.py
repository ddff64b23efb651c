"""Limits on positions of one side, on trades, and on what differs from a benchmark."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Share
from forefolio.optimize import text
from forefolio.optimize.constraints.limited import PositiveAmount, between
from forefolio.optimize.constraints.limits import Weights, benchmark_weights
from forefolio.optimize.constraints.linear import SECTOR_TAKEN, sector_members
from forefolio.optimize.names import Universe
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import Symbols

Trades = tuple[tuple[str, Share], ...]


class LongPositions(Component):
    """Long positions alone: `sum max(w, 0) <= at_most`; of 130/30 the 130.

    >>> print(LongPositions(at_most=1.3))
    long <= 130%
    """

    kind: Literal["long_positions"] = "long_positions"
    at_most: PositiveAmount = Field(1.3, description="Most that long positions may add up to.")

    def __str__(self) -> str:
        """Such as "long <= 130%"."""
        return text.within("long", None, self.at_most)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row over the positive parts of the weights."""
        held = s.program.positive_part(s.x).sum()
        limits = (None, self.at_most)
        yield from between("long positions", held, limits, s, called="the long positions")


class ShortPositions(Component):
    """Short positions alone, counted as positive: `sum max(-w, 0) <= at_most`; of 130/30 the 30.

    >>> print(ShortPositions(at_most=0.3))
    short <= 30%
    """

    kind: Literal["short_positions"] = "short_positions"
    at_most: PositiveAmount = Field(
        0.3, description="Most that short positions may add up to, counted as positive."
    )

    def __str__(self) -> str:
        """Such as "short <= 30%"."""
        return text.within("short", None, self.at_most)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row over the negative parts of the weights."""
        sold = s.program.positive_part(-s.x).sum()
        limits = (None, self.at_most)
        yield from between("short positions", sold, limits, s, called="the short positions")


class ActiveShare(Component):
    """How much differs from a `benchmark`, one way: `sum |w - b| / 2 <= at_most`.

    The benchmark is (asset, weight) pairs, or equal weights where there are none. After Cremers and
    Petajisto (2009), "How Active Is Your Fund Manager?".

    >>> print(ActiveShare(at_most=0.6, benchmark=(("SPY", 0.6), ("TLT", 0.4))))
    active share(60% SPY + 40% TLT) <= 60%
    """

    kind: Literal["active_share"] = "active_share"
    at_most: Share = Field(0.6, description="Greatest share that differs from the benchmark.")
    benchmark: Weights = Field(
        (), description="Pairs of asset and weight to compare with; none: equal weights."
    )

    def __str__(self) -> str:
        """Such as "active share(equal weight) <= 60%"."""
        return text.within(f"active share({text.mixed(self.benchmark)})", None, self.at_most)

    def check_names(self, universe: Universe) -> None:
        """Refuse a benchmark of what is no asset."""
        universe.check_assets(dict(self.benchmark), self)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row over the sizes of the differences."""
        away = s.x - benchmark_weights(self.benchmark, s.outlook) * s.scale
        share = 0.5 * s.program.absolute(away).sum()
        yield from between("active share", share, (None, self.at_most), s)


class ActiveWeights(Component):
    """No weight is further from that of a `benchmark` than so much: `|w_i - b_i| <= at_most`.

    With a `sector` it is about the sum of its weights. The benchmark is (asset, weight) pairs, or
    equal weights where there are none.

    >>> print(ActiveWeights(at_most=0.05, sector="tech"))
    active weight of tech(equal weight) <= 5%
    """

    kind: Literal["active_weights"] = "active_weights"
    at_most: Share = Field(0.02, description="Greatest distance of a weight from the benchmark's.")
    sector: str = Field("", description="Sector whose sum is compared; none: each asset.")
    benchmark: Weights = Field(
        (), description="Pairs of asset and weight to compare with; none: equal weights."
    )

    def __str__(self) -> str:
        """Such as "active weight(60% SPY + 40% TLT) <= 2%"."""
        of = f" of {text.phrase(self.sector, SECTOR_TAKEN)}" if self.sector else ""
        return text.within(f"active weight{of}({text.mixed(self.benchmark)})", None, self.at_most)

    def check_names(self, universe: Universe) -> None:
        """Refuse a benchmark of what is no asset, and a sector that is none."""
        universe.check_assets(dict(self.benchmark), self)
        if self.sector:
            universe.check_sector(self.sector, self)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """Two rows for each asset, or two for the sector."""
        away: Affine = s.x - benchmark_weights(self.benchmark, s.outlook) * s.scale
        labels, of = s.assets, ""
        if self.sector:
            away, labels, of = sector_members(self.sector, s) @ away, (), f" of {self.sector}"
        for side, sign in (("above", 1.0), ("below", -1.0)):
            what = f"weight{of} {side} the benchmark's"
            yield from between(
                what, sign * away, (None, self.at_most), s, labels, called=f"each {what}"
            )


class TradeLimit(Component):
    """No asset is bought or sold by more than so much: `|w_i - w0_i| <= at_most`.

    `w0` are the weights held now. It does not apply while nothing is held: the first portfolio has
    to be bought.

    >>> print(TradeLimit(at_most=0.02, overrides=(("AAPL", 0.05),)))
    trade <= 2%, AAPL <= 5%
    """

    kind: Literal["trade_limit"] = "trade_limit"
    at_most: Share = Field(0.02, description="Greatest change of the weight of every asset.")
    overrides: Trades = Field(
        (), description="Assets with limits of their own: asset, greatest change of its weight."
    )

    def __str__(self) -> str:
        """Such as "trade <= 2%, AAPL <= 5%"."""
        special = (text.within(text.asset(name), None, most) for name, most in self.overrides)
        return ", ".join([text.within("trade", None, self.at_most), *special])

    def check_names(self, universe: Universe) -> None:
        """Refuse what is no asset."""
        universe.check_assets(dict(self.overrides), self)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """Two rows for each asset: what it may be bought and sold by."""
        if not s.is_held:
            return
        special = dict(self.overrides)
        for most in dict.fromkeys((self.at_most, *special.values())):
            at = [k for k, name in enumerate(s.assets) if special.get(name, self.at_most) == most]
            names = tuple(s.assets[k] for k in at)
            called = "each trade" if most == self.at_most else f"the trade of {', '.join(names)}"
            trades = s.trades[at]
            if at:
                yield from between("bought", trades, (None, most), s, names, called=called)
                yield from between("sold", -trades, (None, most), s, names, called=called)


POSITIONS = (LongPositions, ShortPositions, ActiveShare, ActiveWeights, TradeLimit)
