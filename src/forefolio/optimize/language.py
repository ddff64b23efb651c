"""Constraints in words: `parse_constraint("tech <= 30%")` is `Group(sector="tech", upper=0.3)`.

1. A text is one statement, or several about weights with commas between: a subject between limits.
2. What the subject is decides which constraint it becomes; `str` of a constraint is such a text.
3. What cannot be read is told with its place, what was expected there, and an example.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import ValidationError

from forefolio.errors import BadConstraint
from forefolio.features import CATALOGUE
from forefolio.optimize.constraints import (
    AnnualReturn,
    Bounds,
    Budget,
    Constraint,
    Group,
    Level,
    LongOnly,
    Turnover,
)
from forefolio.optimize.holdings import Forbidden, MaximumNames, MinimumPosition, MustHold
from forefolio.optimize.limits import Exposure, Leverage, TrackingError, VolatilityCap
from forefolio.optimize.reader import Reader
from forefolio.optimize.soft import Soft

FEATURES = {kind.model_fields["kind"].default for kind in CATALOGUE}
COMPARISON = re.compile(r"<=|>=|==|<|>|=(?![<>])")
WORD = re.compile(r"[A-Za-z_]\w*")
PHRASE = re.compile(r"[A-Za-z]+( +(?!in\b|free\b)[A-Za-z]+)*")
PLAIN = ("gross", "names", "turnover")
ANNUAL = ("volatility", "return", "te")
Limits: TypeAlias = tuple[Level, Level]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a statement is about, and how it is called: an asset, a sector, a portfolio."""

    kind: str
    named: Any = None


def parse_constraint(text: str) -> Constraint:
    """Read one constraint, such as "0 <= w <= 5%", "tech <= 30%" or "turnover <= 20% if possible".

    Raises:
        BadConstraint: saying where the text is wrong, and what was expected there.
    """
    reader = Reader(text)
    try:
        constraint = _statement(reader)
        soft = reader.word("if", "possible")
        if reader.at < reader.end:
            raise reader.expected("the end")
        return Soft(constraint=constraint) if soft else constraint
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise BadConstraint(text, 0, f"another value ({reason})") from None


def parse_constraints(texts: str) -> tuple[Constraint, ...]:
    """Read several, separated by line breaks or semicolons; # starts a remark.

    Raises:
        BadConstraint: saying where one of them is wrong, and what was expected there.
    """
    lines = re.split(r"[;\n]", re.sub(r"#.*", "", texts))
    return tuple(parse_constraint(line.strip()) for line in lines if line.strip())


def _statement(reader: Reader) -> Constraint:
    if reader.word("long", "only"):
        return LongOnly()
    if reader.word("exclude"):
        return Forbidden(assets=_assets(reader))
    if reader.word("hold"):
        return _must_hold(reader)
    start, name = reader.at, _name(reader)
    subject, limits, plain_zero = _limited(reader)
    if subject.kind == "w" and limits[1] is None and reader.word("or"):
        if reader.number() != 0 or limits[0] is None:
            raise reader.expected("0", "w >= 2% or 0")
        return MinimumPosition(at_least=limits[0])
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
            if lower is None or upper is None:
                raise reader.expected("both limits of what is invested", "80% <= sum(w) <= 100%")
            return Budget(lower=lower, upper=upper)
        case "sector":
            return Group(name=name, sector=subject.named, lower=lower, upper=upper)
        case "assets":
            return Group(name=name, assets=subject.named, lower=lower, upper=upper)
        case "exposure":
            document = {"to": subject.named, "lower": lower, "upper": upper}
            return Exposure.model_validate_json(json.dumps(document))
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
    return MaximumNames(at_most=_only(reader, limits, 1))


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
    first = reader.number()
    left = reader.take(COMPARISON) if first is not None else ""
    if first is not None and not left:
        raise reader.expected("<= or >= after a number", "0 <= w <= 5%")
    subject = _subject(reader)
    limits = _side((None, None), _FLIPPED[left], first) if left else (None, None)
    start = reader.at
    if not left and reader.word("in"):
        limits = _interval(reader)
    elif left or not reader.word("free"):
        limits = _right(reader, limits, left)
    plain = reader.text[start : reader.at].replace(" ", "") in (">=0", ">0")
    if subject.kind in ANNUAL and not reader.word("per", "year"):
        raise reader.expected('"per year"', "volatility <= 12% per year")
    return subject, limits, plain and not left


def _right(reader: Reader, limits: Limits, left: str) -> Limits:
    """The limit on the right of a subject; after one on the left there need be none."""
    start, sign = reader.at, reader.take(COMPARISON)
    if not sign and left:
        return limits
    if not sign:
        raise reader.expected('one of "<=", ">=", "==", "in" or "free"')
    if left and left[0] != sign[0]:
        reader.at = start
        raise reader.expected(f"{left} again", "0 <= w <= 5%")
    level = reader.number()
    if level is None:
        raise reader.expected("a number or a percentage")
    return _side(limits, sign, level)


_FLIPPED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<", "==": "==", "=": "="}


