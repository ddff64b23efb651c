"""Statements between things: "2 AAPL + 3 MSFT <= 40%", "tech <= 2 financials", "AAPL >= MSFT"."""

from dataclasses import dataclass, field
from typing import Self

from forefolio.core.errors import BadConstraint
from forefolio.optimize.constraints.limited import Level
from forefolio.optimize.constraints.linear import SECTOR_TAKEN
from forefolio.optimize.constraints.weighted import WeightedSum
from forefolio.optimize.text import is_code
from forefolio.optimize.words.reader import Reader
from forefolio.optimize.words.subjects import PHRASE

EXAMPLE = "AAPL - 2 MSFT >= 0"
OPPOSITE = {"<": ">", ">": "<", "=": "="}


def read_weighted_sum(reader: Reader, name: str) -> WeightedSum | None:
    """Read a statement between things; None, and nothing read, if it is a simpler one.

    Simple is what has names on one side only, all of them once, and no more than one sector.

    Raises:
        BadConstraint: it is one between things, and something in it is wrong.
    """
    start = reader.at
    sides: list[_Side] = []
    try:
        signs = _read_sides(reader, sides)
        if len(signs) == 2:  # the ends of a chain are numbers: 2000 is no ticker there
            sides[::2] = [_as_number(side) for side in sides[::2]]
    except BadConstraint:
        if not _between_things(sides):
            reader.at = start
            return None
        raise
    if not signs or not _between_things(sides):
        reader.at = start
        return None
    return _stated(reader, sides, signs, name)


@dataclass(slots=True)
class _Side:
    """What stands on one side of a sign: a number and things that are multiplied and added."""

    constant: float = 0.0
    assets: dict[str, float] = field(default_factory=dict)
    sectors: dict[str, float] = field(default_factory=dict)
    multiplied: bool = False

    @property
    def named(self) -> bool:
        """Whether it has things in it, and not a number alone."""
        return bool(self.assets or self.sectors)

    @property
    def is_compound(self) -> bool:
        """Whether it is more than a sum of assets, or one sector."""
        several = len(self.sectors) + bool(self.assets) > 1
        return self.multiplied or self.constant != 0 or several

    def minus(self, other: Self) -> "_Side":
        """This side less another."""
        return _Side(
            self.constant - other.constant,
            _less(self.assets, other.assets),
            _less(self.sectors, other.sectors),
        )


def _as_number(side: _Side) -> _Side:
    """A side that is one ticker of digits, read as the number that it may be as well."""
    if side.multiplied or side.sectors or side.constant or len(side.assets) != 1:
        return side
    (name,) = side.assets
    return _Side(float(name)) if is_code(name) else side


def _less(ours: dict[str, float], theirs: dict[str, float]) -> dict[str, float]:
    names = dict.fromkeys((*ours, *theirs))
    left = {name: ours.get(name, 0.0) - theirs.get(name, 0.0) for name in names}
    return {name: number for name, number in left.items() if number}


def _between_things(sides: list[_Side]) -> bool:
    """Whether no simpler statement says this: things on two sides, multiples, sums of sectors."""
    named = [side for side in sides if side.named]
    return len(named) > 1 or any(side.is_compound for side in named)


def _read_sides(reader: Reader, sides: list[_Side]) -> list[str]:
    """Read all sides into `sides`, and return the signs between them."""
    signs: list[str] = []
    _read_side(reader, sides)
    while len(signs) < 2 and (sign := reader.comparison()):
        signs.append(sign)
        _read_side(reader, sides)
    if not signs and reader.word("in"):
        lower, upper = reader.interval()
        sides[:] = [_Side(lower), sides[0], _Side(upper)]
        return ["<=", "<="]
    if not signs:
        raise reader.expected('one of "<=", ">=", "==" or "in"', EXAMPLE)
    return signs


def _read_side(reader: Reader, sides: list[_Side]) -> None:
    side = _Side()
    sides.append(side)
    factor = -1.0 if reader.sign("-") else 1.0
    side.multiplied = factor < 0
    _read_term(reader, side, factor)
    while True:
        if reader.sign("+"):
            _read_term(reader, side, 1.0)
        elif reader.sign("-"):
            side.multiplied = True
            _read_term(reader, side, -1.0)
        else:
            return


def _read_term(reader: Reader, side: _Side, factor: float) -> None:
    """A thing, a multiple of one such as "2 AAPL" or "50% of tech", or a number."""
    start = reader.at
    number = reader.number()
    written = reader.text[start : reader.at].strip()
    if number is not None:
        beside = reader.at_a_name() and not written.endswith("%")
        times = reader.sign("*") or reader.word("of") or beside
        if not times and not is_code(written):
            side.constant += factor * number
            return
        if times:
            side.multiplied = True
            factor *= number
        else:
            reader.at = start
    _add_thing(reader, side, factor)


def _add_thing(reader: Reader, side: _Side, factor: float) -> None:
    if (name := reader.quoted()) is not None:
        things = side.sectors
    elif name := reader.asset():
        things = side.assets
    elif name := _sector(reader):
        things = side.sectors
    else:
        raise reader.expected("a ticker, a sector or a number", EXAMPLE)
    things[name] = things.get(name, 0.0) + factor


def _sector(reader: Reader) -> str:
    """Words that are the name of a sector, and of nothing that has a meaning of its own."""
    start, name = reader.at, reader.take(PHRASE)
    if SECTOR_TAKEN & set(name.casefold().split()):
        reader.at = start
        return ""
    return name


def _stated(reader: Reader, sides: list[_Side], signs: list[str], name: str) -> WeightedSum:
    whole, limits = (
        _compared(sides, signs[0]) if len(signs) == 1 else _chained(reader, sides, signs)
    )
    if not whole.named:
        raise reader.expected("something that does not cancel out", EXAMPLE)
    lower, upper = (None if limit is None else limit - whole.constant for limit in limits)
    return WeightedSum(
        name=name,
        assets=tuple(whole.assets.items()),
        sectors=tuple(whole.sectors.items()),
        lower=lower,
        upper=upper,
    )


def _compared(sides: list[_Side], sign: str) -> tuple[_Side, tuple[Level, Level]]:
    """One side less the other, and the limits of that."""
    left, right = sides
    if not left.named:
        left, right, sign = right, left, OPPOSITE[sign[0]]
    if sign[0] == "=":
        return left.minus(right), (0.0, 0.0)
    return left.minus(right), (0.0, None) if sign[0] == ">" else (None, 0.0)


def _chained(
    reader: Reader, sides: list[_Side], signs: list[str]
) -> tuple[_Side, tuple[Level, Level]]:
    """What stands between two numbers, and these."""
    first, whole, last = sides
    if first.named or last.named or signs[0][0] != signs[1][0]:
        raise reader.expected("a sum between two numbers", "0 <= AAPL - MSFT <= 5%")
    limits = (first.constant, last.constant)
    return whole, limits if signs[0][0] == "<" else limits[::-1]
