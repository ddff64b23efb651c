"""Shocks that somebody names, spread to what is not named as it used to follow.

1. A shock moves what it names: the market, a sector, an asset, a series.
2. Every other asset moves by its conditional mean: its regression on all that is named at once,
   over changes of some sessions (Kupiec 1998, "Stress testing in a value at risk framework").
3. How uncertain the regression leaves the portfolio's loss is told with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import DataError, UnknownTicker
from forefolio.core.units import Array, Days
from forefolio.core.wording import listed, meant
from forefolio.market import Market
from forefolio.market.cleaning.alignment import in_step
from forefolio.market.own_sessions import own_growth
from forefolio.market.returns import growth
from forefolio.risk.factors.market_factors import market_growth, sector_growth
from forefolio.risk.factors.model import regression
from forefolio.risk.stress.base import Moves

LEARNT = 60  # changes that a regression is learnt from, at least


def _pairs(named: Any) -> Any:
    return tuple(named.items()) if isinstance(named, Mapping) else named


Move = Annotated[float, Field(ge=-1.0, json_schema_extra={"unit": "fraction"})]
Moved = Annotated[tuple[tuple[str, Move], ...], BeforeValidator(_pairs)]
Changed = Annotated[tuple[tuple[str, float], ...], BeforeValidator(_pairs)]


class Shock(Component):
    """What moves at once, by the name of `name`, and by how much: fractions, -0.2 for a fifth less.

    `market` is the return of the index; `sectors` and `assets` are returns by name, as a mapping or
    as pairs; `levels` are relative changes of series such as vix, and `yields` differences of
    series such as aaa. What is not named follows what is, as it did over `step` sessions at a time.
    Where it does not `spread`, assets move with their own shock, else their sector's, else the
    market's, and not at all else.
    """

    kind: Literal["shock"] = "shock"
    name: Annotated[str, Field(min_length=1)] = "market falls by 20 %"
    market: Move | None = None
    sectors: Moved = ()
    assets: Moved = ()
    levels: Moved = ()
    yields: Changed = ()
    step: Days = 5
    spread: bool = True

    @model_validator(mode="after")
    def _moves_something(self) -> Self:
        series = [name for name, _ in (*self.levels, *self.yields)]
        if self.market is None and not (self.sectors or self.assets or series):
            raise ValueError("names nothing that moves; say for example market: -0.2")
        if series and not self.spread:
            raise ValueError(f"{listed(series)} moves no asset unless it may spread")
        return self

    def moves(self, weights: Array, market: Market) -> Moves:
        """How every asset that is held moves.

        Raises:
            UnknownTicker: an asset is named that the market does not have.
            DataError: a sector or a series is, or too little is known of what is named.
        """
        self._check(market)
        own = dict(self.assets)
        named = np.array([own.get(asset, np.nan) for asset in market.assets])
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
        for kind, named, known in (
            ("sector", self.sectors, [name for name in dict.fromkeys(market.sectors) if name]),
            ("series", (*self.levels, *self.yields), list(market.series)),
        ):
            for name, _ in named:
                if name not in known:
                    there = f"there is {listed(known)}" if known else "none is known"
                    raise DataError(f"there is no {kind} {name}{meant(name, known)}; {there}")

    def _causes(self, market: Market) -> Iterator[tuple[Array, float]]:
        """How each of what is named moved (T,) over `step` sessions, and how much it does now."""
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
    """How K things moved (T, K) over `step` sessions, and by how much they do now (K,)."""

    moved: Array
    by: Array
    step: int


def _level(returns: Array) -> Array:
    """Growth of 1 (T,); a session on which nothing traded moves nothing."""
    known = np.isfinite(returns)
    grown = np.cumprod(np.where(known, 1.0 + returns, 1.0))
    level: Array = np.where(np.logical_or.accumulate(known), grown, np.nan)
    return level


def _conditional(
    market: Market, weights: Array, others: NDArray[np.intp], causes: _Causes
) -> tuple[Array, float]:
    """Moves of the `others`, and the standard error of what they add to the portfolio."""
    moved = growth(market.close[:, others], causes.step)
    told = np.asarray(np.isfinite(causes.moved).all(axis=1))
    slopes = []
    for column, own in zip(others, moved.T, strict=True):
        known = told & np.isfinite(own)
        _enough(int(known.sum()), market.assets[column])
        slopes.append(regression(own[known], causes.moved[known], causes.step)[0][1:])
    whole = told & np.isfinite(moved).all(axis=1)
    _enough(int(whole.sum()), "the portfolio")
    earned = moved[whole] @ weights[others]
    covariance = regression(earned, causes.moved[whole], causes.step)[1][1:, 1:]
    return np.array(slopes) @ causes.by, float(np.sqrt(causes.by @ covariance @ causes.by))


def _enough(known: int, what: str) -> None:
    if known < LEARNT:
        raise DataError(
            f"{what} has {known} changes together with what is named, {LEARNT} are needed to "
            "learn how it follows"
        )
