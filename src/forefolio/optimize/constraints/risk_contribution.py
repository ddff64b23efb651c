"""A limit on the part of the risk that assets or a sector have."""

from collections.abc import Iterator
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import Infeasible
from forefolio.core.mends import mend_between
from forefolio.core.units import Array, Flags, PositiveShare, Words
from forefolio.core.wording import listed
from forefolio.optimize import text
from forefolio.optimize.constraints.linear import SECTOR_TAKEN, sector_members
from forefolio.optimize.names import Universe
from forefolio.optimize.program.convex_steps import Shorter
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import Symbols

ROUNDING = 1e-12


class RiskContribution(Component):
    """A part of the variance is at most so much: that of some `assets`, of a `sector`, or of each.

    In a formula: `sum of w_i (Cw)_i, i in the part <= at_most x w'Cw`, C the covariance; the parts
    of all assets are one together. A part below zero is of what lowers the risk. The condition is
    not convex: `w_i (Cw)_i` is a difference of two squares, and convex steps keep it, from the best
    portfolio without it on (Lipp and Boyd 2016). The allocation's `gap` says how much better
    another portfolio could be at most.

    >>> print(RiskContribution(sector="tech", at_most=0.4))
    risk of tech <= 40%
    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, constraints="risk of 'stocks' <= 50%")
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.75, 'stocks': 0.25}
    """

    kind: Literal["risk_contribution"] = "risk_contribution"
    assets: Words = Field((), description="Tickers whose part is limited; none: of each asset.")
    sector: str = Field("", description="Sector whose part is limited, instead of assets.")
    at_most: PositiveShare = Field(0.1, description="Greatest part of the variance.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.sector and self.assets:
            raise ValueError("a part of the risk is either of a sector or of assets")
        return self

    def __str__(self) -> str:
        """Such as "risk of AAPL <= 10%", "risk of tech <= 40%" or "risk of w <= 10%"."""
        of = " + ".join(text.asset(asset) for asset in self.assets) or "w"
        if self.sector:
            of = text.phrase(self.sector, SECTOR_TAKEN)
        return text.within(f"risk of {of}", None, self.at_most)

    def check_names(self, universe: Universe) -> None:
        """Refuse a sector that is none, and what is no asset."""
        if self.sector:
            universe.check_sector(self.sector, self)
        universe.check_assets(self.assets, self)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """No row: convex steps keep it.

        Raises:
            Infeasible: each of so many assets cannot have so little.
        """
        root = s.risk_root
        covariance = root.T @ root
        pace = _pace(covariance)
        risk = np.sqrt(self.at_most) * root @ s.x
        slopes = covariance @ s.x
        alike = s.x.matrix.T @ (1.0 / pace)  # parts of the risk that are about equal
        for of in self._parts(s):
            held, slope = pace[of] * s.x[of], (1.0 / pace[of]) * slopes[of]
            most = (0.5 * (held - slope), risk)
            longest = 0.5 * (held + slope)
            s.program.shorter(Shorter(str(self), longest, most, alike, self._called, self.at_most))
        yield from ()

    @property
    def _called(self) -> str:
        """What messages call the number."""
        of = self.sector or listed(self.assets) or "each asset"
        return f"the limit on the part of the risk of {of}"

    def _parts(self, s: Symbols) -> Iterator[Flags]:
        """The assets (N,) of each part that is limited."""
        if self.sector:
            yield sector_members(self.sector, s) > 0
        elif self.assets:
            yield np.isin(s.assets, self.assets)
        else:
            count = len(s.assets)
            if self.at_most * count < 1.0 - ROUNDING:
                what = f"the limit on the part of the risk of each of {count} assets"
                mend = mend_between(what, self.at_most, 1.0 / count)
                raise Infeasible([mend])
            yield from np.eye(count, dtype=np.bool_)


def _pace(covariance: Array) -> Array:
    """By which (N,) a weight is multiplied, and its slope divided, to be of one size.

    That of weights by inverse volatility: the difference of the two, the smaller the better, is
    then small, and an asset of another size changes nothing for the rest.
    """
    std = np.sqrt(covariance.diagonal())
    usual = np.where(std > 0, std, 1.0)
    alike = (covariance / np.outer(usual, usual)).sum(axis=1)
    return np.where(std > 0, std * np.sqrt(np.maximum(alike, 1.0)), 1.0)
