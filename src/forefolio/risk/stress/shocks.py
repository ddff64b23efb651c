"""Hypothetical shocks, spread to the other assets by regression.

1. A shock moves the market, sectors, assets or series by given amounts.
2. Every other asset moves by its conditional mean: its regression on all shocked variables at
   once, over changes of some sessions (Kupiec 1998, "Stress testing in a value at risk framework").
3. The regression gives the standard error of the portfolio's loss.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import DataError, UnknownTicker
from forefolio.core.units import PER_CENT, Array, Days
from forefolio.core.wording import listed, meant
from forefolio.market import Market
from forefolio.market.cleaning.alignment import in_step
from forefolio.market.own_sessions import own_growth
from forefolio.market.returns import growth
from forefolio.risk.factors.market_factors import market_growth, sector_growth
from forefolio.risk.factors.model import regression
from forefolio.risk.stress.base import Moves

FEWEST = 60  # changes that a regression needs


def _pairs(named: Any) -> Any:
    return tuple(named.items()) if isinstance(named, Mapping) else named


Move = Annotated[float, Field(ge=-1.0, json_schema_extra={"unit": "fraction"}), PER_CENT]
Moved = Annotated[tuple[tuple[str, Move], ...], BeforeValidator(_pairs)]
Changed = Annotated[tuple[tuple[str, float], ...], BeforeValidator(_pairs)]


class Shock(Component):
    """A hypothetical shock: returns and changes that happen at once, as fractions (-0.2 is -20 %).

    Assets without a shock of their own move by their regression on all shocked variables; without
    `spread` they move with their sector's shock, else the market's, else not at all.
    Source: Kupiec (1998), "Stress testing in a value at risk framework".

    >>> Shock(name="tech sells off", sectors={"Technology": -0.3}, market=-0.1).market
    -0.1
    """

    kind: Literal["shock"] = "shock"
    name: Annotated[str, Field(min_length=1)] = Field(
        "market falls by 20 %", description="What the shock is called in tables."
    )
    market: Move | None = Field(
        None, description="Return of the market index: -0.2 is a fall of 20 %."
    )
    sectors: Moved = Field((), description="Returns of sectors, by name.")
    assets: Moved = Field((), description="Returns of assets, by ticker.")
    levels: Moved = Field(
        (), description="Relative changes of series by name: 1.0 doubles the VIX."
    )
    yields: Changed = Field(
        (),
        description=(
            "Changes of yield series by name, as fractions a year: 0.01 is 100 basis points."
        ),
    )
    step: Days = Field(
        5, description="Sessions over which the co-movement of the assets is measured."
    )
    spread: bool = Field(
        True,
        description=(
            "Whether assets without a shock of their own move by their regression on what "
            "is shocked."
        ),
    )

    @model_validator(mode="after")
    def _moves_something(self) -> Self:
        series = [name for name, _ in (*self.levels, *self.yields)]
        if self.market is None and not (self.sectors or self.assets or series):
            raise ValueError("the shock moves nothing; give for example market: -0.2")
        if series and not self.spread:
            raise ValueError(f"{listed(series)} moves no asset unless it may spread")
        return self

    def moves(self, weights: Array, market: Market) -> Moves:
        """The move of every held asset.

        Raises:
            UnknownTicker: an asset is named that the market does not have.
            DataError: a sector or a series is, or too little is known of what is named.
        """
        self._check(market)
        shocked = dict(self.assets)
        named = np.array([shocked.get(asset, np.nan) for asset in market.assets])
        others = np.flatnonzero(np.isnan(named) & (weights != 0))
        returns, error = np.where(np.isnan(named), 0.0, named), None
        if self.spread and len(others):
            market = in_step(market, len(market))  # how they moved over the same stretches
            moved, by = zip(*self._causes(market), strict=True)
            causes = _Causes(moved=np.column_stack(moved), by=np.array(by), step=self.step)
            returns[others], error = _conditional(market, weights, others, causes)
        elif len(others):
            sectors = dict(self.sectors)
            whole = self.market or 0.0
            returns[others] = [sectors.get(market.sectors[column], whole) for column in others]
        return Moves(returns=np.where(weights != 0, returns, 0.0), error=error)

    def _check(self, market: Market) -> None:
        if unknown := [asset for asset, _ in self.assets if asset not in market.assets]:
            raise UnknownTicker(unknown, market.assets, "this market")
        for kind, named, finite in (
            ("sector", self.sectors, [name for name in dict.fromkeys(market.sectors) if name]),
            ("series", (*self.levels, *self.yields), list(market.series)),
        ):
            for name, _ in named:
                if name not in finite:
                    there = f"there is {listed(finite)}" if finite else "none is known"
                    raise DataError(f"there is no {kind} {name}{meant(name, finite)}; {there}")

    def _causes(self, market: Market) -> Iterator[tuple[Array, float]]:
        """Past changes (T,) over `step` sessions of each shocked variable, and its shock."""
        if self.market is not None:
            yield growth(_level(market_growth(market)), self.step), self.market
        for sector, by in self.sectors:
            yield growth(_level(sector_growth(market, sector)), self.step), by
        for asset, by in self.assets:
            yield growth(market.close[:, market.assets.index(asset)], self.step), by
        for series, by in self.levels:
            yield own_growth(market.series[series], self.step), by
        for series, by in self.yields:
            level = market.series[series]
            change = np.full(len(level), np.nan)
            change[self.step :] = level[self.step :] - level[: -self.step]
            yield change, by


SHOCKS = (
    Shock(name="market falls by 20 %", market=-0.2),
    Shock(name="VIX doubles", levels={"vix": 1.0}),
    Shock(name="Aaa yields rise by 100 bp", yields={"aaa": 0.01}, step=63),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Causes:
    """Past changes (T, K) of the shocked variables over `step` sessions, and the shocks (K,)."""

    moved: Array
    by: Array
    step: int


def _level(returns: Array) -> Array:
    """Growth of 1 (T,); a session on which nothing traded moves nothing."""
    finite = np.isfinite(returns)
    grown = np.cumprod(np.where(finite, 1.0 + returns, 1.0))
    level: Array = np.where(np.logical_or.accumulate(finite), grown, np.nan)
    return level


def _conditional(
    market: Market, weights: Array, others: NDArray[np.intp], causes: _Causes
) -> tuple[Array, float]:
    """Moves of the `others`, and the standard error of what they add to the portfolio."""
    moved = growth(market.close[:, others], causes.step)
    causes_finite = np.asarray(np.isfinite(causes.moved).all(axis=1))
    slopes = []
    for column, own in zip(others, moved.T, strict=True):
        finite = causes_finite & np.isfinite(own)
        _enough(int(finite.sum()), market.assets[column])
        slopes.append(regression(own[finite], causes.moved[finite], causes.step)[0][1:])
    complete = causes_finite & np.isfinite(moved).all(axis=1)
    _enough(int(complete.sum()), "the portfolio")
    earned = moved[complete] @ weights[others]
    covariance = regression(earned, causes.moved[complete], causes.step)[1][1:, 1:]
    return np.array(slopes) @ causes.by, float(np.sqrt(causes.by @ covariance @ causes.by))


def _enough(finite: int, what: str) -> None:
    if finite < FEWEST:
        raise DataError(
            f"{what} has {finite} changes together with what is named, {FEWEST} are needed to "
            "learn how it follows"
        )
