"""Views: what somebody believes besides the forecast, blended in as far as it is believed.

1. A view is a portfolio and what it earns a year: "AAPL - MSFT = 3% per year".
2. Its error is as large as the forecast's own error of that portfolio where the confidence is a
   half, none where it is 1, without limit where it is 0 (Idzorek 2005, "A step-by-step guide to
   the Black-Litterman model", in the closed form of Walters 2014, section 5.3).
3. Forecast and views are combined as two measurements (Black and Litterman 1992, "Global
   portfolio optimization"; He and Litterman 1999, eq. 8): assets that move with those a view is
   about follow it. How sure the forecast is cancels out of it.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import InputError
from forefolio.core.units import AnnualRate, Fraction, PositiveShare
from forefolio.optimize import text
from forefolio.optimize.base import Outlook
from forefolio.optimize.names import Universe
from forefolio.optimize.words.reader import COMPARISON, Reader
from forefolio.risk import Covariance

EXAMPLE = "AAPL - MSFT = 3% per year with confidence 60%"
Legs: TypeAlias = Annotated[tuple[tuple[str, Fraction], ...], Field(min_length=1)]


class View(Component):
    """The portfolio of `legs`, (asset, weight) pairs, earns `annual_return` a year.

    It is believed with `confidence`: at one half, as much as the forecast.
    """

    kind: Literal["view"] = "view"
    legs: Legs = Field(
        description="Pairs of asset and weight: the portfolio that the opinion is about."
    )
    annual_return: AnnualRate = Field(description="What that portfolio is believed to earn.")
    confidence: PositiveShare = Field(
        0.5, description="How far it is believed: at one half, as much as the forecast."
    )

    def __str__(self) -> str:
        """Such as "AAPL - MSFT = 3% per year with confidence 50%"."""
        return (
            f"{legs_in_words(self.legs)} = {text.share(self.annual_return)} per year "
            f"with confidence {text.share(self.confidence)}"
        )

    def check_names(self, universe: Universe) -> None:
        """Refuse legs that are no asset."""
        universe.check_assets(dict(self.legs), self)


def parse_view(words: str) -> View:
    """Read a view: what assets, or differences of assets, are expected to earn a year.

    Raises:
        BadConstraint: saying where the text is wrong, and what was expected there.

    Example:
        >>> parse_view("AAPL - MSFT = 3% per year").annual_return
        0.03
    """
    reader = Reader(words)
    legs = read_legs(reader)
    equal, level = reader.take(re.compile("==?")), reader.number()
    if not equal:
        raise reader.expected("+, - or =", EXAMPLE)
    if level is None or not reader.word("per", "year"):
        raise reader.expected("a return per year", EXAMPLE)
    view = View(legs=legs, annual_return=level)
    if reader.word("with", "confidence"):
        confidence = reader.number()
        if confidence is None or not 0 < confidence <= 1:
            raise reader.expected("a confidence above 0 % and at most 100 %", EXAMPLE)
        view = view.model_copy(update={"confidence": confidence})
    if reader.at < reader.end:
        raise reader.expected("the end", EXAMPLE)
    return view


AnyView: TypeAlias = Annotated[View, OneOf(View, words=parse_view)]


def blended(outlook: Outlook, views: tuple[View, ...], uncertainty: float = 0.0) -> Outlook:
    """What is believed once views about its assets are blended in: an outlook as well.

    Expected returns are those of the three steps above. With an `uncertainty` t, expected returns
    have the covariance t C around the forecast before the views and less of it after them, which
    adds to the covariance C of the returns: C + t (C - CP'(PCP' + D)^-1 PC), with the portfolios P
    and the doubts D, as multiples of t, of the views (He and Litterman 1999, eq. 9 and 10).

    Raises:
        InputError: the outlook does not know how long a year is.
    """
    if not views and not uncertainty:
        return outlook
    if views and math.isnan(outlook.periods_per_year):
        raise InputError("a view per year needs Outlook(periods_per_year=...)")
    picks = np.array([[dict(v.legs).get(a, 0.0) for a in outlook.assets] for v in views])
    picks = picks.reshape(len(views), len(outlook.assets))
    doubt = np.array([1.0 / view.confidence - 1.0 for view in views])
    moved = outlook.risk @ picks.T
    common = picks @ moved
    weighed = common + np.diag(doubt * np.diag(common))
    gain = moved @ np.linalg.pinv(weighed, rcond=1e-12, hermitian=True)
    years = outlook.forecast.horizon / outlook.periods_per_year
    expected = np.array([view.annual_return * years for view in views])
    believed = outlook.with_mean(outlook.mean + gain @ (expected - picks @ outlook.mean))
    if not uncertainty:
        return believed
    left = outlook.covariance.matrix - gain @ moved.T / outlook.forecast.horizon
    covariance = Covariance(
        assets=outlook.assets,
        matrix=outlook.covariance.matrix + uncertainty * (left + left.T) / 2.0,
        note=outlook.covariance.note,
    )
    return replace(believed, covariance=covariance)


class OfLegs(Protocol):
    """A view on one portfolio."""

    @property
    def legs(self) -> Legs:
        """Pairs of asset and weight."""
        ...


Own = TypeVar("Own", bound=OfLegs)


def on_held(views: Iterable[Own], assets: Iterable[str]) -> tuple[tuple[Own, ...], list[str]]:
    """The views that are about these assets alone, and a note for each of the others.

    Example:
        >>> [str(view) for view in on_held([parse_view("A = 3% per year")], ["A", "B"])[0]]
        ['A = 3% per year with confidence 50%']
        >>> on_held([parse_view("C = 3% per year with confidence 60%")], ["A", "B"])[1]
        ['C = 3% per year with confidence 60%: left out, it is about an asset that cannot be held']
    """
    held, given = {*assets}, tuple(views)
    heard = tuple(view for view in given if {asset for asset, _ in view.legs} <= held)
    notes = [
        f"{view}: left out, it is about an asset that cannot be held"
        for view in given
        if view not in heard
    ]
    return heard, notes


def legs_in_words(legs: Legs) -> str:
    """Such as "AAPL - 50% MSFT"."""
    return " ".join(_leg(asset, weight) for asset, weight in legs).removeprefix("+ ")


def read_legs(reader: Reader, end: str = "") -> Legs:
    """Read assets that are added and taken off, up to a sign that compares them or to `end`.

    Raises:
        BadConstraint: there are none here.
    """
    legs = [_read_leg(reader, first=True)]
    while not (reader.sign(end) if end else reader.at_sign(COMPARISON)):
        legs.append(_read_leg(reader, first=False))
    return tuple(legs)


def _leg(asset: str, weight: float) -> str:
    sign, size = "-" if weight < 0 else "+", abs(weight)
    times = "" if size == 1 else f"{text.share(size)} "
    return f"{sign} {times}{text.asset(asset)}"


def _read_leg(reader: Reader, *, first: bool) -> tuple[str, float]:
    minus = reader.sign("-")
    if not (minus or reader.sign("+") or first):
        raise reader.expected("+, - or =", EXAMPLE)
    size = reader.number()
    asset = reader.asset()
    if not asset:
        raise reader.expected("a ticker, in capitals or in single quotes", EXAMPLE)
    return asset, (-1.0 if minus else 1.0) * (1.0 if size is None else size)
