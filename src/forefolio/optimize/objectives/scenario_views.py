"""Views on past sessions: what some portfolio earns, how much it moves, how likely it falls.

Each says something of the probabilities of scenarios: "AAPL - MSFT >= 3% per year",
"volatility(AAPL) <= 25% per year", "P(AAPL <= -3%) = 2%".
"""

from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.units import Array, Fraction
from forefolio.optimize import text
from forefolio.optimize.names import Universe
from forefolio.optimize.objectives.views import Legs, legs_in_words, read_legs
from forefolio.optimize.words.reader import Reader

EXAMPLE = "AAPL - MSFT >= 3% per year"
About: TypeAlias = Literal["return", "volatility", "probability"]
Sign: TypeAlias = Literal["=", "<=", ">="]
_SIGNS: dict[str, Sign] = {"<": "<=", ">": ">=", "=": "="}


class ScenarioView(Component):
    """The portfolio of `legs` has a return, a volatility or a probability of a loss of `level`.

    A return and a volatility are a year's; a probability is that of a session's return of at most
    `loss_of`.

    >>> print(ScenarioView(legs=(("AAPL", 1.0),), about="volatility", sign="<=", level=0.25))
    volatility(AAPL) <= 25% per year
    """

    kind: Literal["scenario_view"] = "scenario_view"
    about: About = Field("return", description="What of the portfolio the view is about.")
    legs: Legs = Field(description="Pairs of asset and weight: the portfolio.")
    sign: Sign = Field("=", description="Whether it is equal to the level, at most or at least it.")
    level: Fraction = Field(description="Return or volatility a year, or a probability.")
    loss_of: Fraction = Field(
        0.0, description="Return of a session, of which the probability is meant, or less of it."
    )

    def __str__(self) -> str:
        """Such as "AAPL - MSFT >= 3% per year" or "P(AAPL <= -3%) = 2%"."""
        legs = legs_in_words(self.legs)
        end = f"{self.sign} {text.share(self.level)}"
        match self.about:
            case "probability":
                return f"P({legs} <= {text.share(self.loss_of)}) {end}"
            case "volatility":
                return f"volatility({legs}) {end} per year"
        return f"{legs} {end} per year"

    def check_names(self, universe: Universe) -> None:
        """Refuse legs that are no asset."""
        universe.check_assets(dict(self.legs), self)

    def of(self, scenarios: Array, assets: tuple[str, ...]) -> Array:
        """What the portfolio earns (S,) in scenarios (S, N)."""
        weights = dict(self.legs)
        earned: Array = scenarios @ np.array([weights.get(asset, 0.0) for asset in assets])
        return earned


def parse_scenario_view(words: str) -> ScenarioView:
    """Read a view on past sessions.

    Raises:
        BadConstraint: saying where the text is wrong, and what was expected there.

    Example:
        >>> parse_scenario_view("P(AAPL <= -3%) = 2%").loss_of
        -0.03
    """
    reader = Reader(words)
    start = reader.at
    if reader.word("volatility") and reader.sign("("):
        view = _volatility(reader)
    else:
        reader.at = start
        probable = (reader.word("P") or reader.word("probability")) and reader.sign("(")
        if not probable:
            reader.at = start
        view = _probability(reader) if probable else _return(reader)
    if reader.at < reader.end:
        raise reader.expected("the end", EXAMPLE)
    return view


AnyScenarioView: TypeAlias = Annotated[ScenarioView, OneOf(ScenarioView, words=parse_scenario_view)]


def _return(reader: Reader) -> ScenarioView:
    legs = read_legs(reader)
    sign, level = _level(reader, "a return per year", EXAMPLE)
    _per_year(reader, EXAMPLE)
    return ScenarioView(legs=legs, sign=sign, level=level)


def _volatility(reader: Reader) -> ScenarioView:
    example = "volatility(AAPL) <= 25% per year"
    legs = read_legs(reader, ")")
    sign, level = _level(reader, "a volatility per year", example)
    _per_year(reader, example)
    if not level > 0:
        raise reader.expected("a volatility above zero", example)
    return ScenarioView(about="volatility", legs=legs, sign=sign, level=level)


def _probability(reader: Reader) -> ScenarioView:
    example = "P(AAPL <= -3%) = 2%"
    legs = read_legs(reader)
    below = reader.comparison()
    loss = reader.number()
    if below[:1] != "<" or loss is None or not reader.sign(")"):
        raise reader.expected("<= and a session's return before the bracket", example)
    sign, level = _level(reader, "a probability", example)
    if not 0 <= level <= 1:
        raise reader.expected("a probability from 0 % to 100 %", example)
    return ScenarioView(about="probability", legs=legs, sign=sign, level=level, loss_of=loss)


def _level(reader: Reader, what: str, example: str) -> tuple[Sign, float]:
    sign = reader.comparison()
    level = reader.number()
    if not sign or level is None:
        raise reader.expected(f"=, <= or >= and {what}", example)
    return _SIGNS[sign[0]], level


def _per_year(reader: Reader, example: str) -> None:
    if not reader.word("per", "year"):
        raise reader.expected('"per year"', example)
