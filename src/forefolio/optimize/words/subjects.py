"""What a statement in words is about: weights, an asset, a sector, a feature, a benchmark."""

import re
from dataclasses import dataclass
from typing import Any

from forefolio.features import CATALOGUE
from forefolio.optimize.measures.catalog import kind_called
from forefolio.optimize.text import MEASURES, asset, is_ticker, word_of
from forefolio.optimize.words.reader import Reader

FEATURES = {kind.model_fields["kind"].default for kind in CATALOGUE}
WORD = re.compile(r"[A-Za-z_]\w*")
PHRASE = re.compile(r"[^\W\d_]+( +(?!in\b|free\b|if\b)[^\W\d_]+)*")
MEASURE = re.compile(r"[a-zA-Z_]+( +[a-zA-Z_]+)*")
PLAIN = ("gross", "turnover", "long", "short", "trade")
ANNUAL = ("volatility", "return", "te")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a statement is about, and how it is called: an asset, a sector, a portfolio.

    An asset in quotes that it does not need is no sector, whatever the sectors are called.
    """

    kind: str
    named: Any = None
    quoted: bool = False


def read_subject(reader: Reader) -> Subject:
    """Read a subject.

    Raises:
        BadConstraint: there is none here.
    """
    if reader.word("w"):
        return Subject("w")
    if reader.word("net") or reader.word("invested"):
        return Subject("budget")
    if reader.word("sum"):
        return _sum(reader)
    if reader.word("te"):
        return Subject("te", _portfolio(reader))
    if reader.word("active", "share"):
        return Subject("active share", _portfolio(reader))
    if reader.word("active", "weight"):
        return Subject("active weight", _active(reader))
    if reader.word("exposure", "to"):
        return Subject("exposure", _feature(reader))
    if reader.word("names"):
        return Subject("names", _counted(reader))
    if reader.word("risk", "of"):
        return Subject("risk", _risky(reader))
    if measure := _measure(reader):
        return Subject("measure", measure)
    for kind in (*PLAIN, *ANNUAL):
        if reader.word(kind):
            return Subject(kind)
    if (sector := reader.quoted()) is not None:
        return Subject("sector", sector)
    quoted = reader.text[reader.at : reader.at + 1] == "'"
    if name := reader.asset():
        more = _more(reader, name)
        if len(more) > 1:
            return Subject("assets", more)
        return Subject("asset", name, quoted=quoted and asset(name) == name)
    return _named(reader)


def _named(reader: Reader) -> Subject:
    """A feature, or else a sector."""
    start = reader.at
    word = reader.take(WORD)
    reader.at = start
    _refuse_measure(reader)
    if word in FEATURES or word == "beta":
        return Subject("exposure", _feature(reader))
    if sector := reader.take(PHRASE):
        return Subject("sector", sector)
    raise reader.expected("w, a ticker, a sector, a feature, or a word such as turnover")


def _refuse_measure(reader: Reader) -> None:
    """Refuse what is measured of a portfolio and has no limit: it is no sector either."""
    start, phrase = reader.at, reader.take(PHRASE)
    reader.at = start
    measure, of, _ = phrase.partition(" of ")
    if of and kind_called(measure):
        raise reader.expected(
            f"what can be limited (of {measure} parts have no limit, of the variance they have; "
            "objective risk_parity sets budgets of any risk)",
            "risk of AAPL <= 10%",
        )
    word = word_of(phrase)
    if remedy := MEASURES.get(word):
        raise reader.expected(f"what can be limited ({word}: {remedy})")


def _feature(reader: Reader) -> dict[str, Any]:
    word = reader.take(WORD)
    kind = "market_beta" if word == "beta" else word
    if kind not in FEATURES:
        raise reader.expected("the kind of a feature before this", "0.9 <= beta <= 1.1")
    return {"kind": kind, **_settings(reader, "market_beta(window=63) <= 1")}


def _measure(reader: Reader) -> dict[str, Any]:
    """A risk measure of past sessions; nothing where there is none. In capitals it is a ticker."""
    start, words = reader.at, reader.take(MEASURE)
    kind = "" if is_ticker(words) else kind_called(words)
    if not kind:
        reader.at = start
        return {}
    return {"kind": kind, **_settings(reader, "cvar(level=0.99) <= 3%")}


def _settings(reader: Reader, example: str) -> dict[str, Any]:
    """What stands in brackets after a kind: "(window=63)"; nothing where there are none."""
    named: dict[str, Any] = {}
    if reader.sign("("):
        while not reader.sign(")"):
            setting = reader.take(WORD)
            if not setting or not reader.sign("="):
                raise reader.expected("a setting", example)
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


def read_assets(reader: Reader) -> tuple[str, ...]:
    """Read tickers with commas between.

    Raises:
        BadConstraint: there is none here.
    """
    assets = [_asset(reader)]
    while reader.sign(","):
        assets.append(_asset(reader))
    return tuple(assets)


def _risky(reader: Reader) -> dict[str, Any]:
    """Whose part of the risk is limited: that of tickers, of a sector, or of each asset."""
    if reader.word("w"):
        return {}
    if (sector := reader.quoted()) is not None:
        return {"sector": sector}
    if asset := reader.asset():
        return {"assets": _more(reader, asset)}
    if sector := reader.take(PHRASE):
        return {"sector": sector}
    raise reader.expected("w, a ticker or a sector", "risk of tech <= 40%")


def _counted(reader: Reader) -> dict[str, Any]:
    """Which assets are counted: a sector or tickers in brackets; without brackets all."""
    example = "names(tech) <= 3"
    if not reader.sign("("):
        return {}
    if (sector := reader.quoted()) is not None:
        of: dict[str, Any] = {"sector": sector}
    elif asset := reader.asset():
        of = {"assets": (asset, *(read_assets(reader) if reader.sign(",") else ()))}
    elif phrase := reader.take(PHRASE):
        of = {"sector": phrase}
    else:
        raise reader.expected("a sector, or tickers", example)
    if not reader.sign(")"):
        raise reader.expected('")"', example)
    return of


def _active(reader: Reader) -> dict[str, Any]:
    """The sector whose weight is compared, if one is named, and the benchmark."""
    of: dict[str, Any] = {}
    if reader.word("of"):
        sector = reader.quoted()
        of["sector"] = reader.take(PHRASE) if sector is None else sector
        if not of["sector"]:
            raise reader.expected("a sector", "active weight of tech(equal weight) <= 5%")
    return {**of, "benchmark": _portfolio(reader, "active weight(60% SPY + 40% TLT) <= 2%")}


def read_mix(reader: Reader, example: str) -> tuple[tuple[str, float], ...]:
    """Read a portfolio: "60% SPY + 40% TLT"; nothing for "equal weight".

    Raises:
        BadConstraint: there is none here.
    """
    weights: list[tuple[str, float]] = []
    if not reader.word("equal", "weight"):
        while not weights or reader.sign("+"):
            share = reader.number()
            if share is None:
                raise reader.expected("equal weight, or a weight", example)
            weights.append((_asset(reader), share))
    return tuple(weights)


def _portfolio(
    reader: Reader, example: str = "te(60% SPY + 40% TLT) <= 4% per year"
) -> tuple[tuple[str, float], ...]:
    if not reader.sign("("):
        raise reader.expected('"("', example)
    weights = read_mix(reader, example)
    if not reader.sign(")"):
        raise reader.expected('")"', example)
    return weights