def _side(limits: Limits, sign: str, level: float | None) -> Limits:
    lower, upper = limits
    if sign in ("==", "="):
        return level, level
    return (level, upper) if sign.startswith(">") else (lower, level)


def _interval(reader: Reader) -> Limits:
    if not reader.sign("["):
        raise reader.expected('"["', "beta in [0.9, 1.1]")
    lower = reader.number()
    if lower is None or not reader.sign(","):
        raise reader.expected("two numbers", "beta in [0.9, 1.1]")
    upper = reader.number()
    if upper is None or not reader.sign("]"):
        raise reader.expected("two numbers", "beta in [0.9, 1.1]")
    return lower, upper


def _subject(reader: Reader) -> Subject:
    if reader.word("w"):
        return Subject("w")
    if reader.word("net") or reader.word("invested"):
        return Subject("budget")
    if reader.word("sum"):
        return _sum(reader)
    if reader.word("te"):
        return Subject("te", _portfolio(reader))
    if reader.word("exposure", "to"):
        return Subject("exposure", _feature(reader))
    for kind in (*PLAIN, *ANNUAL):
        if reader.word(kind):
            return Subject(kind)
    if (sector := reader.quoted()) is not None:
        return Subject("sector", sector)
    if asset := reader.asset():
        more = _more(reader, asset)
        return Subject("assets", more) if len(more) > 1 else Subject("asset", asset)
    return _named(reader)


def _named(reader: Reader) -> Subject:
    """A feature, or else a sector."""
    start = reader.at
    word = reader.take(WORD)
    reader.at = start
    if word in FEATURES or word == "beta":
        return Subject("exposure", _feature(reader))
    if sector := reader.take(PHRASE):
        return Subject("sector", sector.rstrip())
    raise reader.expected("w, a ticker, a sector, a feature, or a word such as turnover")


def _feature(reader: Reader) -> dict[str, Any]:
    word = reader.take(WORD)
    kind = "market_beta" if word == "beta" else word
    if kind not in FEATURES:
        raise reader.expected("the kind of a feature before this", "0.9 <= beta <= 1.1")
    named: dict[str, Any] = {"kind": kind}
    if reader.sign("("):
        while not reader.sign(")"):
            setting = reader.take(WORD)
            if not setting or not reader.sign("="):
                raise reader.expected("a setting", "market_beta(window=63) <= 1")
            named[setting] = reader.json()
            reader.sign(",")
    return named


def _sum(reader: Reader) -> Subject:
    if not reader.sign("("):
        raise reader.expected('"("', "sum(w) == 1")
    of = Subject("budget") if reader.word("w") else Subject("assets", _more(reader, reader.asset()))
    if not reader.sign(")") or of.named == ("",):
        raise reader.expected("w, or tickers with + between, in brackets", "sum(w) == 1")
    return of


def _more(reader: Reader, first: str) -> tuple[str, ...]:
    assets = [first]
    while reader.sign("+"):
        assets.append(_asset(reader))
    return tuple(assets)


def _asset(reader: Reader) -> str:
    if asset := reader.asset():
        return asset
    raise reader.expected("a ticker, in capitals or in single quotes", "AAPL <= 10%")


def _assets(reader: Reader) -> tuple[str, ...]:
    assets = [_asset(reader)]
    while reader.sign(","):
        assets.append(_asset(reader))
    return tuple(assets)


def _must_hold(reader: Reader) -> MustHold:
    assets = _assets(reader)
    sign, least = reader.take(COMPARISON), reader.number()
    if not sign:
        return MustHold(assets=assets)
    if not sign.startswith(">") or least is None:
        raise reader.expected("a least weight", "hold AAPL, MSFT >= 1%")
    return MustHold(assets=assets, at_least=least)


def _portfolio(reader: Reader) -> tuple[tuple[str, float], ...]:
    example = "te(60% SPY + 40% TLT) <= 4% per year"
    if not reader.sign("("):
        raise reader.expected('"("', example)
    weights: list[tuple[str, float]] = []
    if not reader.word("equal", "weight"):
        while not weights or reader.sign("+"):
            share = reader.number()
            if share is None:
                raise reader.expected("equal weight, or a weight", example)
            weights.append((_asset(reader), share))
    if not reader.sign(")"):
        raise reader.expected('")"', example)
    return tuple(weights)


def _bounds(reader: Reader, subject: Subject, limits: Limits) -> Bounds:
    usual: Limits = limits if subject.kind == "w" else (None, None)
    special = [(subject.named, *limits)] if subject.kind == "asset" else []
    while reader.sign(","):
        subject, limits, _ = _limited(reader)
        if subject.kind != "asset":
            raise reader.expected("a ticker after the comma", "0% <= w <= 5%, AAPL <= 10%")
        special.append((subject.named, *limits))
    return Bounds(lower=usual[0], upper=usual[1], overrides=tuple(special))


def _name(reader: Reader) -> str:
    """What stands before a colon, if there is one."""
    start = reader.at
    told = reader.quoted()
    if told is None:
        told = reader.take(PHRASE)
    if told and reader.sign(":"):
        return told.rstrip()
    reader.at = start
    return ""
