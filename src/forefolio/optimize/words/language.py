"""Constraints in words: `parse_constraint("tech <= 30%")` is `Group(sector="tech", upper=0.3)`.

1. A text is one statement, or several about weights with commas between: a subject between limits.
2. What the subject is decides which constraint it becomes; `str` of a constraint is such a text.
3. An error names the place, what was expected there, and an example.
"""

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from forefolio.core.errors import BadConstraint, BadSettings
from forefolio.core.wording import in_doubt
from forefolio.optimize.constraints.holdings import (
    Forbidden,
    MaximumNames,
    MinimumNames,
    MinimumPosition,
    MustHold,
)
from forefolio.optimize.constraints.limited import Level
from forefolio.optimize.constraints.limits import Exposure, Leverage, TrackingError, VolatilityCap
from forefolio.optimize.constraints.linear import (
    AnnualReturn,
    Bounds,
    Constraint,
    Group,
    LongOnly,
    Turnover,
    invested,
)
from forefolio.optimize.constraints.positions import (
    ActiveShare,
    ActiveWeights,
    LongPositions,
    ShortPositions,
    TradeLimit,
)
from forefolio.optimize.constraints.risk_contribution import RiskContribution
from forefolio.optimize.constraints.risk_limit import RiskLimit
from forefolio.optimize.constraints.soft import Soft
from forefolio.optimize.text import LEAST_CODE, NUMBER, is_code
from forefolio.optimize.words.reader import Reader
from forefolio.optimize.words.subjects import ANNUAL, PHRASE, Subject, read_assets, read_subject
from forefolio.optimize.words.sums import read_weighted_sum

Limits: TypeAlias = tuple[Level, Level]
MOST_BARE = {"w": 1.0, "budget": 2.0, "short": 2.0, "long": 3.0, "gross": 5.0}
"""Greatest limits that need no percent sign; what is called like an asset may be a score."""


def parse_constraint(text: str) -> Constraint:
    """Read one constraint, such as "0 <= w <= 5%", "tech <= 30%" or "turnover <= 20% if possible".

    Its `str` is a text that reads back as the same constraint. Numbers are fractions or
    percentages; those of risk and return are per year.

    Raises:
        BadConstraint: saying where the text is wrong, and what was expected there.

    Example:
        >>> parse_constraint("tech <= 30%")
        Group(kind='group', name='', sector='tech', assets=(), lower=None, upper=0.3)
    """
    reader = Reader(text)
    try:
        constraint = _statement(reader)
        soft = reader.word("if", "possible")
        if reader.at < reader.end:
            raise reader.expected("the end, or a semicolon before another statement")
        return Soft(constraint=constraint) if soft else constraint
    except BadSettings as error:
        reason = error.problems[0][1]
        raise BadConstraint(text, 0, f"another value ({reason})") from None


def parse_constraints(texts: str) -> tuple[Constraint, ...]:
    """Read several, separated by line breaks or semicolons; # starts a remark.

    Raises:
        BadConstraint: saying where one of them is wrong, and what was expected there.

    Example:
        >>> [str(one) for one in parse_constraints("0 <= w <= 5%; turnover <= 20%")]
        ['0% <= w <= 5%', 'turnover <= 20%']
    """
    lines = re.split(r"[;\n]", re.sub(r"#.*", "", texts))
    return tuple(parse_constraint(line.strip()) for line in lines if line.strip())


