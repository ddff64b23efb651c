"""Terms of an objective: what is wanted of a portfolio, in units of return over the horizon.

A new term is a class with an `expression`, and its name in `TERMS`. Terms over past sessions are
in `scenarios.py`, those that doubt the forecast in `robust.py`.
"""

from typing import Annotated, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import InputError
from forefolio.optimize.measures.catalog import AnyPastMeasure
from forefolio.optimize.measures.sessions import MeanAbsoluteDeviation
from forefolio.optimize.objectives.costs import AnyCost, Proportional
from forefolio.optimize.objectives.fees import Fees, parse_fees
from forefolio.optimize.objectives.penalties import (
    PENALTIES,
    RidgePenalty,
    parse_penalty,
    read_penalty,
)
from forefolio.optimize.objectives.robust import ROBUST
from forefolio.optimize.program.affine import Affine, Squares
from forefolio.optimize.program.problem import Piece
from forefolio.optimize.program.scenarios import DrawdownLoss, LogGrowth, TailLoss
from forefolio.optimize.program.symbols import Symbols
from forefolio.optimize.words.reader import Reader


@runtime_checkable
class Term(Protocol):
    """Something that there should be more of."""

    def expression(self, s: Symbols) -> Piece:
        """A concave formula, to be maximised."""
        ...


class ExpectedReturn(Component):
    """The expected return, that of cash included."""

    kind: Literal["expected_return"] = "expected_return"

    def expression(self, s: Symbols) -> Piece:
        """Linear."""
        return s.expected_return


def is_return_alone(terms: tuple[Term, ...]) -> bool:
    """Whether nothing is added up but the expected return; every decision asks."""
    return len(terms) == 1 and type(terms[0]) is ExpectedReturn


class Variance(Component):
    """Minus half the `aversion` times the variance: aversion 1 is full Kelly, about 3 is usual."""

    kind: Literal["variance"] = "variance"
    aversion: Annotated[float, Field(gt=0)] = Field(
        3.0, description="Risk aversion: 1 is full Kelly, about 3 is usual; more is more careful."
    )

    def expression(self, s: Symbols) -> Piece:
        """Quadratic."""
        return Squares(s.risk_root @ s.x, -self.aversion / 2)


class TradingCost(Component):
    """Minus what it costs to trade from the weights held now: the very cost that is charged.

    `amortise` is over how many horizons the cost is spread: 1 charges all of it to this one.
    """

    kind: Literal["trading_cost"] = "trading_cost"
    cost: AnyCost = Field(Proportional(), description="What trading costs.")
    amortise: Annotated[float, Field(ge=1)] = Field(
        1.0, description="Horizons that the cost is spread over; 1 charges all of it to this one."
    )

    def expression(self, s: Symbols) -> Piece:
        """Minus a convex function of the trades."""
        cost = self.cost.expression(s.trades, s.scale, s.program, s.outlook.trading)
        return -1.0 / self.amortise * cost


class RiskPenalty(Component):
    """Minus `aversion` times a risk of past sessions, such as the mean absolute deviation.

    >>> import forefolio as ff
    >>> terms = ("expected_return", RiskPenalty(risk_measure="ulcer_index", aversion=0.5))
    >>> best = ff.optimize(ff.simulated_market(assets=4), objective=ff.Utility(terms=terms))
    >>> round(sum(best.weights.values()), 6)
    1.0
    """

    kind: Literal["risk_penalty"] = "risk_penalty"
    aversion: Annotated[float, Field(gt=0)] = Field(
        1.0, description="How much a unit of the risk counts against a unit of return."
    )
    risk_measure: AnyPastMeasure = Field(
        MeanAbsoluteDeviation(), description="Risk of past sessions that there should be less of."
    )

    def expression(self, s: Symbols) -> Piece:
        """Minus a convex function of the weights."""
        return -self.aversion * self.risk_measure.loss(s)


TERMS = (
    ExpectedReturn,
    Variance,
    TradingCost,
    Fees,
    TailLoss,
    DrawdownLoss,
    RiskPenalty,
    LogGrowth,
    *PENALTIES,
    *ROBUST,
)


def parse_term(words: str) -> Term:
    """Read a term: a penalty such as "ridge 0.05", or fees such as "borrow 2% per year".

    Raises:
        BadConstraint: saying where the text is wrong, and what was expected there.
    """
    is_penalty = read_penalty(Reader(words)) is not None
    return parse_penalty(words) if is_penalty else parse_fees(words)


AnyTerm: TypeAlias = Annotated[Term, OneOf(*TERMS, words=parse_term)]


def gained(terms: tuple[Term, ...], s: Symbols) -> Affine:
    """The sum of `terms`, (1,).

    What it is has the scale of the weights: a ridge counts squares by the scale.

    Raises:
        InputError: one of them is a risk, such as the variance.
    """
    total = Affine(np.zeros((1, 0)), np.zeros(1))
    for term in terms:
        piece = term.expression(s)
        if isinstance(piece, Squares):
            if not isinstance(term, RidgePenalty):
                raise InputError(f"{type(term).__name__} is no part of a return; it may be a risk")
            piece = piece.factor * s.program.square(piece.of, s.scale)
        total = total + piece
    return total
