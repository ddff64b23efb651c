"""Limits of a formula, in words and in numbers: the rows that most constraints are made of."""

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from forefolio.core.mends import FRACTION, NUMBER
from forefolio.core.units import Fraction, PositiveFraction, no_more_than
from forefolio.optimize import text
from forefolio.optimize.names import ABSURD
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Limit, Rows
from forefolio.optimize.program.symbols import Symbols

Level: TypeAlias = Fraction | None
Amount: TypeAlias = Annotated[Fraction, no_more_than(ABSURD, "of the portfolio")]
PositiveAmount: TypeAlias = Annotated[PositiveFraction, no_more_than(ABSURD, "of the portfolio")]
PositiveLoss: TypeAlias = Annotated[PositiveFraction, no_more_than(1.0, "of the portfolio")]
CODES = "; digits at both ends are numbers: write a ticker in quotes, one sign to a statement"


def between(
    what: str,
    value: Affine,
    limits: tuple[Level, Level],
    s: Symbols,
    labels: tuple[str, ...] = (),
    firmness: float = 1.0,
    unit: str = FRACTION,
    called: str = "",
) -> Iterator[Rows]:
    """Limits of value / scale, in words and in numbers.

    `called` is what messages about the limit itself call it: `what` unless given.
    """

    def rows(words: str, level: float, excess: Affine, *, upper: bool, exact: bool = False) -> Rows:
        shown = f"{level:.6g}" if unit == NUMBER else text.spaced_share(level)
        edge = "the limit on" if upper else "the minimum for"
        return Rows(
            name=f"{what} {words}{shown}",
            excess=excess,
            exact=exact,
            labels=labels,
            firmness=firmness,
            limit=Limit(f"{edge} {called or what}", level, upper, unit),
        )

    lower, upper = limits
    if lower is not None and lower == upper:
        yield rows("", lower, value - lower * s.scale, upper=True, exact=True)
        return
    if lower is not None:
        yield rows("at least ", lower, lower * s.scale - value, upper=False)
    if upper is not None:
        yield rows("at most ", upper, value - upper * s.scale, upper=True)


def in_order(lower: Level, upper: Level) -> None:
    """Refuse limits that no number lies between."""
    if lower is not None and upper is not None and lower > upper:
        digits = "" if min(lower, upper) < text.LEAST_CODE else CODES
        raise ValueError(f"lower ({lower:.15g}) is above upper ({upper:.15g}){digits}")