def _statement(reader: Reader) -> Constraint:
    if reader.word("long", "only"):
        return LongOnly()
    if reader.word("exclude"):
        return Forbidden(assets=read_assets(reader))
    if reader.word("hold"):
        return _must_hold(reader)
    start, name = reader.at, _name(reader)
    if (between := read_weighted_sum(reader, name)) is not None:
        return between
    subject, limits, plain_zero = _limited(reader)
    if subject.kind == "w" and limits[1] is None and reader.word("or"):
        if reader.number() != 0 or limits[0] is None:
            raise reader.expected("0", "w >= 2% or 0")
        return MinimumPosition(at_least=limits[0])
    if subject.quoted and reader.text[reader.at : reader.at + 1] != ",":
        return Group(name=name, assets=(subject.named,), lower=limits[0], upper=limits[1])
    if subject.kind in ("w", "asset"):
        if name:
            raise reader.expected("a sector or a sum after its name", "mega: AAPL + MSFT <= 20%")
        if subject.kind == "w" and plain_zero and reader.text[reader.at : reader.at + 1] != ",":
            return LongOnly()
        return _bounds(reader, subject, limits)
    if name and subject.kind not in ("sector", "assets"):
        reader.at = start
        raise reader.expected("no name before this", "mega: AAPL + MSFT <= 20%")
    return _made(reader, subject, limits, name)


def _made(reader: Reader, subject: Subject, limits: Limits, name: str) -> Constraint:
    lower, upper = limits
    match subject.kind:
        case "budget":
            return invested(lower, upper)
        case "sector":
            return Group(name=name, sector=subject.named, lower=lower, upper=upper)
        case "assets":
            return Group(name=name, assets=subject.named, lower=lower, upper=upper)
        case "exposure":
            return Exposure(to=subject.named, lower=lower, upper=upper)
        case "return":
            return AnnualReturn(at_least=_only(reader, limits, 0))
        case "te":
            return TrackingError(at_most=_only(reader, limits, 1), benchmark=subject.named)
        case "volatility":
            return VolatilityCap(at_most=_only(reader, limits, 1))
        case "gross":
            return Leverage(gross=_only(reader, limits, 1))
        case "turnover":
            return Turnover(at_most=_only(reader, limits, 1))
        case "long":
            return LongPositions(at_most=_only(reader, limits, 1))
        case "short":
            return ShortPositions(at_most=_only(reader, limits, 1))
        case "measure":
            return RiskLimit(risk_measure=subject.named, at_most=_only(reader, limits, 1))
        case "risk":
            return RiskContribution(at_most=_only(reader, limits, 1), **subject.named)
        case "active share":
            return ActiveShare(at_most=_only(reader, limits, 1), benchmark=subject.named)
        case "active weight":
            return ActiveWeights(at_most=_only(reader, limits, 1), **subject.named)
        case "trade":
            return _trades(reader, _only(reader, limits, 1))
        case _:
            return _names(reader, subject.named, limits)


def _names(reader: Reader, of: dict[str, Any], limits: Limits) -> MaximumNames | MinimumNames:
    """At most, or at least, so many assets."""
    lower, upper = limits
    if lower is not None and upper is not None:
        raise reader.expected("one limit, and the other in a statement of its own", "names >= 10")
    if lower is None:
        return MaximumNames(at_most=upper, **of)
    if not reader.word("of"):
        return MinimumNames(at_least=lower, **of)
    size = reader.number()
    if size is None:
        raise reader.expected("the weight from which on a position counts", "names >= 10 of 2%")
    return MinimumNames(at_least=lower, size=size, **of)


def _only(reader: Reader, limits: Limits, side: int) -> Any:
    """The one limit that there is on `side`: 0 is lower, 1 is upper."""
    if limits[1 - side] is not None or limits[side] is None:
        sign = (">=", "<=")[side]
        raise reader.expected(
            f"one limit, with {sign}", ("return >= 8% per year", "gross <= 150%")[side]
        )
    return limits[side]


def _limited(reader: Reader) -> tuple[Subject, Limits, bool]:
    """A subject between limits; and whether the limits are just ">= 0"."""
    begin = reader.at
    first = None if reader.code() else _level(reader)
    left = reader.comparison() if first is not None else ""
    if first is not None and not left:
        raise reader.expected("<= or >= after a number", "0 <= w <= 5%")
    before, subject = reader.text[begin : reader.at], read_subject(reader)
    limits = _side((None, None), _FLIPPED[left], first) if left else (None, None)
    start = reader.at
    if not left and reader.word("in"):
        limits = reader.interval()
    elif left or not reader.word("free"):
        limits = _right(reader, limits, left)
    written = reader.text[start : reader.at]
    plain = written.replace(" ", "") in (">=0", ">0")
    _refuse_bare(reader, before + written, MOST_BARE.get(subject.kind, LEAST_CODE))
    if subject.kind in ANNUAL and not reader.word("per", "year"):
        raise reader.expected('"per year"', "volatility <= 12% per year")
    return subject, limits, plain and not left


def _right(reader: Reader, limits: Limits, left: str) -> Limits:
    """The limit on the right of a subject; after one on the left there need be none."""
    start, sign = reader.at, reader.comparison()
    if not sign and left:
        return limits
    if not sign:
        raise reader.expected('one of "<=", ">=", "==", "in" or "free"')
    if left and left[0] != sign[0]:
        reader.at = start
        raise reader.expected(f"{left} again", "0 <= w <= 5%")
    level = _level(reader)
    if level is None:
        raise reader.expected("a number or a percentage")
    return _side(limits, sign, level)


def _level(reader: Reader) -> float | None:
    """A limit as a number; digits that begin with a zero are rather a ticker."""
    start, level = reader.at, reader.number()
    written = reader.text[start : reader.at].strip()
    if is_code(written) and written[0] == "0":
        reader.at = start
        raise reader.expected(
            "a limit such as 5%, or a ticker in quotes with one sign beside it", "A <= '005930'"
        )
    return level


def _refuse_bare(reader: Reader, written: str, most: float) -> None:
    """Refuse a limit above `most` that is written without a sign: 5 is rather 5% than 500%."""
    for found in NUMBER.finditer(written):
        number = found[0].strip()
        if not number.endswith("%") and most < abs(float(number)) < LEAST_CODE:
            plain = number.lstrip("+")
            trouble, remedy = in_doubt(float(plain))
            raise reader.expected(f"a limit with its sign ({trouble}: {remedy})", "w <= 5%")


_FLIPPED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<", "==": "==", "=": "="}


def _side(limits: Limits, sign: str, level: float | None) -> Limits:
    lower, upper = limits
    if sign in ("==", "="):
        return level, level
    return (level, upper) if sign.startswith(">") else (lower, level)


def _must_hold(reader: Reader) -> MustHold:
    assets = read_assets(reader)
    sign, least = reader.comparison(), reader.number()
    if not sign:
        return MustHold(assets=assets)
    if not sign.startswith(">") or least is None:
        raise reader.expected("a least weight", "hold AAPL, MSFT >= 1%")
    return MustHold(assets=assets, at_least=least)


def _trades(reader: Reader, usual: float) -> TradeLimit:
    special = _special(reader, "trade <= 2%, AAPL <= 5%")
    return TradeLimit(
        at_most=usual,
        overrides=tuple((asset, _only(reader, limits, 1)) for asset, limits in special),
    )


def _bounds(reader: Reader, subject: Subject, limits: Limits) -> Bounds:
    usual: Limits = limits if subject.kind == "w" else (None, None)
    first = [(subject.named, limits)] if subject.kind == "asset" else []
    special = [*first, *_special(reader, "0% <= w <= 5%, AAPL <= 10%")]
    overrides = tuple((asset, *limits) for asset, limits in special)
    return Bounds(lower=usual[0], upper=usual[1], overrides=overrides)


def _special(reader: Reader, example: str) -> Iterator[tuple[str, Limits]]:
    """Assets with limits of their own, each after a comma."""
    while reader.sign(","):
        subject, limits, _ = _limited(reader)
        if subject.kind != "asset":
            raise reader.expected("a ticker after the comma", example)
        yield subject.named, limits


def _name(reader: Reader) -> str:
    """What stands before a colon, if there is one."""
    start = reader.at
    name = reader.quoted()
    if name is None:
        name = reader.take(PHRASE)
    if name and reader.sign(":"):
        return name
    reader.at = start
    return ""
